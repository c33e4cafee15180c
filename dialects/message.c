/* SPDX-License-Identifier: Apache-2.0
 *
 * message.c - what servers and client libraries say, made fit to print.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "message.h"

void message_add_clean(struct strbuf *out, const char *text, const char *secret)
{
    size_t secret_length = secret != NULL ? strlen(secret) : 0;
    size_t start = out->length;

    while (*text != '\0') {
        if (secret_length > 0 && strncmp(text, secret, secret_length) == 0) {
            strbuf_add_string(out, "***");
            text += secret_length;
        } else if (isspace((unsigned char)*text)) {
            while (isspace((unsigned char)*text))
                text++;
            if (out->length > start && *text != '\0')
                strbuf_add_char(out, ' ');
        } else {
            strbuf_add_char(out, *text++);
        }
    }
}

const char *message_secret(const char *password, const char *const *open, size_t count)
{
    if (password == NULL || strlen(password) < 4)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (open[i] != NULL && strcmp(open[i], password) == 0)
            return NULL;
    }
    return password;
}
