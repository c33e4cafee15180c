/* SPDX-License-Identifier: Apache-2.0
 *
 * fernet_key.c - reads one key, and only that, out of a file which has other secrets,
 * too: nothing else of it is kept, and no line of it is ever in an error.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ini.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "config/fernet_key.h"

#define VARIABLE "AIRFLOW__CORE__FERNET_KEY"

/* What is in the file. */
struct file_values {
    struct strbuf keys;
    bool has_keys;
    bool has_command;
    bool has_secret;
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

static void wipe_buffer(struct strbuf *buffer)
{
    if (buffer->data != NULL)
        explicit_bzero(buffer->data, buffer->capacity);
    strbuf_clear(buffer);
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

    if (strcmp(section, "core") != 0)
        return 1;
    if (strcasecmp(name, "fernet_key") == 0) {
        values->has_keys = true;
        strbuf_add_string(&values->keys, value != NULL ? value : "");
    } else if (strcasecmp(name, "fernet_key_cmd") == 0) {
        values->has_command = true;
    } else if (strcasecmp(name, "fernet_key_secret") == 0) {
        values->has_secret = true;
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

static int refuse_command(struct err *err, const char *where, const char *what)
{
    (void)err_set(err, ERR_CONFIG, "the Fernet key comes from %s of \"%s\"", what,
                  where);
    return err_hint(err,
                    "airshift runs no commands and asks no secrets backends. Put the "
                    "key into the environment variable " VARIABLE ".");
}

/* A key that is a $VARIABLE, in the environment or in the file, is that one's value. */
static char *expand_keys(const char *keys)
{
    return keys[0] == '$' ? expand_path(keys) : xstrdup(keys);
}

static int read_values(const char *config_path, struct fernet_key *key,
                       struct file_values *values, struct err *err)
{
    const char *variable = getenv(VARIABLE);

    if (variable != NULL) {
        key->origin = FERNET_KEY_ENVIRONMENT;
        key->keys = expand_keys(variable);
        return 0;
    }
    if (getenv(VARIABLE "_CMD") != NULL)
        return refuse_command(err, VARIABLE "_CMD", "the command");
    if (getenv(VARIABLE "_SECRET") != NULL)
        return refuse_command(err, VARIABLE "_SECRET", "the secret");
    if (read_file(key->path, config_path != NULL, values, err) != 0)
        return -1;
    if (values->has_keys) {
        key->origin = FERNET_KEY_FILE;
        key->keys = expand_keys(strbuf_text(&values->keys));
        return 0;
    }
    if (values->has_command)
        return refuse_command(err, key->path, "the command fernet_key_cmd");
    if (values->has_secret)
        return refuse_command(err, key->path, "the secret fernet_key_secret");
    key->keys = xstrdup("");
    return 0;
}

int fernet_key_read(const char *config_path, struct fernet_key *key, struct err *err)
{
    struct file_values values = {STRBUF_INIT, false, false, false};
    int result;

    memset(key, 0, sizeof(*key));
    key->path = find_path(config_path);
    result = read_values(config_path, key, &values, err);
    wipe_buffer(&values.keys);
    if (result != 0)
        fernet_key_clear(key);
    return result;
}

void fernet_key_clear(struct fernet_key *key)
{
    if (key->keys != NULL)
        wipe(key->keys, strlen(key->keys));
    free(key->path);
    memset(key, 0, sizeof(*key));
}
