/* SPDX-License-Identifier: Apache-2.0
 *
 * deflate.c - packs and unpacks with the zlib library, a piece at a time.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "native/deflate.h"

enum {
    PIECE_BYTES = 32 * 1024,
    WINDOW_BITS = 15,
    GZIP_BITS = 16, /* added to the window bits: a gzip wrapper */
    GZIP_LEVEL = 9, /* Python's default there */
    MEMORY_LEVEL = 8,
};

static int window_bits(enum deflate_format format)
{
    return format == DEFLATE_GZIP ? WINDOW_BITS + GZIP_BITS : WINDOW_BITS;
}

enum deflate_format deflate_detect(const void *bytes, size_t size)
{
    return size >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0 ? DEFLATE_GZIP : DEFLATE_ZLIB;
}

/* zlib has no other way to fail at its start, and none at all when packing. */
static void die(void)
{
    log_error("zlib: out of memory");
    exit(EXIT_CODE_INTERNAL);
}

/* zlib takes counts of 32 bits: hands over the next part of the input. */
static void feed(z_stream *stream, size_t *left)
{
    uInt part = *left > UINT32_MAX / 2 ? (uInt)(UINT32_MAX / 2) : (uInt)*left;

    if (stream->avail_in > 0)
        return;
    stream->avail_in = part;
    *left -= part;
}

const char *deflate_unpack(const void *bytes, size_t size, enum deflate_format format,
                           size_t limit, struct strbuf *plain)
{
    unsigned char piece[PIECE_BYTES];
    z_stream stream = {0};
    size_t start = plain->length;
    const char *problem = NULL;
    int status = Z_OK;

    if (inflateInit2(&stream, window_bits(format)) != Z_OK)
        die();
    stream.next_in = (z_const Bytef *)bytes;
    while (status == Z_OK && problem == NULL) {
        feed(&stream, &size);
        stream.next_out = piece;
        stream.avail_out = sizeof(piece);
        status = inflate(&stream, Z_NO_FLUSH);
        if (status == Z_MEM_ERROR)
            die();
        strbuf_add(plain, piece, sizeof(piece) - stream.avail_out);
        if (plain->length - start > limit)
            problem = "its unpacked text is larger than airshift's limit";
    }
    if (problem == NULL && status == Z_BUF_ERROR)
        problem = "the compressed data is truncated";
    else if (problem == NULL && status != Z_STREAM_END)
        problem = "the compressed data is damaged";
    (void)inflateEnd(&stream);
    if (problem != NULL)
        strbuf_truncate(plain, start);
    return problem;
}

void deflate_pack(const void *plain, size_t size, enum deflate_format format,
                  struct strbuf *bytes)
{
    int level = format == DEFLATE_GZIP ? GZIP_LEVEL : Z_DEFAULT_COMPRESSION;
    unsigned char piece[PIECE_BYTES];
    z_stream stream = {0};
    int status = Z_OK;

    if (deflateInit2(&stream, level, Z_DEFLATED, window_bits(format), MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        die();
    stream.next_in = (z_const Bytef *)plain;
    while (status == Z_OK) {
        feed(&stream, &size);
        stream.next_out = piece;
        stream.avail_out = sizeof(piece);
        status = deflate(&stream, size == 0 ? Z_FINISH : Z_NO_FLUSH);
        strbuf_add(bytes, piece, sizeof(piece) - stream.avail_out);
    }
    (void)deflateEnd(&stream);
}
