/* SPDX-License-Identifier: Apache-2.0
 *
 * ending.c - which sessions may be ended, and what comes of it. A migration is never one
 * of them.
 */
#include "config.h"

#include <string.h>

#include "monitor/judge.h"

const char *monitor_safety_name(enum monitor_safety safety)
{
    static const char *const names[] = {"safe", "loses", "never"};

    return names[safety];
}

static enum monitor_safety of_migration(const struct monitor_look *look,
                                        const struct monitor_session *session,
                                        const char **text)
{
    if (session->part == PART_AIRSHIFT)
        *text = "do not end it here: Ctrl-C stops `airshift migrate`, which keeps what "
                "is done and goes on when it is called again";
    else if (look->can_roll_back)
        *text = "do not end it: the server would take the open transaction back, so "
                "that alembic_version still says the truth, but its work would be lost "
                "and `airflow db migrate` begins again from there";
    else
        *text = "never end it: this server takes no DDL back, so a revision would be "
                "left half-applied, which alembic_version does not say";
    return SAFETY_NEVER;
}

/* A session of the migration may hide behind the same client. */
static bool is_of_its_host(const struct monitor_look *look,
                           const struct monitor_session *session)
{
    for (size_t i = 0; i < look->session_count; i++) {
        const struct monitor_session *other = &look->sessions[i];

        if (monitor_migrates(other) && other->part != PART_AIRSHIFT &&
            strcmp(other->role, session->role) == 0 &&
            strcmp(other->address, session->address) == 0 &&
            strcmp(other->name, session->name) == 0)
            return true;
    }
    return false;
}

static enum monitor_safety of_client(struct arena *arena,
                                     const struct monitor_look *look,
                                     const struct monitor_session *session,
                                     const char **text)
{
    const char *caution = is_of_its_host(look, session)
                              ? "; it has the user, the host and the name of the "
                                "migration's own sessions: "
                                "make sure first that it is not one of them"
                              : "";

    if (session->blocker_count > 0) {
        *text = "it waits itself: ending it helps only as long as nobody else waits "
                "there; see whom it waits for";
        return SAFETY_LOSES;
    }
    if (session->state[0] == '?') {
        *text = "what it does is not shown to this role: look again as one that may "
                "see all sessions";
        return SAFETY_LOSES;
    }
    if (!session->is_active) {
        *text = arena_printf(arena,
                             "may be ended, only its open transaction is taken back: "
                             "%s%s",
                             session->ending, caution);
        return caution[0] == '\0' ? SAFETY_SAFE : SAFETY_LOSES;
    }
    *text = arena_printf(arena,
                         "may be ended by who can do without what it does: %s; a part "
                         "of Airflow's is rather stopped, for it connects again%s",
                         session->ending, caution);
    return SAFETY_LOSES;
}

enum monitor_safety monitor_ending(struct arena *arena, const struct monitor_look *look,
                                   const struct monitor_session *session,
                                   const char **text)
{
    if (monitor_migrates(session))
        return of_migration(look, session, text);
    if (session->part == PART_QUEUE) {
        *text = "a second migration that waits for its turn; where it was not meant, "
                "stop the program that began it: it has changed nothing yet";
        return SAFETY_SAFE;
    }
    switch (session->kind) {
    case KIND_CLIENT:
        break;
    case KIND_AIRSHIFT:
        *text = "a command of airshift's: Ctrl-C stops it";
        return SAFETY_LOSES;
    case KIND_BACKUP:
        *text = "a backup, which would be worthless: rather wait for its end";
        return SAFETY_LOSES;
    case KIND_VACUUM:
        *text = arena_printf(arena,
                             "an autovacuum gives way by itself within a second or "
                             "two; it may be ended, it comes back later: %s",
                             session->ending);
        return SAFETY_SAFE;
    case KIND_WRAPAROUND:
        *text = "never end it: this autovacuum keeps the server from running out of "
                "transaction IDs, does not give way and comes back at once; wait for "
                "its end";
        return SAFETY_NEVER;
    case KIND_REPLICATION:
        *text = "do not end it: a replica depends on it";
        return SAFETY_NEVER;
    case KIND_SERVER:
        *text = "a process of the server's own: leave it alone";
        return SAFETY_NEVER;
    case KIND_PREPARED:
        *text = arena_printf(arena,
                             "a prepared transaction, which survives restarts: who "
                             "prepared it must commit it or take it back%s%s",
                             session->ending[0] != '\0' ? ": " : "", session->ending);
        return SAFETY_LOSES;
    }
    return of_client(arena, look, session, text);
}
