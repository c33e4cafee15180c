/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.h - the state schema: which jobs and which ranges are done. The SQL that
 * records goes into the transaction of the work itself.
 */
#ifndef AIRSHIFT_ENGINE_CHECKPOINT_H
#define AIRSHIFT_ENGINE_CHECKPOINT_H

#include "engine/run.h"

/* Reads what is done into engine->runs, and works out the gaps: all of a table, less
 * what is recorded, less what sessions are at work on. Also adds missing rows of the
 * job table. */
int checkpoint_load(struct engine *engine, struct connection *connection,
                    struct err *err);

/* Add a statement, with "; " at its end, that records ... */
void checkpoint_add_start(struct strbuf *sql, const char *schema, const char *id);
void checkpoint_add_range(struct strbuf *sql, const char *schema, const char *id,
                          struct range range, long long rows);
/* ... that the job is done; `rows` negative: as many as its ranges. */
void checkpoint_add_finish(struct strbuf *sql, const char *schema, const char *id,
                           long long rows, bool has_ranges);

#endif
