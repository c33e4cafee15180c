/* SPDX-License-Identifier: Apache-2.0
 *
 * estimate.c - sums over the tables of a plan. A rehearsal measures; this guesses.
 */
#include "config.h"

#include <string.h>

#include "compiler/estimate.h"

/* Measured on 2 cores with PostgreSQL 15: a rewrite with its indexes moves about 60 MB of
 * heap a second, catalog changes cost nothing that counts. */
enum { REWRITE_BYTES_PER_SECOND = 60 * 1000 * 1000, SWAP_SECONDS = 1 };

enum table_action table_plan_action(const struct table_plan *table)
{
    return table->action == TABLE_METADATA && table->reason == NULL ? TABLE_UNTOUCHED
                                                                    : table->action;
}

const char *table_plan_name(const struct table_plan *table)
{
    return table->target != NULL ? table->target->name : table->live->live->name;
}

double table_plan_seconds(const struct table_plan *table)
{
    return table->action == TABLE_REWRITTEN
               ? (double)table->live->live->bytes / REWRITE_BYTES_PER_SECOND
               : 0;
}

void plan_estimate(const struct plan *plan, struct plan_estimate *estimate)
{
    memset(estimate, 0, sizeof(*estimate));
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        estimate->counts[table_plan_action(table)]++;
        if (table->action == TABLE_REWRITTEN)
            estimate->rewritten_bytes += table->live->live->bytes;
    }
    estimate->disk_bytes = estimate->rewritten_bytes + estimate->rewritten_bytes / 4;
    estimate->seconds =
        SWAP_SECONDS + (double)estimate->rewritten_bytes / REWRITE_BYTES_PER_SECOND;
}
