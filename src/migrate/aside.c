/* SPDX-License-Identifier: Apache-2.0
 *
 * aside.c - rows that are set aside: what goes with them, the round's end, the archive.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "migrate/archive_table.h"
#include "migrate/aside.h"
#include "migrate/foresight.h"
#include "state/fault.h"

int aside_read(struct connection *connection, struct arena *arena, struct aside *aside,
               struct err *err)
{
    struct sql_result *result =
        server_query(connection, "aside_relations", 0, NULL, err);

    memset(aside, 0, sizeof(*aside));
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        if (sql_integer(result, i, 1) > 0)
            list_add(arena, &aside->relations,
                     arena_strdup(arena, sql_text(result, i, 0)));
        aside->has_pending |= sql_integer(result, i, 2) > 0;
    }
    sql_result_free(result);
    return 0;
}

/* The tables with rows that are not applied yet, or with any. */
static int read_names(struct connection *connection, struct arena *arena,
                      bool with_applied, struct list *names, struct err *err)
{
    struct sql_result *result =
        server_query(connection, "aside_relations", 0, NULL, err);

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        if (with_applied || sql_integer(result, i, 2) > 0)
            list_add(arena, names, arena_strdup(arena, sql_text(result, i, 0)));
    }
    sql_result_free(result);
    return 0;
}

int aside_names(struct connection *connection, struct arena *arena, struct list *names,
                struct err *err)
{
    return read_names(connection, arena, true, names, err);
}

int aside_follow(struct connection *connection, struct plan *plan,
                 const struct list *references, bool with_applied, struct err *err)
{
    struct list changed = {NULL, 0, 0};

    if (read_names(connection, plan->arena, with_applied, &changed, err) != 0)
        return -1;
    while (changed.count > 0) {
        struct list next = {NULL, 0, 0};

        for (size_t i = 0; i < references->count; i++) {
            const struct plan_reference *reference = references->items[i];
            struct sql_result *result;
            long long rows;

            if (!list_share_text(&reference->parents, &changed))
                continue;
            log_debug("rows that refer to rows set aside: %s", reference->sql);
            result = sql_query(connection, reference->sql, 0, NULL, err);
            if (result == NULL)
                return err_wrap(err, "rows of \"%s\" that refer to rows set aside",
                                reference->child);
            rows = sql_affected(result);
            sql_result_free(result);
            if (rows <= 0)
                continue;
            log_warning("table \"%s\": %lld rows that refer to rows set aside go with "
                        "them",
                        reference->child, rows);
            if (!list_has_text(&next, reference->child))
                list_add(plan->arena, &next, (void *)reference->child);
        }
        changed = next;
    }
    return 0;
}

static long long set_aside(struct connection *connection,
                           const struct foresee_query *query, struct err *err)
{
    struct sql_result *result;
    long long rows;

    log_debug("rows that do not fit with others: %s", query->aside_sql);
    result = sql_query(connection, query->aside_sql, 0, NULL, err);
    if (result == NULL)
        return err_wrap(err, "rows of \"%s\" could not be set aside", query->table);
    rows = sql_affected(result);
    sql_result_free(result);
    if (rows > 0)
        log_warning("table \"%s\": %lld rows were set aside: each %s", query->table,
                    rows, query->aside_reason);
    fault_point("aside-find", "after");
    return rows;
}

long long aside_find(struct connection *connection, const struct url *url,
                     struct plan *plan, bool everything, struct err *err)
{
    const struct foresee_options options = {
        .references = true, .everything = everything, .sets_aside = true};
    struct list found = {NULL, 0, 0};
    long long all = 0;

    if (foresight_find(url, plan, &options, &found, err) != 0)
        return -1;
    for (size_t i = 0; i < found.count && all >= 0; i++) {
        long long rows = set_aside(connection, found.items[i], err);

        all = rows < 0 ? -1 : all + rows;
    }
    return all;
}

int aside_apply(struct connection *connection, struct plan *plan, struct err *err)
{
    const char *apply = server_sql(connection, "aside_apply", err);
    struct list references = plan_references(plan);

    if (apply == NULL ||
        sql_exec(connection, "SET LOCAL client_min_messages = warning", err) != 0 ||
        aside_follow(connection, plan, &references, false, err) != 0)
        return -1;
    return sql_exec(connection, apply, err);
}

static long long keep_rows(struct connection *connection, struct plan *plan,
                           const char *relation, long long count, struct err *err)
{
    struct arena *arena = plan->arena;
    const char *name = archive_table_name(
        connection, arena, plan->live->schema,
        arena_printf(arena, "_airshift_quarantine__%s", relation), err);
    struct strbuf literal = STRBUF_INIT;
    struct sql_result *result;
    const char *sql;
    long long rows;

    if (name == NULL)
        return -1;
    sql_add_literal(&literal, relation);
    sql = arena_printf(arena,
                       "CREATE TABLE %s AS SELECT t.*, a.reason AS airshift_problem "
                       "FROM %s AS t JOIN " PLAN_STATE_SCHEMA
                       ".aside AS a ON a.place = t.ctid WHERE a.relation = %s",
                       ddl_name(arena, plan->live->schema, name),
                       ddl_name(arena, plan->live->schema, relation),
                       strbuf_text(&literal));
    strbuf_clear(&literal);
    result = sql_query(connection, sql, 0, NULL, err);
    if (result == NULL)
        return -1;
    rows = sql_affected(result);
    sql_result_free(result);
    if (plan->live->owner != NULL &&
        sql_exec(connection,
                 ddl_give(arena, "TABLE", ddl_name(arena, plan->live->schema, name),
                          plan->live->owner),
                 err) != 0)
        return -1;
    if (rows != count)
        return err_set(err, ERR_STATE,
                       "%lld rows of \"%s\" were set aside, but %lld are there", count,
                       relation, rows);
    log_warning("%lld rows of %s could not be migrated and are kept in %s", count,
                relation, name);
    return rows;
}

long long aside_keep(struct connection *connection, struct plan *plan, struct err *err)
{
    struct sql_result *result =
        server_query(connection, "aside_relations", 0, NULL, err);
    long long kept = 0;

    for (size_t i = 0; result != NULL && i < sql_row_count(result) && kept >= 0; i++) {
        long long rows =
            keep_rows(connection, plan, sql_text(result, i, 0),
                      sql_integer(result, i, 1) + sql_integer(result, i, 2), err);

        kept = rows < 0 ? -1 : kept + rows;
    }
    if (result == NULL)
        kept = -1;
    sql_result_free(result);
    return kept;
}
