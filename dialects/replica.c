/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.c - which replica operations belong to which dialect.
 */
#include "config.h"

#include <stdlib.h>

#include "postgres/connection.h"
#include "postgres/replica.h"
#ifdef HAVE_MYSQL
#include "mysql/dialect.h"
#include "mysql/replica.h"
#endif
#include "replica.h"

static const struct {
    const struct dialect *dialect;
    const struct replica_ops *ops;
} known[] = {
    {&postgres_dialect, &postgres_replica_ops},
#ifdef HAVE_MYSQL
    {&mysql_dialect, &mysql_replica_ops},
#endif
};

const struct replica_ops *replica_ops_of(const struct url *url, struct err *err)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].dialect == url->dialect)
            return known[i].ops;
    }
    (void)err_set(err, ERR_UNSUPPORTED, "a replica switch is not built in for %s",
                  url->shown);
    return NULL;
}

void changed_tables_free(struct changed_table *tables, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(tables[i].name);
        free(tables[i].columns);
        free(tables[i].select);
    }
    free(tables);
}
