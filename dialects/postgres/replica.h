/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.h - the parts of PostgreSQL's replica operations: what is asked of a session
 * (replica.c), what the master must be like (primary.c), what is read for the archive
 * (changes.c), how a server is copied
 * (copy.c) and how it is started, stopped and reached (server.c), and what a place must
 * be like before (place.c).
 */
#ifndef AIRSHIFT_DIALECTS_POSTGRES_REPLICA_H
#define AIRSHIFT_DIALECTS_POSTGRES_REPLICA_H

#include "../replica.h"

extern const struct replica_ops postgres_replica_ops;

/* primary.c */
int pg_look_at_primary(struct connection *admin, struct primary_facts *facts,
                       struct err *err);
int pg_check_primary(struct connection *admin, unsigned copies, struct err *err);

/* changes.c */
int pg_mark_changes(struct connection *connection, struct strbuf *mark,
                    struct err *err);
int pg_list_changes(struct connection *connection, const char *mark,
                    struct changed_table **tables, size_t *count, struct err *err);

/* copy.c */
int pg_copy_server(const struct server *server, struct connection *admin,
                   const char *slot, double seconds, process_tick *tick, void *context,
                   struct err *err);
int pg_follow(const struct server *server, struct connection *admin, const char *slot,
              struct err *err);

/* place.c */
int pg_check_place(const struct server *server, int version, long long bytes,
                   struct err *err);
/* The path of one of the server's programs. Owned by the caller; NULL with `err`. */
char *pg_program(const struct server *server, const char *name, int version,
                 struct err *err);
/* server.c */
int pg_get_phase(const struct server *server, enum server_phase *phase,
                 struct err *err);
int pg_start(const struct server *server, enum server_phase phase, struct err *err);
int pg_stop(const struct server *server, struct err *err);
int pg_discard(const struct server *server, struct err *err);
int pg_sync_files(const struct server *server, double seconds, struct err *err);
struct connection *pg_connect_local(const struct server *server, const char *purpose,
                                    struct err *err);
char *pg_private_url(const struct server *server, struct err *err);
char *pg_private_secret(const struct server *server);

#endif
