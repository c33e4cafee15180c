/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - whether a session must have TLS, whose certificate it takes, and that nothing is
 * sent to a server without TLS where it must have it.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "interrupt.h"
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

enum { GREETING_MAX = 512, PACKET_HEADER = 4, CLIENT_SSL_BIT = 0x0800 };

/* What a server says first: version, thread, random bytes, and what it can do. */
static bool greeting_offers_tls(const unsigned char *packet, size_t size)
{
    const unsigned char *end = packet + size;
    const unsigned char *version = packet + PACKET_HEADER + 1;
    const unsigned char *zero =
        size > PACKET_HEADER + 1 ? memchr(version, 0, (size_t)(end - version)) : NULL;
    const unsigned char *bits = zero != NULL ? zero + 1 + 4 + 8 + 1 : end;

    return bits + 2 <= end && ((bits[0] | bits[1] << 8) & CLIENT_SSL_BIT) != 0;
}

/* Looks at the greeting without taking it from the library. -1 while it has not come. An
 * error in its place is for the library to tell. */
static int look_at_greeting(int descriptor)
{
    unsigned char packet[GREETING_MAX];
    ssize_t got = recv(descriptor, packet, sizeof(packet), MSG_PEEK | MSG_DONTWAIT);
    size_t wanted;

    if (got <= PACKET_HEADER)
        return got == 0 ? 1 : -1; /* closed: the library tells */
    wanted = PACKET_HEADER + (packet[0] | (size_t)packet[1] << 8);
    if (packet[PACKET_HEADER] == 0xff)
        return 1;
    if ((size_t)got < wanted && (size_t)got < sizeof(packet))
        return -1;
    return greeting_offers_tls(packet, (size_t)got) ? 1 : 0;
}

static int wait_for(MYSQL *handle, int wanted)
{
    struct pollfd descriptor = {.fd = (int)mysql_get_socket(handle)};
    int timeout =
        (wanted & MYSQL_WAIT_TIMEOUT) ? (int)mysql_get_timeout_value_ms(handle) : -1;
    int ready;

    descriptor.events = (short)(((wanted & MYSQL_WAIT_READ) ? POLLIN : 0) |
                                ((wanted & MYSQL_WAIT_WRITE) ? POLLOUT : 0));
    do {
        ready = poll(&descriptor, 1, timeout);
    } while (ready < 0 && errno == EINTR && !interrupt_is_asked());
    if (ready <= 0)
        return MYSQL_WAIT_TIMEOUT;
    return ((descriptor.revents & (POLLIN | POLLHUP | POLLERR)) ? MYSQL_WAIT_READ : 0) |
           ((descriptor.revents & POLLOUT) ? MYSQL_WAIT_WRITE : 0);
}

/* This library ignores that TLS is enforced when a server has none, and goes on to the
 * password. So it is stopped between the greeting and its answer. */
static bool connect_with_tls(MYSQL *handle, const struct my_target *target,
                             bool *lacks_tls)
{
    MYSQL *connected = NULL;
    bool is_known = false;
    int wanted;

    (void)mysql_options(handle, MYSQL_OPT_NONBLOCK, NULL);
    wanted = mysql_real_connect_start(&connected, handle, target->host, target->user,
                                      target->password, target->database, target->port,
                                      target->socket, 0);
    while (wanted != 0) {
        int ready = wait_for(handle, wanted);

        /* Not before it is connected: looking would take the error of that. */
        if (!is_known && (wanted & ready & MYSQL_WAIT_READ)) {
            int descriptor = (int)mysql_get_socket(handle);
            int offers = look_at_greeting(descriptor);

            if (offers < 0) {
                (void)poll(NULL, 0, 1); /* half of it: the rest comes */
                continue;
            }
            is_known = true;
            *lacks_tls = offers == 0;
            if (*lacks_tls)
                (void)shutdown(descriptor, SHUT_RDWR); /* the library cannot answer */
        }
        wanted = mysql_real_connect_cont(&connected, handle, ready);
    }
    return connected != NULL && !*lacks_tls;
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
