/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_standin.c - triggers of the user's in place, where others write as soon as tables are
 * exchanged. A table with triggers cannot come from another database, nor go to one, and a name of
 * a trigger or of a constraint is there once in a database. So before the exchange the new table
 * comes into the live database under another name, its constraints have other names
 * (shadow_names.c), and it gets stand-ins, triggers with other names that do the same; the old one keeps its own. So the
 * exchange is one from one table with triggers to another one. After it the old table leaves,
 * and constraints and triggers get their names back. No statement puts a trigger in the
 * place of another one: while a table has neither or both nobody has it but us, and a guard
 * refuses writes to it, should we be killed in that moment.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "migrate/shadow_trigger.h"
#include "state/fault.h"
#include "wait.h"

enum {
    SHORT_WAIT_SECONDS = 2, /* who waits for a lock keeps others waiting behind him */
    PAUSE_MS = 500,
};

static const char *const events[] = {"INSERT", "UPDATE", "DELETE"};

/* --- names ------------------------------------------------------------------------- */

/* Each is of the first trigger of the table, so that it can be found again. */
static const char *name_by(struct shadow_run *run, const struct list *triggers,
                           const char *prefix, const char *table, bool is_target)
{
    for (size_t i = 0; i < triggers->count; i++) {
        const struct trigger *trigger = triggers->items[i];
        const char *of = is_target ? trigger->target : trigger->table;

        if (of != NULL && strcmp(of, table) == 0)
            return arena_printf(run->arena, "%s_%zu", prefix, i);
    }
    return NULL;
}

static const char *coming_name(struct shadow_run *run, const struct list *triggers,
                               const char *target)
{
    return name_by(run, triggers, "airshift_coming", target, true);
}

static const char *leaving_name(struct shadow_run *run, const struct list *triggers,
                                const char *table)
{
    return name_by(run, triggers, "airshift_leaving", table, false);
}

const char *shadow_standins_coming(struct shadow_run *run, const char *table)
{
    return coming_name(run, &run->standins, table);
}

const char *shadow_standins_leaving(struct shadow_run *run, const char *table)
{
    return leaving_name(run, &run->standins, table);
}

static struct trigger standin_for(struct shadow_run *run, const struct trigger *trigger,
                                  size_t number)
{
    struct trigger standin = *trigger;

    standin.name = arena_printf(run->arena, "airshift_trigger_%zu", number);
    return standin;
}

/* The tables, each once: live ones, or those that they become. */
static struct list tables_of(struct shadow_run *run, const struct list *triggers,
                             bool is_target)
{
    struct list tables = {NULL, 0, 0};

    for (size_t i = 0; i < triggers->count; i++) {
        const struct trigger *trigger = triggers->items[i];
        const char *table = is_target ? trigger->target : trigger->table;

        if (table != NULL && !list_has_text(&tables, table))
            list_add(run->arena, &tables, (void *)table);
    }
    return tables;
}

/* --- statements -------------------------------------------------------------------- */

static int run_sql(struct shadow_run *run, const char *sql)
{
    log_debug("%s", sql);
    return sql_exec(run->connection, sql, run->err);
}

static bool is_worth_another_try(const struct err *err)
{
    return strcmp(err->sqlstate, "55P03") == 0 || strcmp(err->sqlstate, "40P01") == 0;
}

int shadow_run_patiently(struct shadow_run *run, const char *sql)
{
    struct deadline deadline = deadline_in(run->options->lock_wait_seconds);
    struct err ignored;
    int status;

    if (sql_set_lock_timeout(run->connection, SHORT_WAIT_SECONDS, run->err) != 0)
        return -1;
    for (;;) {
        status = run_sql(run, sql);
        if (status == 0 || !is_worth_another_try(run->err) ||
            deadline_is_over(&deadline))
            break;
        if (wait_turn(&deadline, PAUSE_MS, "a table with triggers", &ignored) != 0 &&
            ignored.category == ERR_INTERRUPTED) {
            *run->err = ignored;
            break;
        }
        err_clear(run->err);
    }
    (void)sql_set_lock_timeout(run->connection, run->options->lock_wait_seconds + 0.001,
                               &ignored);
    return status;
}

static int rename_table(struct shadow_run *run, const char *from_schema,
                        const char *from, const char *to_schema, const char *to)
{
    return shadow_run_patiently(
        run, arena_printf(run->arena, "RENAME TABLE %s.%s TO %s.%s",
                          shadow_quoted(run, from_schema), shadow_quoted(run, from),
                          shadow_quoted(run, to_schema), shadow_quoted(run, to)));
}

static int has_table(struct shadow_run *run, const char *schema, const char *name,
                     bool *has)
{
    return shadow_has_table(run->connection, schema, name, has, run->err);
}

/* --- before the exchange ----------------------------------------------------------- */

int shadow_standins_make(struct shadow_run *run)
{
    struct list targets;

    if (trigger_read_noted(run, &run->standins) != 0)
        return -1;
    targets = tables_of(run, &run->standins, true);
    for (size_t i = 0; i < targets.count; i++) {
        const char *target = targets.items[i];

        if (shadow_names_lend(run, run->new_schema, target,
                              NAMES_OF_KEYS | NAMES_OF_CHECKS) != 0 ||
            rename_table(run, run->new_schema, target, run->live_schema,
                         shadow_standins_coming(run, target)) != 0)
            return -1;
    }
    for (size_t i = 0; i < run->standins.count; i++) {
        const struct trigger *trigger = run->standins.items[i];
        struct trigger standin = standin_for(run, trigger, i);

        if (trigger->target != NULL &&
            trigger_make(run, run->connection, run->live_schema,
                         shadow_standins_coming(run, trigger->target), &standin) != 0)
            return err_wrap(run->err, "trigger \"%s\"", trigger->name);
    }
    if (run->standins.count > 0)
        fault_point("shadow-standin", "made");
    return 0;
}

/* --- the triggers that there are --------------------------------------------------- */

/* Takes the triggers from a table that nobody uses. One that was not noted came after the new
 * table had been made: its maker is told. */
static int strip(struct shadow_run *run, const struct list *noted, const char *table,
                 const char *of)
{
    const char *values[1] = {run->live_schema};
    struct sql_result *rows =
        server_query(run->connection, "shadow_triggers", 1, values, run->err);
    int status = rows != NULL ? 0 : -1;

    for (size_t i = 0; status == 0 && i < sql_row_count(rows); i++) {
        const char *name = sql_text(rows, i, 0);
        bool is_noted = of == NULL;

        if (strcmp(sql_text(rows, i, 1), table) != 0)
            continue;
        for (size_t j = 0; j < noted->count; j++)
            is_noted =
                is_noted ||
                strcmp(((const struct trigger *)noted->items[j])->name, name) == 0;
        if (!is_noted)
            log_warning(
                "trigger \"%s\" was made on table \"%s\" during the migration, and "
                "went with the old table: make it again",
                name, of);
        status = trigger_drop(run, run->connection, run->live_schema, name);
    }
    sql_result_free(rows);
    return status;
}

/* --- where nothing was exchanged --------------------------------------------------- */

int shadow_standins_undo(struct shadow_run *run)
{
    struct list noted;
    struct list targets;

    if (trigger_read_noted(run, &noted) != 0)
        return -1;
    targets = tables_of(run, &noted, true);
    for (size_t i = 0; i < targets.count; i++) {
        const char *target = targets.items[i];
        const char *coming = coming_name(run, &noted, target);
        bool is_live = false;
        bool is_new = false;

        if (has_table(run, run->live_schema, coming, &is_live) != 0)
            return -1;
        if (is_live &&
            (strip(run, &noted, coming, NULL) != 0 ||
             rename_table(run, run->live_schema, coming, run->new_schema, target) != 0))
            return -1;
        if (has_table(run, run->new_schema, target, &is_new) != 0 ||
            (is_new &&
             shadow_names_return(run, run->new_schema, target, NAMES_OF_KEYS) != 0))
            return -1;
    }
    return 0;
}

/* --- after the exchange ------------------------------------------------------------ */

static int let_leave(struct shadow_run *run, const struct list *noted)
{
    struct list tables = tables_of(run, noted, false);

    for (size_t i = 0; i < tables.count; i++) {
        const char *table = tables.items[i];
        const char *leaving = leaving_name(run, noted, table);
        bool is_there = false;

        if (has_table(run, run->live_schema, leaving, &is_there) != 0)
            return -1;
        if (is_there &&
            (strip(run, noted, leaving, table) != 0 ||
             rename_table(run, run->live_schema, leaving, run->old_schema, table) != 0))
            return -1;
    }
    return 0;
}

static const char *guard_name(struct shadow_run *run, size_t number, const char *event)
{
    return arena_printf(run->arena, "airshift_guard_%zu_%s", number, event);
}

/* Nobody sees them but where we die between here and put_guards_down(). */
static int put_guards_up(struct shadow_run *run, const char *table, size_t number)
{
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        const char *name = guard_name(run, number, events[i]);

        if (trigger_drop(run, run->connection, run->live_schema, name) != 0 ||
            run_sql(run,
                    arena_printf(
                        run->arena,
                        "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH ROW SIGNAL "
                        "SQLSTATE '45000' SET MESSAGE_TEXT = 'airshift was stopped "
                        "at the triggers of this table: run its command again'",
                        ddl_name(run->arena, run->live_schema, name), events[i],
                        ddl_name(run->arena, run->live_schema, table))) != 0)
            return -1;
    }
    return 0;
}

static int put_guards_down(struct shadow_run *run, size_t number)
{
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (trigger_drop(run, run->connection, run->live_schema,
                         guard_name(run, number, events[i])) != 0)
            return -1;
    }
    return 0;
}

/* One after the other, so that they stay in their order. */
static int relieve(struct shadow_run *run, const struct trigger *trigger, size_t number)
{
    struct trigger standin = standin_for(run, trigger, number);
    bool has = false;
    struct err first;

    if (trigger_is_there(run, trigger->name, &has) != 0 ||
        trigger_drop(run, run->connection, run->live_schema, standin.name) != 0)
        return -1;
    fault_point("shadow-standin", "dropped");
    if (has || trigger_make(run, run->connection, run->live_schema, trigger->target,
                            trigger) == 0)
        return 0;
    first = *run->err;
    if (sql_is_alive(run->connection))
        (void)trigger_make(run, run->connection, run->live_schema, trigger->target,
                           &standin);
    *run->err = first;
    (void)err_wrap(run->err, "trigger \"%s\" of table \"%s\" has the name \"%s\"",
                   trigger->name, trigger->table, standin.name);
    return err_hint(run->err, "Put this right and run the same command again: it makes "
                              "the trigger.");
}

/* Behind LOCK TABLES, which gives the table to this session alone. */
static int relieve_all(struct shadow_run *run, const struct list *noted,
                       const char *target, size_t number)
{
    int status = put_guards_up(run, target, number);
    struct err first;

    for (size_t i = 0; status == 0 && i < noted->count; i++) {
        const struct trigger *trigger = noted->items[i];

        if (trigger->target != NULL && strcmp(trigger->target, target) == 0)
            status = relieve(run, trigger, i);
    }
    first = *run->err;
    if (put_guards_down(run, number) != 0 && status == 0)
        return -1;
    if (status != 0)
        *run->err = first;
    return status;
}

/* Whether something stands in at this table, or keeps others from it. */
static int is_settled(struct shadow_run *run, const struct list *noted,
                      const char *target, size_t number, bool *is_settled)
{
    bool has = false;

    *is_settled = true;
    for (size_t i = 0; i < noted->count; i++) {
        const struct trigger *trigger = noted->items[i];

        if (trigger->target == NULL || strcmp(trigger->target, target) != 0)
            continue;
        if (trigger_is_there(run, standin_for(run, trigger, i).name, &has) != 0)
            return -1;
        *is_settled = *is_settled && !has;
    }
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (trigger_is_there(run, guard_name(run, number, events[i]), &has) != 0)
            return -1;
        *is_settled = *is_settled && !has;
    }
    return 0;
}

static int settle(struct shadow_run *run, const struct list *noted, const char *target,
                  size_t number)
{
    bool is_done = true;
    struct err ignored;
    int status;

    if (shadow_names_return(run, run->live_schema, target,
                            NAMES_OF_KEYS | NAMES_OF_CHECKS) != 0 ||
        is_settled(run, noted, target, number, &is_done) != 0)
        return -1;
    fault_point("shadow-standin", "named");
    if (is_done)
        return 0;
    if (shadow_run_patiently(
            run, arena_printf(run->arena, "LOCK TABLES %s WRITE",
                              ddl_name(run->arena, run->live_schema, target))) != 0)
        return err_wrap(run->err, "the triggers of table \"%s\" have other names still",
                        target);
    status = relieve_all(run, noted, target, number);
    (void)sql_exec(run->connection, "UNLOCK TABLES", &ignored);
    fault_point("shadow-standin", "relieved");
    return status;
}

int shadow_standins_settle(struct shadow_run *run)
{
    struct list noted;
    struct list targets;

    if (trigger_read_noted(run, &noted) != 0 || let_leave(run, &noted) != 0)
        return -1;
    if (noted.count > 0)
        fault_point("shadow-standin", "left");
    targets = tables_of(run, &noted, true);
    for (size_t i = 0; i < targets.count; i++) {
        if (settle(run, &noted, targets.items[i], i) != 0)
            return -1;
    }
    return 0;
}
