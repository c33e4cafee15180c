/* SPDX-License-Identifier: Apache-2.0
 *
 * changes_driver.c - what a rollback does with the rows that were written on green since
 * the cutover, for mysql_changes.t: without the rest of a switch.
 *
 *   changes_driver mark URL MARK          write the mark to that file
 *   changes_driver list URL MARK ARCHIVE  put the rows written since into an archive, and
 *                                         print a line a table: name, inserted, updated,
 *                                         deleted, rows in the archive
 *
 * Exit code: that of the error's category.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "archive/archive.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "mysql/replica.h"
#include "state/file.h"

enum { MARK_MAX_BYTES = 1 << 20 };

#ifdef HAVE_MYSQL
static int mark(struct connection *connection, const char *path, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int status = my_mark_changes(connection, &text, err);

    if (status == 0)
        status = file_write(path, strbuf_text(&text), text.length, 0600,
                            FILE_OWNER_KEEP, 0, err);
    strbuf_clear(&text);
    return status;
}

static int archive_rows(struct connection *connection, const char *path,
                        const struct changed_table *tables, size_t count,
                        struct err *err)
{
    struct archive *archive = archive_open(path, "test", err);

    if (archive == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        long long rows = 0;

        if (archive_add_table(archive, connection, tables[i].name, tables[i].columns,
                              tables[i].select, &rows, err) < 0) {
            archive_abandon(archive);
            return -1;
        }
        (void)printf("%s %lld %lld %lld %lld\n", tables[i].name, tables[i].inserted,
                     tables[i].updated, tables[i].deleted, rows);
    }
    return archive_finish(archive, err);
}

static int list(struct connection *connection, const char *path, const char *archive,
                struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    struct changed_table *tables = NULL;
    size_t count = 0;
    int status = -1;

    if (file_read(path, MARK_MAX_BYTES, &text, err) == 0 &&
        my_list_changes(connection, strbuf_text(&text), &tables, &count, err) == 0)
        status = archive_rows(connection, archive, tables, count, err);
    changed_tables_free(tables, count);
    strbuf_clear(&text);
    return status;
}

static int run(int argc, char **argv, struct err *err)
{
    struct url url = {0};
    struct connection *connection = NULL;
    int status = -1;

    if (argc < 4 || (strcmp(argv[1], "list") == 0 && argc < 5))
        return err_set(err, ERR_USAGE, "mark|list URL MARK [ARCHIVE]");
    if (url_parse(&url, argv[2], err) == 0)
        connection = sql_connect(&url, "changes", err);
    if (connection != NULL)
        status = argc == 5 ? list(connection, argv[3], argv[4], err)
                           : mark(connection, argv[3], err);
    sql_close(connection);
    url_clear(&url);
    return status;
}
#else
static int run(int argc, char **argv, struct err *err)
{
    (void)argc;
    (void)argv;
    return err_set(err, ERR_UNSUPPORTED, "MySQL is not built in");
}
#endif

int main(int argc, char **argv)
{
    struct err err;

    err_clear(&err);
    if (run(argc, argv, &err) == 0)
        return EXIT_CODE_OK;
    log_err(&err);
    return (int)exit_code_of(err.category);
}
