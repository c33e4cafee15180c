/* SPDX-License-Identifier: Apache-2.0
 *
 * switch_config.c - the table of settings, and what is done with it. A value never
 * appears in a message: it may be a secret.
 */
#include "config.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "config/switch_config.h"
#include "state/file.h"

enum kind {
    KIND_TEXT,
    KIND_SECRET,
    KIND_PATH,
    KIND_PATHS, /* one or more */
    KIND_PORT,
    KIND_SECONDS,
    KIND_BOOL,
    KIND_WORD
};

struct setting {
    const char *section;
    const char *key;
    enum kind kind;
    size_t offset;
    const char *otherwise; /* the default; NULL for none */
    bool is_required;      /* where its section is in the file, or required itself */
    const char *words;     /* KIND_WORD: "first|second", in the order of the enum */
    const char *help;
};

#define AT(member) offsetof(struct switch_config, member)

#define SERVER(section, member)                                                       \
    {section,                                                                         \
     "provision",                                                                     \
     KIND_WORD,                                                                       \
     AT(member.provision),                                                            \
     "local",                                                                         \
     false,                                                                           \
     "local|adopt|hook",                                                              \
     "local: airshift copies the master into data_directory; adopt: a standby that "  \
     "runs on this machine already; hook: provision_hook makes it here"},             \
        {section,                                                                     \
         "provision_hook",                                                            \
         KIND_TEXT,                                                                   \
         AT(member.provision_hook),                                                   \
         NULL,                                                                        \
         false,                                                                       \
         NULL,                                                                        \
         "a program, with its arguments, that makes and starts the standby; no "      \
         "shell"},                                                                    \
        {section,                                                                     \
         "data_directory",                                                            \
         KIND_PATH,                                                                   \
         AT(member.data_directory),                                                   \
         NULL,                                                                        \
         true,                                                                        \
         NULL,                                                                        \
         "of the server; for provision = local it must not exist or be empty"},       \
        {section, "port", KIND_PORT, AT(member.port),                                 \
         NULL,    true,   NULL,      "of the server"},                                \
        {section,                                                                     \
         "bin_directory",                                                             \
         KIND_PATH,                                                                   \
         AT(member.bin_directory),                                                    \
         NULL,                                                                        \
         false,                                                                       \
         NULL,                                                                        \
         "where the server's programs are; default: by the master's version"},        \
        {section,                                                                     \
         "control_directory",                                                         \
         KIND_PATH,                                                                   \
         AT(member.control_directory),                                                \
         NULL,                                                                        \
         false,                                                                       \
         NULL,                                                                        \
         "private socket, logs; default: data_directory with -airshift behind"},      \
        {section,   "socket_directory",                                               \
         KIND_PATH, AT(member.socket_directory),                                      \
         NULL,      false,                                                            \
         NULL,      "of the opened server; default: control_directory"},              \
        {section,   "listen_addresses",                                               \
         KIND_TEXT, AT(member.listen_addresses),                                      \
         NULL,      false,                                                            \
         NULL,      "of the opened server; default: as the master"},                  \
        {section,   "address",                                                        \
         KIND_TEXT, AT(member.address),                                               \
         NULL,      false,                                                            \
         NULL,      "adopt: the host where it listens now; default: its socket"},     \
        {section,                                                                     \
         "config_file",                                                               \
         KIND_PATH,                                                                   \
         AT(member.config_file),                                                      \
         NULL,                                                                        \
         false,                                                                       \
         NULL,                                                                        \
         "adopt: its configuration file, where that is not in data_directory"},       \
    {                                                                                 \
        section, "os_user", KIND_TEXT, AT(member.os_user), NULL, false, NULL,         \
            "who the server runs as, when airshift runs as root; default: postgres, " \
            "or mysql"                                                                \
    }

static const struct setting settings[] = {
    {"blue", "url", KIND_SECRET, AT(blue_url), NULL, false, NULL,
     "today's master, as an administrator (a superuser) of it; or url_file"},
    {"blue", "url_file", KIND_PATH, AT(blue_url_file), NULL, false, NULL,
     "a file that holds the URL"},
    SERVER("green", green),
    SERVER("spare", spare),
    {"airflow", "to", KIND_TEXT, AT(airflow_to), NULL, true, NULL,
     "the Airflow version, revision or \"head\" to migrate to"},
    {"airflow", "fernet_key_file", KIND_PATH, AT(fernet_key_file), NULL, false, NULL,
     "a file that holds Airflow's Fernet key (else AIRFLOW__CORE__FERNET_KEY, "
     "airflow.cfg)"},
    {"airflow", "config_file", KIND_PATH, AT(airflow_config), NULL, false, NULL,
     "airflow.cfg, where it is not where Airflow looks for it"},
    {"repoint", "file", KIND_PATH, AT(repoint_file), NULL, false, NULL,
     "the connection file of the clients: a URL alone, or KEY=VALUE lines"},
    {"repoint", "key", KIND_TEXT, AT(repoint_key),
     "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", false, NULL,
     "the key whose value is the URL, where file has KEY=VALUE lines"},
    {"repoint", "green_url", KIND_SECRET, AT(green_url), NULL, false, NULL,
     "what the clients shall use; default: what is in file, with green's host and "
     "port"},
    {"repoint", "green_url_file", KIND_PATH, AT(green_url_file), NULL, false, NULL,
     "a file that holds that URL"},
    {"repoint", "green_host", KIND_TEXT, AT(green_host), NULL, false, NULL,
     "green's host name for the clients; default: the one in file"},
    {"repoint", "hosts", KIND_BOOL, AT(is_by_hosts), "no", false, NULL,
     "yes: the clients' URL names both servers, with target_session_attrs=read-write; "
     "the one they leave stays open for reading (PostgreSQL)"},
    {"repoint", "hook", KIND_TEXT, AT(hook), NULL, false, NULL,
     "a program, with its arguments, to run when the clients move; no shell"},
    {"pgbouncer", "admin_url", KIND_SECRET, AT(pgbouncer_urls), NULL, false, NULL,
     "the admin consoles of the clients' PgBouncers (database pgbouncer, a user of "
     "admin_users), with spaces between; or admin_url_file"},
    {"pgbouncer", "admin_url_file", KIND_PATH, AT(pgbouncer_urls_file), NULL, false,
     NULL, "a file that holds these URLs"},
    {"pgbouncer", "database", KIND_TEXT, AT(pgbouncer_database), NULL, true, NULL,
     "the name under which the clients know Airflow's database"},
    {"pgbouncer", "file", KIND_PATHS, AT(pgbouncer_files), NULL, false, NULL,
     "the files on this machine that have its line of [databases], with spaces "
     "between; where they are elsewhere, let the hook write them"},
    {"pgbouncer", "hold", KIND_BOOL, AT(is_holding), "yes", false, NULL,
     "yes: the clients wait in the poolers from the fence until they have moved; no: "
     "they get the fence's errors"},
    {"pgbouncer", "repoint", KIND_BOOL, AT(is_repointing_pgbouncer), "yes", false, NULL,
     "no: they lead to what is moved otherwise, such as HAProxy; they only hold the "
     "clients"},
    {"haproxy", "socket", KIND_PATHS, AT(haproxy_sockets), NULL, true, NULL,
     "the runtime sockets (level admin) of the clients' HAProxies, with spaces "
     "between"},
    {"haproxy", "server", KIND_TEXT, AT(haproxy_server), NULL, true, NULL,
     "backend/server: the one whose address is changed"},
    {"haproxy", "file", KIND_PATHS, AT(haproxy_files), NULL, false, NULL,
     "the configuration files that have its server line, with spaces between; without "
     "them a restart of HAProxy leads back"},
    {"switch", "state_directory", KIND_PATH, AT(state_directory), NULL, true, NULL,
     "the journal and the archive of a rollback; keep it until the switch is finished"},
    {"switch", "mode", KIND_WORD, AT(mode), "quiesced", false, "quiesced",
     "quiesced: the master is fenced while the replica is migrated"},
    {"switch", "archive", KIND_WORD, AT(archive), "auto", false, "auto|first|last",
     "at a rollback, archive green's new rows before the clients move back, or after; "
     "auto: before where it takes no longer than about a tenth of a second"},
    {"switch", "end_writers", KIND_BOOL, AT(is_ending_writers), "yes", false, NULL,
     "end transactions that still write when the time to wait for them is over"},
    {"switch", "watchdog", KIND_BOOL, AT(is_watched), "yes", false, NULL,
     "yes: a process of its own lifts the fence if airshift dies before the cutover; "
     "no: "
     "the master stays fenced until resume or abort"},
    {"timeouts", "watchdog", KIND_SECONDS, AT(watchdog_s), "1", false, NULL,
     "after airshift's death, wait so long for somebody to resume before the fence is "
     "lifted"},
    {"timeouts", "outage", KIND_SECONDS, AT(outage_s), NULL, false, NULL,
     "the watchdog ends a start that has fenced the master for so long, and lifts the "
     "fence; default: no limit"},
    {"timeouts", "long_transaction", KIND_SECONDS, AT(long_transaction_s), "5", false,
     NULL, "a transaction that has written for so long is waited for before the fence"},
    {"timeouts", "writers", KIND_SECONDS, AT(writers_s), "60", false, NULL,
     "wait so long for such transactions"},
    {"timeouts", "drain", KIND_SECONDS, AT(drain_s), "10", false, NULL,
     "behind the fence, wait so long for what is open, then end it"},
    {"timeouts", "catch_up", KIND_SECONDS, AT(catch_up_s), "300", false, NULL,
     "until the replicas have replayed everything"},
    {"timeouts", "connect", KIND_SECONDS, AT(connect_s), "10", false, NULL,
     "until a server answers; and after so long without a sign of life from the "
     "master's machine, its session is given up"},
    {"timeouts", "copy", KIND_SECONDS, AT(copy_s), "86400", false, NULL,
     "of one copy of the master"},
    {"timeouts", "start", KIND_SECONDS, AT(start_s), "300", false, NULL,
     "of one start or stop of a server"},
    {"timeouts", "promote", KIND_SECONDS, AT(promote_s), "60", false, NULL,
     "of the promotion"},
    {"timeouts", "migrate", KIND_SECONDS, AT(migrate_s), "86400", false, NULL,
     "of the migration"},
    {"timeouts", "verify", KIND_SECONDS, AT(verify_s), "86400", false, NULL,
     "of the verification"},
    {"timeouts", "sync", KIND_SECONDS, AT(sync_s), "3600", false, NULL,
     "until all files of green are on the disk"},
    {"timeouts", "hook", KIND_SECONDS, AT(hook_s), "60", false, NULL, "of one hook"},
    {"timeouts", "pause", KIND_SECONDS, AT(pause_s), "10", false, NULL,
     "until the poolers have no transaction under way, and of each answer of theirs or "
     "of "
     "HAProxy"},
};

enum { SETTINGS_COUNT = sizeof(settings) / sizeof(settings[0]) };

struct loading {
    struct switch_config *config;
    struct err *err;
    bool has_failed;
    bool is_set[SETTINGS_COUNT];
    int line;
};

static bool *section_flag(struct switch_config *config, const char *section)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"blue", &config->has_blue},          {"green", &config->green.is_present},
        {"spare", &config->spare.is_present}, {"airflow", &config->has_airflow},
        {"repoint", &config->has_repoint},    {"pgbouncer", &config->has_pgbouncer},
        {"haproxy", &config->has_haproxy},    {"switch", &config->has_switch},
        {"timeouts", &config->has_timeouts},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(flags[i].name, section) == 0)
            return flags[i].flag;
    }
    return NULL;
}

static int find_word(const char *words, const char *value)
{
    size_t length = strlen(value);

    for (int i = 0; words != NULL; i++) {
        const char *bar = strchr(words, '|');
        size_t word_length = bar != NULL ? (size_t)(bar - words) : strlen(words);

        if (word_length == length && strncmp(words, value, length) == 0)
            return i;
        words = bar != NULL ? bar + 1 : NULL;
    }
    return -1;
}

char *config_next_word(const char **text)
{
    static const char space[] = " \t\r\n";
    const char *word = *text == NULL ? "" : *text + strspn(*text, space);
    size_t length = strcspn(word, space);

    *text = word + length;
    return length > 0 ? xasprintf("%.*s", (int)length, word) : NULL;
}

static bool are_paths(const char *value)
{
    char *word;
    bool is_good = true;
    size_t count = 0;

    while ((word = config_next_word(&value)) != NULL) {
        is_good = is_good && word[0] == '/';
        count++;
        free(word);
    }
    return is_good && count > 0;
}

/* -1 when the value is not of its kind; `*must` is then what it must be. */
static int store(struct switch_config *config, const struct setting *setting,
                 const char *value, const char **must)
{
    char *field = (char *)config + setting->offset;
    char *end;

    switch (setting->kind) {
    case KIND_PATH:
    case KIND_PATHS:
        *must = setting->kind == KIND_PATH ? "an absolute path" : "absolute paths";
        if (setting->kind == KIND_PATH ? value[0] != '/' : !are_paths(value))
            return -1;
        /* fall through */
    case KIND_TEXT:
    case KIND_SECRET: {
        char **text = (char **)(void *)field;

        free(*text);
        *text = xstrdup(value);
        return 0;
    }
    case KIND_PORT: {
        long number = strtol(value, &end, 10);

        *must = "a number from 1 to 65535";
        if (end == value || *end != '\0' || number < 1 || number > 65535)
            return -1;
        *(long *)(void *)field = number;
        return 0;
    }
    case KIND_SECONDS: {
        double number = strtod(value, &end);

        *must = "a number of seconds above 0";
        if (end == value || *end != '\0' || !(number > 0) || number > 1e8)
            return -1;
        *(double *)(void *)field = number;
        return 0;
    }
    case KIND_BOOL: {
        bool is_yes = strcmp(value, "yes") == 0 || strcmp(value, "true") == 0;

        *must = "yes or no";
        if (!is_yes && strcmp(value, "no") != 0 && strcmp(value, "false") != 0)
            return -1;
        *(bool *)(void *)field = is_yes;
        return 0;
    }
    case KIND_WORD: {
        int word = find_word(setting->words, value);

        *must = setting->words;
        if (word < 0)
            return -1;
        *(int *)(void *)field = word;
        return 0;
    }
    }
    return -1;
}

/* inih's callback: 1 to go on. */
static int take(void *context, const char *section, const char *key, const char *value)
{
    struct loading *loading = context;
    bool *flag = section_flag(loading->config, section);
    const char *path = loading->config->path;
    const char *must = "";

    if (loading->has_failed)
        return 1;
    loading->has_failed = true;
    if (flag == NULL) {
        (void)err_set(loading->err, ERR_CONFIG, "%s: there is no section [%s]", path,
                      section);
        return 0;
    }
    *flag = true;
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        if (strcmp(settings[i].section, section) != 0 ||
            strcmp(settings[i].key, key) != 0)
            continue;
        if (loading->is_set[i]) {
            (void)err_set(loading->err, ERR_CONFIG, "%s: [%s] %s is there twice", path,
                          section, key);
            return 0;
        }
        if (store(loading->config, &settings[i], value, &must) < 0) {
            (void)err_set(loading->err, ERR_CONFIG, "%s: [%s] %s must be %s", path,
                          section, key, must);
            return 0;
        }
        loading->is_set[i] = true;
        loading->has_failed = false;
        return 1;
    }
    (void)err_set(loading->err, ERR_CONFIG, "%s: [%s] has no setting \"%s\"", path,
                  section, key);
    return 0;
}

/* A URL from its own file, without what surrounds it. */
static int read_url_file(char **url, const char *path, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int status = path == NULL || *url != NULL ? 0 : -1;

    if (status < 0 && file_read(path, 65536, &text, err) == 0) {
        while (text.length > 0 && strchr(" \t\r\n", text.data[text.length - 1]) != NULL)
            strbuf_truncate(&text, text.length - 1);
        *url = xstrdup(strbuf_text(&text));
        status = 0;
    }
    strbuf_wipe(&text);
    return status;
}

static int check_required(const struct loading *loading, struct err *err)
{
    struct switch_config *config = loading->config;

    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *setting = &settings[i];
        bool is_left_out =
            (strcmp(setting->section, "spare") == 0 && !config->spare.is_present) ||
            (strcmp(setting->section, "pgbouncer") == 0 && !config->has_pgbouncer) ||
            (strcmp(setting->section, "haproxy") == 0 && !config->has_haproxy);

        if (!setting->is_required || loading->is_set[i] || is_left_out)
            continue;
        return err_set(err, ERR_CONFIG, "%s: [%s] %s is missing", config->path,
                       setting->section, setting->key);
    }
    if (config->blue_url == NULL)
        return err_set(err, ERR_CONFIG, "%s: [blue] url or url_file is missing",
                       config->path);
    if (config->has_pgbouncer && config->pgbouncer_urls == NULL)
        return err_set(err, ERR_CONFIG,
                       "%s: [pgbouncer] admin_url or admin_url_file is missing",
                       config->path);
    if (config->repoint_file == NULL && config->hook == NULL && !config->is_by_hosts &&
        !config->has_haproxy &&
        (config->pgbouncer_files == NULL || !config->is_repointing_pgbouncer)) {
        (void)err_set(err, ERR_CONFIG, "%s: [repoint] needs file, hosts or hook",
                      config->path);
        return err_hint(err, "Or give [pgbouncer] file, or [haproxy]: something must "
                             "move the clients.");
    }
    if (config->spare.is_present &&
        (strcmp(config->spare.data_directory, config->green.data_directory) == 0 ||
         config->spare.port == config->green.port))
        return err_set(err, ERR_CONFIG,
                       "%s: green and spare need directories and ports of their own",
                       config->path);
    return 0;
}

static int check_server(const struct switch_config *config, const char *section,
                        const struct config_server *server, struct err *err)
{
    bool is_by_hook = server->provision == CONFIG_PROVISION_HOOK;

    if (!server->is_present || is_by_hook == (server->provision_hook != NULL))
        return 0;
    return err_set(err, ERR_CONFIG, "%s: [%s] %s", config->path, section,
                   is_by_hook ? "provision_hook is missing"
                              : "provision_hook goes with provision = hook only");
}

static int check_mode(const struct loading *loading, struct err *err)
{
    struct stat facts;

    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        if (settings[i].kind != KIND_SECRET || !loading->is_set[i])
            continue;
        if (stat(loading->config->path, &facts) == 0 && (facts.st_mode & 077) != 0) {
            (void)err_set(err, ERR_CONFIG,
                          "%s holds a URL and is open to other users (mode %04o)",
                          loading->config->path, (unsigned)(facts.st_mode & 07777));
            return err_hint(err, "chmod 600 it, or use url_file.");
        }
    }
    return 0;
}

static void finish_server(struct config_server *server)
{
    if (server->data_directory == NULL)
        return;
    for (size_t length = strlen(server->data_directory);
         length > 1 && server->data_directory[length - 1] == '/'; length--)
        server->data_directory[length - 1] = '\0';
    if (server->control_directory == NULL)
        server->control_directory = xasprintf("%s-airshift", server->data_directory);
}

int switch_config_load(struct switch_config *config, const char *path, struct err *err)
{
    struct loading loading;
    const char *must;
    int line;

    memset(config, 0, sizeof(*config));
    memset(&loading, 0, sizeof(loading));
    loading.config = config;
    loading.err = err;
    config->path = xstrdup(path);
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        if (settings[i].otherwise != NULL)
            (void)store(config, &settings[i], settings[i].otherwise, &must);
    }
    line = ini_parse(path, take, &loading);
    if (loading.has_failed)
        goto failed;
    if (line < 0) {
        (void)err_set(err, ERR_CONFIG, "reading \"%s\": %s", path, strerror(errno));
        goto failed;
    }
    if (line > 0) {
        (void)err_set(err, ERR_CONFIG, "%s: line %d cannot be read", path, line);
        goto failed;
    }
    finish_server(&config->green);
    finish_server(&config->spare);
    if (check_mode(&loading, err) == 0 &&
        read_url_file(&config->blue_url, config->blue_url_file, err) == 0 &&
        read_url_file(&config->green_url, config->green_url_file, err) == 0 &&
        read_url_file(&config->pgbouncer_urls, config->pgbouncer_urls_file, err) == 0 &&
        check_required(&loading, err) == 0 &&
        check_server(config, "green", &config->green, err) == 0 &&
        check_server(config, "spare", &config->spare, err) == 0)
        return 0;
failed:
    switch_config_clear(config);
    return -1;
}

void switch_config_clear(struct switch_config *config)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        char **text = (char **)(void *)((char *)config + settings[i].offset);

        if (settings[i].kind != KIND_TEXT && settings[i].kind != KIND_PATH &&
            settings[i].kind != KIND_PATHS && settings[i].kind != KIND_SECRET)
            continue;
        if (settings[i].kind == KIND_SECRET)
            xfree_secret(*text);
        else
            free(*text);
        *text = NULL;
    }
    free(config->path);
    config->path = NULL;
}

void switch_config_print_sample(struct strbuf *text)
{
    const char *section = "";

    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *setting = &settings[i];

        if (strcmp(section, setting->section) != 0) {
            section = setting->section;
            strbuf_addf(text, "%s[%s]\n", i > 0 ? "\n" : "", section);
        }
        strbuf_addf(text, "; %s\n", setting->help);
        if (setting->words != NULL)
            strbuf_addf(text, ";   one of: %s\n", setting->words);
        strbuf_addf(text, "%s%s = %s\n", setting->is_required ? "" : "; ", setting->key,
                    setting->otherwise != NULL ? setting->otherwise : "");
    }
}
