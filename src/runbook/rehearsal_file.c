/* SPDX-License-Identifier: Apache-2.0
 *
 * rehearsal_file.c - reads rehearsal.json back. A field that is not there is an error,
 * never a guess.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "rehearse/report.h"
#include "runbook/rehearsal_file.h"
#include "state/file.h"

enum { FILE_MOST = 64 << 20 };

static const char *failed_checks(json_t *checks, struct arena *arena)
{
    struct strbuf text = STRBUF_INIT;
    const char *result;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_t *check = json_array_get(checks, i);
        const char *name = json_string_value(json_object_get(check, "name"));

        if (name != NULL && !json_is_true(json_object_get(check, "passed")))
            strbuf_addf(&text, "%s%s", text.length > 0 ? ", " : "", name);
    }
    result = arena_strdup(arena, strbuf_text(&text));
    strbuf_clear(&text);
    return result;
}

static int unpack(struct rehearsal_facts *facts, json_t *root, struct arena *arena)
{
    const char *text[6];
    const char *target = NULL;
    json_t *checks;
    json_t *forecast;
    int format_version;
    int is_go;
    int has_quarantine;
    int is_stepwise;
    int by_revision;
    int workers;

    facts->backup = facts->restore = -1;
    if (json_unpack(
            root,
            "{s:i, s:b, s:b, s:b, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s?s, s:i, s:F, "
            "s:o, s:o}",
            "format_version", &format_version, "go", &is_go, "quarantine",
            &has_quarantine, "stepwise", &is_stepwise, "by_revision", &by_revision,
            "mode", &text[5], "database", &text[0], "created", &text[1], "server",
            &text[2], "from", &text[3], "to", &text[4], "target", &target, "workers",
            &workers, "window_seconds", &facts->window, "checks", &checks, "forecast",
            &forecast) != 0 ||
        format_version != REPORT_FORMAT_VERSION ||
        json_unpack(forecast, "{s:F, s:F, s:F, s?F, s?F}", "migrate_seconds",
                    &facts->migrate, "verify_seconds", &facts->verify,
                    "switch_outage_seconds", &facts->switch_outage, "backup_seconds",
                    &facts->backup, "restore_seconds", &facts->restore) != 0)
        return -1;
    facts->database = arena_strdup(arena, text[0]);
    facts->created = arena_strdup(arena, text[1]);
    facts->server = arena_strdup(arena, text[2]);
    facts->from = arena_strdup(arena, text[3]);
    facts->to = arena_strdup(arena, text[4]);
    facts->target = arena_strdup(arena, target);
    facts->is_go = is_go != 0;
    facts->has_quarantine = has_quarantine != 0;
    facts->is_detached = strcmp(text[5], "detached") == 0;
    facts->is_stepwise = is_stepwise != 0;
    facts->by_revision = by_revision != 0;
    facts->workers = workers > 0 ? (unsigned)workers : 0;
    facts->failed = failed_checks(checks, arena);
    return 0;
}

static char *file_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode)
               ? xasprintf("%s/%s", path, REPORT_JSON)
               : xstrdup(path);
}

int rehearsal_file_read(const char *path, struct rehearsal_facts *facts,
                        struct arena *arena, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    char *file = file_of(path);
    json_t *root = NULL;
    json_error_t where;
    int status = -1;

    if (file_read(file, FILE_MOST, &text, err) == 0) {
        root = json_loads(strbuf_text(&text), 0, &where);
        if (root == NULL || unpack(facts, root, arena) < 0) {
            (void)err_set(err, ERR_CONFIG,
                          "\"%s\" is not the report of a rehearsal by this airshift",
                          file);
            (void)err_hint(err, "Rehearse again: airshift rehearse --report DIR.");
        } else {
            status = 0;
        }
    }
    json_decref(root);
    strbuf_clear(&text);
    free(file);
    return status;
}
