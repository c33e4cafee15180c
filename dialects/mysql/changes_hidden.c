/* SPDX-License-Identifier: Apache-2.0
 *
 * changes_hidden.c - rows that are changed without being in the log. Where InnoDB itself
 * follows the rules of foreign keys (always before 9.6, later where it is asked to), a
 * change of a parent is in the log and what it does to its children is not:
 *
 *   ON UPDATE CASCADE     the children of parents whose key changed are taken: they have
 *                         the new key
 *   ON ... SET NULL       they can no longer be told from others without a parent: all
 *                         without one are taken
 *   ON DELETE CASCADE     how many rows went is not known
 *
 * That is some rows too many in the archive, never one too few.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/changes.h"
#include "mysql/connection.h"

enum { LOGGED_SINCE = 90600 };

static const char rules_sql[] =
    "SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name,"
    " k.referenced_column_name, r.update_rule, r.delete_rule"
    " FROM information_schema.key_column_usage AS k"
    " JOIN information_schema.referential_constraints AS r"
    "  ON r.constraint_schema = k.constraint_schema AND r.table_name = k.table_name"
    "  AND r.constraint_name = k.constraint_name"
    " WHERE k.table_schema = database() AND k.referenced_table_schema = database()"
    " ORDER BY 1, 2, k.ordinal_position";

enum rule_fact {
    RULE_TABLE,
    RULE_NAME,
    RULE_COLUMN,
    RULE_PARENT,
    RULE_PARENT_COLUMN,
    RULE_ON_UPDATE,
    RULE_ON_DELETE,
};

struct my_rule {
    struct my_table *child;
    struct my_table *parent;
    char *name;
    char **columns; /* of the child and of the parent, in turn */
    size_t count;   /* pairs */
    bool cascades_update;
    bool cascades_delete;
    bool empties_at_update;
    bool empties_at_delete;
    bool has_emptied; /* done already */
};

static bool is_native(const struct sql_result *row, int version)
{
    return version < LOGGED_SINCE ||
           (mysql_row_count(row) > 0 && strcmp(mysql_text(row, 0, 1), "ON") == 0);
}

static void watch(struct my_table *parent, const char *column)
{
    for (size_t i = 0; i < parent->count; i++) {
        if (strcmp(parent->columns[i], column) == 0)
            parent->is_watched[i] = true;
    }
}

static void add_column(struct my_changes *changes, const struct sql_result *rows,
                       size_t row)
{
    struct my_table *child =
        my_changes_find(changes, mysql_text(rows, row, RULE_TABLE));
    struct my_table *parent =
        my_changes_find(changes, mysql_text(rows, row, RULE_PARENT));
    const char *name = mysql_text(rows, row, RULE_NAME);
    const char *on_update = mysql_text(rows, row, RULE_ON_UPDATE);
    const char *on_delete = mysql_text(rows, row, RULE_ON_DELETE);
    struct my_rule *rule =
        changes->rules_count > 0 ? &changes->rules[changes->rules_count - 1] : NULL;

    if (child == NULL || parent == NULL)
        return;
    if (rule == NULL || rule->child != child || strcmp(rule->name, name) != 0) {
        changes->rules = xrealloc(changes->rules,
                                  (changes->rules_count + 1) * sizeof(*changes->rules));
        rule = &changes->rules[changes->rules_count++];
        *rule = (struct my_rule){
            .child = child,
            .parent = parent,
            .name = xstrdup(name),
            .cascades_update = strcmp(on_update, "CASCADE") == 0,
            .cascades_delete = strcmp(on_delete, "CASCADE") == 0,
            .empties_at_update = strcmp(on_update, "SET NULL") == 0,
            .empties_at_delete = strcmp(on_delete, "SET NULL") == 0,
        };
    }
    rule->columns =
        xrealloc(rule->columns, 2 * (rule->count + 1) * sizeof(*rule->columns));
    rule->columns[2 * rule->count] = xstrdup(mysql_text(rows, row, RULE_COLUMN));
    rule->columns[2 * rule->count + 1] =
        xstrdup(mysql_text(rows, row, RULE_PARENT_COLUMN));
    rule->count++;
    if (rule->cascades_update || rule->empties_at_update)
        watch(parent, mysql_text(rows, row, RULE_PARENT_COLUMN));
}

int my_changes_read_rules(struct my_changes *changes, struct err *err)
{
    struct sql_result *setting = mysql_select(
        changes->connection, "SHOW GLOBAL VARIABLES LIKE 'innodb_native_foreign_keys'",
        0, NULL, err);
    struct sql_result *rows = NULL;
    int status = setting != NULL ? 0 : -1;

    if (setting != NULL && is_native(setting, mysql_version_of(changes->connection))) {
        rows = mysql_select(changes->connection, rules_sql, 0, NULL, err);
        status = rows != NULL ? 0 : -1;
    }
    for (size_t i = 0; rows != NULL && i < mysql_row_count(rows); i++)
        add_column(changes, rows, i);
    sql_result_free(setting);
    sql_result_free(rows);
    return status;
}

void my_changes_clear_rules(struct my_changes *changes)
{
    for (size_t i = 0; i < changes->rules_count; i++) {
        for (size_t k = 0; k < 2 * changes->rules[i].count; k++)
            free(changes->rules[i].columns[k]);
        free(changes->rules[i].columns);
        free(changes->rules[i].name);
    }
    free(changes->rules);
}

/* All rows of the child; whether that is new. */
static bool take_whole(struct my_table *child)
{
    bool is_new = !child->is_whole || !child->has_moved;

    child->is_written = child->is_whole = child->has_moved = true;
    return is_new;
}

/* Adds the keys of the child's rows that the rest of the query finds; *is_new where there
 * were some that were not known. */
static int take_rows(struct my_changes *changes, struct my_table *child,
                     const char *from, bool *is_new, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result = NULL;
    int status = -1;

    if (my_table_make_place(changes, child, err) < 0)
        return -1;
    strbuf_addf(&sql, "INSERT INTO %s SELECT ", child->place);
    for (size_t i = 0; i < child->parts; i++) {
        strbuf_add_string(&sql, "t.");
        my_add_quoted(&sql, child->key[i].name);
        strbuf_add_string(&sql, ", ");
    }
    strbuf_addf(&sql, "0, 1 FROM %s ON DUPLICATE KEY UPDATE %s.moved = 1", from,
                child->place);
    result = mysql_select(changes->connection, strbuf_text(&sql), 0, NULL, err);
    if (result != NULL) {
        if (mysql_affected(result) > 0)
            *is_new = child->is_written = child->has_moved = true;
        status = 0;
    }
    sql_result_free(result);
    strbuf_clear(&sql);
    return status;
}

static int follow_update(struct my_changes *changes, struct my_rule *rule, bool *is_new,
                         struct err *err)
{
    struct my_table *child = rule->child;
    struct strbuf from = STRBUF_INIT;
    int status;

    if (!rule->parent->has_moved)
        return 0;
    /* A temporary table cannot be read and written by one statement. */
    if (child->is_whole || child->parts == 0 || rule->parent->is_whole ||
        rule->parent == child) {
        *is_new = take_whole(child) || *is_new;
        return 0;
    }
    strbuf_addf(&from, "%s AS c STRAIGHT_JOIN ", rule->parent->place);
    my_add_quoted(&from, rule->parent->name);
    strbuf_add_string(&from, " AS p ON ");
    my_table_add_match(rule->parent, &from, "p", "c");
    strbuf_add_string(&from, " STRAIGHT_JOIN ");
    my_add_quoted(&from, child->name);
    strbuf_add_string(&from, " AS t ON ");
    for (size_t i = 0; i < rule->count; i++) {
        strbuf_add_string(&from, i > 0 ? " AND t." : "t.");
        my_add_quoted(&from, rule->columns[2 * i]);
        strbuf_add_string(&from, " = p.");
        my_add_quoted(&from, rule->columns[2 * i + 1]);
    }
    strbuf_add_string(&from, " WHERE c.moved");
    status = take_rows(changes, child, strbuf_text(&from), is_new, err);
    strbuf_clear(&from);
    return status;
}

static int follow_emptying(struct my_changes *changes, struct my_rule *rule,
                           bool *is_new, struct err *err)
{
    struct my_table *child = rule->child;
    struct strbuf from = STRBUF_INIT;
    int status;

    if (rule->has_emptied)
        return 0;
    rule->has_emptied = true;
    if (child->is_whole || child->parts == 0) {
        *is_new = take_whole(child) || *is_new;
        return 0;
    }
    my_add_quoted(&from, child->name);
    strbuf_add_string(&from, " AS t WHERE t.");
    my_add_quoted(&from, rule->columns[0]);
    strbuf_add_string(&from, " IS NULL");
    status = take_rows(changes, child, strbuf_text(&from), is_new, err);
    strbuf_clear(&from);
    return status;
}

static int follow(struct my_changes *changes, struct my_rule *rule, bool *is_new,
                  struct err *err)
{
    struct my_table *parent = rule->parent;
    bool has_lost = parent->deleted > 0 || parent->is_deleted_unknown;

    if (has_lost && rule->cascades_delete && !rule->child->is_deleted_unknown)
        *is_new = rule->child->is_written = rule->child->is_deleted_unknown = true;
    if (rule->cascades_update && follow_update(changes, rule, is_new, err) < 0)
        return -1;
    if ((has_lost && rule->empties_at_delete) ||
        (parent->has_moved && rule->empties_at_update))
        return follow_emptying(changes, rule, is_new, err);
    return 0;
}

/* Until there is nothing new: children have children. */
int my_changes_follow_rules(struct my_changes *changes, struct err *err)
{
    bool is_new = changes->rules_count > 0;

    while (is_new) {
        is_new = false;
        for (size_t i = 0; i < changes->rules_count; i++) {
            if (follow(changes, &changes->rules[i], &is_new, err) < 0)
                return -1;
        }
    }
    return 0;
}
