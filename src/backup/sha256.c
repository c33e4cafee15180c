/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256.c - OpenSSL's SHA-256.
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "backup/sha256.h"
#include "base/xalloc.h"

struct sha256 {
    EVP_MD_CTX *digest;
    bool has_failed;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *sha256 = xcalloc(1, sizeof(*sha256));

    sha256->digest = EVP_MD_CTX_new();
    if (sha256->digest == NULL ||
        EVP_DigestInit_ex(sha256->digest, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(sha256->digest);
        free(sha256);
        return NULL;
    }
    return sha256;
}

void sha256_add(struct sha256 *sha256, const char *bytes, size_t size)
{
    if (EVP_DigestUpdate(sha256->digest, bytes, size) != 1)
        sha256->has_failed = true;
}

int sha256_end(struct sha256 *sha256, char text[static SHA256_TEXT_SIZE])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    int status = -1;

    text[0] = '\0';
    if (sha256 == NULL)
        return -1;
    if (!sha256->has_failed && EVP_DigestFinal_ex(sha256->digest, bytes, NULL) == 1) {
        for (size_t i = 0; i < (SHA256_TEXT_SIZE - 1) / 2; i++)
            (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        status = 0;
    }
    EVP_MD_CTX_free(sha256->digest);
    free(sha256);
    return status;
}
