/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint_file.c - the clients' connection file, replaced in one step. What it was is
 * kept in the state directory, mode 0600, before the point of no return; the way back
 * puts that back, byte by byte.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "replica/repoint.h"
#include "state/file.h"

enum { FILE_MAX_BYTES = 4 << 20 };

static bool is_configured(const struct switch_context *sw)
{
    return sw->config.repoint_file != NULL;
}

/* What the file shall hold for green, from what it holds for blue. Owned by the caller.
 */
static char *content_for_green(struct switch_context *sw, const char *content,
                               struct err *err)
{
    const struct switch_config *config = &sw->config;
    char *old_url = NULL;
    char *url = NULL;
    char *result = repoint_edit_file(content, config->repoint_key, NULL, &old_url);

    if (result == NULL) {
        (void)err_set(err, ERR_CONFIG, "\"%s\" holds no URL and no key \"%s\"",
                      config->repoint_file, config->repoint_key);
        goto done;
    }
    xfree_secret(result);
    result = NULL;
    if (config->green_url == NULL) {
        url = repoint_edit_url(old_url, config->green_host, sw->green.port);
        if (url == NULL) {
            (void)err_set(
                err, ERR_CONFIG,
                "the host and port in \"%s\" are not where they can be replaced",
                config->repoint_file);
            (void)err_hint(err, "Set [repoint] green_url or green_url_file.");
            goto done;
        }
    }
    xfree_secret(old_url);
    result = repoint_edit_file(content, config->repoint_key,
                               url != NULL ? url : config->green_url, &old_url);
done:
    xfree_secret(url);
    xfree_secret(old_url);
    return result;
}

static int check(struct switch_context *sw, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    char *green = NULL;
    int status = -1;

    if (file_read(sw->config.repoint_file, FILE_MAX_BYTES, &content, err) == 0) {
        green = content_for_green(sw, strbuf_text(&content), err);
        status = green != NULL ? 0 : -1;
    }
    xfree_secret(green);
    strbuf_wipe(&content);
    return status;
}

/* A second call finds the copy and the fact, and leaves the copy alone: by then the
 * file may be green's. */
static int save(struct switch_context *sw, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    char *copy = switch_path(sw, "clients.blue");
    char *green = NULL;
    int status = -1;

    if (file_exists(copy) && journal_number(sw->journal, "clients_saved", 0) == 1) {
        status = 0;
        goto done;
    }
    if (file_read(sw->config.repoint_file, FILE_MAX_BYTES, &content, err) < 0)
        goto done;
    green = content_for_green(sw, strbuf_text(&content), err);
    if (green != NULL && switch_only_shows(sw, "keep a copy of %s in %s",
                                           sw->config.repoint_file, copy)) {
        status = 0;
        goto done;
    }
    if (green == NULL || file_write(copy, strbuf_text(&content), content.length, 0600,
                                    FILE_OWNER_KEEP, 0, err) < 0)
        goto done;
    status = journal_set_number(sw->journal, "clients_saved", 1, err);
done:
    xfree_secret(green);
    strbuf_wipe(&content);
    free(copy);
    return status;
}

static int move(struct switch_context *sw, enum repoint_target target, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    char *copy = switch_path(sw, "clients.blue");
    char *green = NULL;
    const char *text;
    struct stat facts;
    uid_t uid = FILE_OWNER_KEEP;
    gid_t gid = 0;
    int status = -1;

    if (switch_only_shows(sw, "write %s with %s URL", sw->config.repoint_file,
                          target == REPOINT_GREEN ? "green's" : "blue's")) {
        status = 0;
        goto done;
    }
    if (journal_number(sw->journal, "clients_saved", 0) != 1) {
        status = 0; /* never moved away from blue */
        goto done;
    }
    if (file_read(copy, FILE_MAX_BYTES, &content, err) < 0)
        goto done;
    text = strbuf_text(&content);
    if (target == REPOINT_GREEN) {
        green = content_for_green(sw, text, err);
        if (green == NULL)
            goto done;
        text = green;
    }
    /* The clients' user must still be able to read it. */
    if (stat(sw->config.repoint_file, &facts) == 0) {
        uid = facts.st_uid;
        gid = facts.st_gid;
    }
    status =
        file_write(sw->config.repoint_file, text, strlen(text), 0600, uid, gid, err);
done:
    xfree_secret(green);
    strbuf_wipe(&content);
    free(copy);
    return status;
}

/* It holds a password. */
static int forget(struct switch_context *sw, struct err *err)
{
    char *copy = switch_path(sw, "clients.blue");
    int status = switch_only_shows(sw, "remove %s", copy) ? 0 : file_remove(copy, err);

    free(copy);
    return status;
}

const struct repointer repoint_file = {
    .name = "connection file",
    .is_configured = is_configured,
    .check = check,
    .save = save,
    .move = move,
    .forget = forget,
};
