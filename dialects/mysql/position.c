/* SPDX-License-Identifier: Apache-2.0
 *
 * position.c - MySQL: how far a master has written and a replica has applied. A position
 * is a set of GTIDs, without spaces; or, where a server has none, the name of a binary
 * log, a space, and a place in it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mysql/connection.h"
#include "mysql/replica.h"

enum { LONGEST_POSITION = 1400 }; /* that a journal takes */

static bool is_place(const char *position)
{
    return strchr(position, ' ') != NULL;
}

static int has_gtids(struct connection *connection, bool *has, struct err *err)
{
    struct sql_result *row =
        sql_row(connection, "SELECT @@GLOBAL.gtid_mode = 'ON'", err);

    if (row == NULL)
        return -1;
    *has = sql_integer(row, 0, 0) != 0;
    sql_result_free(row);
    return 0;
}

static int read_position(struct connection *admin, struct strbuf *position,
                         struct err *err)
{
    struct sql_result *row;
    bool has;

    if (has_gtids(admin, &has, err) < 0)
        return -1;
    row = has ? sql_row(admin, "SELECT replace(@@GLOBAL.gtid_executed, '\n', '')", err)
              : sql_row(admin,
                        sql_server_version(admin) >= 80200 ? "SHOW BINARY LOG STATUS"
                                                           : "SHOW MASTER STATUS",
                        err);
    if (row == NULL)
        return -1;
    if (has)
        strbuf_add_string(position, sql_text(row, 0, 0));
    else
        strbuf_addf(position, "%s %s", sql_text(row, 0, 0), sql_text(row, 0, 1));
    sql_result_free(row);
    return 0;
}

/* Behind the fence, which waited for every commit. */
int my_mark_position(struct connection *admin, const char *name,
                     struct strbuf *position, struct err *err)
{
    (void)name;
    if (read_position(admin, position, err) < 0)
        return -1;
    if (position->length > LONGEST_POSITION) {
        (void)err_set(err, ERR_UNSUPPORTED,
                      "blue's set of GTIDs has too many servers in it: %zu characters",
                      position->length);
        return err_hint(err, "RESET BINARY LOGS AND GTIDS, with new replicas, ends "
                             "that.");
    }
    return 0;
}

/* Transactions in a set of GTIDs: the sum of its intervals, "5" or "1-7", each behind a
 * colon. A server's or a tag's name has letters or hyphens elsewhere. */
static long long count_gtids(const char *set)
{
    long long count = 0;

    while ((set = strchr(set, ':')) != NULL) {
        char *end;
        long long first = strtoll(++set, &end, 10);
        long long last = first;

        if (end == set)
            continue; /* a tag */
        if (*end == '-')
            last = strtoll(end + 1, &end, 10);
        if (*end == ':' || *end == ',' || *end == '\0')
            count += last - first + 1;
    }
    return count;
}

int my_count_writes(struct connection *admin, long long *writes, const char **unit,
                    struct err *err)
{
    struct strbuf position = STRBUF_INIT;
    int status = read_position(admin, &position, err);
    const char *text = strbuf_text(&position);

    *unit = is_place(text) ? "bytes of its log" : "transactions";
    if (is_place(text)) {
        const char *dot = strrchr(text, '.');

        *writes = (strtoll(dot != NULL ? dot + 1 : "0", NULL, 10) << 32) +
                  strtoll(strchr(text, ' ') + 1, NULL, 10);
    } else {
        *writes = count_gtids(text);
    }
    strbuf_clear(&position);
    return status;
}

/* The column of that name of the replica's status; "" where there is none. */
static const char *status_text(const struct sql_result *status, const char *name)
{
    for (size_t i = 0; i < sql_column_count(status); i++) {
        if (sql_row_count(status) > 0 && strcmp(sql_column_name(status, i), name) == 0)
            return sql_text(status, 0, i);
    }
    return "";
}

static struct sql_result *replica_status(struct connection *standby, const char **file,
                                         const char **place, struct err *err)
{
    bool is_new = sql_server_version(standby) >= MY_REPLICA_WORDS;
    struct sql_result *status = sql_query(
        standby, is_new ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS", 0, NULL, err);

    if (status == NULL)
        return NULL;
    *file =
        status_text(status, is_new ? "Relay_Source_Log_File" : "Relay_Master_Log_File");
    *place =
        status_text(status, is_new ? "Exec_Source_Log_Pos" : "Exec_Master_Log_Pos");
    return status;
}

static int has_passed(struct connection *standby, const char *position, bool *is_there,
                      struct strbuf *text, struct err *err)
{
    const char *file;
    const char *place;
    struct sql_result *status = replica_status(standby, &file, &place, err);
    size_t length = strcspn(position, " ");
    int order;

    if (status == NULL)
        return -1;
    order = strlen(file) == length ? strncmp(file, position, length)
                                   : (strlen(file) > length ? 1 : -1);
    *is_there = order > 0 ||
                (order == 0 &&
                 strtoll(place, NULL, 10) >= strtoll(position + length + 1, NULL, 10));
    strbuf_addf(text, "applied everything up to %s %s", file, place);
    sql_result_free(status);
    return 0;
}

int my_has_replayed(struct connection *standby, const char *position, bool *is_there,
                    struct strbuf *text, struct err *err)
{
    struct sql_result *row;

    if (is_place(position))
        return has_passed(standby, position, is_there, text, err);
    row = sql_row_for(standby,
                      "SELECT gtid_subset($1, @@GLOBAL.gtid_executed),"
                      " gtid_subtract($1, @@GLOBAL.gtid_executed)",
                      position, err);
    if (row == NULL)
        return -1;
    *is_there = sql_integer(row, 0, 0) != 0;
    strbuf_addf(text, "all but %lld transactions", count_gtids(sql_text(row, 0, 1)));
    sql_result_free(row);
    return 0;
}

int my_add_replayed(struct connection *standby, struct strbuf *position,
                    struct err *err)
{
    struct sql_result *status;
    const char *file;
    const char *place;
    bool has;

    if (has_gtids(standby, &has, err) < 0)
        return -1;
    if (has)
        return read_position(standby, position, err);
    status = replica_status(standby, &file, &place, err);
    if (status == NULL)
        return -1;
    if (file[0] != '\0')
        strbuf_addf(position, "%s %s", file, place);
    sql_result_free(status);
    return 0;
}
