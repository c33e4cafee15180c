/* SPDX-License-Identifier: Apache-2.0
 *
 * range.c - positions, halving and the sets of ranges that remain.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/range.h"

/* No server puts more rows into a block (PostgreSQL: 291 in 8 KB, 1169 in 32 KB). */
enum { PLACES_PER_BLOCK = 2048 };

void position_text(uint64_t position, char text[POSITION_TEXT_BYTES])
{
    (void)snprintf(text, POSITION_TEXT_BYTES, "(%" PRIu64 ",%" PRIu64 ")",
                   position >> 16, position & 0xffff);
}

/* The first block that begins at or after the position. */
static uint64_t block_from(uint64_t position)
{
    return (position + 0xffff) >> 16;
}

uint64_t range_blocks(struct range range, uint64_t planned)
{
    uint64_t lo = block_from(range.lo);
    uint64_t hi = block_from(range.hi);

    lo = lo < planned ? lo : planned;
    hi = hi < planned ? hi : planned;
    return hi > lo ? hi - lo : 0;
}

/* Where to cut between blocks. An open end is approached in growing steps, because
 * nobody knows how many blocks there are. */
static uint64_t middle_block(struct range range, uint64_t planned)
{
    uint64_t lo = range.lo >> 16;
    uint64_t hi = range.hi >> 16;
    uint64_t step = planned > lo ? 1 : 2 * (lo - planned + 1);

    if (range.hi != POSITION_END || step >= hi - lo)
        return lo + (hi - lo) / 2;
    return planned > lo + 1 ? lo + (planned + 1 - lo) / 2 : lo + step;
}

bool range_split(struct range range, uint64_t planned, struct range *left,
                 struct range *right)
{
    uint64_t block = range.lo >> 16;
    uint64_t middle;

    if (range.hi - range.lo <= 1)
        return false;
    middle = POSITION_OF_BLOCK(middle_block(range, planned));
    if (middle <= range.lo || middle >= range.hi) {
        uint64_t end = POSITION_OF_BLOCK(block + 1);

        if (range.hi > end) {
            middle = end; /* the rest of one block, and more */
        } else {
            uint64_t last = POSITION_OF_BLOCK(block) + PLACES_PER_BLOCK;

            if (range.hi < last || range.lo >= last)
                last = range.hi;
            middle = range.lo + (last - range.lo) / 2;
            if (middle == range.lo)
                middle++;
        }
    }
    left->lo = range.lo;
    left->hi = middle;
    right->lo = middle;
    right->hi = range.hi;
    return true;
}

void gaps_clear(struct gaps *gaps)
{
    free(gaps->items);
    memset(gaps, 0, sizeof(*gaps));
}

static void insert_at(struct gaps *gaps, size_t at, struct range range)
{
    if (gaps->count == gaps->capacity) {
        gaps->capacity = gaps->capacity > 0 ? 2 * gaps->capacity : 8;
        gaps->items = xrealloc(gaps->items, gaps->capacity * sizeof(*gaps->items));
    }
    memmove(gaps->items + at + 1, gaps->items + at,
            (gaps->count - at) * sizeof(*gaps->items));
    gaps->items[at] = range;
    gaps->count++;
}

static void delete_at(struct gaps *gaps, size_t at, size_t count)
{
    if (count == 0)
        return;
    gaps->count -= count;
    memmove(gaps->items + at, gaps->items + at + count,
            (gaps->count - at) * sizeof(*gaps->items));
}

void gaps_add(struct gaps *gaps, struct range range)
{
    size_t at = 0;
    size_t stop;

    if (range.lo >= range.hi)
        return;
    while (at < gaps->count && gaps->items[at].hi < range.lo)
        at++;
    for (stop = at; stop < gaps->count && gaps->items[stop].lo <= range.hi; stop++) {
        if (gaps->items[stop].lo < range.lo)
            range.lo = gaps->items[stop].lo;
        if (gaps->items[stop].hi > range.hi)
            range.hi = gaps->items[stop].hi;
    }
    delete_at(gaps, at, stop - at);
    insert_at(gaps, at, range);
}

void gaps_remove(struct gaps *gaps, struct range range)
{
    if (range.lo >= range.hi)
        return;
    for (size_t i = gaps->count; i > 0 && gaps->items[i - 1].hi > range.lo; i--) {
        struct range *gap = &gaps->items[i - 1];
        struct range after = {range.hi, gap->hi};

        if (gap->lo >= range.hi)
            continue;
        if (gap->lo >= range.lo && gap->hi <= range.hi) {
            delete_at(gaps, i - 1, 1);
        } else if (gap->lo >= range.lo) {
            gap->lo = range.hi;
        } else {
            gap->hi = range.lo;
            if (after.hi > after.lo)
                insert_at(gaps, i, after);
        }
    }
}

bool gaps_take(struct gaps *gaps, uint64_t blocks, uint64_t planned,
               struct range *range)
{
    struct range *first = gaps->items;
    uint64_t stop;

    if (gaps->count == 0)
        return false;
    *range = *first;
    stop = (first->lo >> 16) + (blocks > 0 ? blocks : 1);
    if (stop >= planned || POSITION_OF_BLOCK(stop) >= first->hi) {
        delete_at(gaps, 0, 1);
        return true;
    }
    range->hi = POSITION_OF_BLOCK(stop);
    first->lo = range->hi;
    return true;
}

uint64_t gaps_blocks(const struct gaps *gaps, uint64_t planned)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < gaps->count; i++)
        sum += range_blocks(gaps->items[i], planned);
    return sum;
}
