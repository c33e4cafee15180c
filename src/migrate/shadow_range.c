/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_range.c - keyset ranges: (a, b) > (x, y) AND (a, b) <= (v, w), written out as the
 * server's range optimizer understands it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "compiler/rows.h"
#include "engine/retry.h"
#include "migrate/shadow_range.h"
#include "state/fault.h"

enum {
    RANGE_BYTES = 16 * 1024 * 1024,
    RANGE_ROWS_MIN = 1000,
    RANGE_ROWS_MAX = 100000,
    KEY_COLUMNS_MAX = 16, /* the server's own limit */
};

struct key {
    char *values[KEY_COLUMNS_MAX];
};

struct range {
    int number;
    struct key lower; /* exclusive; no values: from the beginning */
    struct key upper; /* inclusive; no values: to the end */
};

struct shadow_ranges {
    const struct shadow_item *item;
    size_t rows; /* of a range */
    pthread_mutex_t mutex;
    /* Under the mutex: */
    struct range *left; /* noted by an earlier run and not done */
    size_t left_count;
    struct key last; /* where the next new range begins */
    int next_number;
    bool is_at_end; /* a range to the end of the table is noted */
};

/* --- keys as text ------------------------------------------------------------------ */

static void key_clear(struct key *key)
{
    for (size_t i = 0; i < KEY_COLUMNS_MAX; i++)
        free(key->values[i]);
    memset(key, 0, sizeof(*key));
}

static struct key key_copy(const struct key *key)
{
    struct key copy = {{NULL}};

    for (size_t i = 0; i < KEY_COLUMNS_MAX && key->values[i] != NULL; i++)
        copy.values[i] = xstrdup(key->values[i]);
    return copy;
}

/* Hexadecimal, so that no value can be mistaken for the comma. */
static char *key_encode(const struct key *key)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < KEY_COLUMNS_MAX && key->values[i] != NULL; i++) {
        if (i > 0)
            strbuf_add_char(&text, ',');
        for (const char *at = key->values[i]; *at != '\0'; at++)
            strbuf_addf(&text, "%02x", (unsigned)(unsigned char)*at);
    }
    return strbuf_detach(&text);
}

static struct key key_decode(const char *text)
{
    struct key key = {{NULL}};

    for (size_t i = 0; i < KEY_COLUMNS_MAX; i++) {
        size_t length = strcspn(text, ",");
        char *value = xcalloc(length / 2 + 1, 1);

        for (size_t j = 0; j + 1 < length; j += 2) {
            const char digits[3] = {text[j], text[j + 1], '\0'};

            value[j / 2] = (char)strtoul(digits, NULL, 16);
        }
        key.values[i] = value;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    return key;
}

/* a > x OR a = x AND (b > y OR ...); the last comparison with `last`. */
static void add_comparison(struct strbuf *sql, const struct shadow_item *item,
                           const char *alias, const struct key *key,
                           const char *operator, const char * last)
{
    size_t count = item->key.count;

    strbuf_add_char(sql, '(');
    for (size_t i = 0; i < count; i++) {
        const char *column = item->key.items[i];

        strbuf_addf(sql, "%s%s %s ", alias, column, i + 1 < count ? operator: last);
        sql_add_literal(sql, key->values[i]);
        if (i + 1 == count)
            break;
        strbuf_addf(sql, " OR %s%s = ", alias, column);
        sql_add_literal(sql, key->values[i]);
        strbuf_add_string(sql, " AND (");
    }
    for (size_t i = 0; i < count; i++)
        strbuf_add_char(sql, ')');
}

static void add_condition(struct strbuf *sql, const struct shadow_item *item,
                          const struct range *range)
{
    const char *alias = "\"" ROWS_SOURCE_ALIAS "\".";
    bool has_lower = range->lower.values[0] != NULL;
    bool has_upper = range->upper.values[0] != NULL;

    if (has_lower)
        add_comparison(sql, item, alias, &range->lower, ">", ">");
    if (has_lower && has_upper)
        strbuf_add_string(sql, " AND ");
    if (has_upper)
        add_comparison(sql, item, alias, &range->upper, "<", "<=");
    if (!has_lower && !has_upper)
        strbuf_add_string(sql, "TRUE");
}

void shadow_range_add_all(struct strbuf *condition)
{
    strbuf_add_string(condition, "TRUE");
}

/* --- bad rows -------------------------------------------------------------------- */

static void add_key_list(struct strbuf *sql, const struct shadow_item *item)
{
    for (size_t i = 0; i < item->key.count; i++)
        strbuf_addf(sql, "%s%s", i > 0 ? ", " : "", (const char *)item->key.items[i]);
}

static struct sql_result *select_rows(const struct shadow_item *item,
                                      struct connection *connection, const char *what,
                                      const char *condition, const char *tail,
                                      struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;

    strbuf_addf(&sql, "SELECT %s FROM %s AS \"" ROWS_SOURCE_ALIAS "\" WHERE %s%s", what,
                item->source, condition, tail);
    result = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    return result;
}

static int count_rows(const struct shadow_item *item, struct connection *connection,
                      const char *condition, long long *count, struct err *err)
{
    struct sql_result *result =
        select_rows(item, connection, "count(*)", condition, "", err);

    if (result == NULL)
        return -1;
    *count = sql_integer(result, 0, 0);
    sql_result_free(result);
    return 0;
}

/* The key at a place among the rows, which are in its order. */
static int key_at(const struct shadow_item *item, struct connection *connection,
                  const char *condition, long long place, struct key *key,
                  struct err *err)
{
    struct strbuf list = STRBUF_INIT;
    struct strbuf tail = STRBUF_INIT;
    struct sql_result *result;

    add_key_list(&list, item);
    strbuf_addf(&tail, " ORDER BY %s LIMIT 1 OFFSET %lld", strbuf_text(&list), place);
    result = select_rows(item, connection, strbuf_text(&list), condition,
                         strbuf_text(&tail), err);
    strbuf_clear(&list);
    strbuf_clear(&tail);
    if (result == NULL)
        return -1;
    for (size_t i = 0; sql_row_count(result) > 0 && i < item->key.count; i++)
        key->values[i] = xstrdup(sql_text(result, 0, i));
    sql_result_free(result);
    return 0;
}

static void describe(const struct shadow_item *item, const struct key *key,
                     struct strbuf *found)
{
    for (size_t i = 0; i < item->key.count && key->values[i] != NULL; i++) {
        const char *name = item->key.items[i];

        strbuf_addf(found, "%s%.*s=%s", i > 0 ? ", " : "", (int)strlen(name) - 2,
                    name + 1, key->values[i]);
    }
}

static int try_half(const struct shadow_item *item, struct connection *connection,
                    const struct shadow_probe *probe, const char *rows,
                    const struct key *middle, const char *operator, const char * last,
                    struct err *err)
{
    struct strbuf half = STRBUF_INIT;
    struct err reason = {0};
    int status = 0;

    strbuf_addf(&half, "%s AND ", rows);
    add_comparison(&half, item, "\"" ROWS_SOURCE_ALIAS "\".", middle, operator, last);
    if (probe->copy(probe->context, strbuf_text(&half), &reason) != 0) {
        if (retry_rule_of(reason.sqlstate)->action == RETRY_ISOLATE) {
            status = shadow_range_find_bad(item, connection, probe, strbuf_text(&half),
                                           &reason, err);
        } else {
            *err = reason;
            status = -1;
        }
    }
    strbuf_clear(&half);
    return status;
}

int shadow_range_find_bad(const struct shadow_item *item, struct connection *connection,
                          const struct shadow_probe *probe, const char *rows,
                          const struct err *reason, struct err *err)
{
    struct strbuf name = STRBUF_INIT;
    struct key middle = {{NULL}};
    long long count;
    int status = count_rows(item, connection, rows, &count, err);

    if (status == 0 && count > 0)
        status = key_at(item, connection, rows, (count - 1) / 2, &middle, err);
    if (status == 0 && count == 1) {
        describe(item, &middle, &name);
        status = probe->found(probe->context, rows, strbuf_text(&name), reason, err);
    } else if (status == 0 && count > 1) {
        status = try_half(item, connection, probe, rows, &middle, "<", "<=", err);
        if (status == 0)
            status = try_half(item, connection, probe, rows, &middle, ">", ">", err);
    }
    strbuf_clear(&name);
    key_clear(&middle);
    return status;
}

/* --- beginning --------------------------------------------------------------------- */

static size_t rows_of_range(const struct shadow_item *item)
{
    double rows = item->rows >= 1
                      ? (double)RANGE_BYTES * item->rows / (double)(item->bytes + 1)
                      : RANGE_ROWS_MIN;

    if (rows < RANGE_ROWS_MIN)
        return RANGE_ROWS_MIN;
    return rows > RANGE_ROWS_MAX ? RANGE_ROWS_MAX : (size_t)rows;
}

static int read_noted(struct shadow_ranges *ranges, struct connection *connection,
                      struct err *err)
{
    const char *values[1] = {ranges->item->id};
    struct sql_result *result =
        server_query(connection, "shadow_range_list", 1, values, err);

    if (result == NULL)
        return -1;
    ranges->left = xcalloc(sql_row_count(result) + 1, sizeof(*ranges->left));
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct range range = {.number = (int)sql_integer(result, i, 0)};

        range.lower = ranges->last;
        memset(&ranges->last, 0, sizeof(ranges->last));
        if (sql_is_null(result, i, 1)) {
            ranges->is_at_end = true;
        } else {
            range.upper = key_decode(sql_text(result, i, 1));
            ranges->last = key_copy(&range.upper);
        }
        ranges->next_number = range.number + 1;
        if (sql_text(result, i, 2)[0] == 't') {
            key_clear(&range.lower);
            key_clear(&range.upper);
        } else {
            ranges->left[ranges->left_count++] = range;
        }
    }
    sql_result_free(result);
    return 0;
}

struct shadow_ranges *shadow_ranges_new(struct connection *connection,
                                        const struct shadow_item *item, struct err *err)
{
    struct shadow_ranges *ranges = xcalloc(1, sizeof(*ranges));

    ranges->item = item;
    ranges->rows = fault_limit("AIRSHIFT_TEST_SHADOW_RANGE_ROWS", rows_of_range(item));
    (void)pthread_mutex_init(&ranges->mutex, NULL);
    if (read_noted(ranges, connection, err) == 0)
        return ranges;
    shadow_ranges_free(ranges);
    return NULL;
}

void shadow_ranges_free(struct shadow_ranges *ranges)
{
    if (ranges == NULL)
        return;
    for (size_t i = 0; i < ranges->left_count; i++) {
        key_clear(&ranges->left[i].lower);
        key_clear(&ranges->left[i].upper);
    }
    free(ranges->left);
    key_clear(&ranges->last);
    (void)pthread_mutex_destroy(&ranges->mutex);
    free(ranges);
}

/* --- taking ------------------------------------------------------------------------ */

/* The key of the row that ends the next range; no values where the table ends before. */
static int find_upper(const struct shadow_ranges *ranges, struct connection *connection,
                      struct key *upper, struct err *err)
{
    const struct shadow_item *item = ranges->item;
    struct strbuf keys = STRBUF_INIT;
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;

    add_key_list(&keys, item);
    strbuf_addf(&sql, "SELECT %s FROM %s FORCE INDEX (PRIMARY)", strbuf_text(&keys),
                item->source);
    if (ranges->last.values[0] != NULL) {
        strbuf_add_string(&sql, " WHERE ");
        add_comparison(&sql, item, "", &ranges->last, ">", ">");
    }
    strbuf_addf(&sql, " ORDER BY %s LIMIT 1 OFFSET %zu", strbuf_text(&keys),
                ranges->rows - 1);
    result = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    strbuf_clear(&keys);
    if (result == NULL)
        return -1;
    for (size_t i = 0; sql_row_count(result) > 0 && i < item->key.count; i++)
        upper->values[i] = xstrdup(sql_text(result, 0, i));
    sql_result_free(result);
    return 0;
}

static int note(const struct shadow_ranges *ranges, struct connection *connection,
                const struct range *range, struct err *err)
{
    char number[16];
    char *upper = range->upper.values[0] != NULL ? key_encode(&range->upper) : NULL;
    const char *values[3] = {ranges->item->id, number, upper};
    int status;

    (void)snprintf(number, sizeof(number), "%d", range->number);
    status = server_change(connection, "shadow_range_add", 3, values, err);
    free(upper);
    return status;
}

static int take_new(struct shadow_ranges *ranges, struct connection *connection,
                    struct range *range, struct err *err)
{
    range->number = ranges->next_number;
    range->lower = key_copy(&ranges->last);
    if (find_upper(ranges, connection, &range->upper, err) != 0 ||
        note(ranges, connection, range, err) != 0)
        return -1;
    key_clear(&ranges->last);
    ranges->last = key_copy(&range->upper);
    ranges->is_at_end = range->upper.values[0] == NULL;
    ranges->next_number++;
    return 0;
}

int shadow_ranges_take(struct shadow_ranges *ranges, struct connection *connection,
                       int *number, struct strbuf *condition, bool *is_over,
                       struct err *err)
{
    struct range range = {0};
    int status = 0;

    *is_over = false;
    (void)pthread_mutex_lock(&ranges->mutex);
    if (ranges->left_count > 0)
        range = ranges->left[--ranges->left_count];
    else if (ranges->is_at_end)
        *is_over = true;
    else
        status = take_new(ranges, connection, &range, err);
    (void)pthread_mutex_unlock(&ranges->mutex);
    if (status == 0 && !*is_over) {
        *number = range.number;
        add_condition(condition, ranges->item, &range);
    }
    key_clear(&range.lower);
    key_clear(&range.upper);
    return status;
}

int shadow_ranges_done(const struct shadow_ranges *ranges,
                       struct connection *connection, int number, struct err *err)
{
    char text[16];
    const char *values[2] = {ranges->item->id, text};

    (void)snprintf(text, sizeof(text), "%d", number);
    return server_change(connection, "shadow_range_done", 2, values, err);
}
