/* SPDX-License-Identifier: Apache-2.0
 *
 * swap.h - the moment a fused migration takes effect, and what protects the build before it.
 */
#ifndef AIRSHIFT_MIGRATE_SWAP_H
#define AIRSHIFT_MIGRATE_SWAP_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "compiler/plan.h"

struct swap {
    struct connection *connection; /* keeps the table locks; borrowed */
    struct plan *plan;             /* borrowed */
    bool is_detached;
    double lock_wait_seconds;
    long long archived; /* out: rows in archive tables */
};

/* Makes sure that no write to a table the build reads goes unseen: a guard trigger each
 * (which outlives a kill), then a lock that lets readers through and holds writers until
 * the end. Nothing on a detached server. Leaves a transaction open on the connection. */
int swap_guard_tables(struct swap *swap, struct err *err);

/* Runs the swap transaction and commits it. */
int swap_run(struct swap *swap, struct err *err);

/* In its stead, where only the rows that were set aside are wanted: takes them out of the live
 * tables and removes what was built, in one transaction. */
int swap_set_aside(struct swap *swap, struct err *err);

/* Validates every constraint that a swap left unvalidated. */
int swap_validate_rest(struct connection *connection, struct err *err);

/* Who is in the way, as far as the server tells: ": session ..."; nothing when nobody is. */
void swap_add_lock_holders(struct connection *connection, bool with_readers,
                           struct strbuf *text);

/* SET statements for sessions that build. Static or of the dialect. */
const char *swap_session_settings(const struct connection *connection,
                                  bool is_detached);

#endif
