/* SPDX-License-Identifier: Apache-2.0
 *
 * embedded.h - the files under sql/ that the build puts into the binary (made by
 * build-aux/embed.awk).
 */
#ifndef AIRSHIFT_BASE_EMBEDDED_H
#define AIRSHIFT_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *path; /* from the top of the source tree: "sql/core/0042_....sql" */
    const char *text;
};

/* In the order of their paths. */
extern const struct embedded_file embedded_files[];
extern const size_t embedded_file_count;

/* The text of a file, NULL where there is none of that path. */
const char *embedded_text(const char *path);

#endif
