/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_names.c - names of foreign keys and of CHECK constraints are there once in a database. For
 * an exchange in place a new table that has triggers is in one database with the table that it
 * replaces (shadow_standin.c), so until then its constraints have other names, "airshift_name_1",
 * and a table of the shadow database knows whose those are. No server renames a constraint: it is
 * dropped and added, by one statement, so that there is never a table without it. A CHECK is
 * compared with every row then, so these names are lent while the table is empty; when they come
 * back, the table is written once more.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "migrate/shadow_trigger.h"

#define LENT_PREFIX "airshift_name_"

struct renaming {
    struct shadow_run *run;
    const char *table;
    bool is_return;
    unsigned kinds;
    bool has_checks;       /* among those that are renamed */
    struct strbuf changes; /* ", DROP ..., ADD ..." for each */
};

/* The name in quotes that the text begins with; *length of both with the quotes. */
static const char *name_in_quotes(struct arena *arena, const char *text, size_t *length)
{
    struct strbuf name = STRBUF_INIT;
    const char *at = text + 1;
    const char *copy;

    for (; *at != '\0'; at++) {
        if (*at == *text && *++at != *text)
            break;
        strbuf_add_char(&name, *at);
    }
    *length = (size_t)(at - text);
    copy = arena_strdup(arena, strbuf_text(&name));
    strbuf_clear(&name);
    return copy;
}

/* The server renames such a one with its table. */
static bool follows_table(const char *name, const char *table, const char *ending)
{
    size_t length = strlen(table);

    return strncmp(name, table, length) == 0 &&
           strncmp(name + length, ending, strlen(ending)) == 0 &&
           strspn(name + length + strlen(ending), "0123456789") ==
               strlen(name + length + strlen(ending));
}

static bool is_lent(const char *name)
{
    return strncmp(name, LENT_PREFIX, strlen(LENT_PREFIX)) == 0;
}

/* One value, in the arena; NULL with the error. */
static const char *read_value(struct shadow_run *run, struct sql_result *result)
{
    const char *value = NULL;

    if (result != NULL && sql_row_count(result) == 0)
        (void)err_set(run->err, ERR_STATE, "the name of a constraint is not known");
    else if (result != NULL)
        value = server_text_copy(run->arena, result, 0, 0);
    sql_result_free(result);
    return value;
}

/* The number of a name is noted before anything has it. */
static const char *lend(struct shadow_run *run, const char *name)
{
    const char *number;

    if (server_change(run->session, "shadow_name_add", 1, &name, run->err) != 0)
        return NULL;
    number = read_value(
        run, server_query(run->session, "shadow_name_number", 1, &name, run->err));
    return number != NULL ? arena_printf(run->arena, LENT_PREFIX "%s", number) : NULL;
}

static const char *give_back(struct shadow_run *run, const char *name)
{
    const char *number = name + strlen(LENT_PREFIX);

    return read_value(
        run, sql_query(run->connection,
                       arena_printf(run->arena,
                                    "SELECT name FROM %s.airshift_name WHERE number = "
                                    "$1",
                                    shadow_quoted(run, run->new_schema)),
                       1, &number, run->err));
}

/* `definition` is what stands after the name. */
static int add_change(struct renaming *renaming, const char *name,
                      const char *definition, size_t size)
{
    struct shadow_run *run = renaming->run;
    bool is_key = strncmp(definition, " FOREIGN KEY ", 13) == 0;
    bool is_check = strncmp(definition, " CHECK ", 7) == 0;
    unsigned kind = is_key ? NAMES_OF_KEYS : is_check ? NAMES_OF_CHECKS : 0;
    const char *new_name;

    if ((renaming->kinds & kind) == 0 || is_lent(name) != renaming->is_return ||
        follows_table(name, renaming->table, is_key ? "_ibfk_" : "_chk_"))
        return 0;
    new_name = renaming->is_return ? give_back(run, name) : lend(run, name);
    if (new_name == NULL)
        return err_wrap(run->err, "constraint \"%s\" of table \"%s\"", name,
                        renaming->table);
    renaming->has_checks = renaming->has_checks || is_check;
    strbuf_addf(&renaming->changes, ", DROP %s %s, ADD CONSTRAINT %s%.*s",
                is_key ? "FOREIGN KEY" : "CHECK", shadow_quoted(run, name),
                shadow_quoted(run, new_name), (int)size, definition);
    return 0;
}

/* Each constraint is on a line of its own in what the server says of the table. */
static int add_changes(struct renaming *renaming, const char *definition)
{
    static const char begin[] = "\n  CONSTRAINT ";
    const char *at = definition;

    while ((at = strstr(at, begin)) != NULL) {
        size_t length;
        const char *name =
            name_in_quotes(renaming->run->arena, at + strlen(begin), &length);
        size_t size;

        at += strlen(begin) + length;
        size = strcspn(at, "\n");
        if (add_change(renaming, name, at, at[size - 1] == ',' ? size - 1 : size) != 0)
            return -1;
    }
    return 0;
}

static int send_changes(struct renaming *renaming, const char *schema)
{
    struct shadow_run *run = renaming->run;

    if (renaming->has_checks && renaming->is_return)
        log_info("%s is written once more, for its CHECK constraints to have their "
                 "names",
                 renaming->table);
    return shadow_run_patiently(run, arena_printf(run->arena, "ALTER TABLE %s.%s %s",
                                                  shadow_quoted(run, schema),
                                                  shadow_quoted(run, renaming->table),
                                                  strbuf_text(&renaming->changes) + 2));
}

static int read_and_send(struct renaming *renaming, const char *schema)
{
    struct shadow_run *run = renaming->run;
    struct sql_result *result = sql_query(
        run->connection,
        arena_printf(run->arena, "SHOW CREATE TABLE %s.%s", shadow_quoted(run, schema),
                     shadow_quoted(run, renaming->table)),
        0, NULL, run->err);
    int status = -1;

    if (result != NULL)
        status = add_changes(renaming, sql_text(result, 0, 1));
    sql_result_free(result);
    return status == 0 && renaming->changes.length > 0 ? send_changes(renaming, schema)
                                                       : status;
}

/* The server writes texts with backslashes, and reads them so in that mode only. The rows that
 * foreign keys speak of were looked at before. */
static int rename_all(struct renaming *renaming, const char *schema)
{
    struct shadow_run *run = renaming->run;
    struct err ignored;
    int status =
        sql_exec(run->connection,
                 "SET @airshift_mode = @@SESSION.sql_mode; "
                 "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = "
                 "0",
                 run->err);

    if (status == 0)
        status = read_and_send(renaming, schema);
    (void)sql_exec(run->connection,
                   "SET SESSION sql_mode = @airshift_mode, foreign_key_checks = 1",
                   &ignored);
    strbuf_clear(&renaming->changes);
    return status;
}

int shadow_names_lend(struct shadow_run *run, const char *schema, const char *table,
                      unsigned kinds)
{
    struct renaming renaming = {
        .run = run, .table = table, .kinds = kinds, .changes = STRBUF_INIT};

    return rename_all(&renaming, schema);
}

int shadow_names_return(struct shadow_run *run, const char *schema, const char *table,
                        unsigned kinds)
{
    struct renaming renaming = {.run = run,
                                .table = table,
                                .is_return = true,
                                .kinds = kinds,
                                .changes = STRBUF_INIT};

    return rename_all(&renaming, schema);
}
