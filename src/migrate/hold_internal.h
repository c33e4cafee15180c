/* SPDX-License-Identifier: Apache-2.0
 *
 * hold_internal.h - what hold.c and handover.c share; nothing else includes it.
 */
#ifndef AIRSHIFT_MIGRATE_HOLD_INTERNAL_H
#define AIRSHIFT_MIGRATE_HOLD_INTERNAL_H

#include "migrate/hold.h"

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

/* A session of the hold, with limits that suit one that waits for long. */
struct connection *hold_open(struct hold *hold, const char *purpose, struct err *err);

#endif
