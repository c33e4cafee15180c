/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.h - what a backup of a whole database asks of an engine beside sql_unload() and
 * sql_load_bytes(): one view of the rows for several sessions, and everything that is
 * no row, written and read by the engine's own dump programs.
 */
#ifndef AIRSHIFT_DIALECTS_DUMP_H
#define AIRSHIFT_DIALECTS_DUMP_H

#include "dialect.h"

enum dump_section {
    DUMP_BEFORE_ROWS, /* types, functions, tables, sequences */
    DUMP_AFTER_ROWS,  /* indexes, constraints, triggers and the like */
};

struct dump_ops {
    /* Begins a read-only transaction that sees the database as it is now, and adds the
     * name by which others join it. */
    int (*share_view)(struct connection *connection, struct strbuf *name,
                      struct err *err);
    /* Begins a transaction that sees the same. */
    int (*join_view)(struct connection *connection, const char *name, struct err *err);
    /* Writes all definitions to a new file of mode 0600. `bin_directory` has the
     * engine's programs; NULL: where the system keeps them. The session tells which
     * database, and its password goes through the environment. */
    int (*write_schema)(struct connection *connection, const char *bin_directory,
                        const char *view, const char *path, struct err *err);
    /* Makes what the file defines. With `keeps_owners`, owners and grants too. */
    int (*read_schema)(struct connection *connection, const char *bin_directory,
                       enum dump_section section, unsigned jobs, bool keeps_owners,
                       const char *path, struct err *err);
};

/* NULL, with ERR_UNSUPPORTED, where the engine has none. */
const struct dump_ops *dump_ops_of(const struct url *url, struct err *err);

#endif
