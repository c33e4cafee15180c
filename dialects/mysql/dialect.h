/* SPDX-License-Identifier: Apache-2.0
 *
 * dialect.h - the name of the MySQL dialect and its URLs, which need no client library.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_DIALECT_H
#define AIRSHIFT_DIALECTS_MYSQL_DIALECT_H

#include "vtable.h"

extern const struct dialect mysql_dialect;

/* The mode in which what print.c and the rest write means what they mean: names and texts
 * are quoted as the standard has it, and nothing else changes what a statement does from what
 * it does in Airflow's sessions on a server with defaults. */
#define MYSQL_SQL_MODE "NO_BACKSLASH_ESCAPES," MYSQL_OPEN_MODE
/* The same, but that a backslash in a text has to be doubled. The server keeps expressions (of
 * defaults, columns and indexes) with backslashes, and reads them in the mode of the session that
 * opens the table: where a text of theirs has a quote, it can be opened in this one only. */
#define MYSQL_OPEN_MODE                                        \
    "ANSI_QUOTES,ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,"      \
    "NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO," \
    "NO_ENGINE_SUBSTITUTION"

/* url.c */
int mysql_parse_url(struct url *url, const char *driver, const char *rest,
                    struct err *err);
void mysql_url_for_database(struct url *url, const struct url *other,
                            const char *database);
char *mysql_url_sqlalchemy(const struct url *url);

#endif
