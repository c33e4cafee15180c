/* SPDX-License-Identifier: Apache-2.0
 *
 * throttle.h - whether a server that others use, and those that follow it, can take more work
 * just now. How loaded they are the dialects say, and sql/server/<engine>/load*.sql.
 */
#ifndef AIRSHIFT_ENGINE_THROTTLE_H
#define AIRSHIFT_ENGINE_THROTTLE_H

#include "dialect.h"

enum { THROTTLE_LAG_SECONDS = 30 }; /* where nobody says otherwise */

struct throttle_limits {
    double lag_seconds; /* of a replica; 0: any */
    long long sessions; /* of others that work at the same time; 0: any */
    const struct url
        *replica; /* of which the server itself tells nothing; NULL: none */
};

struct throttle;

/* Whether there is a limit at all. */
bool throttle_is_needed(const struct throttle_limits *limits);

/* The limits are borrowed. */
struct throttle *throttle_new(const struct throttle_limits *limits);
void throttle_free(struct throttle *throttle); /* accepts NULL */

/* Looks, at most once a second, and logs where that changes something. An error where the session
 * may not see how loaded the server is. */
int throttle_look(struct throttle *throttle, struct connection *connection,
                  struct err *err) __attribute__((warn_unused_result));

/* Instead of a look, where there is no session for it: no work is begun until there is one. */
void throttle_is_blind(struct throttle *throttle);

/* What new work has to wait for, "" for nothing; as of the last look. */
const char *throttle_reason(const struct throttle *throttle);

/* Returns when work may be begun. */
int throttle_wait(struct throttle *throttle, struct connection *connection,
                  struct err *err) __attribute__((warn_unused_result));

#endif
