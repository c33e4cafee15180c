/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.h - what a replica switch asks of a kind of server: fencing, positions,
 * detaching and promoting, and servers on this machine that are made, started and
 * stopped. Which engine it is, only the implementations know.
 *
 * Every function looks at the world first and acts on the difference, so that calling
 * it again after a crash is safe.
 */
#ifndef AIRSHIFT_DIALECTS_REPLICA_H
#define AIRSHIFT_DIALECTS_REPLICA_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "dialect.h"
#include "process.h"

/* How a server on this machine runs. */
enum server_phase {
    SERVER_ABSENT,   /* it does not run */
    SERVER_STANDBY,  /* follows the master, reachable through its private socket only */
    SERVER_DETACHED, /* on its own, private, durability deferred */
    SERVER_RESTORED, /* on its own, private, with its own settings again */
    SERVER_OPEN,     /* as its own configuration says, no setting of ours */
};

/* A server on this machine. All strings are owned by whoever made the struct. */
struct server {
    const char *role; /* "green", "spare": in messages and names */
    const char *data_directory;
    const char *bin_directory;     /* NULL: found by the master's version */
    const char *control_directory; /* ours: private socket, log, marks; mode 0700 */
    const char
        *socket_directory; /* open phase of a server we made; NULL: as the control */
    const char
        *listen_addresses;   /* open phase of a server we made; NULL: as the master */
    const char *config_file; /* adopted, outside the data directory; else NULL */
    const char *os_user;     /* NULL: the user we are */
    const char *address;     /* adopted: where it listens now; NULL: its socket */
    int port;
    bool is_adopted;  /* of its owner's making: it is never removed */
    const char *hook; /* adopted: the command that makes it where it does not run; else
                       * NULL */
    const struct url *login; /* borrowed: the master's URL gives role and database */
    double start_seconds;    /* deadline of one start or stop */
    struct dry_role *dry;    /* of a dry run (replica_dry.h); NULL otherwise */
};

struct primary_facts {
    int version;
    long long bytes; /* of all databases of the server */
    long long database_bytes;
    long long oldest_seconds; /* age of the oldest transaction that has written */
    char synchronous[256];    /* who commits wait for; "" for nobody */
    char identity[64];        /* by which a replica knows its master */
    char database[128];
};

/* What the fences replace, to be put back exactly. */
struct fence {
    long long connection_limit;
    char read_only[16]; /* the setting on the database: "on", "off", "" for none */
    bool is_closed;     /* both fences are up */
    bool is_touched;    /* at least one is up */
};

struct session_counts {
    long long clients; /* sessions in the database, ours and replication left out */
    long long writing; /* of them, with a transaction that has written */
    long long in_transaction;
    long long superusers; /* of them, of roles that no fence keeps out */
    long long others;     /* background workers in the database */
};

struct standby_facts {
    bool is_replica;
    bool is_streaming;
    char identity[64];       /* of the master it follows, or of which it is a copy */
    struct strbuf *replayed; /* the position it has reached; NULL where not asked for */
};

/* A table as the archive sees it. */
struct changed_table {
    char *name;      /* quoted, with schema */
    char *columns;   /* quoted, with commas */
    char *select;    /* all columns as text, of the rows that are newer than the mark */
    long long bytes; /* to be read for that */
    long long inserted, updated, deleted; /* as the server counts; -1 where unknown */
};

struct replica_ops {
    const char *name; /* for a person */
    const char *default_os_user;
    bool fence_ends_sessions; /* closing the fence ends what clients have open */
    /* Clients that know several servers go by one that can only be read. */
    bool clients_pass_by_readers;

    /* The master. `admin` is a session of an administrator in Airflow's database. */
    int (*prepare_session)(struct connection *admin, struct err *err);
    int (*look_at_primary)(struct connection *admin, struct primary_facts *facts,
                           struct err *err);
    /* An error with a hint where it cannot be the master of a switch for which so many
     * copies are made of it, or the session's user may not do all that it takes. */
    int (*check_primary)(struct connection *admin, unsigned copies, struct err *err);
    int (*look_at_fence)(struct connection *admin, struct fence *fence,
                         struct err *err);
    int (*close_fence)(struct connection *admin, struct err *err);
    int (*lift_fence)(struct connection *admin, const struct fence *original,
                      struct err *err);
    int (*count_sessions)(struct connection *admin, struct session_counts *counts,
                          struct err *err);
    /* Sessions with a transaction that writes for at least so long, as lines for a
     * person;
     * `*count` of them. */
    int (*list_writers)(struct connection *admin, double older_than_seconds,
                        struct strbuf *text, long long *count, struct err *err);
    int (*end_sessions)(struct connection *admin, long long *ended, struct err *err);
    /* A durable mark in the log; its position as text. */
    int (*mark_position)(struct connection *admin, const char *name,
                         struct strbuf *position, struct err *err);
    /* What has ever been written, in "rows" or whatever `*unit` says: what grows between
     * two looks was written between them. */
    int (*count_writes)(struct connection *admin, long long *writes, const char **unit,
                        struct err *err);
    int (*make_slot)(struct connection *admin, const char *name, struct err *err);
    int (*drop_slot)(struct connection *admin, const char *name, double seconds,
                     struct err *err);
    /* A copy or a clone that runs now, as text for a progress line; "" where there is
     * none. */
    int (*describe_copy)(struct connection *admin, struct strbuf *text,
                         struct err *err);

    /* A replica. */
    /* An error with a hint where one that we have not made would not follow the master to
     * the end, once that is fenced. */
    int (*check_adopted)(struct connection *admin, struct connection *standby,
                         struct err *err);
    int (*look_at_standby)(struct connection *standby, struct standby_facts *facts,
                           struct err *err);
    int (*has_replayed)(struct connection *standby, const char *position,
                        bool *is_there, struct strbuf *text, struct err *err);
    int (*pause_replay)(struct connection *standby, double seconds, struct err *err);
    int (*resume_replay)(struct connection *standby, struct err *err);
    /* Ends replication for good; returns once all that was received is applied. */
    int (*cut_stream)(struct connection *standby, double seconds, struct err *err);
    int (*promote)(struct connection *standby, double seconds, struct err *err);

    /* Files and processes of a server on this machine. */
    int (*check_place)(const struct server *server, int version, long long bytes,
                       struct err *err);
    int (*copy)(const struct server *server, struct connection *admin, const char *slot,
                double seconds, process_tick *tick, void *context, struct err *err);
    int (*follow)(const struct server *server, struct connection *admin,
                  const char *slot, struct err *err);
    int (*get_phase)(const struct server *server, enum server_phase *phase,
                     struct err *err);
    int (*start)(const struct server *server, enum server_phase phase, struct err *err);
    int (*stop)(const struct server *server, struct err *err);
    /* Stops a server that copy() made and removes all of it; never an adopted one. */
    int (*discard)(const struct server *server, struct err *err);
    /* All its files on the disk; it must be stopped. */
    int (*sync_files)(const struct server *server, double seconds, struct err *err);
    struct connection *(*connect)(const struct server *server, const char *purpose,
                                  struct err *err);
    /* For a child process: a URL for the private socket, without a password. Owned by
     * the caller. NULL with `err` filled. */
    char *(*private_url)(const struct server *server, struct err *err);
    /* What the URL leaves out, as "NAME=value" for the environment of a child process;
     * NULL for nothing. The caller wipes and frees it. */
    char *(*private_secret)(const struct server *server);
    /* The settings that a detached server defers, as "name=value;..." */
    int (*describe_durability)(struct connection *connection, struct strbuf *text,
                               struct err *err);
    /* They are as `expected` says, none of them given by us, and safe. */
    int (*prove_durability)(struct connection *connection, const char *expected,
                            struct err *err);
    /* Forgets that it was ever a replica of the master. */
    int (*forget_master)(const struct server *server, struct connection *connection,
                         struct err *err);
    int (*checkpoint)(struct connection *connection, struct err *err);
    /* What a replica that goes on following has still to write to its files, so that it has little
     * left when it is stopped. Waits for at most so long. */
    int (*write_out)(struct connection *standby, double seconds, struct err *err);

    /* What was written since a mark. */
    int (*mark_changes)(struct connection *connection, struct strbuf *mark,
                        struct err *err);
    /* The tables that may hold newer rows, from marks made by mark_changes(). */
    int (*list_changes)(struct connection *connection, const char *mark,
                        struct changed_table **tables, size_t *count, struct err *err);
};

/* The operations for a URL's engine; NULL with ERR_UNSUPPORTED. */
const struct replica_ops *replica_ops_of(const struct url *url, struct err *err);

/* For list_writers(): the rows are session, user, program, state and seconds. Adds the
 * first three as text, each with the `word` for a session before it; how many there are. */
long long replica_add_writers(struct strbuf *text, const struct sql_result *rows,
                              const char *word);
/* For prove_durability(): the settings, and those that we have given, with commas. */
int replica_prove_settings(const char *settings, const char *expected, const char *ours,
                           struct err *err);

void changed_tables_free(struct changed_table *tables, size_t count);

#endif
