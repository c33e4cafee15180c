/* SPDX-License-Identifier: Apache-2.0
 *
 * repeat.h - statements about the catalog that are sent a second time, because it is not known
 * whether the first was carried out.
 */
#ifndef AIRSHIFT_MIGRATE_REPEAT_H
#define AIRSHIFT_MIGRATE_REPEAT_H

#include <stdbool.h>

#include "base/err.h"

/* Whether the error is what a server says of a change that has been made. */
bool repeat_was_done(const struct err *err);

#endif
