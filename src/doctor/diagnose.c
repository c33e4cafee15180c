/* SPDX-License-Identifier: Apache-2.0
 *
 * diagnose.c - counts in what the catalog differs from that of each revision, and draws the
 * conclusion. Objects that no revision knows are a user's own and do not count.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "doctor/diagnose.h"
#include "doctor/explain.h"

enum { RANKED = 5 };

/* --- distances --------------------------------------------------------------------- */

struct scale {
    const struct patient *patient;
    bool is_fab;
    struct snapshot **at[LINEAGES]; /* by position plus `offset` */
    int first;                      /* position */
    int last;
    int offset;
    const struct passage *passage;
};

static struct snapshot *reference_at(const struct scale *scale, enum lineage lineage,
                                     int position)
{
    return scale->at[lineage] != NULL ? scale->at[lineage][position + scale->offset]
                                      : NULL;
}

bool diagnosis_is_airflow_3(const struct chain *core, int position)
{
    const struct revision *revision = core->revisions.items[position];

    return version_compare(revision->version, "3.0.0") >= 0;
}

static struct yardstick yardstick_at(const struct scale *scale, int position)
{
    struct yardstick yardstick = {.patient = scale->patient, .is_fab = scale->is_fab};

    yardstick.is_fab_base = scale->is_fab && position == 0;
    /* From there on the ab_* tables are the provider's, and some tables of Airflow 2 may be
     * there or not. */
    yardstick.is_airflow_3 =
        !scale->is_fab &&
        diagnosis_is_airflow_3(&scale->patient->atlas->core, position);
    return yardstick;
}

/* What the provider's models make at its first revision has some of what its second one
 * brings, more of it from version to version. */
static bool is_ahead(const struct patient *patient, size_t number)
{
    const struct fact *fact = fact_at(&patient->atlas->facts, number);
    unsigned have = snapshot_value(patient->facts, number);

    for (int lineage = 0; lineage < LINEAGES; lineage++) {
        if (snapshot_value(patient->atlas->fab_at[lineage][2], number) == have)
            return true;
    }
    return fact->kind == FACT_INDEX && strcmp(fact->table, "ab_user_group") == 0;
}

/* Where Airflow's own ways to one revision differ. */
static bool has_leeway(const struct fact *fact, bool is_airflow_3)
{
    /* Below 3.0 the models have another type than the revisions. */
    if (!is_airflow_3 && fact->kind == FACT_COLUMN &&
        strcmp(fact->table, "task_instance") == 0 &&
        strcmp(fact->what, "trigger_timeout") == 0)
        return true;
    /* Airflow 2's revision 22ed7efa9da2 makes it, that of Airflow 3 does not. */
    return fact->kind == FACT_CONSTRAINT &&
           strcmp(fact->table, "dag_schedule_dataset_alias_reference") == 0 &&
           strncmp(fact->what, "FOREIGN KEY (\"dag_id\")", 22) == 0;
}

/* A database that came from Airflow 2 is stamped with the provider's first revision and does
 * not run it: the web server makes these when it first starts. */
static bool comes_later(const struct patient *patient, size_t number)
{
    const struct fact *fact = fact_at(&patient->atlas->facts, number);

    return fact->kind == FACT_TABLE && snapshot_value(patient->facts, number) == 0 &&
           (strcmp(fact->table, "ab_group") == 0 ||
            strcmp(fact->table, "ab_group_role") == 0 ||
            strcmp(fact->table, "ab_user_group") == 0);
}

bool yardstick_counts(const struct yardstick *yardstick, size_t number)
{
    const struct patient *patient = yardstick->patient;
    const struct fact *fact = fact_at(&patient->atlas->facts, number);

    if (yardstick->is_fab)
        return fact->owner == OWNER_FAB && !comes_later(patient, number) &&
               !(yardstick->is_fab_base && is_ahead(patient, number));
    if (has_leeway(fact, yardstick->is_airflow_3))
        return false;
    if (patient->forgets_checks && fact->kind == FACT_CONSTRAINT &&
        strncmp(fact->what, "CHECK ", 6) == 0)
        return false;
    switch (fact->owner) {
    case OWNER_CORE:
        return true;
    case OWNER_FAB:
        return !yardstick->is_airflow_3 && !patient->has_fab_versions;
    case OWNER_AIRFLOW_2:
        return !yardstick->is_airflow_3;
    case OWNER_OPTIONAL:
        break;
    }
    return false;
}

static struct candidate measure(const struct scale *scale,
                                const struct snapshot *reference, int position)
{
    const struct patient *patient = scale->patient;
    struct yardstick yardstick = yardstick_at(scale, position);
    struct candidate candidate = {.position = position};

    for (size_t number = 1; number <= patient->known; number++) {
        const struct fact *fact = fact_at(&patient->atlas->facts, number);
        unsigned want = snapshot_value(reference, number);
        unsigned have = snapshot_value(patient->facts, number);

        if (want == have || !yardstick_counts(&yardstick, number) ||
            snapshot_is_below(fact, number, reference, patient->facts))
            continue;
        if (fact_is_detail(fact))
            candidate.details += want != 0 && have != 0;
        else
            candidate.differences++;
    }
    return candidate;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = *(const struct candidate *const *)a;
    const struct candidate *y = *(const struct candidate *const *)b;

    if (x->differences != y->differences)
        return x->differences < y->differences ? -1 : 1;
    if (x->details != y->details)
        return x->details < y->details ? -1 : 1;
    return y->position - x->position; /* the newest first */
}

/* The better of the lineages; false where the position is in none. */
static bool measure_at(const struct scale *scale, int position,
                       struct candidate *candidate)
{
    bool is_there = false;

    for (int lineage = 0; lineage < LINEAGES; lineage++) {
        struct snapshot *reference = reference_at(scale, lineage, position);
        struct candidate one;
        const struct candidate *best = candidate;
        const struct candidate *other = &one;

        if (reference == NULL)
            continue;
        one = measure(scale, reference, position);
        one.lineage = lineage;
        if (!is_there || compare_candidates(&other, &best) < 0)
            *candidate = one;
        is_there = true;
    }
    return is_there;
}

static void rank(const struct scale *scale, struct diagnosis *diagnosis)
{
    struct arena *arena = scale->patient->atlas->arena;
    struct list *ranking = &diagnosis->ranking;

    for (int position = scale->first; position <= scale->last; position++) {
        struct candidate *candidate = arena_zalloc(arena, sizeof(*candidate));

        if (measure_at(scale, position, candidate))
            list_add(arena, ranking, candidate);
    }
    qsort(ranking->items, ranking->count, sizeof(*ranking->items), compare_candidates);
    for (size_t i = 0; i < ranking->count; i++) {
        struct candidate *candidate = ranking->items[i];
        const struct candidate *best = ranking->items[0];

        if (candidate->differences == 0 && candidate->details == best->details)
            list_add(arena, &diagnosis->equal, candidate);
    }
    if (ranking->count > RANKED && diagnosis->equal.count < RANKED)
        ranking->count = RANKED;
    else if (diagnosis->equal.count >= RANKED)
        ranking->count = diagnosis->equal.count;
}

/* --- half of a revision ------------------------------------------------------------ */

struct half {
    int revision;
    enum lineage lineage;
    unsigned strange; /* facts that are neither as before it nor as after it */
    unsigned done;
    unsigned made; /* of `done`: what was not there before */
    unsigned all;
};

static struct half measure_half(const struct scale *scale, enum lineage lineage,
                                int revision)
{
    const struct patient *patient = scale->patient;
    const struct snapshot *before = reference_at(scale, lineage, revision - 1);
    const struct snapshot *after = reference_at(scale, lineage, revision);
    struct yardstick yardstick = yardstick_at(scale, revision);
    struct half half = {.revision = revision, .lineage = lineage};

    for (size_t number = 1; number <= patient->known; number++) {
        const struct fact *fact = fact_at(&patient->atlas->facts, number);
        unsigned was = snapshot_value(before, number);
        unsigned will_be = snapshot_value(after, number);
        unsigned have = snapshot_value(patient->facts, number);

        if ((was == have && will_be == have) || fact_is_detail(fact) ||
            !yardstick_counts(&yardstick, number))
            continue;
        if (have != was && have != will_be && scale->passage->position == revision &&
            atlas_passes(scale->passage, lineage, number, have)) {
            half.all++;
            half.made += have != 0;
            continue;
        }
        if (was != will_be) {
            half.all++;
            half.done += have == will_be;
            half.made += have == will_be && have != 0;
        }
        if (have != was && have != will_be &&
            !(snapshot_is_below(fact, number, before, patient->facts) &&
              snapshot_is_below(fact, number, after, patient->facts)))
            half.strange++;
    }
    return half;
}

/* Finds the revision of which some changes are there and some are not, so that what is left
 * unexplained is less than with any whole revision. False where there is none. */
static bool find_half(const struct scale *scale, const struct diagnosis *diagnosis,
                      struct half *found)
{
    const struct candidate *best = diagnosis->ranking.items[0];
    bool is_found = false;

    for (int lineage = 0; lineage < LINEAGES; lineage++) {
        for (int revision = scale->first + 1; revision <= scale->last; revision++) {
            struct half half;

            if (reference_at(scale, lineage, revision - 1) == NULL ||
                reference_at(scale, lineage, revision) == NULL)
                continue;
            half = measure_half(scale, lineage, revision);
            /* That something is missing alone is no sign of a revision. */
            if (half.done == half.all ||
                (half.made == 0 && 2 * half.done < half.all + 1) ||
                half.strange >= best->differences)
                continue;
            /* What follows what the version table says is the likelier. */
            if (!is_found || half.strange < found->strange ||
                (half.strange == found->strange &&
                 half.revision == diagnosis->claimed + 1 &&
                 found->revision != diagnosis->claimed + 1))
                *found = half;
            is_found = true;
        }
    }
    return is_found;
}

/* --- what the version table says ---------------------------------------------------- */

int diagnosis_find(const struct chain *chain, const char *id)
{
    if (chain->base != NULL && strcmp(chain->base->id, id) == 0)
        return (int)chain->base->position;
    for (size_t i = 0; i < chain->revisions.count; i++) {
        if (strcmp(((const struct revision *)chain->revisions.items[i])->id, id) == 0)
            return (int)i;
    }
    return -1;
}

static void read_claim(struct arena *arena, struct chain *chain,
                       struct diagnosis *diagnosis)
{
    diagnosis->claimed = -1;
    for (size_t i = 0; i < diagnosis->versions.count; i++) {
        int position = diagnosis_find(chain, diagnosis->versions.items[i]);

        if (position < 0) {
            list_add(arena, &diagnosis->unknown, diagnosis->versions.items[i]);
            continue;
        }
        chain_mark_applied(chain, (size_t)position);
        if (position > diagnosis->claimed)
            diagnosis->claimed = position;
    }
}

/* No row that another one builds upon, and none that is not known. */
static bool are_heads(struct arena *arena, const struct chain *chain,
                      const struct diagnosis *diagnosis)
{
    struct list heads = {NULL, 0, 0};

    if (diagnosis->claimed < 0 || diagnosis->unknown.count > 0)
        return false;
    if (diagnosis->versions.count == 1)
        return true;
    chain_heads(arena, chain, 0, &heads);
    return heads.count == diagnosis->versions.count;
}

static bool is_whole(const struct chain *chain, int position)
{
    for (int i = 0; i <= position; i++) {
        if (!((const struct revision *)chain->revisions.items[i])->is_applied)
            return false;
    }
    return true;
}

/* --- the conclusion ---------------------------------------------------------------- */

/* Explains against a snapshot, which may be one of its own. */
static void explain(const struct scale *scale, const struct snapshot *reference,
                    const struct candidate *against, struct diagnosis *diagnosis)
{
    struct yardstick yardstick = yardstick_at(scale, against->position);

    diagnosis->against = *against;
    explain_differences(&yardstick, reference, diagnosis);
}

static const struct snapshot *reference_of(const struct scale *scale,
                                           const struct candidate *candidate)
{
    return reference_at(scale, candidate->lineage, candidate->position);
}

static void conclude(const struct scale *scale, const struct snapshot *claimed,
                     bool has_heads, struct diagnosis *diagnosis)
{
    const struct candidate *best = diagnosis->ranking.items[0];
    struct half half = {0};

    if (has_heads) {
        explain(scale, claimed, &diagnosis->at_claimed, diagnosis);
        if (diagnosis->at_claimed.differences == 0) {
            diagnosis->verdict = VERDICT_RIGHT;
            return;
        }
    }
    if (best->differences == 0) {
        diagnosis->verdict = VERDICT_WRONG_VERSION;
        explain(scale, reference_of(scale, best), best, diagnosis);
        return;
    }
    /* The last revision, with something missing, is not told from half a revision: what the
     * version table says decides. */
    if (find_half(scale, diagnosis, &half) &&
        !(has_heads && half.revision == diagnosis->claimed)) {
        struct candidate after = {.position = half.revision, .lineage = half.lineage};

        diagnosis->verdict = VERDICT_BETWEEN;
        diagnosis->half = half.revision;
        diagnosis->half_done = half.done;
        diagnosis->half_all = half.all;
        explain(scale, reference_of(scale, &after), &after, diagnosis);
        return;
    }
    if (has_heads && diagnosis->at_claimed.differences <= best->differences) {
        /* All that is too much is an index that another revision has: a user's. */
        diagnosis->verdict =
            diagnosis->differences.count == 0 ? VERDICT_RIGHT : VERDICT_DRIFTED;
        return;
    }
    diagnosis->verdict = VERDICT_DRIFTED;
    explain(scale, reference_of(scale, best), best, diagnosis);
}

static bool has_tables(const struct scale *scale)
{
    const struct patient *patient = scale->patient;
    size_t count = 0;

    for (size_t number = 1; number <= patient->known; number++) {
        const struct fact *fact = fact_at(&patient->atlas->facts, number);

        count += fact->kind == FACT_TABLE &&
                 fact->owner == (scale->is_fab ? OWNER_FAB : OWNER_CORE) &&
                 snapshot_value(patient->facts, number) != 0;
    }
    return count > 0;
}

/* What both chains begin with: what the version table says, and the nearest revisions. False,
 * with the verdict, where there are no tables. */
static bool begin(const struct scale *scale, struct chain *chain,
                  struct diagnosis *diagnosis)
{
    read_claim(scale->patient->atlas->arena, chain, diagnosis);
    if (!has_tables(scale)) {
        diagnosis->verdict = VERDICT_ABSENT;
        return false;
    }
    rank(scale, diagnosis);
    return true;
}

int diagnose_core(struct patient *patient, struct diagnosis *diagnosis, struct err *err)
{
    struct atlas *atlas = patient->atlas;
    struct chain *chain = &atlas->core;
    struct scale scale = {.patient = patient,
                          .last = (int)chain->revisions.count - 1,
                          .passage = &atlas->core_passage};
    const struct snapshot *claimed = NULL;
    bool has_heads;

    memcpy(scale.at, atlas->core_at, sizeof(scale.at));
    if (!begin(&scale, chain, diagnosis))
        return 0;
    has_heads = are_heads(atlas->arena, chain, diagnosis);
    if (has_heads && is_whole(chain, diagnosis->claimed)) {
        (void)measure_at(&scale, diagnosis->claimed, &diagnosis->at_claimed);
        claimed = reference_of(&scale, &diagnosis->at_claimed);
    } else if (has_heads) {
        claimed = atlas_applied(atlas, err);
        if (claimed == NULL)
            return -1;
        diagnosis->is_between_branches = true;
        diagnosis->at_claimed = measure(&scale, claimed, diagnosis->claimed);
    }
    conclude(&scale, claimed, has_heads, diagnosis);
    if (diagnosis->verdict == VERDICT_RIGHT && !diagnosis->is_between_branches)
        explain_names(patient, diagnosis);
    return 0;
}

void diagnose_fab(struct patient *patient, struct diagnosis *diagnosis)
{
    struct atlas *atlas = patient->atlas;
    struct chain *chain = &atlas->fab;
    struct scale scale = {.patient = patient,
                          .is_fab = true,
                          .first = -1,
                          .last = (int)chain->revisions.count - 1,
                          .offset = 1,
                          .passage = &atlas->fab_passage};
    bool has_heads;

    memcpy(scale.at, atlas->fab_at, sizeof(scale.at));
    if (!begin(&scale, chain, diagnosis))
        return;
    has_heads = are_heads(atlas->arena, chain, diagnosis);
    if (has_heads)
        (void)measure_at(&scale, diagnosis->claimed, &diagnosis->at_claimed);
    if (diagnosis->versions.count == 0) {
        (void)measure_at(&scale, -1, &diagnosis->at_claimed);
        if (diagnosis->at_claimed.differences == 0) {
            diagnosis->verdict = VERDICT_UNSTAMPED;
            return;
        }
    }
    conclude(&scale, has_heads ? reference_of(&scale, &diagnosis->at_claimed) : NULL,
             has_heads, diagnosis);
}

/* --- what to do about it ------------------------------------------------------------ */

bool diagnosis_is_bad(const struct diagnosis *diagnosis)
{
    if (diagnosis->verdict == VERDICT_ABSENT)
        return diagnosis->versions.count > 0;
    return diagnosis->verdict != VERDICT_RIGHT &&
           diagnosis->verdict != VERDICT_UNSTAMPED;
}

const char *diagnosis_place(struct arena *arena, const struct chain *chain,
                            int position)
{
    const struct revision *revision;

    if (position < 0)
        return "what Airflow 2 leaves";
    revision = chain->revisions.items[position];
    return arena_printf(arena, "%s (%s%s%s)", revision->id, revision->version,
                        revision->title != NULL ? ": " : "",
                        revision->title != NULL ? revision->title : "");
}

static bool is_equal_to(const struct diagnosis *diagnosis, int position)
{
    for (size_t i = 0; i < diagnosis->equal.count; i++) {
        if (((const struct candidate *)diagnosis->equal.items[i])->position == position)
            return true;
    }
    return false;
}

int diagnosis_revision(const struct diagnosis *diagnosis, const char *wanted,
                       int *position, struct err *err)
{
    if (diagnosis->equal.count == 0) {
        (void)err_set(err, ERR_STATE, "the catalog is that of no revision");
        return err_hint(err, "What is missing or too much must be put right first.");
    }
    *position = ((const struct candidate *)diagnosis->equal.items[0])->position;
    if (wanted != NULL) {
        *position = diagnosis_find(diagnosis->chain, wanted);
        if (*position >= 0 && is_equal_to(diagnosis, *position))
            return 0;
        (void)err_set(err, ERR_STATE, "the catalog is not that of revision \"%s\"",
                      wanted);
        return err_hint(err, "--revision chooses among the revisions that `airshift "
                             "doctor` says the catalog may be that of.");
    }
    /* It may be newer than this airshift, and have changed nothing that is known here. */
    if (diagnosis->unknown.count > 0) {
        (void)err_set(err, ERR_STATE, "%s holds \"%s\", which airshift does not know",
                      diagnosis->chain->version_table,
                      (const char *)diagnosis->unknown.items[0]);
        return err_hint(err,
                        "Where it is not from a newer Airflow or a fork: --revision "
                        "says which to write.");
    }
    if (diagnosis->equal.count == 1)
        return 0;
    /* Of several rows the one that fits is the right one. */
    if (is_equal_to(diagnosis, diagnosis->claimed)) {
        *position = diagnosis->claimed;
        return 0;
    }
    (void)err_set(err, ERR_STATE,
                  "the catalog does not tell %zu revisions apart: they change no table",
                  diagnosis->equal.count);
    return err_hint(err, "Choose with --revision: the oldest runs the others again at "
                         "the next migration, the newest skips them.");
}
