/* SPDX-License-Identifier: Apache-2.0
 *
 * retry.c - the table. Every transaction of the engine carries its own checkpoint, so
 * that doing it again after a rollback is always safe; the question is only whether it
 * helps.
 */
#include "config.h"

#include <string.h>

#include "engine/retry.h"

/* The first that fits counts: longer ones before shorter ones. */
static const struct retry_rule rules[] = {
    {"08", RETRY_CONNECTION,
     "the connection was lost; the state schema says what is done"},
    {"22", RETRY_ISOLATE, "a value cannot be converted"},
    {"23", RETRY_ISOLATE, "a row breaks a constraint"},
    {"40001", RETRY_SOON, "serialization failure: rolled back as a whole"},
    {"40003", RETRY_CONNECTION, "completion unknown: the state schema knows"},
    {"40P01", RETRY_SOON, "deadlock: rolled back as a whole"},
    {"53100", RETRY_NEVER, "the disk is full: only a person can help"},
    {"53200", RETRY_SMALLER, "out of memory: rolled back as a whole"},
    {"53300", RETRY_CONNECTION, "too many sessions: one may end soon"},
    {"55006", RETRY_LOCK, "the object is in use"},
    {"55P03", RETRY_LOCK, "lock timeout: rolled back as a whole"},
    {"57P01", RETRY_CONNECTION,
     "the session or the server was stopped by an administrator"},
    {"57P02", RETRY_CONNECTION, "the server crashed and restarts"},
    {"57P03", RETRY_CONNECTION, "the server is starting up"},
    {"57P05", RETRY_CONNECTION, "the session was idle for too long"},
    {"", RETRY_NEVER, "it would fail again"},
};

const struct retry_rule *retry_rule_of(const char *sqlstate)
{
    const struct retry_rule *rule = rules;

    while (strncmp(rule->sqlstate, sqlstate, strlen(rule->sqlstate)) != 0)
        rule++;
    return rule;
}

double retry_delay(unsigned attempt, double random)
{
    double seconds = 0.1;

    for (unsigned i = 0; i < attempt && seconds < 5; i++)
        seconds *= 2;
    if (seconds > 5)
        seconds = 5;
    return seconds * (0.5 + random);
}
