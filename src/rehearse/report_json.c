/* SPDX-License-Identifier: Apache-2.0
 *
 * report_json.c - the rehearsal as JSON, and both reports into their files.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "rehearse/report.h"
#include "state/file.h"

static json_t *seconds(double value)
{
    return json_real((double)(long long)(value * 1000 + 0.5) / 1000);
}

static json_t *pack_phases(const struct list *phases)
{
    json_t *array = json_array();

    for (size_t i = 0; i < phases->count; i++) {
        const struct rehearsal_phase *phase = phases->items[i];
        json_t *object = json_pack(
            "{s:s, s:s, s:o, s:o}", "table", phase->table, "phase", phase->phase,
            "from_seconds", seconds(phase->from), "to_seconds", seconds(phase->to));

        if (phase->rows >= 0)
            (void)json_object_set_new(object, "rows",
                                      json_integer((json_int_t)phase->rows));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *pack_locks(const struct list *locks)
{
    json_t *array = json_array();

    for (size_t i = 0; i < locks->count; i++) {
        const struct rehearsal_lock *lock = locks->items[i];

        (void)json_array_append_new(
            array, json_pack("{s:s, s:o, s:o}", "table", lock->table, "writers_seconds",
                             seconds(lock->writers), "readers_seconds",
                             seconds(lock->readers)));
    }
    return array;
}

static json_t *pack_samples(const struct rehearsal_run *run)
{
    json_t *array = json_array();

    for (size_t i = 0; i < run->sample_count; i++) {
        const struct rehearsal_sample *sample = &run->samples[i];

        (void)json_array_append_new(
            array, json_pack("{s:o, s:I, s:I, s:I}", "at_seconds", seconds(sample->at),
                             "wal_bytes", (json_int_t)sample->wal, "database_bytes",
                             (json_int_t)sample->disk, "temporary_bytes",
                             (json_int_t)sample->temporary));
    }
    return array;
}

static json_t *pack_run(const struct rehearsal_run *run)
{
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o}", "tool", run->tool, "seconds",
        seconds(run->seconds), "verify_seconds", seconds(run->verify_seconds),
        "wal_bytes", (json_int_t)run->wal, "database_bytes_before",
        (json_int_t)run->disk_before, "disk_peak_bytes", (json_int_t)run->disk_peak,
        "phases", pack_phases(&run->phases), "locks", pack_locks(&run->locks),
        "samples", pack_samples(run));

    if (object != NULL && run->error != NULL)
        (void)json_object_set_new(object, "error", json_string(run->error));
    return object;
}

static json_t *pack_tables(const struct list *tables)
{
    json_t *array = json_array();

    for (size_t i = 0; i < tables->count; i++) {
        const struct rehearsal_table *table = tables->items[i];

        (void)json_array_append_new(
            array, json_pack("{s:s, s:I, s:I}", "name", table->name, "bytes",
                             (json_int_t)table->bytes, "production_bytes",
                             (json_int_t)table->production_bytes));
    }
    return array;
}

static json_t *pack_forecast(const struct rehearsal_forecast *forecast)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "factor", seconds(forecast->factor),
        "migrate_seconds", seconds(forecast->migrate), "verify_seconds",
        seconds(forecast->verify), "in_place_writers_wait_seconds",
        seconds(forecast->writers_wait), "in_place_readers_wait_seconds",
        seconds(forecast->readers_wait), "switch_outage_seconds",
        seconds(forecast->switch_outage), "disk_bytes", (json_int_t)forecast->disk,
        "wal_bytes", (json_int_t)forecast->wal);
}

static void add_way_back(json_t *root, const struct rehearsal *rehearsal)
{
    const struct rehearsal_way_back *way_back = &rehearsal->way_back;
    json_t *forecast = json_object_get(root, "forecast");

    (void)json_object_set_new(
        root, "way_back",
        json_pack("{s:o, s:I, s:o}", "backup_seconds",
                  seconds(way_back->backup_seconds), "backup_bytes",
                  (json_int_t)way_back->backup_bytes, "restore_seconds",
                  seconds(way_back->restore_seconds)));
    (void)json_object_set_new(forecast, "backup_seconds",
                              seconds(rehearsal->forecast.backup));
    (void)json_object_set_new(forecast, "restore_seconds",
                              seconds(rehearsal->forecast.restore));
}

static json_t *pack_checks(const struct list *checks)
{
    json_t *array = json_array();

    for (size_t i = 0; i < checks->count; i++) {
        const struct rehearsal_check *check = checks->items[i];

        (void)json_array_append_new(
            array, json_pack("{s:s, s:b, s:s}", "name", check->name, "passed",
                             (int)check->is_passed, "text", check->text));
    }
    return array;
}

static json_t *pack_names(const struct list *names)
{
    json_t *array = json_array();

    for (size_t i = 0; i < names->count; i++)
        (void)json_array_append_new(array, json_string(names->items[i]));
    return array;
}

int report_add_json(struct strbuf *out, const struct rehearsal *rehearsal,
                    struct err *err)
{
    json_t *root = json_pack(
        "{s:i, s:s, s:b, s:s, s:s?, s:s, s:s, s:s, s:s, s:s?, s:b, s:s, s:i, s:o, s:I, "
        "s:i, "
        "s:i, s:b, s:b, s:s}",
        "format_version", REPORT_FORMAT_VERSION, "airshift", PACKAGE_VERSION, "go",
        (int)rehearsal->is_go, "database", rehearsal->database, "production",
        rehearsal->production, "created", rehearsal->created, "server",
        rehearsal->server, "from", rehearsal->from, "to", rehearsal->to, "target",
        rehearsal->target, "quarantine", (int)rehearsal->has_quarantine, "mode",
        rehearsal->mode, "workers", (int)rehearsal->workers, "window_seconds",
        seconds(rehearsal->window), "archived_rows", (json_int_t)rehearsal->archived,
        "verify_checks", (int)rehearsal->checks_made, "verify_differences",
        (int)rehearsal->differences, "stepwise", (int)rehearsal->is_stepwise,
        "by_revision", (int)rehearsal->by_revision, "log", rehearsal->log_name);
    char *text;

    if (root != NULL) {
        (void)json_object_set_new(root, "checks", pack_checks(&rehearsal->checks));
        (void)json_object_set_new(root, "forecast",
                                  pack_forecast(&rehearsal->forecast));
        if (rehearsal->way_back.is_run)
            add_way_back(root, rehearsal);
        (void)json_object_set_new(root, "migration", pack_run(&rehearsal->airshift));
        if (rehearsal->airflow.is_run) {
            (void)json_object_set_new(root, "airflow", pack_run(&rehearsal->airflow));
            (void)json_object_set_new(root, "tables_with_other_row_counts",
                                      pack_names(&rehearsal->count_differences));
        }
        (void)json_object_set_new(root, "tables", pack_tables(&rehearsal->tables));
    }
    text = root != NULL ? json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12))
                        : NULL;
    json_decref(root);
    if (text == NULL)
        return err_set(err, ERR_INTERNAL, "the report cannot be written as JSON");
    strbuf_add_string(out, text);
    strbuf_add_char(out, '\n');
    free(text);
    return 0;
}

static int write_one(const char *directory, const char *name, const struct strbuf *text,
                     struct err *err)
{
    char *path = xasprintf("%s/%s", directory, name);
    int status = file_write(path, text->data, text->length, 0600, FILE_OWNER_KEEP,
                            (gid_t)-1, err);

    free(path);
    return status;
}

int report_write(const struct rehearsal *rehearsal, const char *directory,
                 struct err *err)
{
    struct strbuf html = STRBUF_INIT;
    struct strbuf json = STRBUF_INIT;
    int status = report_add_json(&json, rehearsal, err);

    report_add_html(&html, rehearsal);
    if (status == 0)
        status = write_one(directory, REPORT_JSON, &json, err);
    if (status == 0)
        status = write_one(directory, REPORT_HTML, &html, err);
    strbuf_clear(&html);
    strbuf_clear(&json);
    return status;
}
