/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect.h - what `airshift inspect` can show.
 */
#ifndef AIRSHIFT_CMD_INSPECT_H
#define AIRSHIFT_CMD_INSPECT_H

#include <stdbool.h>

#include "base/err.h"
#include "dialect.h"

/* The tables of a database as airshift reads them. */
int cmd_inspect_catalog_run(const struct url *url, struct err *err);

struct inspect_sql {
    const char *engine; /* "postgres", "mysql" */
    const char *chain;  /* "core", "fab" */
    const char *from;   /* revision, version, or "none" */
    const char *to;
    bool is_history; /* every revision from the first; else from the squashed base */
};

/* The SQL of the revisions between two places, upwards or down. ERR_UNSUPPORTED where the
 * engine has no words for a statement; all others are printed. */
int cmd_inspect_sql_run(const struct inspect_sql *options, struct err *err);

#endif
