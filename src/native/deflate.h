/* SPDX-License-Identifier: Apache-2.0
 *
 * deflate.h - zlib and gzip streams as Python's modules of these names read and write
 * them.
 */
#ifndef AIRSHIFT_NATIVE_DEFLATE_H
#define AIRSHIFT_NATIVE_DEFLATE_H

#include <stddef.h>

#include "base/strbuf.h"

enum deflate_format {
    DEFLATE_ZLIB,
    DEFLATE_GZIP,
};

/* What the first bytes say; anything that is not gzip is taken for zlib. */
enum deflate_format deflate_detect(const void *bytes, size_t size);

/*
 * Appends what one stream holds: NULL, or a static text why that cannot be. What
 * follows the stream's end is ignored, as Python does. Nothing larger than `limit` is
 * unpacked.
 */
const char *deflate_unpack(const void *bytes, size_t size, enum deflate_format format,
                           size_t limit, struct strbuf *plain)
    __attribute__((warn_unused_result));

/* Appends a stream: the bytes of zlib.compress(), or of gzip.compress() without a time.
 * Returns NULL, or a static text. */
const char *deflate_pack(const void *plain, size_t size, enum deflate_format format,
                         struct strbuf *bytes) __attribute__((warn_unused_result));

#endif
