/* SPDX-License-Identifier: Apache-2.0
 *
 * replica_dry.h - the replica operations of a dry run: they look at the real servers,
 * show what would change them, and from then on answer as if it had been done. So a
 * switch can be walked from end to end by the code that does it, changing nothing.
 */
#ifndef AIRSHIFT_DIALECTS_REPLICA_DRY_H
#define AIRSHIFT_DIALECTS_REPLICA_DRY_H

#include <stdio.h>

#include "replica.h"

struct replica_dry;

/* What one server is like, as if all that was shown had been done. */
struct dry_role {
    struct replica_dry *dry;
    const char *name;
    bool has_phase; /* `phase` holds; else the real server's does */
    enum server_phase phase;
    bool has_fence; /* `fence` holds; else the real one does */
    struct fence fence;
    bool is_promoted;
    bool is_empty; /* its sessions were ended */
};

struct replica_dry {
    const struct replica_ops *real; /* borrowed */
    FILE *out;                      /* borrowed */
    struct dry_role blue, green, spare;
};

/* Takes the place of the real operations. Servers have their role in `dry`; sessions
 * with the master are given to replica_dry_session(). */
extern const struct replica_ops replica_dry_ops;

void replica_dry_init(struct replica_dry *dry, const struct replica_ops *real,
                      FILE *out);
/* Makes a session with the master a dry one. */
void replica_dry_session(struct replica_dry *dry, struct connection *blue);
/* One line: where ("blue", "here") and what. */
void replica_dry_say(struct replica_dry *dry, const char *where, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));

#endif
