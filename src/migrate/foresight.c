/* SPDX-License-Identifier: Apache-2.0
 *
 * foresight.c - answers into sentences.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "compiler/plan_internal.h"
#include "engine/bad_rows.h"
#include "engine/range.h"
#include "migrate/foresight.h"
#include "migrate/problems.h"

/* "k1=v1, k2=v2" or, as PostgreSQL writes keys, "(k1, k2)=(v1, v2)". */
static void add_key(struct strbuf *text, const struct foresee_query *query,
                    const struct sql_result *result)
{
    for (size_t i = 0; i < query->key.count; i++)
        strbuf_addf(text, "%s%s=%s", i > 0 ? ", " : "",
                    (const char *)query->key.items[i], sql_text(result, 0, i));
}

static void add_shared_key(struct strbuf *text, const struct foresee_query *query,
                           const struct sql_result *result)
{
    for (size_t i = 0; i < query->key.count; i++)
        strbuf_addf(text, "%s%s", i > 0 ? ", " : "(",
                    (const char *)query->key.items[i]);
    for (size_t i = 0; i < query->key.count; i++)
        strbuf_addf(text, "%s%s", i > 0 ? ", " : ")=(", sql_text(result, 0, i));
    strbuf_add_char(text, ')');
}

static bool is_true(const char *text)
{
    return text[0] == 't' || text[0] == '1';
}

static void describe_rows(const struct foresee_query *query,
                          const struct sql_result *result, struct err *err)
{
    size_t rows = sql_row_count(result);
    struct strbuf key = STRBUF_INIT;
    struct err reason;
    size_t which = 0;

    while (which + 1 < query->reasons.count &&
           !is_true(sql_text(result, 0, query->key.count + which)))
        which++;
    (void)err_set(&reason, ERR_DATA, "%s", (const char *)query->reasons.items[which]);
    add_key(&key, query, result);
    if (query->key.count == 0)
        strbuf_add_string(&key, "without a key");
    bad_rows_describe(query->table, rows, rows >= FORESEE_ROWS_MAX, strbuf_text(&key),
                      &reason, err);
    strbuf_clear(&key);
}

static void describe_keys(const struct foresee_query *query,
                          const struct sql_result *result, struct err *err)
{
    size_t keys = sql_row_count(result);
    struct strbuf text = STRBUF_INIT;

    add_shared_key(&text, query, result);
    strbuf_addf(&text, " has %s rows", sql_text(result, 0, query->key.count));
    if (query->has_ends)
        strbuf_addf(&text, ", from %s to %s", sql_text(result, 0, query->key.count + 1),
                    sql_text(result, 0, query->key.count + 2));
    if (keys == 1)
        (void)err_set(
            err, ERR_DATA,
            "table \"%s\": a key that must be unique is there more than once: "
            "%s",
            query->table, strbuf_text(&text));
    else
        (void)err_set(
            err, ERR_DATA,
            "table \"%s\": %zu%s keys that must be unique are there more than "
            "once, one is %s",
            query->table, keys, keys >= FORESEE_ROWS_MAX ? " or more" : "",
            strbuf_text(&text));
    strbuf_clear(&text);
}

static void describe_orphans(const struct foresee_query *query,
                             const struct sql_result *result, struct err *err)
{
    size_t keys = sql_row_count(result);
    struct strbuf text = STRBUF_INIT;

    add_shared_key(&text, query, result);
    if (keys == 1)
        (void)err_set(
            err, ERR_DATA,
            "table \"%s\": a row that is not there is referred to (foreign key "
            "%s): %s, by %s of its rows",
            query->table, query->foreign_key, strbuf_text(&text),
            sql_text(result, 0, query->key.count));
    else
        (void)err_set(err, ERR_DATA,
                      "table \"%s\": %zu%s rows that are not there are referred to "
                      "(foreign key %s), one is %s, by %s of its rows",
                      query->table, keys, keys >= FORESEE_ROWS_MAX ? " or more" : "",
                      query->foreign_key, strbuf_text(&text),
                      sql_text(result, 0, query->key.count));
    strbuf_clear(&text);
}

struct bad {
    bool is_any;
    bool may_go_aside; /* some of it */
    struct list
        *found; /* takes what can be set aside, which is then not bad; or NULL */
    struct arena *arena; /* of it */
};

/* --- rows that the server refuses to compute ---------------------------------------- */

struct found {
    unsigned long long count;
    struct strbuf key; /* of the first */
    struct err reason;
};

static bool is_refusal(const struct err *err)
{
    return strncmp(err->sqlstate, "22", 2) == 0;
}

/* The one at that place; at a place may be none, and then the query is at fault, not a row. */
static int note_row(struct connection *connection, const struct foresee_query *query,
                    const char *place, const struct err *reason, struct found *found,
                    struct err *err)
{
    const char *values[1] = {place};
    struct sql_result *result;

    if (found->count++ > 0)
        return 0;
    found->reason = *reason;
    if (query->describe_sql == NULL) {
        strbuf_addf(&found->key, "at %s", place);
        return 0;
    }
    result = sql_query(connection, query->describe_sql, 1, values, err);
    if (result == NULL)
        return -1;
    strbuf_add_string(&found->key,
                      sql_row_count(result) > 0 ? sql_text(result, 0, 0) : place);
    sql_result_free(result);
    return 0;
}

/* Rows of a stretch that can be computed, but are not what the target takes. */
static void note_others(const struct foresee_query *query,
                        const struct sql_result *result, struct found *found)
{
    size_t rows = sql_row_count(result);
    size_t which = 0;

    if (rows > 0 && found->count == 0) {
        while (which + 1 < query->reasons.count &&
               !is_true(sql_text(result, 0, query->key.count + which)))
            which++;
        (void)err_set(&found->reason, ERR_DATA, "%s",
                      (const char *)query->reasons.items[which]);
        add_key(&found->key, query, result);
    }
    found->count += rows;
}

/* Halves the stretch until each row stands alone that the server refuses. */
static int search(struct connection *connection, const struct foresee_query *query,
                  struct range range, struct found *found, struct err *err)
{
    char lo[POSITION_TEXT_BYTES];
    char hi[POSITION_TEXT_BYTES];
    const char *values[2] = {lo, hi};
    struct range left;
    struct range right;
    struct err reason;
    struct sql_result *result;

    if (found->count >= FORESEE_ROWS_MAX)
        return 0;
    position_text(range.lo, lo);
    position_text(range.hi, hi);
    result = sql_query(connection, query->stretch_sql, 2, values, &reason);
    if (result != NULL) {
        note_others(query, result, found);
        sql_result_free(result);
        return 0;
    }
    if (!is_refusal(&reason)) {
        *err = reason;
        return -1;
    }
    if (!range_split(range, query->blocks, &left, &right))
        return note_row(connection, query, lo, &reason, found, err);
    return search(connection, query, left, found, err) != 0
               ? -1
               : search(connection, query, right, found, err);
}

/* Which revision it is that refuses; the way ends there, whatever comes later. */
static void name_revision(const struct foresee_query *query, struct err *err)
{
    if (query->revision != NULL)
        (void)err_wrap(err, "revision %s, on the way", query->revision);
}

static int search_all(struct connection *connection, const struct foresee_query *query,
                      struct bad *bad, struct err *err)
{
    struct found found = {0, STRBUF_INIT, {0}};
    struct range all = {0, POSITION_END};
    struct err problem;
    int status = search(connection, query, all, &found, &problem);

    if (status != 0) {
        *err = problem;
    } else if (found.count > 0) {
        if (bad->is_any)
            log_error("%s", err->text);
        bad->is_any = true;
        bad->may_go_aside |= query->revision == NULL;
        bad_rows_describe(query->table, found.count, found.count >= FORESEE_ROWS_MAX,
                          strbuf_text(&found.key), &found.reason, err);
        name_revision(query, err);
    }
    strbuf_clear(&found.key);
    return status;
}

static void describe(const struct foresee_query *query, const struct sql_result *result,
                     struct err *err)
{
    if (query->foreign_key != NULL)
        describe_orphans(query, result, err);
    else if (query->reasons.count > 0)
        describe_rows(query, result, err);
    else
        describe_keys(query, result, err);
    name_revision(query, err);
}

static void note(const struct foresee_query *query, const struct sql_result *result,
                 struct bad *bad, struct err *err)
{
    struct err text;

    if (bad->found != NULL && query->aside_sql != NULL) {
        describe(query, result, &text);
        log_warning("%s", text.text);
        list_add(bad->arena, bad->found, (void *)query);
        return;
    }
    if (bad->is_any)
        log_error("%s", err->text);
    bad->is_any = true;
    /* The fused executor, which finds what is set aside, does not see the way. */
    bad->may_go_aside |=
        query->revision == NULL && (query->may_go_aside || query->reasons.count > 0);
    describe(query, result, err);
}

static int ask(struct connection *connection, const struct foresee_query *query,
               struct bad *bad, struct err *err)
{
    struct err problem;
    struct sql_result *result;

    log_debug("looking ahead%s%s: %s", query->revision != NULL ? ", revision " : "",
              query->revision != NULL ? query->revision : "", query->sql);
    result = sql_query(connection, query->sql, 0, NULL, &problem);

    if (result == NULL) {
        if (!sql_is_alive(connection) || problem.category == ERR_INTERRUPTED) {
            *err = problem;
            return -1;
        }
        if (query->has_computed && is_refusal(&problem))
            return search_all(connection, query, bad, err);
        log_debug("not looked at: %s (%s)", problem.text, query->sql);
        return 0;
    }
    if (sql_row_count(result) > 0)
        note(query, result, bad, err);
    sql_result_free(result);
    return 0;
}

static int ask_all(struct connection *connection, struct plan *plan,
                   const struct foresee_options *options, struct bad *bad,
                   struct err *err)
{
    struct list queries = {NULL, 0, 0};

    if (foresee(plan, options, &queries, err) != 0)
        return -1;
    for (size_t i = 0; i < queries.count; i++) {
        if (ask(connection, queries.items[i], bad, err) != 0)
            return -1;
    }
    if (!bad->is_any)
        return 0;
    return err_hint(err,
                    "Nothing was changed. Correct or delete such rows and run the same "
                    "command again%s.",
                    bad->may_go_aside && bad->found == NULL ? FORESIGHT_QUARANTINE
                                                            : "");
}

int foresight_check(struct connection *connection, struct plan *plan,
                    const struct foresee_options *options, struct err *err)
{
    struct bad bad = {0};

    return ask_all(connection, plan, options, &bad, err);
}

int foresight_find(const struct url *url, struct plan *plan,
                   const struct foresee_options *options, struct list *found,
                   struct err *err)
{
    struct bad bad = {.found = found, .arena = plan->arena};
    struct connection *connection = sql_connect(url, "looking ahead", err);
    int status =
        connection != NULL ? ask_all(connection, plan, options, &bad, err) : -1;

    sql_close(connection);
    return status;
}

/* All that is known is said, the last as the error. */
static int check_rows(struct connection *connection, struct plan *plan,
                      const struct fernet_source *fernet, struct err *err)
{
    const struct foresee_options options = {.values = true, .references = true};
    struct err problem;
    int natives = natives_look_ahead(plan, connection, fernet, &problem);

    if (natives != 0 && problem.category != ERR_DATA) {
        *err = problem;
        return -1;
    }
    if (foresight_check(connection, plan, &options, err) == 0) {
        if (natives != 0)
            *err = problem;
        return natives;
    }
    if (natives != 0)
        log_error("%s. %s", problem.text, problem.hint);
    return -1;
}

int foresight_check_way(struct connection *connection, const struct url *url,
                        const struct plan_options *way,
                        const struct fernet_source *fernet, struct err *err)
{
    struct plan_options every = *way;
    struct plan plan = {0};
    int status;

    every.looks_at_way = true;
    status = plan_compile(&plan, connection, url, &every, err);

    /* Of other problems the chain knows by itself whether they are any. */
    plan.problems.count = 0;
    if (status == 0 && !plan.is_noop) {
        plan_refuse_own(&plan);
        status = problems_report(&plan, err);
    }
    if (status == 0 && !plan.is_noop && !sql_can(connection, SQL_CAN_ROLL_BACK_DDL)) {
        plan_refuse_broken_views(&plan);
        status = problems_report(&plan, err);
    }
    if (status == 0 && !plan.is_noop)
        status = check_rows(connection, &plan, fernet, err);
    plan_clear(&plan);
    return status;
}
