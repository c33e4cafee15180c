/* SPDX-License-Identifier: Apache-2.0
 *
 * native_driver.c - runs one native job for native.t, in a transaction as the engine
 * does. It knows nothing of plans and revisions.
 *
 *   native_driver URL FUNCTION TABLE GATHER [key=value ...]
 *
 * same=1: on one session. quarantine=1. keys=LIST: Fernet keys. settings=SQL,
 * lock=SECONDS, group=NAME: as in struct native_job. before=SQL: run in the transaction
 * first. give_up=N: the idle function fails the N-th time. compute=1: prints the rows
 * instead.
 *
 * Prints how often the idle function ran and the most memory used (KiB), or the error.
 * Exit code: that of the error's category.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/exit_code.h"
#include "native/native.h"

struct setup {
    struct native_job job;
    struct url url;
    struct fernet *fernet;
    const char *before;
    bool is_computed;
    long give_up;
    long turns;
};

static int turn(void *context)
{
    struct setup *setup = context;

    setup->turns++;
    return setup->give_up > 0 && setup->turns >= setup->give_up ? -1 : 0;
}

static int set_option(struct setup *setup, const char *argument, struct err *err)
{
    const char *equals = strchr(argument, '=');
    const char *value = equals != NULL ? equals + 1 : "";

    if (strcmp(argument, "same=1") == 0)
        setup->job.url = NULL;
    else if (strcmp(argument, "quarantine=1") == 0)
        setup->job.has_quarantine = true;
    else if (strcmp(argument, "compute=1") == 0)
        setup->is_computed = true;
    else if (strncmp(argument, "keys=", 5) == 0)
        return fernet_new(value, &setup->fernet, err);
    else if (strncmp(argument, "settings=", 9) == 0)
        setup->job.settings = value;
    else if (strncmp(argument, "before=", 7) == 0)
        setup->before = value;
    else if (strncmp(argument, "group=", 6) == 0)
        setup->job.group = value;
    else if (strncmp(argument, "lock=", 5) == 0)
        setup->job.lock_timeout_seconds = strtod(value, NULL);
    else if (strncmp(argument, "give_up=", 8) == 0)
        setup->give_up = strtol(value, NULL, 10);
    else
        return err_set(err, ERR_USAGE, "option \"%s\"", argument);
    return 0;
}

static int print_row(void *context, const struct sql_field *fields, size_t count,
                     struct err *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < count; i++)
        (void)printf("%s%s", i > 0 ? "|" : "",
                     fields[i].bytes != NULL ? fields[i].bytes : "NULL");
    (void)printf("\n");
    return 0;
}

static int run(struct connection *connection, struct setup *setup, struct err *err)
{
    if (setup->is_computed)
        return native_compute(connection, &setup->job, print_row, NULL, err);
    sql_set_idle(connection, turn, setup);
    if (sql_exec(connection, "BEGIN", err) < 0 ||
        (setup->before != NULL && sql_exec(connection, setup->before, err) < 0) ||
        native_run(connection, &setup->job, err) < 0)
        return -1;
    return sql_exec(connection, "COMMIT", err);
}

int main(int argc, char **argv)
{
    struct setup setup = {.url = {NULL, NULL, NULL}};
    struct connection *connection = NULL;
    struct err err = {0};
    struct rusage usage;
    int status = argc < 5 ? err_set(&err, ERR_USAGE, "arguments") : 0;

    if (status == 0)
        status = url_parse(&setup.url, argv[1], &err);
    if (status == 0) {
        setup.job.url = &setup.url;
        setup.job.function = argv[2];
        setup.job.table = argv[3];
        setup.job.gather = argv[4];
    }
    for (int i = 5; i < argc && status == 0; i++)
        status = set_option(&setup, argv[i], &err);
    setup.job.fernet = setup.fernet;
    if (status == 0) {
        connection = sql_connect(&setup.url, "driver", &err);
        status = connection != NULL ? run(connection, &setup, &err) : -1;
    }
    sql_close(connection);
    url_clear(&setup.url);
    fernet_free(setup.fernet);
    (void)getrusage(RUSAGE_SELF, &usage);
    if (status == 0 && !setup.is_computed)
        (void)printf("turns %ld memory %ld\n", setup.turns, usage.ru_maxrss);
    else if (status < 0)
        (void)printf("error %s: %s\nhint: %s\n", err.sqlstate, err.text, err.hint);
    return status == 0 ? 0 : (int)exit_code_of(err.category);
}
