/* SPDX-License-Identifier: Apache-2.0
 *
 * interrupt.h - SIGINT and SIGTERM as one flag that everything that waits looks at. The
 * handlers set it and do nothing else.
 */
#ifndef AIRSHIFT_DIALECTS_INTERRUPT_H
#define AIRSHIFT_DIALECTS_INTERRUPT_H

#include <stdbool.h>

/* Installs the handlers; the first call counts, further ones do nothing. A second
 * signal does what it would have done without us, so that a person can always get out.
 */
void interrupt_catch(void);

/* A signal has come (and stays so). */
bool interrupt_is_asked(void);

/* Forgets a signal, as a test does between two cases. */
void interrupt_reset(void);

#endif
