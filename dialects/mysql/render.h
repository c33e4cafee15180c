/* SPDX-License-Identifier: Apache-2.0
 *
 * render.h - the text side of the MySQL dialect; see ../render.h. Nothing here needs a
 * session or the client library.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_RENDER_H
#define AIRSHIFT_DIALECTS_MYSQL_RENDER_H

#include "vtable.h"

const char *mysql_type_text(struct arena *arena, const char *name, const int *modifiers,
                            size_t count);
bool mysql_type_change_rewrites(const char *from, const char *to);

/* What stands in CAST(... AS ...) for a type of the language or of PostgreSQL; NULL where
 * MySQL has no such cast. */
const char *mysql_cast_type(const char *name);

const char *mysql_name(struct arena *arena, const char *name);
const char *mysql_literal(struct arena *arena, const char *text);
const char *mysql_print(struct arena *arena, const ast_node *tree, struct err *err);
const char *mysql_column_definition(struct arena *arena,
                                    const struct column_definition *column);
const char *mysql_alter_part(struct arena *arena, enum alter_part part,
                             const char *name, const char *definition);

/* compare.c */
void mysql_add_begin_snapshot(struct strbuf *sql, bool makes_temporary_tables);
void mysql_add_value(struct strbuf *sql, const char *expression, const char *type);
void mysql_add_masked_uuids(struct strbuf *sql, const char *expression,
                            const char *type);
void mysql_add_row_hash(struct strbuf *sql, const char *const *expressions,
                        size_t count, unsigned seed);

#endif
