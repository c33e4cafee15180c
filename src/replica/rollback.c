/* SPDX-License-Identifier: Apache-2.0
 *
 * rollback.c - what was written on green since the cutover goes into a file before, or
 * right after, the clients are back on blue. Green is fenced and stays as it is, so
 * nothing is lost in either order; "first" means that nobody learns of a full disk too
 * late.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/log.h"
#include "replica/switch.h"
#include "state/file.h"

/* A table is read at some 400 MB/s, and the clients are to wait for less than a tenth of a
 * second for it. */
enum { MARK_MAX_BYTES = 16 << 20, QUICK_BYTES = 24 << 20 };

struct totals {
    long long rows;
    long long tables;
    long long deleted; /* -1: not known */
    struct strbuf names;
};

static int archive_tables(struct archive *archive, struct connection *green,
                          const struct changed_table *tables, size_t count,
                          struct totals *totals, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        long long rows = 0;

        if (archive_add_table(archive, green, tables[i].name, tables[i].columns,
                              tables[i].select, &rows, err) < 0)
            return err_wrap(err, "archiving %s", tables[i].name);
        if (rows > 0) {
            strbuf_addf(&totals->names, "%s%s %lld", totals->tables > 0 ? ", " : "",
                        tables[i].name, rows);
            totals->tables++;
        }
        totals->rows += rows;
        if (tables[i].deleted < 0)
            totals->deleted = -1;
        else if (totals->deleted >= 0)
            totals->deleted += tables[i].deleted;
    }
    return 0;
}

static int write_archive(struct switch_context *sw, const char *path, const char *mark,
                         struct totals *totals, struct err *err)
{
    struct connection *green = switch_connect(sw, &sw->green, err);
    struct changed_table *tables = NULL;
    struct archive *archive = NULL;
    size_t count = 0;
    int status = -1;

    if (green == NULL || sw->ops->list_changes(green, mark, &tables, &count, err) < 0)
        goto done;
    archive = archive_open(path, journal_switch(sw->journal), err);
    if (archive == NULL ||
        archive_tables(archive, green, tables, count, totals, err) < 0)
        goto done;
    status = archive_finish(archive, err);
    archive = NULL;
done:
    archive_abandon(archive);
    changed_tables_free(tables, count);
    sql_close(green);
    return status;
}

static void report(struct switch_context *sw, const char *path,
                   const struct totals *totals)
{
    strbuf_addf(&sw->report,
                "%lld rows of %lld tables written on green since the cutover "
                "are in %s\n",
                totals->rows, totals->tables, path);
    if (totals->rows > 0)
        strbuf_addf(&sw->report, "  %s\n", strbuf_text(&totals->names));
    if (totals->deleted > 0)
        strbuf_addf(&sw->report, "%lld rows deleted on green are on blue again\n",
                    totals->deleted);
    if (totals->deleted < 0)
        strbuf_add_string(&sw->report,
                          "how many rows were deleted on green is not known\n");
}

/* Safe to repeat: the file appears whole or not at all, and the journal says when. */
static int archive_green(struct switch_context *sw, struct err *err)
{
    struct totals totals = {0, 0, 0, STRBUF_INIT};
    struct strbuf mark = STRBUF_INIT;
    char *mark_path = switch_path(sw, "changes.mark");
    char *name = NULL;
    int status = -1;

    if (journal_fact(sw->journal, "archive_rows") != NULL) {
        status = 0;
        goto done;
    }
    name = switch_path(sw, "green-rows.sql.zst");
    if (switch_only_shows(sw, "write the rows that are new on green into %s", name)) {
        /* Known from here on, so that it is not shown twice. */
        status = journal_set_number(sw->journal, "archive_rows", 0, err);
        goto done;
    }
    if (file_read(mark_path, MARK_MAX_BYTES, &mark, err) < 0 ||
        write_archive(sw, name, strbuf_text(&mark), &totals, err) < 0)
        goto done;
    if (journal_set_fact(sw->journal, "archive_file", name, err) < 0 ||
        journal_set_number(sw->journal, "archive_tables", totals.tables, err) < 0 ||
        journal_set_number(sw->journal, "archive_deleted", totals.deleted, err) < 0 ||
        journal_set_number(sw->journal, "archive_rows", totals.rows, err) < 0)
        goto done;
    report(sw, name, &totals);
    status = 0;
done:
    strbuf_clear(&totals.names);
    strbuf_clear(&mark);
    free(mark_path);
    free(name);
    return status;
}

/* What reading green's changed tables means, without reading them. */
static int weigh_changes(struct switch_context *sw, long long *bytes, struct err *err)
{
    struct strbuf mark = STRBUF_INIT;
    char *path = switch_path(sw, "changes.mark");
    struct connection *green = switch_connect(sw, &sw->green, err);
    struct changed_table *tables = NULL;
    size_t count = 0;
    long long rows = 0;
    int status = -1;

    *bytes = 0;
    if (green == NULL || file_read(path, MARK_MAX_BYTES, &mark, err) < 0 ||
        sw->ops->list_changes(green, strbuf_text(&mark), &tables, &count, err) < 0)
        goto done;
    for (size_t i = 0; i < count; i++) {
        *bytes += tables[i].bytes;
        if (tables[i].inserted >= 0)
            rows += tables[i].inserted + tables[i].updated;
    }
    log_info("about %lld rows of %zu tables were written on green, %lld MiB to read",
             rows, count, *bytes >> 20);
    status = 0;
done:
    changed_tables_free(tables, count);
    sql_close(green);
    strbuf_clear(&mark);
    free(path);
    return status;
}

int replica_archive_first(struct switch_context *sw, struct err *err)
{
    long long bytes = 0;

    if (sw->config.archive == CONFIG_ARCHIVE_LAST)
        return 0;
    if (sw->config.archive == CONFIG_ARCHIVE_AUTO) {
        if (weigh_changes(sw, &bytes, err) < 0)
            return -1;
        if (bytes > QUICK_BYTES) {
            log_info(
                "the clients go back first; green keeps the rows until they are read");
            return 0;
        }
    }
    return archive_green(sw, err);
}

int replica_archive_last(struct switch_context *sw, struct err *err)
{
    return archive_green(sw, err);
}
