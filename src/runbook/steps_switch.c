/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_switch.c - the day of a replica switch: the old master is the way back, in
 * seconds.
 */
#include "config.h"

#include "runbook/steps_shared.h"

/* A cutover or a rollback with what surrounds it; the man page says under 2 s. */
enum { SWITCH_SECONDS = 60 };

static struct runbook_step *add_word(struct runbook *runbook, const char *title,
                                     const char *word, double seconds)
{
    struct runbook_step *step =
        step_add(runbook->arena, &runbook->steps, title, seconds);
    const char *config =
        steps_option(runbook, "config", runbook->options->switch_config);

    list_add(runbook->arena, &step->commands,
             arena_printf(runbook->arena, "airshift switch %s%s", word, config));
    list_add(runbook->arena, &step->checks,
             arena_printf(runbook->arena, "airshift switch status%s", config));
    return step;
}

static void add_abort(struct runbook *runbook, struct runbook_step *step,
                      bool starts_airflow)
{
    struct arena *arena = runbook->arena;

    list_add(
        arena, &step->back,
        arena_printf(arena, "airshift switch abort%s",
                     steps_option(runbook, "config", runbook->options->switch_config)));
    step->back_text = "Blue was never changed.";
    if (!starts_airflow)
        return;
    steps_add_own(runbook, &step->back, runbook->options->start_old_command,
                  "start the old Airflow");
    list_add(arena, &step->back,
             arena_printf(arena, "airshift unpause%s", steps_url(runbook)));
}

static void add_rollback(struct runbook *runbook, struct list *lines)
{
    const struct runbook_options *options = runbook->options;
    struct arena *arena = runbook->arena;

    steps_add_own(runbook, lines, options->stop_command, "stop the new Airflow");
    list_add(arena, lines,
             arena_printf(arena, "airshift switch rollback%s",
                          steps_option(runbook, "config", options->switch_config)));
    steps_add_own(runbook, lines, options->start_old_command, "start the old Airflow");
    list_add(arena, lines,
             arena_printf(arena, "airshift unpause%s", steps_url(runbook)));
}

void steps_switch(struct runbook *runbook)
{
    const struct runbook_options *options = runbook->options;
    double restart = options->restart_minutes * 60;
    struct runbook_step *step;
    struct list rollback = {0};
    const char *back_text = "Blue serves again, with its rows as they were; what was "
                            "written on green since the cutover is kept in a file.";

    runbook->back = SWITCH_SECONDS;
    add_rollback(runbook, &rollback);
    steps_add_ahead(runbook);
    step = add_word(runbook, "Make the replicas", "start --until provisioned", 0);
    step->is_before = true;
    step->text = "Airflow works on meanwhile.";
    step->expected = "the state is \"provisioned\".";
    add_abort(runbook, step, false);
    steps_add_quiet(runbook);
    step =
        add_word(runbook, "Migrate the replica", "start", runbook->facts.switch_outage);
    step->text =
        "Blue is fenced, green catches up, is detached, migrated and verified. "
        "Interrupted, `airshift switch resume` goes on.";
    step->expected = "the state is \"verified\".";
    add_abort(runbook, step, true);
    step = add_word(runbook, "Cut over", "cutover", SWITCH_SECONDS);
    step->expected = "the state is \"switched\": green serves the clients.";
    for (size_t i = 0; i < rollback.count; i++)
        list_add(runbook->arena, &step->back, rollback.items[i]);
    step->back_text = back_text;
    steps_add_new_airflow(runbook, &rollback, back_text);
    step = step_add(runbook->arena, &runbook->steps, "Put the switch away", 0);
    step->text = "When nobody wants to go back any more, days later.";
    list_add(runbook->arena, &step->commands,
             arena_printf(runbook->arena, "airshift switch finish%s",
                          steps_option(runbook, "config", options->switch_config)));
    steps_add_deadline(
        runbook, runbook->window - 2 * restart - SWITCH_SECONDS,
        "with the new Airflow: `airshift switch rollback`, start the old one",
        "DAGs fail that did not fail before, and the reason is not known: go back. A "
        "later rollback works, too, but outside the window; what green has by then is "
        "in the archive file, not on blue.");
    steps_add_deadline(
        runbook, runbook->window - restart - SWITCH_SECONDS,
        "before the cutover: `airshift switch abort`, start the old Airflow",
        "the estimated end of the migration lies after this moment, or no row has "
        "moved "
        "for ten minutes: give it up. Otherwise wait.");
}
