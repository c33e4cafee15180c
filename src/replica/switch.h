/* SPDX-License-Identifier: Apache-2.0
 *
 * switch.h - the actions of a replica switch. Each one looks at the world, acts on the
 * difference and checks the result, so that it can be repeated after a crash at any
 * point; which one comes when is decided by the table in fsm/ alone.
 *
 * Blue is today's master, green the replica that becomes the new one, spare a second
 * replica that keeps the old state as insurance.
 */
#ifndef AIRSHIFT_REPLICA_SWITCH_H
#define AIRSHIFT_REPLICA_SWITCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "config/switch_config.h"
#include "dialect.h"
#include "replica.h"
#include "replica_dry.h"
#include "state/journal.h"

struct switch_context {
    struct switch_config config;
    struct journal *journal;
    const struct replica_ops *ops;
    struct url blue_url;
    struct server green;
    struct server spare;
    bool has_spare;
    struct connection *blue; /* opened when first needed */
    struct replica_dry *dry; /* NULL unless nothing is done and everything shown */
    /* Asked before each action; -1 with `err` filled stops there. NULL: nobody asks. */
    int (*step)(const char *action, const char *comment, struct err *err);
    bool is_watched; /* a watchdog (fsm/watchdog.h) must be there behind the fence */
    int watchdog;    /* our end of its socket pair; 0 for none */
    pid_t watchdog_pid;
    bool holds_lock;      /* Airflow's migration lock, in that session */
    struct strbuf report; /* lines for the operator, printed when the command is over */
};

/* Reads the configuration; connects to nothing. Then the journal; and lets go of it and
 * of blue again, so that it can be attached once more. */
int switch_prepare(struct switch_context *sw, const char *config_path, bool is_dry,
                   struct err *err) __attribute__((warn_unused_result));
int switch_attach(struct switch_context *sw, enum journal_mode mode, struct err *err)
    __attribute__((warn_unused_result));
void switch_detach(struct switch_context *sw);

/* Both at once. JOURNAL_DRY makes it a dry run. */
int switch_open(struct switch_context *sw, const char *config_path,
                enum journal_mode mode, struct err *err)
    __attribute__((warn_unused_result));
void switch_close(struct switch_context *sw);

/* The session with blue; borrowed. NULL with `err` filled. */
struct connection *switch_blue(struct switch_context *sw, struct err *err);
/* Airflow's migration lock on blue, for as long as this process lives. */
int switch_lock_blue(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));
/* A session with green or spare; owned by the caller. */
struct connection *switch_connect(struct switch_context *sw,
                                  const struct server *server, struct err *err);
/* Brings a server into a phase, through a stop where it is in another. */
int switch_enter(struct switch_context *sw, const struct server *server,
                 enum server_phase phase, struct err *err)
    __attribute__((warn_unused_result));
/* The name of a server's slot, into `name`. */
void switch_slot(const struct switch_context *sw, const struct server *server,
                 char name[static 64]);
/* What the fence replaced, from the journal; false when nothing was fenced yet. */
bool switch_original_fence(const struct switch_context *sw, struct fence *fence);
/* Ends sessions that an airshift of this switch, which is no more, still has on blue: blue need not
 * know yet that it is gone, and they hold Airflow's migration lock. */
int switch_end_earlier(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));
/* Lifts blue's fence if the journal says that there is one. */
int switch_lift_blue(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));
/* For what is done on this machine: in a dry run, shows it and is true. */
bool switch_only_shows(struct switch_context *sw, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The engine's own operations, for what is fixed in them, in a dry run too. */
const struct replica_ops *switch_engine(const struct switch_context *sw);
/* A path in the state directory. Owned by the caller. */
char *switch_path(const struct switch_context *sw, const char *name);

/* The actions, in the order of a switch. */
int replica_preflight(struct switch_context *sw, struct err *err);
int replica_provision(struct switch_context *sw, struct err *err);
int replica_hold(struct switch_context *sw, struct err *err);
int replica_fence(struct switch_context *sw, struct err *err);
int replica_drain(struct switch_context *sw, struct err *err);
int replica_catch_up(struct switch_context *sw, struct err *err);
int replica_detach(struct switch_context *sw, struct err *err);
int replica_migrate(struct switch_context *sw, struct err *err);
int replica_restore(struct switch_context *sw, struct err *err);
int replica_verify(struct switch_context *sw, struct err *err);
int replica_commit(struct switch_context *sw, struct err *err);
int replica_open(struct switch_context *sw, struct err *err);
int replica_repoint(struct switch_context *sw, struct err *err);
int replica_lift(struct switch_context *sw, struct err *err);
int replica_undo(struct switch_context *sw, struct err *err);
int replica_fence_green(struct switch_context *sw, struct err *err);
int replica_archive_first(struct switch_context *sw, struct err *err);
int replica_unfence_blue(struct switch_context *sw, struct err *err);
int replica_repoint_back(struct switch_context *sw, struct err *err);
int replica_archive_last(struct switch_context *sw, struct err *err);
int replica_clean(struct switch_context *sw, struct err *err);
int replica_renew(struct switch_context *sw, struct err *err);

/* The one place from which blue is planned and green migrated and verified; today the tool's own
 * commands in a child process. */
int replica_run_plan(struct switch_context *sw, struct err *err);
int replica_run_migration(struct switch_context *sw, struct err *err);
int replica_run_verification(struct switch_context *sw, struct err *err);

#endif
