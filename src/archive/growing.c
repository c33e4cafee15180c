/* SPDX-License-Identifier: Apache-2.0
 *
 * growing.c - pieces: compressed as they come, synced, and decompressed again before
 * anybody relies on them.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "archive/growing.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "state/file.h"

enum { BLOCK_BYTES = 1 << 17, LEVEL = 3, WORD_BYTES = 7 };

struct growing {
    char *path;    /* when it is finished */
    char *growing; /* until then */
    char *title;   /* in the first line */
    int fd;
    ZSTD_CCtx *zstd;
    ZSTD_DCtx *back;
    struct strbuf text; /* not compressed yet */
    char *in;
    char *out;
    long long kept;   /* bytes that the owner knows of */
    long long sealed; /* bytes on the disk */
    long long piece;  /* bytes of text in the present piece */
    bool has_block;   /* a block has begun */
    long long block_rows;
    /* Of the block. */
    const struct connection *connection;
    const char *name;
    const char *columns;
};

static int fail(const struct growing *growing, const char *what, struct err *err)
{
    return err_set(err, ERR_STATE, "%s \"%s\": %s", what, growing->growing,
                   strerror(errno));
}

static int write_all(struct growing *growing, const char *bytes, size_t size,
                     struct err *err)
{
    while (size > 0) {
        ssize_t put = write(growing->fd, bytes, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail(growing, "writing", err);
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

/* Compresses what has gathered. */
static int flush(struct growing *growing, ZSTD_EndDirective directive, struct err *err)
{
    ZSTD_inBuffer in = {strbuf_text(&growing->text), growing->text.length, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {growing->out, BLOCK_BYTES, 0};

        left = ZSTD_compressStream2(growing->zstd, &out, &in, directive);
        if (ZSTD_isError(left))
            return err_set(err, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
        if (write_all(growing, growing->out, out.pos, err) < 0)
            return -1;
    } while (directive == ZSTD_e_end ? left > 0 : in.pos < in.size);
    growing->piece += (long long)growing->text.length;
    strbuf_truncate(&growing->text, 0);
    return 0;
}

struct growing *growing_open(const char *path, const char *title, long long bytes,
                             struct err *err)
{
    struct growing *growing;

    if (growing_check(path, bytes, err) < 0)
        return NULL;
    growing = xcalloc(1, sizeof(*growing));

    growing->path = xstrdup(path);
    growing->growing = xasprintf("%s.part", path);
    growing->title = xstrdup(title);
    growing->in = xmalloc(BLOCK_BYTES);
    growing->out = xmalloc(BLOCK_BYTES);
    growing->zstd = ZSTD_createCCtx();
    growing->back = ZSTD_createDCtx();
    growing->kept = growing->sealed = bytes;
    /* Finished, and then there was more after all. */
    if (bytes > 0 && growing_is_finished(path) && rename(path, growing->growing) < 0) {
        growing->fd = -1;
        (void)fail(growing, "naming", err);
        goto failed;
    }
    growing->fd = open(growing->growing, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (growing->fd < 0 || growing->zstd == NULL || growing->back == NULL) {
        (void)fail(growing, "opening", err);
        goto failed;
    }
    if (ftruncate(growing->fd, (off_t)bytes) < 0 ||
        lseek(growing->fd, 0, SEEK_END) < 0) {
        (void)fail(growing, "opening", err);
        goto failed;
    }
    (void)ZSTD_CCtx_setParameter(growing->zstd, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setParameter(growing->zstd, ZSTD_c_checksumFlag, 1);
    if (file_sync_parent(path, err) < 0)
        goto failed;
    return growing;
failed:
    growing_close(growing);
    return NULL;
}

static void begin_block(struct growing *growing)
{
    if (growing->sealed == 0 && !growing->has_block)
        strbuf_addf(&growing->text, "-- airshift archive, format_version 1, %s\n",
                    growing->title);
    strbuf_add_char(&growing->text, '\n');
    sql_add_script_begin(growing->connection, &growing->text, growing->name,
                         growing->columns);
    growing->has_block = true;
}

static int add_row(void *context, const char *bytes, size_t size, struct err *err)
{
    struct growing *growing = context;

    if (growing->block_rows == 0)
        begin_block(growing);
    sql_add_script_row(growing->connection, &growing->text, growing->name,
                       growing->columns, bytes, size);
    growing->block_rows++;
    return growing->text.length >= BLOCK_BYTES ? flush(growing, ZSTD_e_continue, err)
                                               : 0;
}

int growing_add(struct growing *growing, struct connection *connection,
                const char *name, const char *columns, const char *from,
                long long *rows, struct err *err)
{
    growing->connection = connection;
    growing->name = name;
    growing->columns = columns;
    growing->block_rows = 0;
    if (sql_unload(connection, from, add_row, growing, err) < 0)
        return -1;
    if (growing->block_rows > 0)
        sql_add_script_end(connection, &growing->text);
    *rows = growing->block_rows;
    return 0;
}

bool growing_is_open(const struct growing *growing)
{
    return growing->has_block;
}

/* What is found when a file is read again. */
struct reading {
    long long bytes; /* of text */
    long long rows;
    const char *end;           /* of the block; NULL outside of one */
    char word[WORD_BYTES + 1]; /* the beginning of the present line */
    size_t length;             /* of the line so far */
};

static bool is_line(const struct reading *reading, const char *line)
{
    return reading->length == strlen(line) &&
           memcmp(reading->word, line, reading->length) == 0;
}

static void end_line(struct reading *reading)
{
    static const char copy[] = SQL_COPY_BEGIN;

    if (reading->end != NULL && is_line(reading, reading->end))
        reading->end = NULL;
    else if (reading->end != NULL)
        reading->rows++;
    else if (is_line(reading, SQL_ROWS_BEGIN))
        reading->end = SQL_ROWS_END;
    else if (reading->length >= sizeof(copy) &&
             memcmp(reading->word, copy, sizeof(copy) - 1) == 0)
        reading->end = SQL_COPY_END;
    reading->length = 0;
}

static void read_text(struct reading *reading, const char *text, size_t size)
{
    reading->bytes += (long long)size;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n') {
            end_line(reading);
            continue;
        }
        if (reading->length < WORD_BYTES)
            reading->word[reading->length] = text[i];
        reading->length++;
    }
}

/* Decompresses from `at` to the end; the checksums are checked on the way. */
static int read_back(struct growing *growing, long long at, struct reading *reading,
                     struct err *err)
{
    size_t left = 0;
    ssize_t got;

    (void)ZSTD_DCtx_reset(growing->back, ZSTD_reset_session_only);
    while ((got = pread(growing->fd, growing->in, BLOCK_BYTES, (off_t)at)) > 0) {
        ZSTD_inBuffer in = {growing->in, (size_t)got, 0};

        at += got;
        while (in.pos < in.size) {
            ZSTD_outBuffer out = {growing->out, BLOCK_BYTES, 0};

            left = ZSTD_decompressStream(growing->back, &out, &in);
            if (ZSTD_isError(left))
                return err_set(err, ERR_STATE, "\"%s\" cannot be read back: %s",
                               growing->growing, ZSTD_getErrorName(left));
            read_text(reading, growing->out, out.pos);
        }
    }
    if (got < 0)
        return fail(growing, "reading", err);
    if (left != 0)
        return err_set(err, ERR_STATE, "\"%s\" ends too early", growing->growing);
    return 0;
}

int growing_seal(struct growing *growing, long long *bytes, struct err *err)
{
    struct reading reading = {0};
    off_t end;

    if (flush(growing, ZSTD_e_end, err) < 0)
        return -1;
    end = lseek(growing->fd, 0, SEEK_END);
    if (end < 0 || fdatasync(growing->fd) < 0)
        return fail(growing, "writing", err);
    if (read_back(growing, growing->sealed, &reading, err) < 0)
        return -1;
    if (reading.bytes != growing->piece)
        return err_set(err, ERR_STATE, "\"%s\" does not hold what was written to it",
                       growing->growing);
    growing->sealed = end;
    growing->piece = 0;
    growing->has_block = false;
    *bytes = end;
    return 0;
}

void growing_keep(struct growing *growing)
{
    growing->kept = growing->sealed;
}

/* A file that cannot be cut now is cut when it is opened again. */
void growing_undo(struct growing *growing)
{
    (void)ZSTD_CCtx_reset(growing->zstd, ZSTD_reset_session_only);
    strbuf_truncate(&growing->text, 0);
    growing->piece = 0;
    growing->has_block = false;
    growing->sealed = growing->kept;
    if (ftruncate(growing->fd, (off_t)growing->kept) == 0)
        (void)lseek(growing->fd, 0, SEEK_END);
}

int growing_finish(struct growing *growing, long long rows, struct err *err)
{
    struct reading reading = {0};
    long long bytes;
    int status = -1;

    strbuf_addf(&growing->text, "\n-- end, %lld rows\n", rows);
    if (growing_seal(growing, &bytes, err) < 0 ||
        read_back(growing, 0, &reading, err) < 0)
        goto done;
    if (reading.rows != rows) {
        (void)err_set(err, ERR_STATE, "\"%s\" holds %lld rows, not %lld",
                      growing->growing, reading.rows, rows);
        goto done;
    }
    if (rename(growing->growing, growing->path) < 0)
        (void)fail(growing, "naming", err);
    else
        status = file_sync_parent(growing->path, err);
done:
    growing_close(growing);
    return status;
}

bool growing_is_finished(const char *path)
{
    char *part = xasprintf("%s.part", path);
    bool is_finished = file_exists(path) && !file_exists(part);

    free(part);
    return is_finished;
}

int growing_check(const char *path, long long bytes, struct err *err)
{
    char *part = xasprintf("%s.part", path);
    const char *name = growing_is_finished(path) ? path : part;
    struct stat facts;
    long long size = stat(name, &facts) == 0 ? (long long)facts.st_size : 0;
    int status = 0;

    if (size < bytes) {
        (void)err_set(err, ERR_STATE, "\"%s\" has %lld bytes, not %lld or more", name,
                      size, bytes);
        status =
            err_hint(err, "Rows that are no longer in the database are in it: find "
                          "that file.");
    }
    free(part);
    return status;
}

void growing_close(struct growing *growing)
{
    if (growing == NULL)
        return;
    if (growing->fd >= 0)
        (void)close(growing->fd);
    ZSTD_freeCCtx(growing->zstd);
    ZSTD_freeDCtx(growing->back);
    strbuf_clear(&growing->text);
    free(growing->in);
    free(growing->out);
    free(growing->title);
    free(growing->growing);
    free(growing->path);
    free(growing);
}
