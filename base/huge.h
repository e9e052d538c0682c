/* SPDX-License-Identifier: Apache-2.0 */
/* Memory on huge pages where the system has them: with small ones, the kernel's work for each, or the processor's way to it,
 * costs as much as the memory itself. */
#ifndef BASE_HUGE_H
#define BASE_HUGE_H

#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 * 1024 * 1024 };

/* Room for whole huge pages, not zeroed, to be freed with free.  NULL: memory ran out. */
static inline void *
huge_alloc(size_t size)
{
	size_t room = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	void *memory = aligned_alloc(HUGE_PAGE, room);

	if (memory)
		madvise(memory, room, MADV_HUGEPAGE); /* a wish */
	return memory;
}

#endif
