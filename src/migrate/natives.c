/* SPDX-License-Identifier: Apache-2.0
 *
 * natives.c - from the native jobs of a plan to native_compute().
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "compiler/ddl.h"
#include "config/fernet_key.h"
#include "migrate/natives.h"
#include "native/native.h"
#include "pickle/fernet.h"

struct natives {
    struct native_job *jobs;
    size_t count;
    struct fernet *fernet;
};

static bool needs_key(const char *function)
{
    return strstr(function, "crypt_kwargs") != NULL;
}

static int read_key(struct fernet **fernet, const char *airflow_config, struct err *err)
{
    struct fernet_key key;
    int status;

    *fernet = NULL;
    if (fernet_key_read(airflow_config, &key, err) != 0)
        return -1;
    status = fernet_new(key.keys, fernet, err);
    fernet_key_clear(&key);
    return status;
}

/* All uses of one function share a side table, so their arguments are gathered together. */
static const char *gather_all(struct lowering *lowering, const char *function)
{
    const char *sql = NULL;

    for (size_t i = 0; i < lowering->natives.count; i++) {
        const struct native_use *use = lowering->natives.items[i];

        if (strcmp(use->function, function) != 0)
            continue;
        sql = sql == NULL ? use->gather
                          : arena_printf(lowering->arena, "%s UNION %s", sql, use->gather);
    }
    return sql;
}

static void fill_job(struct native_job *job, struct lowering *lowering, const char *function,
                     const struct fernet *fernet)
{
    job->function = function;
    job->gather = gather_all(lowering, function);
    job->fernet = fernet;
    for (size_t i = 0; i < lowering->natives.count; i++) {
        const struct native_use *use = lowering->natives.items[i];

        if (strcmp(use->function, function) == 0)
            job->table = use->table;
    }
}

struct natives *natives_attach(struct plan *plan, const struct url *url,
                               const char *airflow_config, struct err *err)
{
    struct natives *natives = xcalloc(1, sizeof(*natives));

    natives->jobs = xcalloc(plan->build.count, sizeof(*natives->jobs));
    for (size_t i = 0; i < plan->build.count; i++) {
        struct job *job = &plan->build.jobs[i];
        struct native_job *native = &natives->jobs[natives->count];

        if (job->kind != JOB_NATIVE)
            continue;
        if (needs_key(job->table) && natives->fernet == NULL &&
            read_key(&natives->fernet, airflow_config, err) != 0) {
            natives_detach(natives);
            return NULL;
        }
        fill_job(native, &plan->lowering, job->table, natives->fernet);
        native->url = url;
        job->run = native_compute;
        job->context = native;
        natives->count++;
    }
    return natives;
}

void natives_detach(struct natives *natives)
{
    if (natives == NULL)
        return;
    fernet_free(natives->fernet);
    free(natives->jobs);
    free(natives);
}

int natives_run_now(struct lowering *lowering, struct connection *connection,
                    const char *airflow_config, struct err *err)
{
    int status = 0;

    for (size_t i = 0; i < lowering->natives.count && status == 0; i++) {
        const struct native_use *use = lowering->natives.items[i];
        struct native_job job = {0};
        struct fernet *fernet = NULL;

        if (needs_key(use->function) && read_key(&fernet, airflow_config, err) != 0)
            return -1;
        fill_job(&job, lowering, use->function, fernet);
        status = sql_exec(
            connection,
            arena_printf(lowering->arena,
                         "CREATE TABLE IF NOT EXISTS %s (digest text PRIMARY KEY, output %s, "
                         "problem text, example text)",
                         use->table, native_result_type(use->function)),
            err);
        if (status == 0)
            status = native_compute(connection, &job, err); /* no url: on this session */
        fernet_free(fernet);
    }
    lowering->natives.count = 0;
    return status;
}

/* --- scripts ----------------------------------------------------------------------- */

int natives_print(void *context, const char *function, FILE *out, struct err *err)
{
    struct natives_print *print = context;
    struct native_job job = {0};
    struct fernet *fernet = NULL;
    struct sql_result *result;
    struct strbuf row = STRBUF_INIT;
    const char *copy;
    int status;

    if (needs_key(function) && read_key(&fernet, NULL, err) != 0)
        return -1;
    fill_job(&job, print->lowering, function, fernet);
    /* Computed into a temporary table of this session, which is all a script may leave. */
    copy = arena_printf(print->lowering->arena, "pg_temp.script_%s", function);
    status = sql_exec(print->connection,
                      arena_printf(print->lowering->arena,
                                   "CREATE TEMPORARY TABLE script_%s (digest text PRIMARY KEY, "
                                   "output %s, problem text, example text)",
                                   function, native_result_type(function)),
                      err);
    if (status == 0) {
        const char *table = job.table;

        job.table = copy;
        status = native_compute(print->connection, &job, err);
        job.table = table;
    }
    fernet_free(fernet);
    if (status != 0)
        return -1;
    result = sql_query(print->connection,
                       arena_printf(print->lowering->arena,
                                    "SELECT digest, output, problem FROM %s", copy),
                       0, NULL, err);
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        strbuf_addf(&row, "INSERT INTO %s (digest, output, problem) VALUES (", job.table);
        for (size_t j = 0; j < 3; j++) {
            if (j > 0)
                strbuf_add_string(&row, ", ");
            if (sql_is_null(result, i, j))
                strbuf_add_string(&row, "NULL");
            else
                sql_add_literal(&row, sql_text(result, i, j));
        }
        (void)fprintf(out, "%s);\n", strbuf_text(&row));
        strbuf_truncate(&row, 0);
    }
    strbuf_clear(&row);
    sql_result_free(result);
    return 0;
}
