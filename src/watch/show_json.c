/* SPDX-License-Identifier: Apache-2.0
 *
 * show_json.c - a look, as JSON: all DAGs that are not paused, and what is stuck.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>

#include "watch/show.h"

static void add_seconds(json_t *object, const char *name, double seconds)
{
    if (seconds >= 0)
        (void)json_object_set_new(object, name, json_real(seconds));
}

static json_t *dag_object(const struct watch_dag *dag,
                          const struct watch_limits *limits)
{
    json_t *object =
        json_pack("{s:s, s:b, s:b, s:b, s:I}", "dag_id", dag->id, "critical",
                  (int)dag->is_critical, "late", (int)watch_dag_is_late(dag, limits),
                  "estimated", (int)dag->is_estimated, "runs", (json_int_t)dag->runs);

    if (dag->overdue > 0)
        add_seconds(object, "overdue_seconds", dag->overdue);
    if (dag->runs > 0) {
        (void)json_object_set_new(object, "last_run", json_string(dag->run_id));
        (void)json_object_set_new(object, "last_run_begun",
                                  json_boolean(dag->has_begun));
        add_seconds(object, "last_run_late_seconds", dag->late);
        add_seconds(object, "worst_late_seconds", dag->worst);
    }
    return object;
}

static json_t *tasks_object(const struct watch_tasks *tasks)
{
    return json_pack("{s:s, s:b, s:s, s:I, s:f, s:s, s:s}", "dag_id", tasks->dag_id,
                     "critical", (int)tasks->is_critical, "state", tasks->state,
                     "count", (json_int_t)tasks->count, "oldest_seconds",
                     tasks->seconds, "oldest_task_id", tasks->task_id, "oldest_run_id",
                     tasks->run_id);
}

static json_t *process_object(const struct watch_process *process)
{
    json_t *object = json_pack(
        "{s:s, s:I, s:I, s:b, s:b}", "kind", process->kind, "alive",
        (json_int_t)process->alive, "silent", (json_int_t)process->silent, "needed",
        (int)process->is_needed, "missing", (int)watch_process_is_missing(process));

    add_seconds(object, "last_seconds", process->last);
    return object;
}

void watch_add_json(struct strbuf *out, const struct watch_look *look,
                    const struct watch_limits *limits)
{
    json_t *root = json_pack(
        "{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "format_version", 1, "verdict",
        look->is_late ? "late" : "on time", "dags", (json_int_t)look->dag_count,
        "paused", (json_int_t)look->dag_count - look->unpaused, "late_dags",
        (json_int_t)look->late, "late_critical_dags", (json_int_t)look->late_critical,
        "stuck_tasks", (json_int_t)look->stuck, "runs", (json_int_t)look->runs,
        "worst_late_seconds", look->worst);
    json_t *dags = json_array();
    json_t *tasks = json_array();
    json_t *processes = json_array();
    char *text;

    for (size_t i = 0; i < look->dag_count; i++) {
        if (!look->dags[i].is_paused)
            (void)json_array_append_new(dags, dag_object(&look->dags[i], limits));
    }
    for (size_t i = 0; i < look->task_count; i++)
        (void)json_array_append_new(tasks, tasks_object(&look->tasks[i]));
    for (size_t i = 0; i < look->process_count; i++)
        (void)json_array_append_new(processes, process_object(&look->processes[i]));
    (void)json_object_set_new(root, "unpaused", dags);
    (void)json_object_set_new(root, "stuck", tasks);
    (void)json_object_set_new(root, "processes", processes);
    text = json_dumps(root, JSON_COMPACT);
    strbuf_add_string(out, text != NULL ? text : "{}");
    strbuf_add_char(out, '\n');
    free(text);
    json_decref(root);
}
