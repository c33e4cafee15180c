/* SPDX-License-Identifier: Apache-2.0
 *
 * airflow_option.c - reads one option, and only that, out of a file which has other
 * secrets, too: nothing else of it is kept, and no line of it is ever in an error.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ini.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "config/airflow_option.h"

/* What is in the file of one section. */
struct section_values {
    struct strbuf text;
    bool has_value;
    bool has_command;
    bool has_secret;
};

struct file_values {
    const struct airflow_option_spec *spec;
    struct section_values sections[AIRFLOW_OPTION_SECTIONS];
};

/* A line longer than inih's buffer is handed over in pieces. */
struct line_reader {
    FILE *file;
    char *line;
    size_t capacity;
    size_t length;
    size_t given; /* of the line; equal to length when the next one is due */
};

static void wipe(char *text, size_t size)
{
    if (text != NULL)
        explicit_bzero(text, size);
    free(text);
}

static bool is_comment(const char *line)
{
    line += strspn(line, " \t");
    return *line == '#' || *line == ';';
}

/*
 * inih's reader, like fgets(). inih takes no line longer than its buffer: the rest
 * would be read as a line of its own. So what is too long goes on in lines that start
 * with a space, which continue a value. Comments have no value to continue and are left
 * out.
 */
static char *read_piece(char *buffer, int size, void *context)
{
    struct line_reader *reader = context;
    size_t room = (size_t)size - 3; /* a space, a newline, the NUL */
    size_t count;
    size_t at = 0;

    if (reader->given == reader->length) {
        ssize_t length = getline(&reader->line, &reader->capacity, reader->file);

        if (length < 0)
            return NULL;
        reader->length = (size_t)length;
        reader->given = 0;
        while (reader->length > 0 && (reader->line[reader->length - 1] == '\n' ||
                                      reader->line[reader->length - 1] == '\r'))
            reader->length--;
        if (reader->length > room && is_comment(reader->line))
            reader->length = 0;
    }
    count = reader->length - reader->given;
    if (reader->given > 0)
        buffer[at++] = ' ';
    if (count > room)
        count = room;
    if (count > 0)
        memcpy(buffer + at, reader->line + reader->given, count);
    at += count;
    buffer[at++] = '\n';
    buffer[at] = '\0';
    reader->given += count;
    return buffer;
}

/* inih's handler; a value in several pieces comes as several calls. */
static int take_value(void *context, const char *section, const char *name,
                      const char *value)
{
    struct file_values *values = context;
    size_t length = strlen(values->spec->name);
    struct section_values *found = NULL;

    for (size_t i = 0; i < AIRFLOW_OPTION_SECTIONS; i++) {
        if (values->spec->sections[i] != NULL &&
            strcmp(section, values->spec->sections[i]) == 0)
            found = &values->sections[i];
    }
    if (found == NULL || strncasecmp(name, values->spec->name, length) != 0)
        return 1;
    if (name[length] == '\0') {
        found->has_value = true;
        strbuf_add_string(&found->text, value != NULL ? value : "");
    } else if (strcasecmp(name + length, "_cmd") == 0) {
        found->has_command = true;
    } else if (strcasecmp(name + length, "_secret") == 0) {
        found->has_secret = true;
    }
    return 1;
}

/* A file that is not there has no values; that is an error only where `is_given`. */
static int read_file(const char *path, bool is_given, struct file_values *values,
                     struct err *err)
{
    struct line_reader reader = {.file = fopen(path, "re")};
    bool is_broken;

    if (reader.file == NULL && errno == ENOENT && !is_given)
        return 0;
    if (reader.file == NULL)
        return err_set(err, ERR_CONFIG, "file \"%s\" cannot be read: %s", path,
                       strerror(errno));
    /* lines inih does not understand are none of ours */
    (void)ini_parse_stream(read_piece, &reader, take_value, values);
    is_broken = ferror(reader.file) != 0;
    wipe(reader.line, reader.capacity);
    (void)fclose(reader.file);
    if (is_broken)
        return err_set(err, ERR_CONFIG, "file \"%s\" cannot be read", path);
    return 0;
}

/* Airflow expands a variable and the home directory in paths; here, only at the start.
 */
static char *expand_path(const char *path)
{
    const char *rest = path;
    const char *value = NULL;

    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
        value = getenv("HOME");
        rest = path + 1;
    } else if (path[0] == '$') {
        bool has_brace = path[1] == '{';
        const char *name = path + (has_brace ? 2 : 1);
        size_t length = has_brace ? strcspn(name, "}") : strcspn(name, "/$");
        char *copy = strndup(name, length);

        if (copy != NULL)
            value = getenv(copy);
        free(copy);
        rest = name + length + (has_brace && name[length] == '}' ? 1 : 0);
    }
    return value != NULL ? xasprintf("%s%s", value, rest) : xstrdup(path);
}

static char *find_path(const char *config_path)
{
    const char *given = config_path != NULL ? config_path : getenv("AIRFLOW_CONFIG");
    const char *home = getenv("AIRFLOW_HOME");
    char *expanded;
    char *path;

    if (config_path != NULL)
        return xstrdup(config_path);
    if (given != NULL)
        return expand_path(given);
    expanded = expand_path(home != NULL ? home : "~/airflow");
    path = xasprintf("%s/airflow.cfg", expanded);
    free(expanded);
    return path;
}

/* AIRFLOW__<SECTION>__<NAME><suffix>; owned by the caller. */
static char *variable_name(const struct airflow_option_spec *spec, size_t section,
                           const char *suffix)
{
    char *name =
        xasprintf("AIRFLOW__%s__%s%s", spec->sections[section], spec->name, suffix);

    for (char *at = name; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    return name;
}

static const char *variable_value(const struct airflow_option_spec *spec,
                                  size_t section, const char *suffix)
{
    char *name = variable_name(spec, section, suffix);
    const char *value = getenv(name);

    free(name);
    return value;
}

static int refuse_command(const struct airflow_option_spec *spec, const char *where,
                          const char *what, struct err *err)
{
    char *name = variable_name(spec, 0, "");

    (void)err_set(err, ERR_CONFIG, "%s comes from %s of \"%s\"", spec->what, what,
                  where);
    (void)err_hint(err,
                   "airshift runs no commands and asks no secrets backends. Put it "
                   "into the environment variable %s.",
                   name);
    free(name);
    return -1;
}

/* A value that is a $VARIABLE, in the environment or in the file, is that one's value. */
static char *expand_value(const char *text)
{
    return text[0] == '$' ? expand_path(text) : xstrdup(text);
}

/* Python's configparser takes a percent sign for the start of an interpolation; a real one
 * is written twice. */
static void halve_percent_signs(struct strbuf *text)
{
    size_t to = 0;

    for (size_t from = 0; from < text->length; from++) {
        if (text->data[from] == '%' && from + 1 < text->length &&
            text->data[from + 1] == '%')
            from++;
        text->data[to++] = text->data[from];
    }
    strbuf_truncate(text, to);
}

/* 1 found, 0 not there, -1. */
static int look_in_environment(const struct airflow_option_spec *spec, size_t section,
                               struct airflow_option *option, struct err *err)
{
    static const struct {
        const char *suffix;
        const char *what;
    } indirect[] = {{"_CMD", "the command"}, {"_SECRET", "the secret"}};
    const char *value = variable_value(spec, section, "");

    if (value != NULL) {
        option->origin = AIRFLOW_OPTION_ENVIRONMENT;
        option->value = expand_value(value);
        return 1;
    }
    for (size_t i = 0; i < 2; i++) {
        char *name;
        int status;

        if (variable_value(spec, section, indirect[i].suffix) == NULL)
            continue;
        name = variable_name(spec, section, indirect[i].suffix);
        status = refuse_command(spec, name, indirect[i].what, err);
        free(name);
        return status;
    }
    return 0;
}

static int look_in_file(struct file_values *values, size_t section,
                        struct airflow_option *option, struct err *err)
{
    struct section_values *found = &values->sections[section];
    char what[96];

    if (found->has_value) {
        halve_percent_signs(&found->text);
        option->origin = AIRFLOW_OPTION_FILE;
        option->value = expand_value(strbuf_text(&found->text));
        return 1;
    }
    if (!found->has_command && !found->has_secret)
        return 0;
    (void)snprintf(what, sizeof(what), "the %s %s_%s",
                   found->has_command ? "command" : "secret", values->spec->name,
                   found->has_command ? "cmd" : "secret");
    return refuse_command(values->spec, option->path, what, err);
}

static int look(const char *config_path, struct file_values *values,
                struct airflow_option *option, struct err *err)
{
    int found = 0;

    for (size_t i = 0; i < AIRFLOW_OPTION_SECTIONS && found == 0; i++) {
        if (values->spec->sections[i] != NULL)
            found = look_in_environment(values->spec, i, option, err);
    }
    if (found == 0 && read_file(option->path, config_path != NULL, values, err) != 0)
        return -1;
    for (size_t i = 0; i < AIRFLOW_OPTION_SECTIONS && found == 0; i++) {
        if (values->spec->sections[i] != NULL)
            found = look_in_file(values, i, option, err);
    }
    if (found == 0)
        option->value = xstrdup("");
    return found < 0 ? -1 : 0;
}

int airflow_option_read(const struct airflow_option_spec *spec, const char *config_path,
                        struct airflow_option *option, struct err *err)
{
    struct file_values values = {.spec = spec};
    int result;

    memset(option, 0, sizeof(*option));
    option->path = find_path(config_path);
    result = look(config_path, &values, option, err);
    for (size_t i = 0; i < AIRFLOW_OPTION_SECTIONS; i++)
        strbuf_wipe(&values.sections[i].text);
    if (result != 0)
        airflow_option_clear(option);
    return result;
}

void airflow_option_clear(struct airflow_option *option)
{
    xfree_secret(option->value);
    free(option->path);
    memset(option, 0, sizeof(*option));
}

const struct airflow_option_spec airflow_option_fernet_key = {
    {"core", NULL}, "fernet_key", "the Fernet key"};

/* Airflow moved it from [core] to [database] in 2.3 and still looks in both. */
const struct airflow_option_spec airflow_option_database_url = {
    {"database", "core"}, "sql_alchemy_conn", "the database's URL"};
