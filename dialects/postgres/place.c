/* SPDX-License-Identifier: Apache-2.0
 *
 * place.c - is there room on this machine for a server of ours, with its programs? Looks
 * only.
 */
#include "config.h"

#include <stdlib.h>

#include "local_server.h"
#include "postgres/replica.h"

static int check_programs(const struct server *server, int version, struct err *err)
{
    static const char *const names[] = {"postgres", "pg_basebackup", "initdb"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = pg_program(server, names[i], version, err);

        if (path == NULL)
            return -1;
        free(path);
    }
    return 0;
}

int pg_check_place(const struct server *server, int version, long long bytes,
                   struct err *err)
{
    enum server_phase phase;

    if (check_programs(server, version, err) < 0 ||
        pg_get_phase(server, &phase, err) < 0)
        return -1;
    return local_check_place(server, phase, ".s.PGSQL.65535", bytes, err);
}
