/* SPDX-License-Identifier: Apache-2.0
 *
 * look.c - the statements watch_*.sql of the server, and what follows from their numbers.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/server_sql.h"
#include "watch/look.h"

static double seconds_or_none(const struct sql_result *result, size_t row,
                              size_t column)
{
    return sql_is_null(result, row, column)
               ? -1
               : strtod(sql_text(result, row, column), NULL);
}

static struct sql_result *query(struct connection *connection, const char *name,
                                double seconds, struct err *err)
{
    char text[32];
    const char *const parameters[1] = {text};

    (void)snprintf(text, sizeof(text), "%.0f", seconds);
    return server_query(connection, name, 1, parameters, err);
}

/* --- DAGs ----------------------------------------------------------------------------- */

bool watch_dag_is_late(const struct watch_dag *dag, const struct watch_limits *limits)
{
    return !dag->is_paused &&
           (dag->overdue > limits->grace_seconds || dag->late > limits->grace_seconds);
}

static double latest(const struct watch_dag *dag)
{
    return dag->overdue > dag->late ? dag->overdue : dag->late;
}

static int compare_dags(const void *left, const void *right)
{
    const struct watch_dag *a = left;
    const struct watch_dag *b = right;

    if (a->is_critical != b->is_critical)
        return a->is_critical ? -1 : 1;
    if (latest(a) != latest(b))
        return latest(a) > latest(b) ? -1 : 1;
    return strcmp(a->id, b->id);
}

static int read_dags(struct connection *connection, const struct watch_limits *limits,
                     const struct list *critical, struct watch_look *look,
                     struct err *err)
{
    struct sql_result *result =
        query(connection, "watch_dags", limits->window_seconds, err);

    if (result == NULL)
        return -1;
    look->dag_count = sql_row_count(result);
    look->dags = arena_zalloc(look->arena, (look->dag_count + 1) * sizeof(*look->dags));
    for (size_t i = 0; i < look->dag_count; i++) {
        struct watch_dag *dag = &look->dags[i];

        dag->id = arena_strdup(look->arena, sql_text(result, i, 0));
        dag->is_critical = list_has_text(critical, dag->id);
        dag->is_paused = sql_is_true(result, i, 1);
        dag->overdue = seconds_or_none(result, i, 2);
        dag->is_estimated = sql_is_true(result, i, 3);
        dag->runs = sql_integer(result, i, 4);
        dag->run_id = arena_strdup(look->arena, sql_text(result, i, 5));
        dag->late = seconds_or_none(result, i, 6);
        dag->has_begun = sql_is_true(result, i, 7);
        dag->worst = seconds_or_none(result, i, 8);
    }
    sql_result_free(result);
    qsort(look->dags, look->dag_count, sizeof(*look->dags), compare_dags);
    return 0;
}

/* --- tasks ------------------------------------------------------------------------------ */

static int compare_tasks(const void *left, const void *right)
{
    const struct watch_tasks *a = left;
    const struct watch_tasks *b = right;

    if (a->is_critical != b->is_critical)
        return a->is_critical ? -1 : 1;
    if (a->seconds != b->seconds)
        return a->seconds > b->seconds ? -1 : 1;
    return strcmp(a->dag_id, b->dag_id);
}

bool watch_may_wait(const struct watch_look *look, const char *dag_id,
                    const char *state)
{
    if (strcmp(state, "scheduled") != 0)
        return false;
    for (size_t i = 0; i < look->dag_count; i++) {
        if (strcmp(look->dags[i].id, dag_id) == 0)
            return look->dags[i].is_paused;
    }
    return true;
}

static int read_tasks(struct connection *connection, const struct watch_limits *limits,
                      const struct list *critical, struct watch_look *look,
                      struct err *err)
{
    struct sql_result *result =
        query(connection, "watch_tasks", limits->stuck_seconds, err);

    if (result == NULL)
        return -1;
    look->tasks =
        arena_zalloc(look->arena, (sql_row_count(result) + 1) * sizeof(*look->tasks));
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct watch_tasks *tasks = &look->tasks[look->task_count];

        if (watch_may_wait(look, sql_text(result, i, 0), sql_text(result, i, 1)))
            continue;
        look->task_count++;
        tasks->dag_id = arena_strdup(look->arena, sql_text(result, i, 0));
        tasks->state = arena_strdup(look->arena, sql_text(result, i, 1));
        tasks->count = sql_integer(result, i, 2);
        tasks->seconds = strtod(sql_text(result, i, 3), NULL);
        tasks->task_id = arena_strdup(look->arena, sql_text(result, i, 4));
        tasks->run_id = arena_strdup(look->arena, sql_text(result, i, 5));
        tasks->is_critical = list_has_text(critical, tasks->dag_id);
    }
    sql_result_free(result);
    qsort(look->tasks, look->task_count, sizeof(*look->tasks), compare_tasks);
    return 0;
}

/* --- processes --------------------------------------------------------------------------- */

bool watch_process_is_missing(const struct watch_process *process)
{
    return process->is_needed && process->alive == 0;
}

static int read_processes(struct connection *connection,
                          const struct watch_limits *limits, struct watch_look *look,
                          struct err *err)
{
    struct sql_result *result =
        query(connection, "watch_health", limits->silent_seconds, err);

    if (result == NULL)
        return -1;
    look->process_count = sql_row_count(result);
    look->processes =
        arena_zalloc(look->arena, (look->process_count + 1) * sizeof(*look->processes));
    for (size_t i = 0; i < look->process_count; i++) {
        struct watch_process *process = &look->processes[i];

        process->kind = arena_strdup(look->arena, sql_text(result, i, 0));
        process->alive = sql_integer(result, i, 1);
        process->silent = sql_integer(result, i, 2);
        process->last = seconds_or_none(result, i, 3);
        process->host = arena_strdup(look->arena, sql_text(result, i, 4));
        process->is_needed = sql_is_true(result, i, 5);
    }
    sql_result_free(result);
    return 0;
}

/* --- the look ----------------------------------------------------------------------------- */

static void sum_up(struct watch_look *look, const struct watch_limits *limits)
{
    for (size_t i = 0; i < look->dag_count; i++) {
        const struct watch_dag *dag = &look->dags[i];

        if (dag->is_paused)
            continue;
        look->unpaused++;
        look->runs += dag->runs;
        if (dag->worst > look->worst)
            look->worst = dag->worst;
        if (watch_dag_is_late(dag, limits)) {
            look->late++;
            look->late_critical += dag->is_critical;
        }
    }
    for (size_t i = 0; i < look->task_count; i++)
        look->stuck += look->tasks[i].count;
    look->is_late = look->late > 0 || look->stuck > 0;
    for (size_t i = 0; i < look->process_count; i++)
        look->is_late = look->is_late || watch_process_is_missing(&look->processes[i]);
}

int watch_look(struct connection *connection, const struct watch_limits *limits,
               const struct list *critical, struct watch_look *look, struct err *err)
{
    memset(look, 0, sizeof(*look));
    look->arena = arena_new();
    if (read_dags(connection, limits, critical, look, err) < 0 ||
        read_tasks(connection, limits, critical, look, err) < 0 ||
        read_processes(connection, limits, look, err) < 0) {
        watch_look_clear(look);
        return -1;
    }
    sum_up(look, limits);
    return 0;
}

void watch_look_clear(struct watch_look *look)
{
    arena_free(look->arena);
    memset(look, 0, sizeof(*look));
}
