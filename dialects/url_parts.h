/* SPDX-License-Identifier: Apache-2.0
 *
 * url_parts.h - a database URL taken apart, for the dialects' own parse_url(). What an
 * engine's parameters mean is the dialect's business.
 */
#ifndef AIRSHIFT_DIALECTS_URL_PARTS_H
#define AIRSHIFT_DIALECTS_URL_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

/* user, password, host and port (lists with commas where there are several), dbname, and
 * what the dialect puts there. Values may be secret: they are wiped. */
struct url_parts {
    struct url_part {
        char *key;
        char *value;
    } * items;
    size_t count;
};

struct url_reader {
    const char *driver; /* after the plus sign in the scheme; "" for none */
    /* One parameter of the query, decoded; the value is freed after the call. */
    int (*put)(struct url_parts *parts, const struct url_reader *reader,
               const char *key, const char *value, struct err *err);
    void *context;
};

/* `rest` is what stands after "://". The parts are cleared by the caller, also after an
 * error. */
int url_parts_parse(struct url_parts *parts, const struct url_reader *reader,
                    const char *rest, struct err *err);
void url_parts_clear(struct url_parts *parts);

struct url_part *url_parts_find(const struct url_parts *parts, const char *key);
/* NULL where it is not there or empty. */
const char *url_parts_value(const struct url_parts *parts, const char *key);
/* "" there. */
const char *url_parts_text_of(const struct url_parts *parts, const char *key);
/* The last value of a key wins. Takes `value` over. */
void url_parts_put(struct url_parts *parts, const char *key, char *value);

/* key='value' pairs as libpq takes them, and back. */
char *url_parts_text(const struct url_parts *parts);
void url_parts_read(struct url_parts *parts, const char *text);

/* For a parameter that is not the server's: an error, or, where it is one of the Python
 * driver's, a line for the log. */
int url_parts_unknown(const char *key, bool is_drivers, struct err *err);

void url_add_escaped(struct strbuf *text, const char *value); /* with percent signs */

#endif
