/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_runbook.c - `airshift runbook`: the commands of the day, from a rehearsal.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "cmd.h"
#include "runbook/runbook.h"

enum { DRAIN_MINUTES = 30, RESTART_MINUTES = 5 };

static const struct option_def options[] = {
    {"rehearsal", OPTION_TEXT, "DIR", "the report of the rehearsal"},
    {"url-file", OPTION_TEXT, "FILE",
     "file that holds the database's URL; the commands name it"},
    {"backups", OPTION_TEXT, "DIR", "where the day's backups go"},
    {"config", OPTION_TEXT, "FILE", "move by a switch, with this configuration"},
    {"restored-url-file", OPTION_TEXT, "FILE",
     "file that holds the URL of an empty database, to restore into"},
    {"fernet-key-file", OPTION_TEXT, "FILE", "as for migrate"},
    {"airflow", OPTION_TEXT, "PROGRAM", "the new version's airflow (default airflow)"},
    {"stop-command", OPTION_TEXT, "COMMAND", "stops your Airflow"},
    {"start-command", OPTION_TEXT, "COMMAND", "starts the new one"},
    {"start-old-command", OPTION_TEXT, "COMMAND", "starts the old one again"},
    {"first", OPTION_TEXT, "IDS", "critical DAGs, separated by commas"},
    {"first-tag", OPTION_TEXT, "TAG", "or the tag that they have"},
    {"begin", OPTION_TEXT, "TIME", "when the day begins, 2026-12-05T09:00Z"},
    {"window", OPTION_NUMBER, "MINUTES", "until all must be over (default: rehearsed)"},
    {"drain-limit", OPTION_NUMBER, "MINUTES", "for the drain (default 30)"},
    {"restart-minutes", OPTION_NUMBER, "MINUTES",
     "to stop or start your Airflow (default 5)"},
    {"restore-minutes", OPTION_NUMBER, "MINUTES",
     "for a restore (default: rehearsed with --way-back)"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int read_begin(const char *text, time_t *begin, struct err *err)
{
    struct tm parts = {0};
    const char *end;

    *begin = (time_t)-1;
    if (text == NULL)
        return 0;
    end = strptime(text, "%Y-%m-%dT%H:%MZ", &parts);
    if (end == NULL || *end != '\0')
        return err_set(err, ERR_USAGE,
                       "--begin takes a time in UTC like 2026-12-05T09:00Z, not \"%s\"",
                       text);
    *begin = timegm(&parts);
    return 0;
}

static int require(const struct command_context *context, const char *name,
                   const char **value, struct err *err)
{
    *value = option_text(context, name);
    return *value != NULL ? 0 : err_set(err, ERR_USAGE, "--%s is missing", name);
}

static int read_options(struct command_context *context,
                        struct runbook_options *runbook, struct err *err)
{
    if (require(context, "rehearsal", &runbook->rehearsal, err) < 0 ||
        require(context, "url-file", &runbook->url_file, err) < 0 ||
        require(context, "backups", &runbook->backup_directory, err) < 0 ||
        read_begin(option_text(context, "begin"), &runbook->begin, err) < 0)
        return -1;
    runbook->switch_config = option_text(context, "config");
    if (runbook->switch_config == NULL &&
        require(context, "restored-url-file", &runbook->restored_url_file, err) < 0)
        return -1;
    runbook->fernet_key_file = option_text(context, "fernet-key-file");
    runbook->airflow = option_text(context, "airflow");
    if (runbook->airflow == NULL)
        runbook->airflow = "airflow";
    runbook->stop_command = option_text(context, "stop-command");
    runbook->start_command = option_text(context, "start-command");
    runbook->start_old_command = option_text(context, "start-old-command");
    runbook->first = option_text(context, "first");
    runbook->first_tag = option_text(context, "first-tag");
    if (runbook->first != NULL && runbook->first_tag != NULL)
        return err_set(err, ERR_USAGE, "--first and --first-tag do not go together");
    runbook->drain_minutes = option_number(context, "drain-limit", DRAIN_MINUTES);
    runbook->restart_minutes =
        option_number(context, "restart-minutes", RESTART_MINUTES);
    runbook->restore_minutes = option_number(context, "restore-minutes", -1);
    runbook->window_minutes = option_number(context, "window", -1);
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct runbook_options runbook = {0};
    struct strbuf reason = STRBUF_INIT;
    struct strbuf page = STRBUF_INIT;
    bool is_go = false;
    int status = read_options(context, &runbook, err);

    if (status == 0)
        status = runbook_make(&runbook, &page, &is_go, &reason, err);
    if (status == 0 && !is_go) {
        log_error("no go: %s", strbuf_text(&reason));
        *exit_code = EXIT_CODE_NOGO;
    } else if (status == 0) {
        (void)fputs(strbuf_text(&page), stdout);
    }
    strbuf_clear(&page);
    strbuf_clear(&reason);
    return status;
}

const struct command cmd_runbook = {
    "runbook",
    "write down the commands of the day, from a rehearsal",
    "--rehearsal DIR --url-file FILE --backups DIR [OPTION ...]",
    options,
    run,
};
