/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.c - reading, checking and appending. The file is only ever appended to; the
 * one time it is cut is when a line without its end is found, which no reader has ever
 * trusted.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "state/fault.h"
#include "state/file.h"
#include "state/journal.h"

enum {
    FIELDS_MAX = 16,
    FILE_MAX_BYTES = 64 << 20,
    TEXT_MAX = 1500,
};

struct journal {
    struct arena *arena;
    char *directory;
    char *path;
    int lock_fd;
    int fd;         /* -1 when only reading */
    bool is_dry;    /* records go nowhere but into memory */
    bool is_broken; /* a write failed: what is on disk is not known, so no more of them
                     */
    struct list records;
    const char *id;
    const char *state;
    const char *pending;
    const struct journal_record *failure;
};

/* FNV-1a: finds a torn or edited line; it is no protection against anybody. */
static uint32_t sum_of(const char *bytes, size_t size)
{
    uint32_t sum = 2166136261u;

    for (size_t i = 0; i < size; i++) {
        sum ^= (unsigned char)bytes[i];
        sum *= 16777619u;
    }
    return sum;
}

static void add_escaped(struct strbuf *line, const char *value)
{
    for (size_t i = 0; value[i] != '\0' && i < TEXT_MAX; i++) {
        unsigned char character = (unsigned char)value[i];

        if (character < 0x20 || character == '%' || character == 0x7f)
            strbuf_addf(line, "%%%02X", character);
        else
            strbuf_add_char(line, (char)character);
    }
}

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

/* In place. -1 for a percent sign that is not followed by two digits, and for %00. */
static int unescape(char *value)
{
    char *to = value;

    for (const char *from = value; *from != '\0'; from++) {
        if (*from == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);

            if (low < 0 || (high == 0 && low == 0))
                return -1;
            *to++ = (char)(high * 16 + low);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return 0;
}

/* What a record changes in what is known. */
static void apply(struct journal *journal, const struct journal_record *record)
{
    list_add(journal->arena, &journal->records, (void *)(uintptr_t)record);
    if (strcmp(record->kind, "open") == 0) {
        journal->id = journal_value(record, "switch");
    } else if (strcmp(record->kind, "begin") == 0) {
        journal->pending = journal_value(record, "action");
    } else if (strcmp(record->kind, "end") == 0) {
        journal->state = journal_value(record, "state");
        journal->pending = NULL;
        journal->failure = NULL;
    } else if (strcmp(record->kind, "fail") == 0) {
        journal->state = journal_value(record, "state");
        journal->pending = NULL;
        journal->failure = record;
    }
}

/* Takes one line apart, without its newline. NULL when it is not a whole record. */
static struct journal_record *parse_line(struct journal *journal, const char *text,
                                         size_t length)
{
    char *line = arena_strndup(journal->arena, text, length);
    char *mark = strlen(line) == length ? strstr(line, "\tsum=") : NULL;
    struct journal_record *record;
    const char **keys;
    const char **values;
    char *end;
    char *field;
    char *next;

    if (mark == NULL || strlen(mark) != 13 ||
        strtoul(mark + 5, &end, 16) != sum_of(line, (size_t)(mark - line)) ||
        *end != '\0')
        return NULL;
    *mark = '\0';
    record = arena_zalloc(journal->arena, sizeof(*record));
    keys = arena_zalloc(journal->arena, FIELDS_MAX * sizeof(*keys));
    values = arena_zalloc(journal->arena, FIELDS_MAX * sizeof(*values));
    record->keys = keys;
    record->values = values;
    next = line;
    for (int at = 0; (field = strsep(&next, "\t")) != NULL; at++) {
        char *equals;

        if (at == 0) {
            record->number = strtoul(field, &end, 10);
            if (end == field || *end != '\0')
                return NULL;
        } else if (at == 1) {
            record->time = field;
        } else if (at == 2) {
            record->kind = field;
        } else {
            equals = strchr(field, '=');
            if (equals == NULL || record->count == FIELDS_MAX ||
                unescape(equals + 1) < 0)
                return NULL;
            *equals = '\0';
            keys[record->count] = field;
            values[record->count++] = equals + 1;
        }
    }
    if (record->kind == NULL || record->number != journal->records.count + 1 ||
        (strcmp(record->kind, "fact") == 0 && record->count == 0))
        return NULL;
    return record;
}

static int check_version(const struct journal *journal, struct err *err)
{
    const struct journal_record *first = journal_record(journal, 0);
    long version;

    if (strcmp(first->kind, "open") != 0 || journal->id[0] == '\0')
        return err_set(err, ERR_STATE, "\"%s\" is not a journal of airshift",
                       journal->path);
    version = strtol(journal_value(first, "format_version"), NULL, 10);
    if (version < 1 || version > JOURNAL_FORMAT_VERSION) {
        (void)err_set(err, ERR_STATE,
                      "the journal \"%s\" has format %ld; this is format %d",
                      journal->path, version, JOURNAL_FORMAT_VERSION);
        return err_hint(err, "Use the airshift that wrote it.");
    }
    return 0;
}

/* Reads what is there; `*whole` is set to the bytes that are good. */
static int load(struct journal *journal, size_t *whole, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    const char *text;
    size_t at = 0;
    int status = -1;

    if (file_read(journal->path, FILE_MAX_BYTES, &content, err) < 0)
        goto done;
    text = strbuf_text(&content);
    while (at < content.length) {
        const char *newline = memchr(text + at, '\n', content.length - at);
        const struct journal_record *record =
            newline == NULL
                ? NULL
                : parse_line(journal, text + at, (size_t)(newline - text) - at);

        if (record == NULL) {
            /* Only what a crash can leave is forgiven: the last line, without its end.
             */
            if (newline == NULL)
                break;
            (void)err_set(err, ERR_STATE, "the journal \"%s\" is damaged at record %zu",
                          journal->path, journal->records.count + 1);
            goto done;
        }
        apply(journal, record);
        at = (size_t)(newline - text) + 1;
    }
    *whole = at;
    status = journal->records.count == 0 ? 0 : check_version(journal, err);
done:
    strbuf_clear(&content);
    return status;
}

static void add_now(struct strbuf *line)
{
    struct timespec now;
    struct tm parts;
    char text[32];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    strbuf_addf(line, "%s.%03dZ", text, (int)(now.tv_nsec / 1000000));
}

/* Appends one record: count pairs of key and value. */
static int append(struct journal *journal, const char *step, const char *kind,
                  size_t count, const char *const pairs[][2], struct err *err)
{
    struct strbuf line = STRBUF_INIT;
    const struct journal_record *record;
    size_t done = 0;
    int status = -1;

    if ((journal->fd < 0 && !journal->is_dry) || journal->is_broken)
        return err_set(err, ERR_INTERNAL, "the journal cannot be written to");
    strbuf_addf(&line, "%zu\t", journal->records.count + 1);
    add_now(&line);
    strbuf_addf(&line, "\t%s", kind);
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(&line, "\t%s=", pairs[i][0]);
        add_escaped(&line, pairs[i][1]);
    }
    strbuf_addf(&line, "\tsum=%08x\n", (unsigned)sum_of(line.data, line.length));
    fault_point(step, "before");
    if (journal->is_dry)
        done = line.length;
    while (done < line.length) {
        ssize_t put = write(journal->fd, line.data + done, line.length - done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            break;
        done += (size_t)put;
    }
    if (done < line.length || (!journal->is_dry && fdatasync(journal->fd) < 0)) {
        journal->is_broken = true;
        (void)err_set(err, ERR_STATE, "writing the journal \"%s\": %s", journal->path,
                      strerror(errno));
        goto done;
    }
    fault_point(step, "after");
    record = parse_line(journal, line.data, line.length - 1);
    if (record == NULL) {
        journal->is_broken = true;
        (void)err_set(err, ERR_INTERNAL, "a journal record cannot be read back");
        goto done;
    }
    apply(journal, record);
    status = 0;
done:
    strbuf_clear(&line);
    return status;
}

static void forget(struct journal *journal)
{
    arena_free(journal->arena);
    journal->arena = arena_new();
    memset(&journal->records, 0, sizeof(journal->records));
    journal->id = "";
    journal->state = "";
    journal->pending = NULL;
    journal->failure = NULL;
}

/* The first record. Names of slots are made of the id, hence its letters. */
static int write_header(struct journal *journal, struct err *err)
{
    struct timespec now;
    struct tm parts;
    char stamp[32];
    char id[48];
    char version[16];
    unsigned short random = 0;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(stamp, sizeof(stamp), "%Y%m%dt%H%M%S", &parts);
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random = (unsigned short)now.tv_nsec;
    (void)snprintf(id, sizeof(id), "%s_%04x", stamp, random);
    (void)snprintf(version, sizeof(version), "%d", JOURNAL_FORMAT_VERSION);
    return append(journal, "journal.open", "open", 2,
                  (const char *const[][2]){{"format_version", version}, {"switch", id}},
                  err);
}

static int open_for_writing(struct journal *journal, struct err *err)
{
    size_t whole = 0;

    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal->fd < 0)
        return err_set(err, ERR_CONFIG, "opening the journal \"%s\": %s", journal->path,
                       strerror(errno));
    if (file_sync_directory(journal->directory, err) < 0 ||
        load(journal, &whole, err) < 0)
        return -1;
    if (ftruncate(journal->fd, (off_t)whole) < 0 || fsync(journal->fd) < 0)
        return err_set(err, ERR_CONFIG, "cutting the journal \"%s\": %s", journal->path,
                       strerror(errno));
    return journal->records.count == 0 ? write_header(journal, err) : 0;
}

static int take_lock(struct journal *journal, struct err *err)
{
    char *path = xasprintf("%s/lock", journal->directory);
    int status = -1;

    journal->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock_fd < 0) {
        (void)err_set(err, ERR_CONFIG, "opening \"%s\": %s", path, strerror(errno));
    } else if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        (void)err_set(err, ERR_LOCK, "another airshift works on the switch in \"%s\"",
                      journal->directory);
        (void)err_hint(err, "\"airshift switch status\" shows what it does.");
    } else {
        status = 0;
    }
    free(path);
    return status;
}

struct journal *journal_open(const char *directory, enum journal_mode mode,
                             struct err *err)
{
    struct journal *journal = xcalloc(1, sizeof(*journal));
    size_t whole;
    int status;

    journal->lock_fd = -1;
    journal->fd = -1;
    journal->directory = xstrdup(directory);
    journal->path = xasprintf("%s/journal", directory);
    forget(journal);
    if (mode == JOURNAL_READ) {
        if (!file_exists(journal->path))
            status = err_set(err, ERR_STATE, "there is no switch in \"%s\"", directory);
        else
            status = load(journal, &whole, err);
        if (status == 0 && journal->records.count == 0)
            status = err_set(err, ERR_STATE, "the switch in \"%s\" has not begun",
                             directory);
    } else if (mode == JOURNAL_DRY) {
        journal->is_dry = true;
        status = file_exists(journal->path) ? load(journal, &whole, err) : 0;
        if (status == 0 && journal->records.count == 0)
            status = write_header(journal, err);
    } else {
        status = file_make_private_directory(directory, FILE_OWNER_KEEP, 0, err);
        if (status == 0)
            status = take_lock(journal, err);
        if (status == 0)
            status = open_for_writing(journal, err);
    }
    if (status == 0)
        return journal;
    journal_close(journal);
    return NULL;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->fd >= 0)
        (void)close(journal->fd);
    if (journal->lock_fd >= 0)
        (void)close(journal->lock_fd);
    arena_free(journal->arena);
    free(journal->path);
    free(journal->directory);
    free(journal);
}

int journal_renew(struct journal *journal, struct err *err)
{
    char *aside = xasprintf("%s.%s", journal->path, journal->id);
    int status = -1;

    if (journal->is_dry) {
        forget(journal);
        status = write_header(journal, err);
        goto done;
    }
    if (rename(journal->path, aside) < 0) {
        (void)err_set(err, ERR_CONFIG, "putting the journal \"%s\" aside: %s",
                      journal->path, strerror(errno));
        goto done;
    }
    (void)close(journal->fd);
    journal->fd = -1;
    forget(journal);
    status = open_for_writing(journal, err);
done:
    free(aside);
    return status;
}

const char *journal_switch(const struct journal *journal)
{
    return journal->id;
}

const char *journal_state(const struct journal *journal)
{
    return journal->state;
}

const char *journal_pending(const struct journal *journal)
{
    return journal->pending;
}

const struct journal_record *journal_failure(const struct journal *journal)
{
    return journal->failure;
}

int journal_begin(struct journal *journal, const char *state, const char *event,
                  const char *action, struct err *err)
{
    char step[128];

    (void)snprintf(step, sizeof(step), "%s.begin", action);
    return append(journal, step, "begin", 3,
                  (const char *const[][2]){
                      {"state", state}, {"event", event}, {"action", action}},
                  err);
}

int journal_end(struct journal *journal, const char *action, const char *state,
                struct err *err)
{
    char step[128];

    (void)snprintf(step, sizeof(step), "%s.end", action);
    return append(journal, step, "end", 2,
                  (const char *const[][2]){{"action", action}, {"state", state}}, err);
}

int journal_fail(struct journal *journal, const char *action, const char *failure,
                 const char *state, const char *text, struct err *err)
{
    char step[128];

    (void)snprintf(step, sizeof(step), "%s.fail", action);
    return append(
        journal, step, "fail", 4,
        (const char *const[][2]){
            {"action", action}, {"failure", failure}, {"state", state}, {"text", text}},
        err);
}

int journal_set_fact(struct journal *journal, const char *key, const char *value,
                     struct err *err)
{
    const char *known = journal_fact(journal, key);
    char step[128];

    if (known != NULL && strcmp(known, value) == 0)
        return 0;
    (void)snprintf(step, sizeof(step), "fact.%s", key);
    return append(journal, step, "fact", 1, (const char *const[][2]){{key, value}},
                  err);
}

int journal_set_number(struct journal *journal, const char *key, long long value,
                       struct err *err)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", value);
    return journal_set_fact(journal, key, text, err);
}

const char *journal_fact(const struct journal *journal, const char *key)
{
    for (size_t i = journal->records.count; i > 0; i--) {
        const struct journal_record *record = journal_record(journal, i - 1);

        if (strcmp(record->kind, "fact") == 0 && strcmp(record->keys[0], key) == 0)
            return record->values[0];
    }
    return NULL;
}

long long journal_number(const struct journal *journal, const char *key,
                         long long missing)
{
    const char *text = journal_fact(journal, key);

    return text != NULL ? strtoll(text, NULL, 10) : missing;
}

size_t journal_record_count(const struct journal *journal)
{
    return journal->records.count;
}

const struct journal_record *journal_record(const struct journal *journal, size_t index)
{
    return journal->records.items[index];
}

const char *journal_value(const struct journal_record *record, const char *key)
{
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->keys[i], key) == 0)
            return record->values[i];
    }
    return "";
}
