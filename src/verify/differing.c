/* SPDX-License-Identifier: Apache-2.0
 *
 * differing.c - which rows of a table differ. They are sorted into buckets by a hash of their
 * keys, and only some differing buckets are fetched.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "render.h"
#include "verify/against.h"

enum {
    BUCKETS_MAX = 16384,
    BUCKETS_FETCHED = 10, /* differing ones, of one table */
    ROWS_A_BUCKET = 500,  /* as many buckets as give about so many rows each */
};

static const char *hash_of(struct against *against, const char *text, unsigned seed)
{
    const char *values[1] = {text};
    struct strbuf sql = STRBUF_INIT;
    const char *hash;

    dialect_add_row_hash(against->plan.dialect, &sql, values, 1, seed);
    hash = arena_strdup(against->verify->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return hash;
}

/* The number of a row's bucket, from its key. */
static const char *bucket_of(struct against *against, long long buckets)
{
    return arena_printf(against->verify->arena, "(%s & %lld)",
                        hash_of(against, "x.k", 1), buckets - 1);
}

static int compare_buckets(const struct sql_result *a, size_t i,
                           const struct sql_result *b, size_t j)
{
    long long left = sql_integer(a, i, 0);
    long long right = sql_integer(b, j, 0);

    return left < right ? -1 : left > right ? 1 : 0;
}

/* The differing buckets: how many, and the first of them as a list of numbers. */
static size_t differing_buckets(const struct sql_result *const results[2],
                                struct strbuf *numbers)
{
    const struct sql_result *a = results[SIDE_EXPECTED];
    const struct sql_result *b = results[SIDE_ACTUAL];
    size_t i = 0;
    size_t j = 0;
    size_t count = 0;

    while (i < sql_row_count(a) || j < sql_row_count(b)) {
        int order = i == sql_row_count(a)   ? 1
                    : j == sql_row_count(b) ? -1
                                            : compare_buckets(a, i, b, j);
        bool is_equal = order == 0 && strcmp(sql_text(a, i, 1), sql_text(b, j, 1)) == 0;

        if (!is_equal && count++ < BUCKETS_FETCHED)
            strbuf_addf(numbers, "%s%s", numbers->length > 0 ? ", " : "",
                        order <= 0 ? sql_text(a, i, 0) : sql_text(b, j, 0));
        i += order <= 0 ? 1 : 0;
        j += order >= 0 ? 1 : 0;
    }
    return count;
}

/* Rows by key and then by hash, here and not by the servers, whose collations may differ. */
static int compare_rows(const void *a, const void *b, void *result)
{
    size_t left = *(const size_t *)a;
    size_t right = *(const size_t *)b;
    int order = strcmp(sql_text(result, left, 0), sql_text(result, right, 0));

    return order != 0 ? order
                      : strcmp(sql_text(result, left, 1), sql_text(result, right, 1));
}

static size_t *sorted_rows(struct sql_result *result)
{
    size_t count = sql_row_count(result);
    size_t *order = xcalloc(count + 1, sizeof(*order));

    for (size_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof(*order), compare_rows, result);
    return order;
}

static const char *differing_columns(struct against *against,
                                     const struct counterpart *counterpart,
                                     struct sql_result *const results[2], size_t i,
                                     size_t j)
{
    const char *names = "";

    for (size_t c = 0; c < counterpart->columns.count; c++) {
        const struct column *column = counterpart->columns.items[c];

        if (strcmp(sql_text(results[0], i, c + 1), sql_text(results[1], j, c + 1)) != 0)
            names = arena_printf(against->verify->arena, "%s%s%s", names,
                                 *names != '\0' ? ", " : "", column->name);
    }
    return names;
}

/* Which columns of rows with the same key differ. By key, the rest of a row is hashes. */
static int name_columns(struct against *against, const struct counterpart *counterpart,
                        const struct list *keys)
{
    struct verify *verify = against->verify;
    struct sql_result *results[2];
    struct strbuf wanted = STRBUF_INIT;
    const char *sql[2];
    size_t *order[2];

    if (keys->count == 0)
        return 0;
    /* Hashes, because what two texts have to have in common depends on collations. */
    for (size_t i = 0; i < keys->count; i++) {
        struct strbuf key = STRBUF_INIT;

        sql_add_literal(&key, keys->items[i]);
        strbuf_addf(&wanted, "%s%s", i > 0 ? ", " : "",
                    hash_of(against, strbuf_text(&key), 1));
        strbuf_clear(&key);
    }
    for (int side = 0; side < 2; side++)
        sql[side] =
            arena_printf(verify->arena, "SELECT * FROM (%s) AS x WHERE %s IN (%s)",
                         counterpart_columns(&against->comparison, counterpart,
                                             (enum counterpart_side)side),
                         hash_of(against, "x.k", 1), strbuf_text(&wanted));
    strbuf_clear(&wanted);
    if (against_ask(against, sql, results) != 0)
        return -1;
    for (int side = 0; side < 2; side++)
        order[side] = sorted_rows(results[side]);
    for (size_t i = 0; i < sql_row_count(results[0]) && i < sql_row_count(results[1]);
         i++)
        verify_differ(
            verify, "%s %s: %s", counterpart->table->name,
            sql_text(results[0], order[0][i], 0),
            differing_columns(against, counterpart, results, order[0][i], order[1][i]));
    free(order[0]);
    free(order[1]);
    against_free(results);
    return 0;
}

struct row_merge {
    const struct counterpart *counterpart;
    struct list changed; /* const char *: keys that both have, with other values */
    unsigned named;
    unsigned unnamed; /* differing rows of the fetched buckets beyond the limit */
};

static void name_row(struct against *against, struct row_merge *merge, const char *key,
                     int order)
{
    struct verify *verify = against->verify;

    if (merge->named >= verify->options->rows_named) {
        merge->unnamed++;
        return;
    }
    merge->named++;
    if (order == 0)
        list_add(verify->arena, &merge->changed, arena_strdup(verify->arena, key));
    else
        verify_differ(verify, "%s %s is %s", merge->counterpart->table->name, key,
                      order < 0 ? "missing" : "one too many");
}

static int merge_rows(struct against *against, struct row_merge *merge,
                      struct sql_result *results[2])
{
    const struct sql_result *a = results[SIDE_EXPECTED];
    const struct sql_result *b = results[SIDE_ACTUAL];
    size_t *left = sorted_rows(results[SIDE_EXPECTED]);
    size_t *right = sorted_rows(results[SIDE_ACTUAL]);
    size_t i = 0;
    size_t j = 0;

    while (i < sql_row_count(a) || j < sql_row_count(b)) {
        int order = i == sql_row_count(a) ? 1
                    : j == sql_row_count(b)
                        ? -1
                        : strcmp(sql_text(a, left[i], 0), sql_text(b, right[j], 0));

        if (order != 0 ||
            strcmp(sql_text(a, left[i], 1), sql_text(b, right[j], 1)) != 0)
            name_row(against, merge,
                     order <= 0 ? sql_text(a, left[i], 0) : sql_text(b, right[j], 0),
                     order);
        i += order <= 0 ? 1 : 0;
        j += order >= 0 ? 1 : 0;
    }
    free(left);
    free(right);
    return name_columns(against, merge->counterpart, &merge->changed);
}

int against_name_rows(struct against *against, const struct counterpart *counterpart,
                      long long rows)
{
    struct verify *verify = against->verify;
    struct row_merge merge = {counterpart, {NULL, 0, 0}, 0, 0};
    struct strbuf numbers = STRBUF_INIT;
    struct sql_result *results[2];
    const char *select[2];
    const char *sql[2];
    const char *bucket;
    long long buckets = 16;
    size_t differing;
    int status;

    while (buckets < BUCKETS_MAX && buckets * ROWS_A_BUCKET < rows)
        buckets *= 2;
    bucket = bucket_of(against, buckets);
    for (int side = 0; side < 2; side++) {
        select[side] = counterpart_rows(&against->comparison, counterpart,
                                        (enum counterpart_side)side);
        sql[side] = arena_printf(verify->arena,
                                 "SELECT %s AS b, concat(count(*), ' ', sum(x.h)) "
                                 "FROM (%s) AS x GROUP BY 1 ORDER BY 1",
                                 bucket, select[side]);
    }
    if (against_ask(against, sql, results) != 0)
        return -1;
    differing = differing_buckets((const struct sql_result *const *)results, &numbers);
    against_free(results);
    for (int side = 0; side < 2; side++)
        sql[side] = arena_printf(
            verify->arena, "SELECT x.k, x.h FROM (%s) AS x WHERE %s IN (%s)",
            select[side], bucket, numbers.length > 0 ? strbuf_text(&numbers) : "-1");
    strbuf_clear(&numbers);
    if (against_ask(against, sql, results) != 0)
        return -1;
    status = merge_rows(against, &merge, results);
    against_free(results);
    if (status == 0 && (merge.unnamed > 0 || differing > BUCKETS_FETCHED))
        verify_note(verify, "more rows of %s differ than are named",
                    counterpart->table->name);
    return status;
}
