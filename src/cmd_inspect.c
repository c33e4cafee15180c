/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect.c - `airshift inspect`: what the program knows, for review.
 */
#include "config.h"

#include <string.h>

#include "cmd.h"
#include "cmd_inspect.h"
#include "cmd_switch.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"format", OPTION_TEXT, "FORMAT", "of states: dot (default) or json"},
    {"engine", OPTION_TEXT, "ENGINE", "of sql: postgres (default) or mysql"},
    {"from", OPTION_TEXT, "PLACE", "of sql: version, revision, or none (default)"},
    {"to", OPTION_TEXT, "PLACE", "of sql: version, revision, or head (default)"},
    {"chain", OPTION_TEXT, "CHAIN", "of sql: core (default) or fab"},
    {"history", OPTION_FLAG, NULL,
     "of sql: through all that is older than 2.6.2, too, as Airflow 2.11 goes"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run_catalog(struct command_context *context, struct err *err)
{
    struct url url = {0};
    int status;

    if (command_look_url(context, &url, err) != 0)
        return -1;
    status = cmd_inspect_catalog_run(&url, err);
    url_clear(&url);
    return status;
}

static const char *text_or(const struct command_context *context, const char *name,
                           const char *otherwise)
{
    const char *text = option_text(context, name);

    return text != NULL ? text : otherwise;
}

static int run_sql(struct command_context *context, struct err *err)
{
    struct inspect_sql sql = {
        .engine = text_or(context, "engine", "postgres"),
        .chain = text_or(context, "chain", "core"),
        .from = text_or(context, "from", "none"),
        .to = text_or(context, "to", "head"),
        .is_history = option_flag(context, "history"),
    };

    if (strcmp(sql.chain, "core") != 0 && strcmp(sql.chain, "fab") != 0)
        return err_set(err, ERR_USAGE, "--chain takes core or fab");
    return cmd_inspect_sql_run(&sql, err);
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    const char *format = option_text(context, "format");

    (void)exit_code;
    if (context->argument_count == 1 && strcmp(context->arguments[0], "catalog") == 0)
        return run_catalog(context, err);
    if (context->argument_count == 1 && strcmp(context->arguments[0], "sql") == 0)
        return run_sql(context, err);
    if (context->argument_count != 1 || strcmp(context->arguments[0], "states") != 0)
        return err_set(err, ERR_USAGE,
                       "inspect takes \"states\", \"catalog\" or \"sql\"");
    return cmd_inspect_states_run(format != NULL ? format : "dot", err);
}

const struct command cmd_inspect = {
    "inspect",
    "print the switch's states, a database's tables, or a revision's SQL",
    "states|catalog|sql [OPTION ...]",
    options,
    run,
};
