/* SPDX-License-Identifier: Apache-2.0 */
/* A heap for the blocks of a library that makes and frees millions of them and dies of none: blocks of one size lie side by
 * side, the last one freed is the first to be used again, and all of them can be dropped at once.  What the heap knows of a
 * block lies apart from it, and behind the room of each stands a word that nobody else can know.  It is looked at when the
 * block is freed, when it is used again, and when all are dropped.  So it is noticed at the latest then that a block was written
 * past its room, and always that one is freed twice, or what lies within one; what was written into a free block is noticed
 * when it hits what stands at its beginning or behind it.  Then the process ends by SIGILL: in a jail there is nothing else that
 * it may do.  Who tells what came of the blocks should have dropped them before.
 *
 * Not for threads: one heap is used by one thread at a time. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap;

enum { HEAP_LARGEST = 16 * 1024 * 1024, HEAP_GRANULARITY = 16 * 1024 }; /* bytes: of a block, and what rooms are multiples of */

/* For blocks that, with what stands behind them, take so many bytes, up to 2^35.  NULL: no room for one; memory is used as
 * blocks are. */
struct heap *heap_new(size_t room);
void heap_delete(struct heap *heap); /* accepts NULL */

/* A block, aligned for anything, not zeroed.  NULL: it would be too large, or the heap is full. */
void *heap_take(struct heap *heap, size_t size);

/* True for what lies in the heap, be it a block of it or not. */
bool heap_holds(const struct heap *heap, const void *at);

/* Frees a block.  False: it does not lie in the heap. */
bool heap_give(struct heap *heap, void *block);

/* The bytes that may be written to a block: those asked for or some more. */
size_t heap_size(const struct heap *heap, const void *block);

/* Frees all blocks, looks behind those still in use, and starts anew. */
void heap_drop(struct heap *heap);

/* Bytes that blocks have ever lain in since the last drop. */
size_t heap_used(const struct heap *heap);

#endif
