/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_downgrade.c - `airshift downgrade`: the drop-in for `airflow db downgrade`.
 */
#include "config.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cmd.h"
#include "engine/progress.h"
#include "migrate/chain.h"
#include "migrate/loss.h"
#include "migrate/migrate.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"to", OPTION_TEXT, "TARGET", "Airflow version or revision to go back to"},
    {"fab-to", OPTION_TEXT, "TARGET",
     "FAB provider's version or revision (default: as Airflow does)"},
    {"without-fab", OPTION_FLAG, NULL, "leave the FAB provider's tables alone"},
    {"yes", OPTION_FLAG, NULL, "do it; without, only what would be lost is shown"},
    {"lock-wait", OPTION_NUMBER, "SECONDS", "how long to wait for locks (default 300)"},
    {"fernet-key-file", OPTION_TEXT, "FILE",
     "file that holds the Fernet key (or AIRFLOW__CORE__FERNET_KEY)"},
    {"airflow-config", OPTION_TEXT, "FILE", "airflow.cfg with the Fernet key"},
    {"json-log", OPTION_FLAG, NULL, "log lines as JSON"},
    {"verbose", OPTION_FLAG, NULL, "log every statement"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static void print_losses(const struct url *url, const struct losses *losses)
{
    struct strbuf line = STRBUF_INIT;

    (void)printf("%s: from %s to %s, %zu revisions are undone\n", url->shown,
                 losses->from, losses->to, losses->revisions);
    for (size_t i = 0; i < losses->items.count; i++) {
        const struct loss *loss = losses->items.items[i];

        strbuf_truncate(&line, 0);
        progress_add_number(&line, (double)loss->rows);
        if (loss->column == NULL)
            (void)printf("  table %s goes, %s rows\n", loss->table, strbuf_text(&line));
        else
            (void)printf("  column %s.%s goes, %s values\n", loss->table, loss->column,
                         strbuf_text(&line));
    }
    strbuf_clear(&line);
}

/* 1: there is something to undo; 0: nothing. */
static int show_losses(const struct url *url, const struct plan_target *target,
                       struct err *err)
{
    struct losses losses = {0};
    struct arena *arena = arena_new();
    struct connection *connection = sql_connect(url, "downgrade", err);
    int status = -1;

    bool is_begun = false;

    if (connection != NULL && chain_is_begun(connection, &is_begun, err) == 0) {
        /* What a broken-off run has left between two versions is no catalog to reckon
         * with. */
        if (is_begun)
            status = 1;
        else if (loss_find(connection, url, target, arena, &losses, err) == 0)
            status = losses.revisions > 0;
        if (status == 1 && !is_begun)
            print_losses(url, &losses);
    }
    sql_close(connection);
    arena_free(arena);
    return status;
}

static int downgrade(const struct migrate_options *migrate, struct err *err)
{
    struct migrate_result result;

    if (migrate_run(migrate, &result, err) != 0)
        return -1;
    if (result.was_current)
        (void)printf("%s: at %s already\n", migrate->url->shown, result.to);
    else
        (void)printf("%s: downgraded from %s to %s in %.1f s\n", migrate->url->shown,
                     result.from, result.to, result.seconds);
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct migrate_options migrate = {0};
    struct url url = {0};
    int status;

    (void)exit_code;
    log_setup(option_flag(context, "verbose") ? LOG_DEBUG : LOG_INFO,
              option_flag(context, "json-log"));
    migrate.target.core = option_text(context, "to");
    migrate.target.fab = option_text(context, "fab-to");
    migrate.target.without_fab = option_flag(context, "without-fab");
    migrate.target.goes_back = true;
    migrate.executor = MIGRATE_CHAIN;
    migrate.throttle.lag_seconds = THROTTLE_LAG_SECONDS;
    migrate.lock_wait_seconds = option_number(context, "lock-wait", 300);
    migrate.fernet.key_file = option_text(context, "fernet-key-file");
    migrate.fernet.airflow_config = option_text(context, "airflow-config");
    if (migrate.target.core == NULL)
        return err_set(err, ERR_USAGE, "downgrade needs --to");
    if (command_look_url(context, &url, err) != 0)
        return -1;
    migrate.url = &url;
    status = show_losses(&url, &migrate.target, err);
    if (status == 1 && !option_flag(context, "yes")) {
        (void)err_set(err, ERR_USAGE, "nothing was changed: --yes does it");
        status = err_hint(err, "Make a backup first (`airshift backup`).");
    } else if (status >= 0) {
        status = downgrade(&migrate, err);
    }
    url_clear(&url);
    return status;
}

const struct command cmd_downgrade = {
    "downgrade",
    "undo revisions, back to an older Airflow version",
    "[OPTION ...]",
    options,
    run,
};
