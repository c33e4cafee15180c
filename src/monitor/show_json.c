/* SPDX-License-Identifier: Apache-2.0
 *
 * show_json.c - a report as JSON.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>

#include "monitor/show.h"

static const char *part_name(enum monitor_part part)
{
    static const char *const names[] = {"none", "work", "lock", "queue", "airshift"};

    return names[part];
}

static const char *kind_name(enum monitor_kind kind)
{
    static const char *const names[] = {"client", "airshift",   "backup",
                                        "vacuum", "wraparound", "replication",
                                        "server", "prepared"};

    return names[kind];
}

/* Bytes of somebody else's that are no UTF-8 must not lose the rest. */
static json_t *string(const char *text)
{
    json_t *value = json_string(text);

    return value != NULL ? value : json_string("?");
}

static json_t *session_object(struct arena *arena, const struct monitor_shown *shown,
                              const struct monitor_session *session)
{
    json_t *object = json_object();
    json_t *blockers = json_array();
    const char *ending;
    enum monitor_safety safety = monitor_ending(arena, shown->after, session, &ending);

    for (size_t i = 0; i < session->blocker_count; i++)
        (void)json_array_append_new(blockers,
                                    json_integer((json_int_t)session->blockers[i]));
    (void)json_object_set_new(object, "pid", json_integer((json_int_t)session->pid));
    (void)json_object_set_new(object, "part", string(part_name(session->part)));
    (void)json_object_set_new(object, "kind", string(kind_name(session->kind)));
    (void)json_object_set_new(object, "name", string(session->name));
    (void)json_object_set_new(object, "user", string(session->role));
    (void)json_object_set_new(object, "address", string(session->address));
    (void)json_object_set_new(object, "state", string(session->state));
    (void)json_object_set_new(object, "active", json_boolean(session->is_active));
    (void)json_object_set_new(object, "seconds", json_real(session->seconds));
    if (session->transaction_seconds >= 0)
        (void)json_object_set_new(object, "transaction_seconds",
                                  json_real(session->transaction_seconds));
    (void)json_object_set_new(object, "wait", string(session->wait));
    (void)json_object_set_new(
        object, "seen", string(monitor_profile(arena, shown->samples, session->pid)));
    (void)json_object_set_new(object, "query", string(session->query));
    (void)json_object_set_new(object, "waits_for", string(session->waits_for));
    (void)json_object_set_new(object, "blocked_by", blockers);
    (void)json_object_set_new(object, "holds", string(session->holds));
    (void)json_object_set_new(object, "ending", string(monitor_safety_name(safety)));
    (void)json_object_set_new(object, "advice", string(ending));
    return object;
}

static json_t *strings(const struct list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        (void)json_array_append_new(array, string(list->items[i]));
    return array;
}

static json_t *counters(const struct monitor_shown *shown)
{
    json_t *array = json_array();

    for (size_t i = 0; i < shown->after->counter_count; i++) {
        const struct monitor_counter *now = &shown->after->counters[i];
        const struct monitor_counter *then =
            monitor_counter_before(shown->before, now->name);

        if (then != NULL)
            (void)json_array_append_new(
                array,
                json_pack("{s:s, s:s, s:f, s:f}", "name", now->name, "unit", now->unit,
                          "value", now->value, "difference", now->value - then->value));
    }
    return array;
}

static json_t *tables(const struct monitor_shown *shown)
{
    json_t *array = json_array();

    for (size_t i = 0; i < shown->after->table_count; i++) {
        const struct monitor_table *now = &shown->after->tables[i];
        const struct monitor_table *then =
            monitor_table_before(shown->before, now->name);
        double written = now->written - (then != NULL ? then->written : 0);
        double read = now->read - (then != NULL ? then->read : 0);

        if (written > 0 || read > 0)
            (void)json_array_append_new(
                array, json_pack("{s:o, s:f, s:f}", "name", string(now->name),
                                 "rows_written", written, "rows_read", read));
    }
    return array;
}

static json_t *progress(const struct monitor_look *look)
{
    json_t *array = json_array();

    for (size_t i = 0; i < look->progress_count; i++) {
        const struct monitor_progress *item = &look->progress[i];

        (void)json_array_append_new(
            array,
            json_pack("{s:I, s:o, s:o, s:f, s:f, s:s}", "pid", (json_int_t)item->pid,
                      "what", string(item->what), "phase", string(item->phase), "done",
                      item->done, "total", item->total, "unit", item->unit));
    }
    return array;
}

void monitor_add_json(struct strbuf *out, const struct monitor_shown *shown)
{
    const struct monitor_report *report = shown->report;
    const struct status_look *status = &shown->after->status;
    struct arena *arena = arena_new();
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:f, s:o, s:o, s:b}", "format_version", 1, "verdict",
                  monitor_verdict_name(report->verdict), "sentence", report->sentence,
                  "seconds", report->seconds, "because", strings(&report->evidence),
                  "do", strings(&report->advice), "ddl_can_roll_back",
                  (int)shown->after->can_roll_back);
    json_t *sessions = json_array();
    char *text;

    for (size_t i = 0; i < shown->after->session_count; i++)
        (void)json_array_append_new(
            sessions, session_object(arena, shown, &shown->after->sessions[i]));
    (void)json_object_set_new(root, "sessions", sessions);
    (void)json_object_set_new(root, "counters", counters(shown));
    (void)json_object_set_new(root, "tables", tables(shown));
    (void)json_object_set_new(root, "progress", progress(shown->after));
    (void)json_object_set_new(root, "revision", string(shown->after->revision));
    if (report->remaining >= 0)
        (void)json_object_set_new(root, "remaining_seconds",
                                  json_real(report->remaining));
    (void)json_object_set_new(root, "remaining_of", string(report->remaining_of));
    if (status->replica_lag >= 0)
        (void)json_object_set_new(root, "replica_lag_seconds",
                                  json_real(status->replica_lag));
    if (status_is_migration(status) && !status->is_chain)
        (void)json_object_set_new(
            root, "airshift",
            json_pack("{s:o, s:o, s:I, s:I, s:b}", "from", string(status->run.source),
                      "to", string(status->run.target), "jobs_done",
                      (json_int_t)status->jobs_done, "jobs", (json_int_t)status->jobs,
                      "at_work", (int)status->is_at_work));
    text = json_dumps(root, JSON_COMPACT);
    strbuf_add_string(out, text != NULL ? text : "{}");
    strbuf_add_char(out, '\n');
    free(text);
    json_decref(root);
    arena_free(arena);
}
