/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint.c - the list of repointers, and URLs and connection files as texts.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "replica/repoint.h"

/* In the order in which they are called: a hook may carry the files to other machines.
 */
static const struct repointer *const repointers[] = {
    &repoint_file,    &repoint_pgbouncer, &repoint_pgbouncer_file,
    &repoint_haproxy, &repoint_hosts,     &repoint_hook,
};

enum { REPOINTERS_COUNT = sizeof(repointers) / sizeof(repointers[0]) };

int repoint_check(struct switch_context *sw, struct err *err)
{
    for (size_t i = 0; i < REPOINTERS_COUNT; i++) {
        if (repointers[i]->is_configured(sw) && repointers[i]->check(sw, err) < 0)
            return err_wrap(err, "repointing by %s", repointers[i]->name);
    }
    return 0;
}

int repoint_save(struct switch_context *sw, struct err *err)
{
    for (size_t i = 0; i < REPOINTERS_COUNT; i++) {
        if (repointers[i]->is_configured(sw) && repointers[i]->save != NULL &&
            repointers[i]->save(sw, err) < 0)
            return err_wrap(err, "repointing by %s", repointers[i]->name);
    }
    return 0;
}

int repoint_hold(struct switch_context *sw, struct err *err)
{
    for (size_t i = 0; i < REPOINTERS_COUNT; i++) {
        if (repointers[i]->is_configured(sw) && repointers[i]->hold != NULL &&
            repointers[i]->hold(sw, err) < 0)
            return err_wrap(err, "holding the clients by %s", repointers[i]->name);
    }
    return 0;
}

int repoint_release(struct switch_context *sw, enum repoint_target target,
                    struct err *err)
{
    for (size_t i = 0; i < REPOINTERS_COUNT; i++) {
        if (repointers[i]->is_configured(sw) && repointers[i]->release != NULL &&
            repointers[i]->release(sw, target, err) < 0)
            return err_wrap(err, "letting the clients go by %s", repointers[i]->name);
    }
    return 0;
}

int repoint_forget(struct switch_context *sw, struct err *err)
{
    for (size_t i = 0; i < REPOINTERS_COUNT; i++) {
        if (repointers[i]->is_configured(sw) && repointers[i]->forget != NULL &&
            repointers[i]->forget(sw, err) < 0)
            return -1;
    }
    return 0;
}

int repoint_move(struct switch_context *sw, enum repoint_target target, struct err *err)
{
    for (size_t i = 0; i < REPOINTERS_COUNT; i++) {
        if (!repointers[i]->is_configured(sw) || repointers[i]->move == NULL)
            continue;
        if (repointers[i]->move(sw, target, err) < 0)
            return err_wrap(err, "repointing by %s", repointers[i]->name);
        log_info("clients repointed to %s by %s",
                 target == REPOINT_GREEN ? "green" : "blue", repointers[i]->name);
    }
    return repoint_release(sw, target, err);
}

/* Where a host is found in an authority: behind the last "@", and not in brackets. */
char *repoint_edit_url(const char *url, const char *host, int port)
{
    const char *start = strstr(url, "://");
    const char *end;
    const char *at;
    size_t host_length;

    if (start == NULL)
        return NULL;
    start += 3;
    end = start + strcspn(start, "/?#");
    /* A password may hold a slash in SQLAlchemy's spelling: then the "@" comes later.
     */
    at = memrchr(start, '@', (size_t)(end - start));
    if (at == NULL) {
        const char *later = strchr(end, '@');
        const char *question = strchr(start, '?');

        if (later != NULL && (question == NULL || later < question)) {
            at = later;
            end = later + strcspn(later, "/?#");
        }
    }
    at = at != NULL ? at + 1 : start;
    host_length = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/?#,");
    /* Several hosts, or a host among the parameters: not ours to guess at. */
    if (memchr(at, ',', (size_t)(end - at)) != NULL || strstr(end, "host=") != NULL ||
        strstr(end, "port=") != NULL || host_length > (size_t)(end - at))
        return NULL;
    if (host != NULL)
        return xasprintf("%.*s%s:%d%s", (int)(at - url), url, host, port, end);
    return xasprintf("%.*s:%d%s", (int)(at + host_length - url), url, port, end);
}

/* The value part of "[export ]key = value"; NULL when the line sets something else. */
static const char *value_in(const char *line, size_t length, const char *key)
{
    const char *end = line + length;
    size_t key_length = strlen(key);

    while (line < end && isspace((unsigned char)*line))
        line++;
    if (end - line > 7 && strncmp(line, "export ", 7) == 0)
        line += 7;
    if ((size_t)(end - line) <= key_length || strncmp(line, key, key_length) != 0)
        return NULL;
    line += key_length;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if (line == end || *line != '=')
        return NULL;
    line++;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    return line;
}

/* One line that is a URL, perhaps with white space around it. */
static bool is_url_alone(const char *content)
{
    size_t scheme;

    content += strspn(content, " \t\r\n");
    scheme = strcspn(content, " \t\r\n:=");
    if (strncmp(content + scheme, "://", 3) != 0)
        return false;
    content += strcspn(content, " \t\r\n");
    return content[strspn(content, " \t\r\n")] == '\0';
}

char *repoint_edit_file(const char *content, const char *key, const char *new_url,
                        char **old_url)
{
    struct strbuf text = STRBUF_INIT;

    *old_url = NULL;
    if (is_url_alone(content)) {
        size_t lead = strspn(content, " \t\r\n");
        size_t length = strcspn(content + lead, " \t\r\n");

        *old_url = xasprintf("%.*s", (int)length, content + lead);
        return xasprintf("%s%s", new_url != NULL ? new_url : *old_url,
                         content + lead + length);
    }
    for (const char *line = content; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *value = value_in(line, length, key);

        if (value != NULL) {
            const char *end = line + length;

            while (end > value && isspace((unsigned char)end[-1]))
                end--;
            /* A quote before and behind is kept with the rest of the line. */
            if (end - value >= 2 && (*value == '"' || *value == '\'') &&
                end[-1] == *value) {
                value++;
                end--;
            }
            if (*old_url == NULL)
                *old_url = xasprintf("%.*s", (int)(end - value), value);
            strbuf_add(&text, line, (size_t)(value - line));
            strbuf_add_string(&text, new_url != NULL ? new_url : *old_url);
            strbuf_add(&text, end, (size_t)(line + length - end));
        } else {
            strbuf_add(&text, line, length);
        }
        line += length;
        if (*line == '\n') {
            strbuf_add_char(&text, '\n');
            line++;
        }
    }
    if (*old_url != NULL)
        return strbuf_detach(&text);
    strbuf_clear(&text);
    return NULL;
}
