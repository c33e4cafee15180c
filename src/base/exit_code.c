/* SPDX-License-Identifier: Apache-2.0
 *
 * exit_code.c - the one table from error categories to exit codes.
 */
#include "config.h"

#include "base/exit_code.h"

enum exit_code exit_code_of(enum err_category category)
{
    switch (category) {
    case ERR_NONE:
        return EXIT_CODE_OK;
    case ERR_USAGE:
        return EXIT_CODE_USAGE;
    case ERR_CONFIG:
        return EXIT_CODE_CONFIG;
    case ERR_CONNECT:
        return EXIT_CODE_CONNECT;
    case ERR_SQL:
        return EXIT_CODE_SQL;
    case ERR_LOCK:
        return EXIT_CODE_LOCK;
    case ERR_STATE:
        return EXIT_CODE_STATE;
    case ERR_DATA:
        return EXIT_CODE_DATA;
    case ERR_UNSUPPORTED:
        return EXIT_CODE_UNSUPPORTED;
    case ERR_TIMEOUT:
        return EXIT_CODE_TIMEOUT;
    case ERR_INTERRUPTED:
        return EXIT_CODE_INTERRUPTED;
    case ERR_INTERNAL:
        break;
    }
    return EXIT_CODE_INTERNAL;
}
