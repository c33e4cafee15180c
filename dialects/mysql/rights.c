/* SPDX-License-Identifier: Apache-2.0
 *
 * rights.c - what the user may do in his database, from SHOW GRANTS: only that also tells of
 * the rights that come by a role. What it cannot tell counts as granted: a statement that
 * is refused says so itself.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "mysql/connection.h"

enum { NEEDED_MOST = 16, DEPTH_MOST = 64 };

/* A database's name against the pattern of a grant: _ and % stand for others unless a
 * backslash is before them. */
static bool is_like(const char *name, const char *pattern, int depth)
{
    for (; *pattern != '\0'; pattern++, name++) {
        if (*pattern == '%') {
            for (; depth < DEPTH_MOST; name++) {
                if (is_like(name, pattern + 1, depth + 1))
                    return true;
                if (*name == '\0')
                    break;
            }
            return false;
        }
        if (*pattern == '\\' && pattern[1] != '\0')
            pattern++;
        else if (*pattern == '_' && *name != '\0')
            continue;
        if (*pattern != *name)
            return false;
    }
    return *name == '\0';
}

/* The name between backquotes, or a star; returns what is after it. NULL when it is neither. */
static const char *read_name(const char *text, struct strbuf *name)
{
    strbuf_truncate(name, 0);
    if (*text == '*') {
        strbuf_add_char(name, '*');
        return text + 1;
    }
    if (*text != '`' && *text != '"')
        return NULL;
    for (const char quote = *text++; *text != '\0'; text++) {
        if (*text == quote && *++text != quote)
            return text;
        strbuf_add_char(name, *text);
    }
    return NULL;
}

static bool has_word(const char *list, size_t length, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = list; at + size <= list + length; at++) {
        if (strncmp(at, word, size) == 0 &&
            (at == list || (at[-1] == ' ' && at[-2] == ',')) &&
            (at + size == list + length || at[size] == ','))
            return true;
    }
    return false;
}

struct rights {
    const char *const *needed;
    size_t count;
    bool everywhere[NEEDED_MOST];
    bool here[NEEDED_MOST]; /* by the pattern that says most: of several, one counts */
    struct strbuf pattern;  /* it; "" without one */
    size_t plain;           /* its characters before the first that stands for others */
    bool is_unclear; /* single tables have grants of their own, which say too little */
};

static size_t plain_length(const char *pattern)
{
    size_t length = 0;

    for (; pattern[length] != '\0' && strchr("_%", pattern[length]) == NULL; length++) {
        if (pattern[length] == '\\' && pattern[length + 1] != '\0')
            length++;
    }
    return pattern[length] == '\0' ? (size_t)-1 : length;
}

static void note(const struct rights *rights, bool *has, const char *list,
                 size_t length)
{
    for (size_t i = 0; i < rights->count; i++) {
        if (has_word(list, length, "ALL PRIVILEGES") ||
            has_word(list, length, rights->needed[i]))
            has[i] = true;
    }
}

/* "GRANT a, b ON `database`.* TO ..." */
static void take_grant(struct rights *rights, const char *grant, const char *database)
{
    const char *list = grant + strlen("GRANT ");
    const char *on = strstr(grant, " ON ");
    struct strbuf name = STRBUF_INIT;
    const char *rest;

    if (strncmp(grant, "GRANT ", strlen("GRANT ")) != 0 || on == NULL)
        return; /* a role */
    rest = read_name(on + strlen(" ON "), &name);
    if (rest != NULL && strcmp(strbuf_text(&name), "*") == 0) {
        note(rights, rights->everywhere, list, (size_t)(on - list));
    } else if (rest != NULL && is_like(database, strbuf_text(&name), 0)) {
        size_t plain = plain_length(strbuf_text(&name));

        if (strncmp(rest, ".* ", 3) != 0) {
            rights->is_unclear = true;
        } else if (rights->pattern.length == 0 || plain >= rights->plain) {
            if (plain > rights->plain)
                memset(rights->here, 0, sizeof(rights->here));
            rights->plain = plain;
            strbuf_truncate(&rights->pattern, 0);
            strbuf_add(&rights->pattern, name.data, name.length);
            note(rights, rights->here, list, (size_t)(on - list));
        }
    }
    strbuf_clear(&name);
}

/* As a pattern that fits this database alone. */
static void add_pattern(struct strbuf *pattern, const char *database)
{
    for (; *database != '\0'; database++) {
        if (*database == '_' || *database == '%')
            strbuf_add_char(pattern, '\\');
        strbuf_add_char(pattern, *database);
    }
}

static int refuse(struct my_connection *connection, const char *database,
                  const char *pattern, const char *missing, struct err *err)
{
    struct sql_result *user =
        mysql_select(&connection->base, "SELECT current_user()", 0, NULL, err);
    char name[320]; /* longer than a user and a host may be */
    const char *at;

    if (user == NULL)
        return -1;
    (void)snprintf(name, sizeof(name), "%s", mysql_text(user, 0, 0));
    mysql_result_free(user);
    at = strrchr(name, '@');
    (void)err_set(err, ERR_SQL,
                  "permission denied: user %s lacks %s on database %s; nothing was "
                  "changed",
                  name, missing, database);
    (void)err_hint(err, "GRANT %s ON `%s`.* TO '%.*s'@'%s'.", missing, pattern,
                   at != NULL ? (int)(at - name) : (int)strlen(name), name,
                   at != NULL ? at + 1 : "%");
    (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "42501");
    return -1;
}

int mysql_check_privileges(struct connection *connection, const char *database,
                           const char *const *privileges, size_t count, struct err *err)
{
    struct my_connection *own = my_of(connection);
    struct sql_result *grants;
    struct strbuf missing = STRBUF_INIT;
    struct rights rights = {
        .needed = privileges, .count = count, .pattern = STRBUF_INIT};
    int status = 0;

    if (database == NULL)
        database = url_parts_value(&own->parts, "dbname");
    if (database == NULL)
        return 0;
    grants = mysql_select(connection, "SHOW GRANTS", 0, NULL, err);
    if (grants == NULL)
        return -1;
    for (size_t i = 0; i < mysql_row_count(grants); i++)
        take_grant(&rights, mysql_text(grants, i, 0), database);
    mysql_result_free(grants);
    for (size_t i = 0; !rights.is_unclear && i < count; i++) {
        if (!rights.everywhere[i] && !rights.here[i])
            strbuf_addf(&missing, "%s%s", missing.length > 0 ? ", " : "",
                        privileges[i]);
    }
    if (missing.length > 0) {
        if (rights.pattern.length == 0)
            add_pattern(&rights.pattern, database);
        status = refuse(own, database, strbuf_text(&rights.pattern),
                        strbuf_text(&missing), err);
    }
    strbuf_clear(&missing);
    strbuf_clear(&rights.pattern);
    return status;
}

int mysql_check_rights(struct connection *connection, const char *database,
                       struct err *err)
{
    /* What a migration does there. */
    static const char *const needed[] = {"SELECT", "INSERT", "UPDATE", "DELETE",
                                         "CREATE", "ALTER",  "DROP",   "REFERENCES"};

    return mysql_check_privileges(connection, database, needed,
                                  sizeof(needed) / sizeof(needed[0]), err);
}
