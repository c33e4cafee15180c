/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee.h - what can be known of rows that the target cannot take before anything is done:
 * queries over the live rows, made of the row programs and the target's catalog. They find NULL
 * where a value must be, text that is too long, times that the target's type does not have, rows
 * that would have one key, rows of new foreign keys that would refer to none, and, where rows
 * have places, those that the server refuses to convert.
 */
#ifndef AIRSHIFT_COMPILER_FORESEE_H
#define AIRSHIFT_COMPILER_FORESEE_H

#include "compiler/plan.h"

struct shadow;

/* So many rows, or keys, a query finds at most. */
enum { FORESEE_ROWS_MAX = 100 };

struct foresee_query {
    const char *table;    /* live */
    const char *revision; /* on the way, that refuses; NULL: it is of the target */
    const char *sql;
    struct list
        key; /* const char *: the columns of a row's or the new key, its first ones */
    /* Of rows, const char *: what is wrong; a column each after the key says whether. Without
     * any, it is of keys that several rows would have: their number, and the least and the
     * greatest primary key of them where that is one column, follow the key. */
    struct list reasons;
    bool has_ends;
    /* The query computes values for which the server may end it. Then: the same of a stretch of
     * the table by places ($1, $2), what the row at $1 is called, and the table's blocks. */
    bool has_computed;
    const char *stretch_sql;
    const char *describe_sql;
    uint32_t blocks;
    const char
        *foreign_key;  /* it is of its values that refer to no row; their number follows
                              * the key. Else NULL */
    bool may_go_aside; /* --quarantine is a remedy */
    const char
        *aside_reason; /* with foresee_options.sets_aside, of keys: why a row goes */
    const char
        *aside_sql; /* and the statement; see compiler/foresee_aside.h. Else NULL */
};

struct foresee_options {
    bool values;                /* look at NULL, length and range */
    bool references;            /* look at new foreign keys */
    bool joins_less;            /* join tables up to an eighth of that size only */
    unsigned long long key_min; /* look at keys of tables from this size on */
    bool
        everything; /* whatever it costs, and also what the live database should see to */
    bool sets_aside; /* fill in aside_sql */
    const struct shadow
        *shadow; /* the tables that it fills are there; NULL: rows are set
                                  * aside by their place */
};

/* All queries (struct foresee_query *), cheap ones only: a table is read once for its values;
 * keys that are so already or of huge tables are not looked at, nor are joined or computed
 * values but for casts and the like of the row itself, unless all tables are small, or
 * everything is asked for. */
int foresee(struct plan *plan, const struct foresee_options *options,
            struct list *queries, struct err *err);

#endif
