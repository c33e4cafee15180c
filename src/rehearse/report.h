/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - a rehearsal on paper: one page of HTML without anything from elsewhere, and
 * JSON, which `airshift runbook` reads.
 */
#ifndef AIRSHIFT_REHEARSE_REPORT_H
#define AIRSHIFT_REHEARSE_REPORT_H

#include "base/strbuf.h"
#include "rehearse/rehearsal.h"

#define REPORT_JSON "rehearsal.json"
#define REPORT_HTML "rehearsal.html"

enum { REPORT_FORMAT_VERSION = 1 };

/* Both as texts, added. */
void report_add_html(struct strbuf *out, const struct rehearsal *rehearsal);
int report_add_json(struct strbuf *out, const struct rehearsal *rehearsal,
                    struct err *err) __attribute__((warn_unused_result));

/* Puts both into a directory, which is made where it is missing. */
int report_write(const struct rehearsal *rehearsal, const char *directory,
                 struct err *err) __attribute__((warn_unused_result));

#endif
