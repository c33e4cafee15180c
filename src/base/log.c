/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - one line a message on stderr, as text or as JSON. Nothing else in the program
 * decides between the two.
 */
#include "config.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

static struct {
    enum log_level most;
    bool is_json;
    void (*before_line)(void *context);
    void *context;
} logger = {LOG_INFO, false, NULL, NULL};

void log_setup(enum log_level most, bool is_json)
{
    logger.most = most;
    logger.is_json = is_json;
}

void log_before_line(void (*hook)(void *context), void *context)
{
    logger.before_line = hook;
    logger.context = context;
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    return names[level];
}

static void write_json(enum log_level level, const char *text)
{
    char stamp[32] = "";
    struct timespec now;
    struct tm parts;
    json_t *object;
    char *line;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &parts);
    object = json_pack("{s:s, s:s, s:s+}", "time", stamp, "level", level_name(level),
                       "message", text, "");
    if (object == NULL) { /* not UTF-8: say so rather than nothing */
        object = json_pack("{s:s, s:s, s:s}", "time", stamp, "level", level_name(level),
                           "message", "(a message that is not UTF-8)");
    }
    line = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    if (line != NULL)
        (void)fprintf(stderr, "%s\n", line);
    free(line);
    json_decref(object);
}

void log_write(enum log_level level, const char *format, ...)
{
    char text[4096];
    va_list arguments;

    if (level > logger.most)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (logger.before_line != NULL)
        logger.before_line(logger.context);
    if (logger.is_json)
        write_json(level, text);
    else if (level == LOG_INFO)
        (void)fprintf(stderr, "%s\n", text);
    else
        (void)fprintf(stderr, "%s: %s\n", level_name(level), text);
}

void log_err(const struct err *err)
{
    if (err->sqlstate[0] != '\0')
        log_error("%s (SQLSTATE %s)", err->text, err->sqlstate);
    else
        log_error("%s", err->text);
    if (err->hint[0] != '\0')
        log_write(LOG_ERROR, "hint: %s", err->hint);
}
