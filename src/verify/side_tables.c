/* SPDX-License-Identifier: Apache-2.0
 *
 * side_tables.c - side tables as temporary tables, or as documents in settings. They go with
 * the session.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "native/native.h"
#include "render.h"
#include "state/fault.h"
#include "verify/side_tables.h"

/* Of one document: a server's limit is a little more. */
enum { DOCUMENT_MAX_BYTES = 255 << 20 };

static const struct list *natives_of(const struct side_tables *tables)
{
    return &tables->plan->lowering.natives;
}

/* --- more than one name for a table ------------------------------------------------ */

static const char *copy_name(const struct side_tables *tables,
                             const struct native_use *use, size_t number)
{
    return number == 0 ? use->name
                       : arena_printf(tables->arena, "%s_%zu", use->name, number + 1);
}

static int make_copy(struct side_tables *tables, const struct native_use *use,
                     size_t number, struct err *err)
{
    struct native_use copy = *use;
    const char *create;

    copy.name = copy_name(tables, use, number);
    create = lowering_create_side_table(&tables->plan->lowering, &copy, true);
    return sql_exec(
        tables->connection,
        arena_printf(
            tables->arena, "%s; INSERT INTO %s SELECT * FROM %s", create,
            ddl_name(tables->arena, tables->plan->lowering.state_schema, copy.name),
            use->table),
        err);
}

/* The first table of which so many uses have the same; they share its copies. */
static size_t first_of(const struct list *natives, size_t position)
{
    const struct native_use *use = natives->items[position];
    size_t first = 0;

    while (strcmp(((const struct native_use *)natives->items[first])->name,
                  use->name) != 0)
        first++;
    return first;
}

/* Gives each place but the first in which the table stands another name. */
static const char *spread(struct side_tables *tables, size_t position, const char *sql,
                          struct err *err)
{
    const struct native_use *use = natives_of(tables)->items[position];
    const struct dialect *dialect = tables->plan->dialect;
    const char *quoted = dialect_quote_name(dialect, tables->arena, use->name);
    struct strbuf text = STRBUF_INIT;
    const char *at = sql;
    const char *next;
    int status = 0;

    for (size_t number = 0; status == 0 && (next = strstr(at, quoted)) != NULL;
         number++) {
        strbuf_add(&text, at, (size_t)(next - at));
        strbuf_add_string(&text, dialect_quote_name(dialect, tables->arena,
                                                    copy_name(tables, use, number)));
        at = next + strlen(quoted);
        if (number <= tables->copies[position])
            continue;
        status = make_copy(tables, use, number, err);
        tables->copies[position] = number;
    }
    strbuf_add_string(&text, at);
    sql = status == 0 ? arena_strdup(tables->arena, strbuf_text(&text)) : NULL;
    strbuf_clear(&text);
    return sql;
}

const char *side_tables_reach(struct side_tables *tables, const char *sql,
                              struct err *err)
{
    const struct list *natives = natives_of(tables);

    if (!dialect_has(tables->plan->dialect, DIALECT_TEMPORARY_ONCE))
        return sql;
    for (size_t i = 0; i < natives->count && sql != NULL; i++) {
        if (first_of(natives, i) == i)
            sql = spread(tables, i, sql, err);
    }
    return sql;
}

/* --- settings of the session ------------------------------------------------------- */

static void add_json_text(struct strbuf *json, const struct sql_field *field)
{
    strbuf_add_char(json, '"');
    for (size_t i = 0; i < field->size; i++) {
        unsigned char c = (unsigned char)field->bytes[i];

        if (c < ' ') {
            strbuf_addf(json, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\')
            strbuf_add_char(json, '\\');
        strbuf_add_char(json, (char)c);
    }
    strbuf_add_char(json, '"');
}

/* One result into the document: digest and output, NULL for what cannot be converted. */
static int add_result(void *context, const struct sql_field *fields, size_t count,
                      struct err *err)
{
    struct strbuf *json = context;

    (void)count;
    strbuf_add_char(json, json->length > 0 ? ',' : '{');
    add_json_text(json, &fields[0]);
    strbuf_add_char(json, ':');
    if (fields[1].bytes != NULL)
        add_json_text(json, &fields[1]);
    else
        strbuf_add_string(json, "null");
    if (json->length < fault_limit("AIRSHIFT_TEST_DOCUMENT_BYTES", DOCUMENT_MAX_BYTES))
        return 0;
    (void)err_set(err, ERR_UNSUPPORTED,
                  "what this migration computes is more than a replica can be given");
    return err_hint(err, "Compare with a database that is not a replica: temporary "
                         "tables are made there.");
}

static int keep(struct side_tables *tables, const struct native_use *use,
                const struct native_job *job, struct err *err)
{
    struct strbuf json = STRBUF_INIT;
    int status = native_compute(tables->connection, job, add_result, &json, err);

    strbuf_add_string(&json, json.length > 0 ? "}" : "{}");
    if (status == 0) {
        const char *const values[2] = {use->setting, strbuf_text(&json)};

        status = server_change(tables->connection, "against_keep", 2, values, err);
    }
    strbuf_clear(&json);
    return status;
}

/* --- filling ----------------------------------------------------------------------- */

static bool reads_unfilled(const struct list *natives, const bool *is_filled,
                           const char *sql)
{
    for (size_t i = 0; i < natives->count; i++) {
        const struct native_use *use = natives->items[i];

        if (!is_filled[i] && strstr(sql, use->name) != NULL)
            return true;
    }
    return false;
}

static int fill(struct side_tables *tables, const struct native_use *use,
                struct err *err)
{
    struct native_job job = {0};

    /* A token has random bytes in it: it cannot be compared, and the key is not needed. */
    if (strstr(use->function, "encrypt_") != NULL)
        return 0;
    job.function = use->function;
    job.table = use->table;
    job.gather = side_tables_reach(
        tables, lowering_gather(&tables->plan->lowering, use->function), err);
    job.has_quarantine = true;
    if (job.gather == NULL)
        return -1;
    return tables->plan->lowering.in_session
               ? keep(tables, use, &job, err)
               : native_run(tables->connection, &job, err);
}

static void mark_filled(const struct list *natives, const char *function,
                        bool *is_filled)
{
    for (size_t i = 0; i < natives->count; i++) {
        const struct native_use *use = natives->items[i];

        is_filled[i] |= strcmp(use->function, function) == 0;
    }
}

/* Arguments of one function may come from what another gave, so tables are filled as soon as
 * all they read is there. */
static int fill_in_order(struct side_tables *tables, bool *is_filled, struct err *err)
{
    const struct list *natives = natives_of(tables);
    bool is_moving = true;

    while (is_moving) {
        is_moving = false;
        for (size_t i = 0; i < natives->count; i++) {
            const struct native_use *use = natives->items[i];

            if (is_filled[i] ||
                reads_unfilled(natives, is_filled,
                               lowering_gather(&tables->plan->lowering, use->function)))
                continue;
            if (fill(tables, use, err) != 0)
                return -1;
            mark_filled(natives, use->function, is_filled);
            is_moving = true;
        }
    }
    return 0;
}

static int create(struct side_tables *tables, const struct native_use *use,
                  struct err *err)
{
    if (sql_exec(tables->connection,
                 lowering_create_side_table(&tables->plan->lowering, use, true),
                 err) == 0)
        return 0;
    if (strcmp(err->sqlstate, "42501") == 0)
        (void)err_hint(err, "This migration computes values that no SQL can, for which "
                            "temporary tables are made in the database of --against: "
                            "its user needs the right to make them there.");
    return err_wrap(err, "the database of --against");
}

int side_tables_fill(struct side_tables *tables, struct err *err)
{
    const struct list *natives = natives_of(tables);
    bool *is_filled = xcalloc(natives->count + 1, sizeof(*is_filled));
    int status = 0;

    tables->copies =
        arena_zalloc(tables->arena, (natives->count + 1) * sizeof(*tables->copies));
    for (size_t i = 0; i < natives->count && status == 0; i++) {
        if (first_of(natives, i) == i && !tables->plan->lowering.in_session)
            status = create(tables, natives->items[i], err);
    }
    if (status == 0)
        status = fill_in_order(tables, is_filled, err);
    free(is_filled);
    return status;
}
