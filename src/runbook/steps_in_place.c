/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_in_place.c - the day of a migration in place: its way back is a backup, restored
 * beside the migrated database.
 */
#include "config.h"

#include "runbook/steps_shared.h"

static void add_backup(struct runbook *runbook, const char *directory)
{
    struct arena *arena = runbook->arena;
    struct runbook_step *step =
        step_add(arena, &runbook->steps, "Back up", runbook->facts.backup);

    step->is_estimate = runbook->facts.backup < 0;
    if (step->is_estimate)
        step->seconds = runbook->back;
    list_add(arena, &step->commands,
             arena_printf(arena, "airshift backup%s --to %s --workers %u",
                          steps_url(runbook), directory, runbook->facts.workers));
    list_add(arena, &step->checks,
             arena_printf(arena, "airshift restore --from %s --check-only", directory));
    step->expected = "it says \"whole\".";
    steps_add_own(runbook, &step->back, runbook->options->start_old_command,
                  "start the old Airflow");
    list_add(arena, &step->back,
             arena_printf(arena, "airshift unpause%s", steps_url(runbook)));
    step->back_text = "Nothing was changed.";
}

/* Whether a migration that is given up in its middle leaves the database as it was. */
static bool can_discard(const struct runbook *runbook)
{
    return !runbook->facts.by_revision;
}

/* The rehearsal's; where there is only one worth naming, it goes without saying. */
static const char *mode_option(const struct runbook *runbook)
{
    return runbook->facts.is_stepwise && runbook->facts.is_detached ? " --mode detached"
                                                                    : "";
}

static void add_discard(struct runbook *runbook, struct runbook_step *step,
                        bool has_restore)
{
    struct arena *arena = runbook->arena;
    const char *url = steps_url(runbook);

    list_add(arena, &step->back,
             arena_printf(arena, "airshift migrate%s --discard", url));
    steps_add_own(runbook, &step->back, runbook->options->start_old_command,
                  "start the old Airflow");
    list_add(arena, &step->back, arena_printf(arena, "airshift unpause%s", url));
    step->back_text =
        has_restore
            ? "Before it has said \"swapped\" the database is as it was, so this takes "
              "seconds. After it, `--discard` is refused: take the way back of the "
              "next step."
            : "";
}

static void add_migration(struct runbook *runbook, const struct list *restore)
{
    struct arena *arena = runbook->arena;
    const char *url = steps_url(runbook);
    const char *target = steps_target(runbook);
    const char *key =
        steps_option(runbook, "fernet-key-file", runbook->options->fernet_key_file);
    const char *quarantine = runbook->facts.has_quarantine ? " --quarantine" : "";
    struct runbook_step *step =
        step_add(arena, &runbook->steps, "Migrate",
                 runbook->facts.migrate + runbook->facts.verify);

    step->text = arena_printf(
        arena,
        "In another terminal: `airshift status%s`, and where it seems to hang "
        "`airshift monitor%s`. Interrupted, by whatever, "
        "the same command goes on; nothing is lost by stopping it with Ctrl-C.",
        url, url);
    list_add(arena, &step->commands,
             arena_printf(arena, "airshift migrate%s%s%s%s%s --workers %u", url, target,
                          mode_option(runbook), key, quarantine,
                          runbook->facts.workers));
    list_add(arena, &step->checks,
             arena_printf(arena, "airshift check%s%s", url, target));
    list_add(arena, &step->checks,
             arena_printf(arena, "airshift verify%s%s", url, target));
    step->expected = "both end with exit status 0, \"0 differences\".";
    if (can_discard(runbook)) {
        add_discard(runbook, step, restore->count > 0);
        return;
    }
    step->back = *restore;
    step->back_text =
        "Each revision has taken effect when its line is there: given up, "
        "the database is between two versions, which no Airflow "
        "works with. Nothing is lost by going on with the same command.";
}

/* The commands that bring the old state back once the new one is in use. */
static void add_restore(struct runbook *runbook, struct list *lines,
                        const char *directory)
{
    const struct runbook_options *options = runbook->options;
    struct arena *arena = runbook->arena;
    const char *restored =
        steps_option(runbook, "url-file", options->restored_url_file);

    steps_add_own(runbook, lines, options->stop_command, "stop the new Airflow");
    list_add(arena, lines,
             arena_printf(arena, "airshift restore%s --from %s --verify --workers %u",
                          restored, directory, runbook->facts.workers));
    steps_add_own(runbook, lines, options->start_old_command,
                  "start the old Airflow, with the restored database's URL");
    list_add(arena, lines, arena_printf(arena, "airshift unpause%s", restored));
}

void steps_in_place(struct runbook *runbook)
{
    const struct runbook_options *options = runbook->options;
    double restart = options->restart_minutes * 60;
    struct list restore = {0};
    const char *directory =
        step_quote(runbook->arena,
                   arena_printf(runbook->arena, "%s/day", options->backup_directory));

    runbook->back = options->restore_minutes >= 0 ? options->restore_minutes * 60
                                                  : runbook->facts.restore;
    add_restore(runbook, &restore, directory);
    steps_add_ahead(runbook);
    steps_add_quiet(runbook);
    add_backup(runbook, directory);
    add_migration(runbook, &restore);
    steps_add_new_airflow(
        runbook, &restore,
        "What was written since the migration is lost. The migrated database stays "
        "where it is, to be looked into.");
    steps_add_deadline(
        runbook, runbook->window - 2 * restart - runbook->back,
        "with the new Airflow: restore the backup and start the old one",
        "DAGs fail that did not fail before, and the reason is not known: go back. "
        "After this moment the only way is forward.");
    steps_add_deadline(
        runbook, runbook->window - restart - (can_discard(runbook) ? 0 : runbook->back),
        can_discard(runbook) ? "while `airshift migrate` runs: stop it, `--discard`, "
                               "start the old Airflow"
                             : "while `airshift migrate` runs: stop it, restore the "
                               "backup, start the old "
                               "Airflow with it",
        "its estimated end, which `airshift status` and the display show, lies after "
        "this moment, or no row has moved for ten minutes: give it up. Otherwise "
        "wait.");
}
