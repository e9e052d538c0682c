/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker gives up before it touches evidence.  So far: memory beyond a bound, core dumps, files it could
 * write, terminals and signals of its parent.  (System calls follow behind the same function.) */
#ifndef SCAN_JAIL_H
#define SCAN_JAIL_H

#include "base/err.h"

/* Call in the child: keeps descriptor `keep` alone, bounds the address space to what is mapped now plus `memory`
 * bytes, and dies with its parent.  Sanitizer builds, which reserve terabytes, keep their address space. */
MUST_CHECK bool jail_enter(int keep, uint64_t memory, struct err *err);

/* The tier for the manifest: "rlimit". */
const char *jail_tier(void);

#endif
