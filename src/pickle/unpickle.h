/* SPDX-License-Identifier: Apache-2.0
 *
 * unpickle.h - turns a Python pickle (protocol 0 to 5) of plain data into the JSON text
 * that Airflow's revision e39a26ac59f6 makes of dag_run.conf:
 * json.dumps(_json_safe(pickle.loads(bytes))).
 *
 * Nothing is ever imported or executed. Classes are recognised by name, from a short
 * list: OrderedDict, defaultdict, Counter, deque, range and Airflow's own string enums
 * become what json.dumps makes of them; any other class makes the value not
 * convertible. So do numpy's floats, UserDict, UserList and a user's own subclasses of
 * dict, str or int, which Airflow can convert where their module can be imported.
 *
 * The text is equal as jsonb to Airflow's: keys are in the same order, but may be
 * written twice where Python has two keys that are one in JSON.
 */
#ifndef AIRSHIFT_PICKLE_UNPICKLE_H
#define AIRSHIFT_PICKLE_UNPICKLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum unpickle_kind {
    UNPICKLE_CONVERTED,
    UNPICKLE_NOT_CONVERTIBLE, /* broken, or no JSON; Airflow makes it NULL silently */
    UNPICKLE_LONE_SURROGATE, /* JSON no server takes; Airflow dies of it (PostgreSQL) */
    UNPICKLE_LIMIT, /* larger than the limits below; Airflow might convert it */
};

struct unpickle_limits {
    size_t size;        /* bytes of the pickle, below 4 GiB */
    size_t operations;  /* opcodes, and items of a range() */
    size_t depth;       /* containers in containers in the result, below 10,000 */
    size_t output_size; /* bytes of the JSON text */
};

struct unpickle_result {
    enum unpickle_kind kind;
    char reason[192]; /* "" where converted; no data of the row but names of classes */
};

/* Generous for dag_run.conf, and harmless: well below 1 GiB of memory. */
extern const struct unpickle_limits unpickle_default_limits;

/*
 * Appends the JSON text to `json`. Nothing is appended unless the kind is CONVERTED or
 * LONE_SURROGATE: then the text has \uD800-\uDFFF escapes without their other half.
 * With `limits` NULL, the default ones.
 */
enum unpickle_kind unpickle_to_json(const void *bytes, size_t size,
                                    const struct unpickle_limits *limits,
                                    struct strbuf *json,
                                    struct unpickle_result *result);

/*
 * Whether this is the empty dict exactly as protocol 5 writes it: Airflow's revision
 * skips it, and the column ends as NULL and not as {}.
 */
bool unpickle_is_skipped_by_airflow(const void *bytes, size_t size);

#endif
