/* SPDX-License-Identifier: Apache-2.0
 *
 * definitions.c - asks the server how it would make what there is. It answers in backquotes
 * and escapes by backslashes, whatever the mode; so that is the mode in which it is asked.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/definitions.h"
#include "mysql/dialect.h"
#include "state/file.h"

enum { FILE_MOST = 256 << 20 };

static const char *const kinds[MY_OBJECT_KINDS] = {
    [MY_TABLE] = "table",     [MY_ROUTINE] = "routine", [MY_VIEW] = "view",
    [MY_TRIGGER] = "trigger", [MY_EVENT] = "event",
};

/* Which there are: SHOW CREATE's word, its column with the statement, and the names. */
static const struct listing {
    enum my_object_kind kind;
    const char *word;
    const char *column;
    const char *names;
} listings[] = {
    {MY_TABLE, "TABLE", "Create Table",
     "SELECT table_name FROM information_schema.tables "
     "WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY 1"},
    {MY_ROUTINE, "FUNCTION", "Create Function",
     "SELECT routine_name FROM information_schema.routines "
     "WHERE routine_schema = database() AND routine_type = 'FUNCTION' ORDER BY 1"},
    {MY_ROUTINE, "PROCEDURE", "Create Procedure",
     "SELECT routine_name FROM information_schema.routines "
     "WHERE routine_schema = database() AND routine_type = 'PROCEDURE' ORDER BY 1"},
    {MY_VIEW, "VIEW", "Create View",
     "SELECT table_name FROM information_schema.views "
     "WHERE table_schema = database() ORDER BY 1"},
    {MY_TRIGGER, "TRIGGER", "SQL Original Statement",
     "SELECT trigger_name FROM information_schema.triggers "
     "WHERE trigger_schema = database() "
     "ORDER BY event_object_table, action_timing, event_manipulation, action_order"},
    {MY_EVENT, "EVENT", "Create Event",
     "SELECT event_name FROM information_schema.events "
     "WHERE event_schema = database() ORDER BY 1"},
};

void definitions_begin(struct my_definitions *definitions)
{
    memset(definitions, 0, sizeof(*definitions));
    definitions->arena = arena_new();
}

void definitions_end(struct my_definitions *definitions)
{
    arena_free(definitions->arena);
}

/* "" where the answer has no such column. */
static const char *value_of(const struct sql_result *row, const char *column)
{
    for (size_t i = 0; i < mysql_column_count(row); i++) {
        if (strcmp(mysql_column_name(row, i), column) == 0)
            return mysql_text(row, 0, i);
    }
    return "";
}

static int check_statement(const char *sql, const struct listing *listing,
                           const char *name, struct err *err)
{
    if (sql[0] != '\0')
        return 0;
    (void)err_set(err, ERR_SQL, "the user may not see the definition of %s \"%s\"",
                  listing->word, name);
    return err_hint(err,
                    "GRANT SHOW_ROUTINE ON *.*, or SELECT ON *.* on servers before "
                    "8.0.20.");
}

static int collect_one(struct my_definitions *definitions,
                       struct connection *connection, const struct listing *listing,
                       const char *name, struct err *err)
{
    struct arena *arena = definitions->arena;
    struct my_object *object = arena_zalloc(arena, sizeof(*object));
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *row;
    int status = -1;

    strbuf_addf(&sql, "SHOW CREATE %s `", listing->word);
    for (const char *at = name; *at != '\0'; at++)
        strbuf_addf(&sql, *at == '`' ? "``" : "%c", *at);
    strbuf_add_char(&sql, '`');
    row = mysql_select(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (row == NULL)
        return -1;
    object->kind = listing->kind;
    object->name = arena_strdup(arena, name);
    object->sql = arena_strdup(arena, value_of(row, listing->column));
    object->sql_mode = arena_strdup(arena, value_of(row, "sql_mode"));
    object->collation = arena_strdup(arena, value_of(row, "collation_connection"));
    object->time_zone = arena_strdup(arena, value_of(row, "time_zone"));
    status = check_statement(object->sql, listing, name, err);
    list_add(arena, &definitions->objects, object);
    mysql_result_free(row);
    return status;
}

static int collect_kind(struct my_definitions *definitions,
                        struct connection *connection, const struct listing *listing,
                        struct err *err)
{
    struct sql_result *names = mysql_select(connection, listing->names, 0, NULL, err);
    int status = 0;

    if (names == NULL)
        return -1;
    for (size_t i = 0; i < mysql_row_count(names) && status == 0; i++)
        status =
            collect_one(definitions, connection, listing, mysql_text(names, i, 0), err);
    mysql_result_free(names);
    return status;
}

int definitions_collect(struct my_definitions *definitions,
                        struct connection *connection, struct err *err)
{
    struct sql_result *row = mysql_select(
        connection, "SELECT @@character_set_database, @@collation_database", 0, NULL,
        err);
    int status;

    if (row == NULL)
        return -1;
    definitions->character_set =
        arena_strdup(definitions->arena, mysql_text(row, 0, 0));
    definitions->collation = arena_strdup(definitions->arena, mysql_text(row, 0, 1));
    mysql_result_free(row);
    status = mysql_exec(connection,
                        "SET @airshift_mode = @@SESSION.sql_mode; "
                        "SET SESSION sql_mode = '', sql_quote_show_create = 1",
                        err);
    for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]) && status == 0; i++)
        status = collect_kind(definitions, connection, &listings[i], err);
    if (status == 0)
        status = mysql_exec(connection, "SET SESSION sql_mode = @airshift_mode", err);
    return status;
}

int definitions_write(const struct my_definitions *definitions, const char *path,
                      struct err *err)
{
    json_t *objects = json_array();
    json_t *root;
    char *text = NULL;
    int status;

    for (size_t i = 0; i < definitions->objects.count; i++) {
        const struct my_object *object = definitions->objects.items[i];

        (void)json_array_append_new(
            objects, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kind",
                               kinds[object->kind], "name", object->name, "sql_mode",
                               object->sql_mode, "collation", object->collation,
                               "time_zone", object->time_zone, "sql", object->sql));
    }
    root = json_pack("{s:s, s:s, s:o}", "character_set", definitions->character_set,
                     "collation", definitions->collation, "objects", objects);
    if (root != NULL && json_array_size(objects) == definitions->objects.count)
        text = json_dumps(root, JSON_INDENT(1));
    if (text == NULL)
        status = err_set(err, ERR_INTERNAL, "a definition is no UTF-8");
    else
        status =
            file_write(path, text, strlen(text), 0600, FILE_OWNER_KEEP, (gid_t)-1, err);
    free(text);
    json_decref(root);
    return status;
}

static int unpack(struct my_definitions *definitions, json_t *root)
{
    struct arena *arena = definitions->arena;
    const char *character_set;
    const char *collation;
    json_t *objects;

    if (json_unpack(root, "{s:s, s:s, s:o}", "character_set", &character_set,
                    "collation", &collation, "objects", &objects) != 0)
        return -1;
    definitions->character_set = arena_strdup(arena, character_set);
    definitions->collation = arena_strdup(arena, collation);
    for (size_t i = 0; i < json_array_size(objects); i++) {
        struct my_object *object = arena_zalloc(arena, sizeof(*object));
        const char *text[6] = {NULL, NULL, NULL, NULL, NULL, ""};

        /* A backup of an earlier airshift has no events. */
        if (json_unpack(json_array_get(objects, i), "{s:s, s:s, s:s, s:s, s:s, s?:s}",
                        "kind", &text[0], "name", &text[1], "sql_mode", &text[2],
                        "collation", &text[3], "sql", &text[4], "time_zone",
                        &text[5]) != 0)
            return -1;
        while (strcmp(kinds[object->kind], text[0]) != 0) {
            if (++object->kind == MY_OBJECT_KINDS)
                return -1;
        }
        object->name = arena_strdup(arena, text[1]);
        object->sql_mode = arena_strdup(arena, text[2]);
        object->collation = arena_strdup(arena, text[3]);
        object->sql = arena_strdup(arena, text[4]);
        object->time_zone = arena_strdup(arena, text[5]);
        list_add(arena, &definitions->objects, object);
    }
    return 0;
}

int definitions_read(struct my_definitions *definitions, const char *path,
                     struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    json_error_t where;
    json_t *root;
    int status = file_read(path, FILE_MOST, &text, err);

    if (status == 0) {
        root = json_loads(strbuf_text(&text), 0, &where);
        if (root == NULL || unpack(definitions, root) < 0)
            status =
                err_set(err, ERR_STATE,
                        "\"%s\" is damaged, or of a later airshift than this", path);
        json_decref(root);
    }
    strbuf_clear(&text);
    return status;
}
