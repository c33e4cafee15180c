/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow.c - which tables go through the shadow database, and the SQL of each step.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "catalog/read.h"
#include "compiler/plan_internal.h"
#include "compiler/render_net.h"
#include "compiler/rows.h"
#include "compiler/shadow.h"
#include "compiler/shadow_verify.h"
#include "render.h"
#include "state/fault.h"

/* Stands for the condition on the rows until the range is known. */
#define RANGE_MARK "airshift_range"

enum {
    RANGES_MIN_BYTES = 4 * 1024 * 1024, /* smaller sources are read in one go */
    NAME_MAX_BYTES = 64,                /* of a database */
};

static unsigned long long big_bytes(void)
{
    return fault_limit("AIRSHIFT_TEST_SHADOW_BIG_BYTES", RANGES_MIN_BYTES);
}

struct maker {
    struct shadow *shadow;
    struct plan *plan;
    struct arena *arena;
    struct simulation *simulation;
    struct list moved; /* struct table_plan * */
    struct list here;  /* struct table *: their targets */
    struct err *err;
};

static const char *quoted(struct maker *maker, const char *name)
{
    return dialect_quote_name(maker->plan->dialect, maker->arena, name);
}

const char *shadow_schema(struct arena *arena, const char *live_schema,
                          const char *suffix, struct err *err)
{
    const char *name = arena_printf(arena, "%s%s", live_schema, suffix);

    if (strlen(name) <= NAME_MAX_BYTES)
        return name;
    (void)err_set(err, ERR_UNSUPPORTED,
                  "the database's name is too long: \"%s\" is not possible", name);
    (void)err_hint(err, "Migrate with --executor chain.");
    return NULL;
}

/* --- which tables ------------------------------------------------------------------ */

static bool is_moved(const struct maker *maker, const struct table_plan *table)
{
    return list_has(&maker->moved, table);
}

static void move(struct maker *maker, struct table_plan *table)
{
    if (is_moved(maker, table))
        return;
    list_add(maker->arena, &maker->moved, table);
    if (table->target != NULL)
        list_add(maker->arena, &maker->here, table->target);
}

static int move_changed(struct maker *maker)
{
    for (size_t i = 0; i < maker->plan->tables.count; i++) {
        struct table_plan *table = maker->plan->tables.items[i];
        bool is_same = false;

        if (table->action == TABLE_METADATA &&
            render_net_is_same(maker->simulation, table->live, table->target, &is_same,
                               maker->err) != 0)
            return err_wrap(maker->err, "table %s", table->target->name);
        if (!is_same)
            move(maker, table);
    }
    return 0;
}

static void move_named(struct maker *maker, const PgQuery__RangeVar *relation)
{
    const struct table *target =
        catalog_find_table(maker->plan->target, relation->relname);
    struct table_plan *table = target != NULL ? plan_find(maker->plan, target) : NULL;

    if (table != NULL)
        move(maker, table);
}

static bool find_relation(ast_node **slot, void *context)
{
    if ((*slot)->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        move_named(context, (*slot)->range_var);
    return true;
}

/* What runs on the filled tables finds all its tables beside each other. */
static void move_named_late(struct maker *maker)
{
    for (size_t i = 0; i < maker->simulation->late.count; i++) {
        const struct statement *statement = maker->simulation->late.items[i];
        ast_node *tree = statement->tree;

        ast_walk(&tree, find_relation, maker);
        /* The table that is written to is no node of its own. */
        if (tree->node_case == PG_QUERY__NODE__NODE_INSERT_STMT)
            move_named(maker, tree->insert_stmt->relation);
        else if (tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT)
            move_named(maker, tree->update_stmt->relation);
        else if (tree->node_case == PG_QUERY__NODE__NODE_DELETE_STMT)
            move_named(maker, tree->delete_stmt->relation);
    }
}

static bool refers_to_moved(const struct maker *maker, const struct table_plan *table)
{
    for (size_t i = 0; table->live != NULL && i < table->live->constraints.count; i++) {
        const struct constraint *live = table->live->constraints.items[i];

        for (size_t j = 0; j < maker->moved.count; j++) {
            const struct table_plan *other = maker->moved.items[j];

            if (live->kind == CONSTRAINT_FOREIGN && live->referenced == other->live)
                return true;
        }
    }
    return false;
}

/* A foreign key follows its parent into the database of the old tables, so children go with
 * their parents. */
static void move_children(struct maker *maker)
{
    size_t before;

    do {
        before = maker->moved.count;
        for (size_t i = 0; i < maker->plan->tables.count; i++) {
            struct table_plan *table = maker->plan->tables.items[i];

            if (!is_moved(maker, table) && refers_to_moved(maker, table))
                move(maker, table);
        }
    } while (maker->moved.count > before);
}

static void move_parents_of(struct maker *maker, const struct table *child,
                            bool is_live)
{
    for (size_t i = 0; child != NULL && i < child->constraints.count; i++) {
        const struct constraint *key = child->constraints.items[i];

        if (key->kind != CONSTRAINT_FOREIGN)
            continue;
        for (size_t j = 0; j < maker->plan->tables.count; j++) {
            struct table_plan *table = maker->plan->tables.items[j];

            if (key->referenced == (is_live ? table->live : table->target))
                move(maker, table);
        }
    }
}

/* In place a foreign key to a table that stays could not be made: that takes the table's lock,
 * which keeps others from writing to it. */
static void move_parents(struct maker *maker)
{
    for (size_t i = 0; i < maker->moved.count; i++) {
        const struct table_plan *table = maker->moved.items[i];

        move_parents_of(maker, table->live, true);
        move_parents_of(maker, table->target, false);
    }
}

/* All that hangs together by foreign keys. */
static void move_relatives(struct maker *maker)
{
    size_t before;

    do {
        before = maker->moved.count;
        move_parents(maker);
        move_children(maker);
    } while (maker->moved.count > before);
}

/* For a person: what goes through the shadow database is written again, the rest is not
 * touched. */
static void name_actions(struct maker *maker, size_t changed)
{
    for (size_t i = 0; i < maker->moved.count; i++) {
        struct table_plan *table = maker->moved.items[i];

        if (table->action != TABLE_METADATA)
            continue;
        table->action = TABLE_REWRITTEN;
        table->reason = i < changed ? "its definition changes"
                                    : "it goes with a table that changes";
    }
}

/* Triggers are the executor's: whether they fit the new tables, the server knows. */
static void refuse_extras(struct maker *maker)
{
    for (size_t i = 0; i < maker->moved.count; i++) {
        const struct table_plan *table = maker->moved.items[i];

        for (size_t j = 0; table->live != NULL && j < table->live->live->extras.count;
             j++) {
            const struct live_extra *extra = table->live->live->extras.items[j];

            if (strcmp(extra->kind, "foreign key from another schema") == 0)
                plan_problem(maker->plan, true,
                             arena_printf(maker->arena, "%s \"%s\" uses table \"%s\"",
                                          extra->kind, extra->name, table->live->name),
                             "Drop it before the migration, or use --executor chain.");
        }
    }
}

/* --- rows -------------------------------------------------------------------------- */

static struct shadow_item *add_item(struct maker *maker, enum shadow_kind kind,
                                    const char *table, const char *id)
{
    struct shadow_item *item = arena_zalloc(maker->arena, sizeof(*item));

    item->kind = kind;
    item->table = table;
    item->id = id;
    item->rows = -1;
    list_add(maker->arena, &maker->shadow->items, item);
    return item;
}

const struct constraint *shadow_key_of(const struct table *live)
{
    const struct constraint *key = table_primary_key(live);

    for (size_t i = 0; key != NULL && i < key->columns.count; i++) {
        const char *type = ((const struct column *)key->columns.items[i])->type;

        if (strstr(type, "blob") != NULL || strstr(type, "binary") != NULL ||
            strstr(type, "float") != NULL || strstr(type, "double") != NULL)
            return NULL;
    }
    return key;
}

static void find_key(struct maker *maker, const struct live_table *source,
                     struct shadow_item *item)
{
    const struct constraint *key;

    item->live = catalog_find_table(maker->plan->live, source->name);
    key = item->live != NULL ? shadow_key_of(item->live) : NULL;
    for (size_t i = 0; key != NULL && i < key->columns.count; i++)
        list_add(maker->arena, &item->key,
                 (void *)quoted(maker,
                                ((const struct column *)key->columns.items[i])->name));
}

/* Columns that the server computes itself are left out. */
static void without_generated(struct maker *maker, struct table *table,
                              struct branch *branch)
{
    struct list columns = {NULL, 0, 0};
    struct list values = {NULL, 0, 0};

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        if (column->is_generated)
            continue;
        list_add(maker->arena, &columns, (void *)column);
        list_add(maker->arena, &values, branch->values.items[i]);
    }
    table->columns = columns;
    branch->values = values;
}

static const char *insert_into(struct maker *maker, const struct table *table)
{
    const char *columns = "";

    for (size_t i = 0; i < table->columns.count; i++)
        columns = arena_printf(
            maker->arena, "%s%s%s", columns, i > 0 ? ", " : "",
            quoted(maker, ((const struct column *)table->columns.items[i])->name));
    return arena_printf(maker->arena, "INSERT INTO %s.%s (%s) ",
                        quoted(maker, maker->shadow->new_schema),
                        quoted(maker, table->name), columns);
}

static struct shadow_item *add_copy(struct maker *maker, const struct table *target,
                                    size_t number, const struct branch *original)
{
    struct table table = *target;
    struct branch branch = *original;
    struct shadow_item *item =
        add_item(maker, SHADOW_COPY, target->name,
                 arena_printf(maker->arena, "copy:%s:%zu", target->name, number));
    const char *select;
    const char *mark = quoted(maker, RANGE_MARK);
    const char *at;

    without_generated(maker, &table, &branch);
    if (branch.source != NULL) {
        item->source =
            arena_printf(maker->arena, "%s.%s", quoted(maker, branch.source->schema),
                         quoted(maker, branch.source->name));
        item->rows = branch.source->rows;
        item->bytes = branch.source->heap_bytes;
        find_key(maker, branch.source, item);
        item->is_in_ranges =
            item->key.count > 0 && branch.source->heap_bytes >= big_bytes();
    }
    if (item->key.count > 0)
        branch.filter = branch.filter == NULL
                            ? ast_column(maker->arena, NULL, RANGE_MARK)
                            : ast_and(maker->arena, branch.filter,
                                      ast_column(maker->arena, NULL, RANGE_MARK));
    select = plan_print(maker->plan, branch_select(maker->simulation, &table, &branch),
                        maker->err);
    if (select == NULL) {
        (void)err_wrap(maker->err, "the rows of %s", target->name);
        return NULL;
    }
    item->sql = arena_printf(maker->arena, "%s%s", insert_into(maker, &table), select);
    at = item->key.count > 0 ? strstr(item->sql, mark) : NULL;
    if (at != NULL) {
        item->after = at + strlen(mark);
        item->sql =
            arena_printf(maker->arena, "%.*s", (int)(at - item->sql), item->sql);
    }
    return item;
}

/* --- tables ------------------------------------------------------------------------ */

static bool is_big(const struct table *target)
{
    const struct rows *rows = target->rows;

    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];

        if (branch->source != NULL && branch->source->heap_bytes >= big_bytes())
            return true;
    }
    return false;
}

static bool has_extra(const struct table_plan *table, const char *kind)
{
    for (size_t i = 0; table->live != NULL && i < table->live->live->extras.count;
         i++) {
        const struct live_extra *extra = table->live->live->extras.items[i];

        if (strcmp(extra->kind, kind) == 0)
            return true;
    }
    return false;
}

/* Else it is dropped, to be made again with a foreign key that bears another name. */
static bool keeps_its_name(const struct table *target, const struct index *index)
{
    return table_find_index(target, index->name) != NULL &&
           table_find_constraint(target, index->name) != NULL;
}

static void note_doubts(struct maker *maker, const struct table_plan *table)
{
    for (size_t i = 0; table->live != NULL && i < table->live->indexes.count; i++) {
        const struct index *index = table->live->indexes.items[i];
        struct shadow_doubt *doubt;

        if (!index->is_implied || keeps_its_name(table->target, index))
            continue;
        doubt = arena_zalloc(maker->arena, sizeof(*doubt));
        doubt->table = table->live->name;
        doubt->index = index->name;
        doubt->columns = render_net_index(maker->simulation, index, maker->err);
        list_add(maker->arena, &maker->shadow->doubts, doubt);
    }
}

static int make_table(struct maker *maker, const struct table_plan *table)
{
    struct shadow *shadow = maker->shadow;
    const struct table *target = table->target;
    const struct rows *rows = target->rows;
    /* The index is invisible in the clone, and would not be when it is made anew. */
    bool leaves_keys = is_big(target) && render_net_can_leave_keys(target) &&
                       !has_extra(table, "invisible index");
    struct list keys = {NULL, 0, 0};
    struct list copies = {NULL, 0, 0};

    note_doubts(maker, table);
    if (table->live != NULL)
        list_add(maker->arena, &shadow->clones, (void *)table->live->name);
    if (render_net_table(maker->simulation, table->live, target, leaves_keys,
                         &shadow->build, maker->err) != 0 ||
        (leaves_keys &&
         render_net_keys(maker->simulation, target, &keys, maker->err) != 0))
        return err_wrap(maker->err, "table %s", target->name);
    for (size_t i = 0; i < rows->branches.count; i++) {
        struct shadow_item *item = add_copy(maker, target, i, rows->branches.items[i]);

        if (item == NULL)
            return -1;
        list_add(maker->arena, &copies, item);
    }
    for (size_t i = 0; i < keys.count; i++) {
        struct shadow_item *item =
            add_item(maker, SHADOW_KEYS, target->name,
                     arena_printf(maker->arena, "keys:%s", target->name));

        item->sql = keys.items[i];
        item->needs = copies;
        item->bytes = ((struct shadow_item *)copies.items[0])->bytes;
    }
    return render_net_foreign_keys(maker->simulation, target, &maker->here,
                                   shadow->live_schema, &shadow->foreign_keys,
                                   maker->err);
}

/* The server adds foreign keys without a look at the rows, if it may; so they are looked at
 * before. */
static void add_check(struct maker *maker, const struct table *table,
                      const struct constraint *key)
{
    const char *parent_schema = list_has(&maker->here, key->referenced)
                                    ? maker->shadow->new_schema
                                    : maker->shadow->live_schema;
    const char *present = "";
    const char *example = "";
    const char *orphans;
    struct shadow_item *item;

    for (size_t i = 0; i < key->columns.count; i++) {
        const char *child =
            quoted(maker, ((const struct column *)key->columns.items[i])->name);

        present = arena_printf(maker->arena, "%s%sc.%s IS NOT NULL", present,
                               i > 0 ? " AND " : "", child);
        example = arena_printf(maker->arena, "%s%sc.%s", example,
                               i > 0 ? ", ', ', " : "", child);
    }
    item = add_item(maker, SHADOW_CHECK, table->name,
                    arena_printf(maker->arena, "check:%s:%s", table->name, key->name));
    item->label = key->name;
    orphans = arena_printf(
        maker->arena,
        "FROM %s.%s AS c WHERE %s AND NOT EXISTS "
        "(SELECT 1 FROM %s.%s AS p WHERE %s)",
        quoted(maker, maker->shadow->new_schema), quoted(maker, table->name), present,
        quoted(maker, parent_schema), quoted(maker, key->referenced->name),
        ddl_match(maker->arena, "p", &key->referenced_columns, "c", &key->columns));
    item->sql =
        arena_printf(maker->arena, "SELECT concat(%s) %s LIMIT 1", example, orphans);
    item->count_sql = arena_printf(maker->arena, "SELECT count(*) %s", orphans);
    for (size_t i = 0; i + 1 < maker->shadow->items.count; i++) {
        struct shadow_item *other = maker->shadow->items.items[i];

        if (other->kind != SHADOW_CHECK &&
            (strcmp(other->table, table->name) == 0 ||
             strcmp(other->table, key->referenced->name) == 0))
            list_add(maker->arena, &item->needs, other);
    }
}

static int make_tables(struct maker *maker)
{
    for (size_t i = 0; i < maker->moved.count; i++) {
        const struct table_plan *table = maker->moved.items[i];

        if (table->live != NULL && table->target != NULL)
            render_net_drop_foreign_keys(maker->simulation, table->live,
                                         &maker->shadow->build);
    }
    for (size_t i = 0; i < maker->moved.count; i++) {
        const struct table_plan *table = maker->moved.items[i];

        if (table->live != NULL)
            list_add(maker->arena, &maker->shadow->leaving, (void *)table->live->name);
        if (table->target == NULL)
            continue;
        list_add(maker->arena, &maker->shadow->coming, (void *)table->target->name);
        if (make_table(maker, table) != 0)
            return -1;
    }
    for (size_t i = 0; i < maker->here.count; i++) {
        const struct table *table = maker->here.items[i];

        for (size_t j = 0; j < table->constraints.count; j++) {
            const struct constraint *constraint = table->constraints.items[j];

            if (constraint->kind == CONSTRAINT_FOREIGN)
                add_check(maker, table, constraint);
        }
    }
    return 0;
}

/* A table is looked at when nothing of it is to come but what runs on all filled tables. */
static int add_verification(struct maker *maker, const struct table *table)
{
    struct shadow *shadow = maker->shadow;
    struct shadow_item *item =
        add_item(maker, SHADOW_VERIFY, table->name,
                 arena_printf(maker->arena, "verify:%s", table->name));

    item->sql = shadow_verify_sql(maker->plan, table, shadow->new_schema, maker->err);
    if (item->sql == NULL)
        return err_wrap(maker->err, "the rows of %s", table->name);
    for (size_t i = 0; i + 1 < shadow->items.count; i++) {
        struct shadow_item *other = shadow->items.items[i];

        if ((other->kind != SHADOW_COPY && other->kind != SHADOW_KEYS) ||
            strcmp(other->table, table->name) != 0)
            continue;
        list_add(maker->arena, &item->needs, other);
        item->bytes = item->bytes > other->bytes ? item->bytes : other->bytes;
    }
    return 0;
}

static int add_verifications(struct maker *maker)
{
    for (size_t i = 0; i < maker->here.count; i++) {
        if (add_verification(maker, maker->here.items[i]) != 0)
            return -1;
    }
    return 0;
}

/* --- what runs on the filled tables ------------------------------------------------ */

static int add_late(struct maker *maker)
{
    for (size_t i = 0; i < maker->simulation->late.count; i++) {
        const struct statement *statement = maker->simulation->late.items[i];
        ast_node *tree = ast_clone(maker->arena, statement->tree);
        const char *sql = NULL;

        if (tree->node_case == PG_QUERY__NODE__NODE_DROP_STMT) {
            const PgQuery__List *name = tree->drop_stmt->objects[0]->list;

            sql =
                arena_printf(maker->arena, "DROP TABLE %s",
                             quoted(maker, ast_last_name(name->items, name->n_items)));
        } else if (lower(&maker->plan->lowering, &tree, NULL, maker->err) == 0) {
            sql = dialect_print(maker->plan->dialect, maker->arena, tree, maker->err);
        }
        if (sql == NULL)
            return err_wrap(maker->err, "in \"%.120s\"", statement->text);
        list_add(maker->arena, &maker->shadow->late, (void *)sql);
    }
    return 0;
}

/* The version tables are exchanged with the others, so that the swap is the stamp. */
static void add_stamp(struct maker *maker, const struct route *route)
{
    struct shadow *shadow = maker->shadow;
    const char *name = route->chain.version_table;
    const char *table = quoted(maker, name);

    if (!route->is_needed)
        return;
    if (catalog_find_table(maker->plan->live, name) != NULL) {
        list_add(maker->arena, &shadow->clones, (void *)name);
        list_add(maker->arena, &shadow->leaving, (void *)name);
    } else {
        list_add(
            maker->arena, &shadow->build,
            arena_printf(maker->arena,
                         "CREATE TABLE %s (version_num VARCHAR(32) NOT NULL PRIMARY "
                         "KEY)",
                         table));
    }
    list_add(maker->arena, &shadow->coming, (void *)name);
    list_add(maker->arena, &shadow->late,
             (void *)chain_stamp_sql(maker->arena, &route->chain, route->to, table));
}

/* --- all together ------------------------------------------------------------------ */

static void leave_version_tables(struct maker *maker)
{
    const struct route *routes[] = {&maker->plan->core, &maker->plan->fab};

    for (size_t r = 0; r < 2; r++) {
        for (size_t i = maker->moved.count; i-- > 0;) {
            const struct table_plan *table = maker->moved.items[i];

            if (table->live != NULL &&
                strcmp(table->live->name, routes[r]->chain.version_table) == 0)
                list_remove(&maker->moved, i);
        }
    }
}

static void digest_list(uint64_t *digest, const struct list *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        plan_add_to_digest(digest, texts->items[i]);
}

static const char *digest_of(const struct shadow *shadow)
{
    uint64_t digest = PLAN_DIGEST_START;

    digest_list(&digest, &shadow->clones);
    digest_list(&digest, &shadow->build);
    for (size_t i = 0; i < shadow->items.count; i++) {
        const struct shadow_item *item = shadow->items.items[i];

        /* Looking at what was built changes nothing of it. */
        if (item->kind == SHADOW_VERIFY)
            continue;
        plan_add_to_digest(&digest, item->id);
        plan_add_to_digest(&digest, item->sql);
        plan_add_to_digest(&digest, item->after);
    }
    digest_list(&digest, &shadow->foreign_keys);
    digest_list(&digest, &shadow->late);
    return plan_digest_text(shadow->plan, digest);
}

int shadow_make(struct plan *plan, const struct plan_options *options,
                struct shadow *shadow, struct err *err)
{
    struct maker maker = {
        .shadow = shadow,
        .plan = plan,
        .arena = plan->arena,
        .simulation = &plan->simulation,
        .err = err,
    };
    size_t changed;

    memset(shadow, 0, sizeof(*shadow));
    shadow->plan = plan;
    shadow->live_schema = plan->live->schema;
    shadow->new_schema =
        shadow_schema(plan->arena, plan->live->schema, SHADOW_NEW_SUFFIX, err);
    shadow->old_schema =
        shadow_schema(plan->arena, plan->live->schema, SHADOW_OLD_SUFFIX, err);
    if (shadow->new_schema == NULL || shadow->old_schema == NULL ||
        move_changed(&maker) != 0)
        return -1;
    leave_version_tables(&maker);
    changed = maker.moved.count;
    move_named_late(&maker);
    if (options->is_in_place)
        move_relatives(&maker);
    else
        move_children(&maker);
    name_actions(&maker, changed);
    refuse_extras(&maker);
    plan_refuse_broken_views(plan);
    if (make_tables(&maker) != 0 || add_late(&maker) != 0 ||
        (options->verifies_rows && add_verifications(&maker) != 0))
        return -1;
    add_stamp(&maker, &plan->core);
    add_stamp(&maker, &plan->fab);
    shadow->digest = digest_of(shadow);
    return 0;
}

int shadow_plan(struct plan *plan, struct shadow *shadow, struct connection *connection,
                const struct url *url, struct plan_options *options,
                struct arena *arena, struct err *err)
{
    const char *schema;

    if (sql_can(connection, SQL_CAN_ROLL_BACK_DDL))
        return plan_make(plan, connection, url, options, err);
    schema = catalog_read_schema(connection, arena, err);
    options->side_schema =
        schema != NULL ? shadow_schema(arena, schema, SHADOW_NEW_SUFFIX, err) : NULL;
    if (options->side_schema == NULL ||
        plan_compile(plan, connection, url, options, err) != 0)
        return -1;
    return plan->is_noop ? 0 : shadow_make(plan, options, shadow, err);
}
