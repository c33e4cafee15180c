/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.c - the hooks of the fault tests; an empty file in a released build.
 */
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "state/fault.h"

#ifdef AIRSHIFT_FAULT_INJECTION

static bool is_asked(const char *variable, const char *step, const char *moment)
{
    const char *asked = getenv(variable);
    size_t length = strlen(step);

    return asked != NULL && strncmp(asked, step, length) == 0 && asked[length] == ':' &&
           strcmp(asked + length + 1, moment) == 0;
}

void fault_point(const char *step, const char *moment)
{
    const char *command = getenv("AIRSHIFT_TEST_RUN");

    if (is_asked("AIRSHIFT_TEST_RUN_AT", step, moment) && command != NULL &&
        system(command) != 0)
        abort();
    if (is_asked("AIRSHIFT_TEST_KILL_AT", step, moment))
        (void)raise(SIGKILL);
}

const char *fault_stand_in(const char *command)
{
    if (strcmp(command, "plan") == 0)
        return getenv("AIRSHIFT_TEST_PLAN");
    if (strcmp(command, "migrate") == 0)
        return getenv("AIRSHIFT_TEST_MIGRATE");
    if (strcmp(command, "verify") == 0)
        return getenv("AIRSHIFT_TEST_VERIFY");
    return NULL;
}

unsigned long long fault_limit(const char *variable, unsigned long long otherwise)
{
    const char *asked = getenv(variable);

    return asked != NULL ? strtoull(asked, NULL, 10) : otherwise;
}

#else

extern const char fault_is_not_built_in; /* a translation unit must not be empty */
const char fault_is_not_built_in = 0;

#endif
