/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_first.h - the DAGs that come first, as several commands take them.
 */
#ifndef AIRSHIFT_CMD_FIRST_H
#define AIRSHIFT_CMD_FIRST_H

#include "base/arena.h"
#include "command.h"

/* The ids that --first and --first-file name, const char *, in their order. */
int command_first(const struct command_context *context, struct arena *arena,
                  struct list *ids, struct err *err);

#endif
