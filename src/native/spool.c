/* SPDX-License-Identifier: Apache-2.0
 *
 * spool.c - a row is its size in 8 bytes and its fields; a field is its size in 8 bytes
 * (all ones for NULL), its bytes, and a NUL.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "native/spool.h"
#include "pickle/fernet.h"

enum { MEMORY_BYTES = 16 * 1024 * 1024, FIELDS_MOST = 8 };

#define SIZE_OF_NULL UINT64_MAX

static int fail(const char *what, struct err *err)
{
    (void)err_set(err, ERR_STATE, "%s the temporary file: %s", what, strerror(errno));
    return err_hint(
        err, "It is in the directory that TMPDIR names, or in /tmp. There must be "
             "room for all the values that are converted.");
}

static int open_file(struct spool *spool, struct err *err)
{
    const char *directory = getenv("TMPDIR");
    char *path;

    if (directory == NULL || directory[0] == '\0')
        directory = "/tmp";
    path = xasprintf("%s/airshift-XXXXXX", directory);
    spool->file = mkstemp(path);
    if (spool->file >= 0)
        (void)unlink(path); /* it goes when the process does */
    free(path);
    return spool->file >= 0 ? 0 : fail("cannot make", err);
}

static int flush(struct spool *spool, struct err *err)
{
    size_t done = 0;

    if (spool->file < 0 && open_file(spool, err) < 0)
        return -1;
    while (done < spool->buffer.length) {
        ssize_t part =
            write(spool->file, spool->buffer.data + done, spool->buffer.length - done);

        if (part < 0 && errno != EINTR)
            return fail("cannot write", err);
        done += part > 0 ? (size_t)part : 0;
    }
    strbuf_truncate(&spool->buffer, 0);
    return 0;
}

int spool_add(struct spool *spool, const struct sql_field *fields, size_t count,
              struct err *err)
{
    uint64_t row_size = 0;

    if (count > FIELDS_MOST)
        return err_set(err, ERR_INTERNAL, "a row of %zu fields", count);
    spool->rows++;
    spool->field_count = count;
    for (size_t i = 0; i < count; i++)
        row_size +=
            sizeof(uint64_t) + (fields[i].bytes != NULL ? fields[i].size : 0) + 1;
    strbuf_add(&spool->buffer, &row_size, sizeof(row_size));
    for (size_t i = 0; i < count; i++) {
        uint64_t size = fields[i].bytes != NULL ? fields[i].size : SIZE_OF_NULL;

        strbuf_add(&spool->buffer, &size, sizeof(size));
        if (fields[i].bytes != NULL)
            strbuf_add(&spool->buffer, fields[i].bytes, fields[i].size);
        strbuf_add_char(&spool->buffer, '\0');
    }
    return spool->buffer.length > MEMORY_BYTES ? flush(spool, err) : 0;
}

/* Reads on until that many bytes are there behind `at`; drops those before it. */
static int fill(struct spool *spool, size_t *at, size_t wanted, struct err *err)
{
    char piece[64 * 1024];
    size_t left = spool->buffer.length - *at;

    if (spool->file < 0 || left >= wanted)
        return 0;
    if (left > 0)
        memmove(spool->buffer.data, spool->buffer.data + *at, left);
    strbuf_truncate(&spool->buffer, left);
    *at = 0;
    while (spool->buffer.length < wanted) {
        ssize_t part = read(spool->file, piece, sizeof(piece));

        if (part == 0)
            errno = EIO;
        if (part == 0 || (part < 0 && errno != EINTR))
            return fail("cannot read", err);
        strbuf_add(&spool->buffer, piece, part > 0 ? (size_t)part : 0);
    }
    return 0;
}

static void read_fields(const char *bytes, struct sql_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t size;

        memcpy(&size, bytes, sizeof(size));
        bytes += sizeof(size);
        fields[i].bytes = size != SIZE_OF_NULL ? bytes : NULL;
        fields[i].size = size != SIZE_OF_NULL ? (size_t)size : 0;
        bytes += fields[i].size + 1;
    }
}

int spool_replay(struct spool *spool, sql_row_function *function, void *context,
                 struct err *err)
{
    struct sql_field fields[FIELDS_MOST];
    size_t at = 0;

    if (spool->file >= 0) {
        if (flush(spool, err) < 0)
            return -1;
        if (lseek(spool->file, 0, SEEK_SET) < 0)
            return fail("cannot read", err);
    }
    for (size_t row = 0; row < spool->rows; row++) {
        uint64_t size;

        if (fill(spool, &at, sizeof(size), err) < 0)
            return -1;
        memcpy(&size, spool->buffer.data + at, sizeof(size));
        at += sizeof(size);
        if (fill(spool, &at, size, err) < 0)
            return -1;
        read_fields(spool->buffer.data + at, fields, spool->field_count);
        at += size;
        if (function(context, fields, spool->field_count, err) < 0)
            return -1;
    }
    return 0;
}

void spool_clear(struct spool *spool)
{
    fernet_wipe(&spool->buffer);
    if (spool->file >= 0)
        (void)close(spool->file);
    spool->file = -1;
    spool->rows = 0;
}
