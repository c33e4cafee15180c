/* SPDX-License-Identifier: Apache-2.0
 *
 * piece.c - one transaction of a clean.
 *
 * Rows that a foreign key would take along are taken by name, so that the archive has
 * them: the old rows are locked, then those that refer to them, table by table, and all
 * of them are deleted, the last referring ones first. An old row that the server would
 * refuse to delete, because of one that stays, stays itself, with all that hangs on it.
 * What the DELETE returns is what is archived, nothing else; where it returns none, what was locked before.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "clean/internal.h"
#include "state/fault.h"

const char *clean_path(const struct clean *clean, const struct clean_table *table)
{
    bool is_plain = strcmp(table->schema, clean->schema) == 0;

    for (const char *c = table->name; *c != '\0'; c++)
        is_plain = is_plain && strchr("/. ", *c) == NULL && *c > ' ';
    return is_plain ? arena_printf(clean->arena, "%s/%s.sql.zst",
                                   clean->options->directory, table->name)
                    : arena_printf(clean->arena, "%s/table_%lld.sql.zst",
                                   clean->options->directory, table->oid);
}

static int exec_buffer(struct clean *clean, struct strbuf *sql, struct err *err)
{
    int status = sql_exec(clean->connection, strbuf_text(sql), err);

    strbuf_clear(sql);
    return status;
}

/* Rows are taken by name where others refer to them, and where a DELETE does not say which
 * rows went. */
static bool goes_by_side(const struct clean *clean, const struct clean_work *work)
{
    return work->table->keys.count > 0 ||
           !sql_can(clean->connection, SQL_HAS_ROW_PLACES);
}

static int change_buffer(struct clean *clean, struct strbuf *sql, long long *affected,
                         struct err *err)
{
    struct sql_result *done =
        sql_query(clean->connection, strbuf_text(sql), 0, NULL, err);

    strbuf_clear(sql);
    if (done == NULL)
        return -1;
    *affected = sql_affected(done);
    sql_result_free(done);
    return 0;
}

static const char *side_stays(const struct clean *clean)
{
    return arena_printf(clean->arena, "%sairshift_clean_stays", clean_temporary(clean));
}

/* Adds "key AS root1, ..." */
static void add_named_key(struct strbuf *sql, const struct clean_table *table,
                          const char *alias, const char *name)
{
    for (size_t i = 0; i < table->key.count; i++)
        strbuf_addf(sql, "%s%s.%s AS %s%zu", i > 0 ? ", " : "", alias,
                    (const char *)table->key.items[i], name, i + 1);
}

/* Root: the old row that is the reason, id: the row. */
int clean_prepare(struct clean *clean, struct clean_work *work, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    if (!goes_by_side(clean, work))
        return 0;
    for (size_t i = 0; i < work->goes.count; i++) {
        const struct clean_table *table = work->goes.items[i];

        if (table->key.count == 0) {
            strbuf_clear(&sql);
            return err_set(err, ERR_UNSUPPORTED,
                           "%s has no primary key: its rows cannot be told apart",
                           table->quoted);
        }
        strbuf_addf(&sql,
                    "DROP TABLE IF EXISTS %s; CREATE TEMPORARY TABLE "
                    "airshift_clean_%lld %sAS SELECT ",
                    table->side, table->oid, sql_temporary_key(clean->connection));
        add_named_key(&sql, work->table, "r", "root");
        strbuf_add_string(&sql, ", ");
        add_named_key(&sql, table, "t", "id");
        strbuf_addf(&sql, " FROM %s AS r, %s AS t LIMIT 0; ", work->table->quoted,
                    table->quoted);
    }
    strbuf_addf(&sql,
                "DROP TABLE IF EXISTS %s; CREATE TEMPORARY TABLE "
                "airshift_clean_stays %sAS SELECT ",
                side_stays(clean), sql_temporary_key(clean->connection));
    add_named_key(&sql, work->table, "r", "root");
    strbuf_addf(&sql, " FROM %s AS r LIMIT 0", work->table->quoted);
    return exec_buffer(clean, &sql, err);
}

static void add_where(struct strbuf *sql, const struct clean_work *work)
{
    strbuf_addf(sql, " WHERE %s AND %s", work->range, work->condition);
}

/* --- which rows go ------------------------------------------------------------------ */

/* No TRUNCATE, which ends a transaction on some servers. */
static int empty(struct clean *clean, const struct clean_work *work, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "DELETE FROM %s", side_stays(clean));
    for (size_t i = 0; i < work->goes.count; i++)
        strbuf_addf(&sql, "; DELETE FROM %s",
                    ((const struct clean_table *)work->goes.items[i])->side);
    return exec_buffer(clean, &sql, err);
}

static int lock_old(struct clean *clean, const struct clean_work *work, long long *rows,
                    struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "INSERT INTO %s SELECT ", work->table->side);
    clean_add_key(&sql, work->table, "s.", NULL);
    strbuf_add_string(&sql, ", ");
    clean_add_key(&sql, work->table, "s.", NULL);
    strbuf_addf(&sql, " FROM %s AS s", work->table->quoted);
    add_where(&sql, work);
    strbuf_add_string(&sql, " FOR UPDATE");
    return change_buffer(clean, &sql, rows, err);
}

/* Adds "row.key = side.id1 AND ..." */
static void add_match(struct strbuf *sql, const struct clean_table *table,
                      const char *row, const char *side)
{
    for (size_t i = 0; i < table->key.count; i++)
        strbuf_addf(sql, "%s%s.%s = %s.id%zu", i > 0 ? " AND " : "", row,
                    (const char *)table->key.items[i], side, i + 1);
}

/* The rows of a side table. The array makes the server fetch them one by one, and what
 * refers to them by an index: of a temporary table it knows nothing, and would rather
 * read all of the large ones, for each piece. */
static void add_side_rows(struct strbuf *sql, const struct clean *clean,
                          const struct clean_table *table)
{
    strbuf_addf(sql, "%s AS x %s %s AS p ON ", table->side,
                sql_join_in_order(clean->connection), table->quoted);
    add_match(sql, table, "p", "x");
    if (sql_can(clean->connection, SQL_HAS_ROW_PLACES))
        strbuf_addf(sql, " AND p.ctid = ANY (ARRAY(SELECT id1 FROM %s))", table->side);
}

/* Nobody can add a row that refers to a locked one; those that do are locked, so that they
 * stay where they are. */
static int lock_referring(struct clean *clean, const struct clean_work *work,
                          struct err *err)
{
    long long rows;

    for (size_t i = work->goes.count; i-- > 0;) {
        const struct clean_table *parent = work->goes.items[i];

        for (size_t k = 0; k < parent->keys.count; k++) {
            const struct clean_key *key = parent->keys.items[k];
            struct strbuf sql = STRBUF_INIT;

            if (key->action != 'c')
                continue;
            strbuf_addf(&sql, "INSERT INTO %s SELECT ", key->child->side);
            clean_add_key(&sql, work->table, "x.", "root");
            strbuf_add_string(&sql, ", ");
            clean_add_key(&sql, key->child, "c.", NULL);
            strbuf_add_string(&sql, " FROM ");
            add_side_rows(&sql, clean, parent);
            strbuf_addf(&sql, " %s %s AS c ON %s FOR UPDATE OF c",
                        sql_join_in_order(clean->connection), key->child->quoted,
                        key->join);
            if (change_buffer(clean, &sql, &rows, err) != 0)
                return -1;
        }
    }
    return 0;
}

/* Roots of rows that rows refer to that stay, by a key that refuses. */
static int find_refused(struct clean *clean, const struct clean_work *work,
                        long long *rows, struct err *err)
{
    *rows = 0;
    for (size_t i = 0; i < work->goes.count; i++) {
        const struct clean_table *parent = work->goes.items[i];

        for (size_t k = 0; k < parent->keys.count; k++) {
            const struct clean_key *key = parent->keys.items[k];
            struct strbuf sql = STRBUF_INIT;
            long long found;

            if (key->action != 'a' && key->action != 'r')
                continue;
            strbuf_addf(&sql, "INSERT INTO %s SELECT ", side_stays(clean));
            clean_add_key(&sql, work->table, "x.", "root");
            strbuf_add_string(&sql, " FROM ");
            add_side_rows(&sql, clean, parent);
            strbuf_addf(&sql, " WHERE EXISTS (SELECT 1 FROM %s AS c WHERE %s",
                        key->child->quoted, key->join);
            if (list_has(&work->goes, key->child)) {
                strbuf_addf(&sql, " AND NOT EXISTS (SELECT 1 FROM %s AS y WHERE ",
                            key->child->side);
                add_match(&sql, key->child, "c", "y");
                strbuf_add_char(&sql, ')');
            }
            strbuf_add_string(&sql, ")");
            if (change_buffer(clean, &sql, &found, err) != 0)
                return -1;
            *rows += found;
        }
    }
    return 0;
}

/* Again until none is left: what stays for one may be what another is refused for. */
static int leave_refused(struct clean *clean, const struct clean_work *work,
                         long long *kept, struct err *err)
{
    for (;;) {
        long long found;
        long long left;

        if (find_refused(clean, work, &found, err) != 0)
            return -1;
        if (found == 0)
            return 0;
        for (size_t i = 0; i < work->goes.count; i++) {
            struct strbuf sql = STRBUF_INIT;

            strbuf_addf(&sql, "DELETE FROM %s WHERE (",
                        ((const struct clean_table *)work->goes.items[i])->side);
            clean_add_key(&sql, work->table, "", "root");
            strbuf_add_string(&sql, ") IN (SELECT ");
            clean_add_key(&sql, work->table, "", "root");
            strbuf_addf(&sql, " FROM %s)", side_stays(clean));
            if (change_buffer(clean, &sql, &left, err) != 0)
                return -1;
            if (work->goes.items[i] == work->table)
                *kept += left;
        }
        if (sql_exec(clean->connection,
                     arena_printf(clean->arena, "DELETE FROM %s", side_stays(clean)),
                     err) != 0)
            return -1;
    }
}

/* --- how they go -------------------------------------------------------------------- */

/* Rows of no archive are counted all the same. */
static int count_row(void *context, const char *bytes, size_t size, struct err *err)
{
    long long *rows = context;

    (void)bytes;
    (void)size;
    (void)err;
    (*rows)++;
    return 0;
}

static struct growing *open_archive(struct clean *clean,
                                    const struct clean_table *table, struct err *err)
{
    const char *title =
        arena_printf(clean->arena, "clean before %s, %s", clean->before, table->quoted);

    return growing_open(clean_path(clean, table), title, table->archive_bytes, err);
}

static int take(struct clean *clean, struct clean_table *table, struct strbuf *from,
                struct err *err)
{
    int status;

    table->piece_rows = 0;
    if (clean->options->directory == NULL) {
        status = sql_unload(clean->connection, strbuf_text(from), count_row,
                            &table->piece_rows, err);
        strbuf_clear(from);
        return status;
    }
    if (table->archive == NULL)
        table->archive = open_archive(clean, table, err);
    status =
        table->archive != NULL
            ? growing_add(table->archive, clean->connection, table->quoted,
                          table->columns, strbuf_text(from), &table->piece_rows, err)
            : -1;
    strbuf_clear(from);
    return status;
}

static int take_plain(struct clean *clean, struct clean_work *work, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "(DELETE FROM %s AS s", work->table->quoted);
    add_where(&sql, work);
    strbuf_addf(&sql, " RETURNING %s)", work->table->columns);
    return take(clean, work->table, &sql, err);
}

static int count_side(struct clean *clean, const struct clean_table *table,
                      long long *rows, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *row;

    strbuf_add_string(&sql, "SELECT count(*) FROM (SELECT DISTINCT ");
    clean_add_key(&sql, table, "", "id");
    strbuf_addf(&sql, " FROM %s) AS one", table->side);
    row = sql_query(clean->connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);

    if (row == NULL)
        return -1;
    *rows = sql_integer(row, 0, 0);
    sql_result_free(row);
    return 0;
}

/* Adds a FROM with the side table's rows as t, each once. */
static void add_named(struct strbuf *sql, const struct clean *clean,
                      const struct clean_table *table)
{
    strbuf_add_string(sql, " FROM (SELECT DISTINCT ");
    clean_add_key(sql, table, "", "id");
    strbuf_addf(sql, " FROM %s) AS x %s %s AS t ON ", table->side,
                sql_join_in_order(clean->connection), table->quoted);
    add_match(sql, table, "t", "x");
}

/* In one statement, or where a DELETE gives no rows, read first: they are locked, so that
 * it is these that go. */
static int take_named(struct clean *clean, struct clean_table *table, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    long long gone;

    if (sql_can(clean->connection, SQL_HAS_ROW_PLACES)) {
        strbuf_addf(&sql,
                    "(DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT id1 FROM %s)) "
                    "RETURNING %s)",
                    table->quoted, table->side, table->columns);
        return take(clean, table, &sql, err);
    }
    strbuf_addf(&sql, "(SELECT %s", table->values);
    add_named(&sql, clean, table);
    strbuf_add_char(&sql, ')');
    if (take(clean, table, &sql, err) != 0)
        return -1;
    strbuf_add_string(&sql, "DELETE t");
    add_named(&sql, clean, table);
    if (change_buffer(clean, &sql, &gone, err) != 0)
        return -1;
    if (gone != table->piece_rows)
        return err_set(err, ERR_STATE, "%lld rows of %s went, not %lld", gone,
                       table->quoted, table->piece_rows);
    return 0;
}

static int take_all(struct clean *clean, struct clean_work *work, struct err *err)
{
    for (size_t i = 0; i < work->goes.count; i++) {
        struct clean_table *table = work->goes.items[i];
        long long expected;

        if (count_side(clean, table, &expected, err) != 0)
            return -1;
        if (expected == 0)
            continue;
        if (take_named(clean, table, err) != 0)
            return -1;
        if (table->piece_rows != expected)
            return err_set(err, ERR_STATE,
                           "%lld rows of %s were to go, not %lld: a trigger or a rule "
                           "of yours is in the way",
                           expected, table->quoted, table->piece_rows);
    }
    return 0;
}

static int take_rows(struct clean *clean, struct clean_work *work, long long *kept,
                     struct err *err)
{
    long long rows;

    if (!goes_by_side(clean, work))
        return take_plain(clean, work, err);
    if (empty(clean, work, err) != 0 || lock_old(clean, work, &rows, err) != 0)
        return -1;
    if (rows == 0)
        return 0;
    if (lock_referring(clean, work, err) != 0 ||
        leave_refused(clean, work, kept, err) != 0)
        return -1;
    return take_all(clean, work, err);
}

/* --- the transaction ---------------------------------------------------------------- */

static int seal(struct clean_work *work, struct err *err)
{
    for (size_t i = 0; i < work->goes.count; i++) {
        struct clean_table *table = work->goes.items[i];

        if (table->archive != NULL && growing_is_open(table->archive) &&
            growing_seal(table->archive, &table->archive_bytes, err) != 0)
            return -1;
    }
    return 0;
}

static void settle(struct clean_work *work, bool is_done)
{
    for (size_t i = 0; i < work->goes.count; i++) {
        struct clean_table *table = work->goes.items[i];

        if (is_done && table->piece_rows > 0) {
            table->rows += table->piece_rows;
            table->is_vacuumed = false;
        }
        table->piece_rows = 0;
        if (table->archive == NULL)
            continue;
        if (is_done)
            growing_keep(table->archive);
        else
            growing_undo(table->archive);
    }
}

static int try_piece(struct clean *clean, struct clean_work *work, uint64_t to,
                     struct err *err)
{
    struct strbuf begin = STRBUF_INIT;
    long long kept = 0;

    sql_add_begin(clean->connection, &begin, 1);
    if (exec_buffer(clean, &begin, err) != 0 ||
        take_rows(clean, work, &kept, err) != 0 || seal(work, err) != 0)
        return -1;
    work->table->block = (long long)to;
    work->table->kept += kept;
    if (clean_record_piece(clean, work, err) != 0)
        return -1;
    fault_point("clean", "sealed");
    clean->is_committing = true;
    if (sql_exec(clean->connection, "COMMIT", err) != 0)
        return -1;
    clean->is_committing = false;
    fault_point("clean", "committed");
    return 0;
}

/* A lock that is not to be had in a second, a deadlock: somebody else is at these rows. */
static bool is_passing(const struct err *err)
{
    return strcmp(err->sqlstate, "55P03") == 0 || strcmp(err->sqlstate, "40P01") == 0 ||
           strcmp(err->sqlstate, "40001") == 0;
}

int clean_piece(struct clean *clean, struct clean_work *work, uint64_t to,
                struct err *err)
{
    long long block = work->table->block;
    long long kept = work->table->kept;
    struct err ignored;

    for (size_t i = 0; i < work->goes.count; i++)
        ((struct clean_table *)work->goes.items[i])->piece_rows = 0;
    if (try_piece(clean, work, to, err) == 0) {
        settle(work, true);
        return 1;
    }
    /* Whether a COMMIT was done whose answer nobody waited for, because of a signal or a
     * lost connection, only the next run can read. The archive stays as long as it is:
     * cut now, it would lack rows that are gone. */
    if (clean->is_committing || !sql_is_alive(clean->connection))
        return -1;
    work->table->block = block;
    work->table->kept = kept;
    err_clear(&ignored);
    (void)sql_exec(clean->connection, "ROLLBACK", &ignored);
    settle(work, false);
    if (!is_passing(err))
        return -1;
    log_debug("%s: %s", work->table->name, err->text);
    return 0;
}
