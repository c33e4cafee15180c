/* SPDX-License-Identifier: Apache-2.0
 *
 * counterpart.h - a table of a migrated database beside the row program that computes it
 * from the unmigrated one, as two queries whose rows must be the same.
 *
 * What each migration draws anew cannot be the same. A column of such values is compared
 * by what it must have in common (the version of a UUID, whether a time is there), and a
 * reference to such a row by the key of the row it leads to. Which columns these are is
 * read from the row programs: the seed stands in them.
 */
#ifndef AIRSHIFT_VERIFY_COUNTERPART_H
#define AIRSHIFT_VERIFY_COUNTERPART_H

#include "catalog/model.h"
#include "compiler/plan.h"

/* The seed and the start of the run that is only computed; texts that occur nowhere else. */
#define COUNTERPART_SEED "0a1b2c3d4e5f60712b3c4d5e6f708192"
#define COUNTERPART_START "2001-02-03 04:05:06.070809"

struct comparison {
    struct arena *arena;
    struct plan *plan;              /* the migration of the unmigrated database */
    const struct catalog *expected; /* what its tables become */
    struct simulation *simulation;  /* NULL: they stay as they are */
    const struct catalog *actual;   /* the migrated database */
};

enum counterpart_side { SIDE_EXPECTED, SIDE_ACTUAL };

struct counterpart {
    const struct table *table; /* as expected */
    const char *from[2];       /* a FROM clause for each side; the rest is the same */
    struct list columns;       /* struct column *: what is compared */
    struct list values;        /* const char *: expressions over the FROM clause */
    struct list left_out;      /* const char *: columns that cannot be compared */
    const char *key;           /* an expression: the row's name for a person, a text */
};

/* `live` is the table of the migrated database; columns that it lacks are not compared
 * (the catalog's comparison tells of them). */
int counterpart_make(const struct comparison *comparison, const struct table *table,
                     const struct table *live, struct counterpart *counterpart,
                     struct err *err);

/* SELECT of k (the key) and h (a number drawn from the whole row). */
const char *counterpart_rows(const struct comparison *comparison,
                             const struct counterpart *counterpart,
                             enum counterpart_side side);

/* SELECT of k and one number a column, c1 ... cn. */
const char *counterpart_columns(const struct comparison *comparison,
                                const struct counterpart *counterpart,
                                enum counterpart_side side);

#endif
