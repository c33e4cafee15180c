/* SPDX-License-Identifier: Apache-2.0
 *
 * airflow_kwargs.h - trigger.kwargs across revision 1949afb29106 (Airflow 2.9.0): from
 * Airflow's extended JSON to the text that Trigger._encrypt_kwargs() stores, and back.
 *
 * Airflow makes Python objects of the values and serialises those again. What that
 * changes is done here: numbers, floats of datetimes and timedeltas, the order of sets.
 * Values of types whose constructor is somewhere else (pods, exceptions, triggers,
 * datasets ...) are kept as they are. A dict without its type mark, such as {}, which
 * Airflow dies of, is taken for the dict it is.
 */
#ifndef AIRSHIFT_PICKLE_AIRFLOW_KWARGS_H
#define AIRSHIFT_PICKLE_AIRFLOW_KWARGS_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "pickle/fernet.h"

/*
 * Upgrade. `kwargs` is the old column as text: JSON, or a token already. Appends to
 * `stored` the new column: a Fernet token or, with `fernet` NULL, plain JSON. Fails
 * with ERR_DATA where the row cannot be converted (the text says why, without its
 * content), and with ERR_INTERNAL where the crypto library fails; nothing is appended
 * then.
 */
int airflow_kwargs_encrypt(const char *kwargs, size_t length,
                           const struct fernet *fernet, struct strbuf *stored,
                           struct err *err) __attribute__((warn_unused_result));

/* Downgrade: the other way; appends JSON text. The same failures. */
int airflow_kwargs_decrypt(const char *stored, size_t length,
                           const struct fernet *fernet, struct strbuf *kwargs,
                           struct err *err) __attribute__((warn_unused_result));

#endif
