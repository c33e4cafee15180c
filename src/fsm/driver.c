/* SPDX-License-Identifier: Apache-2.0
 *
 * driver.c - walks the table: journal, act, journal. It knows no state by name but the
 * one a command asks to stop at.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "fsm/watchdog.h"
#include "interrupt.h"

typedef int action_function(struct switch_context *sw, struct err *err);

static int do_nothing(struct switch_context *sw, struct err *err)
{
    (void)sw;
    (void)err;
    return 0;
}

static action_function *const functions[ACTION_COUNT] = {
    [ACTION_NONE] = do_nothing,
    [ACTION_PREFLIGHT] = replica_preflight,
    [ACTION_PROVISION] = replica_provision,
    [ACTION_HOLD] = replica_hold,
    [ACTION_FENCE] = replica_fence,
    [ACTION_DRAIN] = replica_drain,
    [ACTION_CATCH_UP] = replica_catch_up,
    [ACTION_DETACH] = replica_detach,
    [ACTION_MIGRATE] = replica_migrate,
    [ACTION_RESTORE] = replica_restore,
    [ACTION_VERIFY] = replica_verify,
    [ACTION_COMMIT] = replica_commit,
    [ACTION_OPEN] = replica_open,
    [ACTION_REPOINT] = replica_repoint,
    [ACTION_LIFT] = replica_lift,
    [ACTION_UNDO] = replica_undo,
    [ACTION_FENCE_GREEN] = replica_fence_green,
    [ACTION_ARCHIVE_FIRST] = replica_archive_first,
    [ACTION_UNFENCE_BLUE] = replica_unfence_blue,
    [ACTION_REPOINT_BACK] = replica_repoint_back,
    [ACTION_ARCHIVE_LAST] = replica_archive_last,
    [ACTION_CLEAN] = replica_clean,
    [ACTION_RENEW] = replica_renew,
};

static double now_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The state that the journal says, and what a process that died left half done. */
static int find_state(struct switch_context *sw, enum fsm_state *state, struct err *err)
{
    const char *pending = journal_pending(sw->journal);
    const struct fsm_row *row;

    *state = fsm_state_of(journal_state(sw->journal));
    if (*state == STATE_UNKNOWN)
        return err_set(err, ERR_STATE,
                       "the journal names a state \"%s\" that is not known",
                       journal_state(sw->journal));
    if (pending == NULL)
        return 0;
    if (sw->dry == NULL)
        log_warning("airshift ended in the middle of \"%s\"", pending);
    row = fsm_find(*state, EVENT_KILLED, &sw->config);
    if (row == NULL)
        return err_set(err, ERR_INTERNAL, "no way on from \"%s\"",
                       fsm_state_name(*state));
    *state = row->to;
    return journal_fail(sw->journal, pending, fsm_event_name(EVENT_KILLED),
                        fsm_state_name(row->to), "the process ended in the middle",
                        err);
}

static enum fsm_stretch stretch_of(enum fsm_event command)
{
    return command == EVENT_START      ? STRETCH_BEFORE
           : command == EVENT_CUTOVER  ? STRETCH_FORWARD
           : command == EVENT_ROLLBACK ? STRETCH_BACK
           : command == EVENT_ABORT    ? STRETCH_UNDO
                                       : STRETCH_OVER;
}

/* The row that a command of the operator begins with: its own, or it carries on with
 * what the same command had begun. */
static const struct fsm_row *find_first(const struct switch_context *sw,
                                        enum fsm_state state, enum fsm_event command,
                                        enum fsm_event *event)
{
    const struct fsm_row *row = NULL;

    *event = command;
    if (command != EVENT_RESUME) {
        row = fsm_find(state, command, &sw->config);
        if (row == NULL && fsm_state_stretch(state) == stretch_of(command)) {
            *event = EVENT_GO;
            row = fsm_find(state, EVENT_GO, &sw->config);
        }
        return row;
    }
    *event = EVENT_GO;
    row = fsm_find(state, EVENT_GO, &sw->config);
    if (row == NULL && fsm_state_stretch(state) == STRETCH_BEFORE) {
        *event = EVENT_START;
        row = fsm_find(state, EVENT_START, &sw->config);
    }
    return row;
}

/* A refusal is the operator's interruption: before the action, and so before anything
 * of it has happened. */
static int ask(struct switch_context *sw, const struct fsm_row *row, struct err *err)
{
    if (sw->step == NULL || row->action == ACTION_NONE)
        return 0;
    return sw->step(fsm_action_name(row->action), row->comment, err);
}

/* One row. On failure `*state` is where the failure leads, and the error is the
 * action's. */
static int walk(struct switch_context *sw, const struct fsm_row *row,
                enum fsm_event event, enum fsm_state *state, struct err *err)
{
    const char *action = fsm_action_name(row->action);
    const char *from = fsm_state_name(row->from);
    double started = now_seconds();
    enum fsm_event failure;
    const struct fsm_row *edge;
    struct err second;
    bool is_wanted;

    if (sw->dry != NULL)
        (void)fprintf(sw->dry->out, "%s: %s -> %s, %s\n", action, from,
                      fsm_state_name(row->to), row->comment);
    err_clear(err);
    is_wanted = ask(sw, row, err) == 0 && watchdog_keep(sw, row->from, err) == 0;
    if (is_wanted &&
        journal_begin(sw->journal, from, fsm_event_name(event), action, err) < 0)
        return -1;
    if (row->action != ACTION_NONE)
        log_debug("%s: %s", action, row->comment);
    if (is_wanted && functions[row->action](sw, err) == 0) {
        if (journal_end(sw->journal, action, fsm_state_name(row->to), err) < 0)
            return -1;
        *state = row->to;
        log_info("%s (%.2f s)", fsm_state_name(row->to), now_seconds() - started);
        return 0;
    }
    failure = fsm_failure(row->action, err);
    edge = fsm_find(row->from, failure, &sw->config);
    if (edge == NULL)
        return err_set(err, ERR_INTERNAL, "no way on from \"%s\" after \"%s\"", from,
                       fsm_event_name(failure));
    err_clear(&second);
    if (journal_fail(sw->journal, action, fsm_event_name(failure),
                     fsm_state_name(edge->to), err->text, &second) < 0)
        log_err(&second);
    else
        *state = edge->to;
    return err_wrap(err, "%s", action);
}

/* After a failure that leads to another state, what the table does there by itself. The
 * first error stays the one that is told. */
static void recover(struct switch_context *sw, enum fsm_state *state)
{
    const struct fsm_row *row;
    struct err second;

    /* A signal has done its work; the undoing must not trip over it, nor ask. */
    interrupt_reset();
    sw->step = NULL;
    while ((row = fsm_find(*state, EVENT_GO, &sw->config)) != NULL) {
        err_clear(&second);
        if (walk(sw, row, EVENT_GO, state, &second) < 0) {
            log_err(&second);
            return;
        }
    }
}

int fsm_run(struct switch_context *sw, enum fsm_event command, enum fsm_state until,
            struct err *err)
{
    const struct fsm_row *row;
    enum fsm_state state;
    enum fsm_event event;

    if (find_state(sw, &state, err) < 0)
        return -1;
    /* A journal that was only opened is no switch that could go on. */
    if (command == EVENT_RESUME && journal_record_count(sw->journal) == 1)
        return err_set(err, ERR_STATE, "there is no switch to resume");
    if (state == until)
        return 0;
    row = find_first(sw, state, command, &event);
    if (row == NULL) {
        (void)err_set(err, ERR_STATE, "the switch is \"%s\" (%s): no \"%s\" from there",
                      fsm_state_name(state), fsm_state_comment(state),
                      fsm_event_name(command));
        return err_hint(err, "\"airshift switch status\" lists what can be done.");
    }
    while (row != NULL) {
        enum fsm_state before = state;

        if (walk(sw, row, event, &state, err) < 0) {
            if (state != before)
                recover(sw, &state);
            if (err->hint[0] == '\0')
                (void)err_hint(err, "The switch is \"%s\": %s.", fsm_state_name(state),
                               fsm_state_comment(state));
            return -1;
        }
        if (state == until)
            break;
        event = EVENT_GO;
        row = fsm_find(state, EVENT_GO, &sw->config);
    }
    return 0;
}
