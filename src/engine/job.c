/* SPDX-License-Identifier: Apache-2.0
 *
 * job.c - grows the job graph. Only memory; nothing here looks at a job.
 */
#include "config.h"

#include <string.h>

#include "engine/job.h"

size_t job_graph_add(struct job_graph *graph, enum job_kind kind, const char *id)
{
    struct job *job;

    if (graph->count == graph->capacity) {
        size_t capacity = graph->capacity > 0 ? 2 * graph->capacity : 64;
        struct job *jobs = arena_alloc(graph->arena, capacity * sizeof(*jobs));

        if (graph->count > 0)
            memcpy(jobs, graph->jobs, graph->count * sizeof(*jobs));
        graph->jobs = jobs;
        graph->capacity = capacity;
    }
    job = &graph->jobs[graph->count];
    memset(job, 0, sizeof(*job));
    job->kind = kind;
    job->id = arena_strdup(graph->arena, id);
    job->rows = -1;
    return graph->count++;
}

void job_graph_need(struct job_graph *graph, size_t job, size_t need)
{
    struct job *waiting = &graph->jobs[job];
    size_t count = waiting->needs_count;

    for (size_t i = 0; i < count; i++) {
        if (waiting->needs[i] == need)
            return;
    }
    if ((count & (count - 1)) == 0) { /* full at each power of two, and when empty */
        size_t capacity = count > 0 ? 2 * count : 1;
        size_t *needs = arena_alloc(graph->arena, capacity * sizeof(*needs));

        if (count > 0)
            memcpy(needs, waiting->needs, count * sizeof(*needs));
        waiting->needs = needs;
    }
    waiting->needs[count] = need;
    waiting->needs_count++;
}
