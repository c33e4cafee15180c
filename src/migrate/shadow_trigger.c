/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_trigger.c - triggers of the user's on tables that are exchanged. A server does not
 * rename a table with triggers into another database. So they are noted before any row is
 * copied, fall right before the exchange, and are made again on the new tables after it (in
 * place shadow_standin.c does that); each is tried on its empty new table first, for only the
 * server knows whether it fits. While rows are copied the new tables have none.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "compiler/plan_internal.h"
#include "migrate/shadow_trigger.h"
#include "state/fault.h"

static struct trigger *read_row(struct arena *arena, const struct sql_result *rows,
                                size_t row)
{
    struct trigger *trigger = arena_zalloc(arena, sizeof(*trigger));
    const char **const fields[] = {
        &trigger->name, &trigger->table,   &trigger->target,   &trigger->moment,
        &trigger->body, &trigger->definer, &trigger->sql_mode, &trigger->collation,
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        *fields[i] = server_text_copy(arena, rows, row, i);
    return trigger;
}

/* --- making and dropping ----------------------------------------------------------- */

/* "`user`@`host`", as every SQL mode understands it; the user's name may have an @. */
static void add_definer(struct strbuf *sql, const char *definer)
{
    const char *at = strrchr(definer, '@');

    strbuf_add_char(sql, '`');
    for (const char *c = definer; *c != '\0'; c++) {
        if (c == at)
            strbuf_add_string(sql, "`@`");
        else
            strbuf_addf(sql, *c == '`' ? "``" : "%c", *c);
    }
    strbuf_add_char(sql, '`');
}

/* It keeps the SQL mode and the collation of the session that makes it. */
int trigger_make(struct shadow_run *run, struct connection *connection,
                 const char *schema, const char *table, const struct trigger *trigger)
{
    struct strbuf settings = STRBUF_INIT;
    struct strbuf sql = STRBUF_INIT;
    struct err ignored;
    int status;

    strbuf_add_string(&settings,
                      "SET @airshift_mode = @@SESSION.sql_mode, "
                      "@airshift_collation = @@SESSION.collation_connection; "
                      "SET SESSION sql_mode = ");
    sql_add_literal(&settings, trigger->sql_mode);
    strbuf_add_string(&settings, ", SESSION collation_connection = ");
    sql_add_literal(&settings, trigger->collation);
    strbuf_add_string(&sql, "CREATE DEFINER = ");
    add_definer(&sql, trigger->definer);
    /* In backquotes, as every SQL mode understands them. */
    strbuf_addf(&sql, " TRIGGER %s.%s %s ON %s.%s FOR EACH ROW %s",
                shadow_quoted(run, schema), shadow_quoted(run, trigger->name),
                trigger->moment, shadow_quoted(run, schema), shadow_quoted(run, table),
                trigger->body);
    log_debug("%s", strbuf_text(&sql));
    status = sql_exec(connection, strbuf_text(&settings), run->err);
    if (status == 0)
        status = sql_exec(connection, strbuf_text(&sql), run->err);
    (void)sql_exec(connection,
                   "SET SESSION sql_mode = @airshift_mode, SESSION "
                   "collation_connection = @airshift_collation",
                   &ignored);
    strbuf_clear(&settings);
    strbuf_clear(&sql);
    return status;
}

int trigger_drop(struct shadow_run *run, struct connection *connection,
                 const char *schema, const char *name)
{
    return sql_exec(connection,
                    arena_printf(run->arena, "DROP TRIGGER IF EXISTS %s",
                                 ddl_name(run->arena, schema, name)),
                    run->err);
}

/* --- noting ------------------------------------------------------------------------ */

/* What becomes of a live table; NULL where it goes. */
static const char *target_of(const struct shadow_run *run, const char *table)
{
    for (size_t i = 0; i < run->plan.tables.count; i++) {
        const struct table_plan *plan = run->plan.tables.items[i];

        if (plan->live != NULL && strcmp(plan->live->name, table) == 0)
            return plan->target != NULL ? plan->target->name : NULL;
    }
    return table;
}

/* Past blanks, and what is no word but quoted or a comment; `at` itself where there is none. */
static const char *skip(const char *at)
{
    const char *end;

    while (isspace((unsigned char)*at))
        at++;
    if (*at == '`' || *at == '"' || *at == '\'') {
        end = strchr(at + 1, *at);
        return end != NULL ? end + 1 : at + strlen(at);
    }
    if (strncmp(at, "/*", 2) == 0) {
        end = strstr(at, "*/");
        return end != NULL ? end + 2 : at + strlen(at);
    }
    if (*at == '#' || (strncmp(at, "--", 2) == 0 && isspace((unsigned char)at[2])))
        return at + strcspn(at, "\n");
    return at;
}

/* The next word outside of quotes and comments; "" at the end. */
static const char *next_word(const char *at, size_t *length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$";

    for (;;) {
        const char *next = skip(at);

        if (next == at && *at != '\0') {
            *length = strspn(at, letters);
            if (*length > 0)
                return at;
            next++;
        }
        if (*next == '\0')
            return next;
        at = next;
    }
}

static bool is_word(const char *at, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(at, word, length) == 0;
}

/* What is after FOR EACH ROW, where no name can be, and after the place among others. The
 * catalog's own column for it has lost the backslashes of texts. */
static const char *body_of(const char *statement)
{
    static const char *const words[] = {"FOR", "EACH", "ROW"};
    size_t found = 0;
    size_t length = 0;
    const char *at = statement;

    while (found < 3 && *(at = next_word(at, &length)) != '\0') {
        found = is_word(at, length, words[found]) ? found + 1 : 0;
        at += length;
    }
    while (isspace((unsigned char)*at))
        at++;
    length = strcspn(at, " \t\r\n`\"");
    if (is_word(at, length, "FOLLOWS") || is_word(at, length, "PRECEDES")) {
        at += length;
        while (isspace((unsigned char)*at))
            at++;
        at = *at == '`' || *at == '"' ? skip(at) : at + strcspn(at, " \t\r\n");
    }
    return at;
}

static int read_body(struct shadow_run *run, struct trigger *trigger)
{
    struct sql_result *result =
        sql_query(run->session,
                  arena_printf(run->arena, "SHOW CREATE TRIGGER %s",
                               ddl_name(run->arena, run->live_schema, trigger->name)),
                  0, NULL, run->err);

    if (result == NULL)
        return -1;
    trigger->body = arena_strdup(run->arena, body_of(sql_text(result, 0, 2)));
    sql_result_free(result);
    return *trigger->body != '\0'
               ? 0
               : err_set(run->err, ERR_UNSUPPORTED,
                         "trigger \"%s\" has a text that is not understood",
                         trigger->name);
}

static int read_live(struct shadow_run *run, struct list *triggers)
{
    const char *values[1] = {run->live_schema};
    struct sql_result *rows =
        server_query(run->session, "shadow_triggers", 1, values, run->err);
    int status = rows != NULL ? 0 : -1;

    *triggers = (struct list){NULL, 0, 0};
    for (size_t i = 0; status == 0 && i < sql_row_count(rows); i++) {
        struct trigger *trigger = read_row(run->arena, rows, i);

        if (!list_has_text(&run->shadow.leaving, trigger->table))
            continue;
        trigger->target = target_of(run, trigger->table);
        status = read_body(run, trigger);
        list_add(run->arena, triggers, trigger);
    }
    sql_result_free(rows);
    return status;
}

/* Whatever an earlier try has left on the new table goes before the next. */
static int try_on_new(struct shadow_run *run, const struct trigger *trigger)
{
    if (trigger->target == NULL)
        return 0;
    if (trigger_drop(run, run->session, run->new_schema, trigger->name) != 0)
        return -1;
    if (trigger_make(run, run->session, run->new_schema, trigger->target, trigger) ==
        0) {
        fault_point("shadow-trigger", "tried");
        return trigger_drop(run, run->session, run->new_schema, trigger->name);
    }
    if (!sql_is_alive(run->session))
        return -1;
    run->err->category = ERR_DATA;
    (void)err_wrap(
        run->err, "trigger \"%s\" uses table \"%s\", and cannot be made on the new one",
        trigger->name, trigger->table);
    return err_hint(run->err,
                    "Drop it before the migration and make it again, adapted, "
                    "afterwards; or, where a privilege is missing, grant it.");
}

static int note(struct shadow_run *run, const struct trigger *trigger, size_t number)
{
    const char *values[9] = {arena_printf(run->arena, "%zu", number),
                             trigger->name,
                             trigger->table,
                             trigger->target,
                             trigger->moment,
                             trigger->body,
                             trigger->definer,
                             trigger->sql_mode,
                             trigger->collation};

    return server_change(run->session, "shadow_trigger_add", 9, values, run->err);
}

/* While the table is empty it costs nothing. */
static int lend_names(struct shadow_run *run, const struct trigger *trigger)
{
    return run->hold == NULL || trigger->target == NULL
               ? 0
               : shadow_names_lend(run, run->new_schema, trigger->target,
                                   NAMES_OF_CHECKS);
}

int shadow_triggers_note(struct shadow_run *run)
{
    struct list triggers;

    if (read_live(run, &triggers) != 0)
        return -1;
    for (size_t i = 0; i < triggers.count; i++) {
        if (try_on_new(run, triggers.items[i]) != 0 ||
            lend_names(run, triggers.items[i]) != 0)
            return -1;
    }
    if (shadow_sql(run, "BEGIN") != 0 ||
        shadow_sql(run, "DELETE FROM airshift_trigger") != 0)
        return -1;
    for (size_t i = 0; i < triggers.count; i++) {
        if (note(run, triggers.items[i], i) != 0)
            return -1;
    }
    return shadow_state_done(run->session, "triggers", run->err) != 0
               ? -1
               : shadow_sql(run, "COMMIT");
}

/* --- around the exchange ----------------------------------------------------------- */

int trigger_read_noted(struct shadow_run *run, struct list *triggers)
{
    struct sql_result *rows;
    bool has = false;

    *triggers = (struct list){NULL, 0, 0};
    if (shadow_has_table(run->connection, run->new_schema, "airshift_trigger", &has,
                         run->err) != 0)
        return -1;
    if (!has)
        return 0;
    rows = sql_query(run->connection,
                     arena_printf(run->arena,
                                  "SELECT name, table_name, target, moment, body, "
                                  "definer, sql_mode, collation FROM "
                                  "%s.airshift_trigger ORDER BY number",
                                  shadow_quoted(run, run->new_schema)),
                     0, NULL, run->err);
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++)
        list_add(run->arena, triggers, read_row(run->arena, rows, i));
    sql_result_free(rows);
    return 0;
}

int shadow_triggers_drop(struct shadow_run *run)
{
    struct list triggers;

    if (trigger_read_noted(run, &triggers) != 0)
        return -1;
    for (size_t i = 0; i < triggers.count; i++) {
        const struct trigger *trigger = triggers.items[i];

        if (trigger_drop(run, run->session, run->live_schema, trigger->name) != 0)
            return err_wrap(run->err, "trigger \"%s\"", trigger->name);
    }
    if (triggers.count > 0)
        fault_point("shadow-trigger", "dropped");
    return 0;
}

int trigger_is_there(struct shadow_run *run, const char *name, bool *is_there)
{
    const char *values[2] = {run->live_schema, name};
    struct sql_result *result =
        server_query(run->connection, "shadow_trigger_has", 2, values, run->err);

    if (result == NULL)
        return -1;
    *is_there = sql_is_true(result, 0, 0);
    sql_result_free(result);
    return 0;
}

int shadow_triggers_put(struct shadow_run *run, bool is_swapped)
{
    struct list triggers;

    if ((is_swapped ? shadow_standins_settle(run) : shadow_standins_undo(run)) != 0 ||
        trigger_read_noted(run, &triggers) != 0)
        return -1;
    for (size_t i = 0; i < triggers.count; i++) {
        const struct trigger *trigger = triggers.items[i];
        const char *table = is_swapped ? trigger->target : trigger->table;
        bool has = false;

        if (table == NULL)
            continue;
        if (trigger_is_there(run, trigger->name, &has) != 0)
            return -1;
        if (!has &&
            trigger_make(run, run->connection, run->live_schema, table, trigger) != 0) {
            (void)err_wrap(run->err, "trigger \"%s\" of table \"%s\" is missing",
                           trigger->name, table);
            return err_hint(run->err,
                            "Put this right and run the same command again: it makes "
                            "the trigger.");
        }
    }
    return 0;
}
