/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect.h - what `airshift inspect` can show.
 */
#ifndef AIRSHIFT_CMD_INSPECT_H
#define AIRSHIFT_CMD_INSPECT_H

#include "base/err.h"
#include "dialect.h"

/* The tables of a database as airshift reads them. */
int cmd_inspect_catalog_run(const struct url *url, struct err *err);

#endif
