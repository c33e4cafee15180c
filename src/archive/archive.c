/* SPDX-License-Identifier: Apache-2.0
 *
 * archive.c - text that the engine's client loads, through zstd with checksums. The last
 * line says how many rows there are; reading back checks the checksums and that line.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "archive/archive.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "rows_text.h"
#include "state/file.h"

enum { BLOCK_BYTES = 1 << 17, LEVEL = 3, LAST_LINE_MAX = 64 };

struct archive {
    char *path;
    char *temporary;
    int fd;
    ZSTD_CCtx *zstd;
    struct strbuf text; /* not compressed yet */
    char *out;
    long long rows;
    const struct rows_text *format; /* of the last table's session */
    bool has_begun;                 /* there is a row */
    struct rows_text_table table;   /* under way */
};

static int write_all(struct archive *archive, const char *bytes, size_t size,
                     struct err *err)
{
    while (size > 0) {
        ssize_t put = write(archive->fd, bytes, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_set(err, ERR_STATE, "writing \"%s\": %s", archive->temporary,
                           strerror(errno));
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

/* Compresses what has gathered. */
static int flush(struct archive *archive, ZSTD_EndDirective directive, struct err *err)
{
    ZSTD_inBuffer in = {archive->text.data, archive->text.length, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {archive->out, BLOCK_BYTES, 0};

        left = ZSTD_compressStream2(archive->zstd, &out, &in, directive);
        if (ZSTD_isError(left))
            return err_set(err, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
        if (write_all(archive, archive->out, out.pos, err) < 0)
            return -1;
    } while (directive == ZSTD_e_end ? left > 0 : in.pos < in.size);
    strbuf_truncate(&archive->text, 0);
    return 0;
}

struct archive *archive_open(const char *path, const char *title, struct err *err)
{
    struct archive *archive = xcalloc(1, sizeof(*archive));
    char stamp[32] = "";
    struct timespec now;
    struct tm parts;

    archive->path = xstrdup(path);
    archive->temporary = xasprintf("%s.airshift-new", path);
    archive->out = xmalloc(BLOCK_BYTES);
    archive->zstd = ZSTD_createCCtx();
    (void)unlink(
        archive->temporary); /* left by a kill; if that fails, O_EXCL says so */
    archive->fd = open(archive->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (archive->fd < 0 || archive->zstd == NULL) {
        (void)err_set(err, ERR_STATE, "creating \"%s\": %s", archive->temporary,
                      strerror(errno));
        archive_abandon(archive);
        return NULL;
    }
    (void)ZSTD_CCtx_setParameter(archive->zstd, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setParameter(archive->zstd, ZSTD_c_checksumFlag, 1);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &parts);
    strbuf_addf(&archive->text,
                "-- airshift archive, format_version 1, switch %s, %s\n", title, stamp);
    return archive;
}

static int add_row(void *context, const struct sql_field *fields, size_t count,
                   struct err *err)
{
    struct archive *archive = context;

    if (!archive->has_begun)
        archive->format->begin(&archive->text);
    archive->has_begun = true;
    archive->format->add_row(&archive->table, &archive->text, fields, count);
    return archive->text.length >= BLOCK_BYTES ? flush(archive, ZSTD_e_continue, err)
                                               : 0;
}

int archive_add_table(struct archive *archive, struct connection *connection,
                      const char *name, const char *columns, const char *select,
                      long long *rows, struct err *err)
{
    int status = -1;

    archive->format = sql_rows_text(connection);
    archive->table =
        (struct rows_text_table){.name = name, .columns = columns, .select = select};
    if (archive->format->begin_table(connection, &archive->table, err) == 0 &&
        sql_stream(connection, select, add_row, archive, err) == 0)
        status = 0;
    archive->format->end_table(&archive->table, &archive->text);
    archive->rows += archive->table.rows;
    *rows = archive->table.rows;
    return status;
}

/* Decompresses the file and keeps its end. */
static int read_back(struct archive *archive, char last[static LAST_LINE_MAX],
                     struct err *err)
{
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    struct strbuf tail = STRBUF_INIT;
    char *in_bytes = xmalloc(BLOCK_BYTES);
    size_t left = 1;
    ssize_t got = 0;
    int status = -1;

    while (zstd != NULL && (got = read(archive->fd, in_bytes, BLOCK_BYTES)) > 0) {
        ZSTD_inBuffer in = {in_bytes, (size_t)got, 0};

        while (in.pos < in.size) {
            ZSTD_outBuffer out = {archive->out, BLOCK_BYTES, 0};

            left = ZSTD_decompressStream(zstd, &out, &in);
            if (ZSTD_isError(left))
                goto done;
            strbuf_add(&tail, archive->out, out.pos);
            if (tail.length > LAST_LINE_MAX) {
                memmove(tail.data, tail.data + tail.length - LAST_LINE_MAX + 1,
                        LAST_LINE_MAX - 1);
                strbuf_truncate(&tail, LAST_LINE_MAX - 1);
            }
        }
    }
    if (got == 0 && left == 0 && tail.length > 0) {
        size_t start = tail.length - 1; /* the last newline */

        while (start > 0 && tail.data[start - 1] != '\n')
            start--;
        (void)snprintf(last, LAST_LINE_MAX, "%s", tail.data + start);
        status = 0;
    }
done:
    if (status < 0)
        (void)err_set(err, ERR_STATE, "\"%s\" cannot be read back", archive->temporary);
    ZSTD_freeDCtx(zstd);
    strbuf_clear(&tail);
    free(in_bytes);
    return status;
}

int archive_finish(struct archive *archive, struct err *err)
{
    char last[LAST_LINE_MAX];
    char expected[LAST_LINE_MAX];
    int status = -1;

    (void)snprintf(expected, sizeof(expected), "-- end, %lld rows\n", archive->rows);
    if (archive->has_begun)
        archive->format->end(&archive->text);
    strbuf_addf(&archive->text, "\n%s", expected);
    if (flush(archive, ZSTD_e_end, err) < 0)
        goto done;
    if (fsync(archive->fd) < 0 || lseek(archive->fd, 0, SEEK_SET) < 0) {
        (void)err_set(err, ERR_STATE, "writing \"%s\": %s", archive->temporary,
                      strerror(errno));
        goto done;
    }
    if (read_back(archive, last, err) < 0)
        goto done;
    if (strcmp(last, expected) != 0) {
        (void)err_set(err, ERR_STATE, "\"%s\" does not end as it should",
                      archive->temporary);
        goto done;
    }
    if (rename(archive->temporary, archive->path) < 0) {
        (void)err_set(err, ERR_STATE, "naming \"%s\": %s", archive->path,
                      strerror(errno));
        goto done;
    }
    status = file_sync_parent(archive->path, err);
done:
    archive_abandon(archive);
    return status;
}

void archive_abandon(struct archive *archive)
{
    if (archive == NULL)
        return;
    if (archive->fd >= 0)
        (void)close(archive->fd);
    (void)unlink(archive->temporary); /* not there any more after archive_finish() */
    ZSTD_freeCCtx(archive->zstd);
    strbuf_clear(&archive->text);
    free(archive->out);
    free(archive->temporary);
    free(archive->path);
    free(archive);
}
