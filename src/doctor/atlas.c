/* SPDX-License-Identifier: Apache-2.0
 *
 * atlas.c - simulates the chains from an empty catalog and keeps what each revision leaves.
 */
#include "config.h"

#include <string.h>

#include "compiler/simulate.h"
#include "doctor/atlas.h"

static int start(struct atlas *atlas, enum lineage lineage,
                 struct simulation *simulation, struct err *err)
{
    if (simulation_start(simulation, atlas->arena,
                         catalog_new(atlas->arena, atlas->schema), atlas->dialect,
                         false, err) != 0)
        return -1;
    simulation->is_direct = lineage != LINEAGE_GROWN;
    return 0;
}

static struct snapshot *take(struct atlas *atlas, const struct catalog *catalog)
{
    struct arena *scratch = arena_new();
    struct snapshot *snapshot = facts_of(&atlas->facts, catalog, scratch);

    arena_free(scratch);
    return snapshot;
}

/* `passage`: keeps what there is between the statements; NULL for no need. */
static int apply(struct atlas *atlas, struct simulation *simulation,
                 struct revision *revision, struct list *passage, struct err *err)
{
    if (revision_parse(atlas->arena, revision, err) != 0)
        return -1;
    for (size_t i = 0; i < revision->upgrade.count; i++) {
        if (simulation_apply(simulation, revision->upgrade.items[i], NULL, err) != 0)
            return err_wrap(err, "revision %s", revision->id);
        if (passage != NULL && i + 1 < revision->upgrade.count)
            list_add(atlas->arena, passage, take(atlas, simulation->catalog));
    }
    return 0;
}

static struct list *passage_at(struct passage *passage, enum lineage lineage,
                               size_t position)
{
    return passage->position == (int)position ? &passage->at[lineage] : NULL;
}

bool atlas_passes(const struct passage *passage, enum lineage lineage, size_t number,
                  unsigned value)
{
    for (size_t i = 0; i < passage->at[lineage].count; i++) {
        if (snapshot_value(passage->at[lineage].items[i], number) == value)
            return true;
    }
    return false;
}

/* Up to and with `last`, keeping what each revision leaves. */
static int run_core(struct atlas *atlas, enum lineage lineage,
                    struct simulation *simulation, size_t last, struct snapshot **at,
                    struct err *err)
{
    const struct chain *chain = &atlas->core;
    size_t first = 0;

    if (lineage == LINEAGE_CREATED) {
        if (apply(atlas, simulation, chain->base, NULL, err) != 0)
            return -1;
        at[chain->base->position] = take(atlas, simulation->catalog);
        first = chain->base->position + 1;
    }
    for (size_t i = first; i <= last; i++) {
        if (apply(atlas, simulation, chain->revisions.items[i],
                  passage_at(&atlas->core_passage, lineage, i), err) != 0)
            return -1;
        at[i] = take(atlas, simulation->catalog);
    }
    return 0;
}

/* On tables that Airflow 2 made (a simulation of the core chain), or on none. */
static int run_fab(struct atlas *atlas, enum lineage lineage,
                   struct simulation *simulation, struct snapshot **at, struct err *err)
{
    const struct chain *chain = &atlas->fab;

    at[0] = take(atlas, simulation->catalog);
    for (size_t i = 0; i < chain->revisions.count; i++) {
        if (apply(atlas, simulation, chain->revisions.items[i],
                  passage_at(&atlas->fab_passage, lineage, i), err) != 0)
            return -1;
        at[i + 1] = take(atlas, simulation->catalog);
    }
    return 0;
}

int atlas_start(struct atlas *atlas, struct arena *arena, const struct dialect *dialect,
                const char *schema, struct err *err)
{
    memset(atlas, 0, sizeof(*atlas));
    atlas->arena = arena;
    atlas->dialect = dialect;
    atlas->schema = schema;
    facts_start(&atlas->facts, arena, dialect);
    atlas->core_passage.position = -1;
    atlas->fab_passage.position = -1;
    return chain_load(arena, "core", &atlas->core, err) != 0 ||
                   chain_load(arena, "fab", &atlas->fab, err) != 0
               ? -1
               : 0;
}

int atlas_make(struct atlas *atlas, struct err *err)
{
    struct arena *arena = atlas->arena;
    struct simulation simulation;
    size_t last;

    last = atlas->core.revisions.count - 1;
    for (int lineage = 0; lineage < LINEAGES; lineage++) {
        if (start(atlas, lineage, &simulation, err) != 0)
            return -1;
        if (lineage != LINEAGE_ALONE) {
            atlas->core_at[lineage] =
                arena_zalloc(arena, (last + 1) * sizeof(*atlas->core_at[0]));
            if (run_core(atlas, lineage, &simulation, last, atlas->core_at[lineage],
                         err) != 0)
                return -1;
        }
        atlas->fab_at[lineage] = arena_zalloc(arena, (atlas->fab.revisions.count + 1) *
                                                         sizeof(*atlas->fab_at[0]));
        if (run_fab(atlas, lineage, &simulation, atlas->fab_at[lineage], err) != 0)
            return -1;
    }
    return 0;
}

struct snapshot *atlas_applied(struct atlas *atlas, struct err *err)
{
    struct simulation simulation;

    if (start(atlas, LINEAGE_GROWN, &simulation, err) != 0)
        return NULL;
    for (size_t i = 0; i < atlas->core.revisions.count; i++) {
        struct revision *revision = atlas->core.revisions.items[i];

        if (revision->is_applied && apply(atlas, &simulation, revision, NULL, err) != 0)
            return NULL;
    }
    return take(atlas, simulation.catalog);
}
