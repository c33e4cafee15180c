/* SPDX-License-Identifier: Apache-2.0
 *
 * markdown.h - a runbook as Markdown that reads well as plain text, too.
 */
#ifndef AIRSHIFT_RUNBOOK_MARKDOWN_H
#define AIRSHIFT_RUNBOOK_MARKDOWN_H

#include "base/strbuf.h"
#include "runbook/steps.h"

void markdown_add(struct strbuf *out, const struct runbook *runbook);

/* "1 h 05 min", rounded up to whole minutes. */
void markdown_add_span(struct strbuf *out, double seconds);

#endif
