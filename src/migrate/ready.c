/* SPDX-License-Identifier: Apache-2.0
 *
 * ready.c - settings are asked of the session, rows of the tables; what becomes of keys is
 * computed from the simulated catalog, in which every type says its collation unless it is
 * the table's.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ast/ast.h"
#include "catalog/server_sql.h"
#include "migrate/ready.h"

enum { KEY_BYTES_MOST = 3072, PROBLEMS_MOST = 20 };

struct ready_problem {
    const char *text;
    const char *advice;
};

struct ready_demand {
    struct ready_problem problem;
    const char *part;     /* of the SQL that it concerns */
    const char *harmless; /* what must not be in it then; NULL for nothing */
};

struct ready_collation {
    const char *kind; /* "table", "database", "bytes" */
    const char *name;
    const char *value;
};

static void add_problem(struct ready *ready, const char *text, const char *advice)
{
    struct ready_problem *problem = arena_zalloc(ready->arena, sizeof(*problem));

    problem->text = text;
    problem->advice = advice;
    list_add(ready->arena, &ready->problems, problem);
}

/* --- settings ---------------------------------------------------------------------- */

static void add_demand(struct ready *ready, const struct sql_result *rows, size_t row)
{
    struct ready_demand *demand = arena_zalloc(ready->arena, sizeof(*demand));

    demand->problem.text = server_text_copy(ready->arena, rows, row, 1);
    demand->problem.advice = server_text_copy(ready->arena, rows, row, 2);
    demand->part = server_text_copy(ready->arena, rows, row, 3);
    demand->harmless = server_text_copy(ready->arena, rows, row, 4);
    if (demand->part != NULL)
        list_add(ready->arena, &ready->demands, demand);
    else
        add_problem(ready, demand->problem.text, demand->problem.advice);
}

/* `ready` is NULL where nobody wants to know what could not be changed. */
static int settle_session(struct connection *connection, struct ready *ready,
                          struct err *err)
{
    struct sql_result *rows;

    if (!server_has_sql(connection, "ready_session"))
        return 0;
    rows = server_query(connection, "ready_session", 0, NULL, err);
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        if (sql_exec(connection, sql_text(rows, i, 0), err) == 0)
            continue;
        if (!sql_is_alive(connection)) {
            sql_result_free(rows);
            return -1;
        }
        err_clear(err);
        if (ready != NULL)
            add_demand(ready, rows, i);
    }
    sql_result_free(rows);
    return 0;
}

int ready_settle(struct connection *connection, struct err *err)
{
    return settle_session(connection, NULL, err);
}

static int read_collations(struct ready *ready, const char *schema, struct err *err)
{
    struct sql_result *rows;

    if (!server_has_sql(ready->connection, "ready_collations"))
        return 0;
    rows = server_query(ready->connection, "ready_collations", 1, &schema, err);
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        struct ready_collation *collation =
            arena_zalloc(ready->arena, sizeof(*collation));

        collation->kind = server_text_copy(ready->arena, rows, i, 0);
        collation->name = server_text_copy(ready->arena, rows, i, 1);
        collation->value = server_text_copy(ready->arena, rows, i, 2);
        list_add(ready->arena, &ready->collations, collation);
    }
    sql_result_free(rows);
    return 0;
}

int ready_begin(struct ready *ready, struct connection *connection, struct arena *arena,
                const char *schema, struct err *err)
{
    memset(ready, 0, sizeof(*ready));
    ready->connection = connection;
    ready->arena = arena;
    return settle_session(connection, ready, err) != 0 ||
                   read_collations(ready, schema, err) != 0
               ? -1
               : 0;
}

void ready_look_at_sql(struct ready *ready, const char *sql)
{
    for (size_t i = 0; i < ready->demands.count; i++) {
        const struct ready_demand *demand = ready->demands.items[i];

        if (strstr(sql, demand->part) == NULL ||
            (demand->harmless != NULL && strstr(sql, demand->harmless) != NULL))
            continue;
        add_problem(ready, demand->problem.text, demand->problem.advice);
        list_remove(&ready->demands, i--);
    }
}

/* --- keys -------------------------------------------------------------------------- */

static const char *find_collation(const struct ready *ready, const char *kind,
                                  const char *name)
{
    for (size_t i = 0; i < ready->collations.count; i++) {
        const struct ready_collation *collation = ready->collations.items[i];

        if (strcmp(collation->kind, kind) == 0 && strcmp(collation->name, name) == 0)
            return collation->value;
    }
    return NULL;
}

static bool is_text(const struct column *column)
{
    return strncmp(column->type, "varchar(", strlen("varchar(")) == 0 ||
           strncmp(column->type, "char(", strlen("char(")) == 0;
}

/* NULL for what is no text. */
static const char *collation_of(const struct ready *ready, const struct table *table,
                                const struct column *column)
{
    const char *said = strstr(column->type, "COLLATE ");

    if (!is_text(column))
        return NULL;
    if (said != NULL)
        return arena_strndup(ready->arena, said + strlen("COLLATE "),
                             strcspn(said + strlen("COLLATE "), " "));
    return table->live != NULL ? find_collation(ready, "table", table->live->name)
                               : find_collation(ready, "database", "");
}

/* The table's, not its own. */
static bool is_default(const struct column *column)
{
    return strstr(column->type, "COLLATE ") == NULL;
}

static bool is_told(struct ready *ready, const char *name)
{
    if (list_has_text(&ready->told, name))
        return true;
    list_add(ready->arena, &ready->told, (void *)name);
    return false;
}

static void look_at_foreign_key(struct ready *ready, const struct table *table,
                                const struct constraint *key, const char *revision)
{
    for (size_t i = 0; i < key->columns.count && i < key->referenced_columns.count;
         i++) {
        const struct column *from = key->columns.items[i];
        const struct column *to = key->referenced_columns.items[i];
        const char *here = collation_of(ready, table, from);
        const char *there = collation_of(ready, key->referenced, to);

        if (here == NULL || there == NULL || strcmp(here, there) == 0 ||
            is_told(ready, arena_printf(ready->arena, "%s.%s %s.%s", table->name,
                                        from->name, key->referenced->name, to->name)))
            continue;
        add_problem(
            ready,
            arena_printf(
                ready->arena,
                "the foreign key from \"%s\" (%s, %s) to \"%s\" (%s, %s), which "
                "is there after revision %s, is between two collations",
                table->name, from->name, here, key->referenced->name, to->name, there,
                revision),
            is_default(from) && is_default(to)
                ? "Tables take the default collation of the database when they are "
                  "made, and it is not that of the older ones any more: ALTER DATABASE "
                  "with the COLLATE of the older tables."
                : "The ids of all tables must have one collation, that of Airflow's "
                  "setting [database] sql_engine_collation_for_ids: utf8mb3_bin, or "
                  "what AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS says here. "
                  "Set it to what the tables have, or ALTER those that differ.");
    }
}

/* At least so many of a key. */
static unsigned long bytes_of(const struct ready *ready, const struct table *table,
                              const struct column *column)
{
    const char *collation = collation_of(ready, table, column);
    const char *bytes =
        collation != NULL ? find_collation(ready, "bytes", collation) : NULL;

    if (bytes != NULL)
        return strtoul(strchr(column->type, '(') + 1, NULL, 10) *
               strtoul(bytes, NULL, 10);
    if (strcmp(column->type, "int") == 0)
        return 4;
    return strcmp(column->type, "bigint") == 0 ? 8 : 0;
}

static void look_at_length(struct ready *ready, const struct table *table,
                           const char *name, const struct list *columns,
                           const char *revision)
{
    unsigned long bytes = 0;

    for (size_t i = 0; i < columns->count; i++)
        bytes += bytes_of(ready, table, columns->items[i]);
    if (bytes <= KEY_BYTES_MOST ||
        is_told(ready, arena_printf(ready->arena, "%s.%s", table->name, name)))
        return;
    add_problem(
        ready,
        arena_printf(ready->arena,
                     "revision %s makes an index of \"%s\" (%s) of %lu bytes, and %d "
                     "are the most that the server takes",
                     revision, table->name, name, bytes, KEY_BYTES_MOST),
        "Ids of a character set of four bytes are too long for Airflow's indexes: "
        "leave "
        "AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS unset, which is utf8mb3_bin.");
}

/* Of whole columns only: what is the beginning of one is short. */
static void look_at_index(struct ready *ready, const struct table *table,
                          const struct index *index, const char *revision)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    struct list columns = {NULL, 0, 0};

    for (size_t i = 0; i < statement->n_index_params; i++) {
        const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
        struct column *column = element->name != NULL && *element->name != '\0'
                                    ? table_find_column(table, element->name)
                                    : NULL;

        if (column == NULL)
            return;
        list_add(ready->arena, &columns, column);
    }
    look_at_length(ready, table, index->name, &columns, revision);
}

/* What is live came about somehow; and what the setting says must be a collation. */
void ready_look_at_keys(struct ready *ready, const struct catalog *catalog,
                        const char *revision)
{
    if (ready->collations.count == 0)
        return;
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        for (size_t j = 0; j < table->columns.count; j++) {
            const struct column *column = table->columns.items[j];
            const char *collation = collation_of(ready, table, column);

            if (collation != NULL &&
                find_collation(ready, "bytes", collation) == NULL &&
                !is_told(ready, collation))
                add_problem(ready,
                            arena_printf(ready->arena,
                                         "the server has no collation \"%s\"",
                                         collation),
                            "Look at AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS.");
        }
        for (size_t j = 0; j < table->constraints.count; j++) {
            const struct constraint *key = table->constraints.items[j];

            /* One that is there already stops the table from being made anew. */
            if (key->kind == CONSTRAINT_FOREIGN)
                look_at_foreign_key(ready, table, key, revision);
            else if (key->live_name == NULL && (key->kind == CONSTRAINT_PRIMARY ||
                                                key->kind == CONSTRAINT_UNIQUE))
                look_at_length(ready, table, key->name, &key->columns, revision);
        }
        for (size_t j = 0; j < table->indexes.count; j++) {
            const struct index *index = table->indexes.items[j];

            if (index->live_name == NULL)
                look_at_index(ready, table, index, revision);
        }
    }
}

/* --- rows -------------------------------------------------------------------------- */

static bool has_step(const struct list *steps, const char *revision)
{
    for (size_t i = 0; i < steps->count; i++) {
        if (strcmp(((const struct revision *)steps->items[i])->id, revision) == 0)
            return true;
    }
    return false;
}

static int scan(struct ready *ready, const char *sql, struct err *err)
{
    struct sql_result *rows = sql_query(ready->connection, sql, 0, NULL, err);

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++)
        add_problem(ready, server_text_copy(ready->arena, rows, i, 0),
                    server_text_copy(ready->arena, rows, i, 1));
    sql_result_free(rows);
    return 0;
}

int ready_look_at_rows(struct ready *ready, const char *schema,
                       const struct list *steps,
                       bool (*is_airflows)(void *context, const char *table),
                       void *context, struct err *err)
{
    struct sql_result *scans;
    int status = 0;

    if (steps->count == 0 || !server_has_sql(ready->connection, "ready_scans"))
        return 0;
    scans = server_query(ready->connection, "ready_scans", 1, &schema, err);
    if (scans == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(scans) && status == 0; i++) {
        if (is_airflows(context, sql_text(scans, i, 0)) &&
            (sql_is_null(scans, i, 1) || has_step(steps, sql_text(scans, i, 1))))
            status = scan(ready, sql_text(scans, i, 2), err);
        if (status != 0)
            (void)err_wrap(err, "before any change, at the rows of \"%s\"",
                           sql_text(scans, i, 0));
    }
    sql_result_free(scans);
    return status;
}

/* ----------------------------------------------------------------------------------- */

int ready_end(struct ready *ready, bool is_untouched, struct err *err)
{
    const struct list *problems = &ready->problems;
    const struct ready_problem *first;

    if (problems->count == 0)
        return 0;
    for (size_t i = 1; i < problems->count && i < PROBLEMS_MOST; i++) {
        const struct ready_problem *problem = problems->items[i];

        log_error("%s. %s", problem->text, problem->advice);
    }
    first = problems->items[0];
    (void)err_set(err, ERR_DATA, "%s%s%s", first->text,
                  problems->count > 1 ? " (and others, above)" : "",
                  is_untouched ? "; nothing was changed" : "");
    return err_hint(err, "%s", first->advice);
}
