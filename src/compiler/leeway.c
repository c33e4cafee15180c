/* SPDX-License-Identifier: Apache-2.0
 *
 * leeway.c - where a database that Airflow made from its models, as it makes new ones, is not
 * what its revisions make; on MySQL, also where those that came up from 1.x are not. Seen on
 * the real ones: tests/oracle/verify_rows.sh, mysql_pairs.sh.
 */
#include "config.h"

#include <string.h>

#include "compiler/leeway.h"
#include "compiler/revision.h"
#include "render.h"

static const struct {
    const char *table;
    const char *object; /* column, constraint or index */
    const char *before; /* the Airflow version that ends it; NULL: none */
    bool is_fab_base;   /* only at the first revision of the FAB provider's chain */
    const char *only;   /* on this kind of server; NULL: on each */
} leeways[] = {
    {"task_instance", "trigger_timeout", "3.0.0", false, NULL},
    {"ab_permission_view", "permission_id", NULL, true, NULL},
    {"ab_permission_view", "view_menu_id", NULL, true, NULL},
    {"ab_permission_view_role", "ab_permission_view_role_permission_view_id_fkey", NULL,
     true, NULL},
    {"ab_permission_view_role", "ab_permission_view_role_role_id_fkey", NULL, true,
     NULL},
    {"ab_user_role", "ab_user_role_role_id_fkey", NULL, true, NULL},
    {"ab_user_role", "ab_user_role_user_id_fkey", NULL, true, NULL},
    {"ab_user_group", "idx_user_group_id", NULL, true, NULL},
    {"ab_user_group", "idx_user_id", NULL, true, NULL},
    {"dag_run_note", "content", NULL, false, "mysql"},
    {"task_instance_note", "content", NULL, false, "mysql"},
    {"callback_request", "processor_subdir", NULL, false, "mysql"},
    {"dag", "processor_subdir", NULL, false, "mysql"},
    {"dag", "last_parsed_time", NULL, false, "mysql"},
    {"dag_code", "last_updated", NULL, false, "mysql"},
    {"serialized_dag", "processor_subdir", NULL, false, "mysql"},
    {"backfill_dag_run", "logical_date", NULL, false, "mysql"},
    {"dag_bundle", "template_params", NULL, false, "mysql"}, /* as 3.1 makes it */
};

bool leeway_has_two_types(const struct dialect *dialect, const char *table,
                          const char *column)
{
    for (size_t i = 0; i < sizeof(leeways) / sizeof(leeways[0]); i++) {
        if (leeways[i].only != NULL &&
            strcmp(leeways[i].only, dialect_name(dialect)) == 0 &&
            strcmp(leeways[i].table, table) == 0 &&
            strcmp(leeways[i].object, column) == 0)
            return true;
    }
    return false;
}

bool leeway_has(const struct dialect *dialect, const char *version, bool is_fab_base,
                const char *table, const char *object)
{
    for (size_t i = 0; i < sizeof(leeways) / sizeof(leeways[0]); i++) {
        if (strcmp(leeways[i].table, table) == 0 &&
            strcmp(leeways[i].object, object) == 0)
            return (leeways[i].before == NULL ||
                    version_compare(version, leeways[i].before) < 0) &&
                   (!leeways[i].is_fab_base || is_fab_base) &&
                   (leeways[i].only == NULL ||
                    strcmp(leeways[i].only, dialect_name(dialect)) == 0);
    }
    return false;
}
