/* SPDX-License-Identifier: Apache-2.0 */
/* The list of system calls that a worker may make (libseccomp).  Everything else kills it: a decoder has no reason to
 * open, connect, execute or fork, and memory it maps is never executable. */
#ifndef LIB_SECCOMP_H
#define LIB_SECCOMP_H

#include "base/attr.h"

#include <stdbool.h>

/* Builds the filter, in the parent: the child only loads it.  False when memory ran out. */
MUST_CHECK bool seccomp_prepare(void);

/* For the rest of this process's life.  False when the kernel has no filters. */
MUST_CHECK bool seccomp_enter(void);

#endif
