/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.c - the rules of Airflow 2.11 and 3.3; those of the versions between are among
 * them. tests/oracle/clean.sh compares with the real one.
 */
#include "config.h"

#include <string.h>

#include "clean/rules.h"

/* clang-format off */
const struct clean_rule clean_rules[] = {
    {.table = "task_instance_history", .column = "start_date"},
    {.table = "xcom", .column = "timestamp"},
    {.table = "task_reschedule", .column = "start_date"},
    {.table = "task_fail", .column = "start_date"},
    {.table = "task_instance", .column = "start_date",
     .needs = {"task_instance_history", "xcom"}},
    {.table = "task_state_store", .column = "expires_at"},
    {.table = "deadline", .column = "deadline_time"},
    /* Only what is over; and what waits for a deadline that is not there any more. */
    {.table = "callback", .column = "created_at", .needs = {"deadline"},
     .filter = "(s.state IN ('success', 'failed') OR s.state IS NULL OR (s.state = 'scheduled' AND NOT EXISTS "
               "(SELECT 1 FROM deadline AS d WHERE d.callback_id = s.id)))"},
    /* The last run that was no manual one tells the scheduler which comes next. */
    {.table = "dag_run", .column = "start_date",
     .needs = {"task_instance", "task_state_store", "deadline"},
     .group = "dag_id",
     .keeps = {{"external_trigger", "NOT external_trigger"}, {"run_type", "run_type <> 'manual'"}}},
    {.table = "trigger", .column = "created_date", .needs = {"task_instance"}},
    {.table = "dag_version", .column = "created_at", .needs = {"task_instance", "dag_run"},
     .group = "dag_id", .keeps = {{"dag_id", "true"}}},
    {.table = "dag", .column = "last_parsed_time", .needs = {"dag_version", "deadline"}},
    {.table = "job", .column = "latest_heartbeat"},
    {.table = "dataset_event", .column = "timestamp"},
    {.table = "asset_event", .column = "timestamp"},
    /* While the run that they lead to is to come, they are not old, whenever they came. */
    {.table = "partitioned_asset_key_log", .column = "created_at",
     .filter = "(s.asset_partition_dag_run_id IS NOT NULL AND NOT EXISTS "
               "(SELECT 1 FROM asset_partition_dag_run AS r WHERE r.id = s.asset_partition_dag_run_id))"},
    {.table = "import_error", .column = "timestamp"},
    {.table = "log", .column = "dttm"},
    {.table = "sla_miss", .column = "timestamp"},
    {.table = "_xcom_archive", .column = "timestamp"},
    {.table = "callback_request", .column = "created_at"},
    {.table = "celery_taskmeta", .column = "date_done"},
    {.table = "celery_tasksetmeta", .column = "date_done"},
    {.table = "revoked_token", .column = "exp"},
    {.table = "connection_test_request", .column = "updated_at",
     .filter = "s.state IN ('success', 'failed')"},
    {.table = "session", .column = "expiry"},
};
/* clang-format on */

const size_t clean_rule_count = sizeof(clean_rules) / sizeof(clean_rules[0]);

int clean_rule_find(const char *table, size_t length)
{
    for (size_t i = 0; i < clean_rule_count; i++) {
        if (strlen(clean_rules[i].table) == length &&
            memcmp(clean_rules[i].table, table, length) == 0)
            return (int)i;
    }
    return -1;
}
