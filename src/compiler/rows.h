/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.h - row programs: how the rows of a table come about from the live database.
 *
 * A table's rows are the union of its branches. A branch reads one source, joins what it
 * needs, drops what a filter does not keep, and gives one expression a column. `UPDATE`
 * substitutes into the expressions, `DELETE` into the filter, `INSERT ... SELECT` adds a
 * branch; a column's rename or drop costs nothing. So work that a later revision undoes
 * disappears by itself.
 */
#ifndef AIRSHIFT_COMPILER_ROWS_H
#define AIRSHIFT_COMPILER_ROWS_H

#include "catalog/model.h"
#include "compiler/simulate.h"

/* The alias of a branch's source in all its expressions; a name no revision uses, or a
 * subselect's own alias would catch what belongs to the source. */
#define ROWS_SOURCE_ALIAS "src"

struct join {
    const char *alias;
    const char *relation; /* SQL: a table, or a parenthesised SELECT */
    ast_node *condition;
    bool is_lateral; /* `relation` refers to the source and yields one row at most */
};

struct branch {
    const struct live_table *source; /* read in ranges; NULL where `from` is used */
    const char *from;   /* SQL of a relation with that alias; NULL with `source` */
    struct list joins;  /* struct join * */
    struct list values; /* ast_node *, one for each column of the table */
    ast_node *filter;   /* NULL keeps all */
    unsigned alias_count;
};

struct rows {
    struct list branches; /* struct branch * */
    bool is_changed;      /* an UPDATE, DELETE or INSERT touched it */
};

struct rows *rows_of_live_table(struct simulation *simulation,
                                const struct table *table);
struct rows *rows_of_new_table(struct simulation *simulation);

/* Leaves the live rows of a condition ("EXISTS (...)") out, from here on: so whatever reads the
 * table, a join or another table's branch, sees the same rows. */
int rows_leave_out(struct simulation *simulation, struct table *table,
                   const char *condition, struct err *err);

/* The branch as a SELECT of all columns under their names (or of `only`, when not NULL). */
const char *branch_select(struct simulation *simulation, const struct table *table,
                          const struct branch *branch);

/* The rows of a table at this point as a relation for a FROM clause, with that alias. */
const char *rows_relation(struct simulation *simulation, const struct table *table,
                          const char *alias);

/* Adds the branch's FROM and WHERE clauses. Joins that nothing needs any more are left out
 * unless all are asked for. */
void rows_add_from(struct strbuf *sql, struct simulation *simulation,
                   const struct branch *branch, bool with_all_joins);

/* Whether the rows are still exactly the live ones. */
bool rows_are_live(const struct table *table);

/* Column changes, called by the DDL side. */
void rows_add_column(struct simulation *simulation, struct table *table,
                     const struct column *column);
void rows_drop_column(struct table *table, size_t position);
int rows_convert_column(struct simulation *simulation, struct table *table,
                        size_t position, ast_node *expression, struct err *err);

/* Data statements. */
int rows_update(struct simulation *simulation, const PgQuery__UpdateStmt *statement,
                struct err *err);
int rows_delete(struct simulation *simulation, const PgQuery__DeleteStmt *statement,
                struct err *err);
int rows_create_table_as(struct simulation *simulation,
                         const PgQuery__CreateTableAsStmt *statement,
                         bool only_nonempty, struct err *err);
int rows_insert(struct simulation *simulation, const PgQuery__InsertStmt *statement,
                struct err *err);

#endif
