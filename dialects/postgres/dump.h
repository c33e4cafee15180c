/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.h - PostgreSQL's part of a backup.
 */
#ifndef AIRSHIFT_DIALECTS_POSTGRES_DUMP_H
#define AIRSHIFT_DIALECTS_POSTGRES_DUMP_H

#include "../dump.h"

extern const struct dump_ops postgres_dump_ops;

#endif
