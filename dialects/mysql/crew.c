/* SPDX-License-Identifier: Apache-2.0
 *
 * crew.c - one thread and several sessions: what each does takes long at the server, and
 * nothing here.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/crew.h"

enum { LOOK_MS = 20 };

int crew_begin(struct crew *crew, const struct url *url, size_t count,
               const char *purpose, const char *prepare, struct err *err)
{
    crew->count = 0;
    crew->is_repeated = false;
    crew->sessions = xcalloc(count, sizeof(*crew->sessions));
    crew->works_on = xcalloc(count, sizeof(*crew->works_on));
    while (crew->count < count) {
        struct connection *session = sql_connect(url, purpose, err);

        if (session == NULL)
            return -1;
        crew->sessions[crew->count++] = session;
        if (mysql_exec(session, prepare, err) < 0)
            return -1;
    }
    return 0;
}

bool crew_is_there(const struct err *err)
{
    return strcmp(err->sqlstate, "42P07") == 0 || strcmp(err->sqlstate, "42710") == 0;
}

/* 1: the session has nothing to do; 0: it works. */
static int look(struct crew *crew, size_t number, struct err *err)
{
    const char *what = crew->works_on[number];
    struct sql_result *result = NULL;
    int step;

    if (what == NULL)
        return 1;
    step = mysql_poll(crew->sessions[number], &result, err);
    if (result != NULL)
        mysql_result_free(result);
    if (step != 0)
        crew->works_on[number] = NULL;
    if (step < 0 && crew->is_repeated && crew_is_there(err)) {
        err_clear(err);
        step = 1;
    }
    return step < 0 ? err_wrap(err, "%s", what) : step;
}

/* Until one has nothing to do, whose number is given back, or until none has. */
static int await(struct crew *crew, bool all, size_t *idle, struct err *err)
{
    for (;;) {
        bool is_busy = false;

        for (size_t i = 0; i < crew->count; i++) {
            int is_idle = look(crew, i, err);

            if (is_idle < 0)
                return -1;
            if (is_idle == 1 && !all) {
                *idle = i;
                return 0;
            }
            is_busy = is_busy || is_idle == 0;
        }
        if (!is_busy)
            return 0;
        if (sql_pause(crew->sessions[0], LOOK_MS, err) < 0)
            return -1;
    }
}

int crew_give(struct crew *crew, const char *what, const struct strbuf *sql,
              struct err *err)
{
    size_t idle = 0;

    if (await(crew, false, &idle, err) < 0 ||
        mysql_send_whole(crew->sessions[idle], strbuf_text(sql), sql->length, err) < 0)
        return -1;
    crew->works_on[idle] = what;
    return 0;
}

int crew_await(struct crew *crew, struct err *err)
{
    size_t none;

    return await(crew, true, &none, err);
}

void crew_end(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->works_on[i] != NULL)
            mysql_cancel(crew->sessions[i]);
        sql_close(crew->sessions[i]);
    }
    free(crew->sessions);
    free((void *)crew->works_on);
}
