/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor.c - the examination of one database, and what comes of it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "doctor/doctor.h"
#include "engine/clock.h"
#include "migrate/chain.h"
#include "migrate/shadow_state.h"

static int read_versions(struct connection *connection, struct examination *examination,
                         const struct chain *chain, struct diagnosis *diagnosis,
                         struct err *err)
{
    diagnosis->chain = chain;
    if (catalog_has_table(connection, examination->schema, chain->version_table,
                          &diagnosis->has_version_table, err) != 0)
        return -1;
    return catalog_read_versions(connection, examination->arena, examination->schema,
                                 chain->version_table, &diagnosis->versions, err);
}

/* Where one was broken off, it is that after what the version table says. */
static void look_into_next(struct passage *passage, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->versions.count; i++) {
        int position = diagnosis_find(diagnosis->chain, diagnosis->versions.items[i]);

        if (position >= 0 && position + 1 > passage->position)
            passage->position = position + 1;
    }
}

static int read_work(struct connection *connection, struct examination *examination,
                     struct err *err)
{
    struct sql_result *result;
    long long done;
    long long all;

    if (chain_is_begun(connection, &examination->is_chain, err) != 0 ||
        (sql_can(connection, SQL_CAN_ROLL_BACK_DDL)
             ? run_state_read(connection, examination->arena, &examination->run, err)
             : shadow_state_describe(connection, examination->arena, &examination->run,
                                     &done, &all, err)) != 0)
        return -1;
    result = server_query(connection, "status_sessions", 0, NULL, err);
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++)
        examination->is_at_work |= sql_text(result, i, 4)[0] == 't';
    sql_result_free(result);
    return 0;
}

/* What is in no revision: kept by a migration as it is. */
static void list_own(struct examination *examination, size_t known)
{
    const struct facts *facts = &examination->atlas.facts;

    for (size_t number = known + 1; number <= facts->items.count; number++) {
        const struct fact *fact = fact_at(facts, number);

        if (strncmp(fact->table, "alembic_version", 15) == 0 ||
            strncmp(fact->table, "_airflow_moved", 14) == 0 ||
            strncmp(fact->table, "_airshift_", 10) == 0)
            continue;
        if (fact->kind == FACT_TABLE)
            list_add(examination->arena, &examination->own,
                     arena_printf(examination->arena, "table %s", fact->table));
        else if (fact->table_fact <= known && !fact_is_detail(fact))
            list_add(
                examination->arena, &examination->own,
                arena_printf(examination->arena, "%s: %s", fact->table, fact->what));
    }
}

/* From Airflow 3.0 on the provider's tables are its own, before only where it says so. */
static bool is_fab_its_own(const struct examination *examination)
{
    const struct diagnosis *core = &examination->core;
    const struct candidate *best;

    if (examination->fab.versions.count > 0)
        return true;
    if (core->ranking.count == 0)
        return false;
    best = core->ranking.items[0];
    return diagnosis_is_airflow_3(core->chain, best->position);
}

static int diagnose(struct examination *examination,
                    const struct connection *connection, struct err *err)
{
    struct atlas *atlas = &examination->atlas;
    struct patient patient = {.atlas = atlas};
    struct arena *scratch = arena_new();

    patient.known = atlas->facts.items.count;
    patient.facts = facts_of(&atlas->facts, examination->live, scratch);
    arena_free(scratch);
    patient.forgets_checks = sql_can(connection, SQL_FORGETS_CHECKS);
    patient.has_fab_versions = examination->fab.versions.count > 0;
    list_own(examination, patient.known);
    if (diagnose_core(&patient, &examination->core, err) != 0)
        return -1;
    if (is_fab_its_own(examination))
        diagnose_fab(&patient, &examination->fab);
    return 0;
}

int doctor_examine(struct connection *connection, const struct url *url,
                   struct examination *examination, struct err *err)
{
    double started = clock_now();

    memset(examination, 0, sizeof(*examination));
    examination->arena = arena_new();
    examination->schema = catalog_read_schema(connection, examination->arena, err);
    if (examination->schema == NULL ||
        atlas_start(&examination->atlas, examination->arena, url->dialect,
                    examination->schema, err) != 0 ||
        read_versions(connection, examination, &examination->atlas.core,
                      &examination->core, err) != 0 ||
        read_versions(connection, examination, &examination->atlas.fab,
                      &examination->fab, err) != 0)
        return -1;
    look_into_next(&examination->atlas.core_passage, &examination->core);
    look_into_next(&examination->atlas.fab_passage, &examination->fab);
    if (atlas_make(&examination->atlas, err) != 0 ||
        read_work(connection, examination, err) != 0)
        return -1;
    examination->live = catalog_read(connection, examination->arena, err);
    if (examination->live == NULL || diagnose(examination, connection, err) != 0 ||
        leftovers_read(connection, examination->arena, examination->schema,
                       examination->is_chain || examination->run.phase != RUN_NONE,
                       &examination->leftovers, err) != 0)
        return -1;
    examination->seconds = clock_now() - started;
    return 0;
}

void examination_clear(struct examination *examination)
{
    arena_free(examination->arena);
    memset(examination, 0, sizeof(*examination));
}

bool examination_is_bad(const struct examination *examination)
{
    bool is_broken_off =
        (examination->is_chain || examination->run.phase != RUN_NONE) &&
        !examination->is_at_work;

    if (is_broken_off || diagnosis_is_bad(&examination->core) ||
        diagnosis_is_bad(&examination->fab))
        return true;
    for (size_t i = 0; i < examination->leftovers.count; i++) {
        const struct leftover *leftover = examination->leftovers.items[i];

        if (leftover->sureness == LEFTOVER_SURE || leftover->sureness == LEFTOVER_WRONG)
            return true;
    }
    return false;
}

/* --- the command ------------------------------------------------------------------- */

/* Nothing may change between the look and the repair. */
static int take_lock(struct connection *connection, struct err *err)
{
    bool is_held = false;

    if (sql_try_migration_lock(connection, &is_held, err) != 0)
        return -1;
    if (is_held)
        return 0;
    (void)err_set(err, ERR_LOCK, "a migration is running: it holds Airflow's lock");
    return err_hint(err, "`airshift status` says who and how far it is. Repair nothing "
                         "until it has ended.");
}

/* Shows or makes the repair. 1: it was made. */
static int repair(struct connection *connection, const struct doctor_options *options,
                  struct examination *examination, struct list *statements,
                  struct err *err)
{
    if (doctor_plan_repair(options, examination, statements, err) != 0)
        return -1;
    if (statements->count == 0)
        return 0;
    for (size_t i = 0; i < statements->count && !options->is_json; i++)
        (void)printf("repair: %s\n", (const char *)statements->items[i]);
    if (!options->is_confirmed) {
        (void)fflush(stdout); /* before what goes to stderr */
        (void)err_set(err, ERR_USAGE, "nothing was changed: --yes does it");
        return err_hint(err, "Make a backup first (`airshift backup`).");
    }
    return doctor_repair(connection, statements, err) == 0 ? 1 : -1;
}

static void print(const struct doctor_options *options, struct examination *examination,
                  const struct list *statements)
{
    if (options->is_json)
        doctor_print_json(examination, statements);
    else
        doctor_print_text(examination, options->url);
}

static int run_repair(struct connection *connection,
                      const struct doctor_options *options,
                      struct examination *examination, bool *is_bad, struct err *err)
{
    struct list statements = {NULL, 0, 0};
    struct examination after = {0};
    int repaired;
    int status;

    if (!options->is_json)
        doctor_print_text(examination, options->url);
    repaired = repair(connection, options, examination, &statements, err);
    if (repaired < 0)
        return -1;
    if (repaired == 0) {
        if (options->is_json)
            doctor_print_json(examination, NULL);
        else
            (void)printf("nothing to repair here\n");
        *is_bad = examination_is_bad(examination);
        return 0;
    }
    status = doctor_examine(connection, options->url, &after, err);
    if (status == 0) {
        if (!options->is_json)
            (void)printf("repaired; now:\n");
        print(options, &after, &statements);
        *is_bad = examination_is_bad(&after);
    }
    examination_clear(&after);
    return status;
}

static int run(struct connection *connection, const struct doctor_options *options,
               struct examination *examination, bool *is_bad, struct err *err)
{
    if ((options->is_confirmed && take_lock(connection, err) != 0) ||
        doctor_examine(connection, options->url, examination, err) != 0)
        return -1;
    if (options->repairs)
        return run_repair(connection, options, examination, is_bad, err);
    print(options, examination, NULL);
    *is_bad = examination_is_bad(examination);
    return 0;
}

int doctor_run(const struct doctor_options *options, bool *is_bad, struct err *err)
{
    struct connection *connection = sql_connect(options->url, "doctor", err);
    struct examination examination = {0};
    int status = -1;

    if (connection != NULL)
        status = run(connection, options, &examination, is_bad, err);
    examination_clear(&examination);
    sql_close(connection);
    return status;
}
