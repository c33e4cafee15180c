/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint.h - moving the clients. A repointer is one row in the table in repoint.c;
 * each can be called again and again, and says before the point of no return whether it
 * will work.
 */
#ifndef AIRSHIFT_REPLICA_REPOINT_H
#define AIRSHIFT_REPLICA_REPOINT_H

#include <stdbool.h>

#include "replica/switch.h"

enum repoint_target { REPOINT_GREEN, REPOINT_BLUE };

struct repointer {
    const char *name;
    bool (*is_configured)(const struct switch_context *sw);
    /* Before anything is touched: would it work? */
    int (*check)(struct switch_context *sw, struct err *err);
    /* Right before the point of no return: keep what is needed for the way back. */
    int (*save)(struct switch_context *sw, struct err *err); /* may be NULL */
    /* Before the fence: the clients wait, instead of meeting an error. NULL for one
     * that cannot make them. Safe to repeat; what it has begun, release() ends, in this
     * process or another. */
    int (*hold)(struct switch_context *sw, struct err *err);
    /* NULL for one that only holds. */
    int (*move)(struct switch_context *sw, enum repoint_target target, struct err *err);
    /* After all have moved, or when the fence is lifted: the clients go on, at the
     * target. NULL where there is no hold. Safe to repeat. */
    int (*release)(struct switch_context *sw, enum repoint_target target,
                   struct err *err);
    /* The switch is over: remove what save() has kept. May be NULL. */
    int (*forget)(struct switch_context *sw, struct err *err);
};

extern const struct repointer repoint_file;
extern const struct repointer repoint_pgbouncer;
extern const struct repointer repoint_pgbouncer_file;
extern const struct repointer repoint_haproxy;
extern const struct repointer repoint_hosts;
extern const struct repointer repoint_hook;

int repoint_check(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));
int repoint_save(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));
int repoint_hold(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));
/* Moves the clients, then lets those go that were held. */
int repoint_move(struct switch_context *sw, enum repoint_target target, struct err *err)
    __attribute__((warn_unused_result));
/* Nothing has moved: the clients that were held go on with blue. */
int repoint_release(struct switch_context *sw, enum repoint_target target,
                    struct err *err) __attribute__((warn_unused_result));
int repoint_forget(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));

/* The URL with another host and port; the rest, and the way it is spelt, as it was.
 * Owned by the caller; NULL when it is no URL. `host` NULL: the one it has. */
char *repoint_edit_url(const char *url, const char *host, int port);

/* The content of a connection file with another URL in it: a file of KEY=VALUE lines
 * (or "key = value", as in airflow.cfg) keeps all its other lines; one without such
 * lines is the URL alone. `*old_url` gets what was there. Both owned by the caller.
 * NULL when the file has lines, but not this key. `new_url` NULL: only look. */
char *repoint_edit_file(const char *content, const char *key, const char *new_url,
                        char **old_url);

#endif
