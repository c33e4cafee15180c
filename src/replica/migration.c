/* SPDX-License-Identifier: Apache-2.0
 *
 * migration.c - green is migrated and verified by the tool's own commands, as child
 * processes. The URL reaches them through the environment, and so does the password where
 * the private socket asks for one; the URL has none, so that it can be shown.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "process.h"
#include "replica/switch.h"
#include "state/fault.h"
#include "state/file.h"

enum {
    ARGUMENTS_MAX = 16,
    KEY_MAX_BYTES = 4096,
    GRACE_SECONDS = 10,
    EARLIER_SECONDS = 60
};

#define URL_VARIABLE "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"

/* The category whose exit code a command ended with. */
static enum err_category category_of(int status)
{
    if (!WIFEXITED(status))
        return ERR_STATE;
    for (int category = ERR_USAGE; category <= ERR_INTERNAL; category++) {
        if ((int)exit_code_of((enum err_category)category) == WEXITSTATUS(status))
            return (enum err_category)category;
    }
    return ERR_STATE;
}

static const char *hint_for(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CODE_DIFFERENT
               ? "Green is not what it must be: what differs is named above. Blue is "
                 "fenced and unchanged: \"airshift switch abort\" gives blue back, and "
                 "the next start makes another green. \"airshift switch resume\" "
                 "verifies this one again."
               : "Its own messages are above. Blue is fenced and unchanged: "
                 "\"airshift switch resume\" goes on from there, "
                 "\"airshift switch abort\" gives blue back.";
}

/* "AIRFLOW__CORE__FERNET_KEY=..." from its file; NULL without one, or with `err`
 * filled. Owned by the caller, who wipes it. */
static char *fernet_variable(const struct switch_context *sw, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    char *variable = NULL;

    if (sw->config.fernet_key_file == NULL)
        return NULL;
    if (file_read(sw->config.fernet_key_file, KEY_MAX_BYTES, &text, err) == 0)
        variable =
            xasprintf("AIRFLOW__CORE__FERNET_KEY=%.*s",
                      (int)strcspn(strbuf_text(&text), "\r\n"), strbuf_text(&text));
    strbuf_wipe(&text);
    return variable;
}

static int run(struct switch_context *sw, const char *command,
               const char *const *options, double seconds, struct err *err)
{
    const char *stand_in = fault_stand_in(command);
    struct strbuf shown = STRBUF_INIT;
    const char *arguments[ARGUMENTS_MAX + 1];
    struct deadline deadline = deadline_in(seconds);
    char *url = sw->ops->private_url(&sw->green, err);
    char *lock_path;
    char *variable;
    char *fernet;
    char *secret;
    char what[48];
    char how[32];
    size_t count = 0;
    bool is_shown;
    int status = -1;
    int ended = 0;
    int lock;
    pid_t pid = -1;

    if (url == NULL)
        return -1;
    for (size_t i = 0; options[i] != NULL; i++)
        strbuf_addf(&shown, " %s", options[i]);
    is_shown = switch_only_shows(sw, "run airshift %s%s on %s", command,
                                 strbuf_text(&shown), url);
    strbuf_clear(&shown);
    if (is_shown) {
        free(url);
        return 0;
    }
    /* One whose parent was killed ends soon, but it must have ended. */
    lock_path = switch_path(sw, "child.lock");
    lock = process_lock(lock_path, GRACE_SECONDS, EARLIER_SECONDS, err);
    free(lock_path);
    if (lock < 0) {
        free(url);
        return -1;
    }
    err_clear(err);
    fernet = fernet_variable(sw, err);
    secret = sw->ops->private_secret(&sw->green);
    variable = xasprintf(URL_VARIABLE "=%s", url);
    arguments[count++] = stand_in != NULL ? stand_in : "/proc/self/exe";
    arguments[count++] = command;
    for (size_t i = 0; options[i] != NULL && count < ARGUMENTS_MAX; i++)
        arguments[count++] = options[i];
    arguments[count] = NULL;
    (void)snprintf(what, sizeof(what), "airshift %s", command);
    if (err->category == ERR_NONE) {
        const char *const environment[] = {variable, fernet != NULL ? fernet : secret,
                                           fernet != NULL ? secret : NULL, NULL};
        const struct process_spec spec = {.arguments = arguments,
                                          .environment = environment,
                                          .lock_fd = lock,
                                          .has_own_group = true,
                                          .dies_with_us = true};

        pid = process_start(&spec, err);
    }
    if (pid > 0 && process_wait(pid, &deadline, what, NULL, NULL, &ended, err) == 0) {
        if (ended == 0) {
            status = 0;
        } else {
            process_describe(ended, how, sizeof(how));
            (void)err_set(err, category_of(ended), "%s ended with %s", what, how);
            (void)err_hint(err, "%s", hint_for(ended));
        }
    }
    (void)close(lock);
    xfree_secret(fernet);
    xfree_secret(secret);
    free(variable);
    free(url);
    return status;
}

int replica_run_migration(struct switch_context *sw, struct err *err)
{
    const char *options[8] = {"--mode", "detached", "--to", sw->config.airflow_to};
    size_t count = 4;

    /* Its own --verify-rows would be the same once more: see replica_run_verification(). */
    if (sw->config.airflow_config != NULL) {
        options[count++] = "--airflow-config";
        options[count++] = sw->config.airflow_config;
    }
    log_info("migrating green to %s", sw->config.airflow_to);
    return run(sw, "migrate", options, sw->config.migrate_s, err);
}

/* A spare of our making, while it runs: then blue is left alone. It stands where it was when
 * green was cut off, and is made sure to, for a restart would have it follow blue again. */
static int look_at_spare(struct switch_context *sw, bool *is_there, struct err *err)
{
    const char *position = journal_fact(sw->journal, "fence_position");
    struct strbuf text = STRBUF_INIT;
    struct connection *spare;
    enum server_phase phase;
    bool has_all = false;
    int status;

    *is_there = false;
    if (!sw->has_spare || sw->spare.is_adopted)
        return 0;
    if (sw->ops->get_phase(&sw->spare, &phase, err) < 0)
        return -1;
    if (phase != SERVER_STANDBY || position == NULL)
        return 0;
    spare = switch_connect(sw, &sw->spare, err);
    if (spare == NULL)
        return -1;
    status = sw->ops->pause_replay(spare, sw->config.catch_up_s, err);
    if (status == 0)
        status = sw->ops->has_replayed(spare, position, &has_all, &text, err);
    if (status == 0 && !has_all)
        log_warning("the spare has only %s: green is held against blue",
                    strbuf_text(&text));
    *is_there = has_all;
    strbuf_clear(&text);
    sql_close(spare);
    return status;
}

static int verify_with(struct switch_context *sw, const char *option, const char *value,
                       struct err *err)
{
    const char *const options[] = {"--to", sw->config.airflow_to, option, value, NULL};

    return run(sw, "verify", options, sw->config.verify_s, err);
}

/* A URL with a password is no argument; where the configuration has it itself, it is in a file
 * of ours for so long. */
static int verify_against_blue(struct switch_context *sw, struct err *err)
{
    struct err ignored;
    char *path;
    int status = 0;

    if (sw->config.blue_url_file != NULL)
        return verify_with(sw, "--against-file", sw->config.blue_url_file, err);
    path = switch_path(sw, "against.url");
    if (sw->dry == NULL)
        status = file_write(path, sw->config.blue_url, strlen(sw->config.blue_url),
                            0600, FILE_OWNER_KEEP, (gid_t)-1, err);
    if (status == 0)
        status = verify_with(sw, "--against-file", path, err);
    if (sw->dry == NULL && file_remove(path, &ignored) != 0)
        log_warning("%s", ignored.text);
    free(path);
    return status;
}

/* Every row of green against what the migration makes of the spare's, so that nothing that
 * happened to green since it was migrated goes unseen. Blue can do what a spare cannot. */
int replica_run_verification(struct switch_context *sw, struct err *err)
{
    bool has_spare = false;
    char *url;
    int status;

    if (look_at_spare(sw, &has_spare, err) < 0)
        return -1;
    log_info("verifying green against %s", has_spare ? "the spare" : "blue");
    if (!has_spare)
        return verify_against_blue(sw, err);
    url = sw->ops->private_url(&sw->spare, err);
    status = url != NULL ? verify_with(sw, "--against", url, err) : -1;
    free(url);
    if (status == 0 || err->category != ERR_UNSUPPORTED)
        return status;
    log_warning("the spare cannot be compared with: green is held against blue");
    err_clear(err);
    return verify_against_blue(sw, err);
}

/* Safe to repeat: reads only. */
int replica_verify(struct switch_context *sw, struct err *err)
{
    if (switch_enter(sw, &sw->green, SERVER_RESTORED, err) < 0)
        return -1;
    return replica_run_verification(sw, err);
}
