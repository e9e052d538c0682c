/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/library_heap.h"

#include "base/ckd.h"
#include "base/heap.h"
#include "base/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef LIBRARY_HEAP
enum { IS_CALLED = true };
#else
enum { IS_CALLED = false }; /* nobody calls library_malloc and its like */
#endif

enum {
	NEAR = 32 * 1024 * 1024,         /* more than all but a few chunks need, and kept from chunk to chunk */
	WORTH_FREEING = 4 * 1024 * 1024, /* more than that comes from main memory again and again */
};

struct library_heap {
	struct heap *near;
	struct heap *far; /* NULL until a chunk asks for more than is near; gone with the next drop */
	bool refused;     /* since then there was not enough */
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
	h->near = heap_new(NEAR);
	if (h->near)
		return h;
	free(h);
	return NULL;
}

void
library_heap_delete(struct library_heap *heap)
{
	if (!heap)
		return;
	library_heap_drop(heap);
	if (!spare) {
		spare = heap;
		return;
	}
	heap_delete(heap->near);
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
library_heap_has_room(const struct library_heap *heap)
{
	return heap && !heap->far && heap_used(heap->near) < WORTH_FREEING;
}

bool
library_heap_refused(const struct library_heap *heap)
{
	return heap && heap->refused;
}

/* Of a block's; NULL: it lies in neither. */
static struct heap *
home_of(const struct library_heap *h, const void *at)
{
	return heap_holds(h->near, at) ? h->near : h->far && heap_holds(h->far, at) ? h->far : NULL;
}

bool
library_heap_holds(const struct library_heap *heap, const void *at)
{
	return heap && home_of(heap, at);
}

void
library_heap_drop(struct library_heap *heap)
{
	if (!heap)
		return;
	heap_drop(heap->near);
	if (heap->far) {
		heap_drop(heap->far);
		heap_delete(heap->far);
		heap->far = NULL;
	}
	heap->refused = false;
}

/* --- what the library calls (Makefile.am gives it these names) --- */

void *library_malloc(size_t size);
void *library_calloc(size_t count, size_t size);
void *library_realloc(void *block, size_t size);
void library_free(void *block);

/* What does not fit nearby any more.  Never from the C library: what that has left hangs on all that the process did before,
 * and what libevtx makes of a record should not. */
static void *
take_far(struct library_heap *h, size_t size)
{
	void *block;

	if (!h->far)
		h->far = heap_new(LIMIT_LIBRARY_MEMORY);
	block = h->far ? heap_take(h->far, size) : NULL;
	if (!block) {
		h->refused = true;
		errno = ENOMEM;
	}
	return block;
}

static inline void *
take(struct library_heap *h, size_t size)
{
	void *block = heap_take(h->near, size);

	return block ? block : take_far(h, size);
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

	if (!h || !block || (!heap_give(h->near, block) && !(h->far && heap_give(h->far, block))))
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
	struct heap *home = here && block ? home_of(here, block) : NULL;
	size_t room = home ? heap_size(home, block) : 0;
	void *other;

	if (!here || (block && !home))
		return realloc(block, size);
	if (block && size == 0) {
		library_free(block);
		return NULL;
	}
	if (block && size <= room)
		return block;
	other = take(here, size);
	if (!other || !block)
		return other;
	memcpy(other, block, room < size ? room : size);
	library_free(block);
	return other;
}
