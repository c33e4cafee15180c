/* SPDX-License-Identifier: Apache-2.0
 *
 * silence.c - keepalive and TCP_USER_TIMEOUT. Linux ends an idle connection at the first
 * probe after the latter, so the probes must come more often.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "silence.h"

enum { PROBES = 3 };

static void set(int descriptor, int level, int option, int value)
{
    (void)setsockopt(descriptor, level, option, &value, sizeof(value));
}

void silence_limit(int descriptor, double seconds)
{
    int idle = (int)(seconds / 2) > 0 ? (int)(seconds / 2) : 1;
    int interval = idle / PROBES > 0 ? idle / PROBES : 1;

    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, idle);
    set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, interval);
    set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
    set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)(seconds * 1e3));
}
