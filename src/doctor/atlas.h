/* SPDX-License-Identifier: Apache-2.0
 *
 * atlas.h - the catalog of every revision of a chain, as facts: what the compiled chain
 * makes of an empty database. No server is asked.
 */
#ifndef AIRSHIFT_DOCTOR_ATLAS_H
#define AIRSHIFT_DOCTOR_ATLAS_H

#include "compiler/revision.h"
#include "dialect.h"
#include "doctor/facts.h"

/* Two databases at one revision may differ by where they come from. */
enum lineage {
    LINEAGE_GROWN,   /* through all revisions from the first on */
    LINEAGE_CREATED, /* from the squashed base on */
    LINEAGE_ALONE,   /* the FAB provider's tables, without Airflow 2 before */
    LINEAGES,
};

/* The way through one revision: what there is between two of its statements, where a server
 * cannot take back those that were made. */
struct passage {
    int position;             /* of the revision; -1: of none */
    struct list at[LINEAGES]; /* struct snapshot *, after each statement but the last */
};

struct atlas {
    struct arena *arena;
    struct facts facts;
    struct chain core;
    struct chain fab;
    const struct dialect *dialect;
    const char *schema;
    /* By position; NULL where the lineage has none. All of LINEAGE_ALONE is NULL. */
    struct snapshot **core_at[LINEAGES];
    /* The same by position plus one: the first is that of the tables as Airflow 2 leaves
     * them. */
    struct snapshot **fab_at[LINEAGES];
    struct passage core_passage;
    struct passage fab_passage;
};

/* Loads both chains. `schema` is that of the live catalog. */
int atlas_start(struct atlas *atlas, struct arena *arena, const struct dialect *dialect,
                const char *schema, struct err *err);

/* Simulates both chains. The caller may have set the positions of the passages. */
int atlas_make(struct atlas *atlas, struct err *err);

/* Whether the fact has that value somewhere on the passage. */
bool atlas_passes(const struct passage *passage, enum lineage lineage, size_t number,
                  unsigned value);

/* The facts of the core revisions that are marked as applied (revision.h) and no other:
 * databases between two branches. NULL on an error. */
struct snapshot *atlas_applied(struct atlas *atlas, struct err *err);

#endif
