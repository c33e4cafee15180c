/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - the transition table of a switch, and the names of what is in it. No second
 * place decides where a switch goes. tests/unit/test_fsm.c proves that every failure
 * has an edge, that everything before "committed" can be aborted, and that nothing is a
 * dead end.
 */
#include "config.h"

#include <string.h>

#include "fsm/fsm.h"

#define WORLD \
    (EVENT_REFUSED | EVENT_SERVER_FAILED | EVENT_TIMED_OUT | EVENT_CHILD_FAILED)
#define FAILURES (WORLD | EVENT_INTERRUPTED | EVENT_KILLED)

#define STAYS(state, what)                                                    \
    {                                                                         \
        STATE_##state, FAILURES, GUARD_NONE, ACTION_NONE, STATE_##state, what \
    }
#define THAWS(state)                                                                   \
    {STATE_##state,   WORLD | EVENT_INTERRUPTED,                                       \
     GUARD_NONE,      ACTION_NONE,                                                     \
     STATE_UNFENCING, "blue must not stay frozen: the fence is lifted"},               \
        {STATE_##state, EVENT_KILLED,  GUARD_NONE,                                     \
         ACTION_NONE,   STATE_##state, "resume does it again; abort lifts the fence"}, \
    {                                                                                  \
        STATE_##state, EVENT_ABANDONED, GUARD_NONE, ACTION_NONE, STATE_UNFENCING,      \
            "the watchdog lifts the fence"                                             \
    }
/* From here on green may be on its own, and no longer follows a blue that serves. */
#define GIVES_UP(state)                                                           \
    {                                                                             \
        STATE_##state, EVENT_ABANDONED, GUARD_NONE, ACTION_NONE, STATE_GIVING_UP, \
            "the watchdog lifts the fence; green is of no use then"               \
    }
#define CAN_ABORT(state)                                                     \
    {                                                                        \
        STATE_##state, EVENT_ABORT, GUARD_NONE, ACTION_NONE, STATE_ABORTING, \
            "everything is undone, blue serves as before"                    \
    }
#define CAN_ROLL_BACK(state)                                                        \
    {                                                                               \
        STATE_##state, EVENT_ROLLBACK, GUARD_NONE, ACTION_NONE, STATE_ROLLING_BACK, \
            "the clients go back to blue"                                           \
    }

const struct fsm_row fsm_rows[] = {
    {STATE_CONFIGURED, EVENT_START | EVENT_GO, GUARD_NONE, ACTION_PREFLIGHT,
     STATE_PREFLIGHTED, "look for everything that can go wrong"},
    STAYS(CONFIGURED, "nothing was changed"),
    CAN_ABORT(CONFIGURED),

    {STATE_PREFLIGHTED, EVENT_GO, GUARD_NONE, ACTION_PROVISION, STATE_PROVISIONED,
     "two replicas follow blue; blue serves"},
    STAYS(PREFLIGHTED, "a copy that is not whole is made again"),
    CAN_ABORT(PREFLIGHTED),

    {STATE_PROVISIONED, EVENT_GO, GUARD_QUIESCED, ACTION_HOLD, STATE_HELD,
     "wait for long writers; nothing is frozen"},
    STAYS(PROVISIONED, "the replicas go on following blue"),
    CAN_ABORT(PROVISIONED),

    {STATE_HELD, EVENT_GO, GUARD_NONE, ACTION_FENCE, STATE_FENCED,
     "two fences keep clients off blue"},
    THAWS(HELD),
    CAN_ABORT(HELD),

    {STATE_FENCED, EVENT_GO, GUARD_NONE, ACTION_DRAIN, STATE_DRAINED,
     "end what is left on blue, then read its position"},
    THAWS(FENCED),
    CAN_ABORT(FENCED),

    {STATE_DRAINED, EVENT_GO, GUARD_NONE, ACTION_CATCH_UP, STATE_CAUGHT_UP,
     "the replicas replay up to the position; spare is paused there"},
    THAWS(DRAINED),
    CAN_ABORT(DRAINED),

    {STATE_UNFENCING, EVENT_GO | EVENT_ABANDONED, GUARD_NONE, ACTION_LIFT,
     STATE_UNFENCED, "blue serves again after a failure"},
    STAYS(UNFENCING, "resume tries to lift the fence again"),
    CAN_ABORT(UNFENCING),

    {STATE_UNFENCED, EVENT_START, GUARD_QUIESCED, ACTION_HOLD, STATE_HELD,
     "another try, with the same replicas"},
    STAYS(UNFENCED, "the replicas go on following blue"),
    CAN_ABORT(UNFENCED),

    {STATE_GIVING_UP, EVENT_GO | EVENT_ABANDONED, GUARD_NONE, ACTION_LIFT,
     STATE_GIVEN_UP, "blue serves again, green goes stale"},
    STAYS(GIVING_UP, "resume tries to lift the fence again"),
    CAN_ABORT(GIVING_UP),

    {STATE_GIVEN_UP, EVENT_START, GUARD_NONE, ACTION_UNDO, STATE_CLEARED,
     "the stale green is removed"},
    STAYS(GIVEN_UP, "blue serves"),
    CAN_ABORT(GIVEN_UP),

    {STATE_CLEARED, EVENT_GO, GUARD_NONE, ACTION_RENEW, STATE_CONFIGURED,
     "a new switch, with new replicas"},
    STAYS(CLEARED, "blue serves"),
    CAN_ABORT(CLEARED),

    {STATE_CAUGHT_UP, EVENT_GO, GUARD_NONE, ACTION_DETACH, STATE_DETACHED,
     "green is promoted at the position, private, durability deferred"},
    STAYS(CAUGHT_UP, "green may be promoted already; resume goes on"),
    GIVES_UP(CAUGHT_UP),
    CAN_ABORT(CAUGHT_UP),

    {STATE_DETACHED, EVENT_GO, GUARD_NONE, ACTION_MIGRATE, STATE_MIGRATED,
     "green's database is migrated"},
    STAYS(DETACHED, "resume goes on from the migration's own checkpoints"),
    GIVES_UP(DETACHED),
    CAN_ABORT(DETACHED),

    {STATE_MIGRATED, EVENT_GO, GUARD_NONE, ACTION_RESTORE, STATE_RESTORED,
     "green's files are on the disk, its settings are its own, proved"},
    STAYS(MIGRATED, "resume restores and proves again"),
    GIVES_UP(MIGRATED),
    CAN_ABORT(MIGRATED),

    {STATE_RESTORED, EVENT_GO, GUARD_NONE, ACTION_VERIFY, STATE_VERIFIED,
     "green holds what it must"},
    STAYS(RESTORED, "resume verifies again"),
    GIVES_UP(RESTORED),
    CAN_ABORT(RESTORED),

    {STATE_VERIFIED, EVENT_CUTOVER, GUARD_NONE, ACTION_COMMIT, STATE_COMMITTED,
     "last checks, then the point of no return"},
    STAYS(VERIFIED, "nothing has moved"),
    GIVES_UP(VERIFIED),
    CAN_ABORT(VERIFIED),

    {STATE_COMMITTED, EVENT_GO, GUARD_NONE, ACTION_OPEN, STATE_PROMOTED,
     "green is opened as its own configuration says"},
    STAYS(COMMITTED, "resume goes forward, rollback goes back"),
    CAN_ROLL_BACK(COMMITTED),

    {STATE_PROMOTED, EVENT_GO, GUARD_NONE, ACTION_REPOINT, STATE_SWITCHED,
     "the clients go to green"},
    STAYS(PROMOTED, "resume goes forward, rollback goes back"),
    CAN_ROLL_BACK(PROMOTED),

    {STATE_SWITCHED, EVENT_FINISH, GUARD_NONE, ACTION_CLEAN, STATE_FINISHED,
     "slots and spare go; there is no way back then"},
    STAYS(SWITCHED, "green serves"),
    CAN_ROLL_BACK(SWITCHED),

    {STATE_ROLLING_BACK, EVENT_GO, GUARD_NONE, ACTION_FENCE_GREEN, STATE_GREEN_FENCED,
     "nobody writes on green any more"},
    STAYS(ROLLING_BACK, "resume goes on with the way back"),

    {STATE_GREEN_FENCED, EVENT_GO, GUARD_NONE, ACTION_ARCHIVE_FIRST, STATE_ARCHIVED,
     "green's new rows go into a file (archive = first or auto)"},
    STAYS(GREEN_FENCED, "resume goes on with the way back"),

    {STATE_ARCHIVED, EVENT_GO, GUARD_NONE, ACTION_UNFENCE_BLUE, STATE_BLUE_SERVING,
     "blue takes clients again"},
    STAYS(ARCHIVED, "resume goes on with the way back"),

    {STATE_BLUE_SERVING, EVENT_GO, GUARD_NONE, ACTION_REPOINT_BACK, STATE_CLIENTS_BACK,
     "the clients go to blue"},
    STAYS(BLUE_SERVING, "resume goes on with the way back"),

    {STATE_CLIENTS_BACK, EVENT_GO, GUARD_NONE, ACTION_ARCHIVE_LAST, STATE_ROLLED_BACK,
     "green's new rows go into a file, unless they are in one"},
    STAYS(CLIENTS_BACK, "resume archives again; green keeps the rows"),

    {STATE_ROLLED_BACK, EVENT_FINISH, GUARD_NONE, ACTION_CLEAN, STATE_FINISHED,
     "green, spare and slots go; the archive stays"},
    STAYS(ROLLED_BACK, "blue serves"),

    {STATE_ABORTING, EVENT_GO | EVENT_ABANDONED, GUARD_NONE, ACTION_UNDO, STATE_ABORTED,
     "blue's fence is lifted, then what airshift made is removed"},
    STAYS(ABORTING, "resume goes on with undoing"),

    {STATE_ABORTED, EVENT_START, GUARD_NONE, ACTION_RENEW, STATE_CONFIGURED,
     "a new switch"},
    STAYS(ABORTED, "blue serves"),
};

const size_t fsm_row_count = sizeof(fsm_rows) / sizeof(fsm_rows[0]);

static const struct {
    const char *name;
    enum fsm_stretch stretch;
    const char *comment;
} states[STATE_COUNT] = {
    [STATE_CONFIGURED] = {"configured", STRETCH_BEFORE, "nothing was done yet"},
    [STATE_PREFLIGHTED] = {"preflighted", STRETCH_BEFORE, "nothing stands in the way"},
    [STATE_PROVISIONED] = {"provisioned", STRETCH_BEFORE, "the replicas follow blue"},
    [STATE_HELD] = {"held", STRETCH_BEFORE, "no long transaction writes on blue"},
    [STATE_FENCED] = {"fenced", STRETCH_BEFORE, "blue takes no clients"},
    [STATE_DRAINED] = {"drained", STRETCH_BEFORE,
                       "nobody is on blue, its position is known"},
    [STATE_UNFENCING] = {"unfencing", STRETCH_BEFORE, "blue's fence is being lifted"},
    [STATE_UNFENCED] = {"unfenced", STRETCH_BEFORE, "blue serves after a failed try"},
    [STATE_GIVING_UP] = {"giving_up", STRETCH_BEFORE,
                         "blue's fence is being lifted, and green lost with it"},
    [STATE_GIVEN_UP] = {"given_up", STRETCH_LOST,
                        "blue serves again, green is stale; start begins anew"},
    [STATE_CLEARED] = {"cleared", STRETCH_BEFORE,
                       "blue serves, the stale replicas are gone"},
    [STATE_CAUGHT_UP] = {"caught_up", STRETCH_BEFORE, "the replicas hold all of blue"},
    [STATE_DETACHED] = {"detached", STRETCH_BEFORE, "green is on its own, and private"},
    [STATE_MIGRATED] = {"migrated", STRETCH_BEFORE,
                        "green is migrated, not yet durable"},
    [STATE_RESTORED] = {"restored", STRETCH_BEFORE, "green is migrated and durable"},
    [STATE_VERIFIED] = {"verified", STRETCH_BEFORE, "green is ready; you decide"},
    [STATE_COMMITTED] = {"committed", STRETCH_FORWARD,
                         "the point of no return is passed"},
    [STATE_PROMOTED] = {"promoted", STRETCH_FORWARD, "green is the master"},
    [STATE_SWITCHED] = {"switched", STRETCH_OVER, "green serves the clients"},
    [STATE_ROLLING_BACK] = {"rolling_back", STRETCH_BACK, "the way back has begun"},
    [STATE_GREEN_FENCED] = {"green_fenced", STRETCH_BACK, "nobody writes anywhere"},
    [STATE_ARCHIVED] = {"archived", STRETCH_BACK, "nobody writes anywhere"},
    [STATE_BLUE_SERVING] = {"blue_serving", STRETCH_BACK, "blue is the master again"},
    [STATE_CLIENTS_BACK] = {"clients_back", STRETCH_BACK, "blue serves the clients"},
    [STATE_ROLLED_BACK] = {"rolled_back", STRETCH_OVER,
                           "blue serves the clients, green's new rows are archived"},
    [STATE_ABORTING] = {"aborting", STRETCH_UNDO, "the switch is being undone"},
    [STATE_ABORTED] = {"aborted", STRETCH_OVER, "blue serves as if nothing had been"},
    [STATE_FINISHED] = {"finished", STRETCH_OVER, "the switch is put away"},
};

static const struct {
    enum fsm_event event;
    const char *name;
} events[] = {
    {EVENT_START, "start"},
    {EVENT_GO, "go"},
    {EVENT_CUTOVER, "cutover"},
    {EVENT_ROLLBACK, "rollback"},
    {EVENT_ABORT, "abort"},
    {EVENT_FINISH, "finish"},
    {EVENT_RESUME, "resume"},
    {EVENT_ABANDONED, "abandoned"},
    {EVENT_REFUSED, "refused"},
    {EVENT_SERVER_FAILED, "server_failed"},
    {EVENT_TIMED_OUT, "timed_out"},
    {EVENT_CHILD_FAILED, "child_failed"},
    {EVENT_INTERRUPTED, "interrupted"},
    {EVENT_KILLED, "killed"},
};

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_NONE] = "decide",
    [ACTION_PREFLIGHT] = "preflight",
    [ACTION_PROVISION] = "provision",
    [ACTION_HOLD] = "hold",
    [ACTION_FENCE] = "fence",
    [ACTION_DRAIN] = "drain",
    [ACTION_CATCH_UP] = "catch_up",
    [ACTION_DETACH] = "detach",
    [ACTION_MIGRATE] = "migrate",
    [ACTION_RESTORE] = "restore",
    [ACTION_VERIFY] = "verify",
    [ACTION_COMMIT] = "commit",
    [ACTION_OPEN] = "open",
    [ACTION_REPOINT] = "repoint",
    [ACTION_LIFT] = "lift",
    [ACTION_UNDO] = "undo",
    [ACTION_FENCE_GREEN] = "fence_green",
    [ACTION_ARCHIVE_FIRST] = "archive_first",
    [ACTION_UNFENCE_BLUE] = "unfence_blue",
    [ACTION_REPOINT_BACK] = "repoint_back",
    [ACTION_ARCHIVE_LAST] = "archive_last",
    [ACTION_CLEAN] = "clean",
    [ACTION_RENEW] = "renew",
};

const char *fsm_state_name(enum fsm_state state)
{
    return state < STATE_COUNT ? states[state].name : "unknown";
}

const char *fsm_state_comment(enum fsm_state state)
{
    return state < STATE_COUNT ? states[state].comment : "";
}

enum fsm_stretch fsm_state_stretch(enum fsm_state state)
{
    return state < STATE_COUNT ? states[state].stretch : STRETCH_OVER;
}

enum fsm_state fsm_state_of(const char *name)
{
    if (name[0] == '\0')
        return STATE_CONFIGURED;
    for (int i = 0; i < STATE_COUNT; i++) {
        if (strcmp(states[i].name, name) == 0)
            return (enum fsm_state)i;
    }
    return STATE_UNKNOWN;
}

const char *fsm_event_name(enum fsm_event event)
{
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (events[i].event == event)
            return events[i].name;
    }
    return "unknown";
}

const char *fsm_action_name(enum fsm_action action)
{
    return action < ACTION_COUNT ? action_names[action] : "unknown";
}

const char *fsm_guard_name(enum fsm_guard guard)
{
    switch (guard) {
    case GUARD_NONE:
        return "";
    case GUARD_QUIESCED:
        return "quiesced";
    }
    return "unknown";
}

static bool is_guard_met(enum fsm_guard guard, const struct switch_config *config)
{
    if (config == NULL)
        return true;
    switch (guard) {
    case GUARD_NONE:
        return true;
    case GUARD_QUIESCED:
        return config->mode == CONFIG_MODE_QUIESCED;
    }
    return false;
}

const struct fsm_row *fsm_find(enum fsm_state state, enum fsm_event event,
                               const struct switch_config *config)
{
    for (size_t i = 0; i < fsm_row_count; i++) {
        if (fsm_rows[i].from == state && (fsm_rows[i].events & (unsigned)event) != 0 &&
            is_guard_met(fsm_rows[i].guard, config))
            return &fsm_rows[i];
    }
    return NULL;
}

enum fsm_event fsm_failure(enum fsm_action action, const struct err *err)
{
    bool is_child = action == ACTION_MIGRATE || action == ACTION_VERIFY;

    switch (err->category) {
    case ERR_TIMEOUT:
        return EVENT_TIMED_OUT;
    case ERR_INTERRUPTED:
        return EVENT_INTERRUPTED;
    case ERR_CONNECT:
    case ERR_SQL:
    case ERR_LOCK:
        return is_child ? EVENT_CHILD_FAILED : EVENT_SERVER_FAILED;
    case ERR_NONE:
    case ERR_USAGE:
    case ERR_CONFIG:
    case ERR_STATE:
    case ERR_DATA:
    case ERR_UNSUPPORTED:
    case ERR_INTERNAL:
        return is_child ? EVENT_CHILD_FAILED : EVENT_REFUSED;
    default: /* a category added later */
        return EVENT_REFUSED;
    }
}
