/* SPDX-License-Identifier: Apache-2.0
 *
 * migration.c - green is migrated and verified by the tool's own commands, as child
 * processes. The URL reaches them through the environment, and so does the password where
 * the private socket asks for one; the URL has none, so that it can be shown.
 */
#include "config.h"

#include <jansson.h>
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
#include "replica/writeback.h"
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

struct child {
    const char *command;
    const char *const *options;
    double seconds;
    const char *url;
    const char *shown;  /* the URL, for a person */
    const char *secret; /* "NAME=value", or NULL */
    const char *output; /* a file; NULL: our stderr */
};

static int run_child(struct switch_context *sw, const struct child *child,
                     struct err *err)
{
    const char *command = child->command;
    const char *const *options = child->options;
    const char *secret = child->secret;
    const char *stand_in = fault_stand_in(command);
    struct strbuf shown = STRBUF_INIT;
    const char *arguments[ARGUMENTS_MAX + 1];
    struct deadline deadline = deadline_in(child->seconds);
    char *lock_path;
    char *variable;
    char *fernet;
    char what[48];
    char how[32];
    size_t count = 0;
    bool is_shown;
    int status = -1;
    int ended = 0;
    int lock;
    pid_t pid = -1;

    for (size_t i = 0; options[i] != NULL; i++)
        strbuf_addf(&shown, " %s", options[i]);
    is_shown = switch_only_shows(sw, "run airshift %s%s on %s", command,
                                 strbuf_text(&shown), child->shown);
    strbuf_clear(&shown);
    if (is_shown)
        return 0;
    /* One whose parent was killed ends soon, but it must have ended. */
    lock_path = switch_path(sw, "child.lock");
    lock = process_lock(lock_path, GRACE_SECONDS, EARLIER_SECONDS, err);
    free(lock_path);
    if (lock < 0)
        return -1;
    err_clear(err);
    fernet = fernet_variable(sw, err);
    variable = xasprintf(URL_VARIABLE "=%s", child->url);
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
                                          .output = child->output,
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
            (void)(child->output != NULL ? err_hint(err, "%s says why.", child->output)
                                         : err_hint(err, "%s", hint_for(ended)));
        }
    }
    (void)close(lock);
    xfree_secret(fernet);
    xfree_secret(variable);
    return status;
}

/* On green, through its private socket. */
static int run(struct switch_context *sw, const char *command,
               const char *const *options, double seconds, struct err *err)
{
    char *url = sw->ops->private_url(&sw->green, err);
    char *secret = sw->ops->private_secret(&sw->green);
    const struct child child = {.command = command,
                                .options = options,
                                .seconds = seconds,
                                .url = url,
                                .shown = url,
                                .secret = secret};
    int status = url != NULL ? run_child(sw, &child, err) : -1;

    xfree_secret(secret);
    free(url);
    return status;
}

/* The first thing of which the plan says that it is in the way. */
static int judge_plan(const char *path, struct err *err)
{
    json_t *plan = json_load_file(path, 0, NULL);
    const json_t *problem;
    size_t i;

    if (!json_is_object(plan))
        (void)err_set(err, ERR_INTERNAL, "\"%s\" is no plan", path);
    json_array_foreach(json_object_get(plan, "problems"), i, problem)
    {
        if (err->category != ERR_NONE ||
            !json_is_true(json_object_get(problem, "fatal")))
            continue;
        (void)err_set(err, ERR_STATE, "blue cannot be migrated as it is: %s",
                      json_string_value(json_object_get(problem, "text")));
        (void)err_hint(err, "%s", json_string_value(json_object_get(problem, "hint")));
    }
    json_decref(plan);
    return err->category == ERR_NONE ? 0 : -1;
}

/* Of blue, which reads only: what would stop the migration must not be found behind the
 * fence. */
int replica_run_plan(struct switch_context *sw, struct err *err)
{
    const char *const options[] = {"--to", sw->config.airflow_to, "--format", "json",
                                   NULL};
    char *path = switch_path(sw, "plan.json");
    const struct child child = {.command = "plan",
                                .options = options,
                                .seconds = sw->config.start_s,
                                .url = sw->config.blue_url,
                                .shown = sw->blue_url.shown,
                                .output = path};
    int status = 0;

    if (sw->dry == NULL) /* an output is added to what there is */
        status = file_remove(path, err);
    if (status == 0)
        status = run_child(sw, &child, err);
    if (status == 0 && sw->dry == NULL)
        status = judge_plan(path, err);
    if (status == 0 && sw->dry == NULL)
        status = file_remove(path, err);
    free(path);
    return status;
}

int replica_run_migration(struct switch_context *sw, struct err *err)
{
    const char *options[8] = {"--mode", "detached", "--to", sw->config.airflow_to};
    struct writeback *writeback;
    size_t count = 4;
    int status;

    /* Its own --verify-rows would be the same once more: see replica_run_verification(). */
    if (sw->config.airflow_config != NULL) {
        options[count++] = "--airflow-config";
        options[count++] = sw->config.airflow_config;
    }
    log_info("migrating green to %s", sw->config.airflow_to);
    writeback = sw->dry == NULL ? writeback_begin(sw->green.data_directory) : NULL;
    status = run(sw, "migrate", options, sw->config.migrate_s, err);
    writeback_end(writeback);
    return status;
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

/* Safe to repeat: reads only; but a page that is read for the first time may be marked as seen, and
 * then it is to be written. That is done now, and not by the stop of green in the cutover. */
int replica_verify(struct switch_context *sw, struct err *err)
{
    struct connection *green;
    int status;

    if (switch_enter(sw, &sw->green, SERVER_RESTORED, err) < 0 ||
        replica_run_verification(sw, err) < 0)
        return -1;
    green = switch_connect(sw, &sw->green, err);
    if (green == NULL)
        return -1;
    status = sw->ops->checkpoint(green, err);
    sql_close(green);
    return status;
}
