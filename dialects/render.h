/* SPDX-License-Identifier: Apache-2.0
 *
 * render.h - how the abstract language of the revision files (sql/README.md) is spelt on
 * each server. Pure text; no session needed.
 */
#ifndef AIRSHIFT_DIALECTS_RENDER_H
#define AIRSHIFT_DIALECTS_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "ast/ast.h"
#include "base/arena.h"
#include "dialect.h"

/* "postgres", "mysql": the word in `@only`, in sql/server/ and in messages. */
const char *dialect_name(const struct dialect *dialect);

/* An abstract type, or one of the server's own, as the server prints it; NULL where it is
 * not known. The text is in the arena or constant. */
const char *dialect_type_text(const struct dialect *dialect, struct arena *arena,
                              const char *name, const int *modifiers, size_t count);

/* Whether changing a column's type needs its rows to be written again. */
bool dialect_type_change_rewrites(const struct dialect *dialect, const char *from,
                                  const char *to);

/* The dialect of that name, whether this build can connect to such a server or not; NULL
 * where it is not known. */
const struct dialect *dialect_by_name(const char *name);

/* In what a server's catalog differs from PostgreSQL's, which the language assumes. */
enum dialect_trait {
    /* A serial is a property of its column; there are no sequences. */
    DIALECT_COUNTS_IN_COLUMN = 1U << 0,
    /* A foreign key makes the index it needs, and gives it up for another that serves. */
    DIALECT_INDEXES_FOREIGN_KEYS = 1U << 1,
    /* A unique constraint and a unique index are the same thing. */
    DIALECT_UNIQUE_IS_INDEX = 1U << 2,
    /* A dropped column leaves the keys and indexes it was in, which stay. */
    DIALECT_KEYS_OUTLIVE_COLUMNS = 1U << 3,
    /* A primary key has no name of its own. */
    DIALECT_PRIMARY_IS_NAMELESS = 1U << 4,
    /* What Airflow keeps of rows that it takes away is in a table made LIKE theirs. */
    DIALECT_KEEPS_ROWS_LIKE = 1U << 5,
    /* A statement may name a temporary table once only. */
    DIALECT_TEMPORARY_ONCE = 1U << 6,
};

bool dialect_has(const struct dialect *dialect, enum dialect_trait trait);

/* Whether statements have to be written in the server's own words, with the functions
 * below. If not, the language's grammar is the server's, and only types and functions are
 * lowered. */
bool dialect_has_own_grammar(const struct dialect *dialect);

/* The settings that a session needs for them; NULL for none. */
const char *dialect_session_sql(const struct dialect *dialect);

/* A lowered statement (of rows, not of the catalog) or expression. NULL on error: the
 * server has no words for it. */
const char *dialect_print(const struct dialect *dialect, struct arena *arena,
                          const ast_node *tree, struct err *err);

const char *dialect_quote_name(const struct dialect *dialect, struct arena *arena,
                               const char *name);

struct column_definition {
    const char *type;
    const char *default_text; /* NULL for none */
    bool is_not_null;
    bool is_counter;
};

const char *dialect_column_definition(const struct dialect *dialect,
                                      struct arena *arena,
                                      const struct column_definition *column);

/* The parts of ALTER TABLE. Those that ADD are, without that word, those of CREATE TABLE. */
enum alter_part {
    ALTER_DROP_FOREIGN_KEY,
    ALTER_DROP_PRIMARY_KEY, /* no name */
    ALTER_DROP_INDEX,       /* also a unique constraint */
    ALTER_DROP_CHECK,
    ALTER_DROP_COLUMN,
    ALTER_CHANGE_COLUMN, /* the definition is the whole column's */
    ALTER_RENAME_COLUMN, /* the definition is the new name, unquoted */
    ALTER_ADD_COLUMN,
    ALTER_ADD_PRIMARY_KEY, /* "(a, b)" */
    ALTER_ADD_UNIQUE,
    ALTER_ADD_INDEX,
    ALTER_ADD_FOREIGN_KEY, /* "(a) REFERENCES t (b) ON DELETE CASCADE" */
    ALTER_ADD_CHECK,
    ALTER_RENAME_INDEX,
    ALTER_RENAME_TABLE,
};

const char *dialect_alter_part(const struct dialect *dialect, struct arena *arena,
                               enum alter_part part, const char *name,
                               const char *definition);

/* Pieces of queries that compare the rows of two databases, perhaps on two servers. */

/* The expression as a column of that type would hold it, in a form by which equal values are
 * equal on each server of this kind; NULL for NULL. */
void dialect_add_value(const struct dialect *dialect, struct strbuf *sql,
                       const char *expression, const char *type);
/* The same with the version of each UUID in its place. */
void dialect_add_masked_uuids(const struct dialect *dialect, struct strbuf *sql,
                              const char *expression, const char *type);
/* A 64-bit number drawn from all the values (NULL is a value of its own), the same on each
 * server of this kind. */
void dialect_add_row_hash(const struct dialect *dialect, struct strbuf *sql,
                          const char *const *values, size_t count, unsigned seed);

#endif
