/* SPDX-License-Identifier: Apache-2.0
 *
 * test_range.c - positions, halving and gaps. The sets are compared with a plain array
 * of flags under random operations.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/range.h"

static struct range blocks(uint64_t lo, uint64_t hi)
{
    struct range range = {POSITION_OF_BLOCK(lo), POSITION_OF_BLOCK(hi)};

    return range;
}

static void test_text(void **state)
{
    char text[POSITION_TEXT_BYTES];

    (void)state;
    position_text(POSITION_OF_BLOCK(17) + 3, text);
    assert_string_equal(text, "(17,3)");
    position_text(POSITION_END, text);
    assert_string_equal(text, "(4294967295,0)");
}

static void test_blocks(void **state)
{
    struct range part = {POSITION_OF_BLOCK(5) + 1, POSITION_OF_BLOCK(7) + 1};
    struct range open = {POSITION_OF_BLOCK(90), POSITION_END};

    (void)state;
    assert_int_equal(range_blocks(blocks(0, 10), 100), 10);
    assert_int_equal(range_blocks(blocks(95, 110), 100), 5);
    assert_int_equal(range_blocks(blocks(100, 110), 100), 0);
    assert_int_equal(range_blocks(part, 100), 2);
    assert_int_equal(range_blocks(open, 100), 10);
    assert_int_equal(range_blocks(blocks(0, 0), 100), 0);
}

/* Halves until the one place is alone, and counts the steps. */
static unsigned find(struct range range, uint64_t planned, uint64_t place)
{
    unsigned steps = 0;
    struct range left;
    struct range right;

    while (range_split(range, planned, &left, &right)) {
        assert_true(left.lo == range.lo && right.hi == range.hi);
        assert_true(left.hi == right.lo);
        assert_true(left.lo < left.hi && right.lo < right.hi);
        range = place < left.hi ? left : right;
        assert_true(++steps < 100);
    }
    assert_true(range.lo == place && range.hi == place + 1);
    return steps;
}

static void test_split(void **state)
{
    uint64_t seed = 1;
    struct range all = {0, POSITION_END};
    struct range left;
    struct range right;

    (void)state;
    assert_true(range_split(blocks(0, 10), 10, &left, &right));
    assert_true(left.hi == POSITION_OF_BLOCK(5));
    assert_true(find(blocks(0, 16), 16, POSITION_OF_BLOCK(9) + 7) <= 16);
    assert_true(find(blocks(9, 10), 16, POSITION_OF_BLOCK(9) + 1) <= 12);
    for (int i = 0; i < 20000; i++) {
        uint64_t planned;
        uint64_t place;

        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        planned = (seed >> 33) % 1000;
        place = POSITION_OF_BLOCK((seed >> 13) % 3000) + (seed >> 5) % 2100;
        (void)find(all, planned, place);
    }
    (void)find(all, 10, POSITION_END - 1);
}

static void test_take(void **state)
{
    struct gaps gaps = {NULL, 0, 0};
    struct range all = {0, POSITION_END};
    struct range range;
    struct range odd = {POSITION_OF_BLOCK(2) + 5, POSITION_OF_BLOCK(3) + 9};

    (void)state;
    assert_false(gaps_take(&gaps, 16, 100, &range));
    gaps_add(&gaps, all);
    assert_int_equal(gaps_blocks(&gaps, 100), 100);
    assert_true(gaps_take(&gaps, 16, 100, &range));
    assert_true(range.lo == 0 && range.hi == POSITION_OF_BLOCK(16));
    assert_true(gaps_take(&gaps, 83, 100, &range));
    assert_true(range.hi == POSITION_OF_BLOCK(99));
    assert_true(gaps_take(&gaps, 1, 100, &range)); /* the last one has an open end */
    assert_true(range.lo == POSITION_OF_BLOCK(99) && range.hi == POSITION_END);
    assert_int_equal(gaps.count, 0);
    /* An empty table: one range all the same. */
    gaps_add(&gaps, all);
    assert_true(gaps_take(&gaps, 16, 0, &range));
    assert_true(range.lo == 0 && range.hi == POSITION_END);
    /* What a search for a bad row left over. */
    gaps_add(&gaps, odd);
    assert_true(gaps_take(&gaps, 1, 100, &range));
    assert_true(range.lo == odd.lo && range.hi == POSITION_OF_BLOCK(3));
    assert_true(gaps_take(&gaps, 16, 100, &range));
    assert_true(range.lo == POSITION_OF_BLOCK(3) && range.hi == odd.hi);
    assert_int_equal(gaps.count, 0);
    gaps_clear(&gaps);
}

enum { SPACE = 64 };

static void compare(const struct gaps *gaps, const bool *flags)
{
    bool own[SPACE];

    memset(own, 0, sizeof(own));
    for (size_t i = 0; i < gaps->count; i++) {
        assert_true(gaps->items[i].lo < gaps->items[i].hi);
        if (i > 0)
            assert_true(gaps->items[i - 1].hi < gaps->items[i].lo);
        for (uint64_t k = gaps->items[i].lo; k < gaps->items[i].hi; k++)
            own[k] = true;
    }
    assert_memory_equal(own, flags, sizeof(own));
}

static void test_random(void **state)
{
    struct gaps gaps = {NULL, 0, 0};
    bool flags[SPACE];
    uint64_t seed = 7;

    (void)state;
    memset(flags, 0, sizeof(flags));
    for (int i = 0; i < 50000; i++) {
        struct range range;
        bool is_add;

        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        range.lo = (seed >> 33) % SPACE;
        range.hi = range.lo + (seed >> 43) % 9;
        range.hi = range.hi < SPACE ? range.hi : SPACE;
        is_add = seed >> 62 & 1;
        if (is_add)
            gaps_add(&gaps, range);
        else
            gaps_remove(&gaps, range);
        for (uint64_t k = range.lo; k < range.hi; k++)
            flags[k] = is_add;
        compare(&gaps, flags);
    }
    gaps_clear(&gaps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),   cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_split),  cmocka_unit_test(test_take),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
