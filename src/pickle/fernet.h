/* SPDX-License-Identifier: Apache-2.0
 *
 * fernet.h - Fernet tokens (AES-128-CBC and HMAC-SHA256, base64url), with the list of
 * keys that Airflow's [core] fernet_key is: the first one encrypts, all of them
 * decrypt.
 *
 * Keys and plain text are secrets: they are never in an error, and the copies made here
 * are wiped.
 */
#ifndef AIRSHIFT_PICKLE_FERNET_H
#define AIRSHIFT_PICKLE_FERNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

#define FERNET_IV_SIZE 16

/* Immutable once made; may be used by several threads at once. */
struct fernet;

/*
 * Makes one of "key1,key2,...", each 32 bytes in base64url. Characters that are not
 * base64 are skipped, as Python does (a newline at the end is common). Empty text gives
 * NULL: no encryption, Airflow's NullFernet. Fails with ERR_CONFIG.
 */
int fernet_new(const char *keys, struct fernet **fernet, struct err *err)
    __attribute__((warn_unused_result));

/* Wipes the keys. */
void fernet_free(struct fernet *fernet);

/* Appends the token of `plain` to `token`. `fernet` must not be NULL. */
int fernet_encrypt(const struct fernet *fernet, const void *plain, size_t size,
                   struct strbuf *token, struct err *err)
    __attribute__((warn_unused_result));

/* The same with everything given that is else the clock's and chance's: for tests. */
int fernet_encrypt_with(const struct fernet *fernet, const void *plain, size_t size,
                        uint64_t time_s, const unsigned char iv[FERNET_IV_SIZE],
                        struct strbuf *token, struct err *err)
    __attribute__((warn_unused_result));

/*
 * Appends what the token holds to `plain`. Fails with ERR_DATA where it is no token,
 * was changed, or was made with none of the keys: those cannot be told apart. A token's
 * age does not matter. Wipe `plain` with fernet_wipe() when it is no longer used.
 */
int fernet_decrypt(const struct fernet *fernet, const char *token, size_t length,
                   struct strbuf *plain, struct err *err)
    __attribute__((warn_unused_result));

/* Overwrites all the buffer ever held in its present memory, then clears it. */
void fernet_wipe(struct strbuf *buffer);

#endif
