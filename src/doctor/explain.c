/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.c - what is missing and what is there too much, a line each.
 */
#include "config.h"

#include <string.h>

#include "doctor/explain.h"

/* --- differences ------------------------------------------------------------------- */

static const char *describe(const struct patient *patient,
                            const struct snapshot *reference, size_t number)
{
    const struct facts *facts = &patient->atlas->facts;
    struct arena *arena = patient->atlas->arena;
    const struct fact *fact = fact_at(facts, number);
    const char *want = snapshot_text(facts, reference, number);
    const char *have = snapshot_text(facts, patient->facts, number);

    switch (fact->kind) {
    case FACT_TABLE:
        return arena_printf(arena, "table %s is %s", fact->table,
                            *have == '\0' ? "missing" : "there, too");
    case FACT_COLUMN:
        if (*have == '\0')
            return arena_printf(arena, "column %s.%s is missing", fact->table,
                                fact->what);
        if (*want == '\0')
            return arena_printf(arena, "column %s.%s is there, too", fact->table,
                                fact->what);
        return arena_printf(arena, "column %s.%s is %s, not %s", fact->table,
                            fact->what, have, want);
    case FACT_CONSTRAINT:
        return arena_printf(
            arena, "%s %s: %s", fact->table,
            *have == '\0' ? "has no constraint" : "has a constraint, too", fact->what);
    case FACT_INDEX:
    case FACT_DETAIL:
    case FACT_NAME:
        break;
    }
    return arena_printf(arena, "%s has %s: %s", fact->table,
                        *have == '\0'                 ? "no index"
                        : strlen(have) < strlen(want) ? "fewer such indexes"
                        : *want == '\0'               ? "an index, too"
                                                      : "more such indexes",
                        fact->what);
}

/* An index that is there too much is nobody's problem, and often somebody's wish. */
static bool is_harmless(const struct patient *patient, const struct fact *fact,
                        const struct snapshot *reference, size_t number)
{
    return fact->kind == FACT_INDEX && strncmp(fact->what, "UNIQUE ", 7) != 0 &&
           strlen(snapshot_text(&patient->atlas->facts, reference, number)) <
               strlen(snapshot_text(&patient->atlas->facts, patient->facts, number));
}

void explain_differences(const struct yardstick *yardstick,
                         const struct snapshot *reference, struct diagnosis *diagnosis)
{
    const struct patient *patient = yardstick->patient;
    struct arena *arena = patient->atlas->arena;

    diagnosis->differences.count = 0;
    diagnosis->surplus.count = 0;
    for (size_t number = 1; number <= patient->known; number++) {
        const struct fact *fact = fact_at(&patient->atlas->facts, number);

        if (snapshot_value(reference, number) ==
                snapshot_value(patient->facts, number) ||
            fact_is_detail(fact) || !yardstick_counts(yardstick, number) ||
            snapshot_is_below(fact, number, reference, patient->facts))
            continue;
        list_add(arena,
                 is_harmless(patient, fact, reference, number)
                     ? &diagnosis->surplus
                     : &diagnosis->differences,
                 (void *)describe(patient, reference, number));
    }
}

/* --- names ------------------------------------------------------------------------- */

static bool is_name_in(const struct snapshot *snapshot, size_t number, unsigned name)
{
    return snapshot != NULL && snapshot_value(snapshot, number) == name;
}

void explain_names(const struct patient *patient, struct diagnosis *diagnosis)
{
    struct atlas *atlas = patient->atlas;
    struct facts *facts = &atlas->facts;

    for (size_t number = 1; number <= patient->known; number++) {
        const struct fact *fact = fact_at(facts, number);
        unsigned name = snapshot_value(patient->facts, number);
        bool is_ours = false;
        const char *wanted = "";

        if (fact->kind != FACT_NAME || name == 0 || fact->owner != OWNER_CORE)
            continue;
        for (int lineage = 0; lineage < LINEAGES; lineage++) {
            const struct snapshot *at =
                lineage != LINEAGE_ALONE ? atlas->core_at[lineage][diagnosis->claimed]
                                         : NULL;

            is_ours |= is_name_in(at, number, name);
            if (at != NULL && *wanted == '\0')
                wanted = snapshot_text(facts, at, number);
        }
        if (!is_ours && *wanted != '\0')
            list_add(atlas->arena, &diagnosis->names,
                     arena_printf(atlas->arena, "%s: %s, not %s, of %s", fact->table,
                                  snapshot_text(facts, patient->facts, number), wanted,
                                  fact->what));
    }
}
