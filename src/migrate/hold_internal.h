/* SPDX-License-Identifier: Apache-2.0
 *
 * hold_internal.h - what hold.c, keeper.c and handover.c share; nothing else includes it.
 */
#ifndef AIRSHIFT_MIGRATE_HOLD_INTERNAL_H
#define AIRSHIFT_MIGRATE_HOLD_INTERNAL_H

#include "migrate/hold.h"
#include "wait.h"

enum { EXCHANGE_SECONDS = 20 }; /* nobody even reads meanwhile, at last */

/* A session and the one table that it keeps in the exchange. */
struct keeper {
    const char *table;
    struct connection *session;
    bool is_sent; /* its statement */
    bool
        is_released; /* its statement has ended, after the RENAME was next in the queue */
};

struct hold {
    struct hold_options options;
    const char *group;          /* of all its sessions */
    struct connection *session; /* has all tables locked against writing */
    struct connection *gate;    /* has the table that is the RENAME's last but one */
    struct keeper *keepers;
    size_t count;
};

struct handover {
    struct hold *hold;
    struct connection *renamer;
    char name_sql[80]; /* takes the lock by name */
    struct deadline deadline;
    struct sql_result *locks; /* as seen last */
    bool is_waiting;          /* the session with the gate, for the name */
    bool is_told;             /* who reads for long */
    bool is_sent;             /* the RENAME */
    bool has_ended;
    int status; /* of the RENAME, once it has ended */
    struct err *err;
};

/* --- hold.c --- */

/* A session of the hold, which waits for no lock longer than an exchange may last. */
struct connection *hold_open(struct hold *hold, const char *purpose, struct err *err);

/* --- keeper.c --- */

/* Asks the server for the locks; what is said of them below is of the last time. */
int handover_look(struct handover *handover);
bool handover_saw(const struct handover *handover, const struct connection *session,
                  const char *status, const char *schema, const char *table);
bool handover_waits_for(const struct handover *handover, const char *schema,
                        const char *table);
bool keeper_is_queued(const struct handover *handover, const struct keeper *keeper);
bool keeper_keeps(const struct handover *handover, const struct keeper *keeper);

/* A short wait. ERR_LOCK, with who has the tables, when the time for the exchange is over. */
int handover_turn(struct handover *handover);

void handover_add_new(const struct handover *handover, struct strbuf *sql,
                      const char *table);

int keeper_send(struct handover *handover, struct keeper *keeper);

/* Ends its statement, and waits until it has. */
int keeper_end(struct handover *handover, struct keeper *keeper);

/* The same, where it was seen to have its table and the RENAME to be next. */
int keeper_release(struct handover *handover, struct keeper *keeper);

#endif
