/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.h - differences between two catalogs in words.
 */
#ifndef AIRSHIFT_DOCTOR_EXPLAIN_H
#define AIRSHIFT_DOCTOR_EXPLAIN_H

#include "doctor/diagnose.h"

/* What counts as a difference to a revision. */
struct yardstick {
    const struct patient *patient;
    bool is_fab;       /* of the provider's chain */
    bool is_fab_base;  /* its first revision */
    bool is_airflow_3; /* of the core chain, from 3.0 on */
};

/* Whether the fact does (diagnose.c). */
bool yardstick_counts(const struct yardstick *yardstick, size_t number);

/* Fills `differences` and `surplus` of the diagnosis, anew. */
void explain_differences(const struct yardstick *yardstick,
                         const struct snapshot *reference, struct diagnosis *diagnosis);

/* Fills `names`: constraints and indexes that are what the revision at `claimed` has, but
 * have a name that neither way to it gives them. */
void explain_names(const struct patient *patient, struct diagnosis *diagnosis);

#endif
