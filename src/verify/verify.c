/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - the reference catalog is compiled: the chain is simulated from an empty
 * database. Names of constraints and indexes differ between databases that were created at
 * a version and those that grew up, so they are compared by what they are.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "compiler/leeway.h"
#include "compiler/ddl.h"
#include "compiler/simulate.h"
#include "render.h"
#include "verify/internal.h"

static void add_text(const struct verify *verify, json_t *list, const char *prefix,
                     const char *format, va_list arguments)
{
    char text[2048];

    (void)vsnprintf(text, sizeof(text), format, arguments);
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ')
            *at = ' '; /* keys may hold anything; one line each */
    }
    if (verify->progress != NULL)
        progress_hide(verify->progress);
    if (verify->options->is_json)
        (void)json_array_append_new(list, json_string(text));
    else
        (void)printf("%s: %s\n", prefix, text);
}

void verify_differ(struct verify *verify, const char *format, ...)
{
    va_list arguments;

    verify->result->differences++;
    va_start(arguments, format);
    add_text(verify, verify->findings, "different", format, arguments);
    va_end(arguments);
}

void verify_note(struct verify *verify, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_text(verify, verify->notes, "note", format, arguments);
    va_end(arguments);
}

/* --- the catalog ------------------------------------------------------------------- */

bool verify_has_leeway(const struct verify *verify, const char *table,
                       const char *object)
{
    return leeway_has(verify->options->url->dialect, verify->plan.target_version,
                      verify->plan.fab.from == 0, table, object);
}

static int apply_revision(struct verify *verify, struct simulation *simulation,
                          struct revision *revision)
{
    if (revision_parse(verify->arena, revision, verify->err) != 0)
        return -1;
    for (size_t i = 0; i < revision->upgrade.count; i++) {
        if (simulation_apply(simulation, revision->upgrade.items[i], NULL,
                             verify->err) != 0)
            return err_wrap(verify->err, "revision %s", revision->id);
    }
    return 0;
}

/* What an empty database would become. */
static int build_reference(struct verify *verify)
{
    struct simulation simulation;
    struct route *routes[2] = {&verify->plan.core, &verify->plan.fab};

    verify->reference = catalog_new(verify->arena, verify->live->schema);
    if (simulation_start(&simulation, verify->arena, verify->reference,
                         verify->options->url->dialect, false, verify->err) != 0)
        return -1;
    for (size_t r = 0; r < 2; r++) {
        struct route *route = routes[r];
        size_t first = 0;

        if (r == 1 && (route->from < 0 || verify->target.without_fab))
            continue;
        if (route->chain.base != NULL && route->chain.base->position <= route->to) {
            if (apply_revision(verify, &simulation, route->chain.base) != 0)
                return -1;
            first = route->chain.base->position + 1;
        }
        for (size_t i = first; i <= route->to; i++) {
            if (apply_revision(verify, &simulation, route->chain.revisions.items[i]) !=
                0)
                return -1;
        }
    }
    return 0;
}

/* How long the type itself is, without the character set and collation of texts: those that
 * are no ids have another one in a database that was made at a version than in one that grew
 * up. Ids whose collations do not fit could not be keys of each other. */
static size_t type_length(const char *type)
{
    const char *charset = strstr(type, " CHARACTER SET ");
    const char *collation = strstr(type, " COLLATE ");

    if (charset != NULL)
        return (size_t)(charset - type);
    return collation != NULL ? (size_t)(collation - type) : strlen(type);
}

/* Ways through the chain and databases made at a version differ in a few harmless things:
 * json or jsonb, and conditions on indexes that only some of them have. */
static bool is_same_type(const char *want, const char *have)
{
    size_t length = type_length(want);

    return (length == type_length(have) && strncmp(want, have, length) == 0) ||
           (strncmp(want, "json", 4) == 0 && strncmp(have, "json", 4) == 0);
}

static bool is_same_index(const char *want, const char *have)
{
    const char *where = strstr(have, " WHERE ");
    const char *wanted_where = strstr(want, " WHERE ");
    size_t length = where != NULL ? (size_t)(where - have) : strlen(have);
    size_t wanted = wanted_where != NULL ? (size_t)(wanted_where - want) : strlen(want);

    return length == wanted && strncmp(want, have, length) == 0;
}

static void check_columns(struct verify *verify, const struct table *want,
                          const struct table *have)
{
    for (size_t i = 0; i < want->columns.count; i++) {
        const struct column *column = want->columns.items[i];
        const struct column *live = table_find_column(have, column->name);

        verify->result->checks++;
        if (live == NULL)
            verify_differ(verify, "%s.%s is missing", want->name, column->name);
        else if (verify_has_leeway(verify, want->name, column->name))
            continue;
        else if (!is_same_type(column->type, live->type))
            verify_differ(verify, "%s.%s is %s, not %s", want->name, column->name,
                          live->type, column->type);
        else if (live->is_not_null != column->is_not_null)
            verify_differ(verify, "%s.%s is %s", want->name, column->name,
                          live->is_not_null ? "NOT NULL, which the target is not"
                                            : "nullable, which the target is not");
    }
}

/* Of a primary key that links two tables, the models and the revisions have the columns in
 * another order: it keeps the same rows apart. */
static bool is_same_key(const struct constraint *want, const struct constraint *have)
{
    if (want->kind != CONSTRAINT_PRIMARY || have->kind != CONSTRAINT_PRIMARY ||
        want->columns.count != have->columns.count)
        return false;
    for (size_t i = 0; i < want->columns.count; i++) {
        const struct column *column = want->columns.items[i];
        bool is_there = false;

        for (size_t j = 0; j < have->columns.count; j++)
            is_there |=
                strcmp(column->name,
                       ((const struct column *)have->columns.items[j])->name) == 0;
        if (!is_there)
            return false;
    }
    return true;
}

/* With leeway, what happens on a deletion does not count. */
static bool is_same_constraint(struct verify *verify, const struct constraint *want,
                               const struct constraint *have, bool has_leeway)
{
    const char *wanted = ddl_canonical_constraint(verify->arena, want);
    const char *found = ddl_canonical_constraint(verify->arena, have);

    return strcmp(wanted, found) == 0 || is_same_key(want, have) ||
           (has_leeway && strncmp(wanted, found, strlen(wanted)) == 0);
}

/* What the user added may be NOT VALID, or NOT ENFORCED, as it was. */
static bool is_wanted(struct verify *verify, const struct table *want,
                      const struct constraint *constraint)
{
    for (size_t i = 0; i < want->constraints.count; i++) {
        if (is_same_constraint(verify, want->constraints.items[i], constraint, false))
            return true;
    }
    return false;
}

static void check_constraints(struct verify *verify, const struct table *want,
                              const struct table *have)
{
    for (size_t i = 0; i < want->constraints.count; i++) {
        const struct constraint *constraint = want->constraints.items[i];
        bool has_leeway = verify_has_leeway(verify, want->name, constraint->name);
        bool is_there = constraint->kind == CONSTRAINT_CHECK &&
                        sql_can(verify->connection, SQL_FORGETS_CHECKS);

        verify->result->checks++;
        for (size_t j = 0; j < have->constraints.count; j++)
            is_there |= is_same_constraint(verify, constraint,
                                           have->constraints.items[j], has_leeway);
        if (!is_there)
            verify_differ(verify, "%s has no constraint like \"%s\": %s", want->name,
                          constraint->name,
                          ddl_canonical_constraint(verify->arena, constraint));
    }
    for (size_t j = 0; j < have->constraints.count; j++) {
        const struct constraint *constraint = have->constraints.items[j];

        verify->result->checks++;
        if (!constraint->is_live_valid && is_wanted(verify, want, constraint))
            verify_differ(verify, "constraint \"%s\" of %s is not validated",
                          constraint->name, have->name);
    }
}

/* On some servers a unique index is a unique constraint. */
static bool is_unique_constraint(const struct verify *verify, const struct index *index,
                                 const struct table *have)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;

    if (!statement->unique ||
        !dialect_has(verify->options->url->dialect, DIALECT_UNIQUE_IS_INDEX))
        return false;
    for (size_t i = 0; i < have->constraints.count; i++) {
        const struct constraint *constraint = have->constraints.items[i];
        bool is_same = constraint->kind == CONSTRAINT_UNIQUE &&
                       constraint->columns.count == statement->n_index_params;

        for (size_t j = 0; is_same && j < constraint->columns.count; j++) {
            const struct column *column = constraint->columns.items[j];
            const char *name = statement->index_params[j]->index_elem->name;

            is_same = name != NULL && strcmp(name, column->name) == 0;
        }
        if (is_same)
            return true;
    }
    return false;
}

static void check_indexes(struct verify *verify, const struct table *want,
                          const struct table *have)
{
    for (size_t i = 0; i < want->indexes.count; i++) {
        const struct index *index = want->indexes.items[i];
        const char *definition = ddl_canonical_index(verify->arena, index);
        bool is_there = is_unique_constraint(verify, index, have);

        verify->result->checks++;
        for (size_t j = 0; j < have->indexes.count; j++)
            is_there |= is_same_index(
                definition, ddl_canonical_index(verify->arena, have->indexes.items[j]));
        if (!is_there && !verify_has_leeway(verify, want->name, index->name))
            verify_differ(verify, "%s has no index like \"%s\": %s", want->name,
                          index->name, definition);
    }
}

/* Tables that only some ways lead to. */
static bool is_optional(const char *table)
{
    return strcmp(table, "_xcom_archive") == 0 || strcmp(table, "sla_miss") == 0 ||
           strncmp(table, "ab_", 3) == 0;
}

bool verify_is_asked_for(const struct verify *verify, const char *table,
                         const char *column)
{
    const struct table *want = catalog_find_table(verify->reference, table);

    if (want == NULL || column == NULL)
        return want != NULL && !is_optional(table);
    return table_find_column(want, column) != NULL;
}

static void check_catalog(struct verify *verify)
{
    for (size_t i = 0; i < verify->reference->tables.count; i++) {
        const struct table *want = verify->reference->tables.items[i];
        const struct table *have = catalog_find_table(verify->live, want->name);

        verify->result->checks++;
        if (have == NULL) {
            if (is_optional(want->name))
                continue;
            verify_differ(verify, "table %s is missing", want->name);
            continue;
        }
        check_columns(verify, want, have);
        check_constraints(verify, want, have);
        check_indexes(verify, want, have);
    }
}

/* --- the data ---------------------------------------------------------------------- */

/* Statements of sql/server/<dialect>/verify_data.sql return (subject, count, example) for
 * what should not be there. */
static int check_data(struct verify *verify)
{
    struct sql_result *statements;
    const char *schema[1] = {verify->live->schema};
    int status = 0;

    statements =
        server_query(verify->connection, "verify_data", 1, schema, verify->err);
    if (statements == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(statements) && status == 0; i++) {
        struct sql_result *result = sql_query(
            verify->connection, sql_text(statements, i, 1), 0, NULL, verify->err);

        verify->result->checks++;
        if (result == NULL) {
            status = -1;
            continue;
        }
        if (sql_integer(result, 0, 0) > 0)
            verify_differ(verify, "%s: %lld rows", sql_text(statements, i, 0),
                          sql_integer(result, 0, 0));
        sql_result_free(result);
    }
    sql_result_free(statements);
    return status;
}

static const char *id_at(const struct route *route, int position)
{
    return ((const struct revision *)route->chain.revisions.items[position])->id;
}

/* Without a target: what the database is at, by the newest version that has the revision,
 * for a version means also what Airflow does besides its revisions. */
static int take_own_target(struct verify *verify)
{
    struct plan_target head = {.core = "head"};
    struct plan plan = {0};
    int status = plan_locate(&plan, verify->connection, verify->options->url, &head,
                             verify->err);

    if (status == 0 && plan.core.from < 0)
        status = err_set(verify->err, ERR_STATE,
                         "there is no Airflow database with a revision");
    if (status == 0) {
        const char *id = id_at(&plan.core, plan.core.from);

        verify->target.core = arena_strdup(verify->arena, id);
        for (size_t i = 0; i < plan.core.chain.versions.count; i++) {
            const struct version_head *version = plan.core.chain.versions.items[i];

            if (chain_find(&plan.core.chain, version->revision) == plan.core.from)
                verify->target.core = arena_strdup(verify->arena, version->version);
        }
        if (plan.fab.from >= 0 && !plan.fab.is_stamped_first)
            verify->target.fab =
                arena_strdup(verify->arena, id_at(&plan.fab, plan.fab.from));
        else
            verify->target.without_fab = true;
    }
    plan_clear(&plan);
    return status;
}

static int check(struct verify *verify)
{
    verify->target = verify->options->target;
    if (verify->target.core == NULL && take_own_target(verify) != 0)
        return -1;
    if (plan_locate(&verify->plan, verify->connection, verify->options->url,
                    &verify->target, verify->err) != 0)
        return -1;
    verify->result->checks++;
    if (!verify->plan.is_noop)
        verify_differ(verify, "the database is at %s, not at %s",
                      verify->plan.source_version, verify->plan.target_version);
    verify->live = catalog_read(verify->connection, verify->arena, verify->err);
    if (verify->live == NULL || build_reference(verify) != 0)
        return -1;
    check_catalog(verify);
    if (check_data(verify) != 0)
        return -1;
    return verify->options->against != NULL ? verify_against(verify) : 0;
}

static void print_summary(struct verify *verify)
{
    if (verify->options->is_json) {
        json_t *root =
            json_pack("{s:i, s:i, s:i, s:O}", "format_version", 1, "checks",
                      (int)verify->result->checks, "differences",
                      (int)verify->result->differences, "findings", verify->findings);

        if (verify->options->against != NULL) {
            (void)json_object_set_new(root, "rows", json_integer(verify->result->rows));
            (void)json_object_set(root, "notes", verify->notes);
        }

        (void)json_dumpf(root, stdout, JSON_INDENT(2));
        (void)printf("\n");
        json_decref(root);
        return;
    }
    if (verify->options->against != NULL)
        (void)printf("%lld rows compared\n", verify->result->rows);
    (void)printf("%u checks, %u differences\n", verify->result->checks,
                 verify->result->differences);
}

int verify_run(const struct verify_options *options, struct verify_result *result,
               struct err *err)
{
    struct verify verify = {0};
    int status = -1;

    verify.options = options;
    verify.result = result;
    verify.err = err;
    verify.arena = arena_new();
    verify.findings = json_array();
    verify.notes = json_array();
    verify.connection = sql_connect(options->url, "verify", err);
    if (verify.connection != NULL && check(&verify) == 0) {
        print_summary(&verify);
        status = 0;
    }
    json_decref(verify.findings);
    json_decref(verify.notes);
    plan_clear(&verify.plan);
    sql_close(verify.connection);
    arena_free(verify.arena);
    return status;
}
