/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c - one question to two servers, which work on it at the same time.
 */
#include "config.h"

#include <poll.h>

#include "interrupt.h"
#include "verify/against.h"

enum { TURN_MS = 200 };

static void show(struct against *against)
{
    struct progress *progress = against->verify->progress;

    if (progress != NULL && progress_is_due(progress))
        progress_show(progress, against->items, against->count);
}

static int of_side(struct against *against, enum counterpart_side side)
{
    return err_wrap(against->verify->err, side == SIDE_ACTUAL
                                              ? "the migrated database"
                                              : "the database of --against");
}

static void cancel(struct against *against, const bool is_asked[2])
{
    for (int side = 0; side < 2; side++) {
        if (is_asked[side])
            sql_cancel(against->side[side]);
    }
}

/* Reads whatever has come. */
static int turn(struct against *against, bool is_asked[2],
                struct sql_result *results[2])
{
    for (int side = 0; side < 2; side++) {
        int status = is_asked[side] ? sql_poll(against->side[side], &results[side],
                                               against->verify->err)
                                    : 0;

        if (status == 0)
            continue;
        is_asked[side] = false;
        if (status < 0)
            return of_side(against, (enum counterpart_side)side);
    }
    return 0;
}

static int await_both(struct against *against, bool is_asked[2],
                      struct sql_result *results[2])
{
    bool is_cancelled = false;

    while (is_asked[0] || is_asked[1]) {
        struct pollfd waiting[2];

        for (int side = 0; side < 2; side++)
            waiting[side] = (struct pollfd){
                is_asked[side] ? sql_socket(against->side[side]) : -1, POLLIN, 0};
        (void)poll(waiting, 2, TURN_MS);
        if (interrupt_is_asked() && !is_cancelled) {
            cancel(against, is_asked);
            is_cancelled = true;
        }
        if (turn(against, is_asked, results) != 0)
            return -1;
        show(against);
    }
    return 0;
}

/* The answers are read as they come: a server waits a minute for somebody to take a long one,
 * and then ends the session. */
int against_ask(struct against *against, const char *const sql[2],
                struct sql_result *results[2])
{
    struct err *err = against->verify->err;
    bool is_asked[2] = {false, false};
    int status = 0;

    results[SIDE_EXPECTED] = results[SIDE_ACTUAL] = NULL;
    for (int side = 0; side < 2 && status == 0; side++) {
        const char *text =
            side == SIDE_EXPECTED
                ? side_tables_reach(&against->side_tables, sql[side], err)
                : sql[side];

        status = text != NULL ? sql_send(against->side[side], text, 0, NULL, err) : -1;
        if (status == 0)
            is_asked[side] = true;
        else
            (void)of_side(against, (enum counterpart_side)side);
    }
    if (status == 0)
        status = await_both(against, is_asked, results);
    if (status == 0)
        return 0;
    cancel(against, is_asked);
    against_free(results);
    return -1;
}

void against_free(struct sql_result *results[2])
{
    for (int side = 0; side < 2; side++) {
        sql_result_free(results[side]);
        results[side] = NULL;
    }
}
