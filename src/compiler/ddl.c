/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl.c - prints catalog objects as SQL. No decision is made here.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/ddl.h"
#include "dialect.h"

static const char *keep(struct arena *arena, struct strbuf *sql)
{
    const char *text = arena_strdup(arena, strbuf_text(sql));

    strbuf_clear(sql);
    return text;
}

const char *ddl_name(struct arena *arena, const char *schema, const char *name)
{
    struct strbuf sql = STRBUF_INIT;

    if (schema != NULL) {
        sql_add_name(&sql, schema);
        strbuf_add_char(&sql, '.');
    }
    sql_add_name(&sql, name);
    return keep(arena, &sql);
}

const char *ddl_column_list(struct arena *arena, const struct list *columns)
{
    struct strbuf sql = STRBUF_INIT;

    for (size_t i = 0; i < columns->count; i++) {
        if (i > 0)
            strbuf_add_string(&sql, ", ");
        sql_add_name(&sql, ((const struct column *)columns->items[i])->name);
    }
    return keep(arena, &sql);
}

const char *ddl_give(struct arena *arena, const char *kind, const char *name,
                     const char *owner)
{
    return owner == NULL ? ""
                         : arena_printf(arena, "; ALTER %s %s OWNER TO %s", kind, name,
                                        ddl_name(arena, NULL, owner));
}

const char *ddl_written_columns(struct arena *arena, const struct table *table,
                                const char *alias)
{
    struct strbuf sql = STRBUF_INIT;

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        if (column->is_generated)
            continue;
        strbuf_addf(&sql, "%s%s", sql.length > 0 ? ", " : "", alias);
        sql_add_name(&sql, column->name);
    }
    return keep(arena, &sql);
}

const char *ddl_match(struct arena *arena, const char *a, const struct list *columns,
                      const char *b, const struct list *others)
{
    struct strbuf sql = STRBUF_INIT;

    for (size_t i = 0; i < columns->count; i++) {
        strbuf_addf(&sql, "%s%s.", i > 0 ? " AND " : "", a);
        sql_add_name(&sql, ((const struct column *)columns->items[i])->name);
        strbuf_addf(&sql, " = %s.", b);
        sql_add_name(&sql, ((const struct column *)others->items[i])->name);
    }
    return keep(arena, &sql);
}

const char *ddl_literal(struct arena *arena, const char *text)
{
    struct strbuf sql = STRBUF_INIT;

    sql_add_literal(&sql, text);
    return keep(arena, &sql);
}

const char *ddl_not_null(struct arena *arena, const struct column *column)
{
    if (!column->is_not_null || column->not_null.is_unproved)
        return "";
    if (column->not_null.name == NULL)
        return " NOT NULL";
    return arena_printf(arena, " CONSTRAINT %s NOT NULL%s",
                        ddl_name(arena, NULL, column->not_null.name),
                        column->not_null.is_local ? " NO INHERIT" : "");
}

const char *ddl_add_not_null(struct arena *arena, const char *table,
                             const struct column *column)
{
    const char *name = ddl_name(arena, NULL, column->name);

    if (column->not_null.name == NULL)
        return arena_printf(arena, "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", table,
                            name);
    return arena_printf(arena, "ALTER TABLE %s ADD CONSTRAINT %s NOT NULL %s%s%s",
                        table, ddl_name(arena, NULL, column->not_null.name), name,
                        column->not_null.is_local ? " NO INHERIT" : "",
                        column->not_null.is_unproved ? " NOT VALID" : "");
}

bool ddl_is_proved(const struct constraint *constraint)
{
    return constraint->is_live_valid && !constraint->is_unenforced;
}

const char *ddl_create_table(struct arena *arena, const char *schema,
                             const struct table *table)
{
    bool is_unlogged =
        table->live != NULL && catalog_same_text(table->live->persistence, "u");
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "CREATE %sTABLE %s (", is_unlogged ? "UNLOGGED " : "",
                ddl_name(arena, schema, table->name));
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        strbuf_add_string(&sql, i > 0 ? ", " : "");
        sql_add_name(&sql, column->name);
        strbuf_addf(&sql, " %s", column->type);
        if (column->collation != NULL)
            strbuf_addf(&sql, " COLLATE %s", ddl_name(arena, NULL, column->collation));
        if (column->is_generated && column->default_value != NULL)
            strbuf_addf(&sql, " GENERATED ALWAYS AS (%s) %s",
                        ast_text(arena, column->default_value),
                        column->is_virtual ? "VIRTUAL" : "STORED");
        if (column->identity != NULL)
            strbuf_addf(&sql, " GENERATED %s AS IDENTITY",
                        *column->identity == 'a' ? "ALWAYS" : "BY DEFAULT");
        strbuf_add_string(&sql, ddl_not_null(arena, column));
    }
    strbuf_add_char(&sql, ')');
    if (table->live != NULL && table->live->options != NULL)
        strbuf_addf(&sql, " WITH (%s)", table->live->options);
    if (table->live != NULL && table->live->tablespace != NULL)
        strbuf_addf(&sql, " TABLESPACE %s",
                    ddl_name(arena, NULL, table->live->tablespace));
    return keep(arena, &sql);
}

const char *ddl_create_index(struct arena *arena, const char *schema,
                             const struct table *table, const struct index *index,
                             const char *as_name)
{
    ast_node *copy = ast_clone(arena, index->statement);
    PgQuery__IndexStmt *statement = copy->index_stmt;

    statement->idxname = arena_strdup(arena, as_name);
    statement->relation->schemaname = arena_strdup(arena, schema);
    statement->relation->relname = arena_strdup(arena, table->name);
    statement->if_not_exists = false;
    if (index->tablespace != NULL)
        statement->table_space = arena_strdup(arena, index->tablespace);
    return ast_statement_text(arena, copy);
}

static void add_index_tablespace(struct arena *arena, struct strbuf *sql,
                                 const struct constraint *constraint)
{
    if (constraint->tablespace != NULL)
        strbuf_addf(sql, " USING INDEX TABLESPACE %s",
                    ddl_name(arena, NULL, constraint->tablespace));
}

const char *ddl_constraint(struct arena *arena, const struct constraint *constraint,
                           const char *referenced_schema)
{
    struct strbuf sql = STRBUF_INIT;
    const char *columns = ddl_column_list(arena, &constraint->columns);

    switch (constraint->kind) {
    case CONSTRAINT_PRIMARY:
        strbuf_addf(&sql, "PRIMARY KEY (%s)", columns);
        add_index_tablespace(arena, &sql, constraint);
        break;
    case CONSTRAINT_UNIQUE:
        strbuf_addf(&sql, "UNIQUE (%s)", columns);
        add_index_tablespace(arena, &sql, constraint);
        break;
    case CONSTRAINT_FOREIGN:
        strbuf_addf(&sql, "FOREIGN KEY (%s) REFERENCES %s (%s)", columns,
                    ddl_name(arena, referenced_schema, constraint->referenced->name),
                    ddl_column_list(arena, &constraint->referenced_columns));
        if (constraint->on_update != NULL)
            strbuf_addf(&sql, " ON UPDATE %s", constraint->on_update);
        if (constraint->on_delete != NULL)
            strbuf_addf(&sql, " ON DELETE %s", constraint->on_delete);
        break;
    case CONSTRAINT_CHECK:
        strbuf_addf(&sql, "CHECK (%s)", ast_text(arena, constraint->check));
        break;
    case CONSTRAINT_OTHER:
        strbuf_add_string(&sql, constraint->definition);
        break;
    }
    strbuf_add_string(&sql, constraint->suffix);
    return keep(arena, &sql);
}

const char *ddl_add_constraint(struct arena *arena, const char *schema,
                               const struct table *table,
                               const struct constraint *constraint,
                               const char *referenced_schema, bool is_not_valid)
{
    /* What the server printed says so itself. */
    if (constraint->kind == CONSTRAINT_OTHER || constraint->is_unenforced)
        is_not_valid = false;
    else if (!constraint->is_live_valid)
        is_not_valid = true;
    return arena_printf(arena, "ALTER TABLE %s ADD CONSTRAINT %s %s%s",
                        ddl_name(arena, schema, table->name),
                        ddl_name(arena, NULL, constraint->name),
                        ddl_constraint(arena, constraint, referenced_schema),
                        is_not_valid ? " NOT VALID" : "");
}

/* --- canonical forms --------------------------------------------------------------- */

static bool strip_casts(ast_node **slot, void *context)
{
    (void)context;
    while ((*slot)->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
           (*slot)->type_cast->arg->node_case != PG_QUERY__NODE__NODE_TYPE_CAST) {
        ast_node *argument = (*slot)->type_cast->arg;

        *slot = argument;
        if (argument->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
            return false;
    }
    return true;
}

/* The server adds casts ('x'::character varying) that a file does not have. */
static const char *without_casts(struct arena *arena, const ast_node *expression)
{
    ast_node *before = NULL;
    ast_node *copy = ast_clone(arena, expression);

    while (copy != before) {
        before = copy;
        ast_walk(&copy, strip_casts, NULL);
    }
    if (copy->node_case == PG_QUERY__NODE__NODE_A_CONST &&
        copy->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
        return copy->a_const->sval->sval;
    return ast_text(arena, copy);
}

const char *ddl_canonical_default(struct arena *arena, const struct column *column)
{
    return column->default_value != NULL ? without_casts(arena, column->default_value)
                                         : NULL;
}

const char *ddl_canonical_index(struct arena *arena, const struct index *index)
{
    ast_node *copy = ast_clone(arena, index->statement);
    PgQuery__IndexStmt *statement = copy->index_stmt;
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "%s%s (", statement->unique ? "UNIQUE " : "",
                statement->access_method != NULL && *statement->access_method != '\0'
                    ? statement->access_method
                    : "btree");
    for (size_t i = 0; i < statement->n_index_params; i++) {
        const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;

        if (i > 0)
            strbuf_add_string(&sql, ", ");
        if (element->name != NULL && *element->name != '\0')
            strbuf_add_string(&sql, element->name);
        else
            strbuf_add_string(&sql, without_casts(arena, element->expr));
        if (element->n_opclass > 0)
            strbuf_addf(&sql, " %s",
                        ast_last_name(element->opclass, element->n_opclass));
        if (element->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC)
            strbuf_add_string(&sql, " DESC");
        if (element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST)
            strbuf_add_string(&sql, " NULLS FIRST");
        if (element->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST)
            strbuf_add_string(&sql, " NULLS LAST");
    }
    strbuf_add_char(&sql, ')');
    if (statement->where_clause != NULL)
        strbuf_addf(&sql, " WHERE %s", without_casts(arena, statement->where_clause));
    return keep(arena, &sql);
}

const char *ddl_canonical_constraint(struct arena *arena,
                                     const struct constraint *constraint)
{
    struct constraint anywhere = *constraint;

    if (constraint->kind == CONSTRAINT_CHECK)
        return arena_printf(arena, "CHECK (%s)",
                            without_casts(arena, constraint->check));
    anywhere.tablespace = NULL;
    return ddl_constraint(arena, &anywhere, NULL);
}
