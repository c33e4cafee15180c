/* SPDX-License-Identifier: Apache-2.0
 *
 * natives.c - from the native jobs of a plan to native_run().
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "compiler/ddl.h"
#include "config/airflow_option.h"
#include "migrate/archive_table.h"
#include "migrate/natives.h"
#include "native/native.h"
#include "pickle/fernet.h"

struct natives {
    struct native_job *jobs;
    size_t count;
    struct fernet *fernet;
};

bool natives_needs_key(const char *function)
{
    return strstr(function, "crypt_kwargs") != NULL;
}

static int read_key_file(const char *path, struct fernet **fernet, struct err *err)
{
    char keys[4096];
    FILE *file = fopen(path, "r");
    size_t size;
    int status;

    if (file == NULL)
        return err_set(err, ERR_CONFIG, "cannot read the Fernet key file \"%s\"", path);
    size = fread(keys, 1, sizeof(keys) - 1, file);
    (void)fclose(file);
    while (size > 0 && strchr(" \t\r\n", keys[size - 1]) != NULL)
        size--;
    keys[size] = '\0';
    status = fernet_new(keys, fernet, err);
    explicit_bzero(keys, sizeof(keys));
    return status;
}

static int read_key(struct fernet **fernet, const struct fernet_source *source,
                    struct err *err)
{
    struct airflow_option key;
    int status;

    *fernet = NULL;
    if (source->key_file != NULL)
        return read_key_file(source->key_file, fernet, err);
    if (airflow_option_read(&airflow_option_fernet_key, source->airflow_config, &key,
                            err) != 0)
        return -1;
    status = fernet_new(key.value, fernet, err);
    airflow_option_clear(&key);
    return status;
}

static void fill_job(struct native_job *job, struct lowering *lowering,
                     const char *function, const struct fernet *fernet)
{
    job->function = function;
    job->gather = lowering_gather(lowering, function);
    job->fernet = fernet;
    for (size_t i = 0; i < lowering->natives.count; i++) {
        const struct native_use *use = lowering->natives.items[i];

        if (strcmp(use->function, function) == 0)
            job->table = use->table;
    }
}

struct natives *natives_attach(struct plan *plan, const struct url *url,
                               const struct fernet_source *source, struct err *err)
{
    struct natives *natives = xcalloc(1, sizeof(*natives));

    natives->jobs = xcalloc(plan->build.count, sizeof(*natives->jobs));
    for (size_t i = 0; i < plan->build.count; i++) {
        struct job *job = &plan->build.jobs[i];
        struct native_job *native = &natives->jobs[natives->count];

        if (job->kind != JOB_NATIVE)
            continue;
        if (natives_needs_key(job->table) && natives->fernet == NULL &&
            read_key(&natives->fernet, source, err) != 0) {
            natives_detach(natives);
            return NULL;
        }
        fill_job(native, &plan->lowering, job->table, natives->fernet);
        native->url = url;
        native->lock_timeout_seconds = 30;
        job->run = native_run;
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

/* Rows whose value becomes NULL because it cannot be converted are kept whole. In this
 * executor the relation is the table itself, and the digest is over its columns. */
static int archive_now(struct lowering *lowering, const struct native_use *use,
                       struct connection *connection, const char *owner,
                       struct err *err)
{
    struct arena *arena = lowering->arena;
    long long count = archive_table_problems(connection, arena, use, err);

    if (count <= 0 || strcmp(use->function, "unpickle_json") != 0)
        return count < 0 ? -1 : 0;
    count = archive_table_keep(connection, arena, NULL, owner, use,
                               arena_printf(arena, "%s AS r", use->relation), "r", err);
    return count < 0 ? -1 : 0;
}

static int fill_table(struct lowering *lowering, const struct native_use *use,
                      struct connection *connection, const struct fernet_source *source,
                      struct err *err)
{
    struct native_job job = {0};
    struct fernet *fernet = NULL;
    int status;

    if (natives_needs_key(use->function) && read_key(&fernet, source, err) != 0)
        return -1;
    fill_job(&job, lowering, use->function, fernet);
    status =
        sql_exec(connection, lowering_create_side_table(lowering, use, false), err);
    if (status == 0)
        status = native_run(connection, &job, err); /* no url: on this session */
    fernet_free(fernet);
    return status;
}

int natives_fill_now(struct lowering *lowering, struct connection *connection,
                     const struct fernet_source *source, struct err *err)
{
    for (size_t i = 0; i < lowering->natives.count; i++) {
        if (fill_table(lowering, lowering->natives.items[i], connection, source, err) !=
            0)
            return -1;
    }
    return 0;
}

int natives_run_now(struct lowering *lowering, struct connection *connection,
                    const char *owner, const struct fernet_source *source,
                    struct err *err)
{
    int status = 0;

    for (size_t i = 0; i < lowering->natives.count && status == 0; i++) {
        const struct native_use *use = lowering->natives.items[i];
        int was_begun; /* by a run that was broken off within the revision's ranges */

        was_begun = archive_table_exists(connection, use->table, err);
        if (was_begun < 0)
            return -1;
        status = fill_table(lowering, use, connection, source, err);
        if (status == 0 && was_begun == 0)
            status = archive_now(lowering, use, connection, owner, err);
    }
    lowering->natives.count = 0;
    return status;
}

/* --- scripts ----------------------------------------------------------------------- */

struct script {
    const char *table;
    FILE *out;
};

static int print_row(void *context, const struct sql_field *fields, size_t count,
                     struct err *err)
{
    const struct script *script = context;
    struct strbuf row = STRBUF_INIT;

    strbuf_addf(&row, "INSERT INTO %s (digest, output, problem) VALUES (",
                script->table);
    for (size_t i = 0; i < 3 && i < count; i++) {
        if (i > 0)
            strbuf_add_string(&row, ", ");
        if (fields[i].bytes == NULL)
            strbuf_add_string(&row, "NULL");
        else
            sql_add_literal(&row, fields[i].bytes);
    }
    if (fprintf(script->out, "%s);\n", strbuf_text(&row)) < 0) {
        strbuf_clear(&row);
        return err_set(err, ERR_CONFIG, "the script cannot be written");
    }
    strbuf_clear(&row);
    return 0;
}

int natives_compute(struct lowering *lowering, const char *function,
                    bool has_quarantine, struct connection *connection,
                    const struct fernet_source *source, sql_row_function *take,
                    void *context, struct err *err)
{
    struct native_job job = {0};
    struct fernet *fernet = NULL;
    int status;

    if (natives_needs_key(function) && read_key(&fernet, source, err) != 0)
        return -1;
    fill_job(&job, lowering, function, fernet);
    job.has_quarantine = has_quarantine;
    status = native_compute(connection, &job, take, context, err);
    fernet_free(fernet);
    return status;
}

int natives_print(void *context, const char *function, FILE *out, struct err *err)
{
    struct natives_print *print = context;
    struct script script = {NULL, out};

    for (size_t i = 0; i < print->lowering->natives.count; i++) {
        const struct native_use *use = print->lowering->natives.items[i];

        if (strcmp(use->function, function) == 0)
            script.table = use->table;
    }
    return natives_compute(print->lowering, function, false, print->connection,
                           &print->source, print_row, &script, err);
}
