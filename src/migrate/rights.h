/* SPDX-License-Identifier: Apache-2.0
 *
 * rights.h - whether the role may do what a migration does, asked before anything is done.
 */
#ifndef AIRSHIFT_MIGRATE_RIGHTS_H
#define AIRSHIFT_MIGRATE_RIGHTS_H

#include "base/arena.h"
#include "dialect.h"

/* Both give an error (ERR_SQL, SQLSTATE 42501) that names a right which is missing, and what
 * grants it; further ones are logged before it. */

/* Whether what an earlier run has left can be read. */
int rights_check_state(struct connection *connection, struct err *err);

/* `tables`: const char *, those of Airflow's that are going to be changed, but for the version
 * tables. */
int rights_check(struct connection *connection, const char *schema,
                 const struct list *tables, struct err *err);

#endif
