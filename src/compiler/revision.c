/* SPDX-License-Identifier: Apache-2.0
 *
 * revision.c - splits revision files into statements with their directives. A statement
 * ends at a line that ends with ';'; directives are comment lines that begin with "-- @".
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/strbuf.h"
#include "compiler/revision.h"

int version_compare(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        char *end_a;
        char *end_b;
        unsigned long number_a = strtoul(a, &end_a, 10);
        unsigned long number_b = strtoul(b, &end_b, 10);

        if (number_a != number_b)
            return number_a < number_b ? -1 : 1;
        if (end_a == a && end_b == b)
            return 0; /* "rc1" and the like: no numbers left to compare */
        a = *end_a == '.' ? end_a + 1 : end_a;
        b = *end_b == '.' ? end_b + 1 : end_b;
    }
    return 0;
}

/* The next line of *text, in the arena, or NULL at the end. */
static char *next_line(struct arena *arena, const char **text)
{
    const char *start = *text;
    const char *end;

    if (*start == '\0')
        return NULL;
    end = strchr(start, '\n');
    if (end == NULL)
        end = start + strlen(start);
    *text = *end == '\n' ? end + 1 : end;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return arena_strndup(arena, start, (size_t)(end - start));
}

static const char *skip_spaces(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

static const char *next_word(struct arena *arena, const char **text)
{
    const char *start = skip_spaces(*text);
    const char *end = start;

    while (*end != '\0' && *end != ' ' && *end != '\t')
        end++;
    *text = end;
    return end > start ? arena_strndup(arena, start, (size_t)(end - start)) : NULL;
}

static int parse_condition(struct arena *arena, const char *text, bool is_negated,
                           struct statement *statement, struct err *err)
{
    static const char *const kinds[] = {"constraint", "index", "column", "table"};
    struct condition *condition = arena_zalloc(arena, sizeof(*condition));
    const char *rest = text;
    const char *kind = next_word(arena, &rest);
    const char *on;

    condition->is_negated = is_negated;
    if (kind != NULL && strcmp(kind, "rows") == 0) {
        condition->kind = CONDITION_ROWS;
        condition->name = arena_strdup(arena, skip_spaces(rest));
        list_add(arena, &statement->conditions, condition);
        return 0;
    }
    condition->name = next_word(arena, &rest);
    if (kind == NULL || condition->name == NULL)
        return err_set(err, ERR_INTERNAL, "condition \"%s\" is not complete", text);
    condition->kind = CONDITION_TABLE;
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            condition->kind = (enum condition_kind)i;
            on = next_word(arena, &rest);
            if (on != NULL && strcmp(on, "on") == 0)
                condition->table = next_word(arena, &rest);
            if (condition->kind != CONDITION_TABLE && condition->table == NULL)
                return err_set(err, ERR_INTERNAL, "condition \"%s\" names no table",
                               text);
            list_add(arena, &statement->conditions, condition);
            return 0;
        }
    }
    return err_set(err, ERR_INTERNAL, "condition \"%s\" is of no known kind", text);
}

static int parse_directive(struct arena *arena, const char *line,
                           struct statement *statement, struct err *err)
{
    const char *rest = line;
    const char *word = next_word(arena, &rest);

    if (word == NULL)
        return err_set(err, ERR_INTERNAL, "empty directive");
    if (strcmp(word, "@batch") == 0) {
        statement->is_batch = true;
        return 0;
    }
    if (strcmp(word, "@nonempty") == 0) {
        statement->only_nonempty = true;
        return 0;
    }
    if (strcmp(word, "@late") == 0) {
        statement->is_late = true;
        return 0;
    }
    if (strcmp(word, "@changed") == 0)
        return 0; /* only in after_upgrade.sql, which is run only then */
    if (strcmp(word, "@path") == 0) {
        const char *path = next_word(arena, &rest);

        statement->only_direct = path != NULL && strcmp(path, "direct") == 0;
        statement->only_hop = path != NULL && strcmp(path, "hop") == 0;
        return 0;
    }
    if (strcmp(word, "@only") == 0) {
        statement->only = next_word(arena, &rest);
        return 0;
    }
    if (strcmp(word, "@from") == 0) {
        statement->from = next_word(arena, &rest);
        return 0;
    }
    if (strcmp(word, "@before") == 0) {
        statement->before = next_word(arena, &rest);
        return 0;
    }
    if (strcmp(word, "@if") == 0)
        return parse_condition(arena, rest, false, statement, err);
    if (strcmp(word, "@unless") == 0)
        return parse_condition(arena, rest, true, statement, err);
    return err_set(err, ERR_INTERNAL, "unknown directive \"%s\"", word);
}

static struct statement *new_statement(struct arena *arena)
{
    return arena_zalloc(arena, sizeof(struct statement));
}

static int finish_statement(struct arena *arena, struct statement *statement,
                            const struct strbuf *text, struct list *section,
                            struct err *err)
{
    statement->text = arena_strdup(arena, strbuf_text(text));
    statement->tree = ast_parse_one(arena, statement->text, err);
    if (statement->tree == NULL)
        return -1;
    list_add(arena, section, statement);
    return 0;
}

static int parse_sections(struct arena *arena, const char *text, struct list *upgrade,
                          struct list *downgrade, struct err *err)
{
    struct list *section = NULL;
    struct statement *statement = new_statement(arena);
    struct strbuf sql = STRBUF_INIT;
    char *line;
    int status = 0;

    while (status == 0 && (line = next_line(arena, &text)) != NULL) {
        const char *start = skip_spaces(line);

        if (sql.length == 0) {
            if (strcmp(start, "-- upgrade") == 0) {
                section = upgrade;
                continue;
            }
            if (strcmp(start, "-- downgrade") == 0) {
                section = downgrade;
                continue;
            }
            if (strncmp(start, "-- @", 4) == 0) {
                status = parse_directive(arena, start + 3, statement, err);
                continue;
            }
            if (*start == '\0' || strncmp(start, "--", 2) == 0)
                continue;
        }
        if (section == NULL) {
            status = err_set(err, ERR_INTERNAL, "statement before \"-- upgrade\"");
            break;
        }
        if (sql.length > 0)
            strbuf_add_char(&sql, '\n');
        strbuf_add_string(&sql, line);
        if (line[strlen(line) - (*line != '\0')] != ';')
            continue;
        status = finish_statement(arena, statement, &sql, section, err);
        statement = new_statement(arena);
        strbuf_truncate(&sql, 0);
    }
    if (status == 0 && sql.length > 0)
        status = err_set(err, ERR_INTERNAL, "a statement has no end: %.100s",
                         strbuf_text(&sql));
    strbuf_clear(&sql);
    return status;
}

int revision_parse(struct arena *arena, struct revision *revision, struct err *err)
{
    if (revision->is_parsed)
        return 0;
    if (parse_sections(arena, embedded_text(revision->path), &revision->upgrade,
                       &revision->downgrade, err) != 0)
        return err_wrap(err, "%s", revision->path);
    revision->is_parsed = true;
    return 0;
}

int revision_parse_file(struct arena *arena, const char *path, struct list *statements,
                        struct err *err)
{
    struct list downgrade = {NULL, 0, 0};
    const char *text = embedded_text(path);

    if (text == NULL)
        return err_set(err, ERR_INTERNAL, "%s is not in this build", path);
    if (parse_sections(arena, text, statements, &downgrade, err) != 0)
        return err_wrap(err, "%s", path);
    return 0;
}

static const char *header(struct arena *arena, const char *text, const char *name)
{
    char *line;
    size_t length = strlen(name);

    while ((line = next_line(arena, &text)) != NULL && strncmp(line, "-- ", 3) == 0) {
        if (strncmp(line + 3, name, length) == 0 && line[3 + length] == ':')
            return skip_spaces(line + 3 + length + 1);
    }
    return NULL;
}

static int load_versions(struct arena *arena, struct chain *chain, struct err *err)
{
    const char *path = strcmp(chain->name, "core") == 0
                           ? "sql/versions.tsv"
                           : arena_printf(arena, "sql/%s_versions.tsv", chain->name);
    const char *text = embedded_text(path);
    char *line;

    if (text == NULL)
        return err_set(err, ERR_INTERNAL, "%s is not in this build", path);
    while ((line = next_line(arena, &text)) != NULL) {
        struct version_head *head;
        char *tab = strchr(line, '\t');

        if (tab == NULL || !isdigit((unsigned char)*line))
            continue;
        *tab = '\0';
        head = arena_zalloc(arena, sizeof(*head));
        head->version = line;
        head->revision = tab + 1;
        list_add(arena, &chain->versions, head);
    }
    return 0;
}

static struct revision *load_revision(struct arena *arena,
                                      const struct embedded_file *file, struct err *err)
{
    struct revision *revision = arena_zalloc(arena, sizeof(*revision));
    const char *down = header(arena, file->text, "down_revision");

    revision->path = file->path;
    revision->id = header(arena, file->text, "revision");
    revision->also = header(arena, file->text, "also");
    revision->version = header(arena, file->text, "version");
    revision->title = header(arena, file->text, "title");
    if (revision->id == NULL || down == NULL || revision->version == NULL) {
        (void)err_set(err, ERR_INTERNAL, "%s has no complete header", file->path);
        return NULL;
    }
    revision->down = strcmp(down, "none") == 0 ? NULL : down;
    return revision;
}

/* Finds the parents, all of which come earlier in the list. */
static int link_parents(struct arena *arena, const struct chain *chain,
                        struct revision *revision, struct err *err)
{
    const char *rest = revision->down;
    char *word;

    while (rest != NULL && (word = (char *)next_word(arena, &rest)) != NULL) {
        int parent;

        if (word[strlen(word) - 1] == ',')
            word[strlen(word) - 1] = '\0';
        parent = chain_find(chain, word);
        if (parent < 0 || revision->parent_count == 4)
            return err_set(err, ERR_INTERNAL, "%s does not follow %s", revision->path,
                           word);
        revision->parents[revision->parent_count++] = (size_t)parent;
    }
    if (revision->parent_count == 0)
        return err_set(err, ERR_INTERNAL, "%s is a second base", revision->path);
    return 0;
}

static int load_folder(struct arena *arena, const char *prefix, struct chain *chain,
                       struct err *err)
{
    for (size_t i = 0; i < embedded_file_count; i++) {
        const struct embedded_file *file = &embedded_files[i];
        struct revision *revision;

        if (strncmp(file->path, prefix, strlen(prefix)) != 0 ||
            !isdigit((unsigned char)file->path[strlen(prefix)]))
            continue;
        revision = load_revision(arena, file, err);
        if (revision == NULL)
            return -1;
        if (revision->also != NULL) {
            int position = chain_find(chain, revision->also);

            if (position < 0)
                return err_set(err, ERR_INTERNAL,
                               "%s stands for %s, which is not there", file->path,
                               revision->also);
            revision->position = (size_t)position;
            chain->base = revision;
            continue;
        }
        if (chain->revisions.count > 0 &&
            link_parents(arena, chain, revision, err) != 0)
            return -1;
        revision->position = chain->revisions.count;
        list_add(arena, &chain->revisions, revision);
    }
    return 0;
}

int chain_load(struct arena *arena, const char *name, struct chain *chain,
               struct err *err)
{
    bool is_core = strcmp(name, "core") == 0;

    memset(chain, 0, sizeof(*chain));
    chain->name = name;
    chain->version_table =
        is_core ? "alembic_version" : arena_printf(arena, "alembic_version_%s", name);
    /* What is older than the squashed base is in a folder of its own. */
    if ((is_core && load_folder(arena, "sql/history/", chain, err) != 0) ||
        load_folder(arena, arena_printf(arena, "sql/%s/", name), chain, err) != 0)
        return -1;
    if (chain->revisions.count == 0)
        return err_set(err, ERR_INTERNAL, "chain \"%s\" has no revision files", name);
    return load_versions(arena, chain, err);
}

int chain_find(const struct chain *chain, const char *wanted)
{
    size_t length = strlen(wanted);
    int found = -1;

    if (chain->base != NULL && strcmp(chain->base->id, wanted) == 0)
        return (int)chain->base->position;
    for (size_t i = 0; i < chain->revisions.count; i++) {
        const struct revision *revision = chain->revisions.items[i];

        if (strcmp(revision->id, wanted) == 0)
            return (int)i;
        if (length >= 4 && strncmp(revision->id, wanted, length) == 0)
            found = found == -1 ? (int)i : -2;
    }
    return found < 0 ? -1 : found;
}

void chain_name_base(struct chain *chain, const char *wanted)
{
    if (chain->base != NULL && strcmp(chain->base->id, wanted) == 0)
        ((struct revision *)chain->revisions.items[chain->base->position])->id =
            chain->base->id;
}

void chain_mark_applied(struct chain *chain, size_t position)
{
    ((struct revision *)chain->revisions.items[position])->is_applied = true;
    for (size_t i = position + 1; i-- > 0;) {
        const struct revision *revision = chain->revisions.items[i];

        for (size_t j = 0; revision->is_applied && j < revision->parent_count; j++)
            ((struct revision *)chain->revisions.items[revision->parents[j]])
                ->is_applied = true;
    }
}

void chain_heads(struct arena *arena, const struct chain *chain, size_t position,
                 struct list *heads)
{
    size_t count = chain->revisions.count;
    bool *has_child = arena_zalloc(arena, count * sizeof(*has_child));

    for (size_t i = count; i-- > 0;) {
        const struct revision *revision = chain->revisions.items[i];

        if (i > position && !revision->is_applied)
            continue;
        if (!has_child[i])
            list_add(arena, heads, (void *)revision->id);
        for (size_t j = 0; j < revision->parent_count; j++)
            has_child[revision->parents[j]] = true;
    }
}

const char *chain_version_table_body(struct arena *arena, const struct chain *chain)
{
    return arena_printf(arena,
                        "(version_num character varying(32) NOT NULL, CONSTRAINT "
                        "\"%s_pkc\" PRIMARY KEY (version_num))",
                        chain->version_table);
}

const char *chain_stamp_sql(struct arena *arena, const struct chain *chain,
                            size_t position, const char *table)
{
    struct list heads = {NULL, 0, 0};
    struct strbuf values = STRBUF_INIT;
    const char *sql;

    chain_heads(arena, chain, position, &heads);
    for (size_t i = 0; i < heads.count; i++)
        strbuf_addf(&values, "%s('%s')", i > 0 ? ", " : "",
                    (const char *)heads.items[i]);
    sql = arena_printf(arena, "INSERT INTO %s (version_num) VALUES %s", table,
                       strbuf_text(&values));
    strbuf_clear(&values);
    return sql;
}

/* Whether `wanted` belongs to a later minor line than `known` (3.4.0 after 3.3.2). */
static bool is_newer_line(const char *wanted, const char *known)
{
    unsigned wanted_major = 0;
    unsigned wanted_minor = 0;
    unsigned known_major = 0;
    unsigned known_minor = 0;

    (void)sscanf(wanted, "%u.%u", &wanted_major, &wanted_minor);
    (void)sscanf(known, "%u.%u", &known_major, &known_minor);
    if (wanted_major != known_major)
        return wanted_major > known_major;
    return wanted_minor > known_minor;
}

int chain_resolve(const struct chain *chain, const char *wanted, size_t *position,
                  struct err *err)
{
    const struct version_head *best = NULL;
    const struct version_head *first = NULL;
    const struct version_head *last = NULL;
    int found = chain_find(chain, wanted);

    if (strcmp(wanted, "head") == 0 || strcmp(wanted, "heads") == 0)
        found = (int)chain->revisions.count - 1;
    if (found >= 0) {
        *position = (size_t)found;
        return 0;
    }
    for (size_t i = 0; i < chain->versions.count; i++) {
        const struct version_head *head = chain->versions.items[i];

        if (chain_find(chain, head->revision) < 0)
            continue;
        if (first == NULL)
            first = head;
        last = head;
        if (strchr(wanted, '.') != NULL && version_compare(head->version, wanted) <= 0)
            best = head;
    }
    if (best == NULL || last == NULL || is_newer_line(wanted, last->version)) {
        (void)err_set(err, ERR_UNSUPPORTED,
                      "\"%s\" is no Airflow version or revision that airshift knows",
                      wanted);
        return err_hint(
            err, "Known are the versions %s to %s, their revisions, and \"head\".",
            first != NULL ? first->version : "?", last != NULL ? last->version : "?");
    }
    *position = (size_t)chain_find(chain, best->revision);
    return 0;
}
