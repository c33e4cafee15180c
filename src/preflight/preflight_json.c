/* SPDX-License-Identifier: Apache-2.0
 *
 * preflight_json.c - the page for a program.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>

#include "preflight/preflight.h"

static json_t *finding_objects(const struct preflight *preflight)
{
    json_t *array = json_array();

    for (size_t i = 0; i < preflight->findings.count; i++) {
        const struct finding *finding = preflight->findings.items[i];

        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:s*}", "light",
                             light_name(finding->light), "topic", finding->topic,
                             "text", finding->text, "advice", finding->advice));
    }
    return array;
}

static json_t *table_objects(const struct plan *plan)
{
    json_t *array = json_array();

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        json_t *object =
            json_pack("{s:s, s:s, s:f}", "table", table_plan_name(table), "action",
                      table_action_name(table_plan_action(table)), "seconds_estimated",
                      table_plan_seconds(table));

        if (table->live != NULL) {
            (void)json_object_set_new(object, "rows",
                                      json_real(table->live->live->rows));
            (void)json_object_set_new(
                object, "bytes", json_integer((json_int_t)table->live->live->bytes));
        }
        (void)json_array_append_new(array, object);
    }
    return array;
}

void preflight_print_json(const struct preflight *preflight)
{
    enum light worst = preflight_count(preflight, LIGHT_RED) > 0      ? LIGHT_RED
                       : preflight_count(preflight, LIGHT_YELLOW) > 0 ? LIGHT_YELLOW
                                                                      : LIGHT_GREEN;
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:s, s:o}", "format_version", 1, "database",
                  preflight->database, "time", preflight->time, "light",
                  light_name(worst), "findings", finding_objects(preflight));

    if (preflight->has_plan) {
        const struct plan_estimate *estimate = &preflight->estimate;

        (void)json_object_set_new(
            root, "plan",
            json_pack("{s:s*, s:s, s:I, s:f, s:o}", "from",
                      preflight->plan.source_version, "to",
                      preflight->plan.target_version, "disk_bytes",
                      (json_int_t)estimate->disk_bytes, "seconds_estimated",
                      estimate->seconds, "tables", table_objects(&preflight->plan)));
    }
    (void)json_dumpf(root, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(root);
}
