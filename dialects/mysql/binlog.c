/* SPDX-License-Identifier: Apache-2.0
 *
 * binlog.c - a binary log's file and its events: the magic number, then events, each with
 * a header that says its type and size, and with a checksum behind it where the first one
 * says so. An event may hold others, compressed.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "base/xalloc.h"
#include "mysql/binlog_event.h"

enum {
    MAGIC_BYTES = 4,
    HEADER_BYTES = 19,
    CHECKSUM_BYTES = 4,
    CHECKSUM_NONE = 0,
    CHECKSUM_CRC32 = 1,
    FORMAT_BYTES = 57, /* of a format description, before the list of header lengths */
    FORMAT_VERSION = 4,
    FLAG_IN_USE = 1, /* not part of the checksum: the server takes it off later */
    FILE_BUFFER = 1 << 20,
    GROW_BYTES = 1 << 20,
    QUERY_HEADER_BYTES = 13,
    LOAD_HEADER_BYTES = 13,
};

enum payload_field { PAYLOAD_END = 0, PAYLOAD_COMPRESSION = 2 };
enum payload_compression { PAYLOAD_ZSTD = 0, PAYLOAD_PLAIN = 255 };

struct event {
    uint32_t time;
    unsigned type;
    uint32_t size; /* all of it */
};

struct log {
    const char *path;
    FILE *file;
    uint64_t size;
    uint64_t at; /* where the present event begins */
    unsigned checksum;
    unsigned char *bytes; /* the event; exactly as large as it is */
    struct binlog_maps *maps;
    const struct binlog_reader *reader;
};

static struct event read_header(const unsigned char *bytes)
{
    return (struct event){(uint32_t)binlog_little(bytes, 4), bytes[4],
                          (uint32_t)binlog_little(bytes + 9, 4)};
}

static bool is_whole(const struct log *log, const struct event *event,
                     unsigned checksum)
{
    size_t size = event->size - CHECKSUM_BYTES;
    unsigned char flags = log->bytes[17];
    uLong sum;

    if (checksum != CHECKSUM_CRC32)
        return true;
    if (event->size < HEADER_BYTES + CHECKSUM_BYTES)
        return false;
    if (event->type == FORMAT_DESCRIPTION_EVENT)
        log->bytes[17] = flags & (unsigned char)~FLAG_IN_USE;
    sum = crc32(crc32(0, NULL, 0), log->bytes, (uInt)size);
    log->bytes[17] = flags;
    return sum == binlog_little(log->bytes + size, CHECKSUM_BYTES);
}

/* Reads the event at the present place, which ends before `end`. */
static int read_event(struct log *log, uint64_t end, struct event *event)
{
    unsigned char header[HEADER_BYTES];
    size_t rest;

    if (end - log->at < HEADER_BYTES ||
        fread(header, 1, HEADER_BYTES, log->file) != HEADER_BYTES)
        return BINLOG_DAMAGED;
    *event = read_header(header);
    if (event->size < HEADER_BYTES || event->size > end - log->at)
        return BINLOG_DAMAGED;
    rest = event->size - HEADER_BYTES;
    log->bytes = xrealloc(log->bytes, event->size);
    memcpy(log->bytes, header, HEADER_BYTES);
    return fread(log->bytes + HEADER_BYTES, 1, rest, log->file) == rest
               ? 0
               : BINLOG_DAMAGED;
}

/* Always with room for a checksum, used or not. */
static int read_format(struct log *log, const struct event *event, struct err *err)
{
    struct binlog_bytes body = {log->bytes + HEADER_BYTES, event->size - HEADER_BYTES,
                                false};
    const unsigned char *format = binlog_take(&body, FORMAT_BYTES);
    unsigned checksum;

    if (format == NULL || body.left < 1 + CHECKSUM_BYTES ||
        binlog_little(format, 2) != FORMAT_VERSION || format[56] != HEADER_BYTES)
        return BINLOG_DAMAGED;
    checksum = log->bytes[event->size - CHECKSUM_BYTES - 1];
    if (checksum != CHECKSUM_NONE && checksum != CHECKSUM_CRC32)
        return err_set(err, ERR_UNSUPPORTED,
                       "\"%s\" has checksums of a kind (%u) that is not known",
                       log->path, checksum);
    if (!is_whole(log, event, checksum))
        return BINLOG_DAMAGED;
    log->checksum = checksum;
    return 0;
}

/* True: it begins with one of these words, and changes no rows. */
static bool is_harmless(const char *text, size_t size)
{
    static const char *const words[] = {
        "BEGIN",        "COMMIT",     "ROLLBACK", "SAVEPOINT", "RELEASE",
        "XA ",          "ANALYZE",    "FLUSH",    "GRANT",     "REVOKE",
        "CREATE INDEX", "DROP INDEX", "OPTIMIZE", "REPAIR",    "CREATE UNIQUE INDEX",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);
        size_t k = 0;

        while (k < length && k < size && (text[k] & ~0x20) == (words[i][k] & ~0x20))
            k++;
        if (k == length)
            return true;
    }
    return false;
}

static int take_statement(struct log *log, unsigned type, struct binlog_bytes body)
{
    const unsigned char *head = binlog_take(&body, QUERY_HEADER_BYTES);
    const unsigned char *database;
    size_t size;

    if (type == EXECUTE_LOAD_QUERY_EVENT)
        (void)binlog_take(&body, LOAD_HEADER_BYTES);
    if (head == NULL)
        return BINLOG_DAMAGED;
    size = head[8];
    (void)binlog_take(&body, (size_t)binlog_little(head + 11, 2)); /* variables */
    database = binlog_take(&body, size + 1);
    if (database == NULL)
        return BINLOG_DAMAGED;
    if (!is_harmless((const char *)body.at, body.left))
        log->reader->statement(log->reader->context, (const char *)database, size,
                               (const char *)body.at, body.left);
    return 0;
}

static int take_payload(struct log *log, struct binlog_bytes body, struct err *err);

static int take_event(struct log *log, unsigned type, struct binlog_bytes body,
                      struct err *err)
{
    switch (type) {
    case QUERY_EVENT:
    case EXECUTE_LOAD_QUERY_EVENT:
        return take_statement(log, type, body);
    case TABLE_MAP_EVENT:
        return binlog_take_map(log->maps, body, log->reader);
    case WRITE_ROWS_EVENT_V1:
    case UPDATE_ROWS_EVENT_V1:
    case DELETE_ROWS_EVENT_V1:
    case WRITE_ROWS_EVENT:
    case UPDATE_ROWS_EVENT:
    case DELETE_ROWS_EVENT:
    case PARTIAL_UPDATE_ROWS_EVENT:
        return binlog_take_rows(log->maps, type, body, log->reader, err);
    case INCIDENT_EVENT:
        log->reader->lost(log->reader->context);
        return 0;
    case TRANSACTION_PAYLOAD_EVENT:
        return take_payload(log, body, err);
    default:
        return 0; /* positions, transactions, variables */
    }
}

/* What is decompressed, as it is asked for. */
struct payload {
    ZSTD_DCtx *zstd; /* NULL: it is not compressed */
    ZSTD_inBuffer in;
};

/* How many bytes there were; fewer than asked for at the end, or where it is damaged. */
static size_t payload_read(struct payload *payload, unsigned char *to, size_t size)
{
    ZSTD_outBuffer out = {to, size, 0};

    if (payload->zstd == NULL) {
        size_t left = payload->in.size - payload->in.pos;
        size_t taken = size < left ? size : left;

        if (taken > 0)
            memcpy(to, (const char *)payload->in.src + payload->in.pos, taken);
        payload->in.pos += taken;
        return taken;
    }
    while (out.pos < out.size) {
        size_t in_before = payload->in.pos;
        size_t out_before = out.pos;
        size_t left = ZSTD_decompressStream(payload->zstd, &out, &payload->in);

        if (ZSTD_isError(left) ||
            (payload->in.pos == in_before && out.pos == out_before))
            break;
    }
    return out.pos;
}

/* The events of a transaction, without checksums. Memory is taken as bytes come, because
 * sizes may be wrong. */
static int take_inner(struct log *log, struct payload *payload, struct err *err)
{
    unsigned char header[HEADER_BYTES];
    unsigned char *bytes = NULL;
    int status = 0;
    size_t got;

    while (status == 0 && (got = payload_read(payload, header, HEADER_BYTES)) > 0) {
        struct event event = read_header(header);
        size_t have = 0;
        size_t size;

        status = BINLOG_DAMAGED;
        if (got < HEADER_BYTES || event.size < HEADER_BYTES ||
            event.type == TRANSACTION_PAYLOAD_EVENT)
            break;
        size = event.size - HEADER_BYTES;
        while (have < size) {
            size_t next = size - have < GROW_BYTES ? size - have : GROW_BYTES;

            bytes = xrealloc(bytes, have + next);
            if (payload_read(payload, bytes + have, next) < next)
                break;
            have += next;
        }
        if (have == size)
            status = take_event(log, event.type,
                                (struct binlog_bytes){bytes, size, false}, err);
        if (status == 0)
            status = log->reader->turn(log->reader->context, err);
    }
    free(bytes);
    return status;
}

static int take_payload(struct log *log, struct binlog_bytes body, struct err *err)
{
    uint64_t compression = PAYLOAD_PLAIN;
    struct payload payload = {NULL, {NULL, 0, 0}};
    uint64_t field;
    int status;

    while ((field = binlog_packed(&body)) != PAYLOAD_END && !body.is_short) {
        uint64_t size = binlog_packed(&body);
        struct binlog_bytes value = {body.at, (size_t)size, false};

        if (binlog_take(&body, (size_t)size) == NULL)
            return BINLOG_DAMAGED;
        if (field == PAYLOAD_COMPRESSION)
            compression = binlog_packed(&value);
        if (value.is_short)
            return BINLOG_DAMAGED;
    }
    if (body.is_short)
        return BINLOG_DAMAGED;
    payload.in = (ZSTD_inBuffer){body.at, body.left, 0};
    if (compression == PAYLOAD_ZSTD)
        payload.zstd = ZSTD_createDCtx();
    if (compression == PAYLOAD_ZSTD ? payload.zstd == NULL
                                    : compression != PAYLOAD_PLAIN)
        return err_set(err, ERR_UNSUPPORTED,
                       "\"%s\" has a transaction compressed in a way (%" PRIu64
                       ") that is not known",
                       log->path, compression);
    status = take_inner(log, &payload, err);
    if (status == 0 && payload.in.pos < payload.in.size)
        status = BINLOG_DAMAGED;
    ZSTD_freeDCtx(payload.zstd);
    return status;
}

static int open_log(struct log *log, struct err *err)
{
    static const unsigned char plain[MAGIC_BYTES] = {0xfe, 'b', 'i', 'n'};
    static const unsigned char encrypted[MAGIC_BYTES] = {0xfd, 'b', 'i', 'n'};
    unsigned char magic[MAGIC_BYTES] = {0};
    struct stat facts;

    log->file = fopen(log->path, "re");
    if (log->file == NULL) {
        (void)err_set(err, ERR_STATE, "opening the binary log \"%s\": %s", log->path,
                      strerror(errno));
        return err_hint(err, "airshift reads green's binary logs: run it as root or as "
                             "the user the server runs as.");
    }
    if (fstat(fileno(log->file), &facts) < 0)
        return err_set(err, ERR_STATE, "reading \"%s\": %s", log->path,
                       strerror(errno));
    log->size = (uint64_t)facts.st_size;
    (void)setvbuf(log->file, NULL, _IOFBF, FILE_BUFFER);
    if (fread(magic, 1, MAGIC_BYTES, log->file) == MAGIC_BYTES &&
        memcmp(magic, encrypted, MAGIC_BYTES) == 0)
        return err_set(err, ERR_UNSUPPORTED, "the binary log \"%s\" is encrypted",
                       log->path);
    log->at = MAGIC_BYTES;
    return memcmp(magic, plain, MAGIC_BYTES) == 0 ? 0 : BINLOG_DAMAGED;
}

/* The first event says how to read the others. */
static int begin(struct log *log, struct event *event, struct err *err)
{
    int status = open_log(log, err);

    if (status == 0)
        status = read_event(log, log->size, event);
    if (status == 0 && event->type != FORMAT_DESCRIPTION_EVENT)
        status = BINLOG_DAMAGED;
    if (status == 0)
        status = read_format(log, event, err);
    if (status == 0)
        log->at += event->size;
    return status;
}

static int read_all(struct log *log, uint64_t end, struct err *err)
{
    int status = 0;

    while (status == 0 && log->at < end) {
        size_t behind = log->checksum == CHECKSUM_CRC32 ? CHECKSUM_BYTES : 0;
        struct event event = {0, 0, 0};

        status = read_event(log, end, &event);
        if (status == 0 && event.type == FORMAT_DESCRIPTION_EVENT)
            status = read_format(log, &event, err);
        else if (status == 0 && !is_whole(log, &event, log->checksum))
            status = BINLOG_DAMAGED;
        else if (status == 0)
            status = take_event(
                log, event.type,
                (struct binlog_bytes){log->bytes + HEADER_BYTES,
                                      event.size - HEADER_BYTES - behind, false},
                err);
        if (status == 0)
            status = log->reader->turn(log->reader->context, err);
        if (status == 0)
            log->at += event.size;
    }
    return status;
}

static int finish(struct log *log, int status, struct err *err)
{
    if (status == BINLOG_DAMAGED)
        (void)err_set(err, ERR_STATE,
                      "the binary log \"%s\" is damaged at position %" PRIu64,
                      log->path, log->at);
    if (log->file != NULL)
        (void)fclose(log->file);
    free(log->bytes);
    return status < 0 ? -1 : 0;
}

int binlog_identify(const char *path, uint32_t *created, struct err *err)
{
    struct log log = {.path = path};
    struct event event = {0, 0, 0};
    int status = begin(&log, &event, err);

    *created = event.time;
    return finish(&log, status, err);
}

int binlog_read(const char *path, uint64_t from, uint64_t to,
                const struct binlog_reader *reader, struct err *err)
{
    struct log log = {.path = path, .reader = reader};
    struct event event = {0, 0, 0};
    int status = begin(&log, &event, err);

    if (status == 0 && (to > log.size || from > to))
        status = BINLOG_DAMAGED;
    if (status == 0 && from > log.at) {
        log.at = from;
        if (fseeko(log.file, (off_t)from, SEEK_SET) < 0)
            status = BINLOG_DAMAGED;
    }
    if (status == 0) {
        log.maps = binlog_maps_new();
        status = read_all(&log, to, err);
        binlog_maps_free(log.maps);
    }
    return finish(&log, status, err);
}
