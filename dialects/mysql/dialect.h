/* SPDX-License-Identifier: Apache-2.0
 *
 * dialect.h - the name of the MySQL dialect and its URLs, which need no client library.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_DIALECT_H
#define AIRSHIFT_DIALECTS_MYSQL_DIALECT_H

#include "vtable.h"

extern const struct dialect mysql_dialect;

/* url.c */
int mysql_parse_url(struct url *url, const char *driver, const char *rest,
                    struct err *err);
void mysql_url_for_database(struct url *url, const struct url *other,
                            const char *database);
char *mysql_url_sqlalchemy(const struct url *url);

#endif
