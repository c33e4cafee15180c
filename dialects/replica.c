/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.c - which replica operations belong to which dialect.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

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

long long replica_add_writers(struct strbuf *text, const struct sql_result *rows,
                              const char *word)
{
    long long count = (long long)sql_row_count(rows);

    for (size_t i = 0; i < sql_row_count(rows) && i < 3; i++)
        strbuf_addf(text, "%s%s %s (user %s, %s%s%s) for %s s", i > 0 ? ", " : "", word,
                    sql_text(rows, i, 0), sql_text(rows, i, 1), sql_text(rows, i, 2),
                    sql_text(rows, i, 2)[0] != '\0' ? ", " : "", sql_text(rows, i, 3),
                    sql_text(rows, i, 4));
    if (count > 3)
        strbuf_addf(text, " and %lld more", count - 3);
    return count;
}

int replica_prove_settings(const char *settings, const char *expected, const char *ours,
                           struct err *err)
{
    if (strcmp(settings, expected) != 0)
        return err_set(err, ERR_STATE, "the settings are \"%s\" but were \"%s\"",
                       settings, expected);
    if (ours[0] != '\0')
        return err_set(err, ERR_STATE,
                       "settings of the migration are still in force: %s", ours);
    return 0;
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
