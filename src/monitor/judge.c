/* SPDX-License-Identifier: Apache-2.0
 *
 * judge.c - a session that waits for somebody in both looks is held up; one that executes
 * and is not held up works. Whether it moves is told by what it itself does first, and
 * then by what the server counts, which others add to.
 */
#include "config.h"

#include <string.h>

#include "monitor/judge.h"

enum { DEPTH = 16, LAG_SECONDS = 10 };

const char *monitor_verdict_name(enum monitor_verdict verdict)
{
    static const char *const names[] = {"moving", "slow",   "waiting",
                                        "idle",   "broken", "nothing"};

    return names[verdict];
}

void monitor_add_amount(struct strbuf *out, double value, const char *unit)
{
    static const char *const sizes[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t size = 0;
    double shown = value;

    if (strcmp(unit, "bytes") != 0) {
        progress_add_number(out, value);
        strbuf_addf(out, " %s", unit);
        return;
    }
    for (; (shown >= 1000 || shown <= -1000) && size < 4; size++)
        shown /= 1000;
    strbuf_addf(out, size == 0 ? "%.0f %s" : "%.1f %s", shown, sizes[size]);
}

const struct monitor_counter *monitor_counter_before(const struct monitor_look *before,
                                                     const char *name)
{
    for (size_t i = 0; i < before->counter_count; i++) {
        if (strcmp(before->counters[i].name, name) == 0)
            return &before->counters[i];
    }
    return NULL;
}

const struct monitor_table *monitor_table_before(const struct monitor_look *before,
                                                 const char *name)
{
    for (size_t i = 0; i < before->table_count; i++) {
        if (strcmp(before->tables[i].name, name) == 0)
            return &before->tables[i];
    }
    return NULL;
}

const char *monitor_profile(struct arena *arena, const struct monitor_samples *samples,
                            long long pid)
{
    struct strbuf text = STRBUF_INIT;
    const char *result;

    for (size_t i = 0; i < samples->seen.count; i++) {
        const struct monitor_sample *sample = samples->seen.items[i];
        int count = 0;
        bool is_first = true;

        if (sample->pid != pid)
            continue;
        /* The same wait in other statements. */
        for (size_t j = 0; j < samples->seen.count; j++) {
            const struct monitor_sample *other = samples->seen.items[j];

            if (other->pid != pid || strcmp(other->wait, sample->wait) != 0)
                continue;
            count += other->count;
            is_first = is_first && j >= i;
        }
        if (is_first)
            strbuf_addf(&text, "%s%s %d of %d", text.length > 0 ? ", " : "",
                        sample->wait[0] != '\0' ? sample->wait : "computing", count,
                        samples->count);
    }
    result = arena_strdup(arena, strbuf_text(&text));
    strbuf_clear(&text);
    return result;
}

/* --- who waits -------------------------------------------------------------------------- */

/* Its program waits for another session of the same migration, and that one for it: nobody
 * notices this deadlock. airshift's own sessions are asked from one event loop. */
static bool blocks_itself(const struct monitor_session *blocker)
{
    return blocker->part != PART_AIRSHIFT && !blocker->is_active;
}

static bool is_held_up(const struct monitor_look *look,
                       const struct monitor_session *session, int depth)
{
    if (session->waits_for[0] == '\0' && session->blocker_count == 0)
        return false;
    if (session->blocker_count == 0)
        return true; /* for what is no session */
    for (size_t i = 0; i < session->blocker_count; i++) {
        const struct monitor_session *other = monitor_find(look, session->blockers[i]);

        if (other == NULL || !monitor_migrates(other) || blocks_itself(other) ||
            (depth < DEPTH && is_held_up(look, other, depth + 1)))
            return true;
    }
    return false;
}

bool monitor_is_held_up(const struct monitor_look *look,
                        const struct monitor_session *session)
{
    return is_held_up(look, session, 0);
}

/* Who stands at the end of the queue that a session waits in: the first found. */
static const struct monitor_session *find_root(const struct monitor_look *look,
                                               const struct monitor_session *session,
                                               int depth)
{
    for (size_t i = 0; i < session->blocker_count; i++) {
        const struct monitor_session *other = monitor_find(look, session->blockers[i]);

        if (other == NULL || depth >= DEPTH)
            continue;
        if (other->blocker_count == 0)
            return monitor_migrates(other) && !blocks_itself(other) ? NULL : other;
        other = find_root(look, other, depth + 1);
        if (other != NULL)
            return other;
    }
    return NULL;
}

static bool is_stuck(const struct monitor_look *before,
                     const struct monitor_look *after,
                     const struct monitor_session *session)
{
    const struct monitor_session *then = monitor_find(before, session->pid);

    return monitor_is_held_up(after, session) && then != NULL &&
           monitor_is_held_up(before, then);
}

/* --- what moved ------------------------------------------------------------------------- */

struct judging {
    struct arena *arena;
    const struct monitor_look *before;
    const struct monitor_look *after;
    const struct monitor_samples *samples;
    struct monitor_report *report;
};

static void add_evidence(struct judging *judging, const char *text)
{
    list_add(judging->arena, &judging->report->evidence, (void *)text);
}

static void add_advice(struct judging *judging, const char *text)
{
    list_add(judging->arena, &judging->report->advice, (void *)text);
}

static const char *time_text(struct judging *judging, double seconds)
{
    struct strbuf text = STRBUF_INIT;
    const char *result;

    progress_add_time(&text, seconds);
    result = arena_strdup(judging->arena, strbuf_text(&text));
    strbuf_clear(&text);
    return result;
}

/* It went from one statement to another, or came or went. */
static bool went_on(const struct judging *judging,
                    const struct monitor_session *session)
{
    const struct monitor_session *then = monitor_find(judging->before, session->pid);
    const char *stamp = session->stamp;

    if (then == NULL || strcmp(then->stamp, stamp) != 0)
        return true;
    for (size_t i = 0; i < judging->samples->seen.count; i++) {
        const struct monitor_sample *sample = judging->samples->seen.items[i];

        if (sample->pid == session->pid && strcmp(sample->stamp, stamp) != 0)
            return true;
    }
    return false;
}

static bool sessions_went_on(struct judging *judging)
{
    bool is_moving = false;

    for (size_t i = 0; i < judging->after->session_count; i++) {
        const struct monitor_session *session = &judging->after->sessions[i];

        if (!monitor_migrates(session) || !went_on(judging, session) ||
            is_stuck(judging->before, judging->after, session))
            continue;
        add_evidence(judging, arena_printf(judging->arena,
                                           "pid %lld went on to another statement",
                                           session->pid));
        is_moving = true;
    }
    return is_moving;
}

static bool progress_moved(struct judging *judging)
{
    bool is_moving = false;

    for (size_t i = 0; i < judging->after->progress_count; i++) {
        const struct monitor_progress *now = &judging->after->progress[i];
        const struct monitor_session *session = monitor_find(judging->after, now->pid);

        if (session == NULL || !monitor_migrates(session))
            continue;
        for (size_t j = 0; j < judging->before->progress_count; j++) {
            const struct monitor_progress *then = &judging->before->progress[j];
            double rate;

            if (then->pid != now->pid || strcmp(then->what, now->what) != 0)
                continue;
            if (strcmp(then->phase, now->phase) == 0 && then->done == now->done)
                continue;
            is_moving = true;
            add_evidence(judging, arena_printf(judging->arena,
                                               "%s of pid %lld: %s%s%.0f %s more",
                                               now->what, now->pid, now->phase,
                                               now->phase[0] != '\0' ? ", " : "",
                                               now->done - then->done, now->unit));
            if (strcmp(then->phase, now->phase) != 0 || now->total <= now->done)
                continue;
            rate = (now->done - then->done) / judging->report->seconds;
            if (rate > 0 &&
                (now->total - now->done) / rate > judging->report->remaining) {
                judging->report->remaining = (now->total - now->done) / rate;
                judging->report->remaining_of =
                    arena_printf(judging->arena, "%s%s%s", now->what,
                                 now->phase[0] != '\0' ? ": " : "", now->phase);
            }
        }
    }
    return is_moving;
}

/* airshift's own records. */
static bool state_moved(struct judging *judging)
{
    const struct status_look *then = &judging->before->status;
    const struct status_look *now = &judging->after->status;
    bool is_moving = false;

    if (now->jobs_done != then->jobs_done || now->rows > then->rows) {
        struct strbuf text = STRBUF_INIT;

        strbuf_addf(&text, "%lld of %lld jobs done (%lld more)", now->jobs_done,
                    now->jobs, now->jobs_done - then->jobs_done);
        if (now->rows > then->rows) {
            strbuf_add_string(&text, ", ");
            progress_add_number(&text, (double)(now->rows - then->rows));
            strbuf_add_string(&text, " rows more copied");
        }
        add_evidence(judging, arena_strdup(judging->arena, strbuf_text(&text)));
        strbuf_clear(&text);
        is_moving = true;
    }
    for (size_t i = 0; i < now->item_count; i++) {
        const struct progress_item *item = &now->items[i];
        double seconds = progress_remaining(item);

        if (item->is_active && seconds > judging->report->remaining) {
            judging->report->remaining = seconds;
            judging->report->remaining_of =
                arena_printf(judging->arena, "%s: %s", item->table, item->phase);
        }
    }
    return is_moving;
}

static bool revision_moved(struct judging *judging)
{
    if (strcmp(judging->before->revision, judging->after->revision) == 0)
        return false;
    add_evidence(judging,
                 arena_printf(judging->arena, "alembic_version went from %s to %s",
                              judging->before->revision, judging->after->revision));
    return true;
}

/* Others add to these: only a sign of work where the migration works at all. */
static bool counters_moved(struct judging *judging)
{
    bool is_moving = false;

    for (size_t i = 0; i < judging->after->counter_count; i++) {
        const struct monitor_counter *now = &judging->after->counters[i];
        const struct monitor_counter *then =
            monitor_counter_before(judging->before, now->name);
        struct strbuf text = STRBUF_INIT;

        if (then == NULL || now->threshold <= 0 ||
            (now->value - then->value) / judging->report->seconds < now->threshold)
            continue;
        strbuf_addf(&text, "%s: ", now->name);
        monitor_add_amount(&text, now->value - then->value, now->unit);
        strbuf_addf(&text, " more in %.1f s, of the whole server's or database's work",
                    judging->report->seconds);
        add_evidence(judging, arena_strdup(judging->arena, strbuf_text(&text)));
        strbuf_clear(&text);
        is_moving = true;
    }
    return is_moving;
}

/* --- the verdicts ------------------------------------------------------------------------ */

static void judge_none(struct judging *judging)
{
    const struct status_look *status = &judging->after->status;
    struct monitor_report *report = judging->report;

    if (!status_is_migration(status)) {
        report->verdict = VERDICT_NOTHING;
        report->sentence = "nothing is migrating";
        add_evidence(judging,
                     "no session migrates or has Airflow's migration lock, and "
                     "no migration of airshift's is recorded");
        if (judging->after->is_replica)
            add_evidence(judging, "this server is a replica: migrations run on the "
                                  "master");
        add_advice(judging, "`airshift check` tells the version; where a migration has "
                            "failed, `airshift doctor` looks for what it left");
        return;
    }
    report->verdict = VERDICT_BROKEN;
    report->sentence = "broken off half-way: airshift's records are there and nobody "
                       "works on it";
    if (status->is_chain)
        add_evidence(judging, "a run of the chain executor is recorded");
    else
        add_evidence(
            judging,
            arena_printf(judging->arena,
                         "a run from %s to %s is recorded, begun %s: %lld of %lld "
                         "jobs done",
                         status->run.source, status->run.target, status->run.run_start,
                         status->jobs_done, status->jobs));
    add_advice(judging, "the same `airshift migrate` goes on from there; do not run "
                        "`airflow db migrate` in between");
    if (!status->is_chain && status->run.phase == RUN_BUILD)
        add_advice(judging,
                   "until then the database is at its old version, whole and "
                   "usable; `airshift migrate --discard` gives the new one up");
}

static const char *lower_list(struct judging *judging, const long long *pids,
                              size_t count)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text =
            arena_printf(judging->arena, "%s%s%lld", text, i > 0 ? ", " : "", pids[i]);
    return text;
}

static void judge_waiting(struct judging *judging,
                          const struct monitor_session *session)
{
    const struct monitor_session *root = find_root(judging->after, session, 0);
    struct monitor_report *report = judging->report;
    const char *ending = NULL;

    report->verdict = VERDICT_WAITING;
    if (root != NULL && monitor_migrates(root))
        report->sentence = arena_printf(judging->arena,
                                        "waiting for pid %lld, which is of the same "
                                        "migration and idle: it blocks itself",
                                        root->pid);
    else if (root != NULL && root->pid != 0)
        report->sentence =
            arena_printf(judging->arena, "waiting for pid %lld%s", root->pid,
                         root->is_active ? ""
                                         : arena_printf(judging->arena, ", which is %s",
                                                        root->state));
    else if (root != NULL)
        report->sentence = "waiting for a prepared transaction";
    else if (session->blocker_count > 0)
        report->sentence = arena_printf(
            judging->arena, "waiting for pid %s",
            lower_list(judging, session->blockers, session->blocker_count));
    else
        report->sentence =
            arena_printf(judging->arena, "waiting for %s", session->waits_for);
    add_evidence(
        judging,
        arena_printf(judging->arena, "pid %lld waits for %s in both looks, for %s",
                     session->pid,
                     session->waits_for[0] != '\0' ? session->waits_for : "a lock",
                     time_text(judging, session->seconds)));
    if (root == NULL)
        return;
    if (monitor_migrates(root)) {
        add_advice(
            judging,
            "it does not end by itself, but by a lock timeout: stop its program "
            "and look for what else it opened; revisions that are done stay done");
        return;
    }
    (void)monitor_ending(judging->arena, judging->after, root, &ending);
    add_advice(judging, root->pid != 0 ? arena_printf(judging->arena, "pid %lld: %s",
                                                      root->pid, ending)
                                       : ending);
}

static void judge_idle(struct judging *judging)
{
    struct monitor_report *report = judging->report;
    double longest = 0;

    for (size_t i = 0; i < judging->after->session_count; i++) {
        const struct monitor_session *session = &judging->after->sessions[i];

        if (monitor_migrates(session) && (longest <= 0 || session->seconds < longest))
            longest = session->seconds;
    }
    report->verdict = VERDICT_IDLE;
    report->sentence = "idle: the server waits for the migration's program";
    add_evidence(judging,
                 arena_printf(judging->arena,
                              "none of its sessions executes a statement, the last one "
                              "ended %s ago",
                              time_text(judging, longest)));
    add_advice(judging,
               "the program computes, hangs, or is gone without a word: look at "
               "its log and whether its process lives and uses the processor");
    if (judging->after->can_roll_back)
        add_advice(judging, "a program that is really gone leaves sessions that may be "
                            "ended: the server takes their open transaction back");
}

static void note_long_statements(struct judging *judging)
{
    for (size_t i = 0; i < judging->after->session_count; i++) {
        const struct monitor_session *session = &judging->after->sessions[i];

        if (monitor_migrates(session) && session->is_active &&
            (session->seconds >= 1 || judging->report->verdict == VERDICT_SLOW))
            add_evidence(
                judging,
                arena_printf(judging->arena,
                             "pid %lld executes one statement for %s: %s", session->pid,
                             time_text(judging, session->seconds), session->query));
    }
}

static void note_lag(struct judging *judging)
{
    if (judging->after->status.replica_lag >= LAG_SECONDS)
        add_evidence(judging, arena_printf(judging->arena,
                                           "the replicas are %.0f s behind, which a "
                                           "migration in place waits for",
                                           judging->after->status.replica_lag));
}

static void note_queue(struct judging *judging)
{
    for (size_t i = 0; i < judging->after->session_count; i++) {
        const struct monitor_session *session = &judging->after->sessions[i];

        if (session->part == PART_QUEUE)
            add_evidence(judging,
                         arena_printf(judging->arena,
                                      "pid %lld, another migration, waits for its turn "
                                      "for %s",
                                      session->pid,
                                      time_text(judging, session->seconds)));
    }
}

static void judge_working(struct judging *judging, bool is_active)
{
    struct monitor_report *report = judging->report;
    bool is_moving = sessions_went_on(judging);

    is_moving = progress_moved(judging) || is_moving;
    is_moving = state_moved(judging) || is_moving;
    is_moving = revision_moved(judging) || is_moving;
    if (!is_active && !is_moving) {
        judge_idle(judging);
        return;
    }
    is_moving = counters_moved(judging) || is_moving;
    if (is_moving) {
        report->verdict = VERDICT_MOVING;
        report->sentence = "moving";
    } else {
        report->verdict = VERDICT_SLOW;
        report->sentence =
            "slow: it works and waits for nobody, but nothing was seen to "
            "move";
        add_advice(judging,
                   "a scan, a sort or a check of keys writes nothing: look again "
                   "with a longer --interval, and at the disk and the processor "
                   "of the server");
    }
    note_long_statements(judging);
    add_advice(judging, "wait; do not end its sessions");
}

static void judge_sessions(struct judging *judging)
{
    const struct monitor_look *after = judging->after;
    const struct monitor_session *stuck = NULL;
    bool is_active = false;
    bool has_free = false; /* works while another one is stuck */
    bool migrates = false;

    for (size_t i = 0; i < after->session_count; i++) {
        const struct monitor_session *session = &after->sessions[i];

        if (!monitor_migrates(session))
            continue;
        migrates = true;
        is_active = is_active || session->is_active;
        if (is_stuck(judging->before, after, session))
            stuck =
                stuck == NULL || session->seconds > stuck->seconds ? session : stuck;
        else if (session->is_active && !monitor_is_held_up(after, session))
            has_free = true;
    }
    for (size_t i = 0; i < after->session_count && !migrates; i++) {
        const struct monitor_session *session = &after->sessions[i];

        /* Its turn does not come: who has the lock is not of this database. */
        if (session->part == PART_QUEUE && is_stuck(judging->before, after, session)) {
            judge_waiting(judging, session);
            return;
        }
    }
    if (!migrates) {
        judge_none(judging);
    } else if (stuck != NULL && !has_free) {
        judge_waiting(judging, stuck);
    } else {
        judge_working(judging, is_active);
        if (stuck != NULL)
            add_evidence(judging,
                         arena_printf(judging->arena,
                                      "but pid %lld waits for %s, while others work",
                                      stuck->pid, stuck->waits_for));
    }
    note_queue(judging);
    note_lag(judging);
}

void monitor_judge(struct arena *arena, const struct monitor_look *before,
                   const struct monitor_look *after,
                   const struct monitor_samples *samples, struct monitor_report *report)
{
    struct judging judging = {arena, before, after, samples, report};

    memset(report, 0, sizeof(*report));
    report->seconds = after->when - before->when;
    report->remaining = -1;
    judge_sessions(&judging);
    if (report->remaining < 0)
        report->remaining_of =
            report->verdict == VERDICT_NOTHING || report->verdict == VERDICT_BROKEN
                ? "nobody works"
            : status_is_migration(&after->status)
                ? "nothing was finished in so short a time"
                : "`airflow db migrate` counts nothing that tells it";
}
