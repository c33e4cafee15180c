/* SPDX-License-Identifier: Apache-2.0
 *
 * command.h - a subcommand is one const struct; its option table is parsed, checked and
 * printed by command.c, which also enforces what the flags promise.
 */
#ifndef AIRSHIFT_COMMAND_H
#define AIRSHIFT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/exit_code.h"
#include "dialect.h"
#include "engine/engine.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER };

struct option_def {
    const char *name; /* without the dashes */
    enum option_kind kind;
    const char *value_name; /* "URL"; NULL for a flag */
    const char *help;
};

struct command_context {
    const struct command *command;
    const char **values;    /* parallel to the option table; NULL where not given */
    const char **arguments; /* what is no option */
    size_t argument_count;
};

struct command {
    const char *name;
    const char *summary;
    const char *usage;                /* after the name */
    const struct option_def *options; /* ends with a NULL name */
    /* Sets *exit_code where the answer is not simply "done". */
    int (*run)(struct command_context *context, enum exit_code *exit_code,
               struct err *err);
};

/* All subcommands, NULL at the end. */
extern const struct command *const commands[];

int command_main(int argc, char **argv);

const char *option_text(const struct command_context *context, const char *name);
bool option_flag(const struct command_context *context, const char *name);
/* The number, or `otherwise` where the option is absent. */
double option_number(const struct command_context *context, const char *name,
                     double otherwise);

/* --url, else --url-file, else what Airflow would use (config/airflow_option.h). A URL with a
 * password in argv is refused with a hint. Of several servers in it, one is taken for the whole
 * command (url_settle()); */
int command_look_url(const struct command_context *context, struct url *url,
                     struct err *err);
/* or, for a command that looks again and again, each time by one session, whichever serves then. */
int command_any_url(const struct command_context *context, struct url *url,
                    struct err *err);
/* Another database, by two options of its own. `url` is untouched when neither is
 * given. */
int command_other_url(const struct command_context *context, const char *name,
                      const char *file_name, struct url *url, bool *is_given,
                      struct err *err);

/* Which of the names an option has; 0 where it is absent. */
int command_choose(const struct command_context *context, const char *option,
                   const char *const *names, size_t count, int *choice,
                   struct err *err);
/* --progress and --workers, as COMMAND_WORK_OPTIONS has them. */
int command_progress(const struct command_context *context, enum progress_style *style,
                     struct err *err);
int command_workers(const struct command_context *context, unsigned *workers,
                    struct err *err);

/* --to, --fab-to and --without-fab. */
struct plan_target;
void command_target(const struct command_context *context, struct plan_target *target);

/* Options that several commands share. */
#define COMMAND_TARGET_OPTIONS                                                     \
    {"to", OPTION_TEXT, "TARGET", "Airflow version, revision, or head (default)"}, \
        {"fab-to", OPTION_TEXT, "TARGET",                                          \
         "FAB provider's version or revision (default: what goes with --to)"},     \
    {                                                                              \
        "without-fab", OPTION_FLAG, NULL, "leave the FAB provider's tables alone"  \
    }

#define COMMAND_URL_OPTIONS                                                          \
    {"url", OPTION_TEXT, "URL",                                                      \
     "database (or AIRFLOW__DATABASE__SQL_ALCHEMY_CONN, or --url-file)"},            \
    {                                                                                \
        "url-file", OPTION_TEXT, "FILE", "file that holds the URL, password and all" \
    }

#define COMMAND_WORK_OPTIONS                                                    \
    {"progress", OPTION_TEXT, "STYLE", "auto (default), plain, json, none"},    \
    {                                                                           \
        "workers", OPTION_NUMBER, "N", "sessions that work at once (default 2)" \
    }

#endif
