/* SPDX-License-Identifier: Apache-2.0
 *
 * fsm.h - the state machine of a replica switch: one const table that decides every
 * transition, a driver that walks it with the journal, and prints of both.
 *
 * The point of no return is the state "committed". Before it "abort" undoes everything;
 * after it the way is forward, or back through "rollback".
 */
#ifndef AIRSHIFT_FSM_FSM_H
#define AIRSHIFT_FSM_FSM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "replica/switch.h"

enum fsm_state {
    STATE_CONFIGURED,
    STATE_PREFLIGHTED,
    STATE_PROVISIONED,
    STATE_HELD,
    STATE_FENCED,
    STATE_DRAINED,
    STATE_UNFENCING,
    STATE_UNFENCED,
    STATE_GIVING_UP,
    STATE_GIVEN_UP,
    STATE_CLEARED,
    STATE_CAUGHT_UP,
    STATE_DETACHED,
    STATE_MIGRATED,
    STATE_RESTORED,
    STATE_VERIFIED,
    STATE_COMMITTED,
    STATE_PROMOTED,
    STATE_SWITCHED,
    STATE_ROLLING_BACK,
    STATE_GREEN_FENCED,
    STATE_ARCHIVED,
    STATE_BLUE_SERVING,
    STATE_CLIENTS_BACK,
    STATE_ROLLED_BACK,
    STATE_ABORTING,
    STATE_ABORTED,
    STATE_FINISHED,
    STATE_COUNT,
    STATE_UNKNOWN = STATE_COUNT,
};

/* Where in a switch a state is, and so which command may carry on from it. */
enum fsm_stretch {
    STRETCH_BEFORE,  /* of the point of no return: "start" goes on */
    STRETCH_LOST,    /* before it too, but nothing goes on: "start" begins anew */
    STRETCH_FORWARD, /* behind it: "cutover" goes on */
    STRETCH_BACK,    /* "rollback" goes on */
    STRETCH_UNDO,    /* "abort" goes on */
    STRETCH_OVER,    /* nothing goes on by itself */
};

/* A row may name several; each one is named, there is no "any". */
enum fsm_event {
    EVENT_START = 1 << 0,
    EVENT_GO = 1 << 1, /* the action before has ended well */
    EVENT_CUTOVER = 1 << 2,
    EVENT_ROLLBACK = 1 << 3,
    EVENT_ABORT = 1 << 4,
    EVENT_FINISH = 1 << 5,
    EVENT_RESUME = 1 << 6,    /* of the operator's; in no row: it is a GO, or a START */
    EVENT_ABANDONED = 1 << 7, /* the watchdog's: the process has died */
    /* failures of the action that the state leads to */
    EVENT_REFUSED = 1 << 8,       /* the world is not as it must be */
    EVENT_SERVER_FAILED = 1 << 9, /* connection or statement */
    EVENT_TIMED_OUT = 1 << 10,
    EVENT_CHILD_FAILED = 1 << 11, /* migration or verification */
    EVENT_INTERRUPTED = 1 << 12,
    EVENT_KILLED = 1 << 13, /* found in the journal: begun, not ended */
};

enum { EVENT_FAILURE_FIRST = EVENT_REFUSED, EVENT_LAST = EVENT_KILLED };

enum fsm_guard {
    GUARD_NONE,
    GUARD_QUIESCED, /* mode = quiesced */
};

enum fsm_action {
    ACTION_NONE,
    ACTION_PREFLIGHT,
    ACTION_PROVISION,
    ACTION_HOLD,
    ACTION_FENCE,
    ACTION_DRAIN,
    ACTION_CATCH_UP,
    ACTION_DETACH,
    ACTION_MIGRATE,
    ACTION_RESTORE,
    ACTION_VERIFY,
    ACTION_COMMIT,
    ACTION_OPEN,
    ACTION_REPOINT,
    ACTION_LIFT,
    ACTION_UNDO,
    ACTION_FENCE_GREEN,
    ACTION_ARCHIVE_FIRST,
    ACTION_UNFENCE_BLUE,
    ACTION_REPOINT_BACK,
    ACTION_ARCHIVE_LAST,
    ACTION_CLEAN,
    ACTION_RENEW,
    ACTION_COUNT,
};

struct fsm_row {
    enum fsm_state from;
    unsigned events; /* enum fsm_event bits */
    enum fsm_guard guard;
    enum fsm_action action;
    enum fsm_state to;
    const char *comment; /* for the operator */
};

extern const struct fsm_row fsm_rows[];
extern const size_t fsm_row_count;

const char *fsm_state_name(enum fsm_state state);
const char *fsm_state_comment(enum fsm_state state);
enum fsm_stretch fsm_state_stretch(enum fsm_state state);
/* STATE_UNKNOWN for a word that is none; "" is STATE_CONFIGURED. */
enum fsm_state fsm_state_of(const char *name);
const char *fsm_event_name(enum fsm_event event); /* one bit */
const char *fsm_action_name(enum fsm_action action);
const char *fsm_guard_name(enum fsm_guard guard);

/* The row for a state and one event; guards as the configuration says (`config` NULL:
 * all are taken to be true). NULL where the table has none. */
const struct fsm_row *fsm_find(enum fsm_state state, enum fsm_event event,
                               const struct switch_config *config);

/* What a failed action means to the table. */
enum fsm_event fsm_failure(enum fsm_action action, const struct err *err);

/* print.c: the table itself. */
void fsm_print_dot(struct strbuf *text);
void fsm_print_json(struct strbuf *text);
/* Where a switch is, from its journal. */
void fsm_print_status(const struct switch_context *sw, bool is_json,
                      struct strbuf *text);

/* driver.c: carries out a command of the operator: EVENT_START, _CUTOVER, _ROLLBACK,
 * _ABORT, _FINISH or _RESUME. Stops at `until` if it comes by (STATE_UNKNOWN: nowhere).
 */
int fsm_run(struct switch_context *sw, enum fsm_event command, enum fsm_state until,
            struct err *err) __attribute__((warn_unused_result));

#endif
