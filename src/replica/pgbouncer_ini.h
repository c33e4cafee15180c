/* SPDX-License-Identifier: Apache-2.0
 *
 * pgbouncer_ini.h - a line of the section [databases] in pgbouncer.ini, as text: found,
 * led elsewhere, put back. All else in the file stays as it is, byte by byte.
 */
#ifndef AIRSHIFT_REPLICA_PGBOUNCER_INI_H
#define AIRSHIFT_REPLICA_PGBOUNCER_INI_H

/* What stands behind the "=" of a database. Owned by the caller; NULL where it is not
 * there. It may hold a password. */
char *pgbouncer_ini_entry(const char *content, const char *database);

/* The file with another entry for the database. Owned by the caller; NULL where it has
 * none. */
char *pgbouncer_ini_with(const char *content, const char *database, const char *entry);

/* An entry with another host (NULL: the one it has) and port. Owned by the caller; NULL
 * where it cannot be read, or has several hosts and none is given. */
char *pgbouncer_entry_for(const char *entry, const char *host, int port);

#endif
