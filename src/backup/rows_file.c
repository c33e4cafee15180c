/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_file.c - COPY text, zstd, SHA-256. Memory is a few blocks, whatever the table.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "backup/rows_file.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

enum { BLOCK_BYTES = 1 << 17, LEVEL = 3 };

/* FNV-1a, then the finalizer of MurmurHash3: without it the sum would forget how the
 * bytes of different rows are paired. */
static uint64_t hash_row(const char *row, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)row[i]) * UINT64_C(1099511628211);
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

void rows_sum_add(struct rows_sum *sum, const char *row, size_t size)
{
    sum->rows++;
    sum->hash += hash_row(row, size);
}

struct writer {
    const char *path; /* borrowed */
    int fd;
    ZSTD_CCtx *zstd;
    struct sha256 *digest;
    struct strbuf text; /* not compressed yet */
    char *out;
    long long bytes;
    struct rows_sum *rows;
    atomic_llong *handled;
};

static int put(struct writer *writer, const char *bytes, size_t size, struct err *err)
{
    sha256_add(writer->digest, bytes, size);
    writer->bytes += (long long)size;
    while (size > 0) {
        ssize_t count = write(writer->fd, bytes, size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return err_set(err, ERR_STATE, "writing \"%s\": %s", writer->path,
                           strerror(errno));
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

static int compress(struct writer *writer, ZSTD_EndDirective directive, struct err *err)
{
    ZSTD_inBuffer in = {writer->text.data, writer->text.length, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {writer->out, BLOCK_BYTES, 0};

        left = ZSTD_compressStream2(writer->zstd, &out, &in, directive);
        if (ZSTD_isError(left))
            return err_set(err, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
        if (put(writer, writer->out, out.pos, err) < 0)
            return -1;
    } while (directive == ZSTD_e_end ? left > 0 : in.pos < in.size);
    strbuf_truncate(&writer->text, 0);
    return 0;
}

static int take_row(void *context, const char *bytes, size_t size, struct err *err)
{
    struct writer *writer = context;

    rows_sum_add(writer->rows, bytes, size);
    atomic_fetch_add_explicit(writer->handled, 1, memory_order_relaxed);
    strbuf_add(&writer->text, bytes, size);
    return writer->text.length >= BLOCK_BYTES ? compress(writer, ZSTD_e_continue, err)
                                              : 0;
}

static int writer_begin(struct writer *writer, struct err *err)
{
    writer->fd = open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (writer->fd < 0)
        return err_set(err, ERR_STATE, "creating \"%s\": %s", writer->path,
                       strerror(errno));
    writer->zstd = ZSTD_createCCtx();
    writer->digest = sha256_new();
    writer->out = xmalloc(BLOCK_BYTES);
    if (writer->zstd == NULL || writer->digest == NULL)
        return err_set(err, ERR_INTERNAL, "no zstd or no SHA-256");
    (void)ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
    return 0;
}

int rows_file_write(const char *path, struct connection *connection, const char *from,
                    atomic_llong *handled, struct rows_sum *rows, struct file_sum *file,
                    struct err *err)
{
    struct writer writer = {
        .path = path, .fd = -1, .rows = rows, .handled = handled, .text = STRBUF_INIT};
    int status = -1;

    memset(rows, 0, sizeof(*rows));
    if (writer_begin(&writer, err) == 0 &&
        sql_unload(connection, from, take_row, &writer, err) == 0 &&
        compress(&writer, ZSTD_e_end, err) == 0)
        status = 0;
    if (status == 0 && fsync(writer.fd) < 0)
        status = err_set(err, ERR_STATE, "writing \"%s\": %s", path, strerror(errno));
    if (sha256_end(writer.digest, file->sha256) < 0 && status == 0)
        status = err_set(err, ERR_INTERNAL, "SHA-256 failed");
    file->bytes = writer.bytes;
    if (writer.fd >= 0)
        (void)close(writer.fd);
    ZSTD_freeCCtx(writer.zstd);
    strbuf_clear(&writer.text);
    free(writer.out);
    return status;
}

struct reader {
    const char *path; /* borrowed */
    struct connection *connection;
    ZSTD_DCtx *zstd;
    struct strbuf row; /* one that is not whole yet */
    struct rows_sum rows;
    atomic_llong *handled;
};

/* Counts the rows in the bytes; what is left of the last one waits for its end. */
static void count_rows(struct reader *reader, const char *bytes, size_t size)
{
    const char *end;

    while ((end = memchr(bytes, '\n', size)) != NULL) {
        size_t length = (size_t)(end - bytes) + 1;

        if (reader->row.length > 0) {
            strbuf_add(&reader->row, bytes, length);
            rows_sum_add(&reader->rows, reader->row.data, reader->row.length);
            strbuf_truncate(&reader->row, 0);
        } else {
            rows_sum_add(&reader->rows, bytes, length);
        }
        atomic_fetch_add_explicit(reader->handled, 1, memory_order_relaxed);
        bytes += length;
        size -= length;
    }
    strbuf_add(&reader->row, bytes, size);
}

static int decompress(struct reader *reader, const char *bytes, size_t size, char *text,
                      size_t *left, struct err *err)
{
    ZSTD_inBuffer in = {bytes, size, 0};

    while (in.pos < in.size) {
        ZSTD_outBuffer out = {text, BLOCK_BYTES, 0};

        *left = ZSTD_decompressStream(reader->zstd, &out, &in);
        if (ZSTD_isError(*left))
            return err_set(err, ERR_STATE, "\"%s\" is damaged: %s", reader->path,
                           ZSTD_getErrorName(*left));
        count_rows(reader, text, out.pos);
        if (sql_load_bytes(reader->connection, text, out.pos, err) < 0)
            return -1;
    }
    return 0;
}

static int feed(struct reader *reader, int fd, struct err *err)
{
    char *bytes = xmalloc(BLOCK_BYTES);
    char *text = xmalloc(BLOCK_BYTES);
    size_t left = 1; /* not at the end of a frame */
    int status = 0;
    ssize_t got;

    while (status == 0 && (got = read(fd, bytes, BLOCK_BYTES)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        status = got < 0 ? err_set(err, ERR_STATE, "reading \"%s\": %s", reader->path,
                                   strerror(errno))
                         : decompress(reader, bytes, (size_t)got, text, &left, err);
    }
    if (status == 0 && (left != 0 || reader->row.length > 0))
        status = err_set(err, ERR_STATE, "\"%s\" is cut off", reader->path);
    free(text);
    free(bytes);
    return status;
}

int rows_file_load(const char *path, struct connection *connection, const char *into,
                   const struct rows_sum *expected, atomic_llong *handled,
                   struct err *err)
{
    struct reader reader = {.path = path,
                            .connection = connection,
                            .zstd = ZSTD_createDCtx(),
                            .row = STRBUF_INIT,
                            .handled = handled};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int status = -1;

    if (fd < 0)
        (void)err_set(err, ERR_STATE, "reading \"%s\": %s", path, strerror(errno));
    else if (reader.zstd == NULL)
        (void)err_set(err, ERR_INTERNAL, "no zstd");
    else if (sql_load_begin(connection, into, err) == 0)
        status = feed(&reader, fd, err);
    if (status == 0 &&
        (reader.rows.rows != expected->rows || reader.rows.hash != expected->hash))
        status =
            err_set(err, ERR_STATE, "\"%s\" has other rows than were backed up", path);
    if (status == 0)
        status = sql_load_end(connection, err);
    if (fd >= 0)
        (void)close(fd);
    ZSTD_freeDCtx(reader.zstd);
    strbuf_clear(&reader.row);
    return status;
}

int file_sum_read(const char *path, struct file_sum *sum, struct err *err)
{
    struct sha256 *digest = sha256_new();
    char *bytes = xmalloc(BLOCK_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int status = 0;
    ssize_t got;

    sum->bytes = 0;
    if (fd < 0)
        status = err_set(err, ERR_STATE, "reading \"%s\": %s", path, strerror(errno));
    else if (digest == NULL)
        status = err_set(err, ERR_INTERNAL, "no SHA-256");
    while (status == 0 && (got = read(fd, bytes, BLOCK_BYTES)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            status =
                err_set(err, ERR_STATE, "reading \"%s\": %s", path, strerror(errno));
        } else {
            sha256_add(digest, bytes, (size_t)got);
            sum->bytes += got;
        }
    }
    if (sha256_end(digest, sum->sha256) < 0 && status == 0)
        status = err_set(err, ERR_INTERNAL, "SHA-256 failed");
    if (fd >= 0)
        (void)close(fd);
    free(bytes);
    return status;
}
