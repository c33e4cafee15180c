/* SPDX-License-Identifier: Apache-2.0
 *
 * model.h - the catalog of a database in memory: read from a server, changed by applying
 * revisions, compared with another.
 *
 * Names are only names: objects point to each other, so a rename is one assignment. What an
 * object was in the live database when the plan was made stays with it (`live_...`), which
 * is how the plan knows what changed. Everything lives in the catalog's arena.
 */
#ifndef AIRSHIFT_CATALOG_MODEL_H
#define AIRSHIFT_CATALOG_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ast/ast.h"
#include "base/arena.h"
#include "base/err.h"

/* NOT NULL as an object of the catalog, where the server keeps it as one
 * (catalog->names_not_null). */
struct not_null {
    const char *name; /* NULL where the column may be NULL, or nothing is named */
    bool is_unproved; /* NOT VALID: older rows may hold NULL */
    bool is_local;    /* NO INHERIT */
};

struct column {
    const char *name;
    const char *type;        /* as the server prints it: "character varying(250)" */
    const char *collation;   /* NULL for the type's default */
    ast_node *default_value; /* NULL where there is none */
    bool is_not_null;
    struct not_null not_null;
    bool is_generated;
    bool is_virtual;      /* generated, and computed when it is read */
    bool is_counter;      /* AUTO_INCREMENT */
    const char *identity; /* "a", "d"; NULL where it is none */
    const char *comment;
    /* In the live database; NULL/false for a column that a revision added. */
    const char *live_name;
    const char *live_type;
    ast_node *live_default;
    bool live_is_not_null;
    struct not_null live_not_null;
    bool is_extra; /* Airflow does not know it: a user's own */
};

enum constraint_kind {
    CONSTRAINT_PRIMARY,
    CONSTRAINT_UNIQUE,
    CONSTRAINT_FOREIGN,
    CONSTRAINT_CHECK,
    CONSTRAINT_OTHER, /* exclusion and the like: a user's own */
};

struct constraint {
    enum constraint_kind kind;
    const char *name;
    struct list
        columns; /* struct column *, of the table that has the constraint; in no order
                  * where it is of another kind than keys are */
    struct table *referenced;
    struct list referenced_columns; /* struct column *, of `referenced` */
    const char *on_delete;          /* "CASCADE", "SET NULL", ...; NULL for NO ACTION */
    const char *on_update;
    const char *suffix; /* DEFERRABLE and the like, with a space before; "" for none */
    ast_node *check;
    const char *definition; /* CONSTRAINT_OTHER: as the server prints it */
    const char *live_name;
    const char
        *tablespace; /* of the index of a live key; NULL for the database's own */
    bool is_live_valid;
    bool is_unenforced; /* NOT ENFORCED, which is in `suffix` as well */
};

struct index {
    const char *name;
    ast_node *statement; /* CREATE INDEX, with no schema */
    const char *live_name;
    const char *tablespace; /* of the live index; NULL for the database's own */
    bool is_implied; /* the server made it for a foreign key, and may take it away */
};

/* What hangs on a live table and has to move with it. */
struct live_extra {
    const char *kind; /* "view", "trigger", "rule", "policy", "publication", ... */
    const char *name; /* for messages */
    const char *remove_sql; /* before the swap, NULL for nothing */
    const char *create_sql; /* after it */
    const char
        *definition; /* of a view, a part of create_sql; NULL for anything else */
    const char *finish_sql; /* when clients are at work again; NULL for nothing */
    struct list columns;    /* const char *: live names of columns it depends on */
    bool is_blocking;       /* cannot be moved: refuse */
    long long rank;         /* what another one needs has a smaller one */
};

struct live_table {
    const char *schema;
    const char *name;
    const char *oid; /* as text */
    const char *owner;
    const char *options;     /* storage options, "fillfactor=90", NULL for none */
    const char *persistence; /* "p", "u" */
    const char *comment;
    const char *tablespace; /* NULL for the database's own */
    struct list extras;     /* struct live_extra * */
    double rows;            /* the server's estimate; negative where it has none */
    uint32_t pages;
    unsigned long long bytes;      /* table with indexes and TOAST */
    unsigned long long heap_bytes; /* main fork and TOAST */
};

struct table {
    const char *name;
    struct list columns;     /* struct column * */
    struct list constraints; /* struct constraint * */
    struct list indexes;     /* struct index *, without those behind constraints */
    struct live_table *live; /* NULL for a table that a revision created */
    void *rows;              /* the compiler's: how its rows come about */
    bool is_foreign;         /* not Airflow's: a user's own table */
};

struct sequence {
    const char *name;
    struct table *table; /* owner; NULL for none */
    struct column *column;
    const char *live_name;
    const char *type; /* "integer", "bigint" */
};

struct catalog {
    struct arena *arena;
    const char *schema; /* that Airflow's tables are in */
    const char
        *owner; /* of Airflow's version table; NULL without it, or without owners */
    bool names_not_null; /* the server's NOT NULL has names */
    struct list tables;  /* struct table * */
    struct list sequences;
};

struct catalog *catalog_new(struct arena *arena, const char *schema);

struct table *catalog_find_table(const struct catalog *catalog, const char *name);
struct sequence *catalog_find_sequence(const struct catalog *catalog, const char *name);
struct column *table_find_column(const struct table *table, const char *name);
struct constraint *table_find_constraint(const struct table *table, const char *name);
struct index *table_find_index(const struct table *table, const char *name);
/* The table and index of that name anywhere in the catalog; NULL where there is none. Tables in
 * which Airflow keeps rows that it took away do not count: on some servers they have indexes
 * of the same names. */
struct index *catalog_find_index(const struct catalog *catalog, const char *name,
                                 struct table **table);
/* The primary key, or NULL. */
struct constraint *table_primary_key(const struct table *table);
/* Whether these columns (in any order) hold a whole primary or unique key of the table. */
bool table_has_key_within(const struct table *table, const struct list *columns);

bool columns_equal(const struct list *a, const struct list *b); /* the same, in order */
/* Whether these columns were, in order, the live ones, under whatever names now. */
bool columns_came_from(const struct list *columns, const struct list *live);
/* NULL is the same as NULL only. */
bool catalog_same_text(const char *a, const char *b);

struct table *catalog_add_table(struct catalog *catalog, const char *name);
struct column *table_add_column(struct catalog *catalog, struct table *table,
                                const char *name, const char *type);

/* From now on the column may not be NULL; what has no name gets the one that the server would
 * choose. */
void column_set_not_null(struct catalog *catalog, const struct table *table,
                         struct column *column);
void column_drop_not_null(struct column *column);

/* Adds a constraint to a table from its parse tree (a server's or a revision file's). An
 * unnamed one gets the name that PostgreSQL would give it. NULL on error. */
struct constraint *constraint_from_ast(struct catalog *catalog, struct table *table,
                                       const PgQuery__Constraint *tree,
                                       struct err *err);

#endif
