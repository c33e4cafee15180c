/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - starting, stopping and reaching a PostgreSQL server on this machine.
 *
 * What a phase needs is given on the command line, never written into the server's
 * files: it outranks every file, it ends with the process, and a server that somebody
 * starts by hand runs as its own configuration says. The phase of a running server is
 * read from its command line (postmaster.opts), where a setting of ours names it.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "local_server.h"
#include "postgres/connection.h"
#include "postgres/replica.h"
#include "state/file.h"

enum { TURN_MS = 10, PIDFILE_MAX_BYTES = 8192 };

/* postmaster.pid, line by line. */
struct pidfile {
    pid_t pid;
    int port;
    char socket_directory[128];
    char address[128];
    bool is_ready;
};

char *pg_program(const struct server *server, const char *name, int version,
                 struct err *err)
{
    char *path =
        server->bin_directory != NULL
            ? xasprintf("%s/%s", server->bin_directory, name)
            : xasprintf("/usr/lib/postgresql/%d/bin/%s", version / 10000, name);

    if (access(path, X_OK) == 0)
        return path;
    (void)err_set(err, ERR_CONFIG, "the program \"%s\": %s", path, strerror(errno));
    (void)err_hint(err, "Set bin_directory to where PostgreSQL %d's programs are.",
                   version / 10000);
    free(path);
    return NULL;
}

/* The n-th line of a text, without its newline. */
static void copy_line(char *to, size_t size, const char *text, int n)
{
    for (; n > 0 && text != NULL; n--) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    (void)snprintf(to, size, "%.*s", text != NULL ? (int)strcspn(text, "\n") : 0,
                   text != NULL ? text : "");
}

/* A process with this id could be any other after a crash: a server's working directory
 * is its data directory. */
static bool is_this_server(const struct server *server, pid_t pid)
{
    char link[64];
    char directory[PATH_MAX];
    char *real = realpath(server->data_directory, NULL);
    ssize_t length;
    bool is_it = false;

    (void)waitpid(pid, NULL, WNOHANG); /* our own child that has ended is no server */
    (void)snprintf(link, sizeof(link), "/proc/%ld/cwd", (long)pid);
    length = readlink(link, directory, sizeof(directory) - 1);
    if (length > 0 && real != NULL) {
        directory[length] = '\0';
        is_it = strcmp(directory, real) == 0;
    }
    free(real);
    return is_it;
}

/* False when no server runs in the data directory. */
static bool read_pidfile(const struct server *server, struct pidfile *pidfile)
{
    char *path = xasprintf("%s/postmaster.pid", server->data_directory);
    struct strbuf text = STRBUF_INIT;
    struct err ignored; /* no such file: it does not run */
    char line[128];
    bool is_running = false;

    memset(pidfile, 0, sizeof(*pidfile));
    if (file_read(path, PIDFILE_MAX_BYTES, &text, &ignored) == 0) {
        copy_line(line, sizeof(line), strbuf_text(&text), 0);
        pidfile->pid = (pid_t)strtol(line, NULL, 10);
        copy_line(line, sizeof(line), strbuf_text(&text), 3);
        pidfile->port = (int)strtol(line, NULL, 10);
        copy_line(pidfile->socket_directory, sizeof(pidfile->socket_directory),
                  strbuf_text(&text), 4);
        copy_line(pidfile->address, sizeof(pidfile->address), strbuf_text(&text), 5);
        copy_line(line, sizeof(line), strbuf_text(&text), 7);
        pidfile->is_ready =
            strncmp(line, "ready", 5) == 0 || strncmp(line, "standby", 7) == 0;
        is_running = pidfile->pid > 1 && is_this_server(server, pidfile->pid);
    }
    strbuf_clear(&text);
    free(path);
    return is_running;
}

int pg_get_phase(const struct server *server, enum server_phase *phase, struct err *err)
{
    char *path;
    struct strbuf text = STRBUF_INIT;
    struct pidfile pidfile;
    int status = 0;

    *phase = SERVER_ABSENT;
    if (!read_pidfile(server, &pidfile))
        return 0;
    *phase = SERVER_OPEN;
    path = xasprintf("%s/postmaster.opts", server->data_directory);
    /* Written right after postmaster.pid; a server without it is just coming up. */
    if (file_exists(path))
        status = file_read(path, 1 << 20, &text, err);
    for (enum server_phase i = SERVER_ABSENT; i <= SERVER_OPEN; i++) {
        char mark[64];

        (void)snprintf(mark, sizeof(mark), "\"airshift.phase=%s\"",
                       local_phase_name(i));
        if (strstr(strbuf_text(&text), mark) != NULL)
            *phase = i;
    }
    strbuf_clear(&text);
    free(path);
    return status;
}

static void set(struct local_arguments *arguments, const char *name, const char *value)
{
    local_add(arguments, xstrdup("-c"));
    local_add(arguments, xasprintf("%s=%s", name, value));
}

static void set_megabytes(struct local_arguments *arguments, const char *name,
                          long long bytes)
{
    local_add(arguments, xstrdup("-c"));
    local_add(arguments, xasprintf("%s=%lldMB", name, bytes >> 20));
}

/* A crash now costs a new copy, and nothing else: nobody looks at this server. */
static void defer_durability(const struct server *server,
                             struct local_arguments *arguments)
{
    long long memory = (long long)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    long long left = local_bytes_left(server->data_directory);

    set(arguments, "fsync", "off");
    set(arguments, "full_page_writes", "off");
    set(arguments, "synchronous_commit", "off");
    set(arguments, "wal_level", "minimal");
    set(arguments, "max_wal_senders", "0");
    set(arguments, "autovacuum", "off");
    set(arguments, "checkpoint_timeout", "1h");
    set_megabytes(arguments, "max_wal_size",
                  local_clamp(left / 8, 1LL << 30, 8LL << 30));
    set_megabytes(arguments, "maintenance_work_mem",
                  local_clamp(memory / 16, 64LL << 20, 1LL << 30));
}

static void fill_arguments(const struct server *server, enum server_phase phase,
                           struct local_arguments *arguments, char *program)
{
    char number[16];

    local_add(arguments, program);
    local_add(arguments, xstrdup("-D"));
    local_add(arguments, xstrdup(server->data_directory));
    if (server->config_file != NULL)
        set(arguments, "config_file", server->config_file);
    if (phase == SERVER_OPEN)
        return;
    (void)snprintf(number, sizeof(number), "%d", server->port);
    set(arguments, "airshift.phase", local_phase_name(phase));
    set(arguments, "port", number);
    set(arguments, "listen_addresses", "");
    set(arguments, "unix_socket_directories", server->control_directory);
    set(arguments, "unix_socket_permissions", "0700");
    local_add(arguments, xstrdup("-c"));
    local_add(arguments, xasprintf("hba_file=%s/hba.conf", server->control_directory));
    set(arguments, "external_pid_file", "");
    /* A promoted copy of the master must not write into the master's archive, not hold
     * its commits for the master's standbys and not take the master's subscriptions
     * over. */
    set(arguments, "archive_mode", "off");
    set(arguments, "synchronous_standby_names", "");
    set(arguments, "max_logical_replication_workers", "0");
    if (phase == SERVER_DETACHED)
        defer_durability(server, arguments);
}

/* The private socket's rules: who can enter the control directory is let in. */
static int write_private_rules(const struct server *server, struct err *err)
{
    if (local_make_control_directory(server, err) < 0)
        return -1;
    return local_put(server, server->control_directory, "hba.conf",
                     "local all all trust\n", err);
}

/* `pid` is our child, or 0 when the server was found running. */
static int wait_ready(const struct server *server, enum server_phase phase, pid_t pid,
                      const char *log, struct err *err)
{
    struct deadline deadline = deadline_in(server->start_seconds);
    struct pidfile pidfile;
    enum server_phase now;
    char what[64];

    (void)snprintf(what, sizeof(what), "the %s server to start", server->role);
    for (;;) {
        int ended = 0;

        if (read_pidfile(server, &pidfile) && pidfile.is_ready) {
            if (pg_get_phase(server, &now, err) < 0)
                return -1;
            if (now == phase)
                return 0;
        }
        if (pid > 0 && waitpid(pid, &ended, WNOHANG) == pid) {
            pid = -1;
            /* It may have found the one that a process before us had started. */
            if (pg_get_phase(server, &now, err) < 0)
                return -1;
            if (now != phase) {
                (void)err_set(err, ERR_STATE, "the %s server does not start",
                              server->role);
                local_hint_log(log, err);
                return -1;
            }
        }
        if (wait_turn(&deadline, TURN_MS, what, err) < 0) {
            local_hint_log(log, err);
            return -1;
        }
    }
}

static int check_data_directory(const struct server *server, const char *program,
                                struct err *err)
{
    char *path = xasprintf("%s/PG_VERSION", server->data_directory);
    int status = 0;

    (void)program;
    if (!file_exists(path))
        status = err_set(err, ERR_STATE, "\"%s\" of the %s server holds no server",
                         server->data_directory, server->role);
    free(path);
    return status;
}

/* Which major version the files are of, as a version number. */
static int files_version(const struct server *server)
{
    char *path = xasprintf("%s/PG_VERSION", server->data_directory);
    struct strbuf text = STRBUF_INIT;
    struct err ignored; /* 0: the programs' path will not exist */
    int version = file_read(path, 64, &text, &ignored) == 0
                      ? (int)strtol(strbuf_text(&text), NULL, 10) * 10000
                      : 0;

    strbuf_clear(&text);
    free(path);
    return version;
}

int pg_start(const struct server *server, enum server_phase phase, struct err *err)
{
    struct local_arguments arguments;
    enum server_phase now;
    char *log = xasprintf("%s/server.log", server->control_directory);
    char *program = NULL;
    int status = -1;
    pid_t pid;

    memset(&arguments, 0, sizeof(arguments));
    if (pg_get_phase(server, &now, err) < 0)
        goto done;
    if (now == phase) {
        status = wait_ready(server, phase, 0, log, err);
        goto done;
    }
    if (now != SERVER_ABSENT) {
        (void)err_set(err, ERR_INTERNAL, "the %s server runs already, %s", server->role,
                      local_phase_name(now));
        goto done;
    }
    program = pg_program(server, "postgres", files_version(server), err);
    if (program == NULL || check_data_directory(server, program, err) < 0 ||
        write_private_rules(server, err) < 0)
        goto done;
    fill_arguments(server, phase, &arguments, program);
    pid = local_launch(server, &arguments, log, err);
    program = NULL; /* belongs to the arguments now */
    if (pid > 0)
        status = wait_ready(server, phase, pid, log, err);
done:
    local_clear_arguments(&arguments);
    free(program);
    free(log);
    return status;
}

int pg_stop(const struct server *server, struct err *err)
{
    struct deadline deadline = deadline_in(server->start_seconds);
    struct pidfile pidfile;
    char what[64];

    (void)snprintf(what, sizeof(what), "the %s server to stop", server->role);
    if (!read_pidfile(server, &pidfile))
        return 0;
    /* Fast: sessions are ended, everything is written out. */
    if (kill(pidfile.pid, SIGINT) < 0 && errno != ESRCH)
        return err_set(err, ERR_STATE, "stopping the %s server: %s", server->role,
                       strerror(errno));
    while (is_this_server(server, pidfile.pid)) {
        if (wait_turn(&deadline, TURN_MS, what, err) < 0)
            return -1;
    }
    return 0;
}

int pg_discard(const struct server *server, struct err *err)
{
    return local_discard(server, pg_stop, err);
}

int pg_sync_files(const struct server *server, double seconds, struct err *err)
{
    char *program = pg_program(server, "initdb", files_version(server), err);
    char *log = xasprintf("%s/sync.log", server->control_directory);
    const char *const arguments[] = {program, "--sync-only", "-D",
                                     server->data_directory, NULL};
    const struct process_spec spec = {.arguments = arguments,
                                      .user = server->os_user,
                                      .directory = "/",
                                      .output = log,
                                      .has_clean_environment = true,
                                      .dies_with_us = true};
    int status = program == NULL
                     ? -1
                     : process_run(&spec, seconds, "writing the files to disk", err);

    free(program);
    free(log);
    return status;
}

static void add_option(struct strbuf *text, const char *key, const char *value)
{
    strbuf_addf(text, "%s%s='", text->length > 0 ? " " : "", key);
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            strbuf_add_char(text, '\\');
        strbuf_add_char(text, *value);
    }
    strbuf_add_char(text, '\'');
}

/* Of the master's URL: what stays true on another server of the same contents. */
static bool is_taken_over(const char *key, bool is_private)
{
    static const char *const never[] = {"host",    "hostaddr",
                                        "port",    "target_session_attrs",
                                        "service", "load_balance_hosts"};
    static const char *const in_private[] = {"user", "dbname", "connect_timeout"};

    if (is_private) {
        for (size_t i = 0; i < sizeof(in_private) / sizeof(in_private[0]); i++) {
            if (strcmp(key, in_private[i]) == 0)
                return true;
        }
        return false;
    }
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (strcmp(key, never[i]) == 0)
            return false;
    }
    return true;
}

struct connection *pg_connect_local(const struct server *server, const char *purpose,
                                    struct err *err)
{
    PQconninfoOption *options = NULL;
    struct strbuf text = STRBUF_INIT;
    struct connection *connection = NULL;
    struct pidfile pidfile;
    enum server_phase phase;
    struct url url;
    char port[16];
    const char *host;

    memset(&url, 0, sizeof(url));
    if (pg_get_phase(server, &phase, err) < 0)
        return NULL;
    if (!read_pidfile(server, &pidfile)) {
        (void)err_set(err, ERR_CONNECT, "the %s server does not run", server->role);
        return NULL;
    }
    host = pidfile.socket_directory;
    if (phase == SERVER_OPEN && server->address != NULL)
        host = server->address;
    else if (host[0] == '\0')
        host = strcmp(pidfile.address, "*") == 0 || pidfile.address[0] == '\0'
                   ? "localhost"
                   : pidfile.address;
    (void)snprintf(port, sizeof(port), "%d", pidfile.port);
    add_option(&text, "host", host);
    add_option(&text, "port", port);
    options = PQconninfoParse(server->login->text, NULL);
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        if (o->val != NULL && is_taken_over(o->keyword, phase != SERVER_OPEN))
            add_option(&text, o->keyword, o->val);
    }
    PQconninfoFree(options);
    url.dialect = server->login->dialect;
    url.text = strbuf_detach(&text);
    url.shown = xasprintf("%s server (%s:%s)", server->role, host, port);
    connection = sql_connect(&url, purpose, err);
    url_clear(&url);
    return connection;
}

static void add_escaped(struct strbuf *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~",
                   *value) != NULL)
            strbuf_add_char(text, *value);
        else
            strbuf_addf(text, "%%%02X", (unsigned char)*value);
    }
}

char *pg_private_url(const struct server *server, struct err *err)
{
    PQconninfoOption *options = PQconninfoParse(server->login->text, NULL);
    struct strbuf text = STRBUF_INIT;
    const char *user = "";
    const char *database = "";

    if (options == NULL) {
        (void)err_set(err, ERR_CONFIG, "the URL of the master cannot be taken apart");
        return NULL;
    }
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
        if (o->val != NULL && strcmp(o->keyword, "user") == 0)
            user = o->val;
        if (o->val != NULL && strcmp(o->keyword, "dbname") == 0)
            database = o->val;
    }
    strbuf_add_string(&text, "postgresql://");
    add_escaped(&text, user);
    strbuf_add_string(&text, "@/");
    add_escaped(&text, database[0] != '\0' ? database : user);
    strbuf_add_string(&text, "?host=");
    add_escaped(&text, server->control_directory);
    strbuf_addf(&text, "&port=%d", server->port);
    PQconninfoFree(options);
    return strbuf_detach(&text);
}

/* The private socket asks for no password. */
char *pg_private_secret(const struct server *server)
{
    (void)server;
    return NULL;
}
