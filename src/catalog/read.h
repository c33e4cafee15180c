/* SPDX-License-Identifier: Apache-2.0
 *
 * read.h - reads the catalog of a live database into a model. Read only.
 */
#ifndef AIRSHIFT_CATALOG_READ_H
#define AIRSHIFT_CATALOG_READ_H

#include "catalog/model.h"
#include "dialect.h"

/* Every table of the schema that holds Airflow's (tables of other origin too: they are kept
 * as they are, and matter when they refer to Airflow's). NULL on error. */
struct catalog *catalog_read(struct connection *connection, struct arena *arena,
                             struct err *err);

/* The schema Airflow's tables are in, in the arena; NULL on error. */
const char *catalog_read_schema(struct connection *connection, struct arena *arena,
                                struct err *err);

int catalog_has_table(struct connection *connection, const char *schema,
                      const char *table, bool *has_table, struct err *err);

/* The revisions in a version table (alembic_version, alembic_version_fab), as strings; an
 * empty list where the table is missing or empty. */
int catalog_read_versions(struct connection *connection, struct arena *arena,
                          const char *schema, const char *table, struct list *revisions,
                          struct err *err);

/* Whether a FROM item has any row. */
int catalog_relation_has_rows(struct connection *connection, struct arena *arena,
                              const char *relation, bool *has_rows, struct err *err);

#endif
