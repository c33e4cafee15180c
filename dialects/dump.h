/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.h - what a backup of a whole database asks of an engine beside sql_unload() and
 * sql_load_bytes(): one view of the rows for several sessions, tables in parts, and
 * everything that is no row.
 */
#ifndef AIRSHIFT_DIALECTS_DUMP_H
#define AIRSHIFT_DIALECTS_DUMP_H

#include "base/arena.h"
#include "dialect.h"

/* A table whose rows are read. The texts are SQL. */
struct dump_source {
    const char *table; /* quoted */
    const char
        *reads; /* its columns with commas, each so that its text says all of it */
    const char
        *key; /* columns by which it can be cut, quoted, with commas; "" for none */
    long long blocks;
    long long bytes;
    long long rows; /* an estimate */
};

/* Whose rows are seen together. */
struct dump_view {
    struct connection **sessions; /* of the same database, in no transaction */
    size_t count;                 /* 1 or more */
    const char *const *tables;    /* quoted: all of which rows are read */
    size_t table_count;
};

/* How definitions become objects. */
struct dump_restore {
    const struct url *url; /* for more sessions than the one */
    struct connection *connection;
    const char *
        bin_directory; /* of the engine's programs; NULL: where the system keeps them */
    const char *path;  /* what write_schema() wrote */
    unsigned jobs;     /* sessions at most */
    const char *group; /* that these join (sql_join_group()); NULL for none */
    bool is_repeated;  /* some of the section may be there, of the same file */
    bool
        keeps_owners; /* owners and grants, too, where the engine's definitions have them */
};

enum dump_section {
    DUMP_BEFORE_ROWS, /* types, functions, tables, sequences */
    DUMP_AFTER_ROWS,  /* indexes, constraints, triggers and the like */
    DUMP_AT_END,      /* what begins to work by itself once it is there */
};

struct dump_ops {
    /* Whether the user may read all of the database: an error with SQLSTATE 42501 says what
     * he lacks. NULL: what he may not read is refused when it is read. */
    int (*check_source)(struct connection *connection, struct err *err);
    /* Prepares a session so that it can read all tables, and add_select() and cut() hold. NULL:
     * nothing is to be prepared. */
    int (*begin_read)(struct connection *connection, struct err *err);
    /* Begins a read-only transaction in each session: all of them see the database as it
     * was at one moment of this call. Until that of the first one ends no table of the
     * list changes its form. Adds the name by which a program of the engine's sees the
     * same; "" where there is none. */
    int (*share_view)(const struct url *url, const struct dump_view *view,
                      struct strbuf *name, struct err *err);
    /* Adds conditions (const char *) to the list: each row of the table fulfils one of
     * them, and no other. About `part_bytes` fulfil each; 0: all the same one. "" is the
     * condition of all rows. */
    int (*cut)(struct connection *connection, const struct dump_source *source,
               long long part_bytes, struct arena *arena, struct list *conditions,
               struct err *err);
    /* The query of such a part, as sql_unload() takes it. Added. */
    void (*add_select)(struct strbuf *sql, const struct dump_source *source,
                       const char *condition);
    /* Writes all definitions to a new file of mode 0600. The session tells which
     * database, and its password goes to no command line. `bin_directory` and `view` are of
     * use where a program of the engine's does it. */
    int (*write_schema)(struct connection *connection, const char *bin_directory,
                        const char *view, const char *path, struct err *err);
    /* Makes what the file defines. */
    int (*read_schema)(const struct dump_restore *restore, enum dump_section section,
                       struct err *err);
    /* Prepares a session for sql_load_bytes(). NULL: nothing is to be prepared. */
    int (*begin_load)(struct connection *connection, struct err *err);
    /* The statistics of a database whose rows were loaded. */
    int (*analyze)(struct connection *connection, struct err *err);
};

/* Of the session's engine. */
const struct dump_ops *sql_dump_ops(const struct connection *connection);

#endif
