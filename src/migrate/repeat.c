/* SPDX-License-Identifier: Apache-2.0
 *
 * repeat.c - by SQLSTATE: it exists already, or it does not exist any more.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "migrate/repeat.h"

bool repeat_was_done(const struct err *err)
{
    static const char *const states[] = {"42P07", "42701", "42704", "42P01",
                                         "42703", "42710", "42P16"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i], err->sqlstate) == 0)
            return true;
    }
    return false;
}
