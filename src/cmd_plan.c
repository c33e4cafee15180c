/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_plan.c - `airshift plan`: what a migration would do to each table, why, and with
 * which statements. Read only.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd.h"
#include "compiler/estimate.h"
#include "compiler/shadow.h"
#include "migrate/natives.h"
#include "migrate/run_state.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    COMMAND_TARGET_OPTIONS,
    {"format", OPTION_TEXT, "FORMAT", "text (default), json, or sql"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static void print_bytes(unsigned long long bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;

    while (size >= 1024 && unit < 4) {
        size /= 1024;
        unit++;
    }
    (void)printf("%8.*f %-2s", unit > 0 && size < 100 ? 1 : 0, size, units[unit]);
}

static void print_locks(const struct plan *plan, const struct shadow *shadow)
{
    if (shadow == NULL)
        (void)printf(
            "Locks: readers are never held until the swap; in place, writers are held "
            "from the start; the swap takes exclusive locks for %zu catalog changes.\n",
            plan->swap.count);
    else
        (void)printf(
            "Locks: readers are never held until the swap; in place, writers are held "
            "from the start; the swap is one RENAME TABLE: %zu tables go, %zu come, by "
            "way of the databases %s and %s.\n",
            shadow->leaving.count, shadow->coming.count, shadow->new_schema,
            shadow->old_schema);
}

/* `shadow` is NULL where the server can roll DDL back. */
static void print_text(const struct plan *plan, const struct shadow *shadow)
{
    struct plan_estimate totals;

    plan_estimate(plan, &totals);
    (void)printf(
        "From Airflow %s to %s: %zu tables rewritten, %zu created, %zu dropped, %zu "
        "changed in the catalog only, %zu untouched.\n\n",
        plan->source_version, plan->target_version, totals.counts[TABLE_REWRITTEN],
        totals.counts[TABLE_CREATED], totals.counts[TABLE_DROPPED],
        totals.counts[TABLE_METADATA], totals.counts[TABLE_UNTOUCHED]);
    (void)printf("%-38s %-14s %12s %11s  %s\n", "table", "action", "rows", "size",
                 "why");
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        enum table_action action = table_plan_action(table);

        if (action == TABLE_UNTOUCHED)
            continue;
        (void)printf("%-38s %-14s ", table_plan_name(table), table_action_name(action));
        if (table->live != NULL && table->live->live->rows >= 0)
            (void)printf("%12.0f ", table->live->live->rows);
        else
            (void)printf("%12s ", "-");
        if (table->live != NULL)
            print_bytes(table->live->live->bytes);
        else
            (void)printf("%11s", "-");
        (void)printf("  %s\n", table->reason != NULL ? table->reason : "");
    }
    (void)printf("\nDisk needed beside the database until the swap: ");
    print_bytes(totals.disk_bytes);
    (void)printf("\nTime, roughly, on two cores: %.0f s\n", totals.seconds);
    print_locks(plan, shadow);
    for (size_t i = 0; i < plan->problems.count; i++) {
        const struct problem *problem = plan->problems.items[i];

        (void)printf("%s: %s. %s\n", problem->is_fatal ? "In the way" : "Note",
                     problem->text, problem->hint);
    }
}

static void print_json(const struct plan *plan, const struct shadow *shadow)
{
    json_t *root = json_object();
    json_t *tables = json_array();
    json_t *problems = json_array();
    struct plan_estimate totals;

    plan_estimate(plan, &totals);
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        json_t *item = json_pack("{s:s, s:s}", "table", table_plan_name(table),
                                 "action", table_action_name(table_plan_action(table)));

        if (table->reason != NULL)
            (void)json_object_set_new(item, "reason", json_string(table->reason));
        if (table->live != NULL) {
            (void)json_object_set_new(item, "rows", json_real(table->live->live->rows));
            (void)json_object_set_new(
                item, "bytes", json_integer((json_int_t)table->live->live->bytes));
        }
        (void)json_array_append_new(tables, item);
    }
    for (size_t i = 0; i < plan->problems.count; i++) {
        const struct problem *problem = plan->problems.items[i];

        (void)json_array_append_new(
            problems, json_pack("{s:b, s:s, s:s}", "fatal", problem->is_fatal, "text",
                                problem->text, "hint", problem->hint));
    }
    (void)json_object_set_new(root, "format_version", json_integer(1));
    (void)json_object_set_new(root, "from", json_string(plan->source_version));
    (void)json_object_set_new(root, "to", json_string(plan->target_version));
    (void)json_object_set_new(root, "is_current", json_boolean(plan->is_noop));
    (void)json_object_set_new(root, "disk_bytes",
                              json_integer((json_int_t)totals.disk_bytes));
    (void)json_object_set_new(root, "seconds_estimated", json_real(totals.seconds));
    (void)json_object_set_new(
        root, "swap_statements",
        json_integer((json_int_t)(shadow != NULL ? 1 : plan->swap.count)));
    (void)json_object_set_new(root, "tables", tables);
    (void)json_object_set_new(root, "problems", problems);
    (void)json_dumpf(root, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(root);
}

static int print_plan(struct plan *plan, const struct shadow *shadow,
                      const char *format, struct connection *connection,
                      struct err *err)
{
    struct natives_print print = {&plan->lowering, connection, {NULL, NULL}};

    if (plan->is_noop && strcmp(format, "text") == 0) {
        (void)printf("Nothing to do: at %s already.\n", plan->target_version);
        return 0;
    }
    if (strcmp(format, "text") == 0)
        print_text(plan, shadow);
    else if (strcmp(format, "json") == 0)
        print_json(plan, shadow);
    else if (shadow != NULL)
        return err_set(
            err, ERR_UNSUPPORTED,
            "there is no script for this server: its DDL cannot be rolled back");
    else
        return plan_print_sql(plan, stdout, natives_print, &print, err);
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    const char *format = option_text(context, "format");
    struct plan_options plan_options = {0};
    struct connection *connection;
    struct arena *arena = arena_new();
    struct run_state state;
    struct plan plan = {0};
    struct shadow shadow = {0};
    struct url url = {0};
    int status = -1;

    (void)exit_code;
    if (format == NULL)
        format = "text";
    if (strcmp(format, "text") != 0 && strcmp(format, "json") != 0 &&
        strcmp(format, "sql") != 0) {
        arena_free(arena);
        return err_set(err, ERR_USAGE, "--format takes text, json or sql");
    }
    if (command_look_url(context, &url, err) != 0) {
        arena_free(arena);
        return -1;
    }
    connection = sql_connect(&url, "plan", err);
    if (connection != NULL && run_state_invent(connection, arena, &state, err) == 0) {
        command_target(context, &plan_options.target);
        plan_options.seed = state.seed;
        plan_options.run_start = state.run_start;
        plan_options.is_in_place = true;
        if (shadow_plan(&plan, &shadow, connection, &url, &plan_options, arena, err) ==
            0)
            status = print_plan(&plan, shadow.plan != NULL ? &shadow : NULL, format,
                                connection, err);
    }
    plan_clear(&plan);
    sql_close(connection);
    url_clear(&url);
    arena_free(arena);
    return status;
}

const struct command cmd_plan = {
    "plan", "show what a migration would do, table by table", "[OPTION ...]", options,
    run,
};
