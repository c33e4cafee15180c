/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_shared.c - what is done before and after the database moves, whichever way it
 * moves.
 */
#include "config.h"

#include "runbook/steps_shared.h"

/* Seconds that nobody has measured; the page marks them. */
enum { PAUSE_SECONDS = 60, LOOK_SECONDS = 30 * 60, UNPAUSE_SECONDS = 5 * 60 };

const char *steps_option(struct runbook *runbook, const char *name, const char *value)
{
    return value != NULL ? arena_printf(runbook->arena, " --%s %s", name,
                                        step_quote(runbook->arena, value))
                         : "";
}

const char *steps_url(struct runbook *runbook)
{
    return steps_option(runbook, "url-file", runbook->options->url_file);
}

const char *steps_target(struct runbook *runbook)
{
    return steps_option(runbook, "to",
                        runbook->facts.target != NULL ? runbook->facts.target : "head");
}

void steps_add_own(struct runbook *runbook, struct list *lines, const char *command,
                   const char *words)
{
    list_add(runbook->arena, lines,
             command != NULL ? arena_strdup(runbook->arena, command)
                             : arena_printf(runbook->arena, "# %s", words));
}

void steps_add_deadline(struct runbook *runbook, double until, const char *what,
                        const char *rule)
{
    struct runbook_deadline *deadline = arena_zalloc(runbook->arena, sizeof(*deadline));

    deadline->what = what;
    deadline->rule = rule;
    deadline->until = until;
    list_add(runbook->arena, &runbook->deadlines, deadline);
}

void steps_add_ahead(struct runbook *runbook)
{
    struct arena *arena = runbook->arena;
    const char *url = steps_url(runbook);
    struct runbook_step *step = step_add(arena, &runbook->steps, "Look again", 0);
    const char *directory = step_quote(
        arena, arena_printf(arena, "%s/ahead", runbook->options->backup_directory));

    step->is_before = true;
    step->text = "The database has changed since the rehearsal; the plan must not have "
                 "become another one.";
    list_add(arena, &step->commands,
             arena_printf(arena, "airshift plan%s%s", url, steps_target(runbook)));
    list_add(arena, &step->checks,
             arena_printf(arena, "airshift preflight%s%s", url, steps_target(runbook)));
    step->expected = "no problems are named; otherwise rehearse again. Nothing is red; "
                     "below each line is what to do.";
    step = step_add(arena, &runbook->steps, "Back up, ahead of the day", 0);
    step->is_before = true;
    step->text = "Airflow may work meanwhile. This is the copy for the worst day; the "
                 "one that counts is made when Airflow stands still.";
    list_add(arena, &step->commands,
             arena_printf(arena, "airshift backup%s --to %s", url, directory));
    list_add(arena, &step->checks,
             arena_printf(arena, "airshift restore --from %s --check-only", directory));
    step->expected = "it says \"whole\". Keep a copy on another machine, with the "
                     "Fernet key, the old version's image and its values.";
}

void steps_add_quiet(struct runbook *runbook)
{
    const struct runbook_options *options = runbook->options;
    struct arena *arena = runbook->arena;
    const char *url = steps_url(runbook);
    char *unpause = arena_printf(arena, "airshift unpause%s", url);
    struct runbook_step *step =
        step_add(arena, &runbook->steps, "Stop the DAGs", PAUSE_SECONDS);

    step->is_estimate = true;
    step->text = "It remembers which DAGs ran, in the database itself.";
    list_add(arena, &step->commands, arena_printf(arena, "airshift pause%s", url));
    step->expected = "it says \"N of N are paused\", the same number twice.";
    list_add(arena, &step->back, unpause);
    step->back_text = "";

    step = step_add(arena, &runbook->steps, "Wait for what runs",
                    options->drain_minutes * 60);
    list_add(arena, &step->commands,
             arena_printf(arena, "airshift drain%s --limit %g", url,
                          options->drain_minutes));
    step->expected = "exit status 0, \"0 task instances in flight\". At the limit it "
                     "stops with exit status 10 and says what still runs: wait "
                     "longer, or go on with --on-limit continue and clear these tasks "
                     "afterwards.";
    list_add(arena, &step->back, unpause);
    step->back_text = "";

    step =
        step_add(arena, &runbook->steps, "Stop Airflow", options->restart_minutes * 60);
    step->is_estimate = true;
    step->text = "From here on nobody can use Airflow.";
    steps_add_own(
        runbook, &step->commands, options->stop_command,
        "stop the scheduler, triggerer, DAG processor, workers and web server");
    step->expected = "none of its processes is left.";
    steps_add_own(runbook, &step->back, options->start_old_command,
                  "start the old Airflow");
    list_add(arena, &step->back, unpause);
    step->back_text = "";
}

static const char *first_options(struct runbook *runbook)
{
    const struct runbook_options *options = runbook->options;

    return options->first != NULL
               ? steps_option(runbook, "first", options->first)
               : steps_option(runbook, "first-tag", options->first_tag);
}

static void add_back(struct runbook *runbook, struct runbook_step *step,
                     const struct list *back, const char *back_text)
{
    for (size_t i = 0; i < back->count; i++)
        list_add(runbook->arena, &step->back, back->items[i]);
    step->back_text = back_text;
}

void steps_add_new_airflow(struct runbook *runbook, const struct list *back,
                           const char *back_text)
{
    const struct runbook_options *options = runbook->options;
    const char *airflow = step_quote(runbook->arena, options->airflow);
    struct arena *arena = runbook->arena;
    const char *url = steps_url(runbook);
    struct runbook_step *step = step_add(
        arena, &runbook->steps, "Start the new Airflow", options->restart_minutes * 60);

    step->is_estimate = true;
    steps_add_own(runbook, &step->commands, options->start_command,
                  "start the new Airflow, with its own migration job switched off");
    list_add(arena, &step->checks,
             arena_printf(arena, "%s db check-migrations", airflow));
    list_add(arena, &step->checks,
             arena_printf(arena, "%s dags list-import-errors", airflow));
    step->expected =
        "no migration is missing, no DAG fails to import, the API answers, "
        "old runs are listed. Nothing is scheduled yet: all DAGs are "
        "paused.";
    add_back(runbook, step, back, back_text);

    if (options->first != NULL || options->first_tag != NULL) {
        step = step_add(arena, &runbook->steps, "Critical DAGs first", LOOK_SECONDS);
        step->is_estimate = true;
        list_add(arena, &step->commands,
                 arena_printf(arena, "airshift unpause%s%s --only-first", url,
                              first_options(runbook)));
        step->text =
            arena_printf(arena, "In another terminal: `airshift watch%s%s --for 30`.",
                         url, first_options(runbook));
        step->expected =
            "their runs begin and succeed, for half an hour: the watch says "
            "\"on time\".";
        add_back(runbook, step, back, back_text);
    }
    step = step_add(arena, &runbook->steps, "All DAGs", UNPAUSE_SECONDS);
    step->is_estimate = true;
    list_add(arena, &step->commands,
             arena_printf(arena, "airshift unpause%s --batch 50", url));
    step->text = arena_printf(arena, "In another terminal: `airshift watch%s%s`.", url,
                              first_options(runbook));
    step->expected = "what was paused before the day stays paused, all else runs.";
    add_back(runbook, step, back, back_text);
}
