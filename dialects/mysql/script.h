/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h - SQL text of several statements, one after the other. The server is given one
 * statement at a time: it is known at every moment which one is done, and what a parameter
 * holds cannot begin another.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_SCRIPT_H
#define AIRSHIFT_DIALECTS_MYSQL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct my_script {
    char *text; /* owned */
    size_t next;
    size_t whole; /* bytes of the text where it is one statement; else 0 */
};

/* Takes a copy of `sql` with each $N outside of quotes and comments replaced by the N-th
 * parameter as a literal, NULL where that is NULL. Sessions take no backslash escapes. */
void my_script_start(struct my_script *script, const char *sql, size_t count,
                     const char *const *parameters);
/* Takes a copy of one statement, whatever is in it: NUL bytes, semicolons, other quoting. */
void my_script_whole(struct my_script *script, const char *sql, size_t length);
/* The next statement, without its semicolon; false at the end. Empty ones are left out. One that
 * begins with "CREATE DEFINER " is the rest of the text: the body of a stored program. */
bool my_script_next(struct my_script *script, const char **statement, size_t *length);
/* Whether there is another one. */
bool my_script_is_over(const struct my_script *script);
void my_script_clear(struct my_script *script);

#endif
