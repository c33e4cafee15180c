/* SPDX-License-Identifier: Apache-2.0
 *
 * show.h - a report, for a person and for a program.
 */
#ifndef AIRSHIFT_MONITOR_SHOW_H
#define AIRSHIFT_MONITOR_SHOW_H

#include "monitor/judge.h"

struct monitor_shown {
    const struct monitor_look *before;
    const struct monitor_look *after;
    const struct monitor_samples *samples;
    const struct monitor_report *report;
};

/* The verdict comes last, because that is where a terminal's cursor stays. */
void monitor_add_text(struct strbuf *out, const struct monitor_shown *shown);
/* One object on one line. */
void monitor_add_json(struct strbuf *out, const struct monitor_shown *shown);

#endif
