/* SPDX-License-Identifier: Apache-2.0
 *
 * show.h - a look at Airflow's work, for a person and for a program.
 */
#ifndef AIRSHIFT_WATCH_SHOW_H
#define AIRSHIFT_WATCH_SHOW_H

#include "base/strbuf.h"
#include "watch/look.h"

/* The verdict first, then what is not as it should be, critical DAGs first, then what to
 * do. */
void watch_add_text(struct strbuf *out, const struct watch_look *look,
                    const struct watch_limits *limits);
/* One object on one line. */
void watch_add_json(struct strbuf *out, const struct watch_look *look,
                    const struct watch_limits *limits);

#endif
