/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor_text.c - an examination for a person: what was found, the evidence, what to do.
 */
#include "config.h"

#include <stdio.h>

#include "base/strbuf.h"
#include "doctor/doctor.h"
#include "render.h"

enum { LINES_MAX = 20 };

struct page {
    struct examination *examination;
    const struct diagnosis *diagnosis;
};

static const char *place(const struct page *page, int position)
{
    return diagnosis_place(page->examination->arena, page->diagnosis->chain, position);
}

static const char *id_at(const struct page *page, int position)
{
    if (position < 0)
        return "none";
    return ((const struct revision *)page->diagnosis->chain->revisions.items[position])
        ->id;
}

static void print_list(const char *prefix, const struct list *lines)
{
    for (size_t i = 0; i < lines->count && i < LINES_MAX; i++)
        (void)printf("%s%s\n", prefix, (const char *)lines->items[i]);
    if (lines->count > LINES_MAX)
        (void)printf("%sand %zu more (--json has all)\n", prefix,
                     lines->count - LINES_MAX);
}

static void print_claim(const struct page *page)
{
    const struct diagnosis *diagnosis = page->diagnosis;

    if (!diagnosis->has_version_table)
        (void)printf("%s: there is no table %s\n", diagnosis->chain->name,
                     diagnosis->chain->version_table);
    else if (diagnosis->versions.count == 0)
        (void)printf("%s: %s is empty\n", diagnosis->chain->name,
                     diagnosis->chain->version_table);
    for (size_t i = 0; i < diagnosis->versions.count; i++) {
        const char *id = diagnosis->versions.items[i];
        int position = diagnosis_find(diagnosis->chain, id);

        (void)printf("%s: %s %s %s\n", diagnosis->chain->name,
                     diagnosis->chain->version_table, i > 0 ? "also says" : "says",
                     position >= 0 ? place(page, position) : id);
        if (position < 0)
            (void)printf("  which is no revision that airshift knows: of a newer "
                         "Airflow, an older one, or a fork\n");
    }
}

/* What the version table says comes first, where it is among them. */
static void print_equal(const struct page *page)
{
    const struct diagnosis *diagnosis = page->diagnosis;
    const char *words = "the tables are those of";

    if (diagnosis->verdict == VERDICT_RIGHT) {
        (void)printf("%s: %s that\n", diagnosis->chain->name, words);
        words = "and no less those of";
    }
    for (size_t i = 0; i < diagnosis->equal.count; i++) {
        const struct candidate *candidate = diagnosis->equal.items[i];

        if (diagnosis->verdict == VERDICT_RIGHT &&
            candidate->position == diagnosis->claimed)
            continue;
        (void)printf("%s: %s %s\n", diagnosis->chain->name, words,
                     place(page, candidate->position));
        words = "and no less those of";
    }
}

static void print_names(const struct diagnosis *diagnosis)
{
    if (diagnosis->names.count == 0)
        return;
    (void)printf(
        "note: names that no revision gives; airshift knows these by what they "
        "are, Airflow's own revisions may look for them in vain:\n");
    print_list("    ", &diagnosis->names);
}

static void print_nearest(const struct page *page)
{
    for (size_t i = 0; i < page->diagnosis->ranking.count; i++) {
        const struct candidate *candidate = page->diagnosis->ranking.items[i];

        (void)printf("  %3u difference%s to %s\n", candidate->differences,
                     candidate->differences == 1 ? " " : "s",
                     place(page, candidate->position));
    }
}

static void print_between(const struct page *page)
{
    const struct diagnosis *diagnosis = page->diagnosis;
    const char *before = id_at(page, diagnosis->half - 1);
    const char *half = id_at(page, diagnosis->half);

    (void)printf("wrong: %s is applied in part: %u of its %u changes to the catalog "
                 "are there\n",
                 place(page, diagnosis->half), diagnosis->half_done,
                 diagnosis->half_all);
    (void)printf("  to be at it:\n");
    print_list("    ", &diagnosis->differences);
    print_list("    ", &diagnosis->surplus);
    (void)printf("do: `airshift inspect sql --chain %s --from %s --to %s --engine %s` "
                 "prints its "
                 "statements. Run those that are missing, rows included, then "
                 "`airshift doctor --repair` writes %s; or restore the backup. Do not "
                 "write a version by hand: a migration would fail at what is there "
                 "already, or leave out what is not.\n",
                 diagnosis->chain->name, before, half,
                 dialect_name(page->examination->atlas.dialect), half);
}

static void print_wrong_version(const struct page *page)
{
    const struct diagnosis *diagnosis = page->diagnosis;
    struct err err = {0};
    int position;

    (void)printf("wrong: %s does not say what the tables are\n",
                 diagnosis->chain->version_table);
    if (diagnosis->versions.count > 1)
        (void)printf("  more than one revision at once is right only between branches "
                     "of the chain\n");
    if (diagnosis->claimed >= 0 && diagnosis->at_claimed.differences > 0)
        (void)printf("  they have %u difference%s to %s\n",
                     diagnosis->at_claimed.differences,
                     diagnosis->at_claimed.differences == 1 ? "" : "s",
                     place(page, diagnosis->claimed));
    if (diagnosis_revision(diagnosis, NULL, &position, &err) == 0)
        (void)printf("do: `airshift doctor --repair` writes %s\n",
                     position >= 0 ? id_at(page, position) : "that there is none");
    else
        (void)printf("do: `airshift doctor --repair --revision` ...: %s. %s\n",
                     err.text, err.hint);
}

static void print_drifted(const struct page *page)
{
    const struct diagnosis *diagnosis = page->diagnosis;

    (void)printf(
        "wrong: the tables are those of no revision; from %s they differ in:\n",
        place(page, diagnosis->against.position));
    print_list("    ", &diagnosis->differences);
    print_list("    ", &diagnosis->surplus);
    (void)printf("  the nearest revisions:\n");
    print_nearest(page);
    (void)printf("do: put right by hand what is missing or too much (`airshift inspect "
                 "sql` has the statements of every revision), or restore a backup, and "
                 "ask the doctor again\n");
}

static void print_chain(struct examination *examination,
                        const struct diagnosis *diagnosis)
{
    struct page page = {examination, diagnosis};

    if (diagnosis->verdict == VERDICT_ABSENT && diagnosis->versions.count == 0)
        return;
    print_claim(&page);
    switch (diagnosis->verdict) {
    case VERDICT_ABSENT:
        (void)printf("wrong: there are none of its tables\n"
                     "do: where the database is meant to be empty, drop %s\n",
                     diagnosis->chain->version_table);
        break;
    case VERDICT_RIGHT:
        print_equal(&page);
        for (size_t i = 0; i < diagnosis->surplus.count; i++)
            (void)printf("note: %s, which is of another revision and does no harm\n",
                         (const char *)diagnosis->surplus.items[i]);
        print_names(diagnosis);
        break;
    case VERDICT_UNSTAMPED:
        (void)printf("%s: the tables are what Airflow 2 leaves; a migration to Airflow "
                     "3 takes them over\n",
                     diagnosis->chain->name);
        break;
    case VERDICT_WRONG_VERSION:
        print_equal(&page);
        print_wrong_version(&page);
        break;
    case VERDICT_BETWEEN:
        print_between(&page);
        break;
    case VERDICT_DRIFTED:
        print_drifted(&page);
        break;
    }
}

static void print_run(const struct examination *examination)
{
    bool is_recorded = examination->is_chain || examination->run.phase != RUN_NONE;

    if (is_recorded && examination->is_at_work)
        (void)printf("note: a migration is at work: `airshift status`\n");
    else if (examination->is_at_work)
        (void)printf("note: somebody holds Airflow's migration lock: what is seen here "
                     "is of a moment (`airshift status`)\n");
    else if (examination->is_chain)
        (void)printf("wrong: a migration revision by revision was broken off\n"
                     "do: the same command goes on with it (`airshift migrate "
                     "--executor chain` or `airshift downgrade`)\n");
    else if (examination->run.phase == RUN_SWAPPED)
        (void)printf("wrong: a migration was broken off after its swap: checks are "
                     "left\ndo: `airshift migrate --to %s` ends it\n",
                     examination->run.target);
    else if (is_recorded)
        (void)printf("wrong: a migration to %s was broken off; the database is as it "
                     "was\ndo: `airshift migrate` goes on, `airshift migrate "
                     "--discard` gives it up\n",
                     examination->run.target);
}

static void print_leftover(const struct leftover *leftover)
{
    bool is_wrong =
        leftover->sureness == LEFTOVER_SURE || leftover->sureness == LEFTOVER_WRONG;

    (void)printf("%s: %s %s %s", is_wrong ? "wrong" : "note", leftover->kind,
                 leftover->name, leftover->words);
    if (leftover->rows >= 0)
        (void)printf(", %lld row%s", leftover->rows, leftover->rows == 1 ? "" : "s");
    (void)printf("\n");
    if (leftover->look_sql != NULL)
        (void)printf("  look at it: %s\n", leftover->look_sql);
    if (leftover->sureness == LEFTOVER_SURE)
        (void)printf("do: `airshift doctor --repair` removes it\n");
    else if (leftover->sureness == LEFTOVER_ROWS)
        (void)printf("  when you need it no more: `airshift doctor --repair "
                     "--drop-moved`\n");
    else if (is_wrong && leftover->mend_sql != NULL)
        (void)printf("do: where that is meant to be so no more: %s\n",
                     leftover->mend_sql);
}

void doctor_print_text(struct examination *examination, const struct url *url)
{
    if (examination->core.verdict == VERDICT_ABSENT &&
        examination->core.versions.count == 0)
        (void)printf("%s: there is no Airflow in this database\n", url->shown);
    print_chain(examination, &examination->core);
    print_chain(examination, &examination->fab);
    print_run(examination);
    for (size_t i = 0; i < examination->leftovers.count; i++)
        print_leftover(examination->leftovers.items[i]);
    if (examination->own.count > 0 && examination->core.verdict != VERDICT_ABSENT)
        (void)printf("note: of no revision, a user's own, which a migration keeps: %zu "
                     "object%s (--json has all)\n",
                     examination->own.count, examination->own.count == 1 ? "" : "s");
    (void)printf("%s: %s\n", url->shown,
                 examination_is_bad(examination) ? "something is wrong"
                                                 : "nothing is wrong");
}
