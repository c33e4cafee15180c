/* SPDX-License-Identifier: Apache-2.0
 *
 * test_compiler.c - revision files, the simulation of the whole chain, and row programs;
 * no server.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "catalog/model.h"
#include "compiler/ddl.h"
#include "compiler/revision.h"
#include "compiler/rows.h"
#include "compiler/simulate.h"

struct world {
    struct arena *arena;
    struct url url;
    struct catalog *catalog;
    struct lowering lowering;
    struct simulation simulation;
    struct err err;
};

static void begin(struct world *world)
{
    memset(world, 0, sizeof(*world));
    world->arena = arena_new();
    assert_int_equal(url_parse(&world->url, "postgresql://u@h/d", &world->err), 0);
    world->catalog = catalog_new(world->arena, "public");
    assert_int_equal(lowering_start(&world->lowering, world->arena, world->url.dialect,
                                    "00112233445566778899aabbccddeeff",
                                    "2026-01-01 00:00:00+00", "airshift", &world->err),
                     0);
}

/* Called once the live tables are in the catalog. */
static void start(struct world *world)
{
    assert_int_equal(simulation_start(&world->simulation, world->arena, world->catalog,
                                      world->url.dialect, true, &world->err),
                     0);
    world->simulation.lowering = &world->lowering;
    world->simulation.target_version = "3.3.2";
}

static void end(struct world *world)
{
    url_clear(&world->url);
    arena_free(world->arena);
}

static struct table *live_table(struct world *world, const char *name,
                                const char *const *columns)
{
    struct table *table = catalog_add_table(world->catalog, name);

    table->live = arena_zalloc(world->arena, sizeof(*table->live));
    table->live->schema = "public";
    table->live->name = table->name;
    for (size_t i = 0; columns[i] != NULL; i += 2) {
        struct column *column =
            table_add_column(world->catalog, table, columns[i], columns[i + 1]);

        column->live_name = column->name;
        column->live_type = column->type;
    }
    return table;
}

static void apply(struct world *world, const char *sql)
{
    struct statement statement = {0};

    statement.text = sql;
    statement.tree = ast_parse_one(world->arena, sql, &world->err);
    assert_non_null(statement.tree);
    if (simulation_apply(&world->simulation, &statement, NULL, &world->err) != 0)
        fail_msg("%s", world->err.text);
}

static const char *program(struct world *world, const struct table *table)
{
    const struct rows *rows = table->rows;

    assert_int_equal(rows->branches.count, 1);
    return branch_select(&world->simulation, table, rows->branches.items[0]);
}

static const char *const pool_columns[] = {"id",   "integer", "slots", "integer",
                                           "open", "boolean", NULL};

static void test_update_is_substituted(void **state)
{
    struct world world;
    struct table *pool;

    (void)state;
    begin(&world);
    pool = live_table(&world, "pool", pool_columns);
    start(&world);
    apply(&world, "UPDATE pool SET slots = 0 WHERE slots IS NULL");
    apply(&world, "UPDATE pool SET slots = slots + 1");
    assert_string_equal(
        program(&world, pool),
        "SELECT src.id AS \"id\", CASE WHEN src.slots IS NULL THEN 0 ELSE src.slots "
        "END + 1 AS \"slots\", src.open AS \"open\" FROM \"public\".\"pool\" AS src");
    assert_false(rows_are_live(pool));
    end(&world);
}

static void test_operators_are_enclosed(void **state)
{
    struct world world;
    struct table *pool;

    (void)state;
    begin(&world);
    pool = live_table(&world, "pool", pool_columns);
    start(&world);
    apply(&world, "UPDATE pool SET open = NOT open");
    apply(&world, "UPDATE pool SET open = false WHERE open IS NULL");
    /* "NOT src.open IS NULL" would mean NOT (src.open IS NULL). */
    assert_non_null(strstr(program(&world, pool), "COALESCE(NOT src.open) IS NULL"));
    end(&world);
}

static void test_undone_work_disappears(void **state)
{
    struct world world;
    struct table *pool;

    (void)state;
    begin(&world);
    pool = live_table(&world, "pool", pool_columns);
    start(&world);
    apply(&world, "ALTER TABLE pool ADD COLUMN extra text");
    apply(&world, "UPDATE pool SET extra = 'x' || id");
    apply(&world, "ALTER TABLE pool RENAME COLUMN slots TO places");
    apply(&world, "ALTER TABLE pool DROP COLUMN extra");
    assert_true(rows_are_live(pool));
    end(&world);
}

static void test_delete_filters_and_insert_adds_a_branch(void **state)
{
    struct world world;
    struct table *pool;
    const struct table *archive;

    (void)state;
    begin(&world);
    pool = live_table(&world, "pool", pool_columns);
    start(&world);
    apply(&world, "CREATE TABLE archive (id integer NOT NULL, places integer)");
    apply(&world,
          "INSERT INTO archive (id, places) SELECT id, slots FROM pool WHERE open");
    apply(&world, "DELETE FROM pool WHERE open");
    archive = catalog_find_table(world.catalog, "archive");
    assert_string_equal(program(&world, archive),
                        "SELECT src.id AS \"id\", src.slots AS \"places\" FROM "
                        "\"public\".\"pool\" AS src WHERE src.open");
    assert_non_null(
        strstr(program(&world, pool), "WHERE NOT COALESCE(src.open, false)"));
    end(&world);
}

static void test_join_is_pruned_with_its_column(void **state)
{
    static const char *const other_columns[] = {"id", "integer", "label", "text", NULL};
    struct world world;
    struct table *pool;

    (void)state;
    begin(&world);
    pool = live_table(&world, "pool", pool_columns);
    (void)live_table(&world, "other", other_columns);
    start(&world);
    apply(&world, "ALTER TABLE other ADD CONSTRAINT other_pkey PRIMARY KEY (id)");
    apply(&world, "ALTER TABLE pool ADD COLUMN label text");
    apply(&world,
          "UPDATE pool SET label = other.label FROM other WHERE other.id = pool.id");
    assert_non_null(strstr(program(&world, pool), "LEFT JOIN"));
    assert_null(
        strstr(program(&world, pool), "LATERAL")); /* one row at most: the key */
    apply(&world, "ALTER TABLE pool DROP COLUMN label");
    assert_null(strstr(program(&world, pool), "JOIN"));
    end(&world);
}

static void test_native_call_becomes_a_lookup(void **state)
{
    static const char *const columns[] = {"id", "integer", "conf", "bytea", NULL};
    struct world world;
    const struct native_use *use;

    (void)state;
    begin(&world);
    (void)live_table(&world, "run", columns);
    start(&world);
    apply(&world, "ALTER TABLE run ADD COLUMN j jsonb_document");
    apply(&world, "UPDATE run SET j = unpickle_json(conf)");
    assert_int_equal(world.lowering.natives.count, 1);
    use = world.lowering.natives.items[0];
    assert_string_equal(use->function, "unpickle_json");
    assert_non_null(strstr(use->gather, "FROM \"public\".\"run\" AS src"));
    end(&world);
}

static void test_cascade_takes_foreign_keys_along(void **state)
{
    struct world world;

    (void)state;
    begin(&world);
    start(&world);
    apply(&world, "CREATE TABLE a (id integer, CONSTRAINT a_pkey PRIMARY KEY (id))");
    apply(&world, "CREATE TABLE b (a integer, CONSTRAINT b_fk FOREIGN KEY (a) "
                  "REFERENCES a (id))");
    apply(&world, "ALTER TABLE a DROP CONSTRAINT a_pkey CASCADE");
    assert_null(table_find_constraint(catalog_find_table(world.catalog, "b"), "b_fk"));
    end(&world);
}

static void apply_upgrade(struct world *world, struct revision *revision)
{
    if (revision_parse(world->arena, revision, &world->err) != 0)
        fail_msg("%s", world->err.text);
    for (size_t j = 0; j < revision->upgrade.count; j++) {
        if (simulation_apply(&world->simulation, revision->upgrade.items[j], NULL,
                             &world->err) != 0)
            fail_msg("%s: %s", revision->id, world->err.text);
    }
}

static void assert_is_newest(const struct world *world)
{
    assert_non_null(catalog_find_table(world->catalog, "deadline_alert"));
    assert_null(catalog_find_table(world->catalog, "dataset"));
    assert_string_equal(
        table_find_column(catalog_find_table(world->catalog, "task_instance"), "id")
            ->type,
        "uuid");
}

static void test_whole_chain_upgrades(void **state)
{
    struct world world;
    struct chain chain;

    (void)state;
    begin(&world);
    start(&world);
    assert_int_equal(chain_load(world.arena, "core", &chain, &world.err), 0);
    assert_int_equal(chain.revisions.count - chain.base->position, 124);
    apply_upgrade(&world, chain.base);
    for (size_t i = chain.base->position + 1; i < chain.revisions.count; i++)
        apply_upgrade(&world, chain.revisions.items[i]);
    assert_is_newest(&world);
    end(&world);
}

static const char *joined_heads(struct world *world, const struct chain *chain,
                                const char *revision)
{
    struct list heads = {NULL, 0, 0};
    const char *text = "";

    chain_heads(world->arena, chain, (size_t)chain_find(chain, revision), &heads);
    for (size_t i = 0; i < heads.count; i++)
        text = arena_printf(world->arena, "%s%s%s", text, i > 0 ? " " : "",
                            (const char *)heads.items[i]);
    return text;
}

/* Airflow 1.10.3 to 1.10.6 came with two and three heads. */
static void test_branches_have_a_head_each(void **state)
{
    struct world world;
    struct chain chain;
    size_t position = 0;

    (void)state;
    begin(&world);
    assert_int_equal(chain_load(world.arena, "core", &chain, &world.err), 0);
    assert_string_equal(joined_heads(&world, &chain, "86770d1215c0"),
                        "86770d1215c0 0e2a74e0fc9f");
    assert_string_equal(joined_heads(&world, &chain, "05f30312d566"), "05f30312d566");
    assert_int_equal(chain_resolve(&chain, "1.10.3", &position, &world.err), 0);
    assert_string_equal(joined_heads(&world, &chain, "a56c9515abdc"),
                        "a56c9515abdc 939bb1e647c8");
    assert_int_equal(position, chain_find(&chain, "a56c9515abdc"));
    assert_string_equal(joined_heads(&world, &chain, "004c1210f153"),
                        "004c1210f153 6e96a59344a4 a56c9515abdc");
    assert_string_equal(joined_heads(&world, &chain, "74effc47d867"),
                        "74effc47d867 004c1210f153 a56c9515abdc");
    assert_string_equal(joined_heads(&world, &chain, "08364691d074"), "08364691d074");
    /* One branch alone: what it builds upon, and nothing of the other. */
    position = (size_t)chain_find(&chain, "0e2a74e0fc9f");
    chain_mark_applied(&chain, (size_t)chain_find(&chain, "86770d1215c0"));
    assert_false(((struct revision *)chain.revisions.items[position])->is_applied);
    assert_true(((struct revision *)chain.revisions.items[position - 1])->is_applied);
    end(&world);
}

static void test_targets_resolve(void **state)
{
    struct world world;
    struct chain chain;
    size_t position = 0;

    (void)state;
    begin(&world);
    assert_int_equal(chain_load(world.arena, "core", &chain, &world.err), 0);
    assert_int_equal(chain_resolve(&chain, "2.11.2", &position, &world.err), 0);
    assert_int_equal(position, chain_find(&chain, "5f2621c13b39"));
    assert_int_equal(chain_resolve(&chain, "head", &position, &world.err), 0);
    assert_int_equal(position, chain.revisions.count - 1);
    assert_int_equal(chain_find(&chain, "c804e5c76e3e"),
                     chain_find(&chain, "4bc4d934e2bc"));
    assert_string_equal(chain.base->id, "4bc4d934e2bc");
    assert_int_equal(chain_resolve(&chain, "3.3.9", &position, &world.err), 0);
    assert_int_equal(chain_resolve(&chain, "3.4.0", &position, &world.err), -1);
    assert_int_equal(world.err.category, ERR_UNSUPPORTED);
    assert_int_equal(chain_resolve(&chain, "nonsense", &position, &world.err), -1);
    assert_int_equal(chain_resolve(&chain, "1.9.0", &position, &world.err), 0);
    assert_int_equal(position, chain_find(&chain, "d2ae31099d61"));
    assert_int_equal(chain_resolve(&chain, "1.7.1", &position, &world.err), -1);
    end(&world);
}

static void test_and_keeps_its_operands_apart(void **state)
{
    struct world world;
    ast_node *either;
    ast_node *both;

    (void)state;
    begin(&world);
    either = ast_parse_expression(world.arena, "a OR b", &world.err);
    both = ast_parse_expression(world.arena, "c AND d", &world.err);
    assert_string_equal(ast_text(world.arena, ast_and(world.arena, either, both)),
                        "(a OR b) AND (c AND d)");
    end(&world);
}

static void test_versions_compare(void **state)
{
    (void)state;
    assert_true(version_compare("2.10.3", "2.9.9") > 0);
    assert_true(version_compare("3.0", "3.0.0") == 0);
    assert_true(version_compare("2.11.2", "3.0.0") < 0);
}

static void test_canonical_forms_ignore_casts(void **state)
{
    struct world world;
    struct column a = {0};
    struct column b = {0};

    (void)state;
    begin(&world);
    a.default_value = ast_parse_expression(world.arena, "'-1'::integer", &world.err);
    b.default_value = ast_parse_expression(world.arena, "'-1'", &world.err);
    assert_string_equal(ddl_canonical_default(world.arena, &a),
                        ddl_canonical_default(world.arena, &b));
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_is_substituted),
        cmocka_unit_test(test_operators_are_enclosed),
        cmocka_unit_test(test_undone_work_disappears),
        cmocka_unit_test(test_delete_filters_and_insert_adds_a_branch),
        cmocka_unit_test(test_join_is_pruned_with_its_column),
        cmocka_unit_test(test_native_call_becomes_a_lookup),
        cmocka_unit_test(test_cascade_takes_foreign_keys_along),
        cmocka_unit_test(test_whole_chain_upgrades),
        cmocka_unit_test(test_branches_have_a_head_each),
        cmocka_unit_test(test_targets_resolve),
        cmocka_unit_test(test_and_keeps_its_operands_apart),
        cmocka_unit_test(test_versions_compare),
        cmocka_unit_test(test_canonical_forms_ignore_casts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
