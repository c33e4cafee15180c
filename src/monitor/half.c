/* SPDX-License-Identifier: Apache-2.0
 *
 * half.c - the doctor's diagnosis, of which one thing is of interest here.
 */
#include "config.h"

#include <string.h>

#include "doctor/doctor.h"
#include "monitor/half.h"

static void report_half(struct arena *arena, const struct diagnosis *diagnosis,
                        struct monitor_report *report)
{
    if (diagnosis->verdict != VERDICT_BETWEEN)
        return;
    if (report->verdict == VERDICT_NOTHING) {
        report->verdict = VERDICT_BROKEN;
        report->sentence =
            "broken off half-way: nothing is migrating, and a revision is "
            "applied in part";
        memset(&report->advice, 0, sizeof(report->advice));
        list_add(arena, &report->advice,
                 "do not run `airflow db migrate` again before: `airshift doctor` says "
                 "what is there and what is missing");
    }
    list_add(arena, &report->evidence,
             arena_printf(arena, "%s is applied in part: %u of its %u changes",
                          diagnosis_place(arena, diagnosis->chain, diagnosis->half),
                          diagnosis->half_done, diagnosis->half_all));
}

void monitor_look_for_half(struct arena *arena, struct connection *connection,
                           const struct url *url, struct monitor_report *report)
{
    struct examination examination = {0};
    struct err problem = {0};

    if (report->verdict != VERDICT_NOTHING)
        return;
    if (doctor_examine(connection, url, &examination, &problem) == 0) {
        report_half(arena, &examination.core, report);
        report_half(arena, &examination.fab, report);
    } else {
        list_add(arena, &report->evidence,
                 arena_printf(arena,
                              "whether a revision is applied in part is not known: %s",
                              problem.text));
    }
    examination_clear(&examination);
}
