/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper.c - sessions that keep a table each until the RENAME is next in the queue for it.
 *
 * A keeper's statement is a RENAME, too, as nothing else takes one table exclusively and no
 * other beside it. It must not succeed: it names a table that there is not, and waits for the gate
 * until it is cancelled.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "migrate/hold_internal.h"
#include "state/fault.h"

enum { TURN_MS = 1 };

/* --- what the server shows --------------------------------------------------------- */

int handover_look(struct handover *handover)
{
    const struct hold_options *options = &handover->hold->options;
    const char *values[2] = {options->live_schema, options->new_schema};

    sql_result_free(handover->locks);
    handover->locks =
        server_query(options->connection, "hold_locks", 2, values, handover->err);
    return handover->locks != NULL ? 0 : -1;
}

/* Whether the session was seen with, or waiting for, that table. */
bool handover_saw(const struct handover *handover, const struct connection *session,
                  const char *status, const char *schema, const char *table)
{
    long long id = sql_session_id(session);

    for (size_t i = 0; i < sql_row_count(handover->locks); i++) {
        if (sql_integer(handover->locks, i, 0) == id &&
            strcmp(sql_text(handover->locks, i, 1), status) == 0 &&
            strcmp(sql_text(handover->locks, i, 2), schema) == 0 &&
            strcmp(sql_text(handover->locks, i, 3), table) == 0)
            return true;
    }
    return false;
}

bool handover_waits_for(const struct handover *handover, const char *schema,
                        const char *table)
{
    return handover_saw(handover, handover->renamer, "PENDING", schema, table);
}

bool keeper_is_queued(const struct handover *handover, const struct keeper *keeper)
{
    return handover_saw(handover, keeper->session, "PENDING",
                        handover->hold->options.live_schema, keeper->table);
}

/* It has its table, and waits at the gate. */
bool keeper_keeps(const struct handover *handover, const struct keeper *keeper)
{
    return handover_saw(handover, keeper->session, "GRANTED",
                        handover->hold->options.live_schema, keeper->table);
}

/* --- their sessions ---------------------------------------------------------------- */

static struct connection *open_keeper(struct hold *hold, const struct list *tables,
                                      struct err *err)
{
    struct connection *session = hold_open(hold, "keeper", err);

    if (session != NULL)
        return session;
    (void)err_wrap(err, "one of %zu sessions for the exchange", tables->count + 1);
    (void)err_hint(err, "Raise max_connections, or end other sessions. Nothing was "
                        "changed.");
    return NULL;
}

int hold_prepare(struct hold *hold, const struct list *tables, struct err *err)
{
    hold->gate = open_keeper(hold, tables, err);
    if (hold->gate == NULL)
        return -1;
    hold->keepers = xcalloc(tables->count + 1, sizeof(*hold->keepers));
    for (size_t i = 0; i < tables->count; i++) {
        hold->keepers[i].table = arena_strdup(hold->options.arena, tables->items[i]);
        hold->keepers[i].session = open_keeper(hold, tables, err);
        if (hold->keepers[i].session == NULL)
            return -1;
        hold->count++;
    }
    return 0;
}

int handover_turn(struct handover *handover)
{
    int status = wait_turn(&handover->deadline, TURN_MS, "the exchange", handover->err);
    struct strbuf blockers = STRBUF_INIT;
    struct err ignored;

    if (status == 0 || handover->err->category != ERR_TIMEOUT)
        return status;
    if (handover->is_sent)
        (void)sql_add_blockers(handover->hold->options.connection,
                               sql_session_id(handover->renamer), &blockers, &ignored);
    (void)err_set(handover->err, ERR_LOCK, "no lock for the exchange of the tables%s%s",
                  blockers.length > 0 ? ": " : "", strbuf_text(&blockers));
    strbuf_clear(&blockers);
    return err_hint(handover->err,
                    "End the sessions that use Airflow's tables, and run "
                    "the same command again.");
}

/* "airflow_airshift_new.airshift_gate" */
void handover_add_new(const struct handover *handover, struct strbuf *sql,
                      const char *table)
{
    sql_add_name(sql, handover->hold->options.new_schema);
    strbuf_addf(sql, ".%s", table);
}

/* --- one of them ------------------------------------------------------------------- */

int keeper_send(struct handover *handover, struct keeper *keeper)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "RENAME TABLE ");
    handover_add_new(handover, &sql, "airshift_never TO ");
    handover_add_new(handover, &sql, "airshift_never_2, ");
    sql_add_name(&sql, handover->hold->options.live_schema);
    strbuf_add_char(&sql, '.');
    sql_add_name(&sql, keeper->table);
    strbuf_add_string(&sql, " TO ");
    handover_add_new(handover, &sql, "airshift_never, ");
    handover_add_new(handover, &sql, HOLD_GATE " TO ");
    handover_add_new(handover, &sql, "airshift_never_3");
    status = sql_send(keeper->session, strbuf_text(&sql), 0, NULL, handover->err);
    strbuf_clear(&sql);
    keeper->is_sent = status == 0;
    return status;
}

/* A keeper's statement ends when it is told to, and not before. */
static int poll_keeper(struct handover *handover, struct keeper *keeper,
                       bool *has_ended)
{
    struct sql_result *result = NULL;
    int step;

    *has_ended = false;
    if (!keeper->is_sent || keeper->is_released)
        return 0;
    step = sql_poll(keeper->session, &result, handover->err);
    sql_result_free(result);
    *has_ended = step != 0;
    return step == 0 || sql_is_alive(keeper->session)
               ? 0
               : err_wrap(handover->err, "table \"%s\" was not kept", keeper->table);
}

int keeper_end(struct handover *handover, struct keeper *keeper)
{
    struct strbuf sql = STRBUF_INIT;
    bool has_ended = false;
    int status;

    strbuf_addf(&sql, "KILL QUERY %lld", sql_session_id(keeper->session));
    status =
        sql_exec(handover->hold->options.connection, strbuf_text(&sql), handover->err);
    strbuf_clear(&sql);
    while (status == 0 && !has_ended) {
        status = poll_keeper(handover, keeper, &has_ended);
        if (status == 0 && !has_ended)
            status = handover_turn(handover);
    }
    return status;
}

/* It had its table until now, and the RENAME was seen next in the queue. */
int keeper_release(struct handover *handover, struct keeper *keeper)
{
    bool has_ended = false;
    int status = poll_keeper(handover, keeper, &has_ended);

    if (status == 0 && has_ended)
        status = err_set(handover->err, ERR_STATE,
                         "table \"%s\" was not kept from others all the time",
                         keeper->table);
    if (status != 0)
        return -1;
    status = keeper_end(handover, keeper);
    keeper->is_released = status == 0;
    fault_point("hold-keeper", "released");
    return status;
}
