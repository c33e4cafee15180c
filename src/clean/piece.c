/* SPDX-License-Identifier: Apache-2.0
 *
 * piece.c - one transaction of a clean.
 *
 * Rows that a foreign key would take along are taken by name, so that the archive has
 * them: the old rows are locked, then those that refer to them, table by table, and all
 * of them are deleted, the last referring ones first. An old row that the server would
 * refuse to delete, because of one that stays, stays itself, with all that hangs on it.
 * What the DELETE returns is what is archived, nothing else.
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

/* `root` is the old row that is the reason, `id` the row. */
int clean_prepare(struct clean *clean, struct clean_work *work, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    if (work->table->keys.count == 0)
        return 0;
    for (size_t i = 0; i < work->goes.count; i++)
        strbuf_addf(&sql,
                    "CREATE TEMPORARY TABLE IF NOT EXISTS airshift_clean_%lld (root "
                    "tid, id tid); ",
                    ((struct clean_table *)work->goes.items[i])->oid);
    strbuf_add_string(
        &sql, "CREATE TEMPORARY TABLE IF NOT EXISTS airshift_clean_stays (root tid)");
    return exec_buffer(clean, &sql, err);
}

static void add_where(struct strbuf *sql, const struct clean_work *work, uint64_t from,
                      uint64_t to)
{
    strbuf_addf(sql,
                " WHERE s.ctid >= '(%llu,0)'::tid AND s.ctid < '(%llu,0)'::tid AND %s",
                (unsigned long long)from, (unsigned long long)to, work->condition);
}

/* --- which rows go ------------------------------------------------------------------ */

static int empty(struct clean *clean, const struct clean_work *work, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    strbuf_add_string(&sql, "TRUNCATE pg_temp.airshift_clean_stays");
    for (size_t i = 0; i < work->goes.count; i++)
        strbuf_addf(&sql, ", %s",
                    ((const struct clean_table *)work->goes.items[i])->side);
    return exec_buffer(clean, &sql, err);
}

static int lock_old(struct clean *clean, const struct clean_work *work, uint64_t from,
                    uint64_t to, long long *rows, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "INSERT INTO %s SELECT s.ctid, s.ctid FROM %s AS s",
                work->table->side, work->table->quoted);
    add_where(&sql, work, from, to);
    strbuf_add_string(&sql, " FOR UPDATE");
    return change_buffer(clean, &sql, rows, err);
}

/* The rows of a side table. The array makes the server fetch them one by one, and what
 * refers to them by an index: of a temporary table it knows nothing, and would rather
 * read all of the large ones, for each piece. */
static void add_side_rows(struct strbuf *sql, const struct clean_table *table)
{
    strbuf_addf(
        sql,
        "%s AS x JOIN %s AS p ON p.ctid = x.id AND p.ctid = ANY (ARRAY(SELECT id "
        "FROM %s))",
        table->side, table->quoted, table->side);
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
            strbuf_addf(&sql, "INSERT INTO %s SELECT x.root, c.ctid FROM ",
                        key->child->side);
            add_side_rows(&sql, parent);
            strbuf_addf(&sql, " JOIN %s AS c ON %s FOR UPDATE OF c", key->child->quoted,
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
            strbuf_add_string(
                &sql, "INSERT INTO pg_temp.airshift_clean_stays SELECT x.root FROM ");
            add_side_rows(&sql, parent);
            strbuf_addf(&sql, " WHERE EXISTS (SELECT FROM %s AS c WHERE %s",
                        key->child->quoted, key->join);
            if (list_has(&work->goes, key->child))
                strbuf_addf(&sql,
                            " AND NOT EXISTS (SELECT FROM %s AS y WHERE y.id = c.ctid)",
                            key->child->side);
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

            strbuf_addf(&sql,
                        "DELETE FROM %s WHERE root IN (SELECT root FROM "
                        "pg_temp.airshift_clean_stays)",
                        ((const struct clean_table *)work->goes.items[i])->side);
            if (change_buffer(clean, &sql, &left, err) != 0)
                return -1;
            if (work->goes.items[i] == work->table)
                *kept += left;
        }
        if (sql_exec(clean->connection, "TRUNCATE pg_temp.airshift_clean_stays", err) !=
            0)
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

static int take_plain(struct clean *clean, struct clean_work *work, uint64_t from,
                      uint64_t to, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "(DELETE FROM %s AS s", work->table->quoted);
    add_where(&sql, work, from, to);
    strbuf_addf(&sql, " RETURNING %s)", work->table->columns);
    return take(clean, work->table, &sql, err);
}

static int count_side(struct clean *clean, const struct clean_table *table,
                      long long *rows, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *row;

    strbuf_addf(&sql, "SELECT count(DISTINCT id) FROM %s", table->side);
    row = sql_query(clean->connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);

    if (row == NULL)
        return -1;
    *rows = sql_integer(row, 0, 0);
    sql_result_free(row);
    return 0;
}

static int take_all(struct clean *clean, struct clean_work *work, struct err *err)
{
    for (size_t i = 0; i < work->goes.count; i++) {
        struct clean_table *table = work->goes.items[i];
        struct strbuf sql = STRBUF_INIT;
        long long expected;

        if (count_side(clean, table, &expected, err) != 0)
            return -1;
        if (expected == 0)
            continue;
        strbuf_addf(&sql,
                    "(DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT id FROM %s)) "
                    "RETURNING %s)",
                    table->quoted, table->side, table->columns);
        if (take(clean, table, &sql, err) != 0)
            return -1;
        if (table->piece_rows != expected)
            return err_set(err, ERR_STATE,
                           "%lld rows of %s were to go, not %lld: a trigger or a rule "
                           "of yours is in the way",
                           expected, table->quoted, table->piece_rows);
    }
    return 0;
}

static int take_rows(struct clean *clean, struct clean_work *work, uint64_t from,
                     uint64_t to, long long *kept, struct err *err)
{
    long long rows;

    if (work->table->keys.count == 0)
        return take_plain(clean, work, from, to, err);
    if (empty(clean, work, err) != 0 ||
        lock_old(clean, work, from, to, &rows, err) != 0)
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

static int try_piece(struct clean *clean, struct clean_work *work, uint64_t from,
                     uint64_t to, struct err *err)
{
    struct strbuf begin = STRBUF_INIT;
    long long kept = 0;

    sql_add_begin(clean->connection, &begin, 1);
    if (exec_buffer(clean, &begin, err) != 0 ||
        take_rows(clean, work, from, to, &kept, err) != 0 || seal(work, err) != 0)
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

int clean_piece(struct clean *clean, struct clean_work *work, uint64_t from,
                uint64_t to, struct err *err)
{
    long long block = work->table->block;
    long long kept = work->table->kept;
    struct err ignored;

    for (size_t i = 0; i < work->goes.count; i++)
        ((struct clean_table *)work->goes.items[i])->piece_rows = 0;
    if (try_piece(clean, work, from, to, err) == 0) {
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
