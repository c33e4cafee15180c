/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.h - between the files that find what was written since a mark: the tables of the
 * database (changes_table.c), what the server did without its log (changes_hidden.c), and
 * the reading of the log (changes.c).
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_CHANGES_H
#define AIRSHIFT_DIALECTS_MYSQL_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "mysql/binlog.h"
#include "replica.h"

struct my_key_part {
    char *name;
    char *definition; /* its type, with character set and collation */
    char *charset;    /* NULL: bytes, or no text */
    bool is_unsigned;
    size_t column; /* its place in the table, from 0 */
};

struct my_table {
    char *name;
    char *place; /* the temporary table of the keys of rows that were written */
    char **columns;
    bool *is_watched; /* columns of which a change changes other tables, too */
    size_t count;
    struct strbuf list;      /* the columns that can be written, quoted */
    struct strbuf values;    /* the same of `t`, so that nothing is lost as text */
    struct my_key_part *key; /* the primary key, in its order */
    size_t parts;            /* 0: there is none to be used */
    long long bytes;
    long long rows; /* as the server estimates */
    bool has_place;
    bool is_written;
    bool is_whole;           /* all rows are taken: which were written is not known */
    bool has_moved;          /* rows whose watched columns changed */
    bool is_deleted_unknown; /* rows may be gone of which the log says nothing */
    long long inserted, updated, deleted;
    struct strbuf batch; /* keys on their way to the temporary table */
    char **recent;       /* keys that are on their way or there, by their hash */
};

struct my_changes {
    struct connection *connection;
    char *database;
    struct my_table *tables;
    size_t count;
    struct my_rule *rules; /* of foreign keys, that the log says nothing about */
    size_t rules_count;
};

/* changes_table.c: what tables there are. */
int my_changes_read_tables(struct my_changes *changes, struct err *err);
void my_changes_clear(struct my_changes *changes);
struct my_table *my_changes_find(const struct my_changes *changes, const char *name);
void my_add_quoted(struct strbuf *sql, const char *name);
/* Whether the log's rows of it tell the keys. */
bool my_table_has_keys_in(const struct my_table *table, const struct binlog_table *log);
/* Remembers the key of a row: the parts of `first` where they are there, else of `other`
 * (NULL for none). `existed`: there was such a row at the mark, as far as this change
 * knows; the first one counts. */
int my_table_add_key(struct my_changes *changes, struct my_table *table,
                     const struct binlog_table *log, const struct binlog_value *first,
                     const struct binlog_value *other, bool existed, bool moved,
                     struct err *err);
int my_table_flush(struct my_changes *changes, struct my_table *table, struct err *err);
int my_table_make_place(struct my_changes *changes, struct my_table *table,
                        struct err *err);
/* "`t`.`a` = `c`.k1 AND ...", the rows of a table and their keys in a temporary table. */
void my_table_add_match(const struct my_table *table, struct strbuf *sql, const char *t,
                        const char *c);
/* What the archive needs to know. */
int my_table_describe(struct my_changes *changes, const struct my_table *table,
                      struct changed_table *changed, struct err *err);

/* changes_hidden.c: rules of foreign keys that InnoDB follows by itself. Read before the
 * log, followed after it. */
int my_changes_read_rules(struct my_changes *changes, struct err *err);
int my_changes_follow_rules(struct my_changes *changes, struct err *err);
void my_changes_clear_rules(struct my_changes *changes);

#endif
