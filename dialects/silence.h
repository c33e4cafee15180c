/* SPDX-License-Identifier: Apache-2.0
 *
 * silence.h - a server that has gone without a word: its machine is off, or the network
 * loses what it says. Nobody resets such a connection; without a limit, who waits for an
 * answer waits for ever.
 */
#ifndef AIRSHIFT_DIALECTS_SILENCE_H
#define AIRSHIFT_DIALECTS_SILENCE_H

/* Limits for a TCP socket: the kernel asks the other machine for a sign of life while
 * nothing is said, and ends the connection about so long after the last one, also where
 * what was sent is not acknowledged. A server that only takes its time to answer is not
 * meant. Does nothing to other sockets. */
void silence_limit(int descriptor, double seconds);

#endif
