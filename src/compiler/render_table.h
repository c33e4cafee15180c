/* SPDX-License-Identifier: Apache-2.0
 *
 * render_table.h - what of tables is written in the server's words. For the render_*.c files
 * only. Texts are in the arena.
 */
#ifndef AIRSHIFT_COMPILER_RENDER_TABLE_H
#define AIRSHIFT_COMPILER_RENDER_TABLE_H

#include "compiler/simulate.h"
#include "render.h"

struct render {
    struct simulation *simulation;
    struct arena *arena;
    const struct dialect *dialect;
    struct list *sql; /* const char *: gets the statements */
    const struct list
        *here; /* struct table *: named without a schema in foreign keys, the
                              * others with `elsewhere`; NULL: all are here */
    const char *elsewhere;
    struct list parts; /* const char *: of the ALTER TABLE at hand */
    struct err *err;
    int status; /* -1 once something could not be written */
};

const char *render_name(const struct render *render, const char *name);

/* The definition of a column, without its name. */
const char *render_column(struct render *render, const struct column *column);

/* The columns of an index, "(`a`, `b` DESC)". */
const char *render_index(struct render *render, const struct index *index);

/* Parts of ALTER TABLE; ADD of a constraint of any kind, ADD of an index. */
const char *render_part(const struct render *render, enum alter_part kind,
                        const char *name, const char *definition);
const char *render_add_constraint(struct render *render,
                                  const struct constraint *constraint);
const char *render_add_index(struct render *render, const struct index *index);

/* CREATE TABLE with the primary key and checks, and what else is asked for. */
struct render_parts {
    bool with_keys; /* the others, and indexes */
    bool with_foreign_keys;
};
void render_create_table(struct render *render, const struct table *table,
                         const struct render_parts *parts);

/* Collects parts, and makes a statement of what there is. */
void render_add_part(struct render *render, const char *text);
void render_end_alter(struct render *render, const char *table);
void render_add_sql(struct render *render, const char *text);

#endif
