/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - whether a session must have TLS, whose certificate it takes, and that nothing is
 * sent to a server without TLS where it must have it.
 */
#include "config.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "mysql/connection.h"

/* The mode asked for. Who names a root wants it used: with a person in the middle, PREFERRED
 * would be no TLS at all. NULL where nothing is said. */
static const char *mode_of(const struct url_parts *parts)
{
    const char *mode = url_parts_value(parts, "ssl_mode");
    bool has_root = url_parts_value(parts, "ssl_ca") != NULL ||
                    url_parts_value(parts, "ssl_capath") != NULL;

    return mode == NULL && has_root ? "VERIFY_CA" : mode;
}

static bool must_have_tls(const char *mode)
{
    return mode != NULL && strcmp(mode, "DISABLED") != 0 &&
           strcmp(mode, "PREFERRED") != 0;
}

bool mysql_asks_for_tls(const struct url_parts *parts)
{
    return must_have_tls(mode_of(parts));
}

#ifdef LIBMARIADB
/* With a root, this library checks the chain in every mode. The option compares the name,
 * too; without a root it is the only one that checks anything. */
static void set_mode(MYSQL *handle, const char *mode, bool has_root)
{
    my_bool yes = 1;
    bool compares_name =
        mode != NULL && (strcmp(mode, "VERIFY_IDENTITY") == 0 ||
                         (strcmp(mode, "VERIFY_CA") == 0 && !has_root));

    if (must_have_tls(mode))
        (void)mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
    if (compares_name)
        (void)mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

/* This library ignores that TLS is enforced when a server has none, and goes on to the user's
 * name and password. So a step of ours comes before that: the library takes it for a way to
 * log in, and asks it after the server's greeting for what to send. With TLS that is nothing,
 * upon which the server names the way that the user has. */
static const char guard_name[] = "airshift_tls";
static _Thread_local bool guard_refused;

static int guard(MYSQL_PLUGIN_VIO *vio, struct st_mysql *handle)
{
    guard_refused = (handle->server_capabilities & CLIENT_SSL) == 0;
    if (guard_refused)
        return CR_ERROR;
    return vio->write_packet(vio, (const unsigned char *)"", 0) != 0 ? CR_ERROR : CR_OK;
}

/* As "mysql/client_plugin.h" has it, which asks for a header that Debian leaves out. */
struct authentication_plugin {
    int type;
    unsigned interface_version;
    const char *name;
    const char *author;
    const char *description;
    unsigned version[3];
    const char *license;
    void *mysql_api;
    int (*init)(char *error, size_t size, int count, va_list arguments);
    int (*deinit)(void);
    int (*options)(const char *option, const void *value);
    int (*authenticate_user)(MYSQL_PLUGIN_VIO *vio, struct st_mysql *handle);
};

struct st_mysql_client_plugin *STDCALL mysql_client_register_plugin(
    struct st_mysql *handle, struct st_mysql_client_plugin *plugin);

static void register_guard(void)
{
    enum { KIND_AUTHENTICATION = 2, INTERFACE_VERSION = 0x0100 };
    static struct authentication_plugin plugin = {
        .type = KIND_AUTHENTICATION,
        .interface_version = INTERFACE_VERSION,
        .name = guard_name,
        .author = "airshift",
        .description = "nothing without TLS",
        .version = {1, 0, 0},
        .license = "Apache-2.0",
        .authenticate_user = guard,
    };
    MYSQL *handle = mysql_init(NULL);

    (void)mysql_client_register_plugin(
        handle, (struct st_mysql_client_plugin *)(void *)&plugin);
    mysql_close(handle);
}

static bool connect_with_tls(MYSQL *handle, const struct my_target *target,
                             bool *lacks_tls)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    bool is_connected;

    (void)pthread_once(&once, register_guard);
    (void)mysql_options(handle, MYSQL_DEFAULT_AUTH, guard_name);
    guard_refused = false;
    is_connected =
        mysql_real_connect(handle, target->host, target->user, target->password,
                           target->database, target->port, target->socket, 0) != NULL;
    *lacks_tls = guard_refused;
    return is_connected;
}
#else
static void set_mode(MYSQL *handle, const char *mode, bool has_root)
{
    static const struct {
        const char *name;
        unsigned mode;
    } modes[] = {
        {"DISABLED", SSL_MODE_DISABLED},
        {"PREFERRED", SSL_MODE_PREFERRED},
        {"REQUIRED", SSL_MODE_REQUIRED},
        {"VERIFY_CA", SSL_MODE_VERIFY_CA},
        {"VERIFY_IDENTITY", SSL_MODE_VERIFY_IDENTITY},
    };
    bool yes = true;

    (void)has_root;
    for (size_t i = 0; mode != NULL && i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(modes[i].name, mode) == 0)
            (void)mysql_options(handle, MYSQL_OPT_SSL_MODE, &modes[i].mode);
    }
    if (!must_have_tls(mode))
        (void)mysql_options(handle, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &yes);
}

static bool connect_with_tls(MYSQL *handle, const struct my_target *target,
                             bool *lacks_tls)
{
    (void)lacks_tls; /* an error of the library's own */
    return mysql_real_connect(handle, target->host, target->user, target->password,
                              target->database, target->port, target->socket,
                              0) != NULL;
}
#endif

bool mysql_connect_handle(MYSQL *handle, const struct url_parts *parts,
                          const struct my_target *target, bool *lacks_tls)
{
    static const struct {
        const char *key;
        enum mysql_option option;
    } texts[] = {
        {"ssl_ca", MYSQL_OPT_SSL_CA},         {"ssl_capath", MYSQL_OPT_SSL_CAPATH},
        {"ssl_cert", MYSQL_OPT_SSL_CERT},     {"ssl_key", MYSQL_OPT_SSL_KEY},
        {"ssl_cipher", MYSQL_OPT_SSL_CIPHER},
    };
    const char *mode = mode_of(parts);
    bool is_connected;

    *lacks_tls = false;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *value = url_parts_value(parts, texts[i].key);

        if (value != NULL)
            (void)mysql_options(handle, texts[i].option, value);
    }
    set_mode(handle, mode,
             url_parts_value(parts, "ssl_ca") != NULL ||
                 url_parts_value(parts, "ssl_capath") != NULL);
    if (!must_have_tls(mode))
        return mysql_real_connect(handle, target->host, target->user, target->password,
                                  target->database, target->port, target->socket,
                                  0) != NULL;
    is_connected = connect_with_tls(handle, target, lacks_tls);
    if (is_connected && mysql_get_ssl_cipher(handle) == NULL)
        *lacks_tls = true;
    return is_connected && !*lacks_tls;
}
