/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_switch.c - "airshift switch ...": options in, result out. What happens is the
 * state machine's.
 */
#include "config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd_switch.h"
#include "fsm/watchdog.h"
#include "interrupt.h"

static const struct {
    const char *name;
    enum fsm_event event;
} commands[] = {
    {"start", EVENT_START}, {"cutover", EVENT_CUTOVER}, {"rollback", EVENT_ROLLBACK},
    {"abort", EVENT_ABORT}, {"resume", EVENT_RESUME},   {"finish", EVENT_FINISH},
};

struct request {
    const char *verb;
    const char *config_path;
    enum fsm_state until;
    bool is_json;
    bool is_dry;
    bool is_stepping;
    bool is_unwatched;
};

static int parse_options(int argc, char **argv, struct request *request,
                         struct err *err)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"dry-run", no_argument, NULL, 'd'},
        {"json", no_argument, NULL, 'j'},
        {"no-watchdog", no_argument, NULL, 'n'},
        {"step", no_argument, NULL, 's'},
        {"until", required_argument, NULL, 'u'},
        {NULL, 0, NULL, 0},
    };
    int option;

    memset(request, 0, sizeof(*request));
    request->until = STATE_UNKNOWN;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            request->config_path = optarg;
            break;
        case 'd':
            request->is_dry = true;
            break;
        case 'j':
            request->is_json = true;
            break;
        case 'n':
            request->is_unwatched = true;
            break;
        case 's':
            request->is_stepping = true;
            break;
        case 'u':
            request->until = fsm_state_of(optarg);
            if (request->until == STATE_UNKNOWN)
                return err_set(err, ERR_USAGE, "\"%s\" is no state", optarg);
            break;
        default:
            return err_set(err, ERR_USAGE,
                           "option \"%s\" is not known or lacks its value",
                           argv[optind - 1]);
        }
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE,
                       "one of start, cutover, rollback, abort, resume, "
                       "finish and status is expected");
    request->verb = argv[optind];
    if (request->is_dry && request->is_json)
        return err_set(err, ERR_USAGE, "--dry-run is not printed as JSON");
    if (request->config_path == NULL)
        return err_set(err, ERR_USAGE, "--config is missing");
    return 0;
}

static void put(struct strbuf *text)
{
    (void)fwrite(strbuf_text(text), 1, text->length, stdout);
    strbuf_clear(text);
}

static int print_status(const struct request *request, struct err *err)
{
    struct switch_context sw;
    struct strbuf text = STRBUF_INIT;

    if (switch_open(&sw, request->config_path, JOURNAL_READ, err) < 0)
        return -1;
    fsm_print_status(&sw, request->is_json, &text);
    put(&text);
    switch_close(&sw);
    return 0;
}

int cmd_switch_run(int argc, char **argv, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    struct switch_context sw;
    struct request request;
    enum fsm_event event = EVENT_GO;
    int socket;
    int status;

    if (parse_options(argc, argv, &request, err) < 0)
        return -1;
    if (strcmp(request.verb, "status") == 0)
        return print_status(&request, err);
    if (sscanf(request.verb, "watchdog=%d", &socket) == 1)
        return watchdog_run(request.config_path, socket, err);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, request.verb) == 0)
            event = commands[i].event;
    }
    if (event == EVENT_GO)
        return err_set(err, ERR_USAGE, "switch has no \"%s\"", request.verb);
    interrupt_catch();
    if (request.is_dry)
        log_setup(LOG_WARNING, false); /* nothing is done: nothing is said of it */
    if (switch_open(&sw, request.config_path,
                    request.is_dry ? JOURNAL_DRY : JOURNAL_WRITE, err) < 0)
        return -1;
    sw.is_watched = sw.config.is_watched && !request.is_unwatched && !request.is_dry;
    if (request.is_stepping)
        sw.step = cmd_switch_step;
    status = fsm_run(&sw, event, request.until, err);
    watchdog_dismiss(&sw);
    if (!request.is_json && !request.is_dry)
        put(&sw.report);
    if (status == 0 && request.is_dry) {
        (void)printf("a dry run: nothing was changed\n");
    } else if (status == 0) {
        fsm_print_status(&sw, request.is_json, &text);
        put(&text);
    }
    switch_close(&sw);
    return status;
}

int cmd_inspect_states_run(const char *format, struct err *err)
{
    struct strbuf text = STRBUF_INIT;

    if (strcmp(format, "dot") == 0)
        fsm_print_dot(&text);
    else if (strcmp(format, "json") == 0)
        fsm_print_json(&text);
    else
        return err_set(err, ERR_USAGE, "--format is dot or json");
    put(&text);
    return 0;
}
