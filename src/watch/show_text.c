/* SPDX-License-Identifier: Apache-2.0
 *
 * show_text.c - a look, in lines for a person.
 */
#include "config.h"

#include <string.h>

#include "engine/progress.h"
#include "watch/show.h"

enum { DAGS_SHOWN = 20, TASKS_SHOWN = 20 };

static void add_sentence(struct strbuf *out, const struct watch_look *look,
                         const struct watch_limits *limits)
{
    strbuf_add_string(out, look->is_late ? "late: " : "on time: ");
    if (look->late > 0) {
        strbuf_addf(out, "%lld of %lld DAGs are late", look->late, look->unpaused);
        if (look->late_critical > 0)
            strbuf_addf(out, ", %lld critical ones among them", look->late_critical);
    } else {
        strbuf_addf(out, "none of %lld DAGs is late", look->unpaused);
    }
    if (look->stuck > 0)
        strbuf_addf(out, ", %lld tasks are stuck", look->stuck);
    for (size_t i = 0; i < look->process_count; i++) {
        if (watch_process_is_missing(&look->processes[i]))
            strbuf_addf(out, ", no %s lives", look->processes[i].kind);
    }
    strbuf_addf(out, "; %lld runs were due in the last %.0f min", look->runs,
                limits->window_seconds / 60);
    if (look->runs > 0) {
        strbuf_add_string(out, ", the latest by ");
        progress_add_time(out, look->worst);
    }
    strbuf_addf(out, "; %lld DAGs are paused\n",
                (long long)look->dag_count - look->unpaused);
}

static void add_processes(struct strbuf *out, const struct watch_look *look)
{
    for (size_t i = 0; i < look->process_count; i++) {
        const struct watch_process *process = &look->processes[i];

        if (process->alive == 0 && process->silent == 0 && !process->is_needed)
            continue;
        strbuf_addf(out, "  %s: %lld alive", process->kind, process->alive);
        if (process->silent > 0)
            strbuf_addf(out, ", %lld silent (on %s)", process->silent, process->host);
        if (process->last >= 0) {
            strbuf_add_string(out, ", the last sign of life ");
            progress_add_time(out, process->last);
            strbuf_add_string(out, " ago");
        }
        strbuf_add_char(out, '\n');
    }
}

static void add_dag(struct strbuf *out, const struct watch_dag *dag,
                    const struct watch_limits *limits)
{
    strbuf_addf(out, "  late: %s%s: ", dag->id, dag->is_critical ? " (critical)" : "");
    if (dag->overdue > limits->grace_seconds) {
        strbuf_add_string(out, "its next run is overdue by ");
        progress_add_time(out, dag->overdue);
        if (dag->is_estimated)
            strbuf_add_string(out, ", by the distance of the last two");
    }
    if (dag->late > limits->grace_seconds) {
        if (dag->overdue > limits->grace_seconds)
            strbuf_add_string(out, "; ");
        strbuf_addf(out, "%s %s ", dag->run_id,
                    dag->has_begun ? "began late by" : "has not begun, late by");
        progress_add_time(out, dag->late);
    }
    strbuf_add_char(out, '\n');
}

static void add_dags(struct strbuf *out, const struct watch_look *look,
                     const struct watch_limits *limits)
{
    long long shown = 0;

    for (size_t i = 0; i < look->dag_count && shown < DAGS_SHOWN; i++) {
        if (!watch_dag_is_late(&look->dags[i], limits))
            continue;
        add_dag(out, &look->dags[i], limits);
        shown++;
    }
    if (look->late > shown)
        strbuf_addf(out, "  and %lld DAGs more, see --json\n", look->late - shown);
}

static void add_tasks(struct strbuf *out, const struct watch_look *look)
{
    for (size_t i = 0; i < look->task_count && i < TASKS_SHOWN; i++) {
        const struct watch_tasks *tasks = &look->tasks[i];

        strbuf_addf(out, "  stuck: %s%s: %lld %s, the oldest for ", tasks->dag_id,
                    tasks->is_critical ? " (critical)" : "", tasks->count,
                    tasks->state);
        progress_add_time(out, tasks->seconds);
        strbuf_addf(out, ": %s of %s\n", tasks->task_id, tasks->run_id);
    }
    if (look->task_count > TASKS_SHOWN)
        strbuf_addf(out, "  and those of %zu DAGs more, see --json\n",
                    look->task_count - TASKS_SHOWN);
}

static bool has_state(const struct watch_look *look, const char *state)
{
    for (size_t i = 0; i < look->task_count; i++) {
        if (strcmp(look->tasks[i].state, state) == 0)
            return true;
    }
    return false;
}

static void add_advice(struct strbuf *out, const struct watch_look *look)
{
    bool has_scheduler = true;

    for (size_t i = 0; i < look->process_count; i++) {
        const struct watch_process *process = &look->processes[i];

        if (!watch_process_is_missing(process))
            continue;
        strbuf_addf(out, "  do: start the %s; nothing else helps before\n",
                    process->kind);
        has_scheduler = has_scheduler && strcmp(process->kind, "scheduler") != 0;
    }
    if (look->unpaused == 0 && look->dag_count > 0)
        strbuf_add_string(out,
                          "  do: all DAGs are paused: `airshift unpause` gives back "
                          "what `airshift pause` stopped\n");
    if (!has_scheduler)
        return;
    if (has_state(look, "queued"))
        strbuf_add_string(out, "  do: see whether the workers live and take from the "
                               "executor's queue; then clear what is queued, the "
                               "critical ones first (--once --clear-stuck)\n");
    if (has_state(look, "scheduled"))
        strbuf_add_string(out,
                          "  do: see whether pools, parallelism or max_active_tasks "
                          "are used up\n");
    if (look->late > 0 && look->task_count == 0)
        strbuf_add_string(out, "  do: see the scheduler's log, whether DAG files are "
                               "parsed (airflow dags list-import-errors), and "
                               "max_active_runs\n");
}

void watch_add_text(struct strbuf *out, const struct watch_look *look,
                    const struct watch_limits *limits)
{
    add_sentence(out, look, limits);
    add_processes(out, look);
    add_dags(out, look, limits);
    add_tasks(out, look);
    add_advice(out, look);
}
