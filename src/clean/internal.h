/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the parts of a clean share.
 */
#ifndef AIRSHIFT_CLEAN_INTERNAL_H
#define AIRSHIFT_CLEAN_INTERNAL_H

#include <stdint.h>

#include "archive/growing.h"
#include "clean/clean.h"
#include "clean/rules.h"

struct clean_table {
    long long oid;
    const char *schema;
    const char *name;
    const char *quoted;  /* with its schema */
    const char *side;    /* the temporary table for its rows in a piece */
    const char *columns; /* quoted */
    const char *lines;   /* names of the columns, one a line */
    long long blocks;
    const char *filenode;
    struct list key;      /* const char *: what addresses a row, quoted */
    const char *values;   /* the columns of t as they are read; NULL: as they are */
    long long block_rows; /* rows of a block, roughly */
    struct list keys;     /* struct clean_key *: that refer to it */
    /* The archive of its rows. */
    struct growing *archive;
    long long archive_bytes;
    long long rows; /* gone */
    long long piece_rows;
    bool is_vacuumed; /* since the last of them went */
    /* The progress of its own rule. */
    long long block;
    long long kept;
    bool is_done;
};

/* A foreign key. */
struct clean_key {
    struct clean_table *child;
    struct clean_table *parent;
    char action;
    const char *join; /* of child c and parent p */
    const char *columns;
    bool has_index;
};

struct clean {
    const struct clean_options *options;
    struct clean_result *result;
    struct arena *arena;
    struct connection *connection;
    const char *schema; /* Airflow's */
    const char *before; /* as it is written down and shown */
    const char *moment; /* as it is compared with */
    const char *wanted; /* tables, as they are recorded */
    struct list tables; /* struct clean_table *: all of the database */
    struct list work;   /* struct clean_work * */
    bool ignores_lag;
    bool is_committing; /* or may be: a COMMIT was sent */
};

/* A rule and its table. */
struct clean_work {
    const struct clean_rule *rule;
    struct clean_table *table;
    const char *condition; /* that a row s is old */
    const char *range;     /* that it belongs to the piece */
    struct list lower;     /* const char *: the key that the piece begins behind */
    struct list upper;     /* and its last; none: to the end */
    struct list goes;      /* struct clean_table *: of which rows go, too, by a key that
                            * cascades; rows that refer come first; the last is `table` */
};

/* catalog.c */
int clean_read_catalog(struct clean *clean, struct err *err);
struct clean_table *clean_find_table(const struct clean *clean, const char *name);
bool clean_has_column(const struct clean_table *table, const char *column);
/* The tables that rows go from, in the order in which they have to; ERR_UNSUPPORTED where
 * keys go in a circle. */
int clean_follow_keys(struct clean *clean, struct clean_work *work, struct err *err);
/* Builds what keys of these tables lack, so that the server need not read a large table
 * for each row that goes. */
int clean_build_indexes(struct clean *clean, const struct clean_work *work,
                        struct err *err);
int clean_drop_indexes(struct clean *clean, struct err *err);

/* range.c */
/* Sets the range of the next piece, about so many blocks from where the table is, and
 * whether it is the last. */
int clean_range_next(struct clean *clean, struct clean_work *work, uint64_t blocks,
                     struct err *err);
/* It is done: the next one begins behind it. */
void clean_range_done(struct clean *clean, struct clean_work *work);
void clean_add_key(struct strbuf *sql, const struct clean_table *table,
                   const char *prefix, const char *numbered);

/* record.c */
/* Reads the recorded clean, if it is the one that is asked for, or records this one. */
int clean_record_begin(struct clean *clean, struct err *err);
/* In the transaction of a piece. */
int clean_record_piece(struct clean *clean, const struct clean_work *work,
                       struct err *err);
int clean_record_end(struct clean *clean, struct err *err);
int clean_record_exists(struct clean *clean, bool *exists, struct err *err);

/* piece.c */
/* Temporary tables for the rows of a piece. */
int clean_prepare(struct clean *clean, struct clean_work *work, struct err *err);
/* One piece: the old rows of the range, which ends at a block. 1: done; 0: somebody is in the
 * way, try again. */
int clean_piece(struct clean *clean, struct clean_work *work, uint64_t to,
                struct err *err);
/* "pg_temp.", before the name of a temporary table; "" where none is needed. */
const char *clean_temporary(const struct clean *clean);
/* "directory/table.sql.zst" */
const char *clean_path(const struct clean *clean, const struct clean_table *table);

#endif
