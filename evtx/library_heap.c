/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/library_heap.h"

#include "base/ckd.h"
#include "base/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef LIBRARY_HEAP
enum { IS_CALLED = true };
#else
enum { IS_CALLED = false }; /* nobody calls library_malloc and its like */
#endif

enum { WORTH_FREEING = 4 * 1024 * 1024 }; /* more than that comes from main memory again and again */

struct library_heap {
	struct heap *heap;
	size_t beside; /* blocks that the C library gave, for want of room here */
};

static _Thread_local struct library_heap *here;  /* entered */
static _Thread_local struct library_heap *spare; /* the next one is this: its pages are in memory already */

struct library_heap *
library_heap_new(void)
{
	struct library_heap *h = spare;

	if (!IS_CALLED)
		return NULL;
	spare = NULL;
	if (h)
		return h;
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->heap = heap_new();
	if (h->heap)
		return h;
	free(h);
	return NULL;
}

void
library_heap_delete(struct library_heap *heap)
{
	if (!heap)
		return;
	if (!spare) {
		spare = heap;
		return;
	}
	heap_delete(heap->heap);
	free(heap);
}

void
library_heap_enter(struct library_heap *heap)
{
	here = heap;
}

void
library_heap_leave(void)
{
	here = NULL;
}

bool
library_heap_forgets(const struct library_heap *heap)
{
	return heap && heap->beside == 0;
}

bool
library_heap_has_room(const struct library_heap *heap)
{
	return library_heap_forgets(heap) && heap_used(heap->heap) < WORTH_FREEING;
}

bool
library_heap_holds(const struct library_heap *heap, const void *at)
{
	return heap && heap_holds(heap->heap, at);
}

void
library_heap_drop(struct library_heap *heap)
{
	if (!heap)
		return;
	heap_drop(heap->heap);
	heap->beside = 0;
}

/* --- what the library calls (Makefile.am gives it these names) --- */

void *library_malloc(size_t size);
void *library_calloc(size_t count, size_t size);
void *library_realloc(void *block, size_t size);
void library_free(void *block);

/* Behind a heap that is full, or too small for it, is the C library. */
static inline void *
take(struct library_heap *h, size_t size)
{
	void *block = heap_take(h->heap, size);

	if (block)
		return block;
	block = malloc(size);
	h->beside += block != NULL;
	return block;
}

void *
library_malloc(size_t size)
{
	return here ? take(here, size) : malloc(size);
}

void
library_free(void *block)
{
	struct library_heap *h = here;

	if (h && block) {
		if (heap_give(h->heap, block))
			return;
		h->beside -= h->beside > 0;
	}
	free(block);
}

void *
library_calloc(size_t count, size_t size)
{
	size_t bytes;
	void *block;

	if (!here)
		return calloc(count, size);
	if (ckd_mul(&bytes, count, size)) {
		errno = ENOMEM;
		return NULL;
	}
	block = take(here, bytes);
	return block ? memset(block, 0, bytes) : NULL;
}

void *
library_realloc(void *block, size_t size)
{
	struct library_heap *h = here;
	size_t room;
	void *other;

	if (!h || (block && !heap_holds(h->heap, block)))
		return realloc(block, size);
	if (block && size == 0) {
		library_free(block);
		return NULL;
	}
	room = block ? heap_size(h->heap, block) : 0;
	if (block && size <= room)
		return block;
	other = library_malloc(size);
	if (!other || !block)
		return other;
	memcpy(other, block, room < size ? room : size);
	library_free(block);
	return other;
}
