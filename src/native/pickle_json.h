/* SPDX-License-Identifier: Apache-2.0
 *
 * pickle_json.h - pickle.dumps(json.loads(text), protocol=5), byte for byte as
 * CPython 3.8 and later write it: frames, batches of 1000, and strings that are one
 * object in memory written once.
 */
#ifndef AIRSHIFT_NATIVE_PICKLE_JSON_H
#define AIRSHIFT_NATIVE_PICKLE_JSON_H

#include <stddef.h>

#include "base/strbuf.h"

/* Appends the pickle. Returns NULL, or a static text why the text cannot be parsed;
 * nothing is appended then. */
const char *pickle_json(const char *json, size_t size, struct strbuf *pickle)
    __attribute__((warn_unused_result));

#endif
