/* SPDX-License-Identifier: Apache-2.0
 *
 * show_data.c - a look, as JSON and as Prometheus' text.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "status/show.h"

static const char *phase_name(const struct status_look *look)
{
    static const char *const names[] = {"none", "build", "swapped"};

    return look->is_chain ? "chain" : names[look->run.phase];
}

static json_t *phase_object(const struct progress_item *item)
{
    double seconds = progress_remaining(item);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:f, s:f, s:b, s:b}", "table", item->table, "phase",
        item->phase, "unit", item->unit, "done", item->done, "total", item->total,
        "active", (int)item->is_active, "finished", (int)item->is_finished);

    if (item->rows >= 0)
        (void)json_object_set_new(object, "rows", json_integer((json_int_t)item->rows));
    if (item->is_active && item->rows_rate > 0)
        (void)json_object_set_new(object, "rows_per_second",
                                  json_real(item->rows_rate));
    if (item->is_active && seconds >= 0)
        (void)json_object_set_new(object, "eta_seconds", json_real(seconds));
    return object;
}

static json_t *session_object(const struct status_session *session)
{
    json_t *object =
        json_pack("{s:I, s:s, s:s, s:f, s:b}", "pid", (json_int_t)session->pid, "name",
                  session->name, "state", session->state, "seconds", session->seconds,
                  "migration_lock", (int)session->has_lock);

    if (session->waits_for[0] != '\0')
        (void)json_object_set_new(object, "waits_for", json_string(session->waits_for));
    if (session->detail[0] != '\0')
        (void)json_object_set_new(object, "detail", json_string(session->detail));
    return object;
}

void status_add_json(struct strbuf *out, const struct status_look *look)
{
    json_t *root = json_pack("{s:i, s:s, s:b, s:b}", "format_version", 1, "phase",
                             phase_name(look), "durability_deferred",
                             (int)look->is_deferred, "at_work", (int)look->is_at_work);
    json_t *list = json_array();
    char *text;

    for (size_t i = 0; i < look->session_count; i++)
        (void)json_array_append_new(list, session_object(&look->sessions[i]));
    (void)json_object_set_new(root, "sessions", list);
    if (look->replica_lag >= 0)
        (void)json_object_set_new(root, "replica_lag_seconds",
                                  json_real(look->replica_lag));
    if (look->run.phase != RUN_NONE) {
        (void)json_object_set_new(root, "from", json_string(look->run.source));
        (void)json_object_set_new(root, "to", json_string(look->run.target));
        (void)json_object_set_new(root, "began", json_string(look->run.run_start));
        (void)json_object_set_new(root, "jobs_done", json_integer(look->jobs_done));
        (void)json_object_set_new(root, "jobs", json_integer(look->jobs));
        (void)json_object_set_new(root, "rows_copied",
                                  look->rows >= 0 ? json_integer(look->rows)
                                                  : json_null());
        list = json_array();
        for (size_t i = 0; i < look->item_count; i++)
            (void)json_array_append_new(list, phase_object(&look->items[i]));
        (void)json_object_set_new(root, "phases", list);
    }
    text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (text != NULL)
        strbuf_addf(out, "%s\n", text);
    free(text);
    json_decref(root);
}

static void add_head(struct strbuf *out, const char *name, const char *help)
{
    strbuf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void add_gauge(struct strbuf *out, const char *name, const char *help,
                      double value)
{
    add_head(out, name, help);
    strbuf_addf(out, "%s %.15g\n", name, value);
}

/* A label's value: backslash, quote and line feed are the only ones to escape. */
static void add_label(struct strbuf *out, const char *name, const char *value)
{
    strbuf_addf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"')
            strbuf_add_char(out, '\\');
        if (*value == '\n')
            strbuf_add_string(out, "\\n");
        else
            strbuf_add_char(out, *value);
    }
    strbuf_add_char(out, '"');
}

enum column { COLUMN_DONE, COLUMN_ROWS, COLUMN_REMAINING };

static double column_of(const struct progress_item *item, enum column column)
{
    switch (column) {
    case COLUMN_DONE:
        return progress_fraction(item);
    case COLUMN_ROWS:
        return item->rows;
    case COLUMN_REMAINING:
        return item->is_active ? progress_remaining(item) : -1;
    }
    return -1;
}

/* One sample for each phase that has a value. */
static void add_phases(struct strbuf *out, const struct status_look *look,
                       const char *name, const char *help, enum column column)
{
    add_head(out, name, help);
    for (size_t i = 0; i < look->item_count; i++) {
        const struct progress_item *item = &look->items[i];
        double value = column_of(item, column);

        if (value < 0)
            continue;
        strbuf_addf(out, "%s{", name);
        add_label(out, "table", item->table);
        strbuf_add_char(out, ',');
        add_label(out, "phase", item->phase);
        strbuf_addf(out, "} %.15g\n", value);
    }
}

void status_add_metrics(struct strbuf *out, const struct status_look *look)
{
    size_t waiting = 0;

    add_gauge(out, "airshift_up", "Whether the database answered.", look != NULL);
    add_gauge(out, "airshift_look_timestamp_seconds", "When it was looked at.",
              (double)time(NULL));
    if (look == NULL)
        return;
    for (size_t i = 0; i < look->session_count; i++)
        waiting += look->sessions[i].waits_for[0] != '\0';
    add_head(out, "airshift_migration", "The phase of the migration.");
    strbuf_add_string(out, "airshift_migration{");
    add_label(out, "phase", phase_name(look));
    strbuf_add_string(out, "} 1\n");
    add_gauge(out, "airshift_at_work",
              "Whether a process of airshift's works on the migration.",
              look->is_at_work);
    add_gauge(out, "airshift_durability_deferred",
              "Whether the server forces its writes to disk (0) or not (1).",
              look->is_deferred);
    add_gauge(out, "airshift_sessions_waiting",
              "Sessions of the migration that wait for a lock of somebody else.",
              (double)waiting);
    if (look->replica_lag >= 0)
        add_gauge(out, "airshift_replica_lag_seconds",
                  "How far the slowest replica is behind.", look->replica_lag);
    if (look->run.phase == RUN_NONE)
        return;
    add_gauge(out, "airshift_jobs", "Jobs of the migration.", (double)look->jobs);
    add_gauge(out, "airshift_jobs_done", "Jobs that are done.",
              (double)look->jobs_done);
    if (look->rows >= 0)
        add_gauge(out, "airshift_rows_copied", "Rows in the new tables.",
                  (double)look->rows);
    add_phases(out, look, "airshift_phase_ratio", "How much of a phase is done.",
               COLUMN_DONE);
    add_phases(out, look, "airshift_phase_rows", "Rows that a phase has copied.",
               COLUMN_ROWS);
    add_phases(out, look, "airshift_phase_remaining_seconds",
               "Seconds to go in a phase, at its present rate.", COLUMN_REMAINING);
}
