/* SPDX-License-Identifier: Apache-2.0
 *
 * mask.h - the text of somebody's statement, made fit to be shown: what it does, and none
 * of the values in it, which may be secrets.
 */
#ifndef AIRSHIFT_MONITOR_MASK_H
#define AIRSHIFT_MONITOR_MASK_H

#include "base/strbuf.h"

/* Adds the statement on one line, cut to `width` bytes (0: no limit), with "?" for each
 * literal and without comments. `quotes` are the characters that enclose a text on its
 * server. From where it cannot be told for sure what is a literal, nothing is shown. */
void mask_add_query(struct strbuf *out, const char *query, const char *quotes,
                    size_t width);

#endif
