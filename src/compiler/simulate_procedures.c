/* SPDX-License-Identifier: Apache-2.0
 *
 * simulate_procedures.c - CALL of the language: what goes from a table is found by what it is,
 * because databases differ in its name.
 */
#include "config.h"

#include <string.h>

#include "compiler/simulate_internal.h"

static bool is_exactly(const struct list *columns, const char *const *names,
                       size_t count)
{
    if (columns->count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool is_found = false;

        for (size_t j = 0; j < count; j++)
            is_found |=
                strcmp(((struct column *)columns->items[i])->name, names[j]) == 0;
        if (!is_found)
            return false;
    }
    return true;
}

static bool index_is_exactly(const struct index *index, const char *const *names,
                             size_t count)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;

    if (statement->n_index_params != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!simulation_index_uses_column(index, names[i]))
            return false;
    }
    return true;
}

static void drop_constraints_on(struct simulation *simulation, struct table *table,
                                enum constraint_kind kind, const char *const *names,
                                size_t count)
{
    for (size_t i = table->constraints.count; i-- > 0;) {
        struct constraint *constraint;

        if (i >= table->constraints.count)
            continue; /* a self-reference went together with its key */
        constraint = table->constraints.items[i];
        if (constraint->kind == kind &&
            (names == NULL || is_exactly(&constraint->columns, names, count)))
            simulation_drop_constraint(simulation, table, constraint);
    }
}

static void drop_indexes_on(struct table *table, bool is_unique,
                            const char *const *names, size_t count)
{
    for (size_t i = table->indexes.count; i-- > 0;) {
        struct index *index = table->indexes.items[i];

        if (index->statement->index_stmt->unique == is_unique &&
            index_is_exactly(index, names, count))
            list_remove(&table->indexes, i);
    }
}

int simulation_call_procedure(struct simulation *simulation,
                              const PgQuery__FuncCall *call, struct err *err)
{
    const char *procedure = ast_last_name(call->funcname, call->n_funcname);
    const char *names[17] = {NULL};
    size_t count = call->n_args < 17 ? call->n_args : 17;
    struct table *table;

    for (size_t i = 0; i < count; i++) {
        names[i] = ast_string_value(call->args[i]);
        if (names[i] == NULL)
            return err_set(err, ERR_INTERNAL, "%s takes string literals", procedure);
    }
    if (count == 0)
        return err_set(err, ERR_INTERNAL, "%s names no table", procedure);
    table = simulation_need_table(simulation, names[0], err);
    if (table == NULL)
        return -1;
    if (strcmp(procedure, "drop_primary_key") == 0) {
        drop_constraints_on(simulation, table, CONSTRAINT_PRIMARY, NULL, 0);
    } else if (strcmp(procedure, "drop_unique") == 0) {
        drop_constraints_on(simulation, table, CONSTRAINT_UNIQUE, names + 1, count - 1);
        drop_indexes_on(table, true, names + 1, count - 1);
    } else if (strcmp(procedure, "drop_foreign_keys") == 0) {
        drop_constraints_on(simulation, table, CONSTRAINT_FOREIGN, names + 1,
                            count - 1);
    } else if (strcmp(procedure, "drop_indexes") == 0) {
        drop_indexes_on(table, false, names + 1, count - 1);
    } else if (strcmp(procedure, "sync_sequence") == 0) {
        for (size_t i = 0; i < simulation->catalog->sequences.count; i++) {
            struct sequence *sequence = simulation->catalog->sequences.items[i];

            if (sequence->table == table && sequence->column != NULL &&
                strcmp(sequence->column->name, names[1]) == 0)
                list_add(simulation->arena, &simulation->sequence_syncs, sequence);
        }
    } else {
        return err_set(err, ERR_INTERNAL, "procedure \"%s\" is not in the language",
                       procedure);
    }
    return 0;
}
