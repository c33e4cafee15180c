/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_adapt.c - a statement about a table as it was, as one about the table that it becomes:
 * with the names that the table and its columns have then.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"

struct adapting {
    struct plan *plan;
    const struct table_plan *table;
};

struct column *plan_became(const struct table *target, const char *live)
{
    for (size_t i = 0; target != NULL && i < target->columns.count; i++) {
        struct column *column = target->columns.items[i];

        if (catalog_same_text(column->live_name, live))
            return column;
    }
    return NULL;
}

static void rename_column(const struct adapting *adapting, char **name)
{
    const struct column *column = plan_became(adapting->table->target, *name);

    if (column != NULL)
        *name = arena_strdup(adapting->plan->arena, column->name);
}

static void rename_columns(const struct adapting *adapting, ast_node **names,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i]->node_case == PG_QUERY__NODE__NODE_STRING)
            rename_column(adapting, &names[i]->string->sval);
    }
}

static void rename_table(const struct adapting *adapting, char **name)
{
    if (strcmp(*name, adapting->table->live->live->name) == 0)
        *name = arena_strdup(adapting->plan->arena, adapting->table->target->name);
}

static void rename_relation(const struct adapting *adapting,
                            PgQuery__RangeVar *relation)
{
    if (*relation->schemaname == '\0' ||
        strcmp(relation->schemaname, adapting->plan->live->schema) == 0)
        rename_table(adapting, &relation->relname);
}

static void adapt_command(const struct adapting *adapting,
                          PgQuery__AlterTableCmd *command)
{
    switch ((int)command->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
        rename_column(adapting, &command->name);
        break;
    default: /* what it names is no column */
        break;
    }
}

/* COMMENT ON TRIGGER t ON schema.table: the parts of the table's name, then the trigger's. */
static void adapt_comment(const struct adapting *adapting,
                          const PgQuery__CommentStmt *comment)
{
    const PgQuery__List *names;

    if (comment->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER)
        return;
    names = comment->object->list;
    if (names->n_items >= 2)
        rename_table(adapting, &names->items[names->n_items - 2]->string->sval);
}

static bool adapt_node(ast_node **slot, void *context)
{
    const struct adapting *adapting = context;
    ast_node *node = *slot;

    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
        rename_relation(adapting, node->range_var);
        break;
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
        rename_relation(adapting, node->create_trig_stmt->relation);
        rename_columns(adapting, node->create_trig_stmt->columns,
                       node->create_trig_stmt->n_columns);
        break;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        rename_relation(adapting, node->alter_table_stmt->relation);
        break;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_CMD:
        adapt_command(adapting, node->alter_table_cmd);
        break;
    case PG_QUERY__NODE__NODE_ACCESS_PRIV:
        rename_columns(adapting, node->access_priv->cols, node->access_priv->n_cols);
        break;
    case PG_QUERY__NODE__NODE_STATS_ELEM:
        rename_column(adapting, &node->stats_elem->name);
        break;
    case PG_QUERY__NODE__NODE_PUBLICATION_OBJ_SPEC:
        rename_relation(adapting, node->publication_obj_spec->pubtable->relation);
        rename_columns(adapting, node->publication_obj_spec->pubtable->columns,
                       node->publication_obj_spec->pubtable->n_columns);
        break;
    case PG_QUERY__NODE__NODE_CONSTRAINT: /* a foreign key of another schema's table */
        if (node->constraint->pktable != NULL)
            rename_relation(adapting, node->constraint->pktable);
        rename_columns(adapting, node->constraint->pk_attrs,
                       node->constraint->n_pk_attrs);
        return false;
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
        adapt_comment(adapting, node->comment_stmt);
        return false;
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        rename_columns(adapting,
                       &node->column_ref->fields[node->column_ref->n_fields - 1], 1);
        return false;
    default:
        break;
    }
    return true;
}

const char *plan_adapt(struct plan *plan, const struct table_plan *table,
                       const char *sql, struct err *err)
{
    struct adapting adapting = {plan, table};
    struct list statements = {NULL, 0, 0};
    const char *text = "";

    if (ast_parse(plan->arena, sql, &statements, err) != 0)
        return NULL;
    for (size_t i = 0; i < statements.count; i++) {
        ast_node *statement = statements.items[i];

        ast_walk(&statement, adapt_node, &adapting);
        text = arena_printf(plan->arena, "%s%s%s", text, i > 0 ? "; " : "",
                            ast_statement_text(plan->arena, statement));
    }
    return text;
}
