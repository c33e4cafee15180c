/* SPDX-License-Identifier: Apache-2.0
 *
 * deflate.c - packs and unpacks with the zlib library, a piece at a time.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/xalloc.h"
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

/* So that zlib never fails for want of memory. */
static voidpf take_memory(voidpf opaque, uInt count, uInt size)
{
    (void)opaque;
    return xcalloc(count, size);
}

static void free_memory(voidpf opaque, voidpf memory)
{
    (void)opaque;
    free(memory);
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
    z_stream stream = {.zalloc = take_memory, .zfree = free_memory};
    size_t start = plain->length;
    const char *problem = NULL;
    int status = Z_OK;

    if (inflateInit2(&stream, window_bits(format)) != Z_OK)
        return "the zlib library refuses to work";
    stream.next_in = (z_const Bytef *)bytes;
    while (status == Z_OK && problem == NULL) {
        feed(&stream, &size);
        stream.next_out = piece;
        stream.avail_out = sizeof(piece);
        status = inflate(&stream, Z_NO_FLUSH);
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

const char *deflate_pack(const void *plain, size_t size, enum deflate_format format,
                         struct strbuf *bytes)
{
    int level = format == DEFLATE_GZIP ? GZIP_LEVEL : Z_DEFAULT_COMPRESSION;
    unsigned char piece[PIECE_BYTES];
    z_stream stream = {.zalloc = take_memory, .zfree = free_memory};
    int status = Z_OK;

    if (deflateInit2(&stream, level, Z_DEFLATED, window_bits(format), MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return "the zlib library refuses to work";
    stream.next_in = (z_const Bytef *)plain;
    while (status == Z_OK) {
        feed(&stream, &size);
        stream.next_out = piece;
        stream.avail_out = sizeof(piece);
        status = deflate(&stream, size == 0 ? Z_FINISH : Z_NO_FLUSH);
        strbuf_add(bytes, piece, sizeof(piece) - stream.avail_out);
    }
    (void)deflateEnd(&stream);
    return status == Z_STREAM_END ? NULL : "the zlib library failed";
}
