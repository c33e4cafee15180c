/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow.h - the fused plan where DDL cannot be rolled back. Every table that changes is made
 * and filled in its final form in a database beside Airflow's, and one statement exchanges
 * all of them: RENAME TABLE of many tables, across databases, is atomic there. Until then the
 * database is at its old version, and nothing in it was touched.
 */
#ifndef AIRSHIFT_COMPILER_SHADOW_H
#define AIRSHIFT_COMPILER_SHADOW_H

#include "compiler/plan.h"

/* The names of the two databases: Airflow's with these endings. */
#define SHADOW_NEW_SUFFIX "_airshift_new" /* the new tables, until the swap */
#define SHADOW_OLD_SUFFIX "_airshift_old" /* the old ones, from the swap on */

enum shadow_kind {
    SHADOW_COPY,   /* rows into a new table */
    SHADOW_KEYS,   /* the keys and indexes of a filled table */
    SHADOW_CHECK,  /* a query that must find nothing */
    SHADOW_VERIFY, /* a query that must find equal rows (shadow_verify.h) */
};

/* Work that several sessions share. */
struct shadow_item {
    enum shadow_kind kind;
    const char *id;        /* the same for the same plan */
    const char *table;     /* the new table */
    const char *label;     /* of a check: the foreign key */
    const char *count_sql; /* of a check: how many rows it finds */
    /* A copy: what stands before and after the condition on the rows, by the source's key;
     * `after` is NULL where the source has no key for that. */
    const char *sql;
    const char *after;
    const char *source;       /* the live table, qualified */
    const struct table *live; /* the same */
    struct list key;          /* const char *: its primary key's columns, quoted */
    bool is_in_ranges;        /* else it is copied in one go */
    double rows;              /* estimate; -1 where there is none */
    unsigned long long bytes;
    struct list needs; /* struct shadow_item *: done before it */
};

/* An index that goes if the server made it for a foreign key, and stays if the user did (or
 * a dump that was read back). The catalog does not tell which. */
struct shadow_doubt {
    const char *table; /* live */
    const char *index;
    const char *columns; /* "(`a`, `b`)" */
};

struct shadow {
    struct plan *plan;
    const char *live_schema;
    const char *new_schema;
    const char *old_schema;
    struct list clones; /* const char *: live tables that new ones begin as */
    struct list build;  /* const char *: turn the clones into empty new tables */
    struct list doubts; /* struct shadow_doubt * */
    struct list items;  /* struct shadow_item *, in an order that satisfies needs */
    struct list foreign_keys; /* const char * */
    struct list late;         /* const char *: on the filled tables; the stamps last */
    struct list leaving;      /* const char *: live tables that the swap takes away */
    struct list coming;       /* const char *: new tables that it brings */
    const char *digest;       /* of all the SQL */
};

/* From a plan that plan_compile() made with new_schema as side schema. Texts are in the
 * plan's arena. What stands in the way is added to plan->problems. In place no foreign key leads
 * to a table that stays: to make it would take that table for itself. */
int shadow_make(struct plan *plan, const struct plan_options *options,
                struct shadow *shadow, struct err *err);

/* A plan of the fused migration on whichever server: plan_make() where DDL can be rolled back,
 * and `shadow` stays as it is; else plan_compile() and shadow_make(). `options->side_schema`
 * is set, with a text of the arena. */
int shadow_plan(struct plan *plan, struct shadow *shadow, struct connection *connection,
                const struct url *url, struct plan_options *options,
                struct arena *arena, struct err *err);

/* The key by which the rows of a live table are told apart: its primary key, if its values are
 * written as they are read; else NULL. */
const struct constraint *shadow_key_of(const struct table *live);

/* The database's name with an ending, in the arena. ERR_UNSUPPORTED where it would be too
 * long. */
const char *shadow_schema(struct arena *arena, const char *live_schema,
                          const char *suffix, struct err *err);

#endif
