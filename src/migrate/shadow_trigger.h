/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_trigger.h - what the files about triggers of tables that are exchanged, and about names
 * that are there once in a database, share; nothing else includes it.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_TRIGGER_H
#define AIRSHIFT_MIGRATE_SHADOW_TRIGGER_H

#include "migrate/shadow_internal.h"

struct trigger {
    const char *name;
    const char *table;  /* live */
    const char *target; /* NULL where the table goes */
    const char *moment; /* "BEFORE INSERT" */
    const char *body;
    const char *definer; /* "user@host" */
    const char *sql_mode;
    const char *collation;
};

/* Makes it on that table, whatever table it was noted for. */
int trigger_make(struct shadow_run *run, struct connection *connection,
                 const char *schema, const char *table, const struct trigger *trigger);

/* Nothing where there is none of that name. */
int trigger_drop(struct shadow_run *run, struct connection *connection,
                 const char *schema, const char *name);

/* The triggers that were noted (struct trigger *), in the order in which they are to be made;
 * none where the shadow database does not remember any. */
int trigger_read_noted(struct shadow_run *run, struct list *triggers);

/* --- shadow_standin.c --- */

/* A statement that wants a table for itself while others use it: asked for shortly, again and
 * again. */
int shadow_run_patiently(struct shadow_run *run, const char *sql);

/* --- shadow_names.c --- */

enum {
    NAMES_OF_KEYS = 1 << 0,   /* foreign keys */
    NAMES_OF_CHECKS = 1 << 1, /* a table that has rows is written once more for these */
};

/* Gives the table's constraints of these kinds names that nothing else has, and notes whose they
 * are; what follows the table's own name is left alone. May be repeated. */
int shadow_names_lend(struct shadow_run *run, const char *schema, const char *table,
                      unsigned kinds);

/* Gives them their own names back; nothing where they have them. Needs no plan. */
int shadow_names_return(struct shadow_run *run, const char *schema, const char *table,
                        unsigned kinds);

/* --- shadow_trigger.c --- */

/* Whether the live database has one of that name. */
int trigger_is_there(struct shadow_run *run, const char *name, bool *is_there);

#endif
