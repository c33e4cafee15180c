/* SPDX-License-Identifier: Apache-2.0
 *
 * haproxy_cfg.h - the address in a "server" line of haproxy.cfg, as text: found and
 * replaced. All else in the file stays as it is, byte by byte.
 */
#ifndef AIRSHIFT_REPLICA_HAPROXY_CFG_H
#define AIRSHIFT_REPLICA_HAPROXY_CFG_H

/* The address of "backend/server". Owned by the caller; NULL where there is no such
 * line. */
char *haproxy_cfg_address(const char *content, const char *server);

/* The file with another address there. Owned by the caller; NULL likewise. */
char *haproxy_cfg_with(const char *content, const char *server, const char *address);

/* An address with another host (NULL: the one it has) and port. Owned by the caller;
 * NULL for a socket or a variable. */
char *haproxy_address_for(const char *address, const char *host, int port);

#endif
