/* SPDX-License-Identifier: Apache-2.0
 *
 * fernet.c - tokens with libcrypto. Layout: 0x80, 8 bytes time (big-endian), 16 bytes
 * IV, cipher text, 32 bytes HMAC over all before. A key is 16 bytes for signing, then
 * 16 for encryption.
 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* OpenSSL has a type that is called like one of our error categories. */
#define ERR_STATE openssl_err_state
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#undef ERR_STATE

#include "base/xalloc.h"
#include "pickle/fernet.h"

#define TOKEN_VERSION 0x80
#define HALF_KEY_SIZE 16
#define BLOCK_SIZE 16
#define HEADER_SIZE (1 + 8 + FERNET_IV_SIZE)
#define MAC_SIZE 32
#define MAX_SIZE (1u << 30) /* of text: libcrypto counts in int */

struct fernet_key {
    unsigned char signing[HALF_KEY_SIZE];
    unsigned char encryption[HALF_KEY_SIZE];
};

struct fernet {
    size_t count;
    struct fernet_key keys[];
};

static int base64_value(char character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    if (character == '-' || character == '+')
        return 62;
    if (character == '_' || character == '/')
        return 63;
    return -1;
}

/*
 * base64.urlsafe_b64decode(): skips other characters, ends at the padding, wants whole
 * quads. `into` has room for 3 bytes for every 4 characters. Returns -1 if broken.
 */
static int decode_base64(const char *text, size_t length, unsigned char *into,
                         size_t *size)
{
    unsigned int bits = 0;
    int in_quad = 0;
    int padding = 0;

    *size = 0;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(text[i]);

        if (text[i] == '=' && in_quad >= 2 && in_quad + ++padding >= 4)
            return 0;
        if (value < 0)
            continue;
        padding = 0;
        bits = bits << 6 | (unsigned int)value;
        in_quad = (in_quad + 1) % 4;
        if (in_quad != 1)
            into[(*size)++] = (unsigned char)(bits >> (in_quad == 2   ? 4
                                                       : in_quad == 3 ? 2
                                                                      : 0));
    }
    return in_quad == 0 ? 0 : -1;
}

static void encode_base64(const unsigned char *bytes, size_t size, struct strbuf *text)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < size; i += 3) {
        size_t have = size - i < 3 ? size - i : 3;
        unsigned int bits = (unsigned int)bytes[i] << 16;
        char quad[4];

        bits |= have > 1 ? (unsigned int)bytes[i + 1] << 8 : 0;
        bits |= have > 2 ? (unsigned int)bytes[i + 2] : 0;
        quad[0] = digits[bits >> 18];
        quad[1] = digits[bits >> 12 & 0x3f];
        quad[2] = have > 1 ? digits[bits >> 6 & 0x3f] : '=';
        quad[3] = have > 2 ? digits[bits & 0x3f] : '=';
        strbuf_add(text, quad, sizeof(quad));
    }
}

static int parse_key(const char *text, size_t length, struct fernet_key *key)
{
    unsigned char *bytes = xmalloc(length + 3);
    size_t size = 0;
    int result = -1;

    if (decode_base64(text, length, bytes, &size) == 0 && size == sizeof(*key)) {
        memcpy(key->signing, bytes, HALF_KEY_SIZE);
        memcpy(key->encryption, bytes + HALF_KEY_SIZE, HALF_KEY_SIZE);
        result = 0;
    }
    OPENSSL_cleanse(bytes, length + 3);
    free(bytes);
    return result;
}

int fernet_new(const char *keys, struct fernet **fernet, struct err *err)
{
    struct fernet *made;
    size_t count = 1;

    *fernet = NULL;
    if (keys[0] == '\0')
        return 0;
    for (const char *at = keys; *at != '\0'; at++)
        count += *at == ',' ? 1 : 0;
    made = xcalloc(1, sizeof(*made) + count * sizeof(made->keys[0]));
    made->count = count;
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(keys, ",");

        if (parse_key(keys, length, &made->keys[i]) != 0) {
            fernet_free(made);
            (void)err_set(err, ERR_CONFIG,
                          "part %zu of %zu of the fernet key is not 32 bytes in "
                          "URL-safe base64",
                          i + 1, count);
            return err_hint(err, "Airflow would refuse it, too. It is one key, or "
                                 "several with commas between them.");
        }
        keys += length + 1;
    }
    *fernet = made;
    return 0;
}

void fernet_free(struct fernet *fernet)
{
    if (fernet == NULL)
        return;
    OPENSSL_cleanse(fernet->keys, fernet->count * sizeof(fernet->keys[0]));
    free(fernet);
}

/* The whole of EVP: AES-128-CBC with PKCS7 padding, one way or the other. */
static int run_cipher(const struct fernet_key *key, bool is_encrypting,
                      const unsigned char *iv, const unsigned char *in, size_t in_size,
                      unsigned char *out, size_t *out_size)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int first = 0;
    int last = 0;
    int is_fine;

    if (context == NULL)
        return -1;
    is_fine = EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, key->encryption, iv,
                                is_encrypting ? 1 : 0) == 1 &&
              EVP_CipherUpdate(context, out, &first, in, (int)in_size) == 1 &&
              EVP_CipherFinal_ex(context, out + first, &last) == 1;
    EVP_CIPHER_CTX_free(context); /* wipes the key schedule */
    *out_size = (size_t)first + (size_t)last;
    return is_fine ? 0 : -1;
}

static int sign(const struct fernet_key *key, const unsigned char *bytes, size_t size,
                unsigned char mac[MAC_SIZE])
{
    unsigned int length = 0;

    if (HMAC(EVP_sha256(), key->signing, HALF_KEY_SIZE, bytes, size, mac, &length) ==
            NULL ||
        length != MAC_SIZE)
        return -1;
    return 0;
}

int fernet_encrypt_with(const struct fernet *fernet, const void *plain, size_t size,
                        uint64_t time_s, const unsigned char iv[FERNET_IV_SIZE],
                        struct strbuf *token, struct err *err)
{
    const struct fernet_key *key = &fernet->keys[0];
    unsigned char *bytes;
    size_t cipher_size = 0;
    int result = -1;

    if (size > MAX_SIZE)
        return err_set(err, ERR_DATA, "a text of %zu bytes is too long to encrypt",
                       size);
    bytes = xmalloc(HEADER_SIZE + size + BLOCK_SIZE + MAC_SIZE);
    bytes[0] = TOKEN_VERSION;
    for (int i = 0; i < 8; i++)
        bytes[1 + i] = (unsigned char)(time_s >> (56 - 8 * i));
    memcpy(bytes + 9, iv, FERNET_IV_SIZE);
    if (run_cipher(key, true, iv, plain, size, bytes + HEADER_SIZE, &cipher_size) !=
            0 ||
        sign(key, bytes, HEADER_SIZE + cipher_size,
             bytes + HEADER_SIZE + cipher_size) != 0) {
        (void)err_set(err, ERR_INTERNAL, "the crypto library failed to encrypt");
        goto done;
    }
    encode_base64(bytes, HEADER_SIZE + cipher_size + MAC_SIZE, token);
    result = 0;
done:
    free(bytes);
    return result;
}

int fernet_encrypt(const struct fernet *fernet, const void *plain, size_t size,
                   struct strbuf *token, struct err *err)
{
    unsigned char iv[FERNET_IV_SIZE];

    if (RAND_bytes(iv, sizeof(iv)) != 1)
        return err_set(err, ERR_INTERNAL, "the crypto library has no random bytes");
    return fernet_encrypt_with(fernet, plain, size, (uint64_t)time(NULL), iv, token,
                               err);
}

/* Whether the bytes were signed with this key; takes the same time wherever they
 * differ. */
static bool is_signed_by(const struct fernet_key *key, const unsigned char *bytes,
                         size_t size)
{
    unsigned char mac[MAC_SIZE];
    bool is_same = sign(key, bytes, size - MAC_SIZE, mac) == 0 &&
                   CRYPTO_memcmp(mac, bytes + size - MAC_SIZE, MAC_SIZE) == 0;

    OPENSSL_cleanse(mac, sizeof(mac));
    return is_same;
}

int fernet_decrypt(const struct fernet *fernet, const char *token, size_t length,
                   struct strbuf *plain, struct err *err)
{
    unsigned char *bytes;
    unsigned char *text = NULL;
    size_t size = 0;
    size_t text_size = 0;
    int result = -1;

    if (length > 2 * (size_t)MAX_SIZE)
        return err_set(err, ERR_DATA, "a token of %zu bytes is too long", length);
    bytes = xmalloc(length + 3);
    text = xmalloc(length + BLOCK_SIZE);
    if (decode_base64(token, length, bytes, &size) != 0 ||
        size < HEADER_SIZE + BLOCK_SIZE + MAC_SIZE || bytes[0] != TOKEN_VERSION) {
        (void)err_set(err, ERR_DATA, "the text is not a Fernet token");
        goto done;
    }
    for (size_t i = 0; i < fernet->count && result != 0; i++) {
        const struct fernet_key *key = &fernet->keys[i];

        if (is_signed_by(key, bytes, size) &&
            run_cipher(key, false, bytes + 9, bytes + HEADER_SIZE,
                       size - HEADER_SIZE - MAC_SIZE, text, &text_size) == 0)
            result = 0;
    }
    if (result == 0) {
        strbuf_add(plain, text, text_size);
    } else {
        (void)err_set(err, ERR_DATA,
                      "the Fernet token was made with another key, or is damaged");
        (void)err_hint(err,
                       "Put the key it was made with into [core] fernet_key, after "
                       "the present one and a comma.");
    }
done:
    OPENSSL_cleanse(text, length + BLOCK_SIZE);
    free(text);
    free(bytes);
    return result;
}

void fernet_wipe(struct strbuf *buffer)
{
    if (buffer->data != NULL)
        OPENSSL_cleanse(buffer->data, buffer->capacity);
    strbuf_clear(buffer);
}
