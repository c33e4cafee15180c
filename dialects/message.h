/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - what servers and client libraries say, made fit to print: one line, without
 * passwords.
 */
#ifndef AIRSHIFT_DIALECTS_MESSAGE_H
#define AIRSHIFT_DIALECTS_MESSAGE_H

#include <stddef.h>

#include "base/strbuf.h"

/* Adds the text with white space as single blanks, and *** for the secret (NULL for
 * none). */
void message_add_clean(struct strbuf *out, const char *text, const char *secret);

/* The password, or NULL where scrubbing it would hide what is no secret: a very short one,
 * or one that is the user's name, the host or the database as well. */
const char *message_secret(const char *password, const char *const *open, size_t count);

#endif
