/* SPDX-License-Identifier: Apache-2.0
 *
 * problems.c - from the problems of a plan to messages and the error.
 */
#include "config.h"

#include "base/log.h"
#include "migrate/problems.h"

int problems_report(const struct plan *plan, struct err *err)
{
    const struct problem *first = NULL;
    size_t fatal = 0;

    for (size_t i = 0; i < plan->problems.count; i++) {
        const struct problem *problem = plan->problems.items[i];

        if (!problem->is_fatal) {
            log_warning("%s. %s", problem->text, problem->hint);
            continue;
        }
        if (first != NULL)
            log_error("%s. %s", problem->text, problem->hint);
        else
            first = problem;
        fatal++;
    }
    if (first == NULL)
        return 0;
    (void)err_set(err, ERR_DATA, "%s%s; nothing was changed", first->text,
                  fatal > 1 ? " (and others, above)" : "");
    return err_hint(err, "%s", first->hint);
}
