/* SPDX-License-Identifier: Apache-2.0
 *
 * natives_ahead.c - whether what the tool computes itself can be computed, before the work.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"
#include "engine/bad_rows.h"
#include "migrate/natives.h"
#include "native/native.h"
#include "render.h"

/* What cannot be computed of one function's arguments. */
struct refused {
    struct arena *arena;
    struct list digests; /* const char *, as literals; BAD_ROWS_MAX at most */
    struct err reason;   /* of the first */
};

static int take(void *context, const struct sql_field *fields, size_t count,
                struct err *err)
{
    struct refused *refused = context;
    struct strbuf literal = STRBUF_INIT;

    (void)err;
    if (count < 3 || fields[2].bytes == NULL || refused->digests.count >= BAD_ROWS_MAX)
        return 0;
    if (refused->digests.count == 0)
        (void)err_set(&refused->reason, ERR_DATA, "%.*s", (int)fields[2].size,
                      fields[2].bytes);
    sql_add_literal(&literal,
                    arena_strndup(refused->arena, fields[0].bytes, fields[0].size));
    list_add(refused->arena, &refused->digests,
             arena_strdup(refused->arena, strbuf_text(&literal)));
    strbuf_clear(&literal);
    return 0;
}

/* The live table that a use is about; NULL where that is none alone. */
static const struct table *live_of(const struct plan *plan,
                                   const struct native_use *use)
{
    for (size_t i = 0; i < plan->live->tables.count; i++) {
        const struct table *table = plan->live->tables.items[i];
        const char *start =
            arena_printf(plan->arena, "%s AS " ROWS_SOURCE_ALIAS,
                         ddl_name(plan->arena, plan->live->schema, table->name));

        if (strncmp(use->relation, start, strlen(start)) == 0)
            return table;
    }
    return NULL;
}

/* SELECT q.k1 FROM (SELECT src.id AS k1, <digest> AS digest FROM ...) AS q WHERE q.digest IN
 * (...) */
static const char *rows_sql(struct plan *plan, const struct native_use *use,
                            const struct constraint *key, const struct refused *refused,
                            struct err *err)
{
    const char *outer = "";
    const char *inner = "";
    const char *digests = "";

    for (size_t i = 0; i < key->columns.count; i++) {
        const struct column *column = key->columns.items[i];

        outer =
            arena_printf(plan->arena, "%s%sq.k%zu", outer, i > 0 ? ", " : "", i + 1);
        inner = arena_printf(plan->arena, "%s" ROWS_SOURCE_ALIAS ".%s AS k%zu, ", inner,
                             ddl_name(plan->arena, NULL, column->name), i + 1);
    }
    for (size_t i = 0; i < refused->digests.count; i++)
        digests = arena_printf(plan->arena, "%s%s%s", digests, i > 0 ? ", " : "",
                               (const char *)refused->digests.items[i]);
    return plan_print(
        plan,
        arena_printf(plan->arena,
                     "SELECT %s FROM (SELECT %s%s AS digest FROM %s) AS q WHERE "
                     "q.digest IN (%s) ORDER BY %s LIMIT %d",
                     outer, inner, use->digest, use->relation, digests, outer,
                     BAD_ROWS_MAX),
        err);
}

/* An error that says of which rows they are, where there are any. */
static int describe(struct plan *plan, struct connection *connection,
                    const struct native_use *use, const struct refused *refused,
                    struct err *err)
{
    const struct table *live = live_of(plan, use);
    const struct constraint *key = live != NULL ? table_primary_key(live) : NULL;
    struct strbuf text = STRBUF_INIT;
    struct sql_result *result = NULL;
    const char *sql = NULL;
    size_t rows;

    if (key != NULL)
        sql = rows_sql(plan, use, key, refused, err);
    if (sql != NULL)
        result = sql_query(connection, sql, 0, NULL, err);
    if (result == NULL && key != NULL)
        return -1;
    rows = result != NULL ? sql_row_count(result) : refused->digests.count;
    for (size_t i = 0; result != NULL && rows > 0 && i < key->columns.count; i++)
        strbuf_addf(&text, "%s%s=%s", i > 0 ? ", " : "",
                    ((const struct column *)key->columns.items[i])->name,
                    sql_text(result, 0, i));
    sql_result_free(result);
    if (rows > 0)
        bad_rows_describe(live != NULL ? live->name : use->function, rows,
                          rows >= BAD_ROWS_MAX,
                          text.length > 0 ? strbuf_text(&text) : "without a key",
                          &refused->reason, err);
    strbuf_clear(&text);
    return rows == 0
               ? 0
               : err_hint(err,
                          "Nothing was changed. Is the Fernet key "
                          "(AIRFLOW__CORE__FERNET_KEY, or [core] fernet_key of "
                          "airflow.cfg) the one that Airflow uses? A trigger whose "
                          "arguments cannot be read is of no use to Airflow, "
                          "either: it can be deleted.");
}

int natives_look_ahead(struct plan *plan, struct connection *connection,
                       const struct fernet_source *source, struct err *err)
{
    const struct list *natives = &plan->lowering.natives;
    struct list seen = {NULL, 0, 0};

    for (size_t i = 0; i < natives->count; i++) {
        const struct native_use *use = natives->items[i];
        struct refused refused = {.arena = plan->arena};

        if (!natives_needs_key(use->function) || list_has_text(&seen, use->function))
            continue;
        list_add(plan->arena, &seen, (void *)use->function);
        if (natives_compute(&plan->lowering, use->function, true, connection, source,
                            take, &refused, err) != 0)
            return -1;
        for (size_t j = i; refused.digests.count > 0 && j < natives->count; j++) {
            const struct native_use *other = natives->items[j];

            if (strcmp(other->function, use->function) != 0)
                continue;
            if (describe(plan, connection, other, &refused, err) != 0)
                return -1;
        }
    }
    return 0;
}
