/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor.h - what revision a database is really at, what is wrong with it, and what to do.
 */
#ifndef AIRSHIFT_DOCTOR_DOCTOR_H
#define AIRSHIFT_DOCTOR_DOCTOR_H

#include "doctor/diagnose.h"
#include "doctor/leftovers.h"
#include "migrate/run_state.h"

struct doctor_options {
    const struct url *url;
    bool repairs;      /* shows what a repair does */
    bool is_confirmed; /* and does it */
    bool drops_moved;  /* tables with rows that were the user's, too */
    const char
        *revision; /* among those that the catalog does not tell apart; or NULL */
    bool is_json;
};

struct examination {
    struct arena *arena; /* owns all that is here */
    struct atlas atlas;
    const char *schema;
    struct catalog *live;
    struct diagnosis core;
    struct diagnosis fab;
    struct list leftovers; /* struct leftover * */
    struct list own;       /* const char *: tables and columns that are nobody's but the
                            * user's */
    struct run_state run;  /* of the fused executor */
    bool is_chain;         /* a run of the chain executor is recorded */
    bool is_at_work;       /* somebody has Airflow's migration lock */
    double seconds;        /* that the examination took */
};

/* Reads only. */
int doctor_examine(struct connection *connection, const struct url *url,
                   struct examination *examination, struct err *err);
void examination_clear(struct examination *examination);

/* Whether a person has something to do. */
bool examination_is_bad(const struct examination *examination);

/* The statements of a repair (const char *), in their order; none where there is nothing to
 * repair. An error (ERR_STATE) where it is not certain what to do. */
int doctor_plan_repair(const struct doctor_options *options,
                       struct examination *examination, struct list *statements,
                       struct err *err);
/* Runs them in one transaction, where the server can. */
int doctor_repair(struct connection *connection, const struct list *statements,
                  struct err *err);

void doctor_print_text(struct examination *examination, const struct url *url);
/* `statements`: of a repair that was made; NULL for none. */
void doctor_print_json(const struct examination *examination,
                       const struct list *statements);

/* All of it. *is_bad: after a repair, if there was one. */
int doctor_run(const struct doctor_options *options, bool *is_bad, struct err *err);

#endif
