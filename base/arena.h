/* SPDX-License-Identifier: Apache-2.0 */
/* An arena hands out memory that dies all at once: one per record (reset by the reader), one per rule set.  It has
 * a limit, so that evidence can make an allocation fail but never the machine swap. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

#include <stdalign.h>

struct arena_block;

struct arena {
	struct arena_block *first; /* kept across arena_reset */
	struct arena_block *now;
	uint8_t *free; /* what is left of the block `now` */
	size_t left;
	size_t limit; /* bytes handed out in all between two resets */
	size_t used;
	bool large;
};

void arena_init(struct arena *a, size_t limit);

/* The same for what grows to megabytes and is kept, as rules are: past the first of them it lies on huge pages, where the system
 * has them.  The kernel's work for each page of 4 KiB was a tenth of loading rules. */
void arena_init_large(struct arena *a, size_t limit);
void arena_fini(struct arena *a);

/* Everything handed out is gone; the blocks stay for the next round (at most 1 MiB of them). */
void arena_reset_used(struct arena *a);

static inline void
arena_reset(struct arena *a)
{
	if (a->used)
		arena_reset_used(a);
}

/* count * size zeroed bytes, aligned for anything; NULL when the product overflows, the limit is reached or
 * memory ran out. */
void *arena_alloc(struct arena *a, size_t count, size_t size);
#define ARENA_NEW(a, type) ((type *)arena_new((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc((a), (count), sizeof(type)))

enum { ARENA_ALIGNMENT = alignof(max_align_t) };

/* One thing of a size that the compiler knows. */
static inline void *
arena_new(struct arena *a, size_t size)
{
	size_t bytes = (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
	uint8_t *ptr = a->free;

	if (bytes > a->left || bytes > a->limit - a->used)
		return arena_alloc(a, 1, size);
	a->free += bytes;
	a->left -= bytes;
	a->used += bytes;
	return memset(ptr, 0, size);
}

/* For texts whose length is known only once they are written: room for up to `size` bytes that are not zeroed, NULL as
 * above.  Write into it, then take what was used (which may be nothing) before anything else is asked of the arena. */
void *arena_reserve(struct arena *a, size_t size);
void arena_take(struct arena *a, size_t used);

/* A copy of s in the arena; false when memory ran out.  The copy is NUL-terminated (not counted in len). */
bool arena_copy(struct arena *a, struct slice s, struct slice *copy);

#endif
