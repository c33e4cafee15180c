/* SPDX-License-Identifier: Apache-2.0
 *
 * crew.h - several sessions that work off statements, each one at a time.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_CREW_H
#define AIRSHIFT_DIALECTS_MYSQL_CREW_H

#include "base/err.h"
#include "dialect.h"

struct crew {
    struct connection **sessions;
    const char **works_on; /* for a message; NULL: idle */
    size_t count;
    bool is_repeated; /* what is there already was made by an earlier crew */
};

/* Whether an error says that what is to be made is there. */
bool crew_is_there(const struct err *err);

/* Opens the sessions, and runs `prepare` in each. crew_end() is called in any case. */
int crew_begin(struct crew *crew, const struct url *url, size_t count,
               const char *purpose, const char *prepare, struct err *err);
/* Gives a statement to a session that has nothing to do, and waits for one before. `what`
 * is borrowed until crew_end(). */
int crew_give(struct crew *crew, const char *what, const struct strbuf *sql,
              struct err *err);
/* Waits until all is done. */
int crew_await(struct crew *crew, struct err *err);
/* What still runs, after an error, is cancelled. */
void crew_end(struct crew *crew);

#endif
