/* SPDX-License-Identifier: Apache-2.0
 *
 * judge.h - what two looks and the samples between them say of a migration. It asks no
 * server and changes nothing.
 */
#ifndef AIRSHIFT_MONITOR_JUDGE_H
#define AIRSHIFT_MONITOR_JUDGE_H

#include "monitor/look.h"

enum monitor_verdict {
    VERDICT_MOVING,  /* works, and something was seen to move */
    VERDICT_SLOW,    /* works, but nothing was seen to move */
    VERDICT_WAITING, /* somebody stands in its way */
    VERDICT_IDLE,    /* its sessions are there and nobody asks anything of them */
    VERDICT_BROKEN,  /* a migration of airshift's was broken off half-way */
    VERDICT_NOTHING, /* nothing is migrating */
};

/* Whether a session may be ended. */
enum monitor_safety {
    SAFETY_SAFE,  /* nothing but its open transaction is lost */
    SAFETY_LOSES, /* somebody loses what he was doing */
    SAFETY_NEVER,
};

struct monitor_report {
    enum monitor_verdict verdict;
    const char *sentence;     /* the verdict in words */
    struct list evidence;     /* const char * */
    struct list advice;       /* const char *: what to do */
    double seconds;           /* between the looks */
    double remaining;         /* seconds; negative: not known */
    const char *remaining_of; /* what takes that long; or why it is not known */
};

/* Texts live in the arena. */
void monitor_judge(struct arena *arena, const struct monitor_look *before,
                   const struct monitor_look *after,
                   const struct monitor_samples *samples,
                   struct monitor_report *report);

/* "moving", "slow", ... */
const char *monitor_verdict_name(enum monitor_verdict verdict);
const char *monitor_safety_name(enum monitor_safety safety);

/* What comes of ending that session, for a person. */
enum monitor_safety monitor_ending(struct arena *arena, const struct monitor_look *look,
                                   const struct monitor_session *session,
                                   const char **text);

/* It waits for somebody who is not of the migration, or who waits for such a one. */
bool monitor_is_held_up(const struct monitor_look *look,
                        const struct monitor_session *session);

/* What the samples saw the session do: "Lock/relation 12 of 12"; "" without samples. */
const char *monitor_profile(struct arena *arena, const struct monitor_samples *samples,
                            long long pid);

/* The look's value of a counter or a table that `before` had, too; NULL for none. */
const struct monitor_counter *monitor_counter_before(const struct monitor_look *before,
                                                     const char *name);
const struct monitor_table *monitor_table_before(const struct monitor_look *before,
                                                 const char *name);

/* "12.3 MB", "1,234 rows". */
void monitor_add_amount(struct strbuf *out, double value, const char *unit);

#endif
