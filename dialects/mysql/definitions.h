/* SPDX-License-Identifier: Apache-2.0
 *
 * definitions.h - all of a database that is no row, as the server itself writes it (SHOW
 * CREATE), in a JSON file, and made again in another database. Users and their grants are
 * the server's and not in it.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_DEFINITIONS_H
#define AIRSHIFT_DIALECTS_MYSQL_DEFINITIONS_H

#include "base/arena.h"
#include "dump.h"

enum my_object_kind {
    MY_TABLE,
    MY_ROUTINE,
    MY_VIEW,
    MY_TRIGGER,
    MY_EVENT,
    MY_OBJECT_KINDS
};

struct my_object {
    enum my_object_kind kind;
    const char *name;
    const char *sql;
    const char *sql_mode;  /* in which it runs; "" for a table and a view */
    const char *collation; /* of its literals; "" for a table */
    const char *time_zone; /* of an event's times; "" for all others */
};

struct my_definitions {
    struct arena *arena;
    const char *character_set; /* of the database */
    const char *collation;
    struct list objects; /* struct my_object, in the order in which they are made */
};

void definitions_begin(struct my_definitions *definitions);
void definitions_end(struct my_definitions *definitions);

/* Those of the session's database. */
int definitions_collect(struct my_definitions *definitions,
                        struct connection *connection, struct err *err);

/* A new file of mode 0600. */
int definitions_write(const struct my_definitions *definitions, const char *path,
                      struct err *err);
int definitions_read(struct my_definitions *definitions, const char *path,
                     struct err *err);

/* definitions_make.c: tables first, with what rows need; after the rows their other indexes,
 * foreign keys, and the rest; at the end events. */
int definitions_make(const struct my_definitions *definitions,
                     const struct dump_restore *restore, enum dump_section section,
                     struct err *err);

#endif
