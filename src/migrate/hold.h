/* SPDX-License-Identifier: Apache-2.0
 *
 * hold.h - keeps everybody from writing while new tables are made beside those in use, and
 * exchanges them without a moment in which somebody could write to an old one. For servers
 * where DDL is no part of a transaction, so that a lock ends before the exchange can begin.
 *
 * One session has all tables locked against writing. For the end there is a session a table
 * that queues up for it exclusively, and behind them the RENAME TABLE. Who waits for an
 * exclusive lock comes before who wants to write; so when the first lock goes, each table passes
 * to its own session, and from it to the RENAME when that has come to it: it takes its
 * tables one by one. What is let go of is proved at each step: by what the server shows of
 * its locks, and by the end of the statement that had it. Only then the table comes into
 * being without which the RENAME fails, while it waits for the last but one that it takes. So a
 * process that is killed at any moment leaves a RENAME that fails, or one that may succeed.
 */
#ifndef AIRSHIFT_MIGRATE_HOLD_H
#define AIRSHIFT_MIGRATE_HOLD_H

#include "base/arena.h"
#include "dialect.h"

struct hold;

struct hold_options {
    const struct url *url;         /* of the database */
    struct connection *connection; /* a session in it, for questions; borrowed */
    const char *live_schema;
    const char
        *new_schema; /* sorts behind the live one, as its name with an ending does */
    double lock_wait_seconds;
    struct arena *arena;
};

/* Tables of the new schema: the RENAME must take the first to HOLD_GATE_PASSED and the second
 * to whatever says that it is done. */
#define HOLD_GATE "airshift_gate"
#define HOLD_GATE_PASSED "airshift_gate_passed"
#define HOLD_LEAVE "airshift_pending"

/* Whether this user can do it on this server; an error that says what is missing. */
int hold_check(struct connection *connection, const char *live_schema, struct err *err);

/* Ends what a process that was killed may have left on the server, so that no exchange of an
 * earlier run can come late. Nothing where no such process can have been. */
int hold_end_earlier(struct connection *connection, const char *live_schema,
                     struct err *err);

/* From its return on nobody writes to a table of the live schema. ERR_LOCK, with who has
 * them, when some table is not to be had. NULL on an error. */
struct hold *hold_take(const struct hold_options *options, struct err *err);

/* Opens the sessions that the exchange takes, one for each of these tables (const char *), so
 * that it cannot fail for want of one later. */
int hold_prepare(struct hold *hold, const struct list *tables, struct err *err);

/* Runs the RENAME on that session (which was opened in the new schema), between the
 * hold's end and the first writer. Waits for long readers first. On an error nothing is
 * exchanged, but the hold may be over. */
int hold_exchange(struct hold *hold, struct connection *renamer, const char *sql,
                  struct err *err);

/* Whoever waited goes on. Accepts NULL. */
void hold_free(struct hold *hold);

#endif
