/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.h - what a switch has done and is about to do, on disk before it is done.
 *
 * One text file, appended to, fsynced after each record. A record is one line:
 *
 *     <number> TAB <UTC time> TAB <kind> { TAB <key>=<value> } TAB sum=<8 hex digits>
 *
 * Kinds: open (the first: format_version, switch), begin and end of an action, fail,
 * fact (something a later step must know, such as what a setting was before), note. A
 * line that a crash cut short is dropped when the file is read; a damaged line anywhere
 * else is an error. Never holds a secret. States and actions are words here: the
 * meaning is fsm/'s.
 */
#ifndef AIRSHIFT_STATE_JOURNAL_H
#define AIRSHIFT_STATE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { JOURNAL_FORMAT_VERSION = 1 };

struct journal;

struct journal_record {
    unsigned long number;
    const char *time; /* 2026-11-21T03:55:03.120Z */
    const char *kind;
    size_t count;
    const char *const *keys;
    const char *const *values;
};

enum journal_mode {
    JOURNAL_READ,  /* no lock taken, nothing written; NULL with ERR_STATE if there is
                      none */
    JOURNAL_WRITE, /* takes the lock of the state directory; makes what is missing */
    JOURNAL_DRY,   /* reads what there is; what is appended stays in memory */
};

/* Opens the journal in a state directory. ERR_LOCK when another process holds it. */
struct journal *journal_open(const char *directory, enum journal_mode mode,
                             struct err *err);
void journal_close(struct journal *journal); /* accepts NULL */

/* Puts the journal of a switch that is over aside as journal.<switch> and begins anew.
 */
int journal_renew(struct journal *journal, struct err *err)
    __attribute__((warn_unused_result));

const char *journal_switch(const struct journal *journal); /* its id: [a-z0-9_]+ */
const char *journal_state(const struct journal *journal);  /* "" before the first end */
/* The action that has begun and neither ended nor failed; NULL for none. */
const char *journal_pending(const struct journal *journal);
/* The last "fail" record if nothing has ended since; NULL for none. */
const struct journal_record *journal_failure(const struct journal *journal);

/* `step` of a record, as AIRSHIFT_TEST_KILL_AT names it: "<action>.begin",
 * "<action>.end",
 * "<action>.fail" and "fact.<key>". */
int journal_begin(struct journal *journal, const char *state, const char *event,
                  const char *action, struct err *err)
    __attribute__((warn_unused_result));
int journal_end(struct journal *journal, const char *action, const char *state,
                struct err *err) __attribute__((warn_unused_result));
int journal_fail(struct journal *journal, const char *action, const char *failure,
                 const char *state, const char *text, struct err *err)
    __attribute__((warn_unused_result));

/* Remembers a fact; a fact that is known with this value already is not written again.
 */
int journal_set_fact(struct journal *journal, const char *key, const char *value,
                     struct err *err) __attribute__((warn_unused_result));
int journal_set_number(struct journal *journal, const char *key, long long value,
                       struct err *err) __attribute__((warn_unused_result));
/* The newest value; NULL where it was never set. Borrowed until the fact is set again.
 */
const char *journal_fact(const struct journal *journal, const char *key);
long long journal_number(const struct journal *journal, const char *key,
                         long long missing);

size_t journal_record_count(const struct journal *journal);
const struct journal_record *journal_record(const struct journal *journal,
                                            size_t index);
/* The value of a key of a record; "" where it has none. */
const char *journal_value(const struct journal_record *record, const char *key);

#endif
