/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.c - which rows were written since a moment: those that the server's own binary
 * log names by their primary keys. The log is read as files, so the server must run on
 * this machine. What the rows are like now is asked of the tables.
 *
 * Where the log does not tell which rows of a table were written, all of it is taken: it
 * has no primary key, it was altered or emptied since, or a session wrote statements into
 * the log instead of rows.
 *
 * A mark is a line of text: version of the format, the server's UUID, file and position
 * in the log, and when the server began that file.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "mysql/changes.h"
#include "mysql/connection.h"
#include "mysql/replica.h"

enum {
    STATUS_IS_RENAMED = 80200,
    SHORT_EXPIRY_SECONDS = 86400,
    FILE_BYTES = 256,
    UUID_BYTES = 64,
};

#define MARK_TITLE "mysql-changes-1"

struct mark {
    char uuid[UUID_BYTES];
    char file[FILE_BYTES];
    uint64_t position;
    uint32_t created;
};

static const char settings_sql[] =
    "SHOW GLOBAL VARIABLES WHERE variable_name IN ('log_bin', 'log_bin_basename',"
    " 'binlog_format', 'binlog_encryption', 'binlog_expire_logs_seconds',"
    " 'server_uuid')";

static const char *setting(const struct sql_result *rows, const char *name)
{
    for (size_t i = 0; i < mysql_row_count(rows); i++) {
        if (strcasecmp(mysql_text(rows, i, 0), name) == 0)
            return mysql_text(rows, i, 1);
    }
    return "";
}

/* In the directory of the others; the server lists names only. */
static char *path_of(const struct sql_result *settings, const char *file)
{
    const char *base = setting(settings, "log_bin_basename");
    const char *slash = strrchr(base, '/');

    return xasprintf("%.*s/%s", slash != NULL ? (int)(slash - base) : 1,
                     slash != NULL ? base : ".", file);
}

static int check_settings(const struct sql_result *settings, struct err *err)
{
    long long expiry =
        strtoll(setting(settings, "binlog_expire_logs_seconds"), NULL, 10);

    if (strcmp(setting(settings, "log_bin"), "ON") != 0) {
        (void)err_set(err, ERR_STATE, "green has no binary log");
        return err_hint(err, "What is written on green is found in it. Remove "
                             "skip-log-bin from green's configuration.");
    }
    if (strcmp(setting(settings, "binlog_format"), "ROW") != 0) {
        (void)err_set(err, ERR_STATE, "green's binary log has the format %s, not ROW",
                      setting(settings, "binlog_format"));
        return err_hint(err, "SET PERSIST binlog_format = 'ROW' on green.");
    }
    if (strcmp(setting(settings, "binlog_encryption"), "ON") == 0) {
        (void)err_set(err, ERR_STATE, "green's binary log is encrypted");
        return err_hint(err, "airshift cannot read it: SET PERSIST binlog_encryption = "
                             "OFF on green.");
    }
    if (expiry > 0 && expiry < SHORT_EXPIRY_SECONDS)
        log_warning("green removes its binary logs after %lld s: a later rollback "
                    "cannot tell what was written (binlog_expire_logs_seconds)",
                    expiry);
    return 0;
}

static bool is_in_list(const char *list, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = list; *at != '\0'; at += at[0] == ',') {
        size_t size = strcspn(at, ",");

        if (size == length && strncmp(at, name, length) == 0)
            return true;
        at += size;
    }
    return false;
}

/* A server can be told to leave databases out. */
static int check_filter(struct connection *connection, const struct sql_result *status,
                        struct err *err)
{
    struct sql_result *row =
        mysql_select(connection, "SELECT database()", 0, NULL, err);
    const char *only;
    int result = 0;

    if (row == NULL)
        return -1;
    only = mysql_text(status, 0, 2);
    if ((only[0] != '\0' && !is_in_list(only, mysql_text(row, 0, 0))) ||
        is_in_list(mysql_text(status, 0, 3), mysql_text(row, 0, 0))) {
        (void)err_set(err, ERR_STATE, "green leaves database %s out of its binary log",
                      mysql_text(row, 0, 0));
        result = err_hint(err, "Remove binlog-do-db and binlog-ignore-db from green's "
                               "configuration.");
    }
    mysql_result_free(row);
    return result;
}

static struct sql_result *log_status(struct connection *connection, struct err *err)
{
    const char *sql = mysql_version_of(connection) >= STATUS_IS_RENAMED
                          ? "SHOW BINARY LOG STATUS"
                          : "SHOW MASTER STATUS";
    struct sql_result *row = mysql_select(connection, sql, 0, NULL, err);

    if (row == NULL || mysql_row_count(row) > 0)
        return row;
    mysql_result_free(row);
    (void)err_set(err, ERR_STATE, "green has no binary log");
    return NULL;
}

static int add_mark(struct connection *connection, const struct sql_result *settings,
                    struct strbuf *mark, struct err *err)
{
    struct sql_result *row = log_status(connection, err);
    char *path = NULL;
    uint32_t created = 0;
    int status = -1;

    if (row == NULL || check_filter(connection, row, err) < 0)
        goto done;
    path = path_of(settings, mysql_text(row, 0, 0));
    if (binlog_identify(path, &created, err) < 0)
        goto done;
    strbuf_addf(mark, "%s %s %s %s %" PRIu32 "\n", MARK_TITLE,
                setting(settings, "server_uuid"), mysql_text(row, 0, 0),
                mysql_text(row, 0, 1), created);
    status = 0;
done:
    free(path);
    sql_result_free(row);
    return status;
}

int my_mark_changes(struct connection *connection, struct strbuf *mark, struct err *err)
{
    struct sql_result *settings = mysql_select(connection, settings_sql, 0, NULL, err);
    int status = -1;

    /* Logs before the mark can then be removed. */
    if (settings != NULL && check_settings(settings, err) == 0 &&
        sql_exec(connection, "FLUSH BINARY LOGS", err) == 0)
        status = add_mark(connection, settings, mark, err);
    sql_result_free(settings);
    return status;
}

static int read_mark(const char *text, struct mark *mark, struct err *err)
{
    int end = 0;

    if (sscanf(text, MARK_TITLE " %63s %255s %" SCNu64 " %" SCNu32 "%n", mark->uuid,
               mark->file, &mark->position, &mark->created, &end) == 4 &&
        strcmp(text + end, "\n") == 0 && strchr(mark->file, '/') == NULL)
        return 0;
    return err_set(err, ERR_STATE,
                   "the record of what the tables were like is damaged");
}

static bool is_word(char character)
{
    return isalnum((unsigned char)character) || character == '_' || character == '$' ||
           (unsigned char)character >= 0x80;
}

/* A name in a statement, quoted or not, in whatever case. */
static bool has_name(const char *text, size_t size, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i + length <= size; i++) {
        if ((i == 0 || !is_word(text[i - 1])) &&
            (i + length == size || !is_word(text[i + length])) &&
            strncasecmp(text + i, name, length) == 0)
            return true;
    }
    return false;
}

static void take_whole(struct my_table *table)
{
    table->is_written = table->is_whole = table->has_moved = true;
    table->is_deleted_unknown = true;
}

/* Whatever it does to a table that it names. */
static void on_statement(void *context, const char *database, size_t database_size,
                         const char *text, size_t size)
{
    struct my_changes *changes = context;
    bool is_ours = strlen(changes->database) == database_size &&
                   memcmp(changes->database, database, database_size) == 0;

    if (!is_ours && !has_name(text, size, changes->database))
        return;
    for (size_t i = 0; i < changes->count; i++) {
        struct my_table *table = &changes->tables[i];

        if (table->is_whole || !has_name(text, size, table->name))
            continue;
        log_info("table %s was altered or written to by a statement since the cutover: "
                 "all its rows are taken",
                 table->name);
        take_whole(table);
    }
}

static void on_lost(void *context)
{
    struct my_changes *changes = context;

    log_warning("green's binary log has a gap: all tables are taken whole");
    for (size_t i = 0; i < changes->count; i++)
        take_whole(&changes->tables[i]);
}

static void *on_table(void *context, const struct binlog_table *log)
{
    struct my_changes *changes = context;
    struct my_table *table = strcmp(log->database, changes->database) == 0
                                 ? my_changes_find(changes, log->name)
                                 : NULL;

    if (table != NULL && !my_table_has_keys_in(table, log))
        table->is_whole = true;
    return table;
}

static bool differ(const struct binlog_value *before, const struct binlog_value *after)
{
    if (!after->is_present)
        return false;
    return !before->is_present || before->is_null != after->is_null ||
           before->size != after->size ||
           (before->size > 0 && memcmp(before->bytes, after->bytes, before->size) != 0);
}

/* Whether a column that others follow has another value now. */
static bool has_moved(const struct my_table *table, const struct binlog_table *log,
                      const struct binlog_value *before,
                      const struct binlog_value *after)
{
    for (size_t i = 0; i < table->count && i < log->count; i++) {
        if (table->is_watched[i] && differ(&before[i], &after[i]))
            return true;
    }
    return false;
}

static bool has_new_key(const struct my_table *table, const struct binlog_value *before,
                        const struct binlog_value *after)
{
    for (size_t i = 0; i < table->parts; i++) {
        if (differ(&before[table->key[i].column], &after[table->key[i].column]))
            return true;
    }
    return false;
}

static int on_update(struct my_changes *changes, struct my_table *table,
                     const struct binlog_table *log, const struct binlog_value *before,
                     const struct binlog_value *after, struct err *err)
{
    bool moved = has_moved(table, log, before, after);

    table->has_moved = table->has_moved || moved;
    if (table->is_whole)
        return 0;
    if (!has_new_key(table, before, after))
        return my_table_add_key(changes, table, log, before, NULL, true, moved, err);
    if (my_table_add_key(changes, table, log, before, NULL, true, false, err) < 0)
        return -1;
    return table->is_whole ? 0
                           : my_table_add_key(changes, table, log, after, before, false,
                                              moved, err);
}

static int on_row(void *context, void *wanted, const struct binlog_table *log,
                  enum binlog_change change, const struct binlog_value *before,
                  const struct binlog_value *after, struct err *err)
{
    struct my_changes *changes = context;
    struct my_table *table = wanted;

    table->is_written = true;
    if (before == NULL && after == NULL) {
        take_whole(table);
        return 0;
    }
    switch (change) {
    case BINLOG_INSERT:
        table->inserted++;
        return table->is_whole ? 0
                               : my_table_add_key(changes, table, log, after, NULL,
                                                  false, false, err);
    case BINLOG_DELETE:
        table->deleted++;
        return table->is_whole ? 0
                               : my_table_add_key(changes, table, log, before, NULL,
                                                  true, false, err);
    case BINLOG_UPDATE:
        table->updated++;
        return on_update(changes, table, log, before, after, err);
    default:
        return err_set(err, ERR_INTERNAL, "a change of an unknown kind");
    }
}

static int on_turn(void *context, struct err *err)
{
    struct my_changes *changes = context;

    return connection_turn(changes->connection, err);
}

/* The same server, and the same file as then. */
static int check_mark(const struct sql_result *settings, const struct sql_result *logs,
                      const struct mark *mark, size_t *first, struct err *err)
{
    uint32_t created = 0;
    char *path;
    int status;

    if (strcmp(setting(settings, "server_uuid"), mark->uuid) != 0)
        return err_set(err, ERR_STATE,
                       "the server is another one (%s) than at the cutover (%s)",
                       setting(settings, "server_uuid"), mark->uuid);
    for (*first = 0; *first < mysql_row_count(logs); (*first)++) {
        if (strcmp(mysql_text(logs, *first, 0), mark->file) == 0)
            break;
    }
    if (*first == mysql_row_count(logs))
        return err_set(err, ERR_STATE,
                       "green has removed its binary log %s: which rows were written "
                       "since the cutover is not known",
                       mark->file);
    path = path_of(settings, mark->file);
    status = binlog_identify(path, &created, err);
    free(path);
    if (status == 0 && created != mark->created)
        return err_set(err, ERR_STATE,
                       "green's binary logs were begun anew: which rows were written "
                       "since the cutover is not known");
    return status;
}

/* Each log up to where the server says that it ends. */
static int read_logs(struct my_changes *changes, const struct mark *mark,
                     struct err *err)
{
    const struct binlog_reader reader = {
        .context = changes,
        .table = on_table,
        .row = on_row,
        .statement = on_statement,
        .lost = on_lost,
        .turn = on_turn,
    };
    struct sql_result *settings =
        mysql_select(changes->connection, settings_sql, 0, NULL, err);
    struct sql_result *logs = NULL;
    size_t first = 0;
    int status = -1;

    if (settings != NULL)
        logs = mysql_select(changes->connection, "SHOW BINARY LOGS", 0, NULL, err);
    if (logs != NULL)
        status = check_mark(settings, logs, mark, &first, err);
    for (size_t i = first; status == 0 && i < mysql_row_count(logs); i++) {
        char *path = path_of(settings, mysql_text(logs, i, 0));

        status = binlog_read(path, i == first ? mark->position : 0,
                             (uint64_t)sql_integer(logs, i, 1), &reader, err);
        free(path);
    }
    if (status < 0 && err->category == ERR_STATE && err->hint[0] == '\0')
        (void)err_hint(err,
                       "Green itself keeps the rows. With \"archive = last\" in the "
                       "switch's configuration the clients go back before they are "
                       "archived.");
    for (size_t i = 0; status == 0 && i < changes->count; i++)
        status = my_table_flush(changes, &changes->tables[i], err);
    sql_result_free(settings);
    sql_result_free(logs);
    return status;
}

static int describe(struct my_changes *changes, struct changed_table **tables,
                    size_t *count, struct err *err)
{
    *tables = xcalloc(changes->count + 1, sizeof(**tables));
    for (size_t i = 0; i < changes->count; i++) {
        if (!changes->tables[i].is_written || changes->tables[i].list.length == 0)
            continue;
        if (my_table_describe(changes, &changes->tables[i], &(*tables)[*count], err) <
            0) {
            changed_tables_free(*tables, *count);
            *tables = NULL;
            *count = 0;
            return -1;
        }
        (*count)++;
    }
    return 0;
}

int my_list_changes(struct connection *connection, const char *mark,
                    struct changed_table **tables, size_t *count, struct err *err)
{
    struct my_changes changes = {.connection = connection};
    struct mark from = {.position = 0};
    struct err ignored = {0};
    int status = -1;

    *tables = NULL;
    *count = 0;
    /* A key may be a date that sessions of today are not allowed to write. */
    if (read_mark(mark, &from, err) < 0 ||
        mysql_exec(connection,
                   "SET @airshift_mode = @@SESSION.sql_mode, SESSION sql_mode = "
                   "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES,"
                   "ALLOW_INVALID_DATES'",
                   err) < 0)
        return -1;
    if (my_changes_read_tables(&changes, err) == 0 &&
        my_changes_read_rules(&changes, err) == 0 &&
        read_logs(&changes, &from, err) == 0 &&
        my_changes_follow_rules(&changes, err) == 0)
        status = describe(&changes, tables, count, err);
    if (mysql_exec(connection, "SET SESSION sql_mode = @airshift_mode",
                   status == 0 ? err : &ignored) < 0 &&
        status == 0) {
        changed_tables_free(*tables, *count);
        *tables = NULL;
        *count = 0;
        status = -1;
    }
    my_changes_clear_rules(&changes);
    my_changes_clear(&changes);
    return status;
}
