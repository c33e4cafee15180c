/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.c - which dump operations belong to which dialect.
 */
#include "config.h"

#include "dump.h"
#include "postgres/connection.h"
#include "postgres/dump.h"

static const struct {
    const struct dialect *dialect;
    const struct dump_ops *ops;
} known[] = {
    {&postgres_dialect, &postgres_dump_ops},
};

const struct dump_ops *dump_ops_of(const struct url *url, struct err *err)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].dialect == url->dialect)
            return known[i].ops;
    }
    (void)err_set(err, ERR_UNSUPPORTED, "a backup is not built in for %s", url->shown);
    return NULL;
}
