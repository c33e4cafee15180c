/* SPDX-License-Identifier: Apache-2.0
 *
 * preflight_text.c - the page for a person: what is red first, the rest after it, the big
 * tables at the end.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preflight/preflight.h"

enum { TABLES_SHOWN = 10, WIDTH = 110, INDENT = 24 };

static void print_light(enum light light, bool has_colours)
{
    static const char *const colours[] = {"\033[1;31m", "\033[33m", "\033[32m"};

    (void)printf("%s%-7s%s ", has_colours ? colours[light] : "", light_name(light),
                 has_colours ? "\033[0m" : "");
}

/* Words, the first line from column `at` on, the others at INDENT. */
static void print_words(const char *text, size_t at)
{
    while (*text != '\0') {
        size_t length = strcspn(text, " ");

        if (at > INDENT && at + 1 + length > WIDTH) {
            (void)printf("\n%*s", INDENT, "");
            at = INDENT;
        } else if (at > INDENT) {
            (void)printf(" ");
            at++;
        }
        (void)printf("%.*s", (int)length, text);
        at += length;
        text += length;
        text += strspn(text, " ");
    }
    (void)printf("\n");
}

static void print_finding(const struct finding *finding, bool has_colours)
{
    print_light(finding->light, has_colours);
    (void)printf("%-15s ", finding->topic);
    print_words(finding->text, INDENT);
    if (finding->advice != NULL) {
        (void)printf("%*s", INDENT, "");
        print_words(finding->advice, INDENT);
    }
}

static int compare_sizes(const void *a, const void *b)
{
    const struct table_plan *first = *(struct table_plan *const *)a;
    const struct table_plan *second = *(struct table_plan *const *)b;
    unsigned long long mine = first->live->live->bytes;
    unsigned long long other = second->live->live->bytes;

    return mine < other ? 1 : mine > other ? -1 : 0;
}

static void print_table(const struct table_plan *table)
{
    const struct live_table *live = table->live->live;

    (void)printf("%-38s %-14s ", table_plan_name(table),
                 table_action_name(table_plan_action(table)));
    if (live->rows >= 0)
        (void)printf("%12.0f", live->rows);
    else
        (void)printf("%12s", "-");
    (void)printf(" %9.1f MB %6.0f s\n", (double)live->bytes / (1 << 20),
                 table_plan_seconds(table));
}

/* The largest of those to which something happens. */
static void print_tables(const struct preflight *preflight)
{
    const struct plan *plan = &preflight->plan;
    struct list tables = {NULL, 0, 0};

    for (size_t i = 0; i < plan->tables.count; i++) {
        struct table_plan *table = plan->tables.items[i];

        if (table->live != NULL && table_plan_action(table) != TABLE_UNTOUCHED)
            list_add(preflight->arena, &tables, table);
    }
    if (tables.count == 0)
        return;
    qsort(tables.items, tables.count, sizeof(void *), compare_sizes);
    (void)printf("\n%-38s %-14s %12s %12s %8s\n", "table", "action", "rows", "size",
                 "time");
    for (size_t i = 0; i < tables.count && i < TABLES_SHOWN; i++)
        print_table(tables.items[i]);
    if (tables.count > TABLES_SHOWN)
        (void)printf("and %zu smaller ones (`airshift plan` has all)\n",
                     tables.count - TABLES_SHOWN);
}

void preflight_print_text(const struct preflight *preflight, bool has_colours)
{
    size_t red = preflight_count(preflight, LIGHT_RED);
    size_t yellow = preflight_count(preflight, LIGHT_YELLOW);

    (void)printf("%s at %s\n\n", preflight->database, preflight->time);
    for (int light = 0; light < LIGHT_COUNT; light++) {
        for (size_t i = 0; i < preflight->findings.count; i++) {
            const struct finding *finding = preflight->findings.items[i];

            if (finding->light == (enum light)light)
                print_finding(finding, has_colours);
        }
    }
    if (preflight->has_plan)
        print_tables(preflight);
    (void)printf("\n%zu red, %zu yellow, %zu green: %s\n", red, yellow,
                 preflight_count(preflight, LIGHT_GREEN),
                 red > 0      ? "do not begin"
                 : yellow > 0 ? "read what is yellow, then decide"
                              : "ready");
}
