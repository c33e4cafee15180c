/* SPDX-License-Identifier: Apache-2.0
 *
 * print.c - the table as a picture or as JSON, and where a switch is. Decides nothing.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fsm/fsm.h"

static void add_events(struct strbuf *text, unsigned events, const char *between)
{
    bool is_first = true;

    for (unsigned bit = 1; bit <= (unsigned)EVENT_LAST; bit <<= 1) {
        if ((events & bit) == 0)
            continue;
        strbuf_addf(text, "%s%s", is_first ? "" : between,
                    fsm_event_name((enum fsm_event)bit));
        is_first = false;
    }
}

void fsm_print_dot(struct strbuf *text)
{
    strbuf_add_string(text, "digraph switch {\n    node [shape=box];\n");
    for (int i = 0; i < STATE_COUNT; i++)
        strbuf_addf(text, "    %s [tooltip=\"%s\"%s];\n",
                    fsm_state_name((enum fsm_state)i),
                    fsm_state_comment((enum fsm_state)i),
                    i == STATE_COMMITTED ? ", style=bold, color=red" : "");
    for (size_t i = 0; i < fsm_row_count; i++) {
        const struct fsm_row *row = &fsm_rows[i];

        strbuf_addf(text, "    %s -> %s [label=\"", fsm_state_name(row->from),
                    fsm_state_name(row->to));
        add_events(text, row->events, "\\n");
        if (row->guard != GUARD_NONE)
            strbuf_addf(text, " [%s]", fsm_guard_name(row->guard));
        if (row->action != ACTION_NONE)
            strbuf_addf(text, " / %s", fsm_action_name(row->action));
        strbuf_addf(text, "\", tooltip=\"%s\"%s];\n", row->comment,
                    row->events >= (unsigned)EVENT_FAILURE_FIRST ? ", style=dashed"
                                                                 : "");
    }
    strbuf_add_string(text, "}\n");
}

static void add_json(struct strbuf *text, json_t *object)
{
    char *dump = object != NULL ? json_dumps(object, JSON_INDENT(2)) : NULL;

    strbuf_addf(text, "%s\n", dump != NULL ? dump : "{}");
    free(dump);
    json_decref(object);
}

static json_t *events_json(unsigned events)
{
    json_t *array = json_array();

    for (unsigned bit = 1; bit <= (unsigned)EVENT_LAST; bit <<= 1) {
        if ((events & bit) != 0)
            (void)json_array_append_new(
                array, json_string(fsm_event_name((enum fsm_event)bit)));
    }
    return array;
}

void fsm_print_json(struct strbuf *text)
{
    json_t *states = json_array();
    json_t *rows = json_array();

    for (int i = 0; i < STATE_COUNT; i++) {
        enum fsm_state state = (enum fsm_state)i;

        (void)json_array_append_new(states, json_pack("{s:s, s:s, s:b}", "name",
                                                      fsm_state_name(state), "comment",
                                                      fsm_state_comment(state),
                                                      "is_point_of_no_return",
                                                      (int)(state == STATE_COMMITTED)));
    }
    for (size_t i = 0; i < fsm_row_count; i++) {
        const struct fsm_row *row = &fsm_rows[i];

        (void)json_array_append_new(
            rows,
            json_pack("{s:s, s:o, s:s, s:s, s:s, s:s}", "from",
                      fsm_state_name(row->from), "events", events_json(row->events),
                      "guard", fsm_guard_name(row->guard), "action",
                      fsm_action_name(row->action), "to", fsm_state_name(row->to),
                      "comment", row->comment));
    }
    add_json(text, json_pack("{s:i, s:o, s:o}", "format_version", 1, "states", states,
                             "transitions", rows));
}

/* The operator's commands that the table allows now. */
static unsigned next_commands(const struct switch_context *sw, enum fsm_state state)
{
    static const enum fsm_event commands[] = {
        EVENT_START, EVENT_CUTOVER, EVENT_ROLLBACK, EVENT_ABORT, EVENT_FINISH};
    unsigned events = 0;

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (fsm_find(state, commands[i], &sw->config) != NULL)
            events |= (unsigned)commands[i];
    }
    if (fsm_find(state, EVENT_GO, &sw->config) != NULL &&
        journal_record_count(sw->journal) > 1)
        events |= EVENT_RESUME;
    return events;
}

static json_t *facts_json(const struct journal *journal)
{
    json_t *facts = json_object();

    for (size_t i = 0; i < journal_record_count(journal); i++) {
        const struct journal_record *record = journal_record(journal, i);

        if (strcmp(record->kind, "fact") == 0)
            (void)json_object_set_new(facts, record->keys[0],
                                      json_string(record->values[0]));
    }
    return facts;
}

static void add_status_json(const struct switch_context *sw, enum fsm_state state,
                            unsigned next, struct strbuf *text)
{
    const struct journal_record *failure = journal_failure(sw->journal);
    const struct journal_record *last =
        journal_record(sw->journal, journal_record_count(sw->journal) - 1);
    const char *pending = journal_pending(sw->journal);
    json_t *object = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:b, s:s?, s:o, s:o}", "format_version", 1, "switch",
        journal_switch(sw->journal), "state", fsm_state_name(state), "comment",
        fsm_state_comment(state), "time", last->time, "is_past_point_of_no_return",
        (int)(fsm_state_stretch(state) == STRETCH_FORWARD || state == STATE_SWITCHED ||
              fsm_state_stretch(state) == STRETCH_BACK || state == STATE_ROLLED_BACK ||
              state == STATE_FINISHED),
        "in_action", pending, "next", events_json(next), "facts",
        facts_json(sw->journal));

    if (object != NULL && failure != NULL)
        (void)json_object_set_new(object, "failure",
                                  json_pack("{s:s, s:s, s:s}", "action",
                                            journal_value(failure, "action"), "failure",
                                            journal_value(failure, "failure"), "text",
                                            journal_value(failure, "text")));
    add_json(text, object);
}

void fsm_print_status(const struct switch_context *sw, bool is_json,
                      struct strbuf *text)
{
    enum fsm_state state = fsm_state_of(journal_state(sw->journal));
    const struct journal_record *failure = journal_failure(sw->journal);
    const struct journal_record *last =
        journal_record(sw->journal, journal_record_count(sw->journal) - 1);
    const char *pending = journal_pending(sw->journal);
    const char *watchdog = journal_fact(sw->journal, "watchdog");
    unsigned next = next_commands(sw, state);

    if (is_json) {
        add_status_json(sw, state, next, text);
        return;
    }
    strbuf_addf(text, "switch    %s\n", journal_switch(sw->journal));
    strbuf_addf(text, "state     %s: %s\n", fsm_state_name(state),
                fsm_state_comment(state));
    strbuf_addf(text, "since     %s\n", last->time);
    if (pending != NULL)
        strbuf_addf(text, "action    %s (under way, or cut short)\n", pending);
    if (failure != NULL)
        strbuf_addf(text, "failed    %s: %s\n", journal_value(failure, "action"),
                    journal_value(failure, "text"));
    if (watchdog != NULL &&
        (state == STATE_UNFENCED || state == STATE_GIVEN_UP || state == STATE_ABORTED))
        strbuf_addf(text, "watchdog  %s\n", watchdog);
    if (journal_number(sw->journal, "clients_held", 0) != 0)
        strbuf_add_string(text, "clients   wait in their poolers\n");
    if (journal_fact(sw->journal, "archive_rows") != NULL)
        strbuf_addf(text, "archive   %s rows in %s\n",
                    journal_fact(sw->journal, "archive_rows"),
                    journal_fact(sw->journal, "archive_file"));
    strbuf_add_string(text, "next      ");
    if (next == 0)
        strbuf_add_string(text, "nothing: it is over");
    add_events(text, next, ", ");
    strbuf_add_char(text, '\n');
}
