/* SPDX-License-Identifier: Apache-2.0
 *
 * lock.c - all tables against writing, at once. LOCK TABLES asks for no privilege of the whole
 * server, as FLUSH TABLES WITH READ LOCK does, and does not wait for readers; but it waits for
 * every open transaction that has written, and new writers wait behind it. So it is asked for
 * briefly, again and again.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "mysql/connection.h"

/* The server counts whole seconds, and writers wait as long as this. */
#define LOCK_TRY "SET SESSION lock_wait_timeout = 2"

/* One try. Who stands in the way after a second is in `blockers`. */
static int try_lock(struct connection *locker, struct connection *other,
                    const struct strbuf *sql, struct strbuf *blockers, struct err *err)
{
    struct sql_result *result;
    struct err ignored;

    strbuf_truncate(blockers, 0);
    if (mysql_send_whole(locker, strbuf_text(sql), sql->length, err) < 0)
        return -1;
    if (connection_wait(locker, mysql_socket_of(locker), false, 1, err) == 0)
        (void)mysql_add_blockers(other, mysql_session_id(locker), blockers, &ignored);
    if (mysql_await_answer(locker, err) < 0 || mysql_poll(locker, &result, err) < 0)
        return -1;
    mysql_result_free(result);
    return 0;
}

/* The server keeps the expression of a default or of a generated column as text, with
 * backslashes, and reads it in the SQL mode of whoever opens the table: in ours a quote behind
 * a backslash ends the text, and the table cannot be opened. An introducer's quote has one
 * backslash in the catalog, such a quote three; pairs of two are backslashes. */
static int explain_expression(struct connection *other, struct err *err)
{
    static const char sql[] =
        "SELECT c.table_name, c.column_name FROM information_schema.columns AS c"
        " WHERE c.table_schema = database() AND (c.extra LIKE '%DEFAULT_GENERATED%'"
        " OR c.generation_expression <> '') AND locate(concat(repeat(char(92), 3), "
        "char(39)),"
        " replace(concat_ws(' ', c.column_default, c.generation_expression),"
        " repeat(char(92), 4), '')) > 0 ORDER BY 1, 2 LIMIT 1";
    struct err first = *err;
    struct sql_result *row = mysql_select(other, sql, 0, NULL, err);

    if (row == NULL || mysql_row_count(row) == 0) {
        mysql_result_free(row);
        *err = first;
        return -1;
    }
    (void)err_set(err, ERR_UNSUPPORTED,
                  "column \"%s\" of table \"%s\" is computed by an expression with a "
                  "quote in a text, which the server cannot read where backslashes do "
                  "not escape",
                  mysql_text(row, 0, 1), mysql_text(row, 0, 0));
    mysql_result_free(row);
    return err_hint(err, "Take the default away for this time, or use --mode detached, "
                         "which does not open such a table of your own.");
}

int mysql_lock_against_writing(struct connection *locker, struct connection *other,
                               const char *const *tables, size_t count,
                               const struct sql_lock_wait *wait,
                               struct strbuf *blockers, struct err *err)
{
    double until = clock_seconds() + wait->seconds;
    struct strbuf sql = STRBUF_INIT;
    bool is_told = false;
    int status;

    for (size_t i = 0; i < count; i++)
        strbuf_addf(&sql, "%s%s READ", i == 0 ? "LOCK TABLES " : ", ", tables[i]);
    status = mysql_exec(locker, LOCK_TRY, err);
    while (status == 0 && count > 0) {
        status = try_lock(locker, other, &sql, blockers, err);
        if (status == 0 || err->category != ERR_LOCK || clock_seconds() >= until)
            break;
        if (!is_told)
            log_info("waiting for %s%s%s", wait->what, blockers->length > 0 ? ": " : "",
                     strbuf_text(blockers));
        is_told = true;
        status = sql_pause(locker, wait->pause_ms, err);
    }
    strbuf_clear(&sql);
    return status < 0 && strcmp(err->sqlstate, "42601") == 0
               ? explain_expression(other, err)
               : status;
}
