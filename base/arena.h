/* SPDX-License-Identifier: Apache-2.0 */
/* An arena hands out memory that dies all at once: one per record (reset by the reader), one per rule set.  It has
 * a limit, so that evidence can make an allocation fail but never the machine swap. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *first; /* kept across arena_reset */
	struct arena_block *now;
	size_t limit; /* bytes handed out in all between two resets */
	size_t used;
};

void arena_init(struct arena *a, size_t limit);
void arena_fini(struct arena *a);

/* Everything handed out is gone; the blocks stay for the next round (at most 1 MiB of them). */
void arena_reset(struct arena *a);

/* count * size zeroed bytes, aligned for anything; NULL when the product overflows, the limit is reached or
 * memory ran out. */
void *arena_alloc(struct arena *a, size_t count, size_t size);
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc((a), (count), sizeof(type)))

/* For texts whose length is known only once they are written: room for up to `size` bytes that are not zeroed, NULL as
 * above.  Write into it, then take what was used (which may be nothing) before anything else is asked of the arena. */
void *arena_reserve(struct arena *a, size_t size);
void arena_take(struct arena *a, size_t used);

/* A copy of s in the arena; false when memory ran out.  The copy is NUL-terminated (not counted in len). */
bool arena_copy(struct arena *a, struct slice s, struct slice *copy);

#endif
