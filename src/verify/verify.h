/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.h - holds a database against what the compiled chain says it should be.
 */
#ifndef AIRSHIFT_VERIFY_VERIFY_H
#define AIRSHIFT_VERIFY_VERIFY_H

#include <stdbool.h>

#include "compiler/plan.h"
#include "dialect.h"
#include "engine/progress.h"

struct verify_options {
    const struct url *url;
    struct plan_target target; /* core NULL: what the database is at (with `against`) */
    const struct url
        *against;        /* the unmigrated database; NULL: rows are not compared */
    unsigned rows_named; /* at most so many differing rows of a table */
    bool is_json;
    enum progress_style progress; /* of `against` */
};

struct verify_result {
    unsigned checks;
    unsigned differences;
    long long rows; /* compared */
};

/* Prints what it finds on stdout: one line a difference, then a summary. The catalog is
 * compared with the one that the chain makes from nothing: what Airflow needs must be there
 * with its types, keys and indexes. Objects of the user's own are not looked at. Every
 * foreign key must be validated, and none may have orphans. With `against`, every row is
 * compared with what the migration of that database gives. */
int verify_run(const struct verify_options *options, struct verify_result *result,
               struct err *err);

#endif
