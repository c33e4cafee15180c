/* SPDX-License-Identifier: Apache-2.0
 *
 * leftovers.h - what migrations, finished or not, have left in a database besides its tables.
 */
#ifndef AIRSHIFT_DOCTOR_LEFTOVERS_H
#define AIRSHIFT_DOCTOR_LEFTOVERS_H

#include "base/arena.h"
#include "dialect.h"

enum sureness {
    LEFTOVER_SURE,  /* nobody needs it: a repair removes it */
    LEFTOVER_ROWS,  /* holds rows that were the user's: only --drop-moved removes it */
    LEFTOVER_WRONG, /* something is wrong, and a person must decide */
    LEFTOVER_NOTE,  /* worth knowing */
};

struct leftover {
    enum sureness sureness;
    const char *kind;
    const char *name;
    const char *words;
    const char *look_sql; /* NULL for none */
    const char *mend_sql; /* removes or mends it; NULL for none */
    long long rows;       /* LEFTOVER_ROWS: how many; else -1 */
};

/* Fills `leftovers` (struct leftover *). `is_recorded`: a migration of airshift's is. Counts
 * the rows of tables that hold some. */
int leftovers_read(struct connection *connection, struct arena *arena,
                   const char *schema, bool is_recorded, struct list *leftovers,
                   struct err *err);

/* "left", "rows", "wrong", "note". */
const char *leftover_word(enum sureness sureness);

#endif
