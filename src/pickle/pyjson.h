/* SPDX-License-Identifier: Apache-2.0
 *
 * pyjson.h - the small pieces of JSON text exactly as Python's json.dumps() with its
 * defaults writes them: escaped ASCII strings and the shortest float text.
 *
 * Text here is generalised UTF-8: UTF-8 in which a lone surrogate may stand as three
 * bytes, since a Python str can hold one. LC_NUMERIC must be "C" (it is, unless
 * somebody calls setlocale()).
 */
#ifndef AIRSHIFT_PICKLE_PYJSON_H
#define AIRSHIFT_PICKLE_PYJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* More digits than this, and Python refuses to turn an int into text or back. */
#define PYJSON_MAX_INT_DIGITS 4300

/*
 * Reads one code point, surrogates allowed, overlong forms and values above 10FFFF not.
 * Returns the number of bytes it takes, 0 where the bytes are no generalised UTF-8.
 */
size_t pyjson_decode(const unsigned char *text, size_t size, uint32_t *code_point);

/* Appends a code point (surrogates allowed) as generalised UTF-8. */
void pyjson_encode(struct strbuf *text, uint32_t code_point);

/* Whether all of `text` is generalised UTF-8. */
bool pyjson_is_text(const char *text, size_t size);

/* Whether all of `text` is UTF-8 proper: no surrogates. U+0000 is fine. */
bool pyjson_is_utf8(const char *text, size_t size);

/*
 * Appends a quoted JSON string. `text` must be generalised UTF-8. With `without_nul`
 * the U+0000 are left out. Returns whether the result holds a \uD800-\uDFFF escape that
 * is not half of a pair: such JSON is valid, but no server stores it as JSON.
 */
bool pyjson_add_string(struct strbuf *json, const char *text, size_t size,
                       bool without_nul);

/* Appends repr(float), or NaN, Infinity, -Infinity, which are not JSON. */
void pyjson_add_double(struct strbuf *json, double number);

/*
 * Appends the decimal text of a little-endian two's complement integer, as pickle
 * stores them. Returns false, with nothing appended, where Python would refuse for its
 * length.
 */
bool pyjson_add_long(struct strbuf *json, const unsigned char *bytes, size_t size);

#endif
