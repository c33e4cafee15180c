/* SPDX-License-Identifier: Apache-2.0
 *
 * chunk.c - the size of ranges. Grows at most fourfold from one to the next, because
 * the beginning of a table says little about its end, and shrinks at once.
 */
#include "config.h"

#include "engine/chunk.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t chunk_blocks(const struct chunk_limits *limits, const struct chunk_pace *pace,
                      uint64_t left, uint64_t planned)
{
    uint64_t most =
        limits->blocks > CHUNK_BLOCKS_MIN ? limits->blocks : CHUNK_BLOCKS_MIN;
    uint64_t share = left / (2 * (limits->workers > 0 ? limits->workers : 1));
    uint64_t blocks = CHUNK_BLOCKS_FIRST;

    if (limits->scans_it_all) {
        blocks = planned / (limits->workers > 0 ? limits->workers : 1) + 1;
        return blocks;
    }
    if (pace->blocks_per_second > 0) {
        double wanted = pace->blocks_per_second * limits->seconds;

        blocks = wanted < 4e9 ? (uint64_t)wanted : (uint64_t)4e9;
        blocks = least(blocks, 4 * pace->last_blocks);
    }
    blocks = least(blocks, most);
    blocks = least(blocks, share);
    if (blocks < CHUNK_BLOCKS_MIN)
        blocks = CHUNK_BLOCKS_MIN;
    /* No crumbs: what would remain below the minimum goes with this one. */
    if (left > blocks && left - blocks < CHUNK_BLOCKS_MIN)
        blocks = left;
    return blocks;
}

void chunk_note(struct chunk_pace *pace, uint64_t blocks, double seconds)
{
    double rate;

    if (blocks == 0)
        return;
    rate = (double)blocks / (seconds > 1e-4 ? seconds : 1e-4);
    if (pace->blocks_per_second <= 0 || rate < pace->blocks_per_second / 2)
        pace->blocks_per_second = rate;
    else
        pace->blocks_per_second = (pace->blocks_per_second + rate) / 2;
    pace->last_blocks = blocks > CHUNK_BLOCKS_MIN ? blocks : CHUNK_BLOCKS_MIN;
}

void chunk_shrink(struct chunk_pace *pace)
{
    pace->blocks_per_second /= 4;
    pace->last_blocks /= 4;
    if (pace->last_blocks < CHUNK_BLOCKS_MIN)
        pace->last_blocks = CHUNK_BLOCKS_MIN;
}
