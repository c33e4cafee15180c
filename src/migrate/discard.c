/* SPDX-License-Identifier: Apache-2.0
 *
 * discard.c - whether what an interrupted migration left may be removed. It removes
 * nothing that a finished or a half-finished database needs.
 */
#include "config.h"

#include "migrate/chain.h"
#include "migrate/discard.h"
#include "migrate/run_state.h"

static int discard(struct connection *connection, struct arena *arena, bool *was_there,
                   struct err *err)
{
    struct run_state state;
    bool is_chain = false;

    if (chain_is_begun(connection, &is_chain, err) != 0 ||
        run_state_read(connection, arena, &state, err) != 0)
        return -1;
    if (is_chain || state.phase == RUN_SWAPPED) {
        (void)err_set(err, ERR_STATE,
                      is_chain
                          ? "a migration revision by revision cannot be undone"
                          : "the database is at its new version already: only checks "
                            "are left");
        return err_hint(err, "Finish it: run the same command without --discard%s.",
                        is_chain ? ", with --executor chain" : "");
    }
    *was_there = state.phase == RUN_BUILD;
    return *was_there ? run_state_discard(connection, err) : 0;
}

int discard_build(struct connection *connection, bool *was_there, struct err *err)
{
    struct arena *arena = arena_new();
    int status = discard(connection, arena, was_there, err);

    arena_free(arena);
    return status;
}
