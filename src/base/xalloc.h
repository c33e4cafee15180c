/* SPDX-License-Identifier: Apache-2.0
 *
 * xalloc.h - heap memory that is always there: running out ends the process with a message
 * and EXIT_CODE_INTERNAL. Free with free().
 */
#ifndef AIRSHIFT_BASE_XALLOC_H
#define AIRSHIFT_BASE_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *memory, size_t size);
char *xstrdup(const char *string);
/* Overwrites a text that holds a secret, and frees it. Accepts NULL. */
void xfree_secret(char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
