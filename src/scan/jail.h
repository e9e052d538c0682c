/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker gives up before it touches evidence: new privileges, system calls beyond some twenty, all access to
 * files, memory beyond a bound, core dumps, the terminal and signals of its parent.  Where the kernel lacks one of the
 * layers the others still hold; which ones do is found out once, before the first worker, and told in the manifest. */
#ifndef SCAN_JAIL_H
#define SCAN_JAIL_H

#include "base/err.h"

enum jail_layer {
	JAIL_LIMITS = 1,   /* address space, file size, core dumps; no new privileges */
	JAIL_LANDLOCK = 2, /* no file can be opened, made or removed; no TCP where the kernel knows that */
	JAIL_SECCOMP = 4,  /* a list of system calls; anything else kills the process */
	JAIL_FULL = JAIL_LIMITS | JAIL_LANDLOCK | JAIL_SECCOMP,
};

/* Finds out, in a child that ends at once, which layers this kernel grants; later calls know it already.  Errors:
 * ERR_IO (no child can be made, or not even the weakest layer holds), ERR_NOMEM. */
MUST_CHECK bool jail_prepare(struct err *err);

/* The layers that were granted, and their name: "full", "seccomp", "landlock", "limits", "none". */
unsigned jail_layers(void);
const char *jail_tier(void);

/* Call in the child after jail_prepare in the parent: keeps descriptor `keep` alone, bounds the address space to what
 * is mapped now plus `memory` bytes, dies with its parent, and gives up the rest.  Fails when a layer that was granted
 * before is not.  Errors: ERR_IO. */
MUST_CHECK bool jail_enter(int keep, uint64_t memory, struct err *err);

#endif
