/* SPDX-License-Identifier: Apache-2.0
 *
 * look.c - the statements monitor_*.sql of the server.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "monitor/look.h"
#include "monitor/mask.h"

enum { QUERY_WIDTH = 160, COUNTERS = 32 };

static const char *copy(struct monitor_look *look, const struct sql_result *result,
                        size_t row, size_t column)
{
    return arena_strdup(look->arena, sql_text(result, row, column));
}

static int find_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return 0;
}

/* --- sessions ----------------------------------------------------------------------- */

static void read_blockers(struct monitor_look *look, struct monitor_session *session,
                          const char *text)
{
    size_t count = *text != '\0';

    for (const char *at = text; *at != '\0'; at++)
        count += *at == ',';
    session->blockers =
        arena_zalloc(look->arena, (count + 1) * sizeof(*session->blockers));
    while (session->blocker_count < count) {
        char *end;

        session->blockers[session->blocker_count++] = strtoll(text, &end, 10);
        text = end + (*end == ',');
    }
}

static const char *wait_name(struct monitor_look *look, const char *type,
                             const char *event)
{
    if (type[0] == '\0' || event[0] == '\0')
        return arena_strdup(look->arena, type[0] == '\0' ? event : type);
    return arena_printf(look->arena, "%s/%s", type, event);
}

static void read_session(struct monitor_look *look, struct monitor_session *session,
                         const struct sql_result *result, size_t row,
                         const char *quotes)
{
    static const char *const parts[] = {"", "work", "lock", "queue", "airshift"};
    static const char *const kinds[] = {"client", "airshift",   "backup",
                                        "vacuum", "wraparound", "replication",
                                        "server", "prepared"};
    struct strbuf query = STRBUF_INIT;

    session->pid = sql_integer(result, row, 0);
    session->part = (enum monitor_part)find_word(
        parts, sizeof(parts) / sizeof(parts[0]), sql_text(result, row, 1));
    session->kind = (enum monitor_kind)find_word(
        kinds, sizeof(kinds) / sizeof(kinds[0]), sql_text(result, row, 2));
    session->name = copy(look, result, row, 3);
    session->role = copy(look, result, row, 4);
    session->address = copy(look, result, row, 5);
    session->state = copy(look, result, row, 6);
    session->is_active = sql_is_true(result, row, 7);
    session->seconds = strtod(sql_text(result, row, 8), NULL);
    session->transaction_seconds = strtod(sql_text(result, row, 9), NULL);
    session->wait =
        wait_name(look, sql_text(result, row, 10), sql_text(result, row, 11));
    session->stamp = copy(look, result, row, 12);
    mask_add_query(&query, sql_text(result, row, 13), quotes, QUERY_WIDTH);
    session->query = arena_strdup(look->arena, strbuf_text(&query));
    strbuf_clear(&query);
    session->waits_for = copy(look, result, row, 14);
    read_blockers(look, session, sql_text(result, row, 15));
    session->holds = copy(look, result, row, 16);
    session->ending = copy(look, result, row, 17);
}

static int read_sessions(struct connection *connection, struct monitor_look *look,
                         const char *quotes, struct err *err)
{
    struct sql_result *result =
        server_query(connection, "monitor_sessions", 0, NULL, err);

    if (result == NULL)
        return -1;
    look->session_count = sql_row_count(result);
    look->sessions =
        arena_zalloc(look->arena, (look->session_count + 1) * sizeof(*look->sessions));
    for (size_t i = 0; i < look->session_count; i++)
        read_session(look, &look->sessions[i], result, i, quotes);
    sql_result_free(result);
    return 0;
}

/* --- what is counted ------------------------------------------------------------------ */

static void add_counters(struct monitor_look *look, const struct sql_result *result)
{
    for (size_t i = 0; i < sql_row_count(result) && look->counter_count < COUNTERS;
         i++) {
        struct monitor_counter *counter = &look->counters[look->counter_count++];

        counter->name = copy(look, result, i, 0);
        counter->unit = copy(look, result, i, 1);
        counter->value = strtod(sql_text(result, i, 2), NULL);
        counter->threshold = strtod(sql_text(result, i, 3), NULL);
    }
}

/* What the role may not see is done without. */
static int read_counters(struct connection *connection, struct monitor_look *look,
                         struct err *err)
{
    struct sql_result *result =
        server_query(connection, "monitor_counters", 0, NULL, err);
    struct err ignored = {0};

    if (result == NULL)
        return -1;
    look->counters = arena_zalloc(look->arena, COUNTERS * sizeof(*look->counters));
    add_counters(look, result);
    sql_result_free(result);
    result = server_query(connection, "monitor_more", 0, NULL, &ignored);
    if (result != NULL)
        add_counters(look, result);
    sql_result_free(result);
    return 0;
}

static int read_tables(struct connection *connection, struct monitor_look *look,
                       struct err *err)
{
    struct sql_result *result =
        server_query(connection, "monitor_tables", 0, NULL, err);

    if (result == NULL)
        return -1;
    look->table_count = sql_row_count(result);
    look->tables =
        arena_zalloc(look->arena, (look->table_count + 1) * sizeof(*look->tables));
    for (size_t i = 0; i < look->table_count; i++) {
        look->tables[i].name = copy(look, result, i, 0);
        look->tables[i].written = strtod(sql_text(result, i, 1), NULL);
        look->tables[i].read = strtod(sql_text(result, i, 2), NULL);
    }
    sql_result_free(result);
    return 0;
}

static void add_progress(struct monitor_look *look, const struct sql_result *result)
{
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct monitor_progress *progress = &look->progress[look->progress_count++];

        progress->pid = sql_integer(result, i, 0);
        progress->what = copy(look, result, i, 1);
        progress->phase = copy(look, result, i, 2);
        progress->done = strtod(sql_text(result, i, 3), NULL);
        progress->total = strtod(sql_text(result, i, 4), NULL);
        progress->unit = copy(look, result, i, 5);
    }
}

/* What the server counts, and how files grow, which not every role may see, and not on every
 * server. */
static int read_progress(struct connection *connection, struct monitor_look *look,
                         struct err *err)
{
    struct sql_result *counted =
        server_query(connection, "monitor_progress", 0, NULL, err);
    struct err ignored = {0};
    struct sql_result *grown;
    size_t count;

    if (counted == NULL)
        return -1;
    grown = server_has_sql(connection, "monitor_growth")
                ? server_query(connection, "monitor_growth", 0, NULL, &ignored)
                : NULL;
    count = sql_row_count(counted) + (grown != NULL ? sql_row_count(grown) : 0);
    look->progress = arena_zalloc(look->arena, (count + 1) * sizeof(*look->progress));
    add_progress(look, counted);
    sql_result_free(counted);
    if (grown != NULL)
        add_progress(look, grown);
    sql_result_free(grown);
    return 0;
}

/* There is no such table, or somebody has it for himself: then it is not known. */
static void read_revision(struct connection *connection, struct monitor_look *look)
{
    struct err ignored = {0};
    struct sql_result *result =
        server_query(connection, "monitor_revision", 0, NULL, &ignored);

    look->revision = "";
    for (size_t i = 0; result != NULL && i < sql_row_count(result); i++)
        look->revision = arena_printf(look->arena, "%s%s%s", look->revision,
                                      i > 0 ? " " : "", sql_text(result, i, 0));
    sql_result_free(result);
}

/* --- one look ---------------------------------------------------------------------------- */

static int look_once(struct connection *connection, const struct monitor_look *before,
                     struct monitor_look *look, struct err *err)
{
    struct sql_result *words;
    const char *quotes;

    memset(look, 0, sizeof(*look));
    if (status_look(connection, before != NULL ? &before->status : NULL, &look->status,
                    err) < 0)
        return -1;
    look->arena = arena_new();
    look->can_roll_back = sql_can(connection, SQL_CAN_ROLL_BACK_DDL);
    words = server_query(connection, "monitor_words", 0, NULL, err);
    if (words == NULL)
        return -1;
    quotes = copy(look, words, 0, 0);
    look->is_replica = sql_text(words, 0, 1)[0] != '\0';
    sql_result_free(words);
    /* What is counted comes last, so that it covers the time in which sessions are seen. */
    if (read_sessions(connection, look, quotes, err) < 0 ||
        read_tables(connection, look, err) < 0 ||
        read_progress(connection, look, err) < 0 ||
        read_counters(connection, look, err) < 0)
        return -1;
    look->when = clock_now();
    read_revision(connection, look);
    return 0;
}

int monitor_look(struct connection *connection, const struct monitor_look *before,
                 struct monitor_look *look, struct err *err)
{
    if (look_once(connection, before, look, err) == 0)
        return 0;
    if (look->arena != NULL)
        monitor_look_clear(look);
    if (strcmp(err->sqlstate, "42501") != 0)
        return -1;
    return err_hint(err, "monitor reads the server's own views of sessions and locks: "
                         "role.sql, which comes with airshift, makes a role that may, "
                         "airshift_read.");
}

void monitor_look_clear(struct monitor_look *look)
{
    status_look_clear(&look->status);
    arena_free(look->arena);
    memset(look, 0, sizeof(*look));
}

static void add_sample(struct monitor_samples *samples, long long pid, const char *wait,
                       const char *stamp)
{
    struct monitor_sample *sample;

    for (size_t i = 0; i < samples->seen.count; i++) {
        sample = samples->seen.items[i];
        if (sample->pid == pid && strcmp(sample->wait, wait) == 0 &&
            strcmp(sample->stamp, stamp) == 0) {
            sample->count++;
            return;
        }
    }
    sample = arena_zalloc(samples->arena, sizeof(*sample));
    sample->pid = pid;
    sample->wait = arena_strdup(samples->arena, wait);
    sample->stamp = arena_strdup(samples->arena, stamp);
    sample->count = 1;
    list_add(samples->arena, &samples->seen, sample);
}

int monitor_sample(struct connection *connection, struct monitor_samples *samples,
                   struct err *err)
{
    struct sql_result *result =
        server_query(connection, "monitor_samples", 0, NULL, err);

    if (result == NULL)
        return -1;
    samples->count++;
    for (size_t i = 0; i < sql_row_count(result); i++)
        add_sample(samples, sql_integer(result, i, 0), sql_text(result, i, 1),
                   sql_text(result, i, 2));
    sql_result_free(result);
    return 0;
}

const struct monitor_session *monitor_find(const struct monitor_look *look,
                                           long long pid)
{
    for (size_t i = 0; i < look->session_count; i++) {
        if (look->sessions[i].pid == pid)
            return &look->sessions[i];
    }
    return NULL;
}

bool monitor_migrates(const struct monitor_session *session)
{
    return session->part != PART_NONE && session->part != PART_QUEUE;
}
