/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl.h - SQL text for objects of the catalog model: what creates a table, an index, a
 * constraint, and what turns a live table into its target by catalog changes alone.
 */
#ifndef AIRSHIFT_COMPILER_DDL_H
#define AIRSHIFT_COMPILER_DDL_H

#include "catalog/model.h"

/* All texts are in the arena. `schema` is the one the table is in at that moment. */
const char *ddl_name(struct arena *arena, const char *schema, const char *name);
const char *ddl_column_list(struct arena *arena, const struct list *columns);
/* Those that a statement gives values to: the server computes generated ones. Each after `alias`
 * ("" or with its point). */
const char *ddl_written_columns(struct arena *arena, const struct table *table,
                                const char *alias);
/* "a.x = b.y AND ...": two lists of columns (struct column *), pair by pair, after the names of
 * their tables in the statement. */
const char *ddl_match(struct arena *arena, const char *a, const struct list *columns,
                      const char *b, const struct list *others);
/* A text as a literal of SQL. */
const char *ddl_literal(struct arena *arena, const char *text);
/* NOT NULL as part of a column's definition; "" where the column may be NULL, or must be added
 * without it, because rows from before need not obey. */
const char *ddl_not_null(struct arena *arena, const struct column *column);
/* The statement that adds it afterwards; `table` is quoted. */
const char *ddl_add_not_null(struct arena *arena, const char *table,
                             const struct column *column);
/* Whether the rows that are there must obey the constraint: it is neither NOT VALID nor NOT
 * ENFORCED. */
bool ddl_is_proved(const struct constraint *constraint);
const char *ddl_create_table(struct arena *arena, const char *schema,
                             const struct table *table);
const char *ddl_create_index(struct arena *arena, const char *schema,
                             const struct table *table, const struct index *index,
                             const char *as_name);
/* The definition after the constraint's name; `referenced_schema` for foreign keys. */
const char *ddl_constraint(struct arena *arena, const struct constraint *constraint,
                           const char *referenced_schema);
const char *ddl_add_constraint(struct arena *arena, const char *schema,
                               const struct table *table,
                               const struct constraint *constraint,
                               const char *referenced_schema, bool is_not_valid);

/* "; ALTER TABLE ... OWNER TO ..." (`kind` "TABLE" or "SEQUENCE") for what the migration makes
 * anew: whoever runs it, Airflow's own role must be able to use it. "" without an owner.
 * `name` is quoted. */
const char *ddl_give(struct arena *arena, const char *kind, const char *name,
                     const char *owner);

/* The same definition in a form that does not depend on how the server prints it. */
const char *ddl_canonical_default(struct arena *arena, const struct column *column);
const char *ddl_canonical_index(struct arena *arena, const struct index *index);
const char *ddl_canonical_constraint(struct arena *arena,
                                     const struct constraint *constraint);

#endif
