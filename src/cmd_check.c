/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_check.c - `airshift check`: the drop-in for `airflow db check-migrations`, quick
 * enough for an init container.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd.h"
#include "compiler/plan.h"
#include "wait.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    COMMAND_TARGET_OPTIONS,
    {"wait", OPTION_NUMBER, "SECONDS", "wait that long for the database to get there"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

/* Whether the database is at the target; the plan says where it is. */
static int look(const struct url *url, const struct command_context *context,
                struct plan *plan, struct err *err)
{
    struct plan_target target = {0};
    struct connection *connection = sql_connect(url, "check", err);
    int status = -1;

    command_target(context, &target);
    if (connection != NULL)
        status = plan_locate(plan, connection, url, &target, err);
    sql_close(connection);
    return status;
}

static const char *revision_id(const struct route *route, int position)
{
    if (position < 0)
        return "(none)";
    return ((const struct revision *)route->chain.revisions.items[position])->id;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct deadline deadline = deadline_in(option_number(context, "wait", 0));
    struct url url = {0};
    int status;

    if (command_any_url(context, &url, err) != 0)
        return -1;
    for (;;) {
        struct plan plan = {0};
        struct err waiting;

        err_clear(err);
        status = look(&url, context, &plan, err);
        if (status == 0 && plan.is_noop) {
            (void)printf("at %s (%s)\n", plan.target_version,
                         revision_id(&plan.core, (int)plan.core.to));
            plan_clear(&plan);
            break;
        }
        if (deadline_is_over(&deadline) ||
            (status != 0 && err->category != ERR_CONNECT)) {
            if (status == 0) {
                (void)printf("at %s (%s), not at %s (%s)%s\n", plan.source_version,
                             revision_id(&plan.core, plan.core.from),
                             plan.target_version,
                             revision_id(&plan.core, (int)plan.core.to),
                             !plan.core.is_needed ? ": the FAB tables are behind" : "");
                *exit_code = EXIT_CODE_BEHIND;
            }
            plan_clear(&plan);
            break;
        }
        plan_clear(&plan);
        if (wait_turn(&deadline, 250, "the migration", &waiting) != 0 &&
            waiting.category == ERR_INTERRUPTED) {
            *err = waiting;
            status = -1;
            break;
        }
    }
    url_clear(&url);
    return status;
}

const struct command cmd_check = {
    "check", "tell whether a database is at a version", "[OPTION ...]", options, run,
};
