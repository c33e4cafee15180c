/* SPDX-License-Identifier: Apache-2.0
 *
 * report_html.c - the rehearsal as one page: verdict, numbers, a chart of the phases, a
 * chart of disk and WAL, locks, sizes. Pictures are inline SVG; nothing is fetched.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "engine/progress.h"
#include "rehearse/forecast.h"
#include "rehearse/report.h"

enum {
    CHART_WIDTH = 900,
    LABEL_WIDTH = 220,
    ROW_HEIGHT = 18,
    CURVE_HEIGHT = 160,
    ROWS_MOST = 50,
    TABLES_MOST = 30,
    COLOURS = 6
};

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em "
    "auto;padding:0 1em;"
    "color:#1c2733;background:#fff}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid "
    "#d5dde5}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25em "
    ".8em "
    ".25em 0;border-bottom:1px solid #e8edf2;vertical-align:top}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".go,.stop{display:inline-block;padding:.3em 1em;border-radius:4px;color:#fff;"
    "font-weight:bold}.go{background:#1b7f4b}.stop{background:#b3261e}"
    ".ok{color:#1b7f4b}.bad{color:#b3261e;font-weight:bold}.small{color:#5a6b7b;"
    "font-size:.9em}svg{max-width:100%;height:auto}svg text{font:12px "
    "system-ui,sans-serif;fill:#1c2733}";

static const char *const colours[COLOURS] = {"#3465a4", "#c17d11", "#4e9a06",
                                             "#75507b", "#cc4b37", "#5a6b7b"};

/* Names of tables and messages of servers may hold anything. */
static void add_text(struct strbuf *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '<':
            strbuf_add_string(out, "&lt;");
            break;
        case '>':
            strbuf_add_string(out, "&gt;");
            break;
        case '&':
            strbuf_add_string(out, "&amp;");
            break;
        case '"':
            strbuf_add_string(out, "&quot;");
            break;
        default:
            strbuf_add_char(out, *text);
        }
    }
}

static void add_bytes(struct strbuf *out, long long bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;

    while ((value >= 1000 || value <= -1000) &&
           unit + 1 < sizeof(units) / sizeof(*units)) {
        value /= 1000;
        unit++;
    }
    strbuf_addf(out, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static void add_seconds(struct strbuf *out, double seconds)
{
    if (seconds < 60)
        strbuf_addf(out, "%.1f s", seconds);
    else
        progress_add_time(out, seconds);
}

static void add_head(struct strbuf *out, const struct rehearsal *rehearsal)
{
    strbuf_addf(out,
                "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<title>airshift rehearsal</title><style>%s</style></head><body>\n"
                "<h1>Rehearsal: Airflow ",
                style);
    add_text(out, rehearsal->from);
    strbuf_add_string(out, " to ");
    add_text(out, rehearsal->to);
    strbuf_addf(out, "</h1>\n<p><span class=\"%s\">%s</span></p>\n<p class=\"small\">",
                rehearsal->is_go ? "go" : "stop", rehearsal->is_go ? "GO" : "NO GO");
    add_text(out, rehearsal->database);
    strbuf_add_string(out, ", ");
    add_text(out, rehearsal->server);
    strbuf_addf(out, ", %s, %u workers; ", rehearsal->mode, rehearsal->workers);
    if (rehearsal->production != NULL) {
        strbuf_add_string(out, "production is ");
        add_text(out, rehearsal->production);
        strbuf_add_string(out, "; ");
    }
    add_text(out, rehearsal->created);
    strbuf_add_string(out, "; airshift " PACKAGE_VERSION "</p>\n<table>\n");
    for (size_t i = 0; i < rehearsal->checks.count; i++) {
        const struct rehearsal_check *check = rehearsal->checks.items[i];

        strbuf_addf(out, "<tr><td class=\"%s\">%s</td><td>",
                    check->is_passed ? "ok" : "bad",
                    check->is_passed ? "passed" : "NO");
        add_text(out, check->name);
        strbuf_add_string(out, "</td><td>");
        add_text(out, check->text);
        strbuf_add_string(out, "</td></tr>\n");
    }
    strbuf_add_string(out, "</table>\n");
}

static void add_forecast_row(struct strbuf *out, const char *what, double here,
                             double there)
{
    strbuf_addf(out, "<tr><td>%s</td><td class=\"n\">", what);
    if (here >= 0)
        add_seconds(out, here);
    strbuf_add_string(out, "</td><td class=\"n\">");
    add_seconds(out, there);
    strbuf_add_string(out, "</td></tr>\n");
}

static void add_size_row(struct strbuf *out, const char *what, long long here,
                         long long there)
{
    strbuf_addf(out, "<tr><td>%s</td><td class=\"n\">", what);
    add_bytes(out, here);
    strbuf_add_string(out, "</td><td class=\"n\">");
    add_bytes(out, there);
    strbuf_add_string(out, "</td></tr>\n");
}

static void add_forecast(struct strbuf *out, const struct rehearsal *rehearsal)
{
    const struct rehearsal_forecast *forecast = &rehearsal->forecast;
    const struct rehearsal_run *run = &rehearsal->airshift;
    bool is_in_place = strcmp(rehearsal->mode, "in-place") == 0;

    strbuf_addf(out,
                "<h2>What to expect</h2>\n<table><tr><th></th><th class=\"n\">here</th>"
                "<th class=\"n\">in production (time x %.2f)</th></tr>\n",
                forecast->factor);
    add_forecast_row(out, "the migration", run->seconds, forecast->migrate);
    if (is_in_place) {
        bool by_revision = rehearsal->by_revision;

        add_forecast_row(out, "in place: writers wait",
                         by_revision ? run->seconds : forecast_longest_wait(run, false),
                         forecast->writers_wait);
        add_forecast_row(out, "in place: readers wait",
                         by_revision ? run->seconds : forecast_longest_wait(run, true),
                         forecast->readers_wait);
    }
    add_forecast_row(out, "switch to a replica: outage", -1, forecast->switch_outage);
    if (rehearsal->way_back.is_run) {
        add_forecast_row(out, "a backup", rehearsal->way_back.backup_seconds,
                         forecast->backup);
        add_forecast_row(out, "its restore, every row compared",
                         rehearsal->way_back.restore_seconds, forecast->restore);
    }
    if (rehearsal->airflow.is_run && rehearsal->airflow.error == NULL)
        add_forecast_row(out, "<code>airflow db migrate</code>",
                         rehearsal->airflow.seconds,
                         rehearsal->airflow.seconds * forecast->factor);
    add_size_row(out, "disk beside the database", run->disk_peak - run->disk_before,
                 forecast->disk);
    add_size_row(out, rehearsal->log_name, run->wal, forecast->wal);
    strbuf_add_string(out, "</table>\n");
}

static size_t colour_of(const struct list *phases, const char *phase)
{
    const char *names[COLOURS];
    size_t count = 0;

    for (size_t i = 0; i < phases->count; i++) {
        const struct rehearsal_phase *known = phases->items[i];
        size_t k = 0;

        while (k < count && strcmp(names[k], known->phase) != 0)
            k++;
        if (k == count && count < COLOURS)
            names[count++] = known->phase;
        if (k < count && strcmp(known->phase, phase) == 0)
            return k;
    }
    return COLOURS - 1;
}

static int compare_phases(const void *a, const void *b)
{
    const struct rehearsal_phase *first = *(struct rehearsal_phase *const *)a;
    const struct rehearsal_phase *second = *(struct rehearsal_phase *const *)b;
    double first_took = first->to - first->from;
    double second_took = second->to - second->from;

    return (first_took < second_took) - (first_took > second_took);
}

static int compare_starts(const void *a, const void *b)
{
    const struct rehearsal_phase *first = *(struct rehearsal_phase *const *)a;
    const struct rehearsal_phase *second = *(struct rehearsal_phase *const *)b;

    return (first->from > second->from) - (first->from < second->from);
}

static void add_bar(struct strbuf *out, const struct rehearsal *rehearsal,
                    const struct rehearsal_phase *phase, size_t row)
{
    double scale = (CHART_WIDTH - LABEL_WIDTH - 60) / rehearsal->airshift.seconds;
    double left = LABEL_WIDTH + phase->from * scale;
    double width = (phase->to - phase->from) * scale;
    size_t top = row * ROW_HEIGHT;

    strbuf_addf(out, "<text x=\"0\" y=\"%zu\">", top + 13);
    add_text(out, phase->table);
    strbuf_addf(out,
                "</text><rect x=\"%.1f\" y=\"%zu\" width=\"%.1f\" height=\"%d\" "
                "fill=\"%s\"><title>",
                left, top + 3, width < 1 ? 1 : width, ROW_HEIGHT - 5,
                colours[colour_of(&rehearsal->airshift.phases, phase->phase)]);
    add_text(out, phase->phase);
    strbuf_addf(out, "</title></rect><text x=\"%.1f\" y=\"%zu\">", left + width + 4,
                top + 13);
    add_text(out, phase->phase);
    strbuf_addf(out, " %.1f s</text>\n", phase->to - phase->from);
}

/* The longest phases, in the order in which they began. */
static void add_phases(struct strbuf *out, const struct rehearsal *rehearsal)
{
    const struct list *phases = &rehearsal->airshift.phases;
    size_t count = phases->count < ROWS_MOST ? phases->count : ROWS_MOST;
    struct rehearsal_phase **shown;

    if (phases->count == 0 || rehearsal->airshift.seconds <= 0)
        return;
    shown =
        arena_alloc(rehearsal->arena, phases->count * sizeof(struct rehearsal_phase *));
    memcpy(shown, phases->items, phases->count * sizeof(struct rehearsal_phase *));
    qsort(shown, phases->count, sizeof(struct rehearsal_phase *), compare_phases);
    while (count > 1 && shown[count - 1]->to - shown[count - 1]->from <
                            rehearsal->airshift.seconds / 500)
        count--;
    qsort(shown, count, sizeof(struct rehearsal_phase *), compare_starts);
    strbuf_addf(out,
                "<h2>Where the time goes</h2>\n<svg viewBox=\"0 0 %d %zu\" "
                "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
                "aria-label=\"phases of the tables\">\n",
                CHART_WIDTH, count * ROW_HEIGHT + 4);
    for (size_t i = 0; i < count; i++)
        add_bar(out, rehearsal, shown[i], i);
    strbuf_addf(out,
                "</svg>\n<p class=\"small\">%zu of %zu phases; the others are shorter. "
                "The right edge is %.1f s.</p>\n",
                count, phases->count, rehearsal->airshift.seconds);
}

static void add_curve(struct strbuf *out, const struct rehearsal_run *run,
                      double most_y, bool of_wal)
{
    double end = run->samples[run->sample_count - 1].at;

    strbuf_addf(out,
                "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"",
                of_wal ? colours[1] : colours[0]);
    for (size_t i = 0; i < run->sample_count; i++) {
        const struct rehearsal_sample *sample = &run->samples[i];
        double value = of_wal
                           ? (double)sample->wal
                           : (double)(sample->disk - run->disk_before +
                                      (sample->temporary > 0 ? sample->temporary : 0));

        value = value < 0 ? 0 : value;
        strbuf_addf(out, "%.1f,%.1f ", sample->at / end * (CHART_WIDTH - 20) + 10,
                    CURVE_HEIGHT - value / most_y * (CURVE_HEIGHT - 20) + 10);
    }
    strbuf_add_string(out, "\"/>\n");
}

static void add_curves(struct strbuf *out, const struct rehearsal *rehearsal)
{
    const struct rehearsal_run *run = &rehearsal->airshift;
    const char *log = rehearsal->log_name;
    double disk = (double)(run->disk_peak - run->disk_before);
    double top = disk > (double)run->wal ? disk : (double)run->wal;

    if (run->sample_count < 2 || top <= 0 ||
        run->samples[run->sample_count - 1].at <= 0)
        return;
    strbuf_addf(out,
                "<h2>Disk and %s</h2>\n<svg viewBox=\"0 0 %d %d\" "
                "xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
                "aria-label=\"disk and %s over time\">\n"
                "<line x1=\"10\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#d5dde5\"/>\n",
                log, CHART_WIDTH, CURVE_HEIGHT + 20, log, CURVE_HEIGHT + 10,
                CHART_WIDTH - 10, CURVE_HEIGHT + 10);
    add_curve(out, run, top, false);
    add_curve(out, run, top, true);
    strbuf_addf(out,
                "</svg>\n<p class=\"small\"><span style=\"color:%s\">disk beside the "
                "database, at most ",
                colours[0]);
    add_bytes(out, (long long)disk);
    strbuf_addf(out, "</span>; <span style=\"color:%s\">%s, in the end ", colours[1],
                log);
    add_bytes(out, run->wal);
    strbuf_add_string(out, "</span></p>\n");
}

static void add_locks(struct strbuf *out, const struct rehearsal_run *run)
{
    strbuf_add_string(out, "<h2>Locks of ");
    add_text(out, run->tool);
    strbuf_add_string(out, "</h2>\n");
    if (run->locks.count == 0) {
        strbuf_add_string(out, "<p>None was seen.</p>\n");
        return;
    }
    strbuf_add_string(out, "<table><tr><th>table</th><th class=\"n\">writers wait</th>"
                           "<th class=\"n\">readers wait</th></tr>\n");
    for (size_t i = 0; i < run->locks.count && i < TABLES_MOST; i++) {
        const struct rehearsal_lock *lock = run->locks.items[i];

        strbuf_add_string(out, "<tr><td>");
        add_text(out, lock->table);
        strbuf_addf(
            out, "</td><td class=\"n\">%.1f s</td><td class=\"n\">%.1f s</td></tr>\n",
            lock->writers, lock->readers);
    }
    strbuf_addf(out,
                "</table>\n<p class=\"small\">%zu tables; looked at every 0.1 s, on a "
                "copy without clients.</p>\n",
                run->locks.count);
}

static void add_tables(struct strbuf *out, const struct rehearsal *rehearsal)
{
    strbuf_add_string(out,
                      "<h2>Sizes</h2>\n<table><tr><th>table</th><th "
                      "class=\"n\">here</th><th class=\"n\">production</th></tr>\n");
    for (size_t i = 0; i < rehearsal->tables.count && i < TABLES_MOST; i++) {
        const struct rehearsal_table *table = rehearsal->tables.items[i];

        strbuf_add_string(out, "<tr><td>");
        add_text(out, table->name);
        strbuf_add_string(out, "</td><td class=\"n\">");
        add_bytes(out, table->bytes);
        strbuf_add_string(out, "</td><td class=\"n\">");
        add_bytes(out, table->production_bytes);
        strbuf_add_string(out, "</td></tr>\n");
    }
    strbuf_add_string(out, "</table>\n");
}

void report_add_html(struct strbuf *out, const struct rehearsal *rehearsal)
{
    add_head(out, rehearsal);
    add_forecast(out, rehearsal);
    add_phases(out, rehearsal);
    add_curves(out, rehearsal);
    add_locks(out, &rehearsal->airshift);
    if (rehearsal->airflow.is_run)
        add_locks(out, &rehearsal->airflow);
    add_tables(out, rehearsal);
    strbuf_add_string(out, "</body></html>\n");
}
