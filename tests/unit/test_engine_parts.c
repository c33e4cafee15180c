/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_parts.c - what the engine decides without a server: sizes of ranges, what
 * an SQLSTATE means, which job comes first, and the words of the display.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/chunk.h"
#include "engine/progress.h"
#include "engine/retry.h"
#include "engine/schedule.h"

static void test_chunk(void **state)
{
    struct chunk_limits limits = {2.0, 100000, 4, false};
    struct chunk_pace pace = {0, 0};

    (void)state;
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000),
                     CHUNK_BLOCKS_FIRST);
    chunk_note(&pace, 128, 0.01); /* 12,800 a second: but fourfold at most */
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000), 512);
    chunk_note(&pace, 512, 0.04);
    chunk_note(&pace, 8192, 0.64);
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000), 25600);
    limits.blocks = 1000; /* bytes */
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000), 1000);
    limits.blocks = 1;
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000), CHUNK_BLOCKS_MIN);
    limits.blocks = 100000;
    chunk_note(&pace, 8192, 100); /* slow now: at once */
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000), 163);
    assert_int_equal(chunk_blocks(&limits, &pace, 800, 1000000),
                     100);                                           /* a share each */
    assert_int_equal(chunk_blocks(&limits, &pace, 30, 1000000), 30); /* no crumbs */
    assert_int_equal(chunk_blocks(&limits, &pace, 0, 0), CHUNK_BLOCKS_MIN);
    chunk_shrink(&pace);
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000), 40);
    chunk_note(&pace, 16, 0); /* no division by zero */
    assert_true(chunk_blocks(&limits, &pace, 1000000, 1000000) >= CHUNK_BLOCKS_MIN);
    limits.scans_it_all = true;
    assert_int_equal(chunk_blocks(&limits, &pace, 1000000, 1000000), 250001);
}

static void test_retry(void **state)
{
    static const struct {
        const char *sqlstate;
        enum retry_action action;
    } cases[] = {
        {"08006", RETRY_CONNECTION}, {"08001", RETRY_CONNECTION},
        {"57P01", RETRY_CONNECTION}, {"57P02", RETRY_CONNECTION},
        {"57P03", RETRY_CONNECTION}, {"53300", RETRY_CONNECTION},
        {"55P03", RETRY_LOCK},       {"40P01", RETRY_SOON},
        {"40001", RETRY_SOON},       {"22P02", RETRY_ISOLATE},
        {"23505", RETRY_ISOLATE},    {"53100", RETRY_NEVER},
        {"53200", RETRY_SMALLER},    {"57014", RETRY_NEVER},
        {"42P01", RETRY_NEVER},      {"", RETRY_NEVER},
        {"28P01", RETRY_NEVER},      {"XX000", RETRY_NEVER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (retry_rule_of(cases[i].sqlstate)->action != cases[i].action)
            fail_msg("%s", cases[i].sqlstate);
    }
    for (unsigned i = 0; i < 40; i++) {
        assert_true(retry_delay(i, 0) >= 0.05);
        assert_true(retry_delay(i, 0.999) <= 7.5);
        assert_true(retry_delay(i, 0.5) <= retry_delay(i + 1, 0.5));
    }
}

static size_t add(struct job_graph *graph, const char *id, double weight)
{
    size_t job = job_graph_add(graph, JOB_SQL, id);

    graph->jobs[job].weight = weight;
    return job;
}

static void test_schedule(void **state)
{
    struct job_graph graph = {arena_new(), NULL, 0, 0};
    struct schedule schedule;
    struct err err = {0};
    size_t a = add(&graph, "a", 5);
    size_t b = add(&graph, "b", 1);
    size_t c = add(&graph, "c", 10);
    size_t d = add(&graph, "d", 2);
    size_t e = add(&graph, "e", 0);

    (void)state;
    job_graph_need(&graph, c, b); /* b -> c -> d, a -> d, e alone */
    job_graph_need(&graph, d, c);
    job_graph_need(&graph, d, a);
    job_graph_need(&graph, d, a);
    assert_int_equal(graph.jobs[d].needs_count, 2);
    assert_int_equal(schedule_init(&schedule, &graph, &err), 0);
    assert_true(schedule_priority(&schedule, &graph, b, 1) == 13);
    assert_true(schedule_priority(&schedule, &graph, a, 1) == 7);
    assert_true(schedule_priority(&schedule, &graph, a, 0) == 2);
    assert_true(schedule_priority(&schedule, &graph, d, 1) == 2);
    assert_true(schedule_priority(&schedule, &graph, e, 1) > 0);
    schedule_clear(&schedule);

    job_graph_need(&graph, b, d);
    assert_int_equal(schedule_init(&schedule, &graph, &err), -1);
    assert_non_null(strstr(err.text, "circle"));
    assert_int_equal(add(&graph, "a", 1), 5);
    assert_int_equal(schedule_init(&schedule, &graph, &err), -1);
    assert_non_null(strstr(err.text, "two jobs \"a\""));
    arena_free(graph.arena);
}

static void test_large_graph(void **state)
{
    struct job_graph graph = {arena_new(), NULL, 0, 0};
    struct schedule schedule;
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "j%zu", i);
        (void)add(&graph, id, 1);
        for (size_t k = i > 20 ? i - 20 : 0; k < i; k++)
            job_graph_need(&graph, i, k);
    }
    assert_int_equal(schedule_init(&schedule, &graph, &err), 0);
    assert_true(schedule_priority(&schedule, &graph, 0, 1) == 500);
    schedule_clear(&schedule);
    arena_free(graph.arena);
}

static void test_no_jobs(void **state)
{
    struct job_graph graph = {NULL, NULL, 0, 0};
    struct schedule schedule;
    struct err err = {0};

    (void)state;
    assert_int_equal(schedule_init(&schedule, &graph, &err), 0);
    schedule_clear(&schedule);
}

static void test_words(void **state)
{
    struct strbuf text = STRBUF_INIT;

    (void)state;
    progress_add_number(&text, 1234567);
    strbuf_add_char(&text, ' ');
    progress_add_number(&text, 999);
    strbuf_add_char(&text, ' ');
    progress_add_number(&text, -1);
    strbuf_add_char(&text, ' ');
    progress_add_time(&text, 3723);
    strbuf_add_char(&text, ' ');
    progress_add_time(&text, 59.6);
    assert_string_equal(strbuf_text(&text), "1,234,567 999 0 1:02:03 1:00");
    strbuf_truncate(&text, 0);
    strbuf_add_string(&text, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f!");
    progress_cut(&text, 5);
    assert_string_equal(strbuf_text(&text), "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f!");
    progress_cut(&text, 4);
    assert_string_equal(strbuf_text(&text), "\xc3\xa4...");
    progress_cut(&text, 2);
    assert_string_equal(strbuf_text(&text), "..");
    strbuf_clear(&text);
}

static void test_line(void **state)
{
    struct progress_item item;
    struct strbuf text = STRBUF_INIT;

    (void)state;
    memset(&item, 0, sizeof(item));
    item.table = "task_instance";
    item.phase = "copy";
    item.unit = "blocks";
    item.done = 250;
    item.total = 1000;
    item.rows = 1000000;
    progress_add_line(&text, &item, 0);
    assert_string_equal(strbuf_text(&text),
                        "task_instance            copy          25.0 %  "
                        "1,000,000 rows");
    strbuf_truncate(&text, 0);
    item.rate = 10;
    item.rows_rate = 40000;
    item.waits_for = NULL;
    progress_add_line(&text, &item, 0);
    assert_non_null(strstr(strbuf_text(&text), "40,000 rows/s  ETA 1:15"));
    strbuf_truncate(&text, 0);
    item.waits_for = "pid 7 (psql, idle in transaction 5 s): UPDATE x";
    progress_add_line(&text, &item, 0);
    assert_non_null(strstr(strbuf_text(&text), "waits for pid 7 (psql"));
    assert_null(strstr(strbuf_text(&text), "ETA")); /* nobody knows */
    strbuf_truncate(&text, 0);
    progress_add_line(&text, &item, 60);
    assert_int_equal(text.length, 60);
    strbuf_truncate(&text, 0);
    item.rows = -1;
    item.phase = "index";
    item.unit = "jobs";
    item.done = 1;
    item.total = 3;
    item.waits_for = NULL;
    item.rate = 0;
    item.rows_rate = 0;
    item.detail = "ti_state: building index 40 %";
    progress_add_line(&text, &item, 0);
    assert_string_equal(strbuf_text(&text),
                        "task_instance            index         33.3 %  "
                        "1 of 3 jobs  ti_state: building index 40 %");
    strbuf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunk),    cmocka_unit_test(test_retry),
        cmocka_unit_test(test_schedule), cmocka_unit_test(test_large_graph),
        cmocka_unit_test(test_no_jobs),  cmocka_unit_test(test_words),
        cmocka_unit_test(test_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
