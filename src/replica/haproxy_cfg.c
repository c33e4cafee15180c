/* SPDX-License-Identifier: Apache-2.0
 *
 * haproxy_cfg.c - reads as much of HAProxy's file format as is needed: the sections
 * "backend NAME" and "listen NAME", and in them "server NAME ADDRESS ...".
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "replica/haproxy_cfg.h"

struct word {
    const char *text;
    size_t length;
};

/* The next word of a line; empty at its end. */
static struct word next_word(const char **line, const char *end)
{
    struct word word;

    while (*line < end && strchr(" \t\r", **line) != NULL)
        (*line)++;
    word.text = *line;
    while (*line < end && strchr(" \t\r", **line) == NULL)
        (*line)++;
    word.length = (size_t)(*line - word.text);
    return word;
}

static bool is(struct word word, const char *text, size_t length)
{
    return word.length == length && strncmp(word.text, text, length) == 0;
}

static bool begins_section(struct word word)
{
    static const char *const names[] = {
        "global",    "defaults", "frontend",    "backend",  "listen",
        "peers",     "mailers",  "resolvers",   "userlist", "program",
        "cache",     "ring",     "http-errors", "fcgi-app", "log-forward",
        "crt-store", "traces",   "log-profile", "acme",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is(word, names[i], strlen(names[i])))
            return true;
    }
    return false;
}

/* Where the address stands; empty for nowhere. */
static struct word find_address(const char *content, const char *server)
{
    const char *slash = strchr(server, '/');
    size_t length = slash != NULL ? (size_t)(slash - server) : 0;
    bool is_inside = false;

    while (slash != NULL && *content != '\0') {
        const char *end = content + strcspn(content, "\n");
        const char *line = content;
        struct word word = next_word(&line, end);

        if (begins_section(word)) {
            bool has_servers = is(word, "backend", 7) || is(word, "listen", 6);

            is_inside = is(next_word(&line, end), server, length) && has_servers;
        } else if (is_inside && is(word, "server", 6) &&
                   is(next_word(&line, end), slash + 1, strlen(slash + 1))) {
            return next_word(&line, end);
        }
        content = *end == '\n' ? end + 1 : end;
    }
    return (struct word){NULL, 0};
}

char *haproxy_cfg_address(const char *content, const char *server)
{
    struct word address = find_address(content, server);

    return address.length > 0 ? xasprintf("%.*s", (int)address.length, address.text)
                              : NULL;
}

char *haproxy_cfg_with(const char *content, const char *server, const char *address)
{
    struct word old = find_address(content, server);

    if (old.length == 0)
        return NULL;
    return xasprintf("%.*s%s%s", (int)(old.text - content), content, address,
                     old.text + old.length);
}

char *haproxy_address_for(const char *address, const char *host, int port)
{
    const char *colon = strrchr(address, ':');
    int length = (int)(colon != NULL ? (size_t)(colon - address) : strlen(address));

    if (strpbrk(address, "/\"$") != NULL)
        return NULL;
    if (host != NULL)
        return xasprintf("%s:%d", host, port);
    return xasprintf("%.*s:%d", length, address, port);
}
