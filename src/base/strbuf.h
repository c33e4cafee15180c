/* SPDX-License-Identifier: Apache-2.0
 *
 * strbuf.h - a string that grows. Memory comes from the heap; running out of it ends the
 * process (xalloc.h), so nothing here can fail.
 */
#ifndef AIRSHIFT_BASE_STRBUF_H
#define AIRSHIFT_BASE_STRBUF_H

#include <stddef.h>

struct strbuf {
    char *data;      /* always NUL terminated once something was added; NULL before */
    size_t length;   /* bytes, without the NUL; the content may hold NULs itself */
    size_t capacity; /* bytes allocated */
};

/* clang-format off */
#define STRBUF_INIT {NULL, 0, 0}
/* clang-format on */

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t size);
void strbuf_add_char(struct strbuf *buffer, char character);
void strbuf_add_string(struct strbuf *buffer, const char *string);
void strbuf_addf(struct strbuf *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Cuts the content to `length` bytes, which must not be more than there are. */
void strbuf_truncate(struct strbuf *buffer, size_t length);

/* The content as a string: "" where nothing was added. Borrowed; valid until the next call. */
const char *strbuf_text(const struct strbuf *buffer);

/* Gives the content away (free() it) and leaves the buffer empty. Never NULL. */
char *strbuf_detach(struct strbuf *buffer);

/* Frees the content and leaves the buffer empty, ready for use again. */
void strbuf_clear(struct strbuf *buffer);
/* The same, and overwrites what was in it: for a secret. */
void strbuf_wipe(struct strbuf *buffer);

#endif
