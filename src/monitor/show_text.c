/* SPDX-License-Identifier: Apache-2.0
 *
 * show_text.c - the sessions with those they wait for below them, what moved, the verdict.
 */
#include "config.h"

#include <string.h>

#include "monitor/show.h"

enum { DEPTH = 8, TABLES_SHOWN = 5 };

static void add_seconds(struct strbuf *out, double seconds)
{
    progress_add_time(out, seconds);
}

static void add_session(struct strbuf *out, const struct monitor_session *session)
{
    if (session->pid == 0) {
        strbuf_add_string(out, "a prepared transaction");
    } else {
        strbuf_addf(out, "pid %lld", session->pid);
        if (session->name[0] != '\0')
            strbuf_addf(out, " %s", session->name);
        if (session->role[0] != '\0' || session->address[0] != '\0')
            strbuf_addf(out, " (%s%s%s)", session->role,
                        session->address[0] != '\0' ? " at " : "", session->address);
        strbuf_addf(out, ", %s ", session->state);
        add_seconds(out, session->seconds);
        if (session->transaction_seconds > session->seconds + 1) {
            strbuf_add_string(out, ", transaction ");
            add_seconds(out, session->transaction_seconds);
        }
    }
    if (session->holds[0] != '\0')
        strbuf_addf(out, ", has %s", session->holds);
    if (session->query[0] != '\0')
        strbuf_addf(out, ": %s", session->query);
    strbuf_add_char(out, '\n');
}

static const char *part_text(enum monitor_part part)
{
    switch (part) {
    case PART_WORK:
        return "migrates: ";
    case PART_LOCK:
        return "has Airflow's migration lock: ";
    case PART_QUEUE:
        return "waits for its turn to migrate: ";
    case PART_AIRSHIFT:
    case PART_NONE:
        break;
    }
    return "";
}

static void add_blockers(struct strbuf *out, const struct monitor_shown *shown,
                         const struct monitor_session *session, int depth)
{
    struct arena *arena = arena_new();

    for (size_t i = 0; i < session->blocker_count; i++) {
        const struct monitor_session *other =
            monitor_find(shown->after, session->blockers[i]);
        const char *ending;

        strbuf_addf(out, "%*s`- ", 4 + 3 * depth, "");
        if (other == NULL) {
            strbuf_addf(out, "pid %lld\n", session->blockers[i]);
            continue;
        }
        add_session(out, other);
        (void)monitor_ending(arena, shown->after, other, &ending);
        strbuf_addf(out, "%*s%s\n", 7 + 3 * depth, "", ending);
        if (other->blocker_count > 0 && depth < DEPTH) {
            strbuf_addf(out, "%*swaits for %s\n", 7 + 3 * depth, "", other->waits_for);
            add_blockers(out, shown, other, depth + 1);
        }
    }
    arena_free(arena);
}

static void add_migrating(struct strbuf *out, const struct monitor_shown *shown)
{
    struct arena *arena = arena_new();

    for (size_t i = 0; i < shown->after->session_count; i++) {
        const struct monitor_session *session = &shown->after->sessions[i];
        const char *profile = monitor_profile(arena, shown->samples, session->pid);

        if (session->part == PART_NONE)
            continue;
        strbuf_addf(out, "  %s", part_text(session->part));
        add_session(out, session);
        if (session->is_active && profile[0] != '\0')
            strbuf_addf(out, "    seen: %s\n", profile);
        if (session->waits_for[0] != '\0') {
            strbuf_addf(out, "    waits for %s\n", session->waits_for);
            add_blockers(out, shown, session, 0);
        }
    }
    arena_free(arena);
}

/* Those behind the migration: so that nobody ends a victim for a culprit. */
static void add_victims(struct strbuf *out, const struct monitor_look *look)
{
    size_t count = 0;

    for (size_t i = 0; i < look->session_count; i++) {
        const struct monitor_session *session = &look->sessions[i];
        bool is_victim = false;

        for (size_t j = 0; j < session->blocker_count; j++) {
            const struct monitor_session *other =
                monitor_find(look, session->blockers[j]);

            is_victim = is_victim || (other != NULL && monitor_migrates(other));
        }
        count += session->part == PART_NONE && is_victim;
    }
    if (count > 0)
        strbuf_addf(out, "  %zu other %s for the migration\n", count,
                    count == 1 ? "session waits" : "sessions wait");
}

static void add_progress(struct strbuf *out, const struct monitor_look *look)
{
    for (size_t i = 0; i < look->progress_count; i++) {
        const struct monitor_progress *item = &look->progress[i];

        if (monitor_find(look, item->pid) == NULL)
            continue;
        strbuf_addf(out, "  pid %lld %s:", item->pid, item->what);
        if (item->phase[0] != '\0')
            strbuf_addf(out, " %s", item->phase);
        if (item->total > 0)
            strbuf_addf(out, " %.0f %% (%.0f of %.0f %s)",
                        100 * item->done / item->total, item->done, item->total,
                        item->unit);
        else
            strbuf_addf(out, " %.0f %s", item->done, item->unit);
        strbuf_add_char(out, '\n');
    }
}

static void add_counters(struct strbuf *out, const struct monitor_shown *shown)
{
    strbuf_addf(out, "in %.1f s", shown->report->seconds);
    for (size_t i = 0; i < shown->after->counter_count; i++) {
        const struct monitor_counter *now = &shown->after->counters[i];
        const struct monitor_counter *then =
            monitor_counter_before(shown->before, now->name);

        if (then == NULL)
            continue;
        strbuf_addf(out, "%s %s ", i > 0 ? "," : ":", now->name);
        if (now->value >= then->value)
            strbuf_add_char(out, '+');
        monitor_add_amount(out, now->value - then->value, now->unit);
    }
    strbuf_add_char(out, '\n');
}

static void add_tables(struct strbuf *out, const struct monitor_shown *shown)
{
    int count = 0;

    for (size_t i = 0; i < shown->after->table_count && count < TABLES_SHOWN; i++) {
        const struct monitor_table *now = &shown->after->tables[i];
        const struct monitor_table *then =
            monitor_table_before(shown->before, now->name);
        double written = now->written - (then != NULL ? then->written : 0);
        double read = now->read - (then != NULL ? then->read : 0);

        if (written <= 0 && read < 1000)
            continue;
        strbuf_addf(out, "  %s: ", now->name);
        monitor_add_amount(out, written, "rows written, ");
        monitor_add_amount(out, read, "read\n");
        count++;
    }
}

static void add_list(struct strbuf *out, const char *label, const struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        strbuf_addf(out, "  %s%s\n", label, (const char *)list->items[i]);
}

void monitor_add_text(struct strbuf *out, const struct monitor_shown *shown)
{
    const struct monitor_look *look = shown->after;
    const struct monitor_report *report = shown->report;

    if (status_is_migration(&look->status) && !look->status.is_chain)
        strbuf_addf(out,
                    "airshift's migration from %s to %s, begun %s: %lld of %lld jobs "
                    "done\n",
                    look->status.run.source, look->status.run.target,
                    look->status.run.run_start, look->status.jobs_done,
                    look->status.jobs);
    if (look->revision[0] != '\0')
        strbuf_addf(out, "alembic_version: %s\n", look->revision);
    add_migrating(out, shown);
    add_victims(out, look);
    add_progress(out, look);
    add_counters(out, shown);
    add_tables(out, shown);
    if (look->status.replica_lag > 0)
        strbuf_addf(out, "the replicas are %.1f s behind\n", look->status.replica_lag);
    strbuf_addf(out, "verdict: %s\n", report->sentence);
    add_list(out, "because: ", &report->evidence);
    if (report->remaining >= 0) {
        strbuf_add_string(out, "  time left: ");
        add_seconds(out, report->remaining);
        strbuf_addf(out, " of %s\n", report->remaining_of);
    } else if (report->verdict != VERDICT_NOTHING &&
               report->verdict != VERDICT_BROKEN) {
        strbuf_addf(out, "  time left: not known, %s\n", report->remaining_of);
    }
    add_list(out, "do: ", &report->advice);
}
