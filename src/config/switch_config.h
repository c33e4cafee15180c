/* SPDX-License-Identifier: Apache-2.0
 *
 * switch_config.h - the configuration file of a replica switch. One table in
 * switch_config.c names every setting; it parses, checks and prints the sample file.
 */
#ifndef AIRSHIFT_CONFIG_SWITCH_CONFIG_H
#define AIRSHIFT_CONFIG_SWITCH_CONFIG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"

enum config_provision {
    CONFIG_PROVISION_LOCAL,
    CONFIG_PROVISION_ADOPT,
    CONFIG_PROVISION_HOOK
};
enum config_mode { CONFIG_MODE_QUIESCED };
enum config_archive { CONFIG_ARCHIVE_AUTO, CONFIG_ARCHIVE_FIRST, CONFIG_ARCHIVE_LAST };

/* Strings are owned by the struct; NULL where a setting is absent and has no default.
 */
struct config_server {
    bool is_present; /* the section is in the file */
    int provision;   /* enum config_provision */
    char *provision_hook;
    char *data_directory;
    char *control_directory; /* default: data_directory with "-airshift" behind */
    char *bin_directory;
    char *socket_directory;
    char *listen_addresses;
    char *address; /* adopted: host where it listens */
    char *config_file;
    char *os_user;
    long port;
};

struct switch_config {
    char *path;
    bool has_blue, has_airflow, has_repoint, has_pgbouncer, has_haproxy, has_switch,
        has_timeouts;
    char *blue_url; /* secret */
    char *blue_url_file;
    struct config_server green;
    struct config_server spare;
    char *airflow_to;
    char *fernet_key_file;
    char *airflow_config;
    char *repoint_file;
    char *repoint_key;
    char *green_url; /* secret; for clients */
    char *green_url_file;
    char *green_host; /* in clients' URLs, where no green_url is given */
    bool is_by_hosts;
    char *hook;
    /* Several of them with white space between; config_next_word() cuts it. */
    char *pgbouncer_urls; /* secret */
    char *pgbouncer_urls_file;
    char *pgbouncer_files;
    char *pgbouncer_database;
    bool is_holding, is_repointing_pgbouncer;
    char *haproxy_sockets; /* several, likewise */
    char *haproxy_server;
    char *haproxy_files; /* likewise */
    char *state_directory;
    int mode;    /* enum config_mode */
    int archive; /* enum config_archive */
    bool is_ending_writers;
    bool is_watched;
    double watchdog_s, outage_s; /* outage_s 0: no limit */
    double long_transaction_s;
    double connect_s, copy_s, catch_up_s, writers_s, drain_s, start_s, promote_s;
    double migrate_s, verify_s, sync_s, hook_s, pause_s;
};

/* Reads and checks a file. An unknown section or key is an error with its line. A file
 * that holds a password must not be readable by others. */
int switch_config_load(struct switch_config *config, const char *path, struct err *err)
    __attribute__((warn_unused_result));
void switch_config_clear(struct switch_config *config);

/* The next of several values; `*text` moves on. Owned by the caller; NULL at the end. */
char *config_next_word(const char **text);

/* Every setting with its meaning and default, as a file to start from. */
void switch_config_print_sample(struct strbuf *text);

#endif
