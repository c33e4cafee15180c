/* SPDX-License-Identifier: Apache-2.0
 *
 * against.h - what the files of `verify --against` share; nothing else includes it.
 */
#ifndef AIRSHIFT_VERIFY_AGAINST_H
#define AIRSHIFT_VERIFY_AGAINST_H

#include "engine/progress.h"
#include "verify/counterpart.h"
#include "verify/internal.h"
#include "verify/side_tables.h"

struct against {
    struct verify *verify;
    struct connection *side[2]; /* by enum counterpart_side; the first is ours */
    struct plan plan;           /* the migration of the unmigrated database */
    struct comparison comparison;
    struct side_tables side_tables;
    struct list late; /* const char *: tables that a statement of its own changes */
    struct progress_item *items; /* of the tables to compare */
    size_t count;
    struct progress_item *now; /* NULL: none of them */
};

/* --- ask.c --- */

/* Asks both servers at once, and shows how far all is meanwhile. */
int against_ask(struct against *against, const char *const sql[2],
                struct sql_result *results[2]);
void against_free(struct sql_result *results[2]);

/* --- differing.c --- */

/* Names some of the rows of a table that differ; `rows` is about how many it has. */
int against_name_rows(struct against *against, const struct counterpart *counterpart,
                      long long rows);

#endif
