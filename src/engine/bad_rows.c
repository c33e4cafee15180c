/* SPDX-License-Identifier: Apache-2.0
 *
 * bad_rows.c - the sentences.
 */
#include "config.h"

#include <stdio.h>

#include "engine/bad_rows.h"

void bad_rows_describe(const char *table, unsigned long long count, bool or_more,
                       const char *key, const struct err *reason, struct err *err)
{
    if (key == NULL)
        (void)err_set(err, ERR_DATA, "table \"%s\": %s", table, reason->text);
    else if (count == 1)
        (void)err_set(err, ERR_DATA, "table \"%s\": row %s cannot be converted: %s",
                      table, key, reason->text);
    else
        (void)err_set(
            err, ERR_DATA,
            "table \"%s\": %llu%s rows cannot be converted, one is row %s: %s", table,
            count, or_more ? " or more" : "", key, reason->text);
    (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "%.5s", reason->sqlstate);
}
