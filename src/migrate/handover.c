/* SPDX-License-Identifier: Apache-2.0
 *
 * handover.c - from the lock against writing to the exchange, table by table.
 *
 * The gate is a table that a session of its own has, and that session waits for a lock by name which
 * the session of the RENAME has. So the server sees everybody who waits for somebody, transactions
 * of others included, and ends a circle with a transaction in it by ending that one, as always. And
 * when the RENAME comes to a table that is kept, or to the gate, it finds that circle, and tells
 * the session with the gate: that is the moment to let go.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "migrate/hold_internal.h"
#include "state/fault.h"
#include "wait.h"

enum {
    DRAIN_SECONDS = 4, /* for those who read already when nobody begins to any more */
    READER_BYTES = 256,
};

/* --- the sessions ------------------------------------------------------------------ */

static int poll_renamer(struct handover *handover)
{
    struct sql_result *result = NULL;
    int step;

    if (!handover->is_sent || handover->has_ended)
        return 0;
    step = sql_poll(handover->renamer, &result, handover->err);
    sql_result_free(result);
    if (step == 0)
        return 0;
    handover->has_ended = true;
    handover->status = step == 1 ? 0 : -1;
    return handover->status;
}

/* The session with the gate. Its wait ends when the RENAME waits for it, or for who does. */
static int poll_gate(struct handover *handover, bool *is_woken)
{
    struct connection *gate = handover->hold->gate;
    struct sql_result *result = NULL;
    struct err err;
    int step = 1;

    *is_woken = false;
    if (handover->is_waiting)
        step = sql_poll(gate, &result, &err);
    sql_result_free(result);
    if (step == 0)
        return 0;
    if (step < 0 && !sql_is_alive(gate)) {
        *handover->err = err;
        return err_wrap(handover->err, "the gate was not kept");
    }
    *is_woken = handover->is_waiting;
    handover->is_waiting = false;
    return 0;
}

static int wait_again(struct handover *handover)
{
    handover->is_waiting = true;
    return sql_send(handover->hold->gate, handover->name_sql, 0, NULL, handover->err);
}

/* Lets go of the table that the RENAME has come to. */
static int pass_next(struct handover *handover)
{
    struct hold *hold = handover->hold;

    if (handover_look(handover) != 0)
        return -1;
    for (size_t i = 0; i < hold->count; i++) {
        struct keeper *keeper = &hold->keepers[i];

        if (!keeper->is_released && keeper_keeps(handover, keeper) &&
            handover_waits_for(handover, hold->options.live_schema, keeper->table))
            return keeper_release(handover, keeper);
    }
    return 0;
}

/* --- one after the other ----------------------------------------------------------- */

/* Who has had a table for that many seconds, and waits for nobody; "" for none. */
static int find_reader(struct handover *handover, const char *seconds,
                       char who[READER_BYTES])
{
    const struct hold *hold = handover->hold;
    const char *values[3] = {hold->options.live_schema, hold->group, seconds};
    struct sql_result *result = server_query(hold->options.connection, "hold_readers",
                                             3, values, handover->err);

    if (result == NULL)
        return -1;
    who[0] = '\0';
    if (sql_row_count(result) > 0)
        (void)snprintf(who, READER_BYTES, "connection %s (user %s, %s %s s): %s",
                       sql_text(result, 0, 0), sql_text(result, 0, 1),
                       sql_text(result, 0, 2), sql_text(result, 0, 3),
                       sql_text(result, 0, 4));
    sql_result_free(result);
    return 0;
}

static int refuse_reader(struct handover *handover, const char *who)
{
    (void)err_set(handover->err, ERR_LOCK, "no lock for the exchange of the tables: %s",
                  who);
    return err_hint(handover->err,
                    "End the sessions that use Airflow's tables, or give a "
                    "longer --lock-wait. Nothing was exchanged.");
}

/* Who reads for long would make everybody wait behind the exchange. */
static int wait_for_readers(struct handover *handover, const struct deadline *deadline)
{
    char who[READER_BYTES];

    for (;;) {
        if (find_reader(handover, "2", who) != 0)
            return -1;
        if (who[0] == '\0')
            return 0;
        if (!handover->is_told)
            log_info("the exchange waits for who reads for long: %s", who);
        handover->is_told = true;
        if (deadline_is_over(deadline))
            return refuse_reader(handover, who);
        if (wait_turn(deadline, 200, "readers", handover->err) != 0 &&
            handover->err->category == ERR_INTERRUPTED)
            return -1;
    }
}

static int make_gate(struct handover *handover)
{
    struct strbuf make = STRBUF_INIT;
    struct strbuf lock = STRBUF_INIT;
    int status;

    strbuf_add_string(&make, "DROP TABLE IF EXISTS ");
    handover_add_new(handover, &make, HOLD_LEAVE);
    strbuf_add_string(&make, "; CREATE TABLE IF NOT EXISTS ");
    handover_add_new(handover, &make, HOLD_GATE " (one TINYINT PRIMARY KEY)");
    strbuf_add_string(&lock, "LOCK TABLES ");
    handover_add_new(handover, &lock, HOLD_GATE " WRITE");
    status =
        sql_exec(handover->hold->options.connection, strbuf_text(&make), handover->err);
    if (status == 0)
        status = sql_exec(handover->hold->gate, strbuf_text(&lock), handover->err);
    strbuf_clear(&make);
    strbuf_clear(&lock);
    return status;
}

static int take_name(struct handover *handover)
{
    (void)snprintf(handover->name_sql, sizeof(handover->name_sql),
                   "SELECT GET_LOCK('airshift_exchange_%lld', 3600)",
                   sql_session_id(handover->renamer));
    if (sql_set_lock_timeout(handover->renamer, EXCHANGE_SECONDS, handover->err) != 0 ||
        sql_join_group(handover->renamer, handover->hold->group, handover->err) != 0)
        return -1;
    return sql_exec(handover->renamer, handover->name_sql, handover->err);
}

static int refuse_lost(struct handover *handover)
{
    (void)err_set(handover->err, ERR_STATE,
                  "the session that kept others from writing was lost");
    return err_hint(handover->err,
                    "Nothing was exchanged. Run the same command again.");
}

/* Each table has its keeper in the queue, and nobody can come in between any more. */
static int queue_keepers(struct handover *handover)
{
    struct hold *hold = handover->hold;
    size_t queued = 0;

    for (size_t i = 0; i < hold->count; i++) {
        if (keeper_send(handover, &hold->keepers[i]) != 0)
            return -1;
    }
    while (queued < hold->count) {
        if (handover_turn(handover) != 0 || handover_look(handover) != 0)
            return -1;
        queued = 0;
        for (size_t i = 0; i < hold->count; i++) {
            if (keeper_keeps(handover,
                             &hold->keepers[i])) /* so nobody kept it from it */
                return refuse_lost(handover);
            queued += keeper_is_queued(handover, &hold->keepers[i]);
        }
    }
    return 0;
}

/* Behind the keepers nobody begins to read. Who did before ends soon, or all step back and wait for
 * him with the tables free to read: *is_drained tells. */
static int drain(struct handover *handover, bool *is_drained)
{
    struct hold *hold = handover->hold;
    struct deadline deadline = deadline_in(DRAIN_SECONDS);
    char who[READER_BYTES];

    for (;;) {
        if (find_reader(handover, "0", who) != 0 || handover_turn(handover) != 0)
            return -1;
        *is_drained = who[0] == '\0';
        if (*is_drained)
            return 0;
        if (deadline_is_over(&deadline))
            break;
    }
    for (size_t i = 0; i < hold->count; i++) {
        if (keeper_end(handover, &hold->keepers[i]) != 0)
            return -1;
        hold->keepers[i].is_sent = false;
    }
    return 0;
}

/* Until nobody has a table, and nobody can take one. */
static int close_in(struct handover *handover)
{
    struct deadline deadline = deadline_in(handover->hold->options.lock_wait_seconds);
    bool is_drained = false;

    while (!is_drained) {
        if (wait_for_readers(handover, &deadline) != 0)
            return -1;
        handover->deadline = deadline_in(EXCHANGE_SECONDS);
        if (queue_keepers(handover) != 0 || drain(handover, &is_drained) != 0)
            return -1;
    }
    return 0;
}

static int send_rename(struct handover *handover, const char *sql)
{
    const struct hold *hold = handover->hold;

    if (sql_send(handover->renamer, sql, 0, NULL, handover->err) != 0)
        return -1;
    handover->is_sent = true;
    for (;;) {
        if (handover_turn(handover) != 0 || poll_renamer(handover) != 0 ||
            handover_look(handover) != 0)
            return -1;
        for (size_t i = 0; i < hold->count; i++) {
            if (handover_waits_for(handover, hold->options.live_schema,
                                   hold->keepers[i].table))
                return 0;
        }
    }
}

/* That it answers proves that nobody could write until now. */
static int end_hold(struct handover *handover)
{
    return sql_exec(handover->hold->session, "UNLOCK TABLES", handover->err) == 0
               ? 0
               : refuse_lost(handover);
}

/* Until the RENAME has come to the gate. */
static int pass_tables(struct handover *handover)
{
    bool is_woken = false;

    while (
        !handover_waits_for(handover, handover->hold->options.new_schema, HOLD_GATE)) {
        if (!handover->is_waiting && wait_again(handover) != 0)
            return -1;
        if (handover_turn(handover) != 0 || poll_renamer(handover) != 0 ||
            poll_gate(handover, &is_woken) != 0 ||
            (is_woken && pass_next(handover) != 0))
            return -1;
    }
    return 0;
}

/* The RENAME has all tables, and there was never a moment in which nobody kept one: its keeper
 * had it until it was told, or is still where it was from the beginning, behind the RENAME. */
static int prove(struct handover *handover)
{
    const struct hold *hold = handover->hold;

    for (size_t i = 0; i < hold->count; i++) {
        const struct keeper *keeper = &hold->keepers[i];

        if (!(keeper->is_released || keeper_is_queued(handover, keeper)) ||
            !handover_saw(handover, handover->renamer, "GRANTED",
                          hold->options.live_schema, keeper->table))
            return err_set(handover->err, ERR_STATE,
                           "table \"%s\" was not kept from others all the time",
                           keeper->table);
    }
    return 0;
}

static int open_gate(struct handover *handover)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    fault_point("hold-gate", "before");
    strbuf_add_string(&sql, "CREATE TABLE ");
    handover_add_new(handover, &sql, HOLD_LEAVE " (one TINYINT PRIMARY KEY)");
    status =
        sql_exec(handover->hold->options.connection, strbuf_text(&sql), handover->err);
    strbuf_clear(&sql);
    if (status != 0)
        return -1;
    fault_point("hold-gate", "between");
    if (sql_exec(handover->hold->gate, "UNLOCK TABLES", handover->err) != 0)
        return -1;
    fault_point("hold-gate", "after");
    return 0;
}

static int await_rename(struct handover *handover)
{
    while (!handover->has_ended) {
        if (handover_turn(handover) != 0 || poll_renamer(handover) != 0)
            return -1;
    }
    return 0;
}

/* It may be done by the time that it is cancelled: then all is well. */
static int give_up(struct handover *handover)
{
    struct err err = *handover->err;

    if (handover->is_sent && !handover->has_ended && sql_is_alive(handover->renamer)) {
        struct deadline end = deadline_in(EXCHANGE_SECONDS);

        sql_cancel(handover->renamer);
        while (!handover->has_ended && poll_renamer(handover) == 0 &&
               wait_turn(&end, 5, "the cancelled exchange", handover->err) == 0)
            continue;
    }
    if (handover->has_ended && handover->status == 0)
        return 0;
    *handover->err = err;
    return -1;
}

static int exchange(struct handover *handover, const char *sql)
{
    double started;

    if (make_gate(handover) != 0 || take_name(handover) != 0 || close_in(handover) != 0)
        return -1;
    started = clock_now();
    handover->deadline = deadline_in(EXCHANGE_SECONDS);
    if (send_rename(handover, sql) != 0)
        return -1;
    fault_point("hold-exchange", "before");
    if (end_hold(handover) != 0)
        return -1;
    fault_point("hold-exchange", "after");
    if (pass_tables(handover) != 0 || prove(handover) != 0 ||
        open_gate(handover) != 0 || await_rename(handover) != 0)
        return -1;
    log_info("swapped in %.2f s", clock_now() - started);
    return 0;
}

int hold_exchange(struct hold *hold, struct connection *renamer, const char *sql,
                  struct err *err)
{
    struct handover handover = {.hold = hold, .renamer = renamer, .err = err};
    int status = exchange(&handover, sql);

    if (status != 0)
        status = give_up(&handover);
    sql_result_free(handover.locks);
    return status;
}
