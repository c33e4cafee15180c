/* SPDX-License-Identifier: Apache-2.0
 *
 * poolers.h - the admin consoles of the poolers between the clients and the master:
 * what is asked of all of them.
 */
#ifndef AIRSHIFT_REPLICA_POOLERS_H
#define AIRSHIFT_REPLICA_POOLERS_H

#include "pgbouncer.h"
#include "replica/repoint.h"

/* Every one answers, has the database, and nobody else holds its clients. `first` gets
 * what the first one says of it. */
int poolers_look(struct switch_context *sw, struct pgbouncer_database *first,
                 struct err *err) __attribute__((warn_unused_result));

/* The same, and each lets us command it. */
int poolers_check(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));

/* Facts for the way back: where each leads now. */
int poolers_remember(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));

/* The clients wait from now on; returns when no transaction is under way. That they are
 * held is in the journal before the first one is asked. Safe to repeat. */
int poolers_hold(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));

/* Where the clients' files may have changed: each reads them again and must lead to the
 * target. Then the clients that we hold go on. Every pooler is tried, whatever the others
 * do. Safe to repeat. */
int poolers_release(struct switch_context *sw, enum repoint_target target,
                    struct err *err) __attribute__((warn_unused_result));

#endif
