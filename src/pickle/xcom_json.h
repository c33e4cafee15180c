/* SPDX-License-Identifier: Apache-2.0
 *
 * xcom_json.h - an xcom value as bytes to the JSON text that revision eed27faa34e3 of
 * Airflow 3.3.2 makes of it on PostgreSQL: equal as jsonb, with its quirks.
 *
 * What it does: takes the escape of U+0000 out (but not behind a backslash that is
 * itself escaped), and in values that are no JSON for PostgreSQL then puts null for
 * each NaN, Infinity and -Infinity that stands between delimiters - in strings, too.
 */
#ifndef AIRSHIFT_PICKLE_XCOM_JSON_H
#define AIRSHIFT_PICKLE_XCOM_JSON_H

#include <stddef.h>

#include "base/strbuf.h"

enum xcom_kind {
    XCOM_CONVERTED,
    XCOM_PICKLED, /* protocol 2 or later: Airflow moves the row to its archive table */
    /* Airflow dies of all these: */
    XCOM_EMPTY,
    XCOM_NOT_UTF8,
    XCOM_TEXT_PICKLE, /* protocol 0 or 1 */
    XCOM_NOT_JSON,
    XCOM_LONE_SURROGATE,
    XCOM_NUL, /* U+0000 is still there: \u00\u000000 */
    XCOM_NUMBER_RANGE,
    XCOM_TOO_DEEP,
};

/* PostgreSQL takes a little more, depending on its max_stack_depth. */
#define XCOM_JSON_MAX_DEPTH 10000

struct xcom_result {
    enum xcom_kind kind;
    const char *reason; /* static text, "" where converted */
    size_t offset; /* byte of the sanitised text where NOT_JSON and the rest showed */
};

/* Appends the JSON text where the kind is XCOM_CONVERTED, and nothing otherwise. */
enum xcom_kind xcom_json_convert(const void *value, size_t size, struct strbuf *json,
                                 struct xcom_result *result);

#endif
