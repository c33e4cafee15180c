/* SPDX-License-Identifier: Apache-2.0
 *
 * facts.h - a catalog as a set of facts that do not depend on names a database may have
 * given itself: "this table is there", "this column has this type", "there is a unique index
 * on these columns". Two catalogs are compared fact by fact, by number.
 */
#ifndef AIRSHIFT_DOCTOR_FACTS_H
#define AIRSHIFT_DOCTOR_FACTS_H

#include "catalog/model.h"
#include "dialect.h"
#include "doctor/intern.h"

enum fact_kind {
    FACT_TABLE,
    FACT_COLUMN,     /* value: type and whether it is NOT NULL */
    FACT_CONSTRAINT, /* value: "there" */
    FACT_INDEX,      /* without its condition; value: how often it is there */
    /* What does not count as a difference, but tells revisions apart that are else alike:
     * json or jsonb, the condition of an index, and the name of a key or an index. */
    FACT_DETAIL,
    FACT_NAME,
};

/* To whom the table belongs. */
enum fact_owner {
    OWNER_CORE,
    OWNER_FAB, /* ab_*: of the core chain below 3.0, of the FAB provider's above */
    OWNER_AIRFLOW_2, /* may be there or not from 3.0 on */
    OWNER_OPTIONAL,  /* only some ways lead to it */
};

struct fact {
    enum fact_kind kind;
    enum fact_owner owner;
    const char *table;
    const char *what;    /* the column, or the definition of the constraint or index */
    unsigned table_fact; /* number of the FACT_TABLE it belongs to; its own for that */
};

/* All facts that were ever seen, and their numbers (from 1 on). */
struct facts {
    struct arena *arena;
    const struct dialect *dialect;
    struct intern keys;
    struct intern values;
    struct list items; /* struct fact *: number n is at n - 1 */
};

/* What holds in one catalog: the value of each fact; 0: not there. Facts that are newer than
 * the snapshot have no place in it. */
struct snapshot {
    unsigned *values;
    size_t count;
};

/* `dialect`: of the servers whose catalogs these are. */
void facts_start(struct facts *facts, struct arena *arena,
                 const struct dialect *dialect);

/* Takes a catalog apart. Texts that are needed only meanwhile are made in `scratch`. */
struct snapshot *facts_of(struct facts *facts, const struct catalog *catalog,
                          struct arena *scratch);

const struct fact *fact_at(const struct facts *facts, size_t number);

/* Whether it only tells revisions apart, and is no difference (FACT_DETAIL, FACT_NAME). */
bool fact_is_detail(const struct fact *fact);

/* The number of a value, 0 where the fact does not hold. */
unsigned snapshot_value(const struct snapshot *snapshot, size_t number);

/* Whether the fact is about a table that only one of the two has: then the table is the
 * difference, and its columns are none. */
bool snapshot_is_below(const struct fact *fact, size_t number, const struct snapshot *a,
                       const struct snapshot *b);

/* The value as text, "" where the fact does not hold. */
const char *snapshot_text(const struct facts *facts, const struct snapshot *snapshot,
                          size_t number);

#endif
