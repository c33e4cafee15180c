/* SPDX-License-Identifier: Apache-2.0
 *
 * bad_rows.h - what is said of rows that a server refuses, whichever executor found them.
 */
#ifndef AIRSHIFT_ENGINE_BAD_ROWS_H
#define AIRSHIFT_ENGINE_BAD_ROWS_H

#include <stdbool.h>

#include "base/err.h"

/* So many are looked for and counted before a run ends. */
enum { BAD_ROWS_MAX = 100 };

/* Fills `err` (ERR_DATA, with the reason's SQLSTATE): a table, how many of its rows (or more),
 * the key of one and what the server says of it. `key` is NULL where the reason is of several
 * rows together and says itself how many. */
void bad_rows_describe(const char *table, unsigned long long count, bool or_more,
                       const char *key, const struct err *reason, struct err *err);

#endif
