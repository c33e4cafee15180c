/* SPDX-License-Identifier: Apache-2.0
 *
 * beforehand.h - what would take time behind the fence and can be done before it.
 */
#ifndef AIRSHIFT_REPLICA_BEFOREHAND_H
#define AIRSHIFT_REPLICA_BEFOREHAND_H

#include "replica/switch.h"

/* Blue serves, and green follows it closely. */
int beforehand(struct switch_context *sw, struct err *err)
    __attribute__((warn_unused_result));

#endif
