/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint_pgbouncer.c - clients that come through PgBouncer: they wait in it from the
 * fence until its [databases] leads to the other server. Its files are changed in one
 * line, and put in place in one step. What they were is kept in the state directory,
 * mode 0600: the line may hold a password.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "pgbouncer.h"
#include "replica/pgbouncer_ini.h"
#include "replica/poolers.h"
#include "state/file.h"

enum { FILE_MAX_BYTES = 4 << 20 };

static const char saved_fact[] = "poolers_saved";

static bool has_poolers(const struct switch_context *sw)
{
    return sw->config.has_pgbouncer;
}

static bool has_files(const struct switch_context *sw)
{
    return sw->config.is_repointing_pgbouncer && sw->config.pgbouncer_files != NULL;
}

static char *copy_of(const struct switch_context *sw, size_t number)
{
    char *name = xasprintf("pooler.%zu.blue", number);
    char *path = switch_path(sw, name);

    free(name);
    return path;
}

/* The entry of a file; its content is added to `content`. */
static char *read_entry(struct switch_context *sw, const char *path,
                        struct strbuf *content, struct err *err)
{
    char *entry;

    if (file_read(path, FILE_MAX_BYTES, content, err) < 0)
        return NULL;
    entry = pgbouncer_ini_entry(strbuf_text(content), sw->config.pgbouncer_database);
    if (entry == NULL)
        (void)err_set(err, ERR_CONFIG, "\"%s\" has no \"%s\" in [databases]", path,
                      sw->config.pgbouncer_database);
    return entry;
}

static char *entry_for_green(struct switch_context *sw, const char *entry,
                             const char *path, struct err *err)
{
    char *green = pgbouncer_entry_for(entry, sw->config.green_host, sw->green.port);

    if (green != NULL)
        return green;
    (void)err_set(err, ERR_CONFIG,
                  "the host and port of \"%s\" in \"%s\" are not where they can be "
                  "replaced",
                  sw->config.pgbouncer_database, path);
    (void)err_hint(err, "Where it has several hosts, set [repoint] green_host.");
    return NULL;
}

/* Can be led to green; `*is_read` is set if it says what the pooler says. */
static int check_file(struct switch_context *sw, const char *path,
                      const struct pgbouncer_database *blue, bool *is_read,
                      struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    char *entry = read_entry(sw, path, &content, err);
    char *green = entry != NULL ? entry_for_green(sw, entry, path, err) : NULL;
    char *same = NULL;

    if (green != NULL) {
        same = pgbouncer_entry_for(entry, blue->host[0] != '\0' ? blue->host : NULL,
                                   blue->port);
        *is_read = *is_read || (same != NULL && strcmp(same, entry) == 0);
    }
    xfree_secret(same);
    xfree_secret(entry);
    strbuf_wipe(&content);
    if (green == NULL)
        return -1;
    xfree_secret(green);
    return 0;
}

static int check_files(struct switch_context *sw, struct err *err)
{
    const char *paths = sw->config.pgbouncer_files;
    struct pgbouncer_database blue;
    bool is_read = false;
    int status = 0;
    char *path;

    if (poolers_look(sw, &blue, err) < 0)
        return -1;
    while (status == 0 && (path = config_next_word(&paths)) != NULL) {
        status = check_file(sw, path, &blue, &is_read, err);
        free(path);
    }
    if (status == 0 && !is_read)
        log_warning("no file in [pgbouncer] file leads \"%s\" to %s:%d as the pooler "
                    "does: are they the ones it reads?",
                    sw->config.pgbouncer_database, blue.host, blue.port);
    return status;
}

static int save_file(struct switch_context *sw, const char *path, size_t number,
                     struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    char *entry = read_entry(sw, path, &content, err);
    char *copy = copy_of(sw, number);
    int status = -1;

    if (entry != NULL && switch_only_shows(sw, "keep a copy of %s in %s", path, copy))
        status = 0;
    else if (entry != NULL)
        status = file_write(copy, strbuf_text(&content), content.length, 0600,
                            FILE_OWNER_KEEP, 0, err);
    free(copy);
    xfree_secret(entry);
    strbuf_wipe(&content);
    return status;
}

/* A second call finds the fact and leaves the copies alone: by then the files may be
 * green's. */
static int save_files(struct switch_context *sw, struct err *err)
{
    const char *paths = sw->config.pgbouncer_files;
    size_t number = 0;
    int status = 0;
    char *path;

    if (journal_number(sw->journal, saved_fact, 0) == 1)
        return 0;
    while (status == 0 && (path = config_next_word(&paths)) != NULL) {
        status = save_file(sw, path, number++, err);
        free(path);
    }
    return status < 0 ? -1 : journal_set_number(sw->journal, saved_fact, 1, err);
}

/* Only the line is put back, so that what somebody else has changed meanwhile stays. */
static int move_file(struct switch_context *sw, const char *path, size_t number,
                     enum repoint_target target, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    struct strbuf saved = STRBUF_INIT;
    char *copy = copy_of(sw, number);
    char *entry = NULL;
    char *changed = NULL;
    int status = -1;

    entry = read_entry(sw, copy, &saved, err);
    if (entry != NULL && target == REPOINT_GREEN) {
        char *green = entry_for_green(sw, entry, path, err);

        xfree_secret(entry);
        entry = green;
    }
    if (entry == NULL || file_read(path, FILE_MAX_BYTES, &content, err) < 0)
        goto done;
    changed =
        pgbouncer_ini_with(strbuf_text(&content), sw->config.pgbouncer_database, entry);
    if (changed == NULL) {
        (void)err_set(err, ERR_CONFIG, "\"%s\" has no \"%s\" in [databases] any more",
                      path, sw->config.pgbouncer_database);
        goto done;
    }
    status = strcmp(changed, strbuf_text(&content)) == 0
                 ? 0
                 : file_rewrite(path, changed, strlen(changed), err);
done:
    xfree_secret(changed);
    xfree_secret(entry);
    free(copy);
    strbuf_wipe(&saved);
    strbuf_wipe(&content);
    return status;
}

static int move_files(struct switch_context *sw, enum repoint_target target,
                      struct err *err)
{
    const char *paths = sw->config.pgbouncer_files;
    size_t number = 0;
    int status = 0;
    char *path;

    while (status == 0 && (path = config_next_word(&paths)) != NULL) {
        if (!switch_only_shows(sw, "lead \"%s\" to %s in %s",
                               sw->config.pgbouncer_database,
                               target == REPOINT_GREEN ? "green" : "blue", path) &&
            journal_number(sw->journal, saved_fact, 0) == 1)
            status = move_file(sw, path, number, target, err);
        number++;
        free(path);
    }
    return status;
}

static int remember(struct switch_context *sw, struct err *err)
{
    return sw->config.is_repointing_pgbouncer ? poolers_remember(sw, err) : 0;
}

static int hold(struct switch_context *sw, struct err *err)
{
    return sw->config.is_holding ? poolers_hold(sw, err) : 0;
}

static int forget_files(struct switch_context *sw, struct err *err)
{
    const char *paths = sw->config.pgbouncer_files;
    size_t number = 0;
    int status = 0;
    char *path;

    while (status == 0 && (path = config_next_word(&paths)) != NULL) {
        char *copy = copy_of(sw, number++);

        if (!switch_only_shows(sw, "remove %s", copy))
            status = file_remove(copy, err);
        free(copy);
        free(path);
    }
    return status;
}

const struct repointer repoint_pgbouncer = {
    .name = "PgBouncer",
    .is_configured = has_poolers,
    .check = poolers_check,
    .save = remember,
    .hold = hold,
    .release = poolers_release,
};

const struct repointer repoint_pgbouncer_file = {
    .name = "pgbouncer.ini",
    .is_configured = has_files,
    .check = check_files,
    .save = save_files,
    .move = move_files,
    .forget = forget_files,
};
