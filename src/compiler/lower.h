/* SPDX-License-Identifier: Apache-2.0
 *
 * lower.h - turns the abstract types and functions of the revision language into the
 * server's own, inside parse trees.
 *
 * Templates are SQL functions in dialects/<name>/functions.sql; a call is replaced by the
 * body, so the server needs none of them and sees plain expressions. What no SQL can do
 * (unpickling, encryption) is computed by the tool and looked up in a side table by the
 * digest of its arguments.
 */
#ifndef AIRSHIFT_COMPILER_LOWER_H
#define AIRSHIFT_COMPILER_LOWER_H

#include "ast/ast.h"
#include "dialect.h"

/* A function the tool itself computes. */
struct native_use {
    const char *function; /* "unpickle_json" */
    const char *name;     /* of its side table, "native_unpickle_json" */
    const char *table;    /* the same, qualified and quoted */
    const char *
        setting; /* that holds it as a document of digests where lowering->in_session */
    const char *gather; /* SELECT of the distinct arguments that occur, one column each,
                           * and their digest */
    const char *relation; /* whose rows it is about, with alias s */
    const char *digest;   /* expression over the relation */
};

struct lowering {
    struct arena *arena;
    const struct dialect *dialect;
    const char *seed;         /* of this run, hexadecimal */
    const char *run_start;    /* ISO 8601 with zone */
    const char *state_schema; /* side tables live there */
    bool in_session; /* what they would hold is in settings of the session instead */
    struct list templates; /* struct template * (private) */
    struct list natives;   /* struct native_use * */
    bool is_ready;
};

int lowering_start(struct lowering *lowering, struct arena *arena,
                   const struct dialect *dialect, const char *seed,
                   const char *run_start, const char *state_schema, struct err *err);

/* Lowers an expression or a statement in place (pass a clone). `relation` is the FROM item
 * whose rows the expression is about, for gathering the arguments of native functions. */
int lower(struct lowering *lowering, ast_node **slot, const char *relation,
          struct err *err);

/* Whether the name is a function that the tool computes, and what it returns there. */
const char *native_result_type(const char *function);

/* Half (0, 1) of the run's seed as the number that stands in every expression that draws
 * a UUID. */
const char *lowering_seed_text(struct lowering *lowering, size_t half);

/* All uses of one function share a side table: the distinct arguments of all of them. */
const char *lowering_gather(struct lowering *lowering, const char *function);

/* CREATE TABLE of the side table; it goes with its session where it is temporary. */
const char *lowering_create_side_table(struct lowering *lowering,
                                       const struct native_use *use, bool is_temporary);

#endif
