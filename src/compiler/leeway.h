/* SPDX-License-Identifier: Apache-2.0
 *
 * leeway.h - in what two databases at one revision may differ without anybody's doing.
 */
#ifndef AIRSHIFT_COMPILER_LEEWAY_H
#define AIRSHIFT_COMPILER_LEEWAY_H

#include <stdbool.h>

#include "dialect.h"

/* Whether a column, constraint or index may be another than the chain makes it, at that
 * version of Airflow; `is_fab_base`: at the first revision of the FAB provider's chain. */
bool leeway_has(const struct dialect *dialect, const char *version, bool is_fab_base,
                const char *table, const char *object);

/* Whether servers of this kind, and no others, have two types for it, at every revision. */
bool leeway_has_two_types(const struct dialect *dialect, const char *table,
                          const char *column);

#endif
