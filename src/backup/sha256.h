/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256.h - SHA-256 of bytes that come in pieces. A file of its own because the
 * library's headers and base/err.h both define ERR_STATE.
 */
#ifndef AIRSHIFT_BACKUP_SHA256_H
#define AIRSHIFT_BACKUP_SHA256_H

#include <stddef.h>

enum { SHA256_TEXT_SIZE = 65 };

struct sha256;

/* NULL where the library does not offer SHA-256. */
struct sha256 *sha256_new(void);
/* Errors stay: sha256_end() tells them. */
void sha256_add(struct sha256 *sha256, const char *bytes, size_t size);
/* The digest as hexadecimal text; -1 when something went wrong. Frees it; accepts NULL.
 */
int sha256_end(struct sha256 *sha256, char text[static SHA256_TEXT_SIZE]);

#endif
