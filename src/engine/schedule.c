/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.c - longest chains, computed once from the back of the graph to its front.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/schedule.h"

static double weight_of(const struct job *job)
{
    return job->weight > 1e-3 ? job->weight : 1e-3;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_graph(const struct job_graph *graph, struct err *err)
{
    const char **ids = xcalloc(graph->count, sizeof(*ids));
    int status = 0;

    for (size_t i = 0; i < graph->count; i++) {
        ids[i] = graph->jobs[i].id;
        for (size_t k = 0; k < graph->jobs[i].needs_count && status == 0; k++) {
            if (graph->jobs[i].needs[k] >= graph->count)
                status = err_set(err, ERR_INTERNAL,
                                 "job \"%s\" needs one that is not there", ids[i]);
        }
    }
    qsort(ids, graph->count, sizeof(*ids), compare_ids);
    for (size_t i = 1; i < graph->count && status == 0; i++) {
        if (strcmp(ids[i - 1], ids[i]) == 0)
            status = err_set(err, ERR_INTERNAL, "there are two jobs \"%s\"", ids[i]);
    }
    free(ids);
    return status;
}

static void fill_waiters(struct schedule *schedule, const struct job_graph *graph)
{
    size_t *next = xcalloc(graph->count + 1, sizeof(*next));
    size_t total = 0;

    for (size_t i = 0; i < graph->count; i++) {
        for (size_t k = 0; k < graph->jobs[i].needs_count; k++)
            schedule->waiters_from[graph->jobs[i].needs[k] + 1]++;
        total += graph->jobs[i].needs_count;
    }
    for (size_t i = 0; i < graph->count; i++)
        schedule->waiters_from[i + 1] += schedule->waiters_from[i];
    schedule->waiters = xcalloc(total, sizeof(*schedule->waiters));
    memcpy(next, schedule->waiters_from, (graph->count + 1) * sizeof(*next));
    for (size_t i = 0; i < graph->count; i++) {
        for (size_t k = 0; k < graph->jobs[i].needs_count; k++)
            schedule->waiters[next[graph->jobs[i].needs[k]]++] = i;
    }
    free(next);
}

/* Jobs nobody waits for first, then those that only these wait for, and so on. */
static int fill_chains(struct schedule *schedule, const struct job_graph *graph,
                       struct err *err)
{
    size_t *open =
        xcalloc(graph->count + 1, sizeof(*open)); /* waiters without a result */
    size_t *queue = xcalloc(graph->count + 1, sizeof(*queue));
    size_t end = 0;
    int status = 0;

    for (size_t i = 0; i < graph->count; i++) {
        open[i] = schedule->waiters_from[i + 1] - schedule->waiters_from[i];
        if (open[i] == 0)
            queue[end++] = i;
    }
    for (size_t at = 0; at < end; at++) {
        const struct job *job = &graph->jobs[queue[at]];
        double chain = schedule->after[queue[at]] + weight_of(job);

        for (size_t k = 0; k < job->needs_count; k++) {
            size_t need = job->needs[k];

            if (schedule->after[need] < chain)
                schedule->after[need] = chain;
            if (--open[need] == 0)
                queue[end++] = need;
        }
    }
    if (end < graph->count)
        status = err_set(err, ERR_INTERNAL, "the jobs wait for each other in a circle");
    free(open);
    free(queue);
    return status;
}

int schedule_init(struct schedule *schedule, const struct job_graph *graph,
                  struct err *err)
{
    memset(schedule, 0, sizeof(*schedule));
    if (check_graph(graph, err) < 0)
        return -1;
    schedule->after = xcalloc(graph->count, sizeof(*schedule->after));
    schedule->waiters_from = xcalloc(graph->count + 1, sizeof(*schedule->waiters_from));
    fill_waiters(schedule, graph);
    if (fill_chains(schedule, graph, err) < 0) {
        schedule_clear(schedule);
        return -1;
    }
    return 0;
}

void schedule_clear(struct schedule *schedule)
{
    free(schedule->after);
    free(schedule->waiters);
    free(schedule->waiters_from);
    memset(schedule, 0, sizeof(*schedule));
}

double schedule_priority(const struct schedule *schedule, const struct job_graph *graph,
                         size_t job, double left)
{
    return weight_of(&graph->jobs[job]) * left + schedule->after[job];
}
