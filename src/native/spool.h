/* SPDX-License-Identifier: Apache-2.0
 *
 * spool.h - rows of fields put aside and taken out again in the same order. The first
 * megabytes stay in memory; the rest goes to a file in $TMPDIR that has no name.
 */
#ifndef AIRSHIFT_NATIVE_SPOOL_H
#define AIRSHIFT_NATIVE_SPOOL_H

#include <stddef.h>

#include "base/strbuf.h"
#include "dialect.h"

struct spool {
    struct strbuf buffer;
    int file; /* -1: none yet */
    size_t rows;
    size_t field_count;
};

#define SPOOL_INIT            \
    {                         \
        STRBUF_INIT, -1, 0, 0 \
    }

/* Every row has as many fields as the first one. */
int spool_add(struct spool *spool, const struct sql_field *fields, size_t count,
              struct err *err) __attribute__((warn_unused_result));

/* Hands out every row; a callback that returns -1 ends it. Once only. */
int spool_replay(struct spool *spool, sql_row_function *function, void *context,
                 struct err *err) __attribute__((warn_unused_result));

/* Wipes what is in memory. */
void spool_clear(struct spool *spool);

#endif
