/* SPDX-License-Identifier: Apache-2.0
 *
 * preflight.h - what to know of a database, its server and Airflow before a migration: a
 * list of findings, each with a light, and what to do about it. Reads only.
 */
#ifndef AIRSHIFT_PREFLIGHT_PREFLIGHT_H
#define AIRSHIFT_PREFLIGHT_PREFLIGHT_H

#include "compiler/estimate.h"

enum light {
    LIGHT_RED,    /* do not begin */
    LIGHT_YELLOW, /* know it, and decide */
    LIGHT_GREEN,
    LIGHT_COUNT,
};

struct finding {
    enum light light;
    const char *topic;  /* "time zone" */
    const char *text;   /* what is so */
    const char *advice; /* what to do, sentences; NULL for nothing */
};

struct preflight_options {
    const struct url *url;
    struct plan_target target;
    double long_seconds; /* a transaction or a lag that is too old */
    unsigned workers;    /* of the migration to come */
};

struct preflight {
    struct arena *arena;
    const char *database; /* for a person */
    const char *time;     /* the server's, UTC */
    struct list findings; /* struct finding *, in the order of the looks */
    struct plan plan;     /* empty where none could be made */
    struct plan_estimate estimate;
    bool has_plan;
};

/* A finding is no error: that is where one could not look. A statement that the server
 * refuses is a yellow finding. Cleared with preflight_clear(), also after an error. */
int preflight_look(const struct preflight_options *options, struct preflight *preflight,
                   struct err *err);
void preflight_clear(struct preflight *preflight);

const char *light_name(enum light light);
size_t preflight_count(const struct preflight *preflight, enum light light);

/* One page, with colours on a terminal. */
void preflight_print_text(const struct preflight *preflight, bool has_colours);
void preflight_print_json(const struct preflight *preflight);

#endif
