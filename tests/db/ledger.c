/* SPDX-License-Identifier: Apache-2.0
 *
 * ledger.c - clients that write and remember: each writer commits one row after the
 * other into the table "ledger" (writer, number), through whatever stands between it and
 * the server, and puts down what it tried, what was acknowledged and what failed. So a
 * test can say whether anything that was acknowledged is missing, or anything is there
 * that nobody tried.
 *
 *     ledger CONNINFO FILE FIRST WRITERS RATE
 *
 * CONNINFO is libpq's, or a mysql:// URL, whose password is in MYSQL_PWD.
 * FIRST is the number of the first writer, RATE the transactions a second of all of them. A SIGTERM ends it: each
 * writer finishes its transaction. FILE gets one line each: "try WRITER NUMBER", then
 * "ok WRITER NUMBER MILLISECONDS WHEN" or "error WRITER NUMBER TEXT". Behind an error the
 * writer connects anew; the number is not used again.
 */
#include "config.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dialect.h"

enum { WRITERS_MAX = 64, RETRY_MS = 20 };

struct writer {
    pthread_t thread;
    const char *conninfo;
    int number;
    double interval_s;
};

static int file;
static volatile sig_atomic_t is_over;

static void stop(int signal_number)
{
    (void)signal_number;
    is_over = 1;
}

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void pause_for(double seconds)
{
    struct timespec pause;

    if (seconds <= 0)
        return;
    pause.tv_sec = (time_t)seconds;
    pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
    (void)nanosleep(&pause, NULL);
}

/* A line at once, so that nothing is lost when the test is killed. */
static void put(const char *format, ...)
{
    char line[512];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof(line) - 2)
        length = (int)sizeof(line) - 2;
    for (int i = 0; i < length; i++) {
        if (line[i] == '\n')
            line[i] = ' ';
    }
    line[length] = '\n';
    if (write(file, line, (size_t)length + 1) != length + 1)
        abort();
}

/* A session of one kind or the other. With PostgreSQL it is libpq's own, because what
 * airshift sets for a session does not go through a pooler. */
struct session {
    PGconn *postgres;
    struct connection *other;
    struct err err;
};

static bool is_open(const struct session *session)
{
    return session->postgres != NULL || session->other != NULL;
}

static bool open_session(struct session *session, const char *conninfo)
{
    struct url url;

    err_clear(&session->err);
    if (strncmp(conninfo, "mysql://", 8) != 0) {
        session->postgres = PQconnectdb(conninfo);
        return PQstatus(session->postgres) == CONNECTION_OK;
    }
    if (url_parse(&url, conninfo, &session->err) < 0)
        return false;
    session->other = sql_connect(&url, "ledger", &session->err);
    url_clear(&url);
    return session->other != NULL;
}

static void close_session(struct session *session)
{
    PQfinish(session->postgres);
    sql_close(session->other);
    session->postgres = NULL;
    session->other = NULL;
}

static const char *error_of(const struct session *session)
{
    return session->postgres != NULL ? PQerrorMessage(session->postgres)
                                     : session->err.text;
}

static bool run(struct session *session, const char *sql)
{
    PGresult *result;
    ExecStatusType status;

    if (session->other != NULL)
        return sql_exec(session->other, sql, &session->err) == 0;
    result = PQexec(session->postgres, sql);
    status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK;
}

static bool write_row(struct session *session, int writer, long number)
{
    char sql[128];

    (void)snprintf(sql, sizeof(sql), "INSERT INTO ledger VALUES (%d, %ld)", writer,
                   number);
    return run(session, "BEGIN") && run(session, sql) && run(session, "COMMIT") &&
           (session->postgres == NULL ||
            PQtransactionStatus(session->postgres) == PQTRANS_IDLE);
}

static void *write_rows(void *context)
{
    const struct writer *writer = context;
    struct session session = {0};
    double due = now_s();

    for (long number = 1; is_over == 0; number++) {
        double began;

        put("try %d %ld", writer->number, number);
        began = now_s();
        if ((is_open(&session) || open_session(&session, writer->conninfo)) &&
            write_row(&session, writer->number, number)) {
            put("ok %d %ld %.1f %.0f", writer->number, number, (now_s() - began) * 1e3,
                now_s() * 1e3);
        } else {
            put("error %d %ld %s", writer->number, number, error_of(&session));
            close_session(&session);
            pause_for(RETRY_MS / 1e3);
        }
        due += writer->interval_s;
        if (due < now_s())
            due = now_s();
        pause_for(due - now_s());
    }
    close_session(&session);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct writer writers[WRITERS_MAX];
    struct sigaction action;
    int count = argc == 6 ? atoi(argv[4]) : 0;

    if (count < 1 || count > WRITERS_MAX || atof(argv[5]) <= 0) {
        (void)fprintf(stderr, "ledger: CONNINFO FILE FIRST WRITERS RATE\n");
        return 2;
    }
    memset(&action, 0, sizeof(action));
    action.sa_handler = stop;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) {
        perror(argv[2]);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        writers[i].conninfo = argv[1];
        writers[i].number = atoi(argv[3]) + i;
        writers[i].interval_s = count / atof(argv[5]);
        if (pthread_create(&writers[i].thread, NULL, write_rows, &writers[i]) != 0)
            return 1;
    }
    for (int i = 0; i < count; i++)
        (void)pthread_join(writers[i].thread, NULL);
    return 0;
}
