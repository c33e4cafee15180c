/* SPDX-License-Identifier: Apache-2.0
 *
 * local_server.h - what is alike for every kind of server that airshift makes on this
 * machine (replica.h): whose files they are, how far a copy is, whether there is room,
 * and how all of it goes again.
 *
 * A mark in the control directory says how far a copy is: "begun" or "whole". A copy
 * that is not whole is thrown away and made again; a directory without a mark is never
 * touched.
 */
#ifndef AIRSHIFT_DIALECTS_LOCAL_SERVER_H
#define AIRSHIFT_DIALECTS_LOCAL_SERVER_H

#include "replica.h"

#define LOCAL_BEGUN "begun\n"
#define LOCAL_WHOLE "whole\n"

/* Ids of the user the server runs as; our own where none is named or we are not root. */
int local_owner(const struct server *server, uid_t *uid, gid_t *gid, struct err *err);

/* What a phase is called on the command line of a server of ours. */
const char *local_phase_name(enum server_phase phase);

/* A command line under construction; the strings are owned. Start with zeros. */
enum { LOCAL_ARGUMENTS_MAX = 64 };
struct local_arguments {
    char *items[LOCAL_ARGUMENTS_MAX + 1];
    size_t count;
};
/* Takes the string over. */
void local_add(struct local_arguments *arguments, char *item);
void local_clear_arguments(struct local_arguments *arguments);
/* Starts the server, in a session of its own, as the user it runs as. What it says goes to
 * `log`. -1 when it cannot be started at all. */
pid_t local_launch(const struct server *server, const struct local_arguments *arguments,
                   const char *log, struct err *err);

/* Free bytes of the file system that a directory is on; 0 where it cannot be asked. */
long long local_bytes_left(const char *path);
long long local_clamp(long long value, long long least, long long most);

/* A file of the server's own, readable by it only. */
int local_put(const struct server *server, const char *directory, const char *name,
              const char *text, struct err *err);

int local_set_mark(const struct server *server, const char *mark, struct err *err);
bool local_has_mark(const struct server *server, const char *mark);

/* A program of an earlier run of ours that was killed may still write the copy: waits for
 * its end. The descriptor, to be given to the next one and then closed; -1 with `err`. */
int local_lock_copy(const struct server *server, struct err *err);

/* Ours, beside the data directory. */
int local_make_control_directory(const struct server *server, struct err *err);
/* The empty directory that the copy goes into, with the mark "begun". What a copy that
 * is not whole has left there is removed. */
int local_make_data_directory(const struct server *server, struct err *err);

/* Whether the directories, the port and the disk do for a server that is in `phase`;
 * `socket_name` is what comes behind the control directory in its socket's path. */
int local_check_place(const struct server *server, enum server_phase phase,
                      const char *socket_name, long long bytes, struct err *err);

/* Stops a server that bears a mark, and removes all of it; the mark goes last. */
int local_discard(const struct server *server,
                  int (*stop)(const struct server *server, struct err *err),
                  struct err *err);

/* Adds what the end of the server's log says to an error. */
void local_hint_log(const char *log, struct err *err);

#endif
