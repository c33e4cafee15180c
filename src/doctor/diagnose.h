/* SPDX-License-Identifier: Apache-2.0
 *
 * diagnose.h - which revision of a chain a catalog is that of, and whether the version table
 * says so. No server is asked, nothing is printed.
 */
#ifndef AIRSHIFT_DOCTOR_DIAGNOSE_H
#define AIRSHIFT_DOCTOR_DIAGNOSE_H

#include "doctor/atlas.h"

enum verdict {
    VERDICT_ABSENT,    /* none of the chain's tables is there */
    VERDICT_RIGHT,     /* the catalog is that of the revision that the table names */
    VERDICT_UNSTAMPED, /* FAB: tables as Airflow 2 leaves them, and no version; right */
    VERDICT_WRONG_VERSION, /* the catalog is that of a revision, the table says another */
    VERDICT_BETWEEN,       /* a revision is applied in part */
    VERDICT_DRIFTED,       /* close to a revision, but no revision's */
};

/* A revision, and how far the catalog is from it. */
struct candidate {
    int position; /* -1: the FAB provider's tables as Airflow 2 leaves them */
    enum lineage lineage;
    unsigned differences; /* facts that differ */
    unsigned details;     /* what differs besides (facts.h) */
};

struct diagnosis {
    const struct chain *chain;
    struct list versions; /* const char *: what the version table holds */
    struct list unknown;  /* those of them that are no revision of the chain */
    bool has_version_table;
    bool is_between_branches;    /* several rows that are right together */
    int claimed;                 /* the newest of the rows; -1: none is known */
    struct candidate at_claimed; /* the catalog against it */
    enum verdict verdict;
    struct list ranking; /* struct candidate *: the nearest revisions, best first */
    struct list equal;   /* struct candidate *: those without a difference and with the
                          * fewest details: nothing in the catalog tells them apart */
    int half;            /* VERDICT_BETWEEN: the revision that is applied in part */
    unsigned half_done;  /* of its changes to the catalog */
    unsigned half_all;
    struct candidate against; /* what `differences` are against */
    struct list differences;  /* const char *: what is missing or is there too much */
    struct list surplus;      /* const char *: indexes of another revision, harmless */
    struct list names; /* const char *: keys and indexes with names of their own */
};

struct patient {
    struct atlas *atlas;
    struct snapshot *facts; /* of the live catalog, taken after the atlas was made */
    size_t known;           /* facts that are of some revision: the first so many */
    bool has_fab_versions;  /* the FAB provider keeps a version of its own */
    bool forgets_checks; /* the server has no CHECK constraints, whatever it is told */
};

/* Both leave `diagnosis` with what they found; `chain`, `versions` and `has_version_table` are
 * the caller's to fill before. They mark revisions of the chains as applied. */
int diagnose_core(struct patient *patient, struct diagnosis *diagnosis,
                  struct err *err);
void diagnose_fab(struct patient *patient, struct diagnosis *diagnosis);

/* Whether something has to be done. */
bool diagnosis_is_bad(const struct diagnosis *diagnosis);

/* The revision to write into the version table: what the catalog is that of, where only one
 * revision is in question (`wanted`, an exact id, may choose among those that the catalog
 * does not tell apart). -1 with an error where that is not so. */
int diagnosis_revision(const struct diagnosis *diagnosis, const char *wanted,
                       int *position, struct err *err);

/* "5f2621c13b39 (2.10.3: Fix ...)". */
const char *diagnosis_place(struct arena *arena, const struct chain *chain,
                            int position);

/* Whether the core revision is one of Airflow 3's. */
bool diagnosis_is_airflow_3(const struct chain *core, int position);

/* Position of an id in full; -1 where it is none of the chain. */
int diagnosis_find(const struct chain *chain, const char *id);

#endif
