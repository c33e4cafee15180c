/* SPDX-License-Identifier: Apache-2.0
 *
 * repair.c - what a repair does, as statements. It writes a version only where the catalog is
 * that of exactly one revision, and never touches a table of Airflow's.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/ddl.h"
#include "doctor/doctor.h"

enum { LOCK_SECONDS = 10 };

static int plan_version(const struct doctor_options *options,
                        struct examination *examination, struct diagnosis *diagnosis,
                        struct list *statements, struct err *err)
{
    struct arena *arena = examination->arena;
    const char *table =
        ddl_name(arena, examination->schema, diagnosis->chain->version_table);
    bool is_wanted = options->revision != NULL &&
                     diagnosis_find(diagnosis->chain, options->revision) >= 0;
    int position;

    if (diagnosis->verdict != VERDICT_WRONG_VERSION &&
        !(is_wanted && diagnosis->verdict == VERDICT_RIGHT))
        return 0;
    if (diagnosis_revision(diagnosis, is_wanted ? options->revision : NULL, &position,
                           err) != 0)
        return -1;
    if (diagnosis->verdict == VERDICT_RIGHT && position == diagnosis->claimed)
        return 0;
    /* The heads are those of a chain of which nothing else is applied. */
    for (size_t i = 0; i < diagnosis->chain->revisions.count; i++)
        ((struct revision *)diagnosis->chain->revisions.items[i])->is_applied = false;
    if (!diagnosis->has_version_table)
        list_add(arena, statements,
                 arena_printf(arena, "CREATE TABLE %s %s", table,
                              chain_version_table_body(arena, diagnosis->chain)));
    else
        list_add(arena, statements, arena_printf(arena, "DELETE FROM %s", table));
    if (position >= 0)
        list_add(
            arena, statements,
            (void *)chain_stamp_sql(arena, diagnosis->chain, (size_t)position, table));
    return 0;
}

static void plan_leftovers(const struct doctor_options *options,
                           struct examination *examination, struct list *statements)
{
    for (size_t i = 0; i < examination->leftovers.count; i++) {
        const struct leftover *leftover = examination->leftovers.items[i];

        if (leftover->mend_sql != NULL &&
            (leftover->sureness == LEFTOVER_SURE ||
             (leftover->sureness == LEFTOVER_ROWS && options->drops_moved)))
            list_add(examination->arena, statements, (void *)leftover->mend_sql);
    }
}

int doctor_plan_repair(const struct doctor_options *options,
                       struct examination *examination, struct list *statements,
                       struct err *err)
{
    if (examination->is_chain || examination->run.phase != RUN_NONE) {
        (void)err_set(err, ERR_STATE,
                      "a migration of airshift's is recorded in this database: it must "
                      "be ended first");
        return err_hint(err, "`airshift migrate` goes on with it, `airshift migrate "
                             "--discard` gives it up where that can be done.");
    }
    if (options->revision != NULL &&
        diagnosis_find(examination->core.chain, options->revision) < 0 &&
        diagnosis_find(examination->fab.chain, options->revision) < 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "\"%s\" is no revision, in full, that airshift knows",
                       options->revision);
    if (plan_version(options, examination, &examination->core, statements, err) != 0 ||
        plan_version(options, examination, &examination->fab, statements, err) != 0)
        return -1;
    plan_leftovers(options, examination, statements);
    return 0;
}

int doctor_repair(struct connection *connection, const struct list *statements,
                  struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct err ignored = {0};
    size_t done = 0;
    int status;

    sql_add_begin(connection, &sql, LOCK_SECONDS);
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    while (status == 0 && done < statements->count) {
        status = sql_exec(connection, statements->items[done], err);
        done += status == 0;
    }
    if (status == 0)
        status = sql_exec(connection, "COMMIT", err);
    if (status == 0)
        return 0;
    (void)sql_exec(connection, "ROLLBACK", &ignored);
    /* Where a DROP cannot be taken back, what came before it stays, too. */
    return sql_can(connection, SQL_CAN_ROLL_BACK_DDL) || done == 0
               ? err_wrap(err, "nothing was changed")
               : err_wrap(err, "%zu of %zu statements were carried out, then", done,
                          statements->count);
}
