/* SPDX-License-Identifier: Apache-2.0
 *
 * chunk.h - how large the next range should be: so large that it takes about the time
 * asked for, by the rate measured so far, and never more than so many bytes.
 */
#ifndef AIRSHIFT_ENGINE_CHUNK_H
#define AIRSHIFT_ENGINE_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

enum { CHUNK_BLOCKS_MIN = 16, CHUNK_BLOCKS_FIRST = 128 };

struct chunk_limits {
    double seconds;
    uint64_t blocks;   /* most blocks of one range, from the limit in bytes */
    unsigned workers;  /* towards the end of a table each should have a share */
    bool scans_it_all; /* the server reads the whole table for each range, however small
                        */
};

/* One job's pace on one session. Zero it to begin. */
struct chunk_pace {
    double blocks_per_second; /* 0: not known yet */
    uint64_t last_blocks;
};

/* Blocks for the next range when `left` of `planned` ones are not handed out; at
 * least 1. */
uint64_t chunk_blocks(const struct chunk_limits *limits, const struct chunk_pace *pace,
                      uint64_t left, uint64_t planned);

/* Notes what a finished range took. */
void chunk_note(struct chunk_pace *pace, uint64_t blocks, double seconds);
/* Notes that a range was too large for the server (out of memory, cancelled): a
 * quarter. */
void chunk_shrink(struct chunk_pace *pace);

#endif
