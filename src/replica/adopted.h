/* SPDX-License-Identifier: Apache-2.0
 *
 * adopted.h - a server of its owner's making: found running, or made by the owner's hook.
 */
#ifndef AIRSHIFT_REPLICA_ADOPTED_H
#define AIRSHIFT_REPLICA_ADOPTED_H

#include "replica/switch.h"

/* Whether it is what it is taken for: a copy of blue, whose `identity` is given, that
 * receives from it. Only looks. */
int adopted_check(struct switch_context *sw, const struct server *server,
                  const char *identity, struct err *err)
    __attribute__((warn_unused_result));

/* Has the hook make a server that does not run. Safe to repeat: one that runs is left. */
int adopted_make(struct switch_context *sw, const struct server *server,
                 struct err *err) __attribute__((warn_unused_result));

#endif
