/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_print.c - the plan as a script for psql: one transaction, nothing left out.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "compiler/plan.h"

/* A range job covers the whole table in a script. */
static void print_job(const struct job *job, FILE *out)
{
    const char *at = job->sql_in_script != NULL ? job->sql_in_script : job->sql;

    (void)fprintf(out, "-- %s %s%s%s\n", job->phase, job->table,
                  job->label != NULL ? ": " : "", job->label != NULL ? job->label : "");
    while (*at != '\0') {
        if (job->kind == JOB_RANGE && strncmp(at, "$1::tid", 7) == 0) {
            (void)fputs("'(0,0)'::tid", out);
            at += 7;
        } else if (job->kind == JOB_RANGE && strncmp(at, "$2::tid", 7) == 0) {
            (void)fputs("'(4294967295,0)'::tid", out);
            at += 7;
        } else {
            (void)fputc(*at++, out);
        }
    }
    (void)fputs(";\n", out);
}

int plan_print_sql(struct plan *plan, FILE *out, plan_native_printer *print_native,
                   void *context, struct err *err)
{
    struct strbuf schema = STRBUF_INIT;

    if (plan->is_noop) {
        (void)fprintf(out, "-- Nothing to do: at %s already.\n", plan->target_version);
        return 0;
    }
    (void)fprintf(
        out,
        "-- Airflow metadata database: %s to %s. Made by airshift from the live "
        "catalog;\n-- good for this database only. Stop Airflow first. Run with: "
        "psql -v ON_ERROR_STOP=1 -1 -f FILE\n"
        "SET client_min_messages = warning;\n"
        "CREATE SCHEMA " PLAN_STATE_SCHEMA ";\n",
        plan->source_version, plan->target_version);
    sql_add_name(&schema, plan->live->schema);
    (void)fprintf(out, "SET search_path TO %s, " PLAN_BUILD_SCHEMA ";\n",
                  strbuf_text(&schema));
    strbuf_clear(&schema);
    for (size_t i = 0; i < plan->build.count; i++) {
        const struct job *job = &plan->build.jobs[i];

        if (job->kind != JOB_NATIVE)
            print_job(job, out);
        else if (print_native(context, job->table, out, err) != 0)
            return -1;
    }
    (void)fputs("-- the swap\n", out);
    for (size_t i = 0; i < plan->swap.count; i++)
        (void)fprintf(out, "%s;\n", (const char *)plan->swap.items[i]);
    for (size_t i = 0; i < plan->finish.count; i++)
        print_job(&plan->finish.jobs[i], out);
    (void)fputs("DROP SCHEMA " PLAN_BUILD_SCHEMA
                " CASCADE;\nDROP SCHEMA " PLAN_STATE_SCHEMA " CASCADE;\n",
                out);
    return 0;
}
