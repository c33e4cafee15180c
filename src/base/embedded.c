/* SPDX-License-Identifier: Apache-2.0
 *
 * embedded.c - looks an embedded file up by its path.
 */
#include "config.h"

#include <string.h>

#include "base/embedded.h"

const char *embedded_text(const char *path)
{
    for (size_t i = 0; i < embedded_file_count; i++) {
        if (strcmp(embedded_files[i].path, path) == 0)
            return embedded_files[i].text;
    }
    return NULL;
}
