/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_clean.c - `airshift clean`: old rows go, and are kept in files.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>

#include "base/log.h"
#include "clean/clean.h"
#include "cmd.h"
#include "interrupt.h"

enum { LOCK_WAIT_SECONDS = 60 };

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"before", OPTION_TEXT, "TIMESTAMP", "rows that are older go; UTC without a zone"},
    {"tables", OPTION_TEXT, "NAMES",
     "only these, with commas, and what goes with them (default: all that Airflow's "
     "own cleans)"},
    {"archive", OPTION_TEXT, "DIR", "a new directory for the rows, one file a table"},
    {"skip-archive", OPTION_FLAG, NULL, "keep the rows nowhere"},
    {"dry-run", OPTION_FLAG, NULL, "count the old rows and change nothing"},
    {"discard", OPTION_FLAG, NULL, "give an interrupted clean up"},
    {"lock-wait", OPTION_NUMBER, "SECONDS",
     "for rows that others have locked (default 60)"},
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {"progress", OPTION_TEXT, "STYLE", "auto (default), plain, json, none"},
    {"json-log", OPTION_FLAG, NULL, "log lines as JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int read_options(const struct command_context *context,
                        struct clean_options *clean, struct err *err)
{
    clean->before = option_text(context, "before");
    clean->tables = option_text(context, "tables");
    clean->directory = option_text(context, "archive");
    clean->is_dry_run = option_flag(context, "dry-run");
    clean->discards = option_flag(context, "discard");
    clean->lock_wait_seconds = option_number(context, "lock-wait", LOCK_WAIT_SECONDS);
    if (command_progress(context, &clean->progress, err) != 0)
        return -1;
    if (clean->discards) {
        if (clean->before != NULL || clean->is_dry_run || clean->directory != NULL)
            return err_set(err, ERR_USAGE,
                           "--discard goes with no other option of the clean");
        return 0;
    }
    if (clean->before == NULL)
        return err_set(err, ERR_USAGE, "--before is missing");
    if (clean->directory != NULL && option_flag(context, "skip-archive"))
        return err_set(err, ERR_USAGE,
                       "--archive and --skip-archive do not go together");
    if (clean->directory == NULL && !clean->is_dry_run &&
        !option_flag(context, "skip-archive")) {
        (void)err_set(err, ERR_USAGE, "--archive is missing");
        return err_hint(err, "It names a new directory for the rows that go; "
                             "--skip-archive keeps them nowhere.");
    }
    return 0;
}

static void print_text(const struct clean_options *clean,
                       const struct clean_result *result)
{
    long long rows = 0;

    for (size_t i = 0; i < result->counts.count; i++) {
        const struct clean_count *count = result->counts.items[i];

        if (count->rows > 0)
            (void)printf("  %-38s %12lld rows\n", count->table, count->rows);
        if (count->kept > 0)
            (void)printf("  %-38s %12lld rows stay, because others refer to them\n",
                         count->table, count->kept);
        rows += count->rows;
    }
    if (clean->is_dry_run)
        (void)printf("%s: %lld rows are older than %s, and what refers to them goes "
                     "along; a dry run, nothing was changed\n",
                     clean->url->shown, rows, result->before);
    else if (clean->directory != NULL && rows > 0)
        (void)printf("%s: %lld rows from before %s are in %s, in %.1f s\n",
                     clean->url->shown, rows, result->before, clean->directory,
                     result->seconds);
    else
        (void)printf("%s: %lld rows from before %s are gone, in %.1f s\n",
                     clean->url->shown, rows, result->before, result->seconds);
}

static void print_json(const struct clean_options *clean,
                       const struct clean_result *result)
{
    json_t *tables = json_array();
    json_t *root;

    for (size_t i = 0; i < result->counts.count; i++) {
        const struct clean_count *count = result->counts.items[i];

        (void)json_array_append_new(tables,
                                    json_pack("{s:s, s:I, s:I}", "table", count->table,
                                              "rows", (json_int_t)count->rows, "stay",
                                              (json_int_t)count->kept));
    }
    root = json_pack("{s:i, s:s, s:b, s:b, s:s*, s:o, s:f}", "format_version", 1,
                     "before", result->before, "dry_run", (int)clean->is_dry_run,
                     "resumed", (int)result->was_resumed, "archive", clean->directory,
                     "tables", tables, "seconds", result->seconds);
    (void)json_dumpf(root, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(root);
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct clean_options clean = {0};
    struct clean_result result = {0};
    struct url url = {0};
    int status;

    (void)exit_code;
    log_setup(LOG_INFO, option_flag(context, "json-log"));
    interrupt_catch();
    if (read_options(context, &clean, err) != 0 ||
        command_look_url(context, &url, err) != 0)
        return -1;
    clean.url = &url;
    status = clean_run(&clean, &result, err);
    if (status == 0 && clean.discards)
        (void)printf("%s: %s\n", url.shown,
                     result.was_recorded ? "the interrupted clean is given up"
                                         : "no interrupted clean, nothing was changed");
    else if (status == 0 && option_flag(context, "json"))
        print_json(&clean, &result);
    else if (status == 0)
        print_text(&clean, &result);
    clean_result_clear(&result);
    url_clear(&url);
    return status;
}

const struct command cmd_clean = {
    "clean",
    "take old rows out of Airflow's tables, into files",
    "[OPTION ...]",
    options,
    run,
};
