/* SPDX-License-Identifier: Apache-2.0
 *
 * intern.h - numbers for strings: the same string has the same number, from 1 on, so that
 * hundreds of catalogs can be compared by number.
 */
#ifndef AIRSHIFT_DOCTOR_INTERN_H
#define AIRSHIFT_DOCTOR_INTERN_H

#include "base/arena.h"

struct intern {
    struct arena *arena;
    struct list texts; /* const char *: number n is at n - 1 */
    unsigned *slots;   /* hash table of numbers; 0: free */
    size_t slot_count; /* a power of two */
};

/* Strings live in the arena. */
void intern_start(struct intern *intern, struct arena *arena);

/* The string's number, a new one where it is new. */
unsigned intern_number(struct intern *intern, const char *text);

/* The string of a number that was given out. */
const char *intern_text(const struct intern *intern, unsigned number);

#endif
