/* SPDX-License-Identifier: Apache-2.0
 *
 * leeway.c - where a database that Airflow made from its models, as it makes new ones, is not
 * what its revisions make. Seen on the real ones: tests/oracle/verify_rows.sh.
 */
#include "config.h"

#include <string.h>

#include "verify/internal.h"

static const struct {
    const char *table;
    const char *object; /* column, constraint or index */
    const char *before; /* the Airflow version that ends it; NULL: none */
    bool is_fab_base;   /* only at the first revision of the FAB provider's chain */
} leeways[] = {
    {"task_instance", "trigger_timeout", "3.0.0", false},
    {"ab_permission_view", "permission_id", NULL, true},
    {"ab_permission_view", "view_menu_id", NULL, true},
    {"ab_permission_view_role", "ab_permission_view_role_permission_view_id_fkey", NULL,
     true},
    {"ab_permission_view_role", "ab_permission_view_role_role_id_fkey", NULL, true},
    {"ab_user_role", "ab_user_role_role_id_fkey", NULL, true},
    {"ab_user_role", "ab_user_role_user_id_fkey", NULL, true},
    {"ab_user_group", "idx_user_group_id", NULL, true},
    {"ab_user_group", "idx_user_id", NULL, true},
};

bool verify_has_leeway(const struct verify *verify, const char *table,
                       const char *object)
{
    for (size_t i = 0; i < sizeof(leeways) / sizeof(leeways[0]); i++) {
        if (strcmp(leeways[i].table, table) == 0 &&
            strcmp(leeways[i].object, object) == 0)
            return (leeways[i].before == NULL ||
                    version_compare(verify->plan.target_version, leeways[i].before) <
                        0) &&
                   (!leeways[i].is_fab_base || verify->plan.fab.from == 0);
    }
    return false;
}
