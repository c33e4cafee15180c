/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fsm.c - the transition table of a switch, proved row by row: nothing is
 * forgotten, nothing is reached by chance, and before the point of no return everything
 * can be undone.
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
#include <jansson.h>

#include "fsm/fsm.h"

static bool is_terminal(enum fsm_state state)
{
    return state == STATE_FINISHED;
}

/* Before "committed": what "abort" must be able to undo. */
static bool is_before_commit(enum fsm_state state)
{
    return fsm_state_stretch(state) == STRETCH_BEFORE ||
           fsm_state_stretch(state) == STRETCH_LOST;
}

static size_t count_rows(enum fsm_state state, unsigned event)
{
    size_t count = 0;

    for (size_t i = 0; i < fsm_row_count; i++)
        count += fsm_rows[i].from == state && (fsm_rows[i].events & event) != 0;
    return count;
}

static void test_every_failure_has_one_edge(void **unused)
{
    (void)unused;
    for (int state = 0; state < STATE_COUNT; state++) {
        for (unsigned event = EVENT_FAILURE_FIRST; event <= (unsigned)EVENT_LAST;
             event <<= 1) {
            size_t expected = is_terminal((enum fsm_state)state) ? 0 : 1;

            if (count_rows((enum fsm_state)state, event) != expected)
                fail_msg("state %s, failure %s: %zu edges",
                         fsm_state_name((enum fsm_state)state),
                         fsm_event_name((enum fsm_event)event),
                         count_rows((enum fsm_state)state, event));
        }
    }
}

static void test_no_event_is_ambiguous(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < fsm_row_count; i++) {
        for (size_t j = i + 1; j < fsm_row_count; j++) {
            if (fsm_rows[i].from == fsm_rows[j].from &&
                (fsm_rows[i].events & fsm_rows[j].events) != 0 &&
                fsm_rows[i].guard == fsm_rows[j].guard)
                fail_msg("rows %zu and %zu decide the same", i, j);
        }
    }
}

static void test_abort_before_commit_only(void **unused)
{
    (void)unused;
    for (int i = 0; i < STATE_COUNT; i++) {
        enum fsm_state state = (enum fsm_state)i;
        const struct fsm_row *row = fsm_find(state, EVENT_ABORT, NULL);

        if (is_before_commit(state) != (row != NULL))
            fail_msg("state %s", fsm_state_name(state));
        if (row != NULL)
            assert_int_equal(row->to, STATE_ABORTING);
    }
}

static void test_rollback_after_commit_only(void **unused)
{
    (void)unused;
    for (int i = 0; i < STATE_COUNT; i++) {
        enum fsm_state state = (enum fsm_state)i;
        bool has_clients = state == STATE_COMMITTED || state == STATE_PROMOTED ||
                           state == STATE_SWITCHED;

        assert_int_equal(fsm_find(state, EVENT_ROLLBACK, NULL) != NULL, has_clients);
    }
}

/* The only way over the point of no return is one row, which the operator asks for. */
static void test_one_way_to_commit(void **unused)
{
    size_t ways = 0;

    (void)unused;
    for (size_t i = 0; i < fsm_row_count; i++) {
        if (fsm_rows[i].to != STATE_COMMITTED || fsm_rows[i].from == STATE_COMMITTED)
            continue;
        ways++;
        assert_int_equal(fsm_rows[i].events, EVENT_CUTOVER);
        assert_int_equal(fsm_rows[i].from, STATE_VERIFIED);
    }
    assert_int_equal(ways, 1);
    for (size_t i = 0; i < fsm_row_count; i++) {
        if (!is_before_commit(fsm_rows[i].from) &&
            fsm_state_stretch(fsm_rows[i].from) != STRETCH_OVER)
            assert_false(is_before_commit(fsm_rows[i].to));
    }
}

static void spread(bool reached[STATE_COUNT])
{
    bool has_grown = true;

    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < fsm_row_count; i++) {
            if (reached[fsm_rows[i].from] && !reached[fsm_rows[i].to]) {
                reached[fsm_rows[i].to] = true;
                has_grown = true;
            }
        }
    }
}

static void test_every_state_is_reached(void **unused)
{
    bool reached[STATE_COUNT] = {[STATE_CONFIGURED] = true};

    (void)unused;
    spread(reached);
    for (int i = 0; i < STATE_COUNT; i++) {
        if (!reached[i])
            fail_msg("state %s is not reached", fsm_state_name((enum fsm_state)i));
    }
}

static void test_no_dead_ends(void **unused)
{
    (void)unused;
    for (int i = 0; i < STATE_COUNT; i++) {
        bool reached[STATE_COUNT] = {false};
        bool is_served;

        reached[i] = true;
        spread(reached);
        is_served = reached[STATE_ABORTED] || reached[STATE_SWITCHED] ||
                    reached[STATE_ROLLED_BACK] || reached[STATE_FINISHED];
        if (!is_served)
            fail_msg("from %s no end is reached", fsm_state_name((enum fsm_state)i));
        if (is_before_commit((enum fsm_state)i))
            assert_true(reached[STATE_ABORTED]);
        if (!is_terminal((enum fsm_state)i))
            assert_true(reached[STATE_FINISHED]);
    }
}

/* While blue is frozen and green is no candidate yet, no failure may leave it so. */
static void test_a_failure_lifts_the_fence(void **unused)
{
    static const enum fsm_state frozen[] = {STATE_HELD, STATE_FENCED, STATE_DRAINED};

    (void)unused;
    for (size_t i = 0; i < sizeof(frozen) / sizeof(frozen[0]); i++) {
        for (unsigned event = EVENT_FAILURE_FIRST; event < (unsigned)EVENT_KILLED;
             event <<= 1)
            assert_int_equal(fsm_find(frozen[i], (enum fsm_event)event, NULL)->to,
                             STATE_UNFENCING);
    }
}

/* The watchdog's event is there wherever a death would leave blue fenced, and nowhere
 * else; what follows by itself ends with a blue that serves. */
static void test_the_watchdog_thaws(void **unused)
{
    static const enum fsm_state fenced[] = {
        STATE_HELD,      STATE_FENCED,   STATE_DRAINED,  STATE_UNFENCING,
        STATE_CAUGHT_UP, STATE_DETACHED, STATE_MIGRATED, STATE_RESTORED,
        STATE_VERIFIED,  STATE_ABORTING, STATE_GIVING_UP};
    bool is_fenced[STATE_COUNT] = {false};

    (void)unused;
    for (size_t i = 0; i < sizeof(fenced) / sizeof(fenced[0]); i++)
        is_fenced[fenced[i]] = true;
    for (int i = 0; i < STATE_COUNT; i++) {
        const struct fsm_row *row = fsm_find((enum fsm_state)i, EVENT_ABANDONED, NULL);
        enum fsm_state end = STATE_UNKNOWN;

        if (is_fenced[i] != (row != NULL))
            fail_msg("state %s", fsm_state_name((enum fsm_state)i));
        while (row != NULL) {
            end = row->to;
            row = fsm_find(end, EVENT_GO, NULL);
        }
        if (is_fenced[i])
            assert_true(end == STATE_UNFENCED || end == STATE_GIVEN_UP ||
                        end == STATE_ABORTED);
    }
}

/* A blue that serves again leaves a detached green behind: no way leads from there to a
 * cutover but over new replicas. */
static void test_a_stale_green_is_never_used(void **unused)
{
    static const enum fsm_state stale[] = {STATE_GIVING_UP, STATE_GIVEN_UP};

    (void)unused;
    for (size_t i = 0; i < fsm_row_count; i++) {
        const struct fsm_row *row = &fsm_rows[i];

        if (row->action == ACTION_LIFT && row->from != STATE_UNFENCING)
            assert_int_equal(row->to, STATE_GIVEN_UP);
        if (row->to == STATE_UNFENCING && row->from != STATE_UNFENCING)
            assert_true(row->from == STATE_HELD || row->from == STATE_FENCED ||
                        row->from == STATE_DRAINED);
        for (size_t n = 0; n < sizeof(stale) / sizeof(stale[0]); n++) {
            if (row->from == stale[n])
                assert_true(row->to == STATE_GIVING_UP || row->to == STATE_GIVEN_UP ||
                            row->to == STATE_ABORTING || row->to == STATE_CLEARED);
        }
    }
    assert_int_equal(fsm_find(STATE_GIVEN_UP, EVENT_START, NULL)->action, ACTION_UNDO);
    assert_int_equal(fsm_find(STATE_CLEARED, EVENT_GO, NULL)->action, ACTION_RENEW);
}

/* Following only what goes on by itself always comes to rest. */
static void test_it_comes_to_rest(void **unused)
{
    (void)unused;
    for (int i = 0; i < STATE_COUNT; i++) {
        enum fsm_state state = (enum fsm_state)i;
        const struct fsm_row *row;
        int steps = 0;

        while ((row = fsm_find(state, EVENT_GO, NULL)) != NULL) {
            state = row->to;
            if (++steps > STATE_COUNT)
                fail_msg("from %s it never rests", fsm_state_name((enum fsm_state)i));
        }
    }
}

static void test_names(void **unused)
{
    (void)unused;
    for (int i = 0; i < STATE_COUNT; i++) {
        enum fsm_state state = (enum fsm_state)i;

        assert_int_equal(fsm_state_of(fsm_state_name(state)), state);
        assert_true(fsm_state_comment(state)[0] != '\0');
    }
    assert_int_equal(fsm_state_of("nonsense"), STATE_UNKNOWN);
    assert_int_equal(fsm_state_of(""), STATE_CONFIGURED);
    for (int i = 0; i < ACTION_COUNT; i++)
        assert_non_null(fsm_action_name((enum fsm_action)i));
    for (unsigned event = 1; event <= (unsigned)EVENT_ABANDONED; event <<= 1)
        assert_string_not_equal(fsm_event_name((enum fsm_event)event), "unknown");
}

static void test_failures_are_told_apart(void **unused)
{
    static const struct {
        enum fsm_action action;
        enum err_category category;
        enum fsm_event event;
    } cases[] = {
        {ACTION_DRAIN, ERR_TIMEOUT, EVENT_TIMED_OUT},
        {ACTION_MIGRATE, ERR_TIMEOUT, EVENT_TIMED_OUT},
        {ACTION_DRAIN, ERR_INTERRUPTED, EVENT_INTERRUPTED},
        {ACTION_DRAIN, ERR_CONNECT, EVENT_SERVER_FAILED},
        {ACTION_DRAIN, ERR_SQL, EVENT_SERVER_FAILED},
        {ACTION_MIGRATE, ERR_SQL, EVENT_CHILD_FAILED},
        {ACTION_VERIFY, ERR_DATA, EVENT_CHILD_FAILED},
        {ACTION_PREFLIGHT, ERR_CONFIG, EVENT_REFUSED},
        {ACTION_PREFLIGHT, ERR_INTERNAL, EVENT_REFUSED},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {.category = cases[i].category};

        assert_int_equal(fsm_failure(cases[i].action, &err), cases[i].event);
    }
}

static void test_prints(void **unused)
{
    struct strbuf text = STRBUF_INIT;
    json_t *json;

    (void)unused;
    fsm_print_json(&text);
    json = json_loads(strbuf_text(&text), 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "states")), STATE_COUNT);
    assert_int_equal(json_array_size(json_object_get(json, "transitions")),
                     fsm_row_count);
    json_decref(json);
    strbuf_truncate(&text, 0);
    fsm_print_dot(&text);
    assert_non_null(strstr(strbuf_text(&text), "verified -> committed"));
    strbuf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_failure_has_one_edge),
        cmocka_unit_test(test_no_event_is_ambiguous),
        cmocka_unit_test(test_abort_before_commit_only),
        cmocka_unit_test(test_rollback_after_commit_only),
        cmocka_unit_test(test_one_way_to_commit),
        cmocka_unit_test(test_every_state_is_reached),
        cmocka_unit_test(test_no_dead_ends),
        cmocka_unit_test(test_a_failure_lifts_the_fence),
        cmocka_unit_test(test_the_watchdog_thaws),
        cmocka_unit_test(test_a_stale_green_is_never_used),
        cmocka_unit_test(test_it_comes_to_rest),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_failures_are_told_apart),
        cmocka_unit_test(test_prints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
