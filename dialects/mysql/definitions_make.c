/* SPDX-License-Identifier: Apache-2.0
 *
 * definitions_make.c - tables are made without the indexes that rows do not need; these come
 * after the rows, several tables at once, then the foreign keys, whose tables are all there.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "interrupt.h"
#include "mysql/connection.h"
#include "mysql/crew.h"
#include "mysql/definitions.h"
#include "mysql/dialect.h"

/* What definitions.c was told is understood in this mode, with backquotes. */
#define MAKE_MODE "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"

static void add_quoted(struct strbuf *sql, const char *name)
{
    strbuf_add_char(sql, '`');
    for (; *name != '\0'; name++)
        strbuf_addf(sql, *name == '`' ? "``" : "%c", *name);
    strbuf_add_char(sql, '`');
}

/* --- a CREATE TABLE in its lines ------------------------------------------------- */

struct pieces {
    struct strbuf create;
    struct strbuf keys;    /* ALTER TABLE, or empty */
    struct strbuf foreign; /* the same */
};

static void pieces_clear(struct pieces *pieces)
{
    strbuf_clear(&pieces->create);
    strbuf_clear(&pieces->keys);
    strbuf_clear(&pieces->foreign);
}

static bool begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static bool is_foreign_key(const char *line, size_t length)
{
    const char *at = line + strlen("  CONSTRAINT `");

    if (!begins(line, "  CONSTRAINT `"))
        return false;
    while (at + 1 < line + length && (at[0] != '`' || at[1] == '`'))
        at += at[0] == '`' ? 2 : 1;
    return begins(at, "` FOREIGN KEY ");
}

static bool is_later_key(const char *line)
{
    return begins(line, "  KEY `") || begins(line, "  UNIQUE KEY `");
}

/* Whether the rows come in the order of a primary key, and a counter has its index in it. */
static bool can_wait_for_keys(const char *sql)
{
    const char *primary = strstr(sql, "\n  PRIMARY KEY (");
    const char *counter = NULL;

    if (primary == NULL)
        return false;
    for (const char *line = strchr(sql, '\n'); line != NULL;
         line = strchr(line + 1, '\n')) {
        const char *word = strstr(line + 1, " AUTO_INCREMENT");

        if (begins(line, "\n  `") && word != NULL &&
            memchr(line + 1, '\n', (size_t)(word - line)) == NULL)
            counter = line + strlen("\n  ");
    }
    if (counter != NULL) {
        size_t length = strcspn(counter + 1, "`") + 2;

        return strncmp(primary + strlen("\n  PRIMARY KEY ("), counter, length) == 0;
    }
    return true;
}

static void add_alter(struct strbuf *sql, const char *table, const char *line,
                      size_t length)
{
    if (sql->length == 0) {
        strbuf_add_string(sql, "ALTER TABLE ");
        add_quoted(sql, table);
        strbuf_add_char(sql, ' ');
    } else {
        strbuf_add_string(sql, ", ");
    }
    strbuf_add_string(sql, "ADD ");
    strbuf_add(sql, line + 2, length - 2);
}

/* The server puts each column, key and constraint on a line of its own, and no line's end
 * into a text. */
static void take_apart(const struct my_object *table, struct pieces *pieces)
{
    bool moves_keys = can_wait_for_keys(table->sql);
    size_t first = strcspn(table->sql, "\n");
    const char *line = table->sql + first;
    bool is_first = true;

    strbuf_add(&pieces->create, table->sql, first);
    while (begins(line, "\n  ")) {
        const char *text = line + 1;
        size_t length = strcspn(text, "\n");

        line = text + length;
        if (text[length - 1] == ',')
            length--;
        if (is_foreign_key(text, length)) {
            add_alter(&pieces->foreign, table->name, text, length);
        } else if (moves_keys && is_later_key(text)) {
            add_alter(&pieces->keys, table->name, text, length);
        } else {
            strbuf_add_string(&pieces->create, is_first ? "\n" : ",\n");
            strbuf_add(&pieces->create, text, length);
            is_first = false;
        }
    }
    strbuf_add_string(&pieces->create, line); /* ") ENGINE=..." and partitions */
}

/* --- making ---------------------------------------------------------------------- */

#define PREPARE                                                                   \
    "SET @airshift_mode = @@SESSION.sql_mode; SET SESSION sql_mode = '" MAKE_MODE \
    "', foreign_key_checks = 0, unique_checks = 0"

/* Each statement is done as a whole or not at all, also by a run that was broken off. */
static int make_one(const struct dump_restore *restore, const char *name,
                    const char *sql, struct err *err)
{
    if (mysql_exec_whole(restore->connection, sql, strlen(sql), err) == 0)
        return 0;
    if (!restore->is_repeated || !crew_is_there(err))
        return err_wrap(err, "making %s", name);
    err_clear(err);
    return 0;
}

/* `context` is the restore, or a crew. */
typedef int make_function(void *context, const char *name, const struct pieces *pieces,
                          struct err *err);

static int each_table(const struct my_definitions *definitions, make_function *make,
                      void *context, struct err *err)
{
    int status = 0;

    for (size_t i = 0; i < definitions->objects.count && status == 0; i++) {
        const struct my_object *object = definitions->objects.items[i];
        struct pieces pieces = {STRBUF_INIT, STRBUF_INIT, STRBUF_INIT};

        if (object->kind != MY_TABLE)
            continue;
        take_apart(object, &pieces);
        status = make(context, object->name, &pieces, err);
        pieces_clear(&pieces);
    }
    return status;
}

static int make_table(void *restore, const char *name, const struct pieces *pieces,
                      struct err *err)
{
    return make_one(restore, name, strbuf_text(&pieces->create), err);
}

static int make_tables(const struct my_definitions *definitions,
                       struct dump_restore *restore, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    /* What is made later without a word of it has these. */
    strbuf_addf(&sql, "ALTER DATABASE CHARACTER SET %s COLLATE %s",
                definitions->character_set, definitions->collation);
    status = mysql_exec(restore->connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status == 0 ? each_table(definitions, make_table, restore, err) : status;
}

static int give_keys(void *crew, const char *name, const struct pieces *pieces,
                     struct err *err)
{
    return pieces->keys.length > 0 ? crew_give(crew, name, &pieces->keys, err) : 0;
}

static int make_keys(const struct my_definitions *definitions,
                     const struct dump_restore *restore, struct err *err)
{
    struct crew crew;
    int status =
        crew_begin(&crew, restore->url, restore->jobs, "restore", PREPARE, err);

    crew.is_repeated = restore->is_repeated;
    for (size_t i = 0; i < crew.count && status == 0 && restore->group != NULL; i++)
        status = mysql_join_group(crew.sessions[i], restore->group, err);
    if (status == 0)
        status = each_table(definitions, give_keys, &crew, err);
    if (status == 0)
        status = crew_await(&crew, err);
    crew_end(&crew);
    return status;
}

static int make_foreign_key(void *restore, const char *name,
                            const struct pieces *pieces, struct err *err)
{
    return pieces->foreign.length > 0
               ? make_one(restore, name, strbuf_text(&pieces->foreign), err)
               : 0;
}

/* Past a name in quotes, of which the inner ones are doubled; NULL where none begins here. */
static const char *skip_name(const char *at)
{
    const char quote = *at;

    if (quote != '`' && quote != '"')
        return NULL;
    for (at++; *at != '\0'; at++) {
        if (*at == quote && *++at != quote)
            return at;
    }
    return NULL;
}

/* Without "DEFINER=`user`@`host` ": then it is the user who makes it. A routine is quoted as
 * its own mode has it. */
static void add_without_definer(struct strbuf *sql, const char *text)
{
    const char *at = strstr(text, "DEFINER=");
    const char *end = at != NULL ? skip_name(at + strlen("DEFINER=")) : NULL;

    if (end != NULL)
        end = *end == '@' ? skip_name(end + 1) : NULL;
    if (end == NULL) {
        strbuf_add_string(sql, text);
        return;
    }
    strbuf_add(sql, text, (size_t)(at - text));
    strbuf_add_string(sql, end + (*end == ' '));
}

/* What it keeps of the session that makes it, but for the character set of the client, which is
 * that of the text now. */
static int settle_for(const struct my_object *object, struct connection *connection,
                      struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_addf(&sql, "SET SESSION sql_mode = '%s', collation_connection = %s",
                object->kind == MY_VIEW ? MAKE_MODE : object->sql_mode,
                object->collation);
    if (object->time_zone[0] != '\0') {
        strbuf_add_string(&sql, ", time_zone = ");
        sql_add_literal(&sql, object->time_zone);
    }
    status = mysql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    if (status == 0)
        return 0;
    (void)err_wrap(err, "making %s", object->name);
    return object->time_zone[0] != '\0'
               ? err_hint(err,
                          "An event keeps its time zone: does this server have the "
                          "tables of time zones (mysql_tzinfo_to_sql)?")
               : -1;
}

static int make_other(const struct my_object *object,
                      const struct dump_restore *restore, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status = settle_for(object, restore->connection, err);

    if (restore->keeps_owners)
        strbuf_add_string(&sql, object->sql);
    else
        add_without_definer(&sql, object->sql);
    if (status == 0)
        status = make_one(restore, object->name, strbuf_text(&sql), err);
    if (status < 0 && restore->keeps_owners && strcmp(err->sqlstate, "42501") == 0)
        (void)err_hint(err, "With --no-owner it is this user's own.");
    strbuf_clear(&sql);
    return status;
}

/* A view may read one that comes after it: what fails is tried again as long as others do
 * not. */
static int make_others(const struct my_definitions *definitions,
                       const struct dump_restore *restore, enum my_object_kind kind,
                       struct err *err)
{
    size_t count = definitions->objects.count;
    bool *is_made = xcalloc(count + 1, sizeof(*is_made));
    size_t failed = count + 1;
    size_t before;

    do {
        before = failed;
        failed = 0;
        for (size_t i = 0; i < count && !interrupt_is_asked(); i++) {
            const struct my_object *object = definitions->objects.items[i];

            if (object->kind != kind || is_made[i])
                continue;
            is_made[i] = make_other(object, restore, err) == 0;
            failed += !is_made[i];
        }
    } while (failed > 0 && failed < before);
    free(is_made);
    return failed > 0 ? -1 : 0;
}

int definitions_make(const struct my_definitions *definitions,
                     const struct dump_restore *restore, enum dump_section section,
                     struct err *err)
{
    struct connection *connection = restore->connection;
    struct dump_restore copy = *restore; /* for functions that take any context */
    int status = mysql_exec(connection, PREPARE, err);

    if (status == 0 && section == DUMP_BEFORE_ROWS) {
        status = make_tables(definitions, &copy, err);
    } else if (status == 0 && section == DUMP_AT_END) {
        status = make_others(definitions, restore, MY_EVENT, err);
    } else if (status == 0) {
        if (make_keys(definitions, restore, err) < 0 ||
            each_table(definitions, make_foreign_key, &copy, err) < 0 ||
            make_others(definitions, restore, MY_ROUTINE, err) < 0 ||
            make_others(definitions, restore, MY_VIEW, err) < 0 ||
            make_others(definitions, restore, MY_TRIGGER, err) < 0)
            status = -1;
    }
    if (status == 0)
        status = mysql_exec(connection,
                            "SET SESSION sql_mode = @airshift_mode, time_zone = "
                            "'+00:00', foreign_key_checks = 1, unique_checks = 1",
                            err);
    return status;
}
