/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_aside.c - rows that are set aside beside the tables: what goes with them, the end of a
 * round, the archive.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "compiler/plan_internal.h"
#include "compiler/shadow_aside.h"
#include "migrate/foresight.h"
#include "migrate/problems.h"
#include "migrate/shadow_aside.h"
#include "migrate/shadow_internal.h"
#include "state/fault.h"

enum { NAME_MAX_BYTES = 64 }; /* of a table */

/* --- the tables -------------------------------------------------------------------- */

/* Of the live table's own definition, so that every value fits and keys are compared as there.
 * Under its name it is whole. */
static int make_one(struct connection *connection, struct arena *arena,
                    const struct shadow *shadow, const struct table *live,
                    const char *prefix, struct err *err)
{
    const char *name = arena_printf(arena, "%s%s", prefix, live->name);
    bool has = false;

    if (shadow_has_table(connection, shadow->new_schema, name, &has, err) != 0)
        return -1;
    return has ? 0
               : sql_exec(connection,
                          arena_printf(
                              arena,
                              "DROP TABLE IF EXISTS airshift_making; CREATE TABLE "
                              "airshift_making LIKE %s; ALTER TABLE airshift_making "
                              "ADD COLUMN airshift_problem LONGTEXT; RENAME TABLE "
                              "airshift_making TO %s",
                              ddl_name(arena, shadow->live_schema, live->name),
                              ddl_name(arena, NULL, name)),
                          err);
}

int shadow_aside_make(struct connection *connection, struct arena *arena,
                      const struct shadow *shadow, const struct table *live,
                      struct err *err)
{
    return make_one(connection, arena, shadow, live, SHADOW_FOUND_PREFIX, err) != 0
               ? -1
               : make_one(connection, arena, shadow, live, SHADOW_ASIDE_PREFIX, err);
}

static long long count_rows(struct shadow_run *run, const char *prefix,
                            const char *name)
{
    struct sql_result *result =
        sql_query(run->session,
                  arena_printf(run->arena, "SELECT count(*) FROM %s",
                               shadow_quoted(run, arena_printf(run->arena, "%s%s",
                                                               prefix, name))),
                  0, NULL, run->err);
    long long count = result != NULL ? sql_integer(result, 0, 0) : -1;

    sql_result_free(result);
    return count;
}

/* The live tables that have rows in such a table of their own. */
static int read_names(struct shadow_run *run, const char *prefix, struct list *names)
{
    const char *values[1] = {run->new_schema};
    struct sql_result *result =
        server_query(run->session, "shadow_asides", 1, values, run->err);
    int status = result != NULL ? 0 : -1;

    *names = (struct list){NULL, 0, 0};
    for (size_t i = 0; status == 0 && i < sql_row_count(result); i++) {
        const char *table = server_text_copy(run->arena, result, i, 0);
        long long count;

        if (strncmp(table, prefix, strlen(prefix)) != 0)
            continue;
        count = count_rows(run, prefix, table + strlen(prefix));
        if (count > 0)
            list_add(run->arena, names, (void *)(table + strlen(prefix)));
        status = count < 0 ? -1 : 0;
    }
    sql_result_free(result);
    return status;
}

int shadow_aside_read(struct shadow_run *run, bool *has_found)
{
    struct list found;

    if (read_names(run, SHADOW_ASIDE_PREFIX, &run->aside) != 0 ||
        read_names(run, SHADOW_FOUND_PREFIX, &found) != 0)
        return -1;
    *has_found = found.count > 0;
    return 0;
}

/* --- rows that only together with others do not fit --------------------------------- */

static long long set_aside(struct shadow_run *run, const struct foresee_query *query)
{
    struct sql_result *result = NULL;
    long long rows = -1;

    log_debug("rows that do not fit with others: %s", query->aside_sql);
    if (shadow_aside_make(run->session, run->arena, &run->shadow,
                          catalog_find_table(run->plan.live, query->table),
                          run->err) == 0 &&
        sql_change(run->session, query->aside_sql, 0, NULL, &result, run->err) == 0)
        rows = sql_affected(result);
    sql_result_free(result);
    if (rows < 0)
        return err_wrap(run->err, "rows of \"%s\" could not be set aside",
                        query->table);
    if (rows > 0)
        log_warning("table \"%s\": %lld rows were set aside: each %s", query->table,
                    rows, query->aside_reason);
    fault_point("shadow-aside", "find");
    return rows;
}

long long shadow_aside_find(struct shadow_run *run, bool everything)
{
    /* Of small tables the copies find the keys, for they are there from the beginning. */
    const struct foresee_options options = {
        .references = true,
        .key_min = everything ? 0 : shadow_big_bytes(),
        .everything = everything,
        .sets_aside = true,
        .shadow = &run->shadow,
    };
    struct list found = {NULL, 0, 0};
    long long all = 0;

    if (foresight_find(run->options->url, &run->plan, &options, &found, run->err) != 0)
        return -1;
    for (size_t i = 0; i < found.count && all >= 0; i++) {
        long long rows = set_aside(run, found.items[i]);

        all = rows < 0 ? -1 : all + rows;
    }
    return all;
}

/* --- the end of a round ------------------------------------------------------------ */

static int make_for(struct shadow_run *run, const char *name)
{
    return shadow_aside_make(run->session, run->arena, &run->shadow,
                             catalog_find_table(run->plan.live, name), run->err);
}

static long long follow(struct shadow_run *run, const struct plan_reference *reference)
{
    struct sql_result *result = NULL;
    long long rows = -1;
    int status = make_for(run, reference->child);

    for (size_t i = 0; status == 0 && i < reference->parents.count; i++)
        status = make_for(run, reference->parents.items[i]);
    if (status != 0)
        return -1;
    log_debug("rows that refer to rows set aside: %s", reference->sql);
    if (sql_change(run->session, reference->sql, 0, NULL, &result, run->err) == 0)
        rows = sql_affected(result);
    sql_result_free(result);
    if (rows < 0)
        return err_wrap(run->err, "rows of \"%s\" that refer to rows set aside",
                        reference->child);
    if (rows > 0)
        log_warning("table \"%s\": %lld rows that refer to rows set aside go with them",
                    reference->child, rows);
    return rows;
}

/* Adds the rows that refer to rows set aside, until there are no more. */
static int follow_references(struct shadow_run *run)
{
    const struct list *references = shadow_aside_references(&run->shadow, run->err);
    struct list changed;

    if (references == NULL || read_names(run, SHADOW_FOUND_PREFIX, &changed) != 0)
        return -1;
    while (changed.count > 0) {
        struct list next = {NULL, 0, 0};

        for (size_t i = 0; i < references->count; i++) {
            const struct plan_reference *reference = references->items[i];
            long long rows = list_share_text(&reference->parents, &changed)
                                 ? follow(run, reference)
                                 : 0;

            if (rows < 0)
                return -1;
            if (rows > 0 && !list_has_text(&next, reference->child))
                list_add(run->arena, &next, (void *)reference->child);
        }
        changed = next;
    }
    return 0;
}

/* Moves the found rows to the applied ones. */
static int apply(struct shadow_run *run, const char *name)
{
    const char *columns =
        ddl_written_columns(run->arena, catalog_find_table(run->plan.live, name), "");
    const char *found = ddl_name(
        run->arena, NULL, arena_printf(run->arena, SHADOW_FOUND_PREFIX "%s", name));

    return shadow_sql(
        run,
        arena_printf(
            run->arena,
            "INSERT INTO %s (%s, airshift_problem) SELECT %s, airshift_problem FROM "
            "%s; DELETE FROM %s",
            ddl_name(run->arena, NULL,
                     arena_printf(run->arena, SHADOW_ASIDE_PREFIX "%s", name)),
            columns, columns, found, found));
}

static int apply_each(struct shadow_run *run, const struct list *found)
{
    for (size_t i = 0; i < found->count; i++) {
        if (apply(run, found->items[i]) != 0)
            return -1;
    }
    return 0;
}

/* All that was found, with what refers to it. The plan leaves it out from now on. */
static int find_all(struct shadow_run *run, struct list *found)
{
    if (follow_references(run) != 0 || read_names(run, SHADOW_FOUND_PREFIX, found) != 0)
        return -1;
    for (size_t i = 0; i < found->count; i++) {
        if (!list_has_text(&run->aside, found->items[i]))
            list_add(run->arena, &run->aside, found->items[i]);
    }
    return 0;
}

int shadow_aside_apply(struct shadow_run *run)
{
    struct list found;

    return find_all(run, &found) == 0 && shadow_sql(run, "BEGIN") == 0 &&
                   apply_each(run, &found) == 0
               ? shadow_sql(run, "COMMIT")
               : -1;
}

/* One transaction: killed before its end, the round is ended again; after it, nothing is built
 * and the plan is another. */
static int apply_all(struct shadow_run *run, const struct list *found)
{
    char items[24];
    const char *values[2] = {run->state.digest, items};

    (void)snprintf(items, sizeof(items), "%zu", run->shadow.items.count);
    if (shadow_sql(run, "BEGIN") != 0 || apply_each(run, found) != 0 ||
        server_exec(run->session, "shadow_again", run->err) != 0 ||
        server_change(run->session, "shadow_replan", 2, values, run->err) != 0)
        return -1;
    fault_point("shadow-aside", "commit");
    return shadow_sql(run, "COMMIT");
}

int shadow_aside_end_round(struct shadow_run *run)
{
    struct list found;
    struct err ignored;

    fault_point("shadow-aside", "before");
    if (find_all(run, &found) != 0 || shadow_plan_again(run) != 0)
        return -1;
    if (apply_all(run, &found) != 0) {
        (void)sql_exec(run->session, "ROLLBACK", &ignored);
        return -1;
    }
    run->result->archived = 0;
    log_info("building again without the rows that were set aside");
    fault_point("shadow-aside", "after");
    run->done.count = 0; /* of an earlier run's first round, too */
    return shadow_state_read_done(run->session, run->arena, &run->done, run->err);
}

/* --- the archive ------------------------------------------------------------------- */

/* A name that the database does not have yet. */
static const char *archive_name(struct shadow_run *run, const char *table)
{
    const char *base = arena_printf(run->arena, "_airshift_quarantine__%s", table);

    for (unsigned i = 1;; i++) {
        const char *suffix = i == 1 ? "" : arena_printf(run->arena, "_%u", i);
        const char *name = arena_printf(
            run->arena, "%.*s%s", (int)(NAME_MAX_BYTES - strlen(suffix)), base, suffix);
        bool has = false;

        if (shadow_has_table(run->session, run->live_schema, name, &has, run->err) != 0)
            return NULL;
        if (!has)
            return name;
    }
}

int shadow_aside_name_archives(struct shadow_run *run, struct list *archives)
{
    *archives = (struct list){NULL, 0, 0};
    for (size_t i = 0; i < run->aside.count; i++) {
        struct shadow_archive *archive = arena_zalloc(run->arena, sizeof(*archive));
        const char *table = run->aside.items[i];

        archive->from = arena_printf(run->arena, SHADOW_ASIDE_PREFIX "%s", table);
        archive->of = table;
        archive->to = archive_name(run, table);
        archive->rows = count_rows(run, SHADOW_ASIDE_PREFIX, table);
        if (archive->to == NULL || archive->rows < 0)
            return -1;
        list_add(run->arena, archives, archive);
    }
    return 0;
}
