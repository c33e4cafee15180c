/* SPDX-License-Identifier: Apache-2.0
 *
 * markdown.c - only prints: the table of the day, when to decide, and each step with its
 * commands, its check and its way back.
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "runbook/markdown.h"

/* Up to whole minutes; half a second of rounding noise makes no minute. */
static long minutes(double seconds)
{
    return (long)((seconds + 59.5) / 60);
}

void markdown_add_span(struct strbuf *out, double seconds)
{
    long all = minutes(seconds);

    if (all >= 60)
        strbuf_addf(out, "%ld h %02ld min", all / 60, all % 60);
    else
        strbuf_addf(out, "%ld min", all);
}

/* "09:15 UTC", or "0:15" after the day's begin. Early rather than late. */
static void add_moment(struct strbuf *out, const struct runbook *runbook, double at)
{
    long after = (long)(at / 60);
    time_t moment = runbook->options->begin + (time_t)after * 60;
    struct tm parts;
    char text[32] = "";

    if (runbook->options->begin == (time_t)-1) {
        strbuf_addf(out, "%ld:%02ld", after / 60, after % 60);
    } else if (gmtime_r(&moment, &parts) != NULL) {
        (void)strftime(text, sizeof(text), "%a %H:%M UTC", &parts);
        strbuf_add_string(out, text);
    }
}

/* Text of the user's, as code: a backquote in it would end the code. */
static void add_code(struct strbuf *out, const char *text)
{
    strbuf_add_char(out, '`');
    for (const char *c = text; *c != '\0'; c++)
        strbuf_add_char(out, *c == '`' || *c == '\n' ? '\'' : *c);
    strbuf_add_char(out, '`');
}

static void add_block(struct strbuf *out, const struct list *lines)
{
    if (lines->count == 0)
        return;
    strbuf_add_string(out, "\n```sh\n");
    for (size_t i = 0; i < lines->count; i++)
        strbuf_addf(out, "%s\n", (const char *)lines->items[i]);
    strbuf_add_string(out, "```\n");
}

static void add_head(struct strbuf *out, const struct runbook *runbook)
{
    const struct rehearsal_facts *facts = &runbook->facts;

    strbuf_add_string(out, "# ");
    add_code(out, facts->database);
    strbuf_addf(out, ": Airflow %s to %s\n\n", facts->from, facts->to);
    strbuf_addf(out,
                "%s, on %s. Times are those of the rehearsal of %s, at the size of "
                "production; those with a ~ nobody has measured. Every command can be "
                "given twice.\n\n",
                runbook->options->switch_config != NULL ? "By a replica switch"
                                                        : "In place",
                facts->server, facts->created);
    if (runbook->options->switch_config != NULL) {
        strbuf_add_string(out, "The file ");
        add_code(out, runbook->options->url_file);
        strbuf_add_string(out, " must lead to whoever serves: let it be the one that "
                               "the switch repoints.\n\n");
    }
    if (runbook->options->fernet_key_file == NULL &&
        runbook->options->switch_config == NULL)
        strbuf_add_string(out,
                          "The shell needs `AIRFLOW__CORE__FERNET_KEY`, as Airflow "
                          "has it.\n\n");
}

static void add_table(struct strbuf *out, const struct runbook *runbook)
{
    double at = 0;

    strbuf_add_string(out, "| | step | from | takes |\n|---|---|---|---|\n");
    for (size_t i = 0; i < runbook->steps.count; i++) {
        const struct runbook_step *step = runbook->steps.items[i];

        strbuf_addf(out, "| %zu | %s | ", i + 1, step->title);
        if (step->is_before) {
            strbuf_add_string(out, "days before | |\n");
            continue;
        }
        add_moment(out, runbook, at);
        strbuf_addf(out, " | %s", step->is_estimate ? "~" : "");
        if (step->seconds > 0)
            markdown_add_span(out, step->seconds);
        strbuf_add_string(out, " |\n");
        at += step->seconds;
    }
    strbuf_add_string(out, "| | the window ends | ");
    add_moment(out, runbook, runbook->window);
    strbuf_add_string(out, " | |\n");
}

static void add_deadlines(struct strbuf *out, const struct runbook *runbook)
{
    strbuf_add_string(out, "\n## When to decide\n\nThe way back takes ");
    markdown_add_span(out, runbook->back);
    strbuf_add_string(out, ", and the window ends ");
    markdown_add_span(out, runbook->window);
    strbuf_add_string(out, " after the first step. So:\n\n");
    for (size_t i = 0; i < runbook->deadlines.count; i++) {
        const struct runbook_deadline *deadline = runbook->deadlines.items[i];

        strbuf_add_string(out, "* Until **");
        add_moment(out, runbook, deadline->until);
        strbuf_addf(out, "**, %s. Where %s\n", deadline->what, deadline->rule);
    }
}

static void add_step(struct strbuf *out, const struct runbook_step *step, size_t number)
{
    strbuf_addf(out, "\n## %zu. %s\n", number, step->title);
    if (step->text != NULL)
        strbuf_addf(out, "\n%s\n", step->text);
    add_block(out, &step->commands);
    if (step->expected != NULL) {
        strbuf_add_string(out, "\n**Check:** ");
        strbuf_addf(out, "%s\n", step->expected);
        add_block(out, &step->checks);
    }
    if (step->back_text != NULL) {
        strbuf_addf(out, "\n**Way back:**%s%s\n", step->back_text[0] != '\0' ? " " : "",
                    step->back_text);
        add_block(out, &step->back);
    }
}

void markdown_add(struct strbuf *out, const struct runbook *runbook)
{
    add_head(out, runbook);
    add_table(out, runbook);
    add_deadlines(out, runbook);
    for (size_t i = 0; i < runbook->steps.count; i++)
        add_step(out, runbook->steps.items[i], i + 1);
}
