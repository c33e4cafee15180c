/* SPDX-License-Identifier: Apache-2.0
 *
 * haproxy.h - the runtime socket of an HAProxy: where a server of it is, and that it is
 * elsewhere from now on. Connections that are open stay where they are.
 *
 * There is nothing here to make new connections wait. "set maxconn frontend NAME 0" would,
 * but the way back deadlocks HAProxy, which its own watchdog then kills, in every version
 * before the end of 2024 (haproxy/haproxy#2726), Debian 12's among them.
 */
#ifndef AIRSHIFT_REPLICA_HAPROXY_H
#define AIRSHIFT_REPLICA_HAPROXY_H

#include <stdbool.h>

#include "base/err.h"

struct haproxy_server {
    char address[128]; /* numeric */
    int port;
    bool is_up;
};

/* `server` is "backend/server". `*is_running` is false if nothing listens on the socket;
 * that is an error too. */
int haproxy_look(const char *socket, const char *server, double seconds,
                 struct haproxy_server *facts, bool *is_running, struct err *err)
    __attribute__((warn_unused_result));

/* Gives it another address, proves it, and takes it as up until the next health check.
 * Safe to repeat; with the address that it has it only asks whether we may. */
int haproxy_lead(const char *socket, const char *server, const char *address, int port,
                 double seconds, bool *is_running, struct err *err)
    __attribute__((warn_unused_result));

#endif
