/* SPDX-License-Identifier: Apache-2.0
 *
 * command.c - finds the subcommand, parses its options from its table, prints help, and
 * turns an error into an exit code.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "command.h"
#include "compiler/plan.h"
#include "config/airflow_option.h"

static size_t option_count(const struct command *command)
{
    size_t count = 0;

    while (command->options[count].name != NULL)
        count++;
    return count;
}

static size_t find_option(const struct command *command, const char *name,
                          size_t length)
{
    size_t i = 0;

    while (command->options[i].name != NULL &&
           (strlen(command->options[i].name) != length ||
            strncmp(command->options[i].name, name, length) != 0))
        i++;
    return i;
}

const char *option_text(const struct command_context *context, const char *name)
{
    return context->values[find_option(context->command, name, strlen(name))];
}

bool option_flag(const struct command_context *context, const char *name)
{
    return option_text(context, name) != NULL;
}

double option_number(const struct command_context *context, const char *name,
                     double otherwise)
{
    const char *text = option_text(context, name);

    return text != NULL ? strtod(text, NULL) : otherwise;
}

static int check_number(const struct option_def *option, const char *text,
                        struct err *err)
{
    char *end;
    double number = strtod(text, &end);

    if (*text == '\0' || *end != '\0' || !isfinite(number) || number < 0)
        return err_set(err, ERR_USAGE, "--%s takes a number, not \"%s\"", option->name,
                       text);
    return 0;
}

static int parse_option(struct command_context *context, int argc, char **argv, int *at,
                        struct err *err)
{
    const char *text = argv[*at] + 2;
    const char *equals = strchr(text, '=');
    size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
    size_t position = find_option(context->command, text, length);
    const struct option_def *option = &context->command->options[position];

    if (option->name == NULL) {
        (void)err_set(err, ERR_USAGE, "unknown option --%.*s", (int)length, text);
        return err_hint(err, "See `airshift %s --help`.", context->command->name);
    }
    if (option->kind == OPTION_FLAG) {
        if (equals != NULL)
            return err_set(err, ERR_USAGE, "--%s takes no value", option->name);
        context->values[position] = "";
        return 0;
    }
    if (equals != NULL)
        context->values[position] = equals + 1;
    else if (*at + 1 < argc)
        context->values[position] = argv[++*at];
    else
        return err_set(err, ERR_USAGE, "--%s needs a value: %s", option->name,
                       option->value_name);
    if (option->kind == OPTION_NUMBER)
        return check_number(option, context->values[position], err);
    return 0;
}

static int parse(struct command_context *context, int argc, char **argv,
                 struct err *err)
{
    bool is_over = false;

    for (int i = 0; i < argc; i++) {
        if (!is_over && strcmp(argv[i], "--") == 0)
            is_over = true;
        else if (!is_over && strncmp(argv[i], "--", 2) == 0) {
            if (parse_option(context, argc, argv, &i, err) != 0)
                return -1;
        } else {
            context->arguments[context->argument_count++] = argv[i];
        }
    }
    if (context->argument_count > 0 && context->command->usage[0] == '[')
        return err_set(err, ERR_USAGE, "\"%s\" is no option", context->arguments[0]);
    return 0;
}

static void print_help(const struct command *command)
{
    (void)printf("Usage: airshift %s %s\n\n%s\n", command->name, command->usage,
                 command->summary);
    if (command->options[0].name != NULL)
        (void)printf("\nOptions:\n");
    for (const struct option_def *option = command->options; option->name != NULL;
         option++) {
        char left[64];

        (void)snprintf(left, sizeof(left), "--%s%s%s", option->name,
                       option->value_name != NULL ? " " : "",
                       option->value_name != NULL ? option->value_name : "");
        (void)printf("  %-26s %s\n", left, option->help);
    }
}

static void print_overview(FILE *out)
{
    (void)fprintf(out,
                  "Usage: airshift COMMAND [OPTION ...]\n\n"
                  "Moves an Airflow metadata database to another Airflow version.\n\n"
                  "Commands:\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        (void)fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    (void)fprintf(out,
                  "\n`airshift COMMAND --help` says more; `airshift --version` the "
                  "version.\n");
}

static bool is_url_with_password(const char *text)
{
    const char *host = strstr(text, "://");
    const char *at = host != NULL ? strrchr(host, '@') : NULL;
    const char *colon = host != NULL ? strchr(host + 3, ':') : NULL;

    return (at != NULL && colon != NULL && colon < at && colon + 1 < at) ||
           strstr(text, "password=") != NULL;
}

static int read_url_file(const char *path, struct strbuf *text, struct err *err)
{
    FILE *file = fopen(path, "r");
    char buffer[1024];
    size_t size;

    if (file == NULL)
        return err_set(err, ERR_CONFIG, "cannot read \"%s\"", path);
    while ((size = fread(buffer, 1, sizeof(buffer), file)) > 0)
        strbuf_add(text, buffer, size);
    (void)fclose(file);
    while (text->length > 0 && strchr(" \t\r\n", text->data[text->length - 1]) != NULL)
        strbuf_truncate(text, text->length - 1);
    return 0;
}

/* The one that Airflow itself would use. */
static int airflow_url(struct url *url, struct err *err)
{
    struct airflow_option option;
    int status;

    if (airflow_option_read(&airflow_option_database_url, NULL, &option, err) != 0)
        return -1;
    if (option.origin == AIRFLOW_OPTION_NOT_SET) {
        (void)err_set(err, ERR_USAGE, "no database is named");
        status =
            err_hint(err,
                     "Give --url, --url-file or AIRFLOW__DATABASE__SQL_ALCHEMY_CONN; "
                     "there is none in \"%s\" either.",
                     option.path);
    } else {
        status = url_parse(url, option.value, err);
    }
    airflow_option_clear(&option);
    return status;
}

/* What to do instead, which is not the same for every server. */
static int refuse_password(const char *text, const char *file_name, struct err *err)
{
    struct url url;
    struct err ignored; /* a URL that is none is refused all the same */
    bool is_known = url_parse(&url, text, &ignored) == 0;

    (void)err_set(err, ERR_USAGE,
                  "a password on the command line can be read by others");
    (void)err_hint(err,
                   "Put the URL into AIRFLOW__DATABASE__SQL_ALCHEMY_CONN or into a "
                   "file for --%s%s%s.",
                   file_name, is_known ? ", or the password into " : "",
                   is_known ? url_password_place(&url) : "");
    if (is_known)
        url_clear(&url);
    return -1;
}

static int read_url(const struct command_context *context, const char *name,
                    const char *file_name, struct url *url, bool *is_given,
                    struct err *err)
{
    const char *text = option_text(context, name);
    const char *path = option_text(context, file_name);
    struct strbuf file = STRBUF_INIT;
    int status;

    *is_given = text != NULL || path != NULL;
    if (!*is_given)
        return 0;
    if (text != NULL && is_url_with_password(text))
        return refuse_password(text, file_name, err);
    if (text == NULL) {
        if (read_url_file(path, &file, err) != 0)
            return -1;
        text = strbuf_text(&file);
    }
    status = url_parse(url, text, err);
    strbuf_clear(&file);
    return status;
}

static int settle(struct url *url, struct err *err)
{
    if (url_settle(url, err) == 0)
        return 0;
    url_clear(url);
    return -1;
}

int command_any_url(const struct command_context *context, struct url *url,
                    struct err *err)
{
    bool is_given = false;

    if (read_url(context, "url", "url-file", url, &is_given, err) != 0)
        return -1;
    return is_given ? 0 : airflow_url(url, err);
}

int command_look_url(const struct command_context *context, struct url *url,
                     struct err *err)
{
    return command_any_url(context, url, err) == 0 ? settle(url, err) : -1;
}

int command_other_url(const struct command_context *context, const char *name,
                      const char *file_name, struct url *url, bool *is_given,
                      struct err *err)
{
    if (read_url(context, name, file_name, url, is_given, err) != 0)
        return -1;
    return *is_given ? settle(url, err) : 0;
}

int command_choose(const struct command_context *context, const char *option,
                   const char *const *names, size_t count, int *choice, struct err *err)
{
    const char *text = option_text(context, option);

    *choice = 0;
    if (text == NULL)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *choice = (int)i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "--%s does not take \"%s\"", option, text);
}

int command_progress(const struct command_context *context, enum progress_style *style,
                     struct err *err)
{
    static const char *const styles[] = {"auto", "plain", "json", "none"};
    int choice = 0;
    int status = command_choose(context, "progress", styles, 4, &choice, err);

    *style = (enum progress_style)choice;
    return status;
}

int command_workers(const struct command_context *context, unsigned *workers,
                    struct err *err)
{
    double number = option_number(context, "workers", 2);

    if (number < 1 || number > 64)
        return err_set(err, ERR_USAGE, "--workers takes 1 to 64");
    *workers = (unsigned)number;
    return 0;
}

void command_target(const struct command_context *context, struct plan_target *target)
{
    const char *core = option_text(context, "to");

    target->core = core != NULL ? core : "head";
    target->fab = option_text(context, "fab-to");
    target->without_fab = option_flag(context, "without-fab");
}

int command_main(int argc, char **argv)
{
    const struct command *command = NULL;
    struct command_context context = {0};
    enum exit_code exit_code = EXIT_CODE_OK;
    struct err err;

    err_clear(&err);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("airshift %s\n", PACKAGE_VERSION);
        return EXIT_CODE_OK;
    }
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(commands[i]->name, argv[1]) == 0)
            command = commands[i];
    }
    if (command == NULL) {
        log_error("there is no command \"%s\"", argv[1]);
        print_overview(stderr);
        return EXIT_CODE_USAGE;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help(command);
            return EXIT_CODE_OK;
        }
    }
    context.command = command;
    context.values = xcalloc(option_count(command) + 1, sizeof(*context.values));
    context.arguments = xcalloc((size_t)argc, sizeof(*context.arguments));
    if (parse(&context, argc - 2, argv + 2, &err) != 0 ||
        command->run(&context, &exit_code, &err) != 0) {
        log_err(&err);
        exit_code = exit_code_of(err.category);
    }
    free(context.values);
    free(context.arguments);
    if (fflush(stdout) != 0 && exit_code == EXIT_CODE_OK)
        exit_code = EXIT_CODE_INTERNAL;
    return exit_code;
}
