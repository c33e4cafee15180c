/* SPDX-License-Identifier: Apache-2.0
 *
 * range.h - stretches of a table, and which of them are still to be done. Arithmetic
 * only.
 *
 * A position is a row's address: block number times 65536 plus the row's place in the
 * block. A range is lo <= position < hi. Ranges that are handed out begin and end at
 * blocks; only the search for a bad row goes below.
 */
#ifndef AIRSHIFT_ENGINE_RANGE_H
#define AIRSHIFT_ENGINE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POSITION_OF_BLOCK(block) ((uint64_t)(block) << 16)
/* The end of the last range: blocks that came after planning belong to it. */
#define POSITION_END POSITION_OF_BLOCK(4294967295U)

enum { POSITION_TEXT_BYTES = 32 };

struct range {
    uint64_t lo;
    uint64_t hi;
};

/* "(block,place)", as the statements take it. */
void position_text(uint64_t position, char text[POSITION_TEXT_BYTES]);

/* How many of the first `planned` blocks the range covers; a part of a block counts
 * where it has the block's beginning. */
uint64_t range_blocks(struct range range, uint64_t planned);

/* Cuts a range in two, first between blocks, then within the last one. False when it
 * holds one place only. */
bool range_split(struct range range, uint64_t planned, struct range *left,
                 struct range *right);

/* Ranges in ascending order that do not touch. Zero it to make it empty. */
struct gaps {
    struct range *items;
    size_t count;
    size_t capacity;
};

void gaps_clear(struct gaps *gaps);
/* Puts a range in; parts that are there already stay. */
void gaps_add(struct gaps *gaps, struct range range);
/* Takes a range out; parts that are not there do not matter. Fast at the far end. */
void gaps_remove(struct gaps *gaps, struct range range);
/* Takes up to `blocks` blocks from the near end. When fewer than that are left of the
 * planned ones in the first gap, all of the gap. False when nothing is left. */
bool gaps_take(struct gaps *gaps, uint64_t blocks, uint64_t planned,
               struct range *range);
/* Planned blocks in all of them. */
uint64_t gaps_blocks(const struct gaps *gaps, uint64_t planned);

#endif
