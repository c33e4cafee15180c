/* SPDX-License-Identifier: Apache-2.0
 *
 * restore_state.h - what a restore notes in the database that it fills, so that the same command
 * goes on with one that was broken off. While it is there, nobody takes the database for a
 * whole one: backups of it are refused, and its version tables are empty.
 */
#ifndef AIRSHIFT_BACKUP_RESTORE_STATE_H
#define AIRSHIFT_BACKUP_RESTORE_STATE_H

#include "base/arena.h"
#include "dialect.h"

struct restore_state {
    struct connection *connection; /* borrowed */
    struct arena *arena;
    const char *group; /* of the sessions of restores into this database */
    const char *mark;  /* of the backup */
    struct list done;  /* const char *: items */
    bool is_resumed;
};

/* Makes this process the only one that restores into the database, and reads what an earlier one
 * has noted. ERR_LOCK where another one restores, ERR_STATE where what was broken off is of
 * another backup than that of `directory`. Changes nothing. */
int restore_state_look(struct restore_state *state, const char *directory,
                       struct err *err);

/* Notes that a restore begins; or ends what a broken-off one has left at the server, after which
 * restore_state_is_done() tells all that is done. */
int restore_state_begin(struct restore_state *state, struct err *err);

bool restore_state_is_done(const struct restore_state *state, const char *item);

/* Notes it, in the session's transaction where there is one. */
int restore_state_done(struct connection *connection, const char *item,
                       struct err *err);

/* Removes all notes. */
int restore_state_end(struct restore_state *state, struct err *err);

#endif
