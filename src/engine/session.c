/* SPDX-License-Identifier: Apache-2.0
 *
 * session.c - opens, loses and regains the workers' sessions.
 *
 * When a session is lost nobody knows whether its last transaction was committed, and
 * its server process may still be at work. So first that process is made to end (the
 * group's fence), and only then the state schema is read again: it is right then, and
 * stays so.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/checkpoint.h"
#include "engine/clock.h"
#include "engine/run.h"

enum { FENCE_TURN_MS = 50, LOSSES_PER_WORKER = 5 };

struct connection *session_open(struct engine *engine, const char *purpose,
                                struct err *err)
{
    struct connection *connection = sql_connect(engine->options->url, purpose, err);
    const char *settings = engine->options->session_settings;

    if (connection == NULL)
        return NULL;
    if ((settings != NULL && settings[0] != '\0' &&
         sql_exec(connection, settings, err) < 0) ||
        sql_join_group(connection, engine->group, err) < 0) {
        sql_close(connection);
        return NULL;
    }
    return connection;
}

void session_close(struct worker *worker)
{
    sql_close(worker->connection);
    worker->connection = NULL;
    worker->state = WORKER_CLOSED;
    worker->step = STEP_NONE;
    worker->wants_renewal = false;
}

int session_refused(struct engine *engine, const struct err *err)
{
    double now = clock_now();
    struct err last = *err;

    if (err->category == ERR_INTERRUPTED ||
        retry_rule_of(err->sqlstate)->action != RETRY_CONNECTION)
        return engine_fail(engine, err);
    if (engine->lost_since <= 0) {
        engine->lost_since = now;
        log_warning("%s; trying again for up to %.0f s", err->text,
                    engine->options->give_up_seconds);
    }
    if (now - engine->lost_since < engine->options->give_up_seconds)
        return 0;
    last.category = ERR_TIMEOUT;
    (void)err_wrap(&last, "the server was not to be reached for %.0f s",
                   now - engine->lost_since);
    (void)err_hint(&last,
                   "Run the same command again when the server is back; what is done "
                   "is kept.");
    return engine_fail(engine, &last);
}

/* A statement that makes the server crash would otherwise be run for ever. */
static void check_losses(struct engine *engine, const struct worker *worker,
                         const struct err *reason)
{
    struct err err = *reason;

    if (worker->job == NO_JOB || ++engine->runs[worker->job].losses <=
                                     LOSSES_PER_WORKER * engine->options->workers)
        return;
    (void)engine_wrap(engine, worker->job, &err);
    (void)err_hint(&err,
                   "The connection was lost again and again over this statement: the "
                   "server's log tells why.");
    (void)engine_fail(engine, &err);
}

void session_lose(struct engine *engine, struct worker *worker, const struct err *err)
{
    if (worker->state == WORKER_OPEN) {
        worker->lost_session = sql_session_id(worker->connection);
        log_warning("worker %u: %s; reconnecting", worker->number, err->text);
    }
    session_close(worker);
    worker->not_before = clock_now() + retry_delay(worker->tries++, clock_random());
    check_losses(engine, worker, err);
}

/* After a restart of the server process ids begin anew, and the old one may be a new
 * session of our own. */
static bool is_id_in_use(const struct engine *engine, long long session)
{
    for (unsigned i = 0; i < engine->options->workers; i++) {
        const struct connection *connection = engine->workers[i].connection;

        if (connection != NULL && sql_session_id(connection) == session)
            return true;
    }
    return engine->native_session == session;
}

static void open_worker(struct engine *engine, struct worker *worker)
{
    char purpose[32];
    struct err err = {0};

    (void)snprintf(purpose, sizeof(purpose), "worker %u", worker->number);
    worker->connection = session_open(engine, purpose, &err);
    if (worker->connection != NULL) {
        engine->lost_since = 0;
        worker->step_since = clock_now();
        if (worker->lost_session == 0)
            worker->tries = 0;
        worker->state = worker->lost_session != 0 ? WORKER_FENCING : WORKER_OPEN;
        return;
    }
    for (unsigned i = 0; i < engine->options->workers; i++) {
        if (engine->workers[i].state != WORKER_OPEN || worker->lost_session != 0 ||
            strcmp(err.sqlstate, "53300") != 0)
            continue;
        log_warning("the server has no room for worker %u: going on with fewer",
                    worker->number);
        worker->state = WORKER_RETIRED;
        return;
    }
    worker->not_before = clock_now() + retry_delay(worker->tries++, clock_random());
    (void)session_refused(engine, &err);
}

/* A lost session's process has ended: drops its work and reads what of it was done. */
static int settle(struct engine *engine, struct worker *worker, struct err *err)
{
    worker->lost_session = 0;
    worker->job = NO_JOB;
    worker->pile_count = 0;
    worker->is_setting_aside = false;
    strbuf_truncate(&worker->blockers, 0);
    strbuf_truncate(&worker->detail, 0);
    return checkpoint_load(engine, worker->connection, err);
}

static void fence_worker(struct engine *engine, struct worker *worker)
{
    struct err err = {0};
    size_t left = 0;
    int status = 0;

    if (!is_id_in_use(engine, worker->lost_session))
        status = sql_end_group(worker->connection, engine->group, worker->lost_session,
                               &left, &err);
    if (status == 0 && left == 0) {
        status = settle(engine, worker, &err);
        if (status == 0) {
            worker->state = WORKER_OPEN;
            worker->tries = 0;
            return;
        }
        worker->lost_session =
            sql_session_id(worker->connection); /* read it once more */
    }
    if (status < 0 && !sql_is_alive(worker->connection)) {
        session_lose(engine, worker, &err);
        return;
    }
    if (status == 0 &&
        clock_now() - worker->step_since > engine->options->give_up_seconds)
        status = err_set(&err, ERR_TIMEOUT,
                         "the server process %lld of a lost session does not end",
                         worker->lost_session);
    if (status < 0)
        (void)engine_fail(engine, &err);
    worker->not_before = clock_now() + FENCE_TURN_MS / 1e3;
}

void session_advance(struct engine *engine, struct worker *worker)
{
    if (clock_now() < worker->not_before)
        return;
    if (worker->state == WORKER_CLOSED)
        open_worker(engine, worker);
    if (worker->state == WORKER_FENCING)
        fence_worker(engine, worker);
}

int session_fence(struct engine *engine, struct connection *connection,
                  long long session, struct err *err)
{
    double since = clock_now();
    size_t left = 1;

    while (left > 0) {
        if (sql_end_group(connection, engine->group, session, &left, err) < 0)
            return -1;
        if (left > 0 && clock_now() - since > engine->options->give_up_seconds)
            return err_set(err, ERR_TIMEOUT,
                           "%zu server processes of an earlier run do not end", left);
        if (left > 0 && sql_pause(connection, FENCE_TURN_MS, err) < 0)
            return -1;
    }
    return 0;
}
