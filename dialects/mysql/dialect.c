/* SPDX-License-Identifier: Apache-2.0
 *
 * dialect.c - the MySQL dialect's vtable.
 */
#include "config.h"

#ifdef HAVE_MYSQL
#include "mysql/connection.h"
#include "mysql/dump.h"
#endif
#include "mysql/dialect.h"
#include "mysql/render.h"

const struct dialect mysql_dialect = {
    .name = "MySQL",
    .log_name = "binary log",
    .password_place =
        "MYSQL_PWD, or an option file that the URL names (?read_default_file=FILE)",
    .code = "mysql",
    .type_text = mysql_type_text,
    .type_change_rewrites = mysql_type_change_rewrites,
    .traits = DIALECT_COUNTS_IN_COLUMN | DIALECT_INDEXES_FOREIGN_KEYS |
              DIALECT_UNIQUE_IS_INDEX | DIALECT_KEYS_OUTLIVE_COLUMNS |
              DIALECT_PRIMARY_IS_NAMELESS | DIALECT_KEEPS_ROWS_LIKE |
              DIALECT_TEMPORARY_ONCE,
    /* Text that is computed is compared with text in columns. */
    .session_sql = "SET NAMES utf8mb4; SET sql_mode = '" MYSQL_SQL_MODE "', "
                   "collation_connection = @@collation_database, "
                   "group_concat_max_len = 4294967295, time_zone = '+00:00'",
    .print = mysql_print,
    .quote_name = mysql_name,
    .column_definition = mysql_column_definition,
    .alter_part = mysql_alter_part,
    .add_value = mysql_add_value,
    .add_row_hash = mysql_add_row_hash,
    .add_masked_uuids = mysql_add_masked_uuids,
    .parse_url = mysql_parse_url,
    .url_for_database = mysql_url_for_database,
    .url_sqlalchemy = mysql_url_sqlalchemy,
#ifdef HAVE_MYSQL
    .connect = mysql_connect_url,
    .close = mysql_close_session,
    .capabilities = mysql_capabilities,
    .exec = mysql_exec,
    .query = mysql_select,
    .column_count = mysql_column_count,
    .column_name = mysql_column_name,
    .row_count = mysql_row_count,
    .is_null = mysql_is_null,
    .text = mysql_text,
    .affected = mysql_affected,
    .result_free = mysql_result_free,
    .send = mysql_send,
    .socket = mysql_socket_of,
    .poll = mysql_poll,
    .cancel = mysql_cancel,
    .is_alive = mysql_session_is_alive,
    .session_id = mysql_session_id,
    .server_version = mysql_version_of,
    .stream = mysql_stream,
    .load_begin = mysql_load_begin,
    .load_row = mysql_load_row,
    .load_end = mysql_load_end,
    .unload = mysql_unload,
    .add_script_begin = mysql_add_script_begin,
    .add_script_row = mysql_add_script_row,
    .add_script_end = mysql_add_script_end,
    .load_bytes = mysql_load_bytes,
    .rows_text = &mysql_rows_text,
    .dump_ops = &mysql_dump_ops,
    .lock_against_writing = mysql_lock_against_writing,
    .copy_database = mysql_copy_database,
    .drop_database = mysql_drop_database,
    .try_migration_lock = mysql_try_migration_lock,
    .add_blockers = mysql_add_blockers,
    .get_index_progress = mysql_get_index_progress,
    .check_rights = mysql_check_rights,
    .get_disk = mysql_get_disk,
    .get_replica_lag = mysql_get_replica_lag,
    .join_group = mysql_join_group,
    .end_group = mysql_end_group,
    .join_in_order = "STRAIGHT_JOIN",
    /* For sql_require_primary_key; columns can be hidden from 8.0.23 on. */
    .temporary_key = "/*!80023 (airshift_row BIGINT AUTO_INCREMENT INVISIBLE PRIMARY "
                     "KEY) */ ",
    .add_begin = mysql_add_begin,
    .add_begin_snapshot = mysql_add_begin_snapshot,
    .add_lock_timeout = mysql_add_lock_timeout,
#endif
};
