/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - which rows of which table are old, as `airflow db clean` has it, for all
 * versions at once. What a version does not have is not looked at.
 */
#ifndef AIRSHIFT_CLEAN_RULES_H
#define AIRSHIFT_CLEAN_RULES_H

#include <stddef.h>

enum { RULE_NEEDS_MOST = 3, RULE_KEEPS_MOST = 2 };

struct clean_rule {
    const char *table;
    const char *column; /* a row is old by it; never where it is NULL */
    const char
        *needs[RULE_NEEDS_MOST]; /* tables cleaned before, whenever this one is */
    const char *filter;          /* and only these, of the row s; NULL: all */
    const char *group;           /* the newest row of each stays; NULL: none */
    /* Of these rows the newest stays: the first whose column is there. */
    struct {
        const char *column;
        const char *filter;
    } keeps[RULE_KEEPS_MOST];
};

/* In the order in which they are cleaned: rows before those they refer to. */
extern const struct clean_rule clean_rules[];
extern const size_t clean_rule_count;

/* The index in clean_rules; -1 where there is none. */
int clean_rule_find(const char *table, size_t length);

#endif
