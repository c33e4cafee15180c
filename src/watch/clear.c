/* SPDX-License-Identifier: Apache-2.0
 *
 * clear.c - the statement watch_stuck.sql of the server lists the tasks, and with each the
 * statement that clears it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/server_sql.h"
#include "engine/progress.h"
#include "watch/clear.h"

struct counts {
    long long listed;
    long long cleared;
};

/* The order of the columns. */
enum { DAG, STATE, SECONDS, TASK, RUN, MAP_INDEX, STATEMENT };

static void add_line(struct strbuf *out, const struct sql_result *rows, size_t row,
                     bool is_critical, const char *verb)
{
    strbuf_addf(out, "  %s: %s%s: %s of %s", verb, sql_text(rows, row, DAG),
                is_critical ? " (critical)" : "", sql_text(rows, row, TASK),
                sql_text(rows, row, RUN));
    if (sql_integer(rows, row, MAP_INDEX) >= 0)
        strbuf_addf(out, " [%lld]", sql_integer(rows, row, MAP_INDEX));
    strbuf_addf(out, ", %s for ", sql_text(rows, row, STATE));
    progress_add_time(out, strtod(sql_text(rows, row, SECONDS), NULL));
    strbuf_add_char(out, '\n');
}

static int clear_one(struct connection *connection, const struct sql_result *rows,
                     size_t row, bool is_critical,
                     const struct watch_clearing *clearing, struct counts *counts,
                     struct strbuf *out, struct err *err)
{
    struct sql_result *result;
    bool has_gone_on;

    counts->listed++;
    if (!clearing->is_done) {
        add_line(out, rows, row, is_critical, "would clear");
        return 0;
    }
    result = sql_query(connection, sql_text(rows, row, STATEMENT), 0, NULL, err);
    if (result == NULL)
        return err_wrap(err, "clearing %s of %s", sql_text(rows, row, TASK),
                        sql_text(rows, row, DAG));
    has_gone_on = sql_affected(result) == 0;
    sql_result_free(result);
    counts->cleared += !has_gone_on;
    add_line(out, rows, row, is_critical,
             has_gone_on ? "left alone, it has gone on" : "cleared");
    return 0;
}

int watch_clear(struct connection *connection, const struct watch_limits *limits,
                const struct list *critical, const struct watch_look *look,
                const struct watch_clearing *clearing, struct strbuf *out,
                struct err *err)
{
    char seconds[32];
    const char *const parameters[1] = {seconds};
    struct counts counts = {0, 0};
    struct sql_result *rows;
    int status = 0;

    (void)snprintf(seconds, sizeof(seconds), "%.0f", limits->stuck_seconds);
    rows = server_query(connection, "watch_stuck", 1, parameters, err);
    if (rows == NULL)
        return -1;
    for (int turn = 0; turn < (clearing->only_first ? 1 : 2); turn++) {
        for (size_t i = 0; status == 0 && i < sql_row_count(rows); i++) {
            const char *dag = sql_text(rows, i, DAG);
            bool is_critical = list_has_text(critical, dag);

            if (is_critical == (turn == 0) &&
                !watch_may_wait(look, dag, sql_text(rows, i, STATE)))
                status = clear_one(connection, rows, i, is_critical, clearing, &counts,
                                   out, err);
        }
    }
    sql_result_free(rows);
    if (status == 0 && clearing->is_done)
        strbuf_addf(out, "%lld of %lld tasks cleared: the scheduler takes them anew\n",
                    counts.cleared, counts.listed);
    else if (status == 0 && counts.listed > 0)
        strbuf_addf(out, "%lld tasks would be cleared: --yes does it\n", counts.listed);
    return status;
}
