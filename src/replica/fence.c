/* SPDX-License-Identifier: Apache-2.0
 *
 * fence.c - taking the clients off blue, and giving it back to them. The position is
 * read only when nobody can write any more: reading it earlier loses what is written in
 * between.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "replica/beforehand.h"
#include "replica/repoint.h"
#include "replica/switch.h"
#include "wait.h"

enum { TURN_MS = 20, LOOKS = 2 };

/* Where the fence ends what is open, it is closed in a moment in which nobody has
 * anything to lose, if one comes. */
static int wait_quiet(struct switch_context *sw, struct connection *blue,
                      struct err *err)
{
    struct deadline deadline = deadline_in(sw->config.drain_s);
    struct session_counts counts;

    for (;;) {
        if (sw->ops->count_sessions(blue, &counts, err) < 0)
            return -1;
        if (counts.writing == 0 || sw->dry != NULL)
            return 0;
        if (wait_turn(&deadline, 1, "a moment in which nobody writes", err) < 0)
            break;
    }
    if (err->category != ERR_TIMEOUT)
        return -1;
    if (!sw->config.is_ending_writers)
        return err_hint(err, "end_writers = yes would end them.");
    log_warning("%lld transactions that write are ended by the fence", counts.writing);
    err_clear(err);
    return 0;
}

/* Safe to repeat: what was there before is journalled once, before it is replaced. The
 * clients are held here, and not an action earlier, because a failure in the state this
 * leads from lifts the fence and lets them go, and so does the watchdog. */
int replica_fence(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);
    struct fence fence;

    if (blue == NULL || switch_lock_blue(sw, err) < 0)
        return -1;
    if (!switch_original_fence(sw, &fence)) {
        if (sw->ops->look_at_fence(blue, &fence, err) < 0)
            return -1;
        if (fence.is_touched)
            return err_set(err, ERR_STATE, "somebody else has fenced blue's database");
        /* The second of the two facts is the one that counts as "fenced". */
        if (journal_set_number(sw->journal, "blue_connection_limit",
                               fence.connection_limit, err) < 0 ||
            journal_set_fact(sw->journal, "blue_read_only", fence.read_only, err) < 0)
            return -1;
    }
    if (repoint_hold(sw, err) < 0 ||
        (switch_engine(sw)->fence_ends_sessions && wait_quiet(sw, blue, err) < 0) ||
        sw->ops->close_fence(blue, err) < 0)
        return -1;
    log_info("blue is fenced: no new sessions, and read only");
    return 0;
}

/* Ends what is left in a fenced database. `patience_s`: open transactions may end by
 * themselves so long. */
static int empty_database(struct switch_context *sw, struct connection *connection,
                          double patience_s, bool may_end_writers, struct err *err)
{
    struct deadline patience = deadline_in(patience_s);
    struct deadline deadline = deadline_in(patience_s + sw->config.drain_s);
    struct session_counts counts;
    long long superusers = 0;
    long long ended_in_all = 0;
    int empty_looks = 0;

    while (empty_looks < LOOKS) {
        long long ended = 0;

        if (sw->ops->count_sessions(connection, &counts, err) < 0)
            return -1;
        if (counts.superusers > superusers)
            superusers = counts.superusers;
        empty_looks = counts.clients == 0 ? empty_looks + 1 : 0;
        if (counts.writing > 0 && !may_end_writers && deadline_is_over(&patience)) {
            (void)err_set(err, ERR_TIMEOUT,
                          "waited %.0f s for %lld transactions that write", patience_s,
                          counts.writing);
            return err_hint(err, "end_writers = yes would end them.");
        }
        if (counts.clients > 0 &&
            (counts.in_transaction == 0 || deadline_is_over(&patience))) {
            if (sw->ops->end_sessions(connection, &ended, err) < 0)
                return -1;
            ended_in_all += ended;
        }
        if (empty_looks < LOOKS &&
            wait_turn(&deadline, counts.clients == 0 ? 1 : TURN_MS, "sessions to end",
                      err) < 0) {
            if (err->category == ERR_TIMEOUT && superusers > 0)
                (void)err_hint(err,
                               "%lld sessions are superusers', whom no fence keeps "
                               "out: stop those clients.",
                               superusers);
            return -1;
        }
    }
    if (ended_in_all > 0)
        log_info("%lld sessions ended%s", ended_in_all,
                 superusers > 0 ? ", superusers' among them" : "");
    return 0;
}

/* Safe to repeat: each time the position is read anew, behind the fence. */
int replica_drain(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);
    struct strbuf position = STRBUF_INIT;
    struct fence fence;
    char name[64];
    const char *unit;
    long long writes;
    int status = -1;

    if (blue == NULL || switch_lock_blue(sw, err) < 0 ||
        sw->ops->look_at_fence(blue, &fence, err) < 0)
        return -1;
    if (!fence.is_closed)
        return err_set(err, ERR_STATE, "blue's fence was lifted by somebody else");
    if (empty_database(sw, blue, sw->config.drain_s, sw->config.is_ending_writers,
                       err) < 0)
        return -1;
    (void)snprintf(name, sizeof(name), "airshift %s", journal_switch(sw->journal));
    if (sw->ops->mark_position(blue, name, &position, err) == 0 &&
        sw->ops->count_writes(blue, &writes, &unit, err) == 0 &&
        journal_set_number(sw->journal, "blue_writes", writes, err) == 0 &&
        journal_set_fact(sw->journal, "fence_position", strbuf_text(&position), err) ==
            0) {
        log_info("blue is drained at position %s", strbuf_text(&position));
        status = 0;
    }
    strbuf_clear(&position);
    return status;
}

static int wait_replayed(struct switch_context *sw, struct connection *connection,
                         const struct server *server, const char *position,
                         struct err *err)
{
    struct deadline deadline = deadline_in(sw->config.catch_up_s);
    bool is_there = false;

    while (!is_there) {
        struct strbuf text = STRBUF_INIT;
        int status = sw->ops->has_replayed(connection, position, &is_there, &text, err);

        if (status == 0 && !is_there &&
            wait_turn(&deadline, TURN_MS / 2, "replay", err) < 0) {
            status = err_wrap(err, "%s has %s", server->role, strbuf_text(&text));
            if (err->category == ERR_TIMEOUT)
                (void)err_hint(
                    err,
                    "Does %s still reach blue? Its server's log says. If it is "
                    "only slow, raise [timeouts] catch_up.",
                    server->role);
        }
        strbuf_clear(&text);
        if (status < 0)
            return -1;
    }
    return 0;
}

static int catch_up_one(struct switch_context *sw, const struct server *server,
                        bool is_spare, const char *position, struct err *err)
{
    struct connection *connection;
    int status;

    /* It may have been stopped since, or the machine restarted. */
    if (!server->is_adopted && sw->ops->start(server, SERVER_STANDBY, err) < 0)
        return -1;
    connection = switch_connect(sw, server, err);
    if (connection == NULL)
        return -1;
    status = wait_replayed(sw, connection, server, position, err);
    if (status == 0 && is_spare)
        status = sw->ops->pause_replay(connection, sw->config.catch_up_s, err);
    sql_close(connection);
    return status;
}

/* A replica that is far behind would be waited for behind the fence. Up to a checkpoint of blue's,
 * because a replica can write what it has changed up to such a one only. */
static int draw_near(struct switch_context *sw, struct connection *blue,
                     struct err *err)
{
    struct strbuf position = STRBUF_INIT;
    int status = -1;
    char name[64];

    (void)snprintf(name, sizeof(name), "airshift %s", journal_switch(sw->journal));
    if (sw->ops->checkpoint(blue, err) == 0 &&
        sw->ops->mark_position(blue, name, &position, err) == 0 &&
        catch_up_one(sw, &sw->green, false, strbuf_text(&position), err) == 0 &&
        (!sw->has_spare ||
         catch_up_one(sw, &sw->spare, false, strbuf_text(&position), err) == 0))
        status = beforehand(sw, err);
    strbuf_clear(&position);
    return status;
}

/* Long writers are waited for while nothing is frozen yet, and what need not wait for the fence is
 * done. Safe to repeat. */
int replica_hold(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);
    struct deadline deadline;
    long long count = 0;
    bool is_told = false;

    if (blue == NULL || switch_lock_blue(sw, err) < 0)
        return -1;
    if (replica_run_plan(sw, err) < 0 || draw_near(sw, blue, err) < 0)
        return -1;
    deadline = deadline_in(sw->config.writers_s);
    for (;;) {
        struct strbuf text = STRBUF_INIT;
        int status = sw->ops->list_writers(blue, sw->config.long_transaction_s, &text,
                                           &count, err);
        bool is_over = deadline_is_over(&deadline);

        if (status == 0 && count > 0 && is_over && !sw->config.is_ending_writers)
            status = err_set(err, ERR_TIMEOUT,
                             "waited %.0f s for transactions that write: %s",
                             sw->config.writers_s, strbuf_text(&text));
        else if (status == 0 && count > 0 && is_over)
            log_warning("they still write and will be ended: %s", strbuf_text(&text));
        else if (status == 0 && count > 0 && !is_told)
            log_info("waiting for %lld transactions that write: %s", count,
                     strbuf_text(&text));
        is_told = true;
        strbuf_clear(&text);
        if (status < 0 || count == 0 || is_over)
            return status;
        if (wait_turn(&deadline, TURN_MS * 5, "transactions that write", err) < 0) {
            if (err->category != ERR_TIMEOUT)
                return -1;
            err_clear(err); /* one more look decides */
        }
    }
}

/* Safe to repeat: waits, and pauses what may be paused already. */
int replica_catch_up(struct switch_context *sw, struct err *err)
{
    const char *position = journal_fact(sw->journal, "fence_position");

    if (position == NULL)
        return err_set(err, ERR_STATE, "the journal has no position of blue");
    if (catch_up_one(sw, &sw->green, false, position, err) < 0)
        return -1;
    if (sw->has_spare && catch_up_one(sw, &sw->spare, true, position, err) < 0)
        return -1;
    log_info("%s %s replayed everything up to %s",
             sw->has_spare ? "green and spare" : "green",
             sw->has_spare ? "have" : "has", position);
    return 0;
}

/* A failure while blue was frozen: it serves again, the replicas go on following it.
 * Safe to repeat: compares with what the journal says was there. */
int replica_lift(struct switch_context *sw, struct err *err)
{
    struct connection *connection;
    enum server_phase phase;
    int status;

    if (switch_lift_blue(sw, err) < 0)
        return -1;
    log_warning("the fence is lifted: blue serves as before");
    if (repoint_release(sw, REPOINT_BLUE, err) < 0)
        return -1;
    if (!sw->has_spare)
        return 0;
    if (sw->ops->get_phase(&sw->spare, &phase, err) < 0)
        return -1;
    if (phase == SERVER_ABSENT)
        return 0;
    connection = switch_connect(sw, &sw->spare, err);
    if (connection == NULL)
        return -1;
    status = sw->ops->resume_replay(connection, err);
    sql_close(connection);
    return status;
}

/* The way back must not hang on a pooler: without it the clients get errors instead of
 * waiting. */
static int hold_for_rollback(struct switch_context *sw, struct err *err)
{
    if (repoint_hold(sw, err) == 0)
        return 0;
    if (err->category == ERR_INTERRUPTED)
        return -1;
    log_warning("%s; the rollback goes on", err->text);
    err_clear(err);
    return 0;
}

/* The way back begins: nobody writes on green any more. Safe to repeat. A server that
 * does not let us in is started privately, which is the strongest fence there is. Where
 * there is no blue to go back to, green goes on serving. */
int replica_fence_green(struct switch_context *sw, struct err *err)
{
    struct connection *green = NULL;
    enum server_phase phase;
    int status;

    if (switch_blue(sw, err) == NULL || hold_for_rollback(sw, err) < 0)
        return -1;
    if (sw->ops->get_phase(&sw->green, &phase, err) < 0)
        return -1;
    if (phase == SERVER_OPEN)
        green = switch_connect(sw, &sw->green, err);
    if (green == NULL) {
        if (phase == SERVER_OPEN)
            log_warning("green is restarted privately: %s", err->text);
        err_clear(err);
        if (phase != SERVER_RESTORED &&
            switch_enter(sw, &sw->green, SERVER_RESTORED, err) < 0)
            return -1;
        green = switch_connect(sw, &sw->green, err);
        if (green == NULL)
            return -1;
    }
    status = sw->ops->close_fence(green, err);
    if (status == 0)
        status = empty_database(sw, green, 0, true, err);
    sql_close(green);
    return status;
}

/* Safe to repeat. Green is fenced before this, so that there is never a second master.
 */
int replica_unfence_blue(struct switch_context *sw, struct err *err)
{
    if (switch_lift_blue(sw, err) < 0)
        return -1;
    log_info("blue serves again");
    return 0;
}
