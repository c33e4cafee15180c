/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_leave.c - rows that are set aside leave the live tables before the chain executor
 * begins, where DDL cannot be rolled back.
 *
 * First the archives are named, and the names are noted. Then one RENAME makes archives of the
 * tables with the rows; then one transaction deletes the rows from the live tables. So at any
 * moment a row is in at least one of the two, and the same command goes on from there.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/read.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"
#include "compiler/shadow_aside.h"
#include "migrate/shadow_aside.h"
#include "migrate/shadow_internal.h"
#include "migrate/shadow_leave.h"
#include "state/fault.h"

#define NOTE_ARCHIVE "archive:" /* begins the note of a live table and its archive */
#define NOTE_DELETED "rows are deleted"

/* --- what refers to them there ----------------------------------------------------- */

static const char *is_in(struct shadow_run *run, const char *prefix,
                         const struct constraint *key)
{
    return arena_printf(
        run->arena, "EXISTS (SELECT 1 FROM %s AS p WHERE %s)",
        ddl_name(run->arena, NULL,
                 arena_printf(run->arena, "%s%s", prefix, key->referenced->name)),
        ddl_match(run->arena, "p", &key->referenced_columns, ROWS_SOURCE_ALIAS,
                  &key->columns));
}

/* A foreign key of the live database to a table with rows aside. */
static long long follow_key(struct shadow_run *run, const struct table *child,
                            const struct constraint *key)
{
    const char *condition;
    struct sql_result *result = NULL;
    long long rows;

    if (!shadow_aside_is_possible(child)) {
        (void)err_set(
            run->err, ERR_DATA,
            "rows of table \"%s\" are to be set aside, but table \"%s\", which "
            "refers to it, has no primary key",
            key->referenced->name, child->name);
        return err_hint(run->err,
                        "Drop its foreign key \"%s\" before the migration, and "
                        "make it again afterwards.",
                        key->name);
    }
    if (shadow_aside_make(run->session, run->arena, &run->shadow, child, run->err) != 0)
        return -1;
    condition = arena_printf(
        run->arena, "NOT %s AND (%s OR %s)",
        shadow_aside_condition(run->arena, run->new_schema, SHADOW_ASIDE_PREFIX, child),
        is_in(run, SHADOW_ASIDE_PREFIX, key), is_in(run, SHADOW_FOUND_PREFIX, key));
    if (sql_change(run->session,
                   shadow_aside_insert(&run->shadow, run->arena, child,
                                       plan_reference_reason(run->arena, child, key),
                                       condition),
                   0, NULL, &result, run->err) != 0)
        return -1;
    rows = sql_affected(result);
    sql_result_free(result);
    if (rows > 0)
        log_warning("table \"%s\": %lld rows that refer to rows set aside go with them",
                    child->name, rows);
    return rows;
}

/* Once over all foreign keys; how many rows it added. */
static long long follow_keys(struct shadow_run *run, struct list *tables)
{
    long long all = 0;

    for (size_t i = 0; i < run->plan.live->tables.count; i++) {
        const struct table *child = run->plan.live->tables.items[i];

        for (size_t j = 0; j < child->constraints.count; j++) {
            const struct constraint *key = child->constraints.items[j];
            long long rows;

            if (key->kind != CONSTRAINT_FOREIGN || key->is_unenforced ||
                !list_has_text(tables, key->referenced->name))
                continue;
            rows = follow_key(run, child, key);
            if (rows < 0)
                return -1;
            if (rows > 0 && !list_has_text(tables, child->name))
                list_add(run->arena, tables, (void *)child->name);
            all += rows;
        }
    }
    return all;
}

/* By the target's keys they were followed when they were found. */
static int follow(struct shadow_run *run)
{
    long long rows = 1;

    while (run->aside.count > 0 && rows > 0) {
        rows = follow_keys(run, &run->aside);
        if (rows > 0 && shadow_aside_apply(run) != 0)
            return -1;
    }
    return rows < 0 ? -1 : 0;
}

/* --- the archives ------------------------------------------------------------------ */

static int name_archives(struct shadow_run *run)
{
    struct list archives;

    if (shadow_aside_name_archives(run, &archives) != 0 ||
        shadow_sql(run, "BEGIN") != 0)
        return -1;
    for (size_t i = 0; i < archives.count; i++) {
        const struct shadow_archive *archive = archives.items[i];
        const char *note =
            arena_printf(run->arena, NOTE_ARCHIVE "%s:%s", archive->to, archive->of);

        log_warning("%lld rows of %s could not be migrated and are kept in %s",
                    archive->rows, archive->of, archive->to);
        run->result->archived += archive->rows;
        if (shadow_state_done(run->session, note, run->err) != 0)
            return -1;
        list_add(run->arena, &run->done, (void *)note);
    }
    return shadow_sql(run, "COMMIT");
}

/* The names noted (struct shadow_archive *); no archive's has a colon. */
static struct list noted_archives(struct shadow_run *run)
{
    struct list archives = {NULL, 0, 0};

    for (size_t i = 0; i < run->done.count; i++) {
        const char *note = run->done.items[i];
        struct shadow_archive *archive;
        const char *colon;

        if (strncmp(note, NOTE_ARCHIVE, strlen(NOTE_ARCHIVE)) != 0)
            continue;
        note += strlen(NOTE_ARCHIVE);
        colon = strchr(note, ':');
        archive = arena_zalloc(run->arena, sizeof(*archive));
        archive->to = arena_printf(run->arena, "%.*s", (int)(colon - note), note);
        archive->of = colon + 1;
        archive->from = arena_printf(run->arena, SHADOW_ASIDE_PREFIX "%s", colon + 1);
        list_add(run->arena, &archives, archive);
    }
    return archives;
}

/* One statement for all, so either it was done or not. */
static int rename_all(struct shadow_run *run, const struct list *archives)
{
    const struct shadow_archive *first = archives->items[0];
    const char *sql = "RENAME TABLE ";
    bool has = false;

    if (shadow_has_table(run->session, run->new_schema, first->from, &has, run->err) !=
        0)
        return -1;
    for (size_t i = 0; i < archives->count; i++) {
        const struct shadow_archive *archive = archives->items[i];

        sql = arena_printf(run->arena, "%s%s%s TO %s", sql, i > 0 ? ", " : "",
                           ddl_name(run->arena, run->new_schema, archive->from),
                           ddl_name(run->arena, run->live_schema, archive->to));
    }
    return has ? shadow_sql(run, sql) : 0;
}

static const char *delete_from(struct shadow_run *run, const struct catalog *live,
                               const struct shadow_archive *archive)
{
    const struct table *table = catalog_find_table(live, archive->of);
    const struct constraint *key = table != NULL ? table_primary_key(table) : NULL;

    return key == NULL
               ? NULL
               : arena_printf(
                     run->arena, "DELETE l FROM %s AS l JOIN %s AS a ON %s",
                     ddl_name(run->arena, run->live_schema, archive->of),
                     ddl_name(run->arena, run->live_schema, archive->to),
                     ddl_match(run->arena, "l", &key->columns, "a", &key->columns));
}

/* What refers to them goes in the same transaction, whatever the order. */
static int delete_all(struct shadow_run *run, const struct list *archives)
{
    const struct catalog *live = catalog_read(run->connection, run->arena, run->err);

    if (live == NULL || list_has_text(&run->done, NOTE_DELETED))
        return live == NULL ? -1 : 0;
    if (shadow_sql(run, "SET SESSION foreign_key_checks = 0") != 0 ||
        shadow_sql(run, "BEGIN") != 0)
        return -1;
    for (size_t i = 0; i < archives->count; i++) {
        const struct shadow_archive *archive = archives->items[i];
        const char *sql = delete_from(run, live, archive);

        if (sql == NULL)
            return err_set(run->err, ERR_STATE,
                           "table \"%s\" has no primary key any more", archive->of);
        if (shadow_sql(run, sql) != 0)
            return -1;
    }
    if (shadow_state_done(run->session, NOTE_DELETED, run->err) != 0)
        return -1;
    fault_point("shadow-leave", "commit");
    return shadow_sql(run, "COMMIT");
}

bool shadow_leave_is_begun(const struct shadow_run *run)
{
    for (size_t i = 0; i < run->done.count; i++) {
        if (strncmp(run->done.items[i], NOTE_ARCHIVE, strlen(NOTE_ARCHIVE)) == 0)
            return true;
    }
    return false;
}

int shadow_leave(struct shadow_run *run)
{
    struct list archives;

    if (!shadow_leave_is_begun(run) && (follow(run) != 0 || name_archives(run) != 0))
        return -1;
    fault_point("shadow-leave", "named");
    archives = noted_archives(run);
    if (archives.count == 0)
        return 0;
    if (rename_all(run, &archives) != 0)
        return -1;
    fault_point("shadow-leave", "renamed");
    if (delete_all(run, &archives) != 0)
        return -1;
    fault_point("shadow-leave", "deleted");
    return 0;
}
