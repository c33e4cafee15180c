/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of the verification share; nothing else includes it.
 */
#ifndef AIRSHIFT_VERIFY_INTERNAL_H
#define AIRSHIFT_VERIFY_INTERNAL_H

#include <jansson.h>

#include "compiler/plan.h"
#include "engine/progress.h"
#include "verify/verify.h"

struct verify {
    const struct verify_options *options;
    struct plan_target target; /* as resolved */
    struct verify_result *result;
    struct arena *arena;
    struct connection *connection;
    struct plan plan;          /* only where the database is */
    struct catalog *live;      /* of the database */
    struct catalog *reference; /* what an empty database would become */
    json_t *findings;
    json_t *notes;
    struct progress *progress; /* hidden before a line on stdout; NULL: none */
    struct err *err;
};

/* One difference more; printed at once, or kept for the JSON. */
void verify_differ(struct verify *verify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Something that was left out, or that explains a difference. */
void verify_note(struct verify *verify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether the models of the target's Airflow may differ there from its revisions (compiler/leeway.h). */
bool verify_has_leeway(const struct verify *verify, const char *table,
                       const char *object);

/* Whether the catalog's comparison looks for the table, or (not NULL) for the column. */
bool verify_is_asked_for(const struct verify *verify, const char *table,
                         const char *column);

/* Compares every row with what the migration of options->against gives (against.c). */
int verify_against(struct verify *verify);

#endif
