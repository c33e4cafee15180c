/* SPDX-License-Identifier: Apache-2.0
 *
 * revision.h - the revision files (sql/README.md has the language), embedded in the binary,
 * as chains of parsed statements.
 */
#ifndef AIRSHIFT_COMPILER_REVISION_H
#define AIRSHIFT_COMPILER_REVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "ast/ast.h"

enum condition_kind {
    CONDITION_CONSTRAINT,
    CONDITION_INDEX,
    CONDITION_COLUMN,
    CONDITION_TABLE,
    CONDITION_ROWS, /* `name` is "t WHERE ...": whether such rows exist */
};

struct condition {
    enum condition_kind kind;
    const char *name;
    const char *table; /* NULL for CONDITION_TABLE, CONDITION_ROWS */
    bool is_negated;   /* @unless */
};

struct statement {
    ast_node *tree;
    const char *text;   /* as written, without the directives */
    const char *only;   /* engine it is limited to; NULL for all */
    const char *from;   /* @from VERSION: only for targets of at least this version */
    const char *before; /* @before VERSION: only for older targets */
    bool only_direct;   /* @path direct: not on the way through 2.11 */
    bool only_hop;      /* @path hop */
    bool is_batch;
    bool only_nonempty;     /* CREATE TABLE ... AS: only where it has rows */
    bool is_late;           /* run as it stands, at the end; no part of the model */
    struct list conditions; /* struct condition * */
};

struct revision {
    const char *id;
    const char *down;  /* as in the file: NULL for a base; several at a merge point */
    size_t parents[4]; /* their positions */
    size_t parent_count;
    size_t
        position; /* in its chain; a squashed base has that of the last it stands for */
    bool is_applied; /* to the database at hand (chain_mark_applied) */
    const char
        *also; /* another id that stands for the same schema; NULL where none does */
    const char *version;
    const char *title;
    struct list upgrade;   /* struct statement * */
    struct list downgrade; /* struct statement * */
    const char *path;
    bool is_parsed;
};

struct chain {
    const char *name;          /* "core", "fab" */
    const char *version_table; /* "alembic_version", "alembic_version_fab" */
    /* struct revision *, parents before children. Branches that a merge point joins lie one
     * after the other, in the order in which Airflow's releases came. */
    struct list revisions;
    /* The squashed base: makes the schema of `base->position` in an empty database at once.
     * NULL where the chain has none. */
    struct revision *base;
    struct list versions; /* struct version_head *, oldest first */
};

struct version_head {
    const char *version;
    const char *revision;
};

/* Reads headers of all revision files; statements are parsed by revision_parse(), so that a
 * `check` does not pay for them. */
int chain_load(struct arena *arena, const char *name, struct chain *chain,
               struct err *err);
int revision_parse(struct arena *arena, struct revision *revision, struct err *err);

/* Parses a file that is not a revision (sql/core/after_upgrade.sql). */
int revision_parse_file(struct arena *arena, const char *path, struct list *statements,
                        struct err *err);

/* Position of a revision in the chain, by its full id or an unambiguous prefix of at least
 * four characters; -1 where there is none. */
int chain_find(const struct chain *chain, const char *revision);

/* Where the squashed base is asked for by its own id, the place is called so from here on:
 * Airflow 3 knows it by that id, Airflow 2 by that of the last revision it stands for. */
void chain_name_base(struct chain *chain, const char *wanted);

/* Notes that the revision at `position` and all it builds upon are in the database. */
void chain_mark_applied(struct chain *chain, size_t position);

/* What the version table holds when all revisions up to `position` are applied, besides those
 * marked as applied: the ones that nothing applied builds upon. One (const char *), but for
 * a place between two branches. */
void chain_heads(struct arena *arena, const struct chain *chain, size_t position,
                 struct list *heads);

/* What stands after the name in the CREATE TABLE of the version table: the one column and its
 * key, named as Alembic names it. */
const char *chain_version_table_body(struct arena *arena, const struct chain *chain);

/* The INSERT that writes the heads into `table`, a quoted name. */
const char *chain_stamp_sql(struct arena *arena, const struct chain *chain,
                            size_t position, const char *table);

/* Turns "head", a revision or a version ("3.1.8") into a position; an error names what is
 * known. A version between two known ones means the newest revision that is not newer. */
int chain_resolve(const struct chain *chain, const char *wanted, size_t *position,
                  struct err *err);

/* -1, 0, 1: compares dotted versions by number. */
int version_compare(const char *a, const char *b);

#endif
