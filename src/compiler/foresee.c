/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee.c - from the row programs to questions.
 */
#include "config.h"

#include "compiler/foresee.h"
#include "compiler/foresee_internal.h"
#include "compiler/foresee_way.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"
#include "state/fault.h"

/* Greater tables are not grouped by a key. */
#define KEY_MAX_BYTES fault_limit("AIRSHIFT_TEST_LOOK_BYTES", 1024ULL * 1024 * 1024)
/* Nor is anything joined for a key where a table is greater than this. */
#define JOIN_MAX_BYTES fault_limit("AIRSHIFT_TEST_LOOK_BYTES", 256ULL * 1024 * 1024)

static int look_at_keys(struct look *look, const struct table *live,
                        const struct table *table, const struct branch *branch)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *key = table->constraints.items[i];

        if ((key->kind == CONSTRAINT_PRIMARY || key->kind == CONSTRAINT_UNIQUE) &&
            foresee_key(look, live, table, branch, key->name, &key->columns) != 0)
            return -1;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        if (foresee_index(look, live, table, branch, table->indexes.items[i]) != 0)
            return -1;
    }
    return 0;
}

static int look_at_references(struct look *look, const struct table *table,
                              const struct branch *branch)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *key = table->constraints.items[i];

        if (key->kind == CONSTRAINT_FOREIGN && !key->is_unenforced &&
            (key->live_name == NULL || look->options->everything) &&
            foresee_reference(look, table, branch, key) != 0)
            return -1;
    }
    return 0;
}

bool foresee_takes_key_of(const struct live_table *source)
{
    return source->heap_bytes <= KEY_MAX_BYTES;
}

static int look_at_table(struct look *look, const struct foresee_options *options,
                         const struct table *table, bool at_keys)
{
    const struct rows *rows = table->rows;

    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];
        const struct table *live =
            branch->source != NULL
                ? catalog_find_table(look->plan->live, branch->source->name)
                : NULL;

        if (live == NULL)
            continue;
        if (!at_keys && options->values &&
            foresee_values(look, live, table, branch, NULL) != 0)
            return -1;
        if (!at_keys && options->references &&
            look_at_references(look, table, branch) != 0)
            return -1;
        if (at_keys && rows->branches.count == 1 &&
            (foresee_takes_key_of(branch->source) || options->everything) &&
            branch->source->heap_bytes >= options->key_min &&
            look_at_keys(look, live, table, branch) != 0)
            return -1;
    }
    return 0;
}

static bool all_are_small(const struct catalog *catalog, unsigned long long most)
{
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        if (table->live != NULL && table->live->heap_bytes > most)
            return false;
    }
    return true;
}

struct look foresee_look(struct plan *plan, const struct foresee_options *options,
                         struct list *queries, struct err *err)
{
    struct look look = {.plan = plan,
                        .arena = plan->arena,
                        .options = options,
                        .queries = queries,
                        .may_join = options->everything ||
                                    all_are_small(plan->live, options->joins_less
                                                                  ? JOIN_MAX_BYTES / 8
                                                                  : JOIN_MAX_BYTES),
                        .err = err};
    const struct list *natives = &plan->lowering.natives;

    for (size_t i = 0; i < natives->count; i++)
        list_add(look.arena, &look.made,
                 (void *)((const struct native_use *)natives->items[i])->name);
    return look;
}

int foresee(struct plan *plan, const struct foresee_options *options,
            struct list *queries, struct err *err)
{
    struct look look = foresee_look(plan, options, queries, err);

    /* Keys last: a row that goes anyway must not be the one that keeps its key. */
    for (size_t i = 0; i < 2 * plan->target->tables.count; i++) {
        const struct table *table =
            plan->target->tables.items[i % plan->target->tables.count];

        if (!table->is_foreign) {
            if (look_at_table(&look, options, table, i >= plan->target->tables.count) !=
                0)
                return err_wrap(err, "the rows of %s", table->name);
        }
    }
    if (plan->way != NULL)
        foresee_way_end(plan->way, queries);
    return 0;
}
