/* SPDX-License-Identifier: Apache-2.0
 *
 * test_binlog.c - binary logs made here, byte by byte: whole ones are read as they are
 * meant, and whatever is cut off or changed in one ends in an error and nowhere else. No
 * server; real ones are read in tests/db/mysql_changes.t.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "mysql/binlog.h"

enum { FDE_NONE = 0, FDE_CRC = 1, STATEMENT_END = 1 };

static char path[] = "/tmp/airshift-binlog-XXXXXX";

static void add_number(struct strbuf *to, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        strbuf_add_char(to, (char)(number >> (8 * i) & 0xff));
}

/* One event behind what is there already; the header's place in the file is not used. */
static void add_event(struct strbuf *file, unsigned type, const struct strbuf *body,
                      bool has_checksum, unsigned flags)
{
    size_t start = file->length;
    uint32_t sum;

    add_number(file, 1700000000, 4);
    add_number(file, type, 1);
    add_number(file, 1, 4);
    add_number(file, 19 + body->length + (has_checksum ? 4 : 0), 4);
    add_number(file, 0, 4);
    add_number(file, flags, 2);
    if (body->length > 0)
        strbuf_add(file, body->data, body->length);
    if (!has_checksum)
        return;
    file->data[start + 17] &= (char)~1;
    sum = (uint32_t)crc32(0, (const Bytef *)file->data + start,
                          (uInt)(file->length - start));
    file->data[start + 17] |= (char)(flags & 1);
    add_number(file, sum, 4);
}

static void add_format(struct strbuf *file, unsigned checksum)
{
    struct strbuf body = STRBUF_INIT;

    strbuf_add(file,
               "\xfe"
               "bin",
               4);
    add_number(&body, 4, 2);
    for (int i = 0; i < 50; i++)
        strbuf_add_char(&body, "9.7.0"[i < 5 ? i : 5]);
    add_number(&body, 0, 4);
    add_number(&body, 19, 1);
    for (int i = 0; i < 41; i++)
        strbuf_add_char(&body, 8);
    add_number(&body, checksum, 1);
    if (checksum == FDE_NONE)
        add_number(&body, 0, 4);
    add_event(file, 15, &body, checksum == FDE_CRC, 1);
    strbuf_clear(&body);
}

/* Table 7, airflow.t: of each kind of type one. */
static const unsigned char types[] = {3,   15, 254, 17,  18,  10,  8,   252, 245,
                                      246, 5,  16,  254, 254, 254, 255, 242, 13};
static const unsigned char metadata[] = {
    250, 3,    /* VARCHAR(250), four bytes a character */
    254, 36,   /* CHAR(36) */
    6,   6,    /* TIMESTAMP(6), DATETIME(6) */
    4,   4,    /* LONGBLOB, JSON */
    10,  2,    /* DECIMAL(10, 2) */
    8,         /* DOUBLE */
    2,   1,    /* BIT(10) */
    247, 1,    /* ENUM */
    248, 2,    /* SET */
    238, 0x2c, /* CHAR(75) of utf8mb4: 300 bytes */
    4,   4,    /* GEOMETRY, VECTOR */
};
enum { COLUMNS = sizeof(types), BITMAP = (COLUMNS + 7) / 8 };

static void add_map(struct strbuf *body, unsigned id)
{
    add_number(body, id, 6);
    add_number(body, 0, 2);
    strbuf_add(body,
               "\x07"
               "airflow",
               9);
    strbuf_add(body,
               "\x01"
               "t",
               3);
    add_number(body, COLUMNS, 1);
    strbuf_add(body, types, sizeof(types));
    add_number(body, sizeof(metadata), 1);
    strbuf_add(body, metadata, sizeof(metadata));
    add_number(body, 0xffffff, BITMAP);
}

static void add_rows_head(struct strbuf *body, unsigned id, bool is_newer)
{
    add_number(body, id, 6);
    add_number(body, STATEMENT_END, 2);
    if (is_newer)
        add_number(body, 2, 2);
    add_number(body, COLUMNS, 1);
}

/* The eighth column is NULL, the others have values of which the first is the number. */
static void add_image(struct strbuf *body, int number)
{
    add_number(body, 1u << 7, BITMAP);
    add_number(body, (uint32_t)number, 4);
    strbuf_add(body, "\x03\0a'\\", 5);                 /* VARCHAR */
    strbuf_add(body, "\x02xy", 3);                     /* CHAR */
    strbuf_add(body, "\x65\x53\xf1\0\x01\xe2\x40", 7); /* TIMESTAMP: .123456 */
    strbuf_add(body, "\x99\xb1\x9c\xf1\x51\0\0\x07", 8);
    strbuf_add(body, "\x6e\xcf\x0f", 3); /* DATE 2023-11-14 */
    add_number(body, UINT64_MAX, 8);     /* BIGINT */
    add_number(body, 2, 4);              /* JSON */
    strbuf_add(body, "{}", 2);
    strbuf_add(body, "\x80\0\0\x01\x02", 5); /* DECIMAL */
    add_number(body, 0, 8);                  /* DOUBLE */
    strbuf_add(body, "\x03\xff", 2);         /* BIT */
    strbuf_add_char(body, 2);                /* ENUM */
    strbuf_add(body, "\x05\0", 2);           /* SET */
    strbuf_add(body, "\x01\0z", 3);          /* CHAR of many bytes */
    add_number(body, 0, 4);                  /* GEOMETRY: empty */
    add_number(body, 1, 4);                  /* VECTOR */
    strbuf_add_char(body, 'v');
    strbuf_add_char(body, 123); /* YEAR 2023 */
}

static void add_statement(struct strbuf *file, const char *text, bool has_checksum)
{
    struct strbuf body = STRBUF_INIT;

    add_number(&body, 0, 8);
    add_number(&body, 7, 1);
    add_number(&body, 0, 2);
    add_number(&body, 3, 2);
    strbuf_add(&body, "abc", 3); /* variables */
    strbuf_add(&body, "airflow", 8);
    strbuf_add_string(&body, text);
    add_event(file, 2, &body, has_checksum, 0);
    strbuf_clear(&body);
}

/* A transaction of an insert of two rows, an update and a delete. */
static void add_transaction(struct strbuf *file, bool has_checksum, bool is_newer)
{
    struct strbuf body = STRBUF_INIT;
    unsigned base = is_newer ? 30 : 23;

    add_statement(file, "BEGIN", has_checksum);
    for (unsigned change = 0; change < 3; change++) {
        add_map(&body, 7);
        add_event(file, 19, &body, has_checksum, 0);
        strbuf_truncate(&body, 0);
        add_rows_head(&body, 7, is_newer);
        for (unsigned i = 0; i < (change == 1 ? 2 : 1); i++)
            add_number(&body, 0xffffff, BITMAP);
        add_image(&body, (int)change * 10 - 1);
        if (change < 2)
            add_image(&body, (int)change * 10 + 1);
        add_event(file, base + change, &body, has_checksum, 0);
        strbuf_truncate(&body, 0);
    }
    add_number(&body, 99, 8);
    add_event(file, 16, &body, has_checksum, 0);
    strbuf_clear(&body);
}

/* The same transaction inside one event. */
static void add_payload(struct strbuf *file, bool is_compressed)
{
    struct strbuf events = STRBUF_INIT;
    struct strbuf body = STRBUF_INIT;
    size_t bound;
    char *packed;
    size_t size;

    add_transaction(&events, false, true);
    bound = ZSTD_compressBound(events.length);
    packed = xmalloc(bound);
    size = ZSTD_compress(packed, bound, events.data, events.length, 3);
    if (!is_compressed) {
        memcpy(packed, events.data, events.length);
        size = events.length;
    }
    strbuf_add(&body, is_compressed ? "\2\1\0" : "\2\3\xfc\xff\0",
               is_compressed ? 3 : 5); /* how */
    strbuf_add(&body, "\3\3\xfc", 3);
    add_number(&body, events.length, 2);
    strbuf_add_char(&body, 0);
    strbuf_add(&body, packed, size);
    add_event(file, 40, &body, true, 0);
    free(packed);
    strbuf_clear(&events);
    strbuf_clear(&body);
}

/* What a reader is told, as text. */
struct seen {
    struct strbuf text;
    long long turns;
    bool is_quiet;
    bool refuses;
};

static void *on_table(void *context, const struct binlog_table *table)
{
    struct seen *seen = context;

    if (!seen->is_quiet)
        strbuf_addf(&seen->text, "%s.%s %zu%s\n", table->database, table->name,
                    table->count, table->is_readable ? "" : " unreadable");
    return strcmp(table->name, "t") == 0 ? seen : NULL;
}

static void add_values(struct strbuf *text, const struct binlog_table *table,
                       const struct binlog_value *values)
{
    static const size_t wanted[] = {0, 1, 2, 3, 4, 5, 6, 12, 14, 17};

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        size_t column = wanted[i];

        if (column >= table->count)
            continue;
        strbuf_add_char(text, ' ');
        if (!binlog_add_key(text, &table->columns[column], &values[column], column == 6,
                            column == 1 ? "utf8mb4" : NULL))
            strbuf_add_char(text, '-');
    }
}

static int on_row(void *context, void *wanted, const struct binlog_table *table,
                  enum binlog_change change, const struct binlog_value *before,
                  const struct binlog_value *after, struct err *err)
{
    static const char *const names[] = {"insert", "update", "delete"};
    struct seen *seen = context;

    assert_ptr_equal(wanted, seen);
    if (seen->refuses)
        return err_set(err, ERR_INTERRUPTED, "enough");
    if (seen->is_quiet)
        strbuf_truncate(&seen->text, 0);
    strbuf_addf(&seen->text, "%s", names[change]);
    if (before != NULL)
        add_values(&seen->text, table, before);
    if (before != NULL && after != NULL)
        strbuf_add_string(&seen->text, " to");
    if (after != NULL)
        add_values(&seen->text, table, after);
    strbuf_add_char(&seen->text, '\n');
    /* Each byte of each value is there. */
    for (size_t i = 0; i < 2 * table->count; i++) {
        const struct binlog_value *image = i < table->count ? before : after;
        unsigned sum = 0;

        if (image == NULL)
            continue;
        image += i % table->count;
        for (size_t k = 0; image->bytes != NULL && k < image->size; k++)
            sum += image->bytes[k];
        seen->turns += sum & 1;
    }
    return 0;
}

static void on_statement(void *context, const char *database, size_t database_size,
                         const char *text, size_t size)
{
    struct seen *seen = context;

    if (!seen->is_quiet)
        strbuf_addf(&seen->text, "%.*s: %.*s\n", (int)database_size, database,
                    (int)size, text);
}

static void on_lost(void *context)
{
    struct seen *seen = context;

    strbuf_add_string(&seen->text, "lost\n");
}

static int on_turn(void *context, struct err *err)
{
    struct seen *seen = context;

    (void)err;
    seen->turns++;
    return 0;
}

/* A new one each time: a file that is cut and written again waits for the disk. */
static void write_file(const struct strbuf *bytes)
{
    FILE *file;

    (void)unlink(path);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->length, file), bytes->length);
    assert_int_equal(fclose(file), 0);
}

static int read_as(const struct strbuf *bytes, uint64_t from, struct seen *seen,
                   struct err *err)
{
    const struct binlog_reader reader = {
        .context = seen,
        .table = on_table,
        .row = on_row,
        .statement = on_statement,
        .lost = on_lost,
        .turn = on_turn,
    };

    write_file(bytes);
    return binlog_read(path, from, bytes->length, &reader, err);
}

#define REST                                                            \
    " _utf8mb4 X'61275C' X'7879' '2023-11-14 22:13:20.123456'"          \
    " '2023-11-14 15:05:17.000007' '2023-11-14' 18446744073709551615 2" \
    " X'7A' 2023"

static const char expected[] =
    "airflow.t 18\ninsert -1" REST "\ninsert 1" REST "\nairflow.t 18\nupdate 9" REST
    " to 11" REST "\nairflow.t 18\ndelete 19" REST "\n";

static void check_read(const struct strbuf *file, uint64_t from, const char *text)
{
    struct seen seen = {.turns = 0};
    struct err err = {0};

    if (read_as(file, from, &seen, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(strbuf_text(&seen.text), text);
    strbuf_clear(&seen.text);
}

static void test_whole(void **state)
{
    (void)state;
    for (unsigned checksum = FDE_NONE; checksum <= FDE_CRC; checksum++) {
        for (int is_newer = 0; is_newer < 2; is_newer++) {
            struct strbuf file = STRBUF_INIT;

            add_format(&file, checksum);
            add_transaction(&file, checksum == FDE_CRC, is_newer);
            check_read(&file, 4, expected);
            check_read(&file, file.length, "");
            strbuf_clear(&file);
        }
    }
}

static void test_from_position(void **state)
{
    struct strbuf file = STRBUF_INIT;
    struct strbuf body = STRBUF_INIT;
    size_t second;

    (void)state;
    add_format(&file, FDE_CRC);
    add_statement(&file, "ALTER TABLE t ADD x INT", true);
    second = file.length;
    add_statement(&file, "savepoint a", true);
    add_statement(&file, "TRUNCATE t", true);
    add_event(&file, 26, &body, true, 0); /* an incident */
    add_event(&file, 77, &body, true, 0); /* something new */
    check_read(&file, 4,
               "airflow: ALTER TABLE t ADD x INT\nairflow: TRUNCATE t\nlost\n");
    check_read(&file, second, "airflow: TRUNCATE t\nlost\n");
    strbuf_clear(&file);
}

static void test_compressed(void **state)
{
    (void)state;
    for (int is_compressed = 0; is_compressed < 2; is_compressed++) {
        struct strbuf file = STRBUF_INIT;

        add_format(&file, FDE_CRC);
        add_payload(&file, is_compressed);
        check_read(&file, 4, expected);
        strbuf_clear(&file);
    }
}

/* Columns that are left out, and parts of documents. */
static void test_partial(void **state)
{
    struct strbuf file = STRBUF_INIT;
    struct strbuf body = STRBUF_INIT;

    (void)state;
    add_format(&file, FDE_NONE);
    add_map(&body, 7);
    add_event(&file, 19, &body, false, 0);
    strbuf_truncate(&body, 0);
    add_rows_head(&body, 7, true);
    add_number(&body, 1, BITMAP);       /* before: the first column only */
    add_number(&body, 1u << 8, BITMAP); /* after: the document only */
    add_number(&body, 0, 1);
    add_number(&body, 5, 4);
    add_number(&body, 1, 1); /* parts ... */
    add_number(&body, 1, 1); /* ... of the first document */
    add_number(&body, 0, 1);
    add_number(&body, 3, 4);
    strbuf_add(&body, "abc", 3);
    add_event(&file, 39, &body, false, 0);
    check_read(&file, 4,
               "airflow.t 18\nupdate 5 - - - - - - - - - to - - - - - - - - - -\n");
    strbuf_clear(&file);
    strbuf_clear(&body);
}

/* A type from the future: its table's rows are not read, those of others are. */
static void test_unknown_type(void **state)
{
    struct strbuf file = STRBUF_INIT;
    struct strbuf body = STRBUF_INIT;
    struct seen seen = {.turns = 0};
    struct err err = {0};

    (void)state;
    add_format(&file, FDE_NONE);
    add_map(&body, 7);
    body.data[8 + 9 + 3 + 1 + 2] = (char)200;
    add_event(&file, 19, &body, false, 0);
    strbuf_truncate(&body, 0);
    add_rows_head(&body, 7, true);
    add_number(&body, 0xffffff, BITMAP);
    strbuf_add(&body, "whatever", 8);
    add_event(&file, 30, &body, false, 0);
    add_transaction(&file, false, true);
    assert_int_equal(read_as(&file, 4, &seen, &err), 0);
    assert_non_null(
        strstr(strbuf_text(&seen.text), "t 18 unreadable\ninsert\nairflow"));
    strbuf_clear(&seen.text);
    strbuf_clear(&file);
    strbuf_clear(&body);
}

static void test_refused(void **state)
{
    struct strbuf file = STRBUF_INIT;
    struct seen seen = {.refuses = true};
    struct err err = {0};

    (void)state;
    add_format(&file, FDE_CRC);
    add_transaction(&file, true, true);
    assert_int_equal(read_as(&file, 4, &seen, &err), -1);
    assert_int_equal(err.category, ERR_INTERRUPTED);
    assert_string_equal(err.text, "enough");
    file.data[0] = (char)0xfd;
    assert_int_equal(read_as(&file, 4, &seen, &err), -1);
    assert_int_equal(err.category, ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "encrypted"));
    strbuf_clear(&seen.text);
    strbuf_clear(&file);
}

static void test_identify(void **state)
{
    struct strbuf file = STRBUF_INIT;
    struct err err = {0};
    uint32_t created = 0;

    (void)state;
    add_format(&file, FDE_CRC);
    write_file(&file);
    assert_int_equal(binlog_identify(path, &created, &err), 0);
    assert_int_equal(created, 1700000000);
    strbuf_truncate(&file, 3);
    write_file(&file);
    assert_int_equal(binlog_identify(path, &created, &err), -1);
    assert_int_equal(binlog_identify("/nowhere/binlog.000001", &created, &err), -1);
    assert_non_null(strstr(err.hint, "as root"));
    strbuf_clear(&file);
}

/* However much is cut off, and wherever: it is said, unless the end is between events. */
static void test_cut(void **state)
{
    struct strbuf file = STRBUF_INIT;
    size_t good = 0;

    (void)state;
    add_format(&file, FDE_CRC);
    add_transaction(&file, true, true);
    add_payload(&file, true);
    for (size_t length = 0; length < file.length; length++) {
        struct strbuf part = {file.data, length, file.capacity};
        struct seen seen = {.turns = 0};
        struct err err = {0};

        if (read_as(&part, 4, &seen, &err) == 0)
            good++;
        else
            assert_int_equal(err.category, ERR_STATE);
        strbuf_clear(&seen.text);
    }
    assert_int_equal(good, 9); /* behind the format and each of eight events */
    {
        /* The server says that there is more. */
        const struct binlog_reader reader = {NULL, NULL, NULL, NULL, NULL, NULL};
        struct err err = {0};

        write_file(&file);
        assert_int_equal(binlog_read(path, 4, file.length + 1, &reader, &err), -1);
        assert_non_null(strstr(err.text, "damaged"));
    }
    strbuf_clear(&file);
}

/* With checksums, each changed byte is noticed. */
static void test_changed(void **state)
{
    struct strbuf file = STRBUF_INIT;

    (void)state;
    add_format(&file, FDE_CRC);
    add_transaction(&file, true, true);
    for (size_t i = 0; i < file.length; i++) {
        struct seen seen = {.is_quiet = true};
        struct err err = {0};

        /* That the file is in use is no part of its checksum. */
        file.data[i] ^= 0x40;
        assert_int_equal(read_as(&file, 4, &seen, &err), -1);
        file.data[i] ^= 0x40;
        strbuf_clear(&seen.text);
    }
    strbuf_clear(&file);
}

/* Without checksums the reader itself is asked: any error will do, any answer too, but
 * nothing beyond the event may be read (the sanitizers look). */
static void test_garbled(void **state)
{
    struct strbuf file = STRBUF_INIT;
    unsigned long seed = 1;
    size_t first;

    (void)state;
    add_format(&file, FDE_NONE);
    first = file.length;
    add_transaction(&file, false, true);
    add_transaction(&file, false, false);
    for (int run = 0; run < 20000; run++) {
        struct strbuf garbled = STRBUF_INIT;
        struct seen seen = {.is_quiet = true};
        struct err err = {0};

        strbuf_add(&garbled, file.data, file.length);
        for (int i = 0; i <= run % 3; i++) {
            seed = seed * 6364136223846793005UL + 1442695040888963407UL;
            garbled.data[first + (seed >> 33) % (file.length - first)] =
                (char)(run % 2 == 0            ? seed >> 24
                       : (seed >> 24 & 1) != 0 ? 0xff
                                               : 0);
        }
        (void)read_as(&garbled, 4, &seen, &err);
        strbuf_clear(&seen.text);
        strbuf_clear(&garbled);
    }
    strbuf_clear(&file);
}

/* The same in what is compressed, whose events have no checksums at all. */
static void test_garbled_payload(void **state)
{
    unsigned long seed = 7;

    (void)state;
    for (int run = 0; run < 4000; run++) {
        struct strbuf file = STRBUF_INIT;
        struct seen seen = {.is_quiet = true};
        struct err err = {0};
        size_t first;

        add_format(&file, FDE_NONE);
        first = file.length;
        add_payload(&file, run % 2 == 0);
        /* The checksum behind it is then four bytes of the payload. */
        for (int i = 0; i <= run % 4; i++) {
            seed = seed * 6364136223846793005UL + 1442695040888963407UL;
            file.data[first + 19 + (seed >> 33) % (file.length - first - 19)] =
                (char)(seed >> 24);
        }
        (void)read_as(&file, 4, &seen, &err);
        strbuf_clear(&seen.text);
        strbuf_clear(&file);
    }
}

static void test_types(void **state)
{
    static const unsigned char can[] = {1, 2, 3, 8, 9, 10, 13, 15, 17, 18, 247, 254};
    size_t found = 0;

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct binlog_column column = {(unsigned char)type, 0};

        assert_int_equal(binlog_can_be_key(&column),
                         memchr(can, (int)type, sizeof(can)) != NULL);
        found += binlog_can_be_key(&column);
    }
    assert_int_equal(found, sizeof(can));
}

/* Numbers of all widths, at their ends. */
static void test_integers(void **state)
{
    static const struct {
        unsigned char type;
        size_t size;
        bool is_unsigned;
        const char *text;
    } cases[] = {
        {1, 1, false, "-1"},
        {1, 1, true, "255"},
        {2, 2, false, "-1"},
        {2, 2, true, "65535"},
        {9, 3, false, "-1"},
        {9, 3, true, "16777215"},
        {3, 4, false, "-1"},
        {3, 4, true, "4294967295"},
        {8, 8, false, "-1"},
        {8, 8, true, "18446744073709551615"},
        {247, 2, false, "65535"},
        {13, 1, false, "2155"},
        {10, 3, false, "'32767-15-31'"},
    };
    static const unsigned char ones[8] = {255, 255, 255, 255, 255, 255, 255, 255};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct binlog_column column = {cases[i].type, 0};
        struct binlog_value value = {ones, cases[i].size, true, false};
        struct strbuf sql = STRBUF_INIT;

        assert_true(binlog_add_key(&sql, &column, &value, cases[i].is_unsigned, NULL));
        assert_string_equal(strbuf_text(&sql), cases[i].text);
        value.is_null = true;
        assert_false(binlog_add_key(&sql, &column, &value, false, NULL));
        strbuf_clear(&sql);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),           cmocka_unit_test(test_from_position),
        cmocka_unit_test(test_compressed),      cmocka_unit_test(test_partial),
        cmocka_unit_test(test_unknown_type),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_identify),        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_changed),         cmocka_unit_test(test_garbled),
        cmocka_unit_test(test_garbled_payload), cmocka_unit_test(test_types),
        cmocka_unit_test(test_integers),
    };
    int descriptor = mkstemp(path);
    int failed;

    if (descriptor < 0)
        return 1;
    (void)close(descriptor);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
