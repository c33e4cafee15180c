/* SPDX-License-Identifier: Apache-2.0
 *
 * show_text.c - a look, in lines for a person.
 */
#include "config.h"

#include <string.h>

#include "status/show.h"

static void add_line(struct strbuf *out, struct strbuf *line, size_t width)
{
    if (width > 0)
        progress_cut(line, width);
    strbuf_addf(out, "%s\n", strbuf_text(line));
    strbuf_truncate(line, 0);
}

static void add_where(struct strbuf *line, const struct status_look *look)
{
    if (look->run.phase == RUN_BUILD) {
        strbuf_addf(line, "building beside the old tables: %lld of %lld jobs done",
                    look->jobs_done, look->jobs);
        if (look->rows >= 0) {
            strbuf_add_string(line, ", ");
            progress_add_number(line, (double)look->rows);
            strbuf_add_string(line, " rows copied");
        }
        strbuf_addf(line, "; the database is at %s", look->run.source);
    } else if (look->rows < 0) {
        strbuf_addf(line, "swapped: the database is at %s, the old tables are removed",
                    look->run.target);
    } else {
        strbuf_addf(line,
                    "swapped: the database is at %s, constraints are being validated",
                    look->run.target);
    }
}

static void add_session(struct strbuf *line, const struct status_session *session)
{
    strbuf_addf(line, "  pid %lld %s, %s ", session->pid, session->name,
                session->state);
    progress_add_time(line, session->seconds);
    if (session->detail[0] != '\0')
        strbuf_addf(line, ", %s", session->detail);
    if (session->waits_for[0] != '\0')
        strbuf_addf(line, ", waits for %s", session->waits_for);
}

/* Who works on it, or that nobody does. */
static void add_sessions(struct strbuf *out, struct strbuf *line,
                         const struct status_look *look, size_t width)
{
    if (!look->is_at_work && status_is_migration(look)) {
        strbuf_add_string(line,
                          "nobody works on it: `airshift migrate` goes on from here");
        if (!look->is_chain)
            strbuf_add_string(line, ", `airshift migrate --discard` gives it up");
        add_line(out, line, width);
    }
    for (size_t i = 0; i < look->session_count; i++) {
        const struct status_session *session = &look->sessions[i];

        if (session->has_lock && !look->is_at_work) {
            strbuf_addf(line,
                        "Airflow's migration lock is held by pid %lld (%s of %s, %s ",
                        session->pid, session->name, session->role, session->state);
            progress_add_time(line, session->seconds);
            strbuf_add_char(line, ')');
            if (session->waits_for[0] != '\0')
                strbuf_addf(line, ", which waits for %s", session->waits_for);
        } else {
            add_session(line, session);
        }
        add_line(out, line, width);
    }
    if (look->replica_lag > 0) {
        strbuf_addf(line, "the replicas are %.1f s behind", look->replica_lag);
        add_line(out, line, width);
    }
}

static void add_phases(struct strbuf *out, struct strbuf *line,
                       const struct status_look *look, size_t width)
{
    size_t finished = 0;

    for (size_t i = 0; i < look->item_count; i++) {
        finished += look->items[i].is_finished;
        if (!look->items[i].is_active)
            continue;
        progress_add_line(line, &look->items[i], 0);
        add_line(out, line, width);
    }
    if (look->item_count == 0)
        return;
    strbuf_addf(line, "%zu of %zu phases done", finished, look->item_count);
    add_line(out, line, width);
}

void status_add_text(struct strbuf *out, const struct status_look *look, size_t width)
{
    struct strbuf line = STRBUF_INIT;

    if (look->is_deferred) {
        strbuf_add_string(&line,
                          "durability is deferred: the server does not force its "
                          "writes to disk; `airshift migrate` restores that at "
                          "its end");
        add_line(out, &line, width);
    }
    if (look->is_chain) {
        strbuf_add_string(&line,
                          "a migration revision by revision: `airshift check` says "
                          "where the database is");
        add_line(out, &line, width);
    } else if (look->run.phase != RUN_NONE) {
        strbuf_addf(&line, "migration from %s to %s, begun %s", look->run.source,
                    look->run.target, look->run.run_start);
        add_line(out, &line, width);
        add_where(&line, look);
        add_line(out, &line, width);
        add_phases(out, &line, look, width);
    } else {
        strbuf_add_string(&line, "no migration is under way");
        add_line(out, &line, width);
    }
    add_sessions(out, &line, look, width);
    strbuf_clear(&line);
}

void status_add_brief(struct strbuf *out, const struct status_look *look)
{
    if (look->is_chain)
        strbuf_add_string(out, "revision by revision");
    else if (look->run.phase != RUN_NONE)
        add_where(out, look);
    else
        strbuf_add_string(out, "no migration is under way");
    if (status_is_migration(look) && !look->is_at_work)
        strbuf_add_string(out, "; nobody works on it");
    for (size_t i = 0; i < look->item_count; i++) {
        const struct progress_item *item = &look->items[i];

        if (item->is_active)
            strbuf_addf(out, "; %s %s %.1f %%", item->table, item->phase,
                        100 * progress_fraction(item));
    }
    for (size_t i = 0; i < look->session_count; i++) {
        const struct status_session *session = &look->sessions[i];

        if (session->waits_for[0] != '\0')
            strbuf_addf(out, "; %s waits for %s", session->name, session->waits_for);
    }
}
