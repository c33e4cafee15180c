/* SPDX-License-Identifier: Apache-2.0
 *
 * runbook.c - whether there is to be a day at all, and then its page.
 */
#include "config.h"

#include "runbook/markdown.h"
#include "runbook/runbook.h"
#include "runbook/steps.h"

/* From the first step until the new Airflow is up: it must leave time for the way back. */
static double work_seconds(const struct runbook *runbook)
{
    double seconds = 0;

    for (size_t i = 0; i < runbook->steps.count; i++) {
        const struct runbook_step *step = runbook->steps.items[i];

        if (!step->is_before)
            seconds += step->seconds;
    }
    return seconds;
}

static int check_options(const struct runbook *runbook, struct err *err)
{
    const struct runbook_options *options = runbook->options;

    if (options->switch_config == NULL && options->restore_minutes < 0 &&
        runbook->facts.restore < 0) {
        (void)err_set(
            err, ERR_CONFIG,
            "nobody knows how long a restore takes: the rehearsal did not try "
            "it");
        return err_hint(err, "Rehearse with --way-back, or say it with "
                             "--restore-minutes.");
    }
    return 0;
}

/* What of the window is left must be enough to look at the new Airflow and to go back. */
static bool fits(const struct runbook *runbook, struct strbuf *reason)
{
    const struct runbook_deadline *first = runbook->deadlines.items[0];
    double work = work_seconds(runbook);

    if (work <= first->until)
        return true;
    strbuf_add_string(reason, "the day's steps take ");
    markdown_add_span(reason, work);
    strbuf_add_string(reason, ", the way back ");
    markdown_add_span(reason,
                      runbook->back + 2 * runbook->options->restart_minutes * 60);
    strbuf_add_string(reason, ", and the window is ");
    markdown_add_span(reason, runbook->window);
    return false;
}

int runbook_make(const struct runbook_options *options, struct strbuf *out, bool *is_go,
                 struct strbuf *reason, struct err *err)
{
    struct runbook runbook = {.options = options, .arena = arena_new()};
    int status =
        rehearsal_file_read(options->rehearsal, &runbook.facts, runbook.arena, err);

    *is_go = false;
    if (status == 0 && !runbook.facts.is_go) {
        strbuf_addf(reason, "the rehearsal said no: %s", runbook.facts.failed);
    } else if (status == 0) {
        status = check_options(&runbook, err);
        runbook.window = options->window_minutes >= 0 ? options->window_minutes * 60
                                                      : runbook.facts.window;
        if (status == 0) {
            if (options->switch_config != NULL)
                steps_switch(&runbook);
            else
                steps_in_place(&runbook);
            *is_go = fits(&runbook, reason);
        }
        if (*is_go)
            markdown_add(out, &runbook);
    }
    arena_free(runbook.arena);
    return status;
}
