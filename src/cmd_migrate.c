/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_migrate.c - `airshift migrate`: the drop-in for `airflow db migrate`.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "migrate/migrate.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    COMMAND_TARGET_OPTIONS,
    {"mode", OPTION_TEXT, "MODE",
     "in-place (default), or detached: nobody else uses the server"},
    {"defer-durability", OPTION_FLAG, NULL,
     "with --mode detached: no wait for the disk until the end, on a server that may "
     "be lost"},
    {"executor", OPTION_TEXT, "NAME",
     "fused (default), or chain: revision by revision"},
    COMMAND_WORK_OPTIONS,
    {"lock-wait", OPTION_NUMBER, "SECONDS", "how long to wait for locks (default 300)"},
    {"max-lag", OPTION_NUMBER, "SECONDS",
     "in place: pause while a replica lags by more (default 30; 0: never)"},
    {"throttle-replica", OPTION_TEXT, "URL",
     "a replica to ask for its lag, where the server does not know it (MySQL)"},
    {"throttle-replica-file", OPTION_TEXT, "FILE", "file that holds its URL"},
    {"max-sessions", OPTION_NUMBER, "N",
     "in place: pause while more sessions of others are at work (default: any)"},
    {"fernet-key-file", OPTION_TEXT, "FILE",
     "file that holds the Fernet key (or AIRFLOW__CORE__FERNET_KEY)"},
    {"airflow-config", OPTION_TEXT, "FILE", "airflow.cfg with the Fernet key"},
    {"dry-run", OPTION_FLAG, NULL,
     "build and check everything beside the old tables, then remove it"},
    {"discard", OPTION_FLAG, NULL,
     "give an interrupted migration up: remove what it has built"},
    {"quarantine", OPTION_FLAG, NULL,
     "move rows that cannot be migrated to archive tables"},
    {"verify-rows", OPTION_FLAG, NULL,
     "recompute every new row before the swap and compare"},
    {"json-log", OPTION_FLAG, NULL, "log lines as JSON"},
    {"verbose", OPTION_FLAG, NULL, "log every statement of the swap"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int read_options(struct command_context *context,
                        struct migrate_options *migrate, struct err *err)
{
    static const char *const modes[] = {"in-place", "detached"};
    static const char *const executors[] = {"fused", "chain"};
    int mode = 0;
    int executor = 0;

    if (command_choose(context, "mode", modes, 2, &mode, err) != 0 ||
        command_choose(context, "executor", executors, 2, &executor, err) != 0 ||
        command_progress(context, &migrate->progress, err) != 0 ||
        command_workers(context, &migrate->workers, err) != 0)
        return -1;
    command_target(context, &migrate->target);
    migrate->is_detached = mode == 1;
    migrate->is_discard = option_flag(context, "discard");
    migrate->is_dry_run = option_flag(context, "dry-run");
    if (migrate->is_discard && migrate->is_dry_run)
        return err_set(err, ERR_USAGE, "--discard and --dry-run do not go together");
    if (migrate->is_dry_run && executor == 1)
        return err_set(err, ERR_USAGE, "--dry-run goes with the fused executor only");
    migrate->defers_durability = option_flag(context, "defer-durability");
    if (migrate->defers_durability && !migrate->is_detached)
        return err_set(err, ERR_USAGE, "--defer-durability goes with --mode detached");
    if (option_text(context, "executor") != NULL)
        migrate->executor = executor == 1 ? MIGRATE_CHAIN : MIGRATE_FUSED;
    migrate->lock_wait_seconds = option_number(context, "lock-wait", 300);
    migrate->throttle.lag_seconds =
        option_number(context, "max-lag", THROTTLE_LAG_SECONDS);
    migrate->throttle.sessions = (long long)option_number(context, "max-sessions", 0);
    migrate->fernet.key_file = option_text(context, "fernet-key-file");
    migrate->fernet.airflow_config = option_text(context, "airflow-config");
    migrate->verifies_rows = option_flag(context, "verify-rows");
    migrate->has_quarantine = option_flag(context, "quarantine");
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct migrate_options migrate = {0};
    struct migrate_result result;
    struct url url = {0};
    struct url replica = {0};
    bool has_replica = false;
    int status;

    (void)exit_code;
    log_setup(option_flag(context, "verbose") ? LOG_DEBUG : LOG_INFO,
              option_flag(context, "json-log"));
    if (read_options(context, &migrate, err) != 0 ||
        command_look_url(context, &url, err) != 0 ||
        command_other_url(context, "throttle-replica", "throttle-replica-file",
                          &replica, &has_replica, err) != 0) {
        url_clear(&url);
        return -1;
    }
    migrate.url = &url;
    migrate.throttle.replica = has_replica ? &replica : NULL;
    status = migrate_run(&migrate, &result, err);
    if (status == 0 && migrate.is_discard)
        (void)printf("%s: %s\n", url.shown,
                     result.was_current
                         ? "no interrupted migration, nothing was changed"
                         : "the interrupted migration is discarded");
    else if (status == 0 && result.was_current)
        (void)printf("%s: at %s already\n", url.shown, result.to);
    else if (status == 0 && migrate.is_dry_run)
        (void)printf("%s: dry run from %s to %s: all rows, keys and foreign keys pass; "
                     "%.1f s, nothing was changed\n",
                     url.shown, result.from, result.to, result.seconds);
    else if (status == 0)
        (void)printf("%s: migrated from %s to %s in %.1f s\n", url.shown, result.from,
                     result.to, result.seconds);
    url_clear(&replica);
    url_clear(&url);
    return status;
}

const struct command cmd_migrate = {
    "migrate", "migrate a database to another Airflow version", "[OPTION ...]", options,
    run,
};
