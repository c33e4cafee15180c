/* SPDX-License-Identifier: Apache-2.0
 *
 * show.h - a look, for a person, for a program, for Prometheus.
 */
#ifndef AIRSHIFT_STATUS_SHOW_H
#define AIRSHIFT_STATUS_SHOW_H

#include "base/strbuf.h"
#include "status/look.h"

/* Lines, each cut to `width` characters; 0: no limit. All phases that are at work. */
void status_add_text(struct strbuf *out, const struct status_look *look, size_t width);
/* One line, for a log. */
void status_add_brief(struct strbuf *out, const struct status_look *look);
/* One object on one line. */
void status_add_json(struct strbuf *out, const struct status_look *look);
/* The text format that node_exporter's textfile collector reads; `look` NULL: the
 * server did not answer. */
void status_add_metrics(struct strbuf *out, const struct status_look *look);

#endif
