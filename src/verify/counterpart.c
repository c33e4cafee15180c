/* SPDX-License-Identifier: Apache-2.0
 *
 * counterpart.c - which columns can be compared how, what names a row, and the text of the
 * queries.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/ddl.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"
#include "render.h"
#include "verify/counterpart.h"

enum value_kind {
    VALUE_PLAIN,    /* the same on both sides */
    VALUE_DRAWN,    /* UUIDs in it are drawn anew by each migration */
    VALUE_PRESENCE, /* only whether it is NULL is the same */
    VALUE_LEFT_OUT, /* not even that: a sequence's next number, an encrypted value */
};

/* How far references are followed to name a row. */
enum { DEPTH_MAX = 2 };

/* --- what a column is -------------------------------------------------------------- */

static bool has_marker(const struct comparison *comparison, const char *text)
{
    struct lowering *lowering = comparison->simulation->lowering;

    return strstr(text, lowering_seed_text(lowering, 0)) != NULL ||
           strstr(text, lowering_seed_text(lowering, 1)) != NULL ||
           strstr(text, COUNTERPART_START) != NULL;
}

/* Types whose text may hold a UUID, with all else of it worth comparing. */
static bool may_hold_uuid(const struct column *column)
{
    static const char *const types[] = {"uuid", "json", "text", "char"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strstr(column->type, types[i]) != NULL)
            return true;
    }
    return false;
}

struct drawn_sources {
    const struct comparison *comparison;
    const struct branch *branch;
    bool is_own;    /* the value itself is drawn */
    bool is_joined; /* it comes from a join in which drawn values are computed */
};

/* What stands for column "cN" of a branch over a SELECT of its own; all of the SELECT where
 * that cannot be told. */
static const char *selected_text(const struct comparison *comparison,
                                 const struct branch *branch, const char *name)
{
    struct arena *arena = comparison->arena;
    size_t number = (size_t)strtoul(name + 1, NULL, 10);
    struct err err;
    const ast_node *tree =
        ast_parse_one(arena, arena_printf(arena, "SELECT FROM %s", branch->from), &err);
    const ast_node *item =
        tree != NULL && tree->node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
                tree->select_stmt->n_from_clause == 1
            ? tree->select_stmt->from_clause[0]
            : NULL;
    const PgQuery__SelectStmt *select;

    if (item == NULL || item->node_case != PG_QUERY__NODE__NODE_RANGE_SUBSELECT)
        return branch->from;
    select = item->range_subselect->subquery->select_stmt;
    if (name[0] != 'c' || number == 0 || number > select->n_target_list)
        return branch->from;
    return ast_text(arena, select->target_list[number - 1]->res_target->val);
}

static bool find_drawn_source(ast_node **slot, void *context)
{
    struct drawn_sources *sources = context;
    const struct branch *branch = sources->branch;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);

    if (name == NULL || qualifier == NULL)
        return true;
    if (branch->from != NULL && strcmp(qualifier, ROWS_SOURCE_ALIAS) == 0)
        sources->is_own |= has_marker(sources->comparison,
                                      selected_text(sources->comparison, branch, name));
    for (size_t i = 0; i < branch->joins.count; i++) {
        const struct join *join = branch->joins.items[i];

        if (strcmp(join->alias, qualifier) == 0)
            sources->is_joined |= has_marker(sources->comparison, join->relation);
    }
    return true;
}

/* Evaluated anew it gives another value, and perhaps uses a number up. */
static bool is_generated(const struct column *column, const ast_node *value,
                         const char *text)
{
    return (value == column->default_value && !ast_is_constant(value)) ||
           (column->is_counter && ast_is_null(value)) ||
           strstr(text, "nextval(") != NULL;
}

static enum value_kind kind_in_branch(const struct comparison *comparison,
                                      const struct column *column,
                                      const struct branch *branch, size_t position)
{
    ast_node *value = branch->values.items[position];
    const char *text = ast_text(comparison->arena, value);
    struct drawn_sources sources = {comparison, branch, has_marker(comparison, text),
                                    false};

    if (is_generated(column, value, text) || strstr(text, "native_encrypt_") != NULL)
        return VALUE_LEFT_OUT;
    ast_walk(&value, find_drawn_source, &sources);
    if (!sources.is_own && !sources.is_joined)
        return VALUE_PLAIN;
    /* A digest or a packed document of what is drawn. */
    if (strstr(text, "native_") != NULL && strncmp(column->type, "json", 4) != 0)
        return VALUE_PRESENCE;
    if (may_hold_uuid(column))
        return VALUE_DRAWN;
    return sources.is_own ? VALUE_PRESENCE : VALUE_PLAIN;
}

static enum value_kind kind_of(const struct comparison *comparison,
                               const struct table *table, const struct column *column)
{
    const struct rows *rows = table->rows;
    enum value_kind kind = VALUE_PLAIN;
    size_t position = 0;

    if (comparison->simulation == NULL)
        return VALUE_PLAIN;
    while (position < table->columns.count && table->columns.items[position] != column)
        position++;
    for (size_t i = 0; i < rows->branches.count; i++) {
        enum value_kind found =
            kind_in_branch(comparison, column, rows->branches.items[i], position);

        if (found > kind)
            kind = found;
    }
    return kind;
}

/* The foreign key by which a column leads to a row whose key is drawn; NULL for none. */
static const struct constraint *drawn_reference(const struct comparison *comparison,
                                                const struct table *table,
                                                const struct column *column)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        if (constraint->kind == CONSTRAINT_FOREIGN && constraint->columns.count == 1 &&
            constraint->columns.items[0] == column && constraint->referenced != NULL &&
            constraint->referenced->rows != NULL &&
            constraint->referenced_columns.count == 1 &&
            kind_of(comparison, constraint->referenced,
                    constraint->referenced_columns.items[0]) != VALUE_PLAIN)
            return constraint;
    }
    return NULL;
}

/* --- expressions, the same on both sides ------------------------------------------- */

static const struct dialect *dialect_of(const struct comparison *comparison)
{
    return comparison->plan->dialect;
}

static const char *own_column(const struct comparison *comparison,
                              const struct column *column)
{
    return arena_printf(comparison->arena, "t.%s",
                        ddl_name(comparison->arena, NULL, column->name));
}

/* The column as it can be compared; NULL where it cannot. A reference is what a join of
 * add_from() found. */
static const char *value_of(const struct comparison *comparison,
                            const struct table *table, const struct column *column,
                            int depth)
{
    const char *own = own_column(comparison, column);
    struct strbuf sql = STRBUF_INIT;
    enum value_kind kind = kind_of(comparison, table, column);
    const char *text = NULL;

    if (drawn_reference(comparison, table, column) != NULL)
        return depth < DEPTH_MAX
                   ? arena_printf(comparison->arena, "%s.k",
                                  ddl_name(comparison->arena, NULL,
                                           arena_printf(comparison->arena, "of %s",
                                                        column->name)))
                   : NULL;
    switch (kind) {
    case VALUE_PLAIN:
        dialect_add_value(dialect_of(comparison), &sql, own, column->type);
        break;
    case VALUE_DRAWN:
        dialect_add_masked_uuids(dialect_of(comparison), &sql, own, column->type);
        break;
    case VALUE_PRESENCE:
        strbuf_addf(&sql, "%s IS NULL", own);
        break;
    case VALUE_LEFT_OUT:
        break;
    }
    if (kind != VALUE_LEFT_OUT)
        text = arena_strdup(comparison->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

/* Names a row by a column: compared as it is, or by where it leads. */
static bool can_name(const struct comparison *comparison, const struct table *table,
                     const struct column *column, int depth)
{
    if (drawn_reference(comparison, table, column) != NULL)
        return depth < DEPTH_MAX;
    return kind_of(comparison, table, column) == VALUE_PLAIN;
}

static bool can_name_all(const struct comparison *comparison, const struct table *table,
                         const struct list *columns, int depth)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (!can_name(comparison, table, columns->items[i], depth))
            return false;
    }
    return columns->count > 0;
}

/* The columns of a plain unique index; false for another index. */
static bool unique_columns(const struct comparison *comparison,
                           const struct table *table, const struct index *index,
                           struct list *columns)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;

    columns->count = 0;
    if (!statement->unique || statement->where_clause != NULL)
        return false;
    for (size_t i = 0; i < statement->n_index_params; i++) {
        const char *name = statement->index_params[i]->index_elem->name;
        struct column *column = name != NULL ? table_find_column(table, name) : NULL;

        if (column == NULL)
            return false;
        list_add(comparison->arena, columns, column);
    }
    return true;
}

/* What names a row: the primary key, else another key, whose values are comparable; else
 * every column that is compared as it is, and false. */
static bool key_columns(const struct comparison *comparison, const struct table *table,
                        int depth, struct list *columns)
{
    static const enum constraint_kind kinds[] = {CONSTRAINT_PRIMARY, CONSTRAINT_UNIQUE};

    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < table->constraints.count; i++) {
            const struct constraint *constraint = table->constraints.items[i];

            if (constraint->kind == kinds[k] &&
                can_name_all(comparison, table, &constraint->columns, depth)) {
                *columns = constraint->columns;
                return true;
            }
        }
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        if (unique_columns(comparison, table, table->indexes.items[i], columns) &&
            can_name_all(comparison, table, columns, depth))
            return true;
    }
    columns->count = 0;
    for (size_t i = 0; i < table->columns.count; i++) {
        if (can_name(comparison, table, table->columns.items[i], depth))
            list_add(comparison->arena, columns, table->columns.items[i]);
    }
    return false;
}

/* "dag_id=a, run_id=b". Without a real key the values may be anything, also secrets: then
 * a number drawn from them. */
static const char *key_text(const struct comparison *comparison,
                            const struct table *table, const struct list *columns,
                            bool is_key, int depth)
{
    struct arena *arena = comparison->arena;
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    if (!is_key) {
        const char **values =
            arena_alloc(arena, (columns->count + 1) * sizeof(*values));

        for (size_t i = 0; i < columns->count; i++)
            values[i] = value_of(comparison, table, columns->items[i], depth);
        strbuf_add_string(&sql, "concat('row with the hash ', ");
        dialect_add_row_hash(dialect_of(comparison), &sql, values, columns->count, 2);
        strbuf_add_char(&sql, ')');
    } else {
        strbuf_add_string(&sql, "concat_ws('', ");
        for (size_t i = 0; i < columns->count; i++) {
            const struct column *column = columns->items[i];

            strbuf_add_string(&sql, i > 0 ? ", " : "");
            sql_add_literal(
                &sql, arena_printf(arena, "%s%s=", i > 0 ? ", " : "", column->name));
            strbuf_addf(&sql, ", %s", value_of(comparison, table, column, depth));
        }
        strbuf_add_char(&sql, ')');
    }
    text = arena_strdup(arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

/* --- FROM clauses ------------------------------------------------------------------ */

/* The table without what must not be evaluated. */
static struct table without_generated(const struct comparison *comparison,
                                      const struct table *table)
{
    struct arena *arena = comparison->arena;
    const struct rows *rows = table->rows;
    struct rows *kept = arena_zalloc(arena, sizeof(*kept));
    struct table copy = *table;

    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];
        struct branch *clean = arena_alloc(arena, sizeof(*clean));

        *clean = *branch;
        memset(&clean->values, 0, sizeof(clean->values));
        for (size_t j = 0; j < branch->values.count; j++)
            list_add(arena, &clean->values,
                     kind_in_branch(comparison, table->columns.items[j], branch, j) ==
                             VALUE_LEFT_OUT
                         ? ast_build(arena, "NULL", 0)
                         : branch->values.items[j]);
        list_add(arena, &kept->branches, clean);
    }
    copy.rows = kept;
    return copy;
}

static bool is_json(const char *type)
{
    return strncmp(type, "json", 4) == 0;
}

/* The rows as the row program computes them, in the types of the table: the migrated
 * database's own where only the kind of JSON differs, which shows in the text. On a server
 * with a grammar of its own, value_of() sees to the types. */
static const char *expected_relation(const struct comparison *comparison,
                                     const struct table *table, struct err *err)
{
    struct arena *arena = comparison->arena;
    const struct table *live = catalog_find_table(comparison->actual, table->name);
    struct table clean = without_generated(comparison, table);
    const char *select =
        plan_print(comparison->plan,
                   arena_printf(arena, "SELECT * FROM %s",
                                rows_relation(comparison->simulation, &clean, "q")),
                   err);
    const char *list = "";

    if (select == NULL)
        return NULL;
    if (dialect_has_own_grammar(dialect_of(comparison)))
        return arena_printf(arena, "(%s)", select);

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        const struct column *have =
            live != NULL ? table_find_column(live, column->name) : NULL;
        const char *name = ddl_name(arena, NULL, column->name);
        bool is_other_json =
            have != NULL && is_json(column->type) && is_json(have->type);

        list = arena_printf(arena, "%s%sCAST(%s AS %s) AS %s", list, i > 0 ? ", " : "",
                            name, is_other_json ? have->type : column->type, name);
    }
    return arena_printf(arena, "(SELECT %s FROM (%s) AS x)", list, select);
}

static const char *relation(const struct comparison *comparison,
                            const struct table *table, enum counterpart_side side,
                            struct err *err)
{
    if (side == SIDE_ACTUAL)
        return ddl_name(comparison->arena, comparison->actual->schema, table->name);
    if (comparison->simulation == NULL)
        return ddl_name(comparison->arena, comparison->expected->schema, table->name);
    return expected_relation(comparison, table, err);
}

/* The table as "t", and for each of these columns that leads to a drawn key a join that
 * finds the name of the row it leads to. NULL with `err` filled. */
static const char *from_clause(const struct comparison *comparison,
                               const struct table *table, const struct list *columns,
                               enum counterpart_side side, int depth, struct err *err)
{
    struct arena *arena = comparison->arena;
    const char *rows = relation(comparison, table, side, err);
    const char *sql;

    if (rows == NULL)
        return NULL;
    sql = arena_printf(arena, "%s AS t", rows);
    if (comparison->simulation == NULL || depth >= DEPTH_MAX)
        return sql;
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = columns->items[i];
        const struct constraint *constraint =
            drawn_reference(comparison, table, column);
        const char *alias =
            ddl_name(arena, NULL, arena_printf(arena, "of %s", column->name));
        struct list key = {NULL, 0, 0};
        bool is_key;

        if (constraint == NULL)
            continue;
        is_key = key_columns(comparison, constraint->referenced, depth + 1, &key);
        rows =
            from_clause(comparison, constraint->referenced, &key, side, depth + 1, err);
        if (rows == NULL)
            return NULL;
        sql = arena_printf(
            arena,
            "%s LEFT JOIN (SELECT %s AS id, %s AS k FROM %s) AS %s ON %s.id = %s", sql,
            own_column(comparison, constraint->referenced_columns.items[0]),
            key_text(comparison, constraint->referenced, &key, is_key, depth + 1), rows,
            alias, alias, own_column(comparison, column));
    }
    return sql;
}

/* --- all together ------------------------------------------------------------------ */

int counterpart_make(const struct comparison *comparison, const struct table *table,
                     const struct table *live, struct counterpart *counterpart,
                     struct err *err)
{
    struct arena *arena = comparison->arena;
    struct list key = {NULL, 0, 0};
    bool is_key;

    memset(counterpart, 0, sizeof(*counterpart));
    counterpart->table = table;
    for (size_t i = 0; i < table->columns.count; i++) {
        struct column *column = table->columns.items[i];
        const char *value = value_of(comparison, table, column, 0);

        if (table_find_column(live, column->name) == NULL)
            continue;
        if (value == NULL) {
            list_add(arena, &counterpart->left_out, (void *)column->name);
            continue;
        }
        list_add(arena, &counterpart->columns, column);
        list_add(arena, &counterpart->values, (void *)value);
    }
    is_key = key_columns(comparison, table, 0, &key);
    for (size_t i = 0; i < key.count; i++) {
        const struct column *column = key.items[i];

        if (table_find_column(live, column->name) == NULL)
            is_key = false;
    }
    if (!is_key)
        key = counterpart->columns;
    counterpart->key = key_text(comparison, table, &key, is_key, 0);
    for (int side = SIDE_EXPECTED; side <= SIDE_ACTUAL; side++) {
        counterpart->from[side] = from_clause(comparison, table, &counterpart->columns,
                                              (enum counterpart_side)side, 0, err);
        if (counterpart->from[side] == NULL)
            return -1;
    }
    return 0;
}

const char *counterpart_rows(const struct comparison *comparison,
                             const struct counterpart *counterpart,
                             enum counterpart_side side)
{
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    strbuf_addf(&sql, "SELECT %s AS k, ", counterpart->key);
    dialect_add_row_hash(dialect_of(comparison), &sql,
                         (const char *const *)counterpart->values.items,
                         counterpart->values.count, 0);
    strbuf_addf(&sql, " AS h FROM %s", counterpart->from[side]);
    text = arena_strdup(comparison->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

const char *counterpart_columns(const struct comparison *comparison,
                                const struct counterpart *counterpart,
                                enum counterpart_side side)
{
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    strbuf_addf(&sql, "SELECT %s AS k", counterpart->key);
    for (size_t i = 0; i < counterpart->values.count; i++) {
        const char *value = counterpart->values.items[i];

        strbuf_add_string(&sql, ", ");
        dialect_add_row_hash(dialect_of(comparison), &sql, &value, 1, 0);
        strbuf_addf(&sql, " AS c%zu", i + 1);
    }
    strbuf_addf(&sql, " FROM %s", counterpart->from[side]);
    text = arena_strdup(comparison->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}
