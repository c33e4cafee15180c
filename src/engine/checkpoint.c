/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c - reads and writes the state schema. The only place that knows its
 * columns.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/checkpoint.h"

static void add_table(struct strbuf *sql, const char *schema, const char *table)
{
    sql_add_name(sql, schema);
    strbuf_addf(sql, ".%s", table);
}

int engine_prepare_state(struct connection *connection, const char *state_schema,
                         struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "CREATE TABLE IF NOT EXISTS ");
    add_table(&sql, state_schema, "job");
    /* What a job is, is there for `airshift status`; the engine knows it from its graph. */
    strbuf_add_string(
        &sql, " (id text PRIMARY KEY, started timestamptz, finished timestamptz,"
              " rows bigint, number integer, relation text, phase text,"
              " label text, blocks bigint);"
              " CREATE TABLE IF NOT EXISTS ");
    add_table(&sql, state_schema, "job_range");
    strbuf_add_string(&sql,
                      " (job text NOT NULL, lo bigint NOT NULL, hi bigint NOT NULL,"
                      " rows bigint NOT NULL, PRIMARY KEY (job, lo))");
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status < 0 ? err_wrap(err, "the engine's state tables") : 0;
}

void checkpoint_add_start(struct strbuf *sql, const char *schema, const char *id)
{
    strbuf_add_string(sql, "UPDATE ");
    add_table(sql, schema, "job");
    strbuf_add_string(
        sql, " SET started = CURRENT_TIMESTAMP WHERE started IS NULL AND id = ");
    sql_add_literal(sql, id);
    strbuf_add_string(sql, "; ");
}

void checkpoint_add_range(struct strbuf *sql, const char *schema, const char *id,
                          struct range range, long long rows)
{
    strbuf_add_string(sql, "INSERT INTO ");
    add_table(sql, schema, "job_range");
    strbuf_add_string(sql, " (job, lo, hi, rows) VALUES (");
    sql_add_literal(sql, id);
    strbuf_addf(sql, ", %" PRIu64 ", %" PRIu64 ", %lld); ", range.lo, range.hi, rows);
}

void checkpoint_add_finish(struct strbuf *sql, const char *schema, const char *id,
                           long long rows, bool has_ranges)
{
    strbuf_add_string(sql, "UPDATE ");
    add_table(sql, schema, "job");
    strbuf_add_string(sql, " SET started = coalesce(started, CURRENT_TIMESTAMP),"
                           " finished = clock_timestamp(), rows = ");
    if (has_ranges) {
        strbuf_add_string(sql, "(SELECT coalesce(sum(rows), 0) FROM ");
        add_table(sql, schema, "job_range");
        strbuf_add_string(sql, " WHERE job = ");
        sql_add_literal(sql, id);
        strbuf_add_char(sql, ')');
    } else {
        strbuf_addf(sql, "%lld", rows);
    }
    strbuf_add_string(sql, " WHERE id = ");
    sql_add_literal(sql, id);
    strbuf_add_string(sql, "; ");
}

static void add_description(struct strbuf *sql, const struct job *job, size_t number)
{
    sql_add_literal(sql, job->id);
    strbuf_addf(sql, ", %zu, ", number);
    sql_add_literal(sql, job->table);
    strbuf_add_string(sql, ", ");
    sql_add_literal(sql, job->phase);
    strbuf_add_string(sql, ", ");
    sql_add_literal(sql, job->label != NULL ? job->label : "");
    strbuf_addf(sql, ", %lld", job->kind == JOB_RANGE ? (long long)job->blocks : -1);
}

/* A row for each job, so that recording is always an UPDATE. Asynchronous commits lost
 * in a crash of the server may have taken the rows away. */
static int add_missing(struct engine *engine, struct connection *connection,
                       struct err *err)
{
    const char *schema = engine->options->state_schema;
    struct strbuf sql = STRBUF_INIT;
    int status;

    if (engine->graph->count == 0)
        return 0;
    strbuf_add_string(&sql, "INSERT INTO ");
    add_table(&sql, schema, "job");
    strbuf_add_string(&sql, " (id, number, relation, phase, label, blocks)"
                            " SELECT g.* FROM (VALUES ");
    for (size_t i = 0; i < engine->graph->count; i++) {
        strbuf_add_string(&sql, i > 0 ? ", (" : "(");
        add_description(&sql, &engine->graph->jobs[i], i);
        strbuf_add_char(&sql, ')');
    }
    strbuf_add_string(&sql, ") AS g (id, number, relation, phase, label, blocks)"
                            " WHERE NOT EXISTS (SELECT 1 FROM ");
    add_table(&sql, schema, "job");
    strbuf_add_string(&sql, " AS j WHERE j.id = g.id)");
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

static bool is_in_work(const struct engine *engine, size_t job)
{
    for (unsigned i = 0; i < engine->options->workers; i++) {
        if (engine->workers[i].job == job)
            return true;
    }
    return engine->native == job;
}

/* Takes the rows of one job's ranges out of its gaps. */
static int load_ranges(struct engine *engine, struct connection *connection, size_t job,
                       struct err *err)
{
    const struct job *plan = &engine->graph->jobs[job];
    struct job_run *run = &engine->runs[job];
    const char *parameters[1] = {plan->id};
    struct range all = {0, POSITION_END};
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;
    uint64_t left;

    strbuf_add_string(&sql, "SELECT lo, hi, rows FROM ");
    add_table(&sql, engine->options->state_schema, "job_range");
    strbuf_add_string(&sql, " WHERE job = $1 ORDER BY lo");
    result = sql_query(connection, strbuf_text(&sql), 1, parameters, err);
    strbuf_clear(&sql);
    if (result == NULL)
        return -1;
    gaps_clear(&run->gaps);
    engine->bad_rows -= run->bad_rows;
    run->bad_rows = 0; /* their ranges are gaps again: they will be found once more */
    gaps_add(&run->gaps, all);
    run->rows = 0;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct range range = {(uint64_t)sql_integer(result, i, 0),
                              (uint64_t)sql_integer(result, i, 1)};

        gaps_remove(&run->gaps, range);
        run->rows += (double)sql_integer(result, i, 2);
    }
    sql_result_free(result);
    left = gaps_blocks(&run->gaps, plan->blocks);
    run->sessions = 0;
    for (unsigned i = 0; i < engine->options->workers; i++) {
        const struct worker *worker = &engine->workers[i];

        if (worker->job != job)
            continue;
        run->sessions++;
        gaps_remove(&run->gaps, worker->range);
        for (size_t k = 0; k < worker->pile_count; k++)
            gaps_remove(&run->gaps, worker->pile[k]);
    }
    run->blocks_done = (double)(plan->blocks - left);
    return 0;
}

/* The job table into the runs; jobs that are not in it were never begun. */
static int load_jobs(struct engine *engine, struct connection *connection,
                     struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;

    /* In the order of the graph, so that no names need to be looked up. */
    strbuf_add_string(&sql, "SELECT g.n, j.started IS NOT NULL, j.finished IS NOT NULL,"
                            " coalesce(j.rows, -1) FROM (VALUES ");
    for (size_t i = 0; i < engine->graph->count; i++) {
        strbuf_addf(&sql, "%s(%zu, ", i > 0 ? ", " : "", i);
        sql_add_literal(&sql, engine->graph->jobs[i].id);
        strbuf_add_char(&sql, ')');
    }
    strbuf_add_string(&sql, ") AS g (n, id) JOIN ");
    add_table(&sql, engine->options->state_schema, "job");
    strbuf_add_string(&sql, " AS j ON j.id = g.id");
    result = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (result == NULL)
        return -1;
    engine->done = 0;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct job_run *run = &engine->runs[sql_integer(result, i, 0)];

        run->is_marked = sql_text(result, i, 1)[0] == 't';
        run->is_done = sql_text(result, i, 2)[0] == 't';
        run->was_tried = run->is_marked && !run->is_done;
        if (run->is_done) {
            run->rows = (double)sql_integer(result, i, 3);
            engine->done++;
        }
    }
    sql_result_free(result);
    return 0;
}

int checkpoint_load(struct engine *engine, struct connection *connection,
                    struct err *err)
{
    if (engine->graph->count == 0)
        return 0;
    if (add_missing(engine, connection, err) < 0 ||
        load_jobs(engine, connection, err) < 0)
        return err_wrap(err, "reading what is done");
    for (size_t i = 0; i < engine->graph->count; i++) {
        const struct job *job = &engine->graph->jobs[i];
        struct job_run *run = &engine->runs[i];

        if (job->kind == JOB_RANGE && run->is_done) {
            gaps_clear(&run->gaps);
            run->blocks_done = job->blocks;
        } else if (job->kind == JOB_RANGE) {
            if (load_ranges(engine, connection, i, err) < 0)
                return err_wrap(err, "reading what is done");
        } else {
            run->sessions = is_in_work(engine, i);
        }
    }
    return 0;
}
