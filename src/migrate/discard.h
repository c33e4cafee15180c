/* SPDX-License-Identifier: Apache-2.0
 *
 * discard.h - gives an interrupted migration up, on request.
 */
#ifndef AIRSHIFT_MIGRATE_DISCARD_H
#define AIRSHIFT_MIGRATE_DISCARD_H

#include <stdbool.h>

#include "dialect.h"

/* Removes what an interrupted run of the fused executor has built, guards and memory
 * included; the old tables were never touched. *was_there: there was something. ERR_STATE
 * where the database is at its new version already or in the middle of a chain. The
 * caller holds Airflow's migration lock. */
int discard_build(struct connection *connection, bool *was_there, struct err *err)
    __attribute__((warn_unused_result));

#endif
