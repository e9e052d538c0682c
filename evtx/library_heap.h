/* SPDX-License-Identifier: Apache-2.0 */
/* A heap of libevtx's own.  The library asks the C library for some hundred blocks for each record that it reads and gives
 * them back one by one, two fifths of what it costs.  While a thread is between enter and leave, what it asks for comes from
 * its heap; what a chunk has come to is then dropped as a whole (base/heap.h). */
#ifndef EVTX_LIBRARY_HEAP_H
#define EVTX_LIBRARY_HEAP_H

#include <stdbool.h>

struct library_heap;

/* NULL: there is no memory, or this build has none (sanitizers and valgrind have heaps of their own, which see more).  Then
 * the others do nothing. */
struct library_heap *library_heap_new(void);
void library_heap_delete(struct library_heap *heap);

/* In between lie calls of the library and nothing else: what is asked for there dies with the next drop. */
void library_heap_enter(struct library_heap *heap);
void library_heap_leave(void);

/* A drop frees what the library has not freed; true when there is room enough to leave it until then. */
bool library_heap_has_room(const struct library_heap *heap);

/* True when the library asked for more since the last drop than there is - LIMIT_LIBRARY_MEMORY in all, HEAP_LARGEST at
 * once, or what this process can have - and got nothing. */
bool library_heap_refused(const struct library_heap *heap);

/* True for what lies in it; for tests. */
bool library_heap_holds(const struct library_heap *heap, const void *at);

/* Frees all that is here. */
void library_heap_drop(struct library_heap *heap);

#endif
