/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.h - the parts of MySQL's replica operations: what is asked of a replica's
 * session (replica.c), fences and sessions (fence.c), what the master must be like
 * (primary.c), how far a server is (position.c), what is read for the archive
 * (changes.c), how a server is cloned (clone.c), what its settings are (settings.c), and
 * how it is started, stopped and reached (server.c).
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_REPLICA_H
#define AIRSHIFT_DIALECTS_MYSQL_REPLICA_H

#include "../replica.h"
#include "url_parts.h"

enum { MY_REPLICA_WORDS = 80023 }; /* since then a server knows REPLICA and SOURCE */

/* The users whom offline_mode leaves alone. */
#define MY_ADMINISTRATORS                         \
    "SELECT DISTINCT user FROM mysql.user"        \
    " WHERE super_priv = 'Y'"                     \
    " UNION SELECT user FROM mysql.global_grants" \
    " WHERE priv = 'CONNECTION_ADMIN'"

/* replica.c */
extern const struct replica_ops mysql_replica_ops;

/* Where a replica reaches the master of that session: by TCP, whatever we use. The host
 * is owned by the caller. */
int my_master_address(struct connection *admin, char **host, long *port,
                      struct err *err);
/* Makes a server that does not replicate follow the master, from where the clone ended.
 * The user's name and password are not kept there. */
int my_point_to_master(struct connection *admin, struct connection *replica,
                       struct err *err);
/* Starts both halves of replication where one of them stands. */
int my_start_replication(const struct server *server, struct connection *replica,
                         struct err *err);

/* fence.c */
int my_look_at_fence(struct connection *admin, struct fence *fence, struct err *err);
int my_close_fence(struct connection *admin, struct err *err);
int my_lift_fence(struct connection *admin, const struct fence *original,
                  struct err *err);
int my_count_sessions(struct connection *admin, struct session_counts *counts,
                      struct err *err);
int my_list_writers(struct connection *admin, double older_than_seconds,
                    struct strbuf *text, long long *count, struct err *err);
int my_end_sessions(struct connection *admin, long long *ended, struct err *err);

/* primary.c */
int my_look_at_primary(struct connection *admin, struct primary_facts *facts,
                       struct err *err);
int my_check_primary(struct connection *admin, unsigned copies, struct err *err);

/* position.c */
int my_mark_position(struct connection *admin, const char *name,
                     struct strbuf *position, struct err *err);
int my_count_writes(struct connection *admin, long long *writes, const char **unit,
                    struct err *err);
int my_has_replayed(struct connection *standby, const char *position, bool *is_there,
                    struct strbuf *text, struct err *err);
/* The position a replica has reached, which it is still following or has ended at. */
int my_add_replayed(struct connection *standby, struct strbuf *position,
                    struct err *err);

/* changes.c */
int my_mark_changes(struct connection *connection, struct strbuf *mark,
                    struct err *err);
int my_list_changes(struct connection *connection, const char *mark,
                    struct changed_table **tables, size_t *count, struct err *err);

/* settings.c */
/* The file of settings of a server that we make, from those of the master. */
int my_write_settings(const struct server *server, struct connection *admin,
                      struct err *err);
/* Its path, or that of an adopted one's; NULL where nobody has named it. Owned by the
 * caller. */
char *my_settings_path(const struct server *server);
int my_describe_durability(struct connection *connection, struct strbuf *text,
                           struct err *err);
int my_prove_durability(struct connection *connection, const char *expected,
                        struct err *err);

/* clone.c */
int my_copy_server(const struct server *server, struct connection *admin,
                   const char *slot, double seconds, process_tick *tick, void *context,
                   struct err *err);
int my_follow(const struct server *server, struct connection *admin, const char *slot,
              struct err *err);

/* server.c */
/* The path of the server's program. Owned by the caller; NULL with `err`. */
char *my_program(const struct server *server, struct err *err);
int my_check_place(const struct server *server, int version, long long bytes,
                   struct err *err);
int my_get_phase(const struct server *server, enum server_phase *phase,
                 struct err *err);
int my_start(const struct server *server, enum server_phase phase, struct err *err);
/* Starts it privately to be cloned into; for others it is then absent. */
int my_start_empty(const struct server *server, struct err *err);
int my_stop(const struct server *server, struct err *err);
/* Waits until no process of it is left. */
int my_wait_gone(const struct server *server, double seconds, struct err *err);
int my_discard(const struct server *server, struct err *err);
int my_sync_files(const struct server *server, double seconds, struct err *err);
struct connection *my_connect_local(const struct server *server, const char *purpose,
                                    struct err *err);
/* As another user than the master's URL names, through the private socket, with an empty
 * password. */
struct connection *my_connect_as(const struct server *server, const char *user,
                                 struct err *err);
char *my_private_url(const struct server *server, struct err *err);
char *my_private_secret(const struct server *server);

#endif
