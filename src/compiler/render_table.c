/* SPDX-License-Identifier: Apache-2.0
 *
 * render_table.c - columns, constraints and indexes of the model, and the ALTER TABLE they
 * are parts of, in the words of a server with a grammar of its own.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/render_table.h"

/* --- definitions ------------------------------------------------------------------- */

const char *render_name(const struct render *render, const char *name)
{
    return dialect_quote_name(render->dialect, render->arena, name);
}

static const char *print(struct render *render, const ast_node *expression)
{
    ast_node *copy = ast_clone(render->arena, expression);
    const char *text = NULL;

    if (lower(render->simulation->lowering, &copy, NULL, render->err) == 0)
        text = dialect_print(render->dialect, render->arena, copy, render->err);
    if (text == NULL)
        render->status = -1;
    return text != NULL ? text : "NULL";
}

/* An expression that is more than a constant stands in parentheses. */
static const char *default_text(struct render *render, const struct column *column)
{
    const char *text;

    if (column->default_value == NULL)
        return NULL;
    text = print(render, column->default_value);
    return ast_is_constant(column->default_value)
               ? text
               : arena_printf(render->arena, "(%s)", text);
}

const char *render_column(struct render *render, const struct column *column)
{
    struct column_definition definition = {
        column->type,
        default_text(render, column),
        column->is_not_null,
        column->is_counter,
    };

    return dialect_column_definition(render->dialect, render->arena, &definition);
}

static const char *column_list(const struct render *render, const struct list *columns)
{
    const char *text = "(";

    for (size_t i = 0; i < columns->count; i++)
        text = arena_printf(
            render->arena, "%s%s%s", text, i > 0 ? ", " : "",
            render_name(render, ((const struct column *)columns->items[i])->name));
    return arena_printf(render->arena, "%s)", text);
}

const char *render_index(struct render *render, const struct index *index)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    const char *text = "(";

    if (statement->where_clause != NULL)
        render->status = err_set(render->err, ERR_UNSUPPORTED,
                                 "an index with WHERE (\"%s\")", index->name);
    for (size_t i = 0; i < statement->n_index_params; i++) {
        const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
        bool is_column = element->expr == NULL;

        text = arena_printf(
            render->arena, "%s%s%s%s%s%s", text, i > 0 ? ", " : "",
            is_column ? "" : "(",
            is_column ? render_name(render, element->name)
                      : print(render, element->expr),
            is_column ? "" : ")",
            element->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC ? " DESC" : "");
    }
    return arena_printf(render->arena, "%s)", text);
}

static const char *referenced_name(const struct render *render,
                                   const struct table *table)
{
    const char *name = render_name(render, table->name);

    return render->here == NULL || list_has(render->here, table)
               ? name
               : arena_printf(render->arena, "%s.%s",
                              render_name(render, render->elsewhere), name);
}

static const char *foreign_key_definition(const struct render *render,
                                          const struct constraint *constraint)
{
    return arena_printf(render->arena, "%s REFERENCES %s %s%s%s%s%s",
                        column_list(render, &constraint->columns),
                        referenced_name(render, constraint->referenced),
                        column_list(render, &constraint->referenced_columns),
                        constraint->on_delete != NULL ? " ON DELETE " : "",
                        constraint->on_delete != NULL ? constraint->on_delete : "",
                        constraint->on_update != NULL ? " ON UPDATE " : "",
                        constraint->on_update != NULL ? constraint->on_update : "");
}

const char *render_part(const struct render *render, enum alter_part kind,
                        const char *name, const char *definition)
{
    return dialect_alter_part(render->dialect, render->arena, kind, name, definition);
}

/* ADD of a constraint, whatever its kind. */
const char *render_add_constraint(struct render *render,
                                  const struct constraint *constraint)
{
    switch (constraint->kind) {
    case CONSTRAINT_PRIMARY:
        return render_part(render, ALTER_ADD_PRIMARY_KEY, NULL,
                           column_list(render, &constraint->columns));
    case CONSTRAINT_UNIQUE:
        return render_part(render, ALTER_ADD_UNIQUE, constraint->name,
                           column_list(render, &constraint->columns));
    case CONSTRAINT_FOREIGN:
        return render_part(render, ALTER_ADD_FOREIGN_KEY, constraint->name,
                           foreign_key_definition(render, constraint));
    case CONSTRAINT_CHECK:
        return render_part(render, ALTER_ADD_CHECK, constraint->name,
                           print(render, constraint->check));
    case CONSTRAINT_OTHER:
        break;
    }
    render->status = err_set(render->err, ERR_UNSUPPORTED, "the constraint \"%s\"",
                             constraint->name);
    return "";
}

const char *render_add_index(struct render *render, const struct index *index)
{
    return render_part(render,
                       index->statement->index_stmt->unique ? ALTER_ADD_UNIQUE
                                                            : ALTER_ADD_INDEX,
                       index->name, render_index(render, index));
}

void render_add_part(struct render *render, const char *text)
{
    list_add(render->arena, &render->parts, (void *)text);
}

void render_add_sql(struct render *render, const char *text)
{
    list_add(render->arena, render->sql, (void *)text);
}

void render_end_alter(struct render *render, const char *table)
{
    const char *text =
        arena_printf(render->arena, "ALTER TABLE %s", render_name(render, table));

    for (size_t i = 0; i < render->parts.count; i++)
        text = arena_printf(render->arena, "%s%s %s", text, i > 0 ? "," : "",
                            (const char *)render->parts.items[i]);
    if (render->parts.count > 0)
        render_add_sql(render, text);
    render->parts.count = 0;
}

void render_create_table(struct render *render, const struct table *table,
                         const struct render_parts *parts)
{
    const char *text = arena_printf(render->arena, "CREATE TABLE %s (",
                                    render_name(render, table->name));
    const char *comma = "";

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        text = arena_printf(render->arena, "%s%s%s %s", text, comma,
                            render_name(render, column->name),
                            render_column(render, column));
        comma = ", ";
    }
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        if ((parts->with_foreign_keys || constraint->kind != CONSTRAINT_FOREIGN) &&
            (parts->with_keys || constraint->kind != CONSTRAINT_UNIQUE))
            text = arena_printf(render->arena, "%s, %s", text,
                                render_add_constraint(render, constraint) +
                                    strlen("ADD "));
    }
    for (size_t i = 0; parts->with_keys && i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];

        if (!index->is_implied)
            text = arena_printf(render->arena, "%s, %s", text,
                                render_add_index(render, index) + strlen("ADD "));
    }
    render_add_sql(render, arena_printf(render->arena, "%s)", text));
}
