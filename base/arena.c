/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/ckd.h"
#include "base/huge.h"

#include <stdlib.h>

enum { BLOCK_SIZE = 64 * 1024, KEEP = 1024 * 1024, LARGE_FROM = 1024 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	alignas(max_align_t) uint8_t bytes[];
};

void
arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){ .limit = limit };
}

void
arena_init_large(struct arena *a, size_t limit)
{
	*a = (struct arena){ .limit = limit, .large = true };
}

static void
free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void
arena_fini(struct arena *a)
{
	free_blocks(a->first);
	*a = (struct arena){ .limit = a->limit, .large = a->large };
}

static void
use_block(struct arena *a, struct arena_block *block)
{
	a->now = block;
	a->free = block ? block->bytes : NULL;
	a->left = block ? block->size : 0;
}

void
arena_reset_used(struct arena *a)
{
	struct arena_block **link = &a->first;
	size_t kept = 0;

	while (*link && kept + (*link)->size <= KEEP) {
		kept += (*link)->size;
		link = &(*link)->next;
	}
	free_blocks(*link);
	*link = NULL;
	use_block(a, a->first);
	a->used = 0;
}

static struct arena_block *
new_huge_block(void)
{
	struct arena_block *block = huge_alloc(HUGE_PAGE);

	if (!block)
		return NULL;
	block->size = HUGE_PAGE - sizeof(*block);
	return block;
}

static struct arena_block *
new_block(const struct arena *a, size_t size)
{
	size_t want = size > BLOCK_SIZE ? size : BLOCK_SIZE, total;
	struct arena_block *block;

	if (a->large && a->used >= LARGE_FROM && size <= HUGE_PAGE - sizeof(*block))
		return new_huge_block();
	if (ckd_add(&total, want, sizeof(*block)))
		return NULL;
	block = malloc(total);
	if (block)
		block->size = want;
	return block;
}

/* Makes room for size bytes in a->now: the next kept block where it fits, else a new one between. */
static bool
room_for(struct arena *a, size_t size)
{
	struct arena_block *block = a->now;

	if (block && a->left >= size)
		return true;
	if (block && block->next && block->next->size >= size) {
		use_block(a, block->next);
		return true;
	}
	block = new_block(a, size);
	if (!block)
		return false;
	block->next = a->now ? a->now->next : NULL;
	if (a->now)
		a->now->next = block;
	else
		a->first = block;
	use_block(a, block);
	return true;
}

static bool
round_up(size_t *bytes)
{
	if (ckd_add(bytes, *bytes, ARENA_ALIGNMENT - 1))
		return false;
	*bytes -= *bytes % ARENA_ALIGNMENT;
	return true;
}

void *
arena_reserve(struct arena *a, size_t size)
{
	if (!round_up(&size) || size > a->limit - a->used || !room_for(a, size))
		return NULL;
	return a->free;
}

void
arena_take(struct arena *a, size_t used)
{
	if (!a->now || !round_up(&used))
		return;
	a->free += used;
	a->left -= used;
	a->used += used;
}

void *
arena_alloc(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	void *ptr;

	if (ckd_mul(&bytes, count, size))
		return NULL;
	ptr = arena_reserve(a, bytes);
	if (!ptr)
		return NULL;
	arena_take(a, bytes);
	return memset(ptr, 0, bytes);
}

bool
arena_copy(struct arena *a, struct slice s, struct slice *copy)
{
	uint8_t *bytes;
	size_t len;

	if (ckd_add(&len, s.len, 1))
		return false;
	bytes = arena_reserve(a, len);
	if (!bytes)
		return false;
	arena_take(a, len);
	if (s.len)
		memcpy(bytes, s.ptr, s.len);
	bytes[s.len] = '\0';
	*copy = (struct slice){ bytes, s.len };
	return true;
}
