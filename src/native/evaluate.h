/* SPDX-License-Identifier: Apache-2.0
 *
 * evaluate.h - one call of a function of the revision language that the tool itself
 * computes (sql/README.md lists them). No database is needed for it.
 */
#ifndef AIRSHIFT_NATIVE_EVALUATE_H
#define AIRSHIFT_NATIVE_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "dialect.h"
#include "pickle/fernet.h"

struct native_function; /* static; see native_find() */

/* NULL where the tool computes no function of that name. */
const struct native_function *native_find(const char *name);
size_t native_argument_count(const struct native_function *function);

/* What a call gives. Initialise with zeros, use for as many calls as you like, then
 * clear. */
struct native_answer {
    struct strbuf output;  /* text; raw bytes where is_bytes */
    struct strbuf problem; /* UTF-8, one line, no data of the row; "" for none */
    bool is_null;          /* the output is SQL NULL */
    bool is_bytes;
};

/* Wipes, because an output may be a secret. */
void native_answer_clear(struct native_answer *answer);

/*
 * Computes one call; `arguments` are as many as the function takes, bytea decoded.
 * `fernet` may be NULL: no encryption.
 *
 * Where a value cannot be converted, the answer has a problem and its output is NULL,
 * with three exceptions: serialized_dag_v2 and compressed_with_deadline give their
 * argument unchanged, and deadline_alerts gives the usable alerts where only some are
 * not.
 *
 * encrypt_kwargs and decrypt_kwargs have no NULL to give: they fail with ERR_DATA and a
 * hint. Any other failure is ERR_INTERNAL (the crypto library).
 */
int native_evaluate(const struct native_function *function,
                    const struct sql_field *arguments, const struct fernet *fernet,
                    struct native_answer *answer, struct err *err)
    __attribute__((warn_unused_result));

#endif
