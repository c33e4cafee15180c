/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - what the process says on stderr. stdout is for results only. The one mutable
 * global of the program lives in log.c.
 */
#ifndef AIRSHIFT_BASE_LOG_H
#define AIRSHIFT_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* What goes out: lines of text, or one JSON object a line. */
void log_setup(enum log_level most, bool is_json);

/* One line, no newline at its end; never a secret. */
void log_write(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

/* Prints an error and its hint. */
void log_err(const struct err *err);

/* Called before every line, e.g. to clear a progress display; NULL for none. */
void log_before_line(void (*hook)(void *context), void *context);

#endif
