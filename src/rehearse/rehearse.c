/* SPDX-License-Identifier: Apache-2.0
 *
 * rehearse.c - the order of a rehearsal: sizes, copy, migration under observation,
 * verification, the same with the real Airflow, and away with the copies.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup/inventory.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "compiler/shadow.h"
#include "engine/clock.h"
#include "engine/progress.h"
#include "interrupt.h"
#include "process.h"
#include "rehearse/forecast.h"
#include "rehearse/rehearse.h"
#include "rehearse/sampler.h"
#include "rehearse/way_back.h"
#include "verify/verify.h"

/* Appended to the name of the database; one of that name is ours, and removed. */
#define COPY_SUFFIX "_airshift_rehearsal"
#define AIRFLOW_COPY_SUFFIX "_airshift_airflow"
#define RESTORED_SUFFIX "_airshift_restored"

enum { AIRFLOW_SECONDS = 7 * 24 * 3600 };

struct rehearsing {
    const struct rehearse_options *options;
    struct rehearsal *rehearsal;
    struct arena *arena;
    struct connection *connection; /* to the database that is copied */
    const char *database;
    double started; /* of the run under observation */
};

static int read_origin(struct rehearsing *run, struct err *err)
{
    struct rehearsal *rehearsal = run->rehearsal;
    time_t now = time(NULL);
    char stamp[32] = "";
    struct tm parts;
    struct sql_result *row =
        server_query(run->connection, "rehearse_origin", 0, NULL, err);

    if (row == NULL)
        return -1;
    run->database = arena_strdup(run->arena, sql_text(row, 0, 0));
    rehearsal->server = arena_strdup(run->arena, sql_text(row, 0, 1));
    sql_result_free(row);
    if (gmtime_r(&now, &parts) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &parts);
    rehearsal->created = arena_strdup(run->arena, stamp);
    rehearsal->database = arena_strdup(run->arena, run->options->migrate.url->shown);
    rehearsal->mode = run->options->migrate.is_detached ? "detached" : "in-place";
    rehearsal->is_stepwise = !sql_can(run->connection, SQL_CAN_ROLL_BACK_DDL);
    rehearsal->log_name = sql_log_name(run->connection);
    rehearsal->target = run->options->migrate.target.core;
    rehearsal->has_quarantine = run->options->migrate.has_quarantine;
    rehearsal->workers = run->options->migrate.workers;
    rehearsal->window = run->options->window_seconds;
    return 0;
}

static long long bytes_in(const struct inventory *inventory, const char *name)
{
    for (size_t i = 0; i < inventory->table_count; i++) {
        if (strcmp(inventory->tables[i].name, name) == 0)
            return inventory->tables[i].bytes;
    }
    return 0;
}

static int read_sizes(struct rehearsing *run, struct err *err)
{
    const struct url *url = run->options->production;
    struct rehearsal *rehearsal = run->rehearsal;
    struct inventory here = {0};
    struct inventory there = {0};

    if (inventory_read_tables(&here, run->connection, run->arena, 0, err) < 0)
        return -1;
    if (url != NULL) {
        struct connection *production = sql_connect(url, "rehearse", err);
        int status = -1;

        if (production != NULL)
            status = inventory_read_tables(&there, production, run->arena, 0, err);
        sql_close(production);
        if (status < 0)
            return err_wrap(err, "reading the sizes of production");
        rehearsal->production = arena_strdup(run->arena, url->shown);
    }
    for (size_t i = 0; i < here.table_count; i++) {
        struct rehearsal_table *table = arena_zalloc(run->arena, sizeof(*table));

        table->name = here.tables[i].name;
        table->bytes = here.tables[i].bytes;
        table->production_bytes =
            url != NULL ? bytes_in(&there, table->name) : table->bytes;
        list_add(run->arena, &rehearsal->tables, table);
    }
    return 0;
}

/* A progress observer: what is finished is kept, once. */
static void observe(void *context, const struct progress_item *items, size_t count)
{
    struct rehearsing *run = context;
    struct list *phases = &run->rehearsal->airshift.phases;

    for (size_t i = 0; i < count; i++) {
        const struct progress_item *item = &items[i];
        struct rehearsal_phase *phase;
        bool is_known = false;

        if (!item->is_finished || item->is_sum || item->started <= 0)
            continue;
        for (size_t k = 0; k < phases->count && !is_known; k++) {
            phase = phases->items[k];
            is_known = strcmp(phase->table, item->table) == 0 &&
                       strcmp(phase->phase, item->phase) == 0;
        }
        if (is_known)
            continue;
        phase = arena_zalloc(run->arena, sizeof(*phase));
        phase->table = arena_strdup(run->arena, item->table);
        phase->phase = arena_strdup(run->arena, item->phase);
        phase->from = item->started - run->started;
        phase->to = item->ended - run->started;
        phase->rows = item->rows;
        list_add(run->arena, phases, phase);
    }
}

/* Fails only where the rehearsal itself cannot go on. */
static int migrate_copy(struct rehearsing *run, const struct url *copy, struct err *err)
{
    struct rehearsal *rehearsal = run->rehearsal;
    struct migrate_options options = run->options->migrate;
    struct migrate_result result;
    struct sampler *sampler;
    struct err failure;
    int status;

    options.url = copy;
    rehearsal->airshift.is_run = true;
    sampler = sampler_begin(copy, &rehearsal->airshift, run->arena, err);
    if (sampler == NULL)
        return -1;
    memset(&result, 0, sizeof(result));
    err_clear(&failure);
    run->started = clock_now();
    progress_observe(observe, run);
    status = migrate_run(&options, &result, &failure);
    progress_observe(NULL, NULL);
    rehearsal->airshift.seconds = clock_now() - run->started;
    if (sampler_end(sampler, err) < 0)
        return -1;
    if (status < 0 && failure.category == ERR_INTERRUPTED) {
        *err = failure;
        return -1;
    }
    if (status < 0) {
        log_err(&failure);
        rehearsal->airshift.error = arena_strdup(run->arena, failure.text);
    }
    rehearsal->from = arena_strdup(run->arena, result.from);
    rehearsal->to = arena_strdup(run->arena, result.to);
    rehearsal->archived = result.archived;
    rehearsal->by_revision = result.by_revision;
    return 0;
}

static int verify_copy(struct rehearsing *run, const struct url *copy, struct err *err)
{
    const struct verify_options options = {.url = copy,
                                           .target = run->options->migrate.target};
    struct verify_result result = {0};
    double started = clock_now();

    if (verify_run(&options, &result, err) < 0)
        return -1;
    run->rehearsal->airshift.verify_seconds = clock_now() - started;
    run->rehearsal->checks_made = result.checks;
    run->rehearsal->differences = result.differences;
    return 0;
}

static int run_airflow(struct rehearsing *run, const struct url *copy, struct err *err)
{
    struct rehearsal_run *real = &run->rehearsal->airflow;
    char *text = url_sqlalchemy(copy);
    char *variable = xasprintf("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=%s", text);
    char *output = xasprintf("%s/airflow.log", run->options->log_directory);
    const char *const arguments[] = {run->options->airflow, "db", "migrate", NULL};
    const char *const environment[] = {variable, NULL};
    const struct process_spec spec = {.arguments = arguments,
                                      .environment = environment,
                                      .output = output,
                                      .has_own_group = true,
                                      .dies_with_us = true};
    struct sampler *sampler = sampler_begin(copy, real, run->arena, err);
    int status = -1;

    if (sampler != NULL) {
        struct err failure;
        double started = clock_now();

        log_info("the real Airflow, its messages are in %s", output);
        err_clear(&failure);
        real->is_run = true;
        if (process_run(&spec, AIRFLOW_SECONDS, "airflow db migrate", &failure) < 0)
            real->error = arena_strdup(run->arena, failure.text);
        real->seconds = clock_now() - started;
        status = sampler_end(sampler, err);
        if (status == 0 && interrupt_is_asked())
            status = err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    xfree_secret(text);
    xfree_secret(variable);
    free(output);
    return status;
}

/* -1 on an error; -2 where the table is not there. */
static long long count_rows(struct connection *connection,
                            const struct inventory *inventory, const char *name,
                            struct err *err)
{
    for (size_t i = 0; i < inventory->table_count; i++) {
        struct strbuf sql = STRBUF_INIT;
        struct sql_result *row;
        long long count;

        if (strcmp(inventory->tables[i].name, name) != 0)
            continue;
        strbuf_add_string(&sql, "SELECT count(*) FROM ");
        inventory_add_name(&sql, inventory->tables[i].schema, name);
        /* The airflow command writes down that it was called. */
        if (strcmp(name, "log") == 0)
            strbuf_add_string(&sql, " WHERE event IS NULL OR event NOT LIKE 'cli!_%' "
                                    "ESCAPE '!'");
        row = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
        strbuf_clear(&sql);
        if (row == NULL)
            return -1;
        count = sql_integer(row, 0, 0);
        sql_result_free(row);
        return count;
    }
    return -2;
}

/* What both tools leave of Airflow's own: archives of either begin with "_air" or are
 * known to the version that made them. */
static int compare_counts(struct rehearsing *run, const struct url *ours,
                          const struct url *theirs, struct err *err)
{
    struct connection *a = sql_connect(ours, "rehearse", err);
    struct connection *b = a != NULL ? sql_connect(theirs, "rehearse", err) : NULL;
    struct inventory left = {0};
    struct inventory right = {0};
    int status = -1;

    if (b != NULL && inventory_read_tables(&left, a, run->arena, 0, err) == 0 &&
        inventory_read_tables(&right, b, run->arena, 0, err) == 0)
        status = 0;
    for (size_t i = 0; status == 0 && i < left.table_count; i++) {
        const char *name = left.tables[i].name;
        long long counts[2];

        if (name[0] == '_')
            continue;
        counts[0] = count_rows(a, &left, name, err);
        counts[1] = counts[0] != -1 ? count_rows(b, &right, name, err) : -1;
        if (counts[0] == -1 || counts[1] == -1) {
            status = -1;
        } else if (counts[0] != counts[1]) {
            log_warning("%s: %lld rows, %lld with Airflow", name, counts[0],
                        counts[1] < 0 ? 0 : counts[1]);
            list_add(run->arena, &run->rehearsal->count_differences,
                     arena_strdup(run->arena, name));
        }
    }
    sql_close(a);
    sql_close(b);
    return status;
}

/* What a migration of it has left beside it goes, too. */
static int drop_copy(struct rehearsing *run, const char *name, struct err *err)
{
    static const char *const suffixes[] = {SHADOW_NEW_SUFFIX, SHADOW_OLD_SUFFIX};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (run->rehearsal->is_stepwise &&
            sql_drop_database(run->connection,
                              arena_printf(run->arena, "%s%s", name, suffixes[i]),
                              err) < 0)
            return -1;
    }
    return sql_drop_database(run->connection, name, err);
}

static int make_copy(struct rehearsing *run, const char *name, struct url *url,
                     struct err *err)
{
    int status;

    log_info("copying the database as \"%s\"", name);
    status = drop_copy(run, name, err);
    if (status == 0)
        status = sql_copy_database(run->connection, run->database, name, err);
    if (status < 0) {
        (void)err_wrap(err, "copying the database");
        return err_hint(err, "A rehearsal works on a copy that the server makes of a "
                             "database that nobody is connected to: name a clone of "
                             "production, never production, and a role that may create "
                             "databases.");
    }
    url_for_database(url, run->options->migrate.url, name);
    return 0;
}

static int rehearse_beside_airflow(struct rehearsing *run, const struct url *ours,
                                   const char *name, struct err *err)
{
    struct url copy = {0};
    int status = make_copy(run, name, &copy, err);

    if (status == 0)
        status = run_airflow(run, &copy, err);
    if (status == 0 && run->rehearsal->airflow.error == NULL &&
        run->rehearsal->airshift.error == NULL)
        status = compare_counts(run, ours, &copy, err);
    url_clear(&copy);
    return status;
}

static int try_way_back(struct rehearsing *run, const char *scratch, struct err *err)
{
    const struct way_back_options options = {
        .url = run->options->migrate.url,
        .connection = run->connection,
        .scratch = scratch,
        .directory = arena_printf(run->arena, "%s/backup", run->options->log_directory),
        .workers = run->options->migrate.workers};

    log_info("a backup and its restore");
    return way_back_rehearse(&options, &run->rehearsal->way_back, err);
}

static int rehearse(struct rehearsing *run, struct err *err)
{
    const char *ours = NULL;
    const char *theirs = NULL;
    const char *restored = NULL;
    struct url copy = {0};
    struct err ignored;
    int status;

    if (read_origin(run, err) < 0 || read_sizes(run, err) < 0)
        return -1;
    ours = arena_printf(run->arena, "%s" COPY_SUFFIX, run->database);
    theirs = arena_printf(run->arena, "%s" AIRFLOW_COPY_SUFFIX, run->database);
    restored = arena_printf(run->arena, "%s" RESTORED_SUFFIX, run->database);
    status = make_copy(run, ours, &copy, err);
    if (status == 0)
        status = migrate_copy(run, &copy, err);
    if (status == 0 && run->rehearsal->airshift.error == NULL)
        status = verify_copy(run, &copy, err);
    if (status == 0 && run->options->airflow != NULL)
        status = rehearse_beside_airflow(run, &copy, theirs, err);
    if (status == 0 && run->options->tries_way_back)
        status = try_way_back(run, restored, err);
    if (!run->options->keeps_copies) {
        /* The signal that ended the work is answered; this is short. */
        if (interrupt_is_asked())
            interrupt_reset();
        (void)drop_copy(run, ours, &ignored);
        (void)drop_copy(run, theirs, &ignored);
        (void)sql_drop_database(run->connection, restored, &ignored);
    }
    url_clear(&copy);
    return status;
}

int rehearse_run(const struct rehearse_options *options, struct rehearsal *rehearsal,
                 struct arena *arena, struct err *err)
{
    struct rehearsing run = {
        .options = options, .rehearsal = rehearsal, .arena = arena};
    int status = -1;

    memset(rehearsal, 0, sizeof(*rehearsal));
    rehearsal->arena = arena;
    rehearsal->airshift.tool = "airshift";
    rehearsal->airflow.tool = "airflow";
    run.connection = sql_connect(options->migrate.url, "rehearse", err);
    if (run.connection != NULL)
        status = rehearse(&run, err);
    sql_close(run.connection);
    if (status == 0)
        forecast_make(rehearsal);
    return status;
}
