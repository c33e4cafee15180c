/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - starting, stopping and reaching a MySQL server on this machine.
 *
 * What a phase needs is given on the command line, never written into the server's
 * files: it outranks every file, it ends with the process, and a server that somebody
 * starts by hand runs as its own configuration says. The phase of a running server is
 * read from its command line, where an option that MySQL does not know, and need not
 * ("loose"), names it. A server is found by its working directory, which is its data
 * directory.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "local_server.h"
#include "mysql/connection.h"
#include "mysql/replica.h"
#include "state/file.h"

enum { TURN_MS = 10, COMMAND_MAX_BYTES = 1 << 20 };

#define PHASE_OPTION "--loose-airshift-phase="
#define COPY_PHASE "copy" /* not a phase for others: such a server is absent */

char *my_program(const struct server *server, struct err *err)
{
    static const char *const places[] = {"/usr/sbin", "/usr/libexec",
                                         "/usr/local/mysql/bin", "/usr/bin"};
    char *path;

    if (server->bin_directory != NULL) {
        path = xasprintf("%s/mysqld", server->bin_directory);
        if (access(path, X_OK) == 0)
            return path;
        (void)err_set(err, ERR_CONFIG, "the program \"%s\": %s", path, strerror(errno));
        free(path);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        path = xasprintf("%s/mysqld", places[i]);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    (void)err_set(err, ERR_CONFIG, "no program \"mysqld\" on this machine");
    (void)err_hint(err, "Set bin_directory to where MySQL's programs are.");
    return NULL;
}

/* Whether a process is the server: it works in the data directory, and one of the words
 * of its command line is the program. These get into `command`, with zeros between. */
static bool is_this_server(const char *directory, long pid, struct strbuf *command)
{
    char path[64];
    char cwd[PATH_MAX];
    struct err ignored; /* it has ended, or is somebody else's */
    ssize_t length;

    (void)snprintf(path, sizeof(path), "/proc/%ld/cwd", pid);
    length = readlink(path, cwd, sizeof(cwd) - 1);
    if (length <= 0)
        return false;
    cwd[length] = '\0';
    if (strcmp(cwd, directory) != 0)
        return false;
    strbuf_truncate(command, 0);
    (void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
    if (file_read(path, COMMAND_MAX_BYTES, command, &ignored) < 0)
        return false;
    for (size_t i = 0; i < command->length; i += strlen(command->data + i) + 1) {
        const char *slash = strrchr(command->data + i, '/');

        if (strncmp(slash != NULL ? slash + 1 : command->data + i, "mysqld", 6) == 0)
            return true;
    }
    return false;
}

/* The process of the server; 0 where none runs. `phase` gets what its command line says,
 * or the name of the open phase. */
static pid_t find_process(const struct server *server, char phase[static 16])
{
    char *directory = realpath(server->data_directory, NULL);
    DIR *processes = directory != NULL ? opendir("/proc") : NULL;
    struct strbuf command = STRBUF_INIT;
    struct dirent *entry;
    pid_t found = 0;

    while (found == 0 && processes != NULL && (entry = readdir(processes)) != NULL) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);

        if (*end != '\0' || pid <= 1)
            continue;
        if (is_this_server(directory, pid, &command))
            found = (pid_t)pid;
    }
    (void)snprintf(phase, 16, "%s", local_phase_name(SERVER_OPEN));
    for (size_t i = 0; found != 0 && i < command.length;
         i += strlen(command.data + i) + 1) {
        if (strncmp(command.data + i, PHASE_OPTION, sizeof(PHASE_OPTION) - 1) == 0)
            (void)snprintf(phase, 16, "%s",
                           command.data + i + sizeof(PHASE_OPTION) - 1);
    }
    if (processes != NULL)
        (void)closedir(processes);
    strbuf_clear(&command);
    free(directory);
    return found;
}

int my_get_phase(const struct server *server, enum server_phase *phase, struct err *err)
{
    char name[16];

    (void)err;
    *phase = SERVER_ABSENT;
    if (find_process(server, name) == 0)
        return 0;
    for (enum server_phase i = SERVER_ABSENT; i <= SERVER_OPEN; i++) {
        if (strcmp(name, local_phase_name(i)) == 0)
            *phase = i;
    }
    return 0;
}

int my_check_place(const struct server *server, int version, long long bytes,
                   struct err *err)
{
    enum server_phase phase;
    char *program = my_program(server, err);

    (void)version;
    if (program == NULL)
        return -1;
    free(program);
    if (my_get_phase(server, &phase, err) < 0)
        return -1;
    return local_check_place(server, phase, "mysql.sock", bytes, err);
}

/* A crash now costs a new copy, and nothing else: nobody looks at this server. What is
 * written is with the system all the same, so a server that is killed keeps it. */
static void defer_durability(const struct server *server,
                             struct local_arguments *arguments)
{
    long long redo = local_clamp(local_bytes_left(server->data_directory) / 8,
                                 256LL << 20, 8LL << 30);

    local_add(arguments, xstrdup("--innodb-flush-log-at-trx-commit=2"));
    local_add(arguments, xstrdup("--innodb-flush-method=nosync"));
    local_add(arguments, xstrdup("--innodb-doublewrite=OFF"));
    local_add(arguments, xstrdup("--sync-binlog=0"));
    local_add(arguments, xstrdup("--disable-log-bin"));
    local_add(arguments, xasprintf("--loose-innodb-redo-log-capacity=%lld", redo));
}

/* `phase` is a name, because one of them is not a phase for others. */
static void fill_arguments(const struct server *server, const char *phase,
                           struct local_arguments *arguments, char *program)
{
    char *settings = my_settings_path(server);

    local_add(arguments, program);
    if (settings != NULL) /* else it reads the files that every server reads */
        local_add(arguments, xasprintf("--defaults-file=%s", settings));
    free(settings);
    local_add(arguments, xasprintf("--user=%s", server->os_user));
    if (strcmp(phase, local_phase_name(SERVER_OPEN)) == 0) {
        if (server->is_adopted) {
            local_add(arguments, xasprintf("--datadir=%s", server->data_directory));
            local_add(arguments, xasprintf("--port=%d", server->port));
        }
        return;
    }
    local_add(arguments, xasprintf(PHASE_OPTION "%s", phase));
    local_add(arguments, xasprintf("--datadir=%s", server->data_directory));
    local_add(arguments, xstrdup("--skip-networking"));
    local_add(arguments, xstrdup("--loose-mysqlx=OFF"));
    local_add(arguments,
              xasprintf("--socket=%s/mysql.sock", server->control_directory));
    local_add(arguments,
              xasprintf("--pid-file=%s/mysqld.pid", server->control_directory));
    local_add(arguments,
              xasprintf("--log-error=%s/server.log", server->control_directory));
    local_add(arguments, xstrdup("--event-scheduler=OFF"));
    /* A replica starts when we give it the user and the password. */
    local_add(arguments, xstrdup("--loose-skip-replica-start"));
    local_add(arguments,
              xstrdup("--loose-skip-slave-start")); /* the word before 8.0.26 */
    if (strcmp(phase, local_phase_name(SERVER_STANDBY)) == 0)
        local_add(arguments, xstrdup("--super-read-only=ON"));
    if (strcmp(phase, local_phase_name(SERVER_DETACHED)) == 0)
        defer_durability(server, arguments);
    if (strcmp(phase, COPY_PHASE) == 0) {
        local_add(arguments, xstrdup("--plugin-load-add=mysql_clone.so"));
        local_add(arguments, xstrdup("--disable-log-bin"));
    }
}

/* How a running server is reached: its private socket, or as an opened one. A user may be
 * one who must use TLS, even on a socket; there it is nobody's certificate that counts. */
static void read_address(const struct server *server, enum server_phase phase,
                         struct url_parts *parts)
{
    static const char *const tcp_only[] = {"ssl_mode", "ssl_ca",  "ssl_capath",
                                           "ssl_cert", "ssl_key", "ssl_cipher"};
    bool has_tls;

    url_parts_read(parts, server->login->text);
    if (phase == SERVER_OPEN && server->is_adopted) {
        url_parts_put(parts, "unix_socket", xstrdup(""));
        url_parts_put(parts, "host",
                      xstrdup(server->address != NULL ? server->address : "127.0.0.1"));
        url_parts_put(parts, "port", xasprintf("%d", server->port));
        return;
    }
    url_parts_put(parts, "host", xstrdup(""));
    url_parts_put(parts, "port", xstrdup(""));
    url_parts_put(parts, "unix_socket",
                  xasprintf("%s/mysql.sock",
                            phase == SERVER_OPEN && server->socket_directory != NULL
                                ? server->socket_directory
                                : server->control_directory));
    has_tls = mysql_asks_for_tls(parts);
    for (size_t i = 0; i < sizeof(tcp_only) / sizeof(tcp_only[0]); i++)
        url_parts_put(parts, tcp_only[i], xstrdup(""));
    if (has_tls)
        url_parts_put(parts, "ssl_mode", xstrdup("REQUIRED"));
}

static struct connection *connect_with(const struct server *server,
                                       const struct url_parts *parts,
                                       const char *purpose, struct err *err)
{
    const char *socket = url_parts_value(parts, "unix_socket");
    struct connection *connection;
    struct url url = {.dialect = server->login->dialect};

    url.text = url_parts_text(parts);
    url.shown = socket != NULL
                    ? xasprintf("%s server (%s)", server->role, socket)
                    : xasprintf("%s server (%s:%d)", server->role,
                                url_parts_value(parts, "host"), server->port);
    connection = sql_connect(&url, purpose, err);
    url_clear(&url);
    return connection;
}

struct connection *my_connect_local(const struct server *server, const char *purpose,
                                    struct err *err)
{
    struct connection *connection;
    enum server_phase phase;
    struct url_parts parts;

    if (my_get_phase(server, &phase, err) < 0)
        return NULL;
    if (phase == SERVER_ABSENT) {
        (void)err_set(err, ERR_CONNECT, "the %s server does not run", server->role);
        return NULL;
    }
    read_address(server, phase, &parts);
    connection = connect_with(server, &parts, purpose, err);
    url_parts_clear(&parts);
    return connection;
}

struct connection *my_connect_as(const struct server *server, const char *user,
                                 struct err *err)
{
    struct connection *connection;
    struct url_parts parts;

    read_address(server, SERVER_STANDBY, &parts);
    url_parts_put(&parts, "user", xstrdup(user));
    url_parts_put(&parts, "password", xstrdup(""));
    url_parts_put(&parts, "dbname", xstrdup("mysql"));
    connection = connect_with(server, &parts, "copy", err);
    url_parts_clear(&parts);
    return connection;
}

/* Whether it takes sessions; who may log in is another matter. */
static bool is_ready(const struct server *server, enum server_phase phase)
{
    enum { CLIENT_ERRORS = 2000, CLIENT_ERRORS_END = 3000 };
    struct url_parts parts;
    enum my_answer answer;
    MYSQL *handle;
    bool is_it;

    read_address(server, phase, &parts);
    handle = mysql_open_handle(&parts, 0, "start", &answer);
    is_it = answer != MY_REFUSED || mysql_errno(handle) < CLIENT_ERRORS ||
            mysql_errno(handle) >= CLIENT_ERRORS_END;
    mysql_close(handle);
    url_parts_clear(&parts);
    return is_it;
}

/* `pid` is our child, or 0 when the server was found running. */
static int wait_ready(const struct server *server, const char *phase,
                      enum server_phase address, pid_t pid, struct err *err)
{
    struct deadline deadline = deadline_in(server->start_seconds);
    char *log = xasprintf("%s/server.log", server->control_directory);
    char now[16];
    char what[64];
    int status = -1;

    (void)snprintf(what, sizeof(what), "the %s server to start", server->role);
    for (;;) {
        int ended = 0;

        if (find_process(server, now) != 0 && strcmp(now, phase) == 0 &&
            is_ready(server, address)) {
            status = 0;
            break;
        }
        if (pid > 0 && waitpid(pid, &ended, WNOHANG) != 0) {
            pid = -1;
            /* It may have found the one that a process before us had started. */
            if (find_process(server, now) == 0 || strcmp(now, phase) != 0) {
                (void)err_set(err, ERR_STATE, "the %s server does not start",
                              server->role);
                break;
            }
        }
        if (wait_turn(&deadline, TURN_MS, what, err) < 0)
            break;
    }
    if (status < 0)
        local_hint_log(log, err);
    free(log);
    return status;
}

static int start_as(const struct server *server, const char *phase,
                    enum server_phase address, struct err *err)
{
    struct local_arguments arguments;
    char *log = xasprintf("%s/server.log", server->control_directory);
    char *program = my_program(server, err);
    int status = -1;

    memset(&arguments, 0, sizeof(arguments));
    if (program != NULL && local_make_control_directory(server, err) == 0) {
        pid_t pid;

        fill_arguments(server, phase, &arguments, program);
        program = NULL; /* belongs to the arguments now */
        pid = local_launch(server, &arguments, log, err);
        if (pid > 0)
            status = wait_ready(server, phase, address, pid, err);
    }
    local_clear_arguments(&arguments);
    free(program);
    free(log);
    return status;
}

int my_start_empty(const struct server *server, struct err *err)
{
    return start_as(server, COPY_PHASE, SERVER_STANDBY, err);
}

/* A replica follows again whenever it is wanted as one. */
static int start_following(const struct server *server, struct err *err)
{
    struct connection *replica = my_connect_local(server, "switch", err);
    int status = replica != NULL ? my_start_replication(server, replica, err) : -1;

    sql_close(replica);
    return status;
}

int my_start(const struct server *server, enum server_phase phase, struct err *err)
{
    char now[16];
    int status;

    if (find_process(server, now) == 0)
        status = start_as(server, local_phase_name(phase), phase, err);
    else if (strcmp(now, local_phase_name(phase)) == 0)
        status = wait_ready(server, local_phase_name(phase), phase, 0, err);
    else
        return err_set(err, ERR_INTERNAL, "the %s server runs already, %s",
                       server->role, now);
    return status == 0 && phase == SERVER_STANDBY ? start_following(server, err)
                                                  : status;
}

int my_wait_gone(const struct server *server, double seconds, struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    char phase[16];
    char what[64];

    (void)snprintf(what, sizeof(what), "the %s server to stop", server->role);
    while (find_process(server, phase) != 0) {
        if (wait_turn(&deadline, TURN_MS, what, err) < 0)
            return -1;
    }
    return 0;
}

int my_stop(const struct server *server, struct err *err)
{
    char phase[16];
    pid_t pid = find_process(server, phase);

    if (pid == 0)
        return 0;
    if (kill(pid, SIGTERM) < 0 && errno != ESRCH)
        return err_set(err, ERR_STATE, "stopping the %s server: %s", server->role,
                       strerror(errno));
    return my_wait_gone(server, server->start_seconds, err);
}

int my_discard(const struct server *server, struct err *err)
{
    return local_discard(server, my_stop, err);
}

int my_sync_files(const struct server *server, double seconds, struct err *err)
{
    char *log = xasprintf("%s/sync.log", server->control_directory);
    /* The whole file system's, which is all of ours and more. */
    const char *const arguments[] = {"/bin/sync", "-f", server->data_directory, NULL};
    const struct process_spec spec = {.arguments = arguments,
                                      .directory = "/",
                                      .output = log,
                                      .has_clean_environment = true,
                                      .dies_with_us = true};
    int status = process_run(&spec, seconds, "writing the files to disk", err);

    free(log);
    return status;
}

/* The password comes by itself (my_private_secret()). */
char *my_private_url(const struct server *server, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    struct url_parts parts;

    (void)err;
    url_parts_read(&parts, server->login->text);
    strbuf_add_string(&text, "mysql://");
    url_add_escaped(&text, url_parts_text_of(&parts, "user"));
    strbuf_add_string(&text, "@localhost/");
    url_add_escaped(&text, url_parts_text_of(&parts, "dbname"));
    strbuf_add_string(&text, "?unix_socket=");
    url_add_escaped(&text, server->control_directory);
    strbuf_add_string(&text, "/mysql.sock");
    if (mysql_asks_for_tls(&parts))
        strbuf_add_string(&text, "&ssl_mode=REQUIRED");
    url_parts_clear(&parts);
    return strbuf_detach(&text);
}

char *my_private_secret(const struct server *server)
{
    struct url_parts parts;
    const char *password;
    char *secret = NULL;

    url_parts_read(&parts, server->login->text);
    password = url_parts_value(&parts, "password");
    if (password != NULL)
        secret = xasprintf("MYSQL_PWD=%s", password);
    url_parts_clear(&parts);
    return secret;
}
