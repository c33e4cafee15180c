/* SPDX-License-Identifier: Apache-2.0
 *
 * facts.c - takes catalogs apart. What databases of the same revision differ in without
 * anybody's doing (names, the order of a link table's key, casts) is no fact.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/ddl.h"
#include "compiler/leeway.h"
#include "doctor/facts.h"
#include "render.h"

void facts_start(struct facts *facts, struct arena *arena,
                 const struct dialect *dialect)
{
    memset(facts, 0, sizeof(*facts));
    facts->arena = arena;
    facts->dialect = dialect;
    intern_start(&facts->keys, arena);
    intern_start(&facts->values, arena);
}

const struct fact *fact_at(const struct facts *facts, size_t number)
{
    return facts->items.items[number - 1];
}

bool fact_is_detail(const struct fact *fact)
{
    return fact->kind == FACT_DETAIL || fact->kind == FACT_NAME;
}

unsigned snapshot_value(const struct snapshot *snapshot, size_t number)
{
    return number <= snapshot->count ? snapshot->values[number - 1] : 0;
}

const char *snapshot_text(const struct facts *facts, const struct snapshot *snapshot,
                          size_t number)
{
    unsigned value = snapshot_value(snapshot, number);

    return value != 0 ? intern_text(&facts->values, value) : "";
}

bool snapshot_is_below(const struct fact *fact, size_t number, const struct snapshot *a,
                       const struct snapshot *b)
{
    return fact->table_fact != number &&
           snapshot_value(a, fact->table_fact) != snapshot_value(b, fact->table_fact);
}

static enum fact_owner owner_of(const char *table)
{
    if (strncmp(table, "ab_", 3) == 0)
        return OWNER_FAB;
    if (strcmp(table, "sla_miss") == 0)
        return OWNER_AIRFLOW_2;
    /* The latter is also made by the web server, of versions that have no revision for it. */
    if (strcmp(table, "_xcom_archive") == 0 || strcmp(table, "session") == 0)
        return OWNER_OPTIONAL;
    return OWNER_CORE;
}

/* --- keys -------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A key keeps the same rows apart in whatever order its columns are. */
static const char *sorted_columns(const struct list *columns, struct arena *scratch)
{
    const char **names = arena_alloc(scratch, columns->count * sizeof(*names));
    struct strbuf text = STRBUF_INIT;
    const char *copy;

    for (size_t i = 0; i < columns->count; i++)
        names[i] = ((const struct column *)columns->items[i])->name;
    qsort(names, columns->count, sizeof(*names), compare_names);
    for (size_t i = 0; i < columns->count; i++)
        strbuf_addf(&text, "%s%s", i > 0 ? ", " : "", names[i]);
    copy = arena_strdup(scratch, strbuf_text(&text));
    strbuf_clear(&text);
    return copy;
}

static const char *constraint_key(const struct constraint *constraint,
                                  struct arena *scratch)
{
    if (constraint->kind == CONSTRAINT_PRIMARY)
        return arena_printf(scratch, "PRIMARY KEY (%s)",
                            sorted_columns(&constraint->columns, scratch));
    if (constraint->kind == CONSTRAINT_OTHER)
        return constraint->definition;
    return ddl_canonical_constraint(scratch, constraint);
}

static const char *condition_of(const char *definition)
{
    return strstr(definition, " WHERE ");
}

static const char *index_key(const struct index *index, struct arena *scratch)
{
    const char *definition = ddl_canonical_index(scratch, index);
    const char *condition = condition_of(definition);

    return condition != NULL
               ? arena_strndup(scratch, definition, (size_t)(condition - definition))
               : definition;
}

/* --- one catalog ------------------------------------------------------------------- */

struct taking {
    struct facts *facts;
    struct arena *scratch;
    const struct table *table;
    unsigned table_fact;
    struct snapshot *snapshot;
    size_t capacity;
};

static unsigned number_of(struct taking *taking, enum fact_kind kind, const char *what)
{
    static const char letters[] = "tckidn";
    const char *key = arena_printf(taking->scratch, "%c%s\n%s", letters[kind],
                                   taking->table->name, what);
    unsigned number = intern_number(&taking->facts->keys, key);
    struct fact *fact;

    if (number <= taking->facts->items.count)
        return number;
    fact = arena_zalloc(taking->facts->arena, sizeof(*fact));
    fact->kind = kind;
    fact->owner = owner_of(taking->table->name);
    fact->table = arena_strdup(taking->facts->arena, taking->table->name);
    fact->what = arena_strdup(taking->facts->arena, what);
    fact->table_fact = kind == FACT_TABLE ? number : taking->table_fact;
    list_add(taking->facts->arena, &taking->facts->items, fact);
    return number;
}

static unsigned note(struct taking *taking, enum fact_kind kind, const char *what,
                     const char *value)
{
    struct snapshot *snapshot = taking->snapshot;
    unsigned number = number_of(taking, kind, what);

    if (number > taking->capacity) {
        size_t capacity = 2 * (size_t)number;
        unsigned *values =
            arena_zalloc(taking->facts->arena, capacity * sizeof(*values));

        if (snapshot->count > 0)
            memcpy(values, snapshot->values, snapshot->count * sizeof(*values));
        snapshot->values = values;
        taking->capacity = capacity;
    }
    if (number > snapshot->count)
        snapshot->count = number;
    snapshot->values[number - 1] = intern_number(&taking->facts->values, value);
    return number;
}

/* Without the character set and the collation: those of texts that are no ids differ between
 * databases made at a version and those that came up to it. */
static const char *bare_type(const char *type, struct arena *scratch)
{
    const char *end = strstr(type, " CHARACTER SET ");

    if (end == NULL)
        end = strstr(type, " COLLATE ");
    return end != NULL ? arena_strndup(scratch, type, (size_t)(end - type)) : type;
}

/* What the type counts as. */
static const char *type_of(const struct taking *taking, const struct column *column)
{
    if (leeway_has_two_types(taking->facts->dialect, taking->table->name, column->name))
        return "one of its types";
    /* Ways through the chain and databases made at a version differ in this. */
    if (strncmp(column->type, "json", 4) == 0)
        return "json";
    return bare_type(column->type, taking->scratch);
}

static void note_column(struct taking *taking, const struct column *column)
{
    bool is_json = strncmp(column->type, "json", 4) == 0;
    const char *value = arena_printf(taking->scratch, "%s%s", type_of(taking, column),
                                     column->is_not_null ? " NOT NULL" : "");

    (void)note(taking, FACT_COLUMN, column->name, value);
    if (is_json)
        (void)note(taking, FACT_DETAIL, column->name, column->type);
}

static void note_constraint(struct taking *taking, const struct constraint *constraint)
{
    const char *key = constraint_key(constraint, taking->scratch);

    (void)note(taking, FACT_CONSTRAINT, key, "there");
    if (constraint->kind != CONSTRAINT_PRIMARY ||
        !dialect_has(taking->facts->dialect, DIALECT_PRIMARY_IS_NAMELESS))
        (void)note(taking, FACT_NAME, key, constraint->name);
}

/* Where a server knows no difference, a unique index on columns is a constraint. */
static const char *constraint_of_index(const struct taking *taking,
                                       const struct index *index)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    struct strbuf text = STRBUF_INIT;
    const char *copy = NULL;
    bool is_plain = statement->unique && statement->where_clause == NULL &&
                    dialect_has(taking->facts->dialect, DIALECT_UNIQUE_IS_INDEX);

    for (size_t i = 0; is_plain && i < statement->n_index_params; i++) {
        const char *name = statement->index_params[i]->index_elem->name;
        const struct column *column =
            name != NULL ? table_find_column(taking->table, name) : NULL;

        is_plain = column != NULL;
        if (is_plain) {
            strbuf_add_string(&text, i > 0 ? ", " : "UNIQUE (");
            sql_add_name(&text, name);
        }
    }
    if (is_plain)
        copy = arena_printf(taking->scratch, "%s)", strbuf_text(&text));
    strbuf_clear(&text);
    return copy;
}

/* Several indexes may be one but for their conditions, in which ways to a revision differ:
 * their number is the fact. */
static void note_index(struct taking *taking, const struct index *index)
{
    const char *definition = ddl_canonical_index(taking->scratch, index);
    const char *key = index_key(index, taking->scratch);
    const char *constraint = constraint_of_index(taking, index);
    unsigned number;
    const char *before;

    if (index->is_implied)
        return;
    if (constraint != NULL) {
        (void)note(taking, FACT_CONSTRAINT, constraint, "there");
        (void)note(taking, FACT_NAME, constraint, index->name);
        return;
    }
    number = number_of(taking, FACT_INDEX, key);
    before = snapshot_text(taking->facts, taking->snapshot, number);
    (void)note(taking, FACT_INDEX, key,
               *before == '\0' ? "there"
                               : arena_printf(taking->scratch, "%s and again", before));
    /* Of several, one on each side must do: that with the first name. */
    number = number_of(taking, FACT_NAME, definition);
    before = snapshot_text(taking->facts, taking->snapshot, number);
    if (*before == '\0' || strcmp(index->name, before) < 0)
        (void)note(taking, FACT_NAME, definition, index->name);
    if (condition_of(definition) != NULL)
        (void)note(taking, FACT_DETAIL, definition, "there");
}

struct snapshot *facts_of(struct facts *facts, const struct catalog *catalog,
                          struct arena *scratch)
{
    struct taking taking = {.facts = facts, .scratch = scratch};

    taking.snapshot = arena_zalloc(facts->arena, sizeof(*taking.snapshot));
    taking.capacity = facts->items.count;
    taking.snapshot->values = arena_zalloc(
        facts->arena, (taking.capacity + 1) * sizeof(*taking.snapshot->values));
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        taking.table = table;
        taking.table_fact = note(&taking, FACT_TABLE, "", "there");
        for (size_t j = 0; j < table->columns.count; j++)
            note_column(&taking, table->columns.items[j]);
        for (size_t j = 0; j < table->constraints.count; j++)
            note_constraint(&taking, table->constraints.items[j]);
        for (size_t j = 0; j < table->indexes.count; j++)
            note_index(&taking, table->indexes.items[j]);
    }
    return taking.snapshot;
}
