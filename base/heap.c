/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include "base/attr.h"
#include "base/seed.h"
#include "base/word.h"

#include <string.h>
#include <sys/mman.h>

enum {
	GRAIN = 16, /* what sizes are counted in, and the alignment of blocks */
	GUARD = sizeof(uint64_t), /* behind each block, from when it is cut until all are dropped */
	FINE = 64,  /* up to so many grains each size has its own list; above, four lists share a doubling */
	FINE_BITS = 6,
	STEPS = 4,
	STEP_BITS = 2,
	DOUBLINGS = 15, /* from 1 KiB on */
	LISTS = FINE + DOUBLINGS * STEPS,
	RUN = 16 * 1024 / GRAIN, /* blocks of a list are cut from such a piece, or from one as large as they are */
	FREE = 0x80,             /* in a mark */
	PAGE = 4096,
};

_Static_assert(LISTS < FREE, "a mark has no room for the lists");
_Static_assert(HEAP_LARGEST / GRAIN < FINE << DOUBLINGS, "the largest block has no list");

/* Blocks of one size. */
struct list {
	uint32_t free; /* grain of the one freed last; 0, where no block is: none */
	uint32_t run;  /* that others are cut from */
};

/* Blocks of a list, side by side; in grains. */
struct run {
	uint32_t start, at, end; /* cut up to `at` */
	uint32_t list;
};

struct heap {
	uint8_t *room;
	uint64_t secret[2]; /* for the words behind blocks, and for the links in free ones */
	uint32_t top;       /* runs were cut up to here */
	uint32_t grains;    /* of the room */
	struct list lists[LISTS];
	uint32_t run_count, runs_most;
	struct run *runs; /* the first has nothing to cut: that of lists without one */
	uint8_t *marks;   /* of each grain: where a block begins its list + 1, and whether it is free; else 0 */
	size_t mapped;
};

static size_t
pages(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* All of it is one mapping: the heap and what it knows of runs and blocks, a page that nobody may touch, the room, another
 * such page.  Memory is used as it is touched. */
struct heap *
heap_new(size_t room)
{
	uint32_t grains = (uint32_t)(room / GRAIN), runs = 2 * (grains / RUN); /* the least that is cut is more than half a run */
	size_t runs_at = pages(sizeof(struct heap)), marks_at = runs_at + pages((runs + 1) * sizeof(struct run)),
		room_at = marks_at + pages(grains) + PAGE, mapped = room_at + room + PAGE;
	uint8_t *all = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct heap *heap = (void *)all;

	if (all == MAP_FAILED)
		return NULL;
	*heap = (struct heap){ .room = all + room_at, .top = RUN, .grains = grains, .runs_most = runs,
		.runs = (void *)(all + runs_at), .marks = all + marks_at, .mapped = mapped };
	seed_fill(heap->secret, ARRAY_LEN(heap->secret));
	if (mprotect(heap->room - PAGE, PAGE, PROT_NONE) == 0 && mprotect(heap->room + room, PAGE, PROT_NONE) == 0)
		return heap;
	heap_delete(heap);
	return NULL;
}

void
heap_delete(struct heap *heap)
{
	if (heap)
		munmap(heap, heap->mapped);
}

/* --- sizes --- */

/* The list of blocks of at least so many grains. */
static uint32_t
list_of(uint32_t grains)
{
	uint32_t last = grains - 1, bits;

	if (grains <= FINE)
		return last;
	bits = 31 - (uint32_t)__builtin_clz(last);
	return FINE + (bits - FINE_BITS) * STEPS + (last >> (bits - STEP_BITS)) % STEPS;
}

static uint32_t
grains_of(uint32_t list)
{
	uint32_t above = list - FINE;

	return list < FINE ? list + 1 : (STEPS + above % STEPS + 1) << (FINE_BITS - STEP_BITS + above / STEPS);
}

/* --- what stands in and behind blocks --- */

static uint8_t *
block_at(const struct heap *heap, uint32_t grain)
{
	return heap->room + (size_t)grain * GRAIN;
}

static uint64_t
guard_of(const struct heap *heap, uint32_t grain)
{
	return heap->secret[0] ^ grain * UINT64_C(0x9E3779B97F4A7C15);
}

static uint8_t *
guard_at(const struct heap *heap, uint32_t grain, uint32_t list)
{
	return block_at(heap, grain + grains_of(list)) - GUARD;
}

static void
check_guard(const struct heap *heap, uint32_t grain, uint32_t list)
{
	if (word_eight(guard_at(heap, grain, list)) != guard_of(heap, grain))
		__builtin_trap();
}

/* The block that was freed before this free one. */
static uint32_t
next_free(const struct heap *heap, uint32_t grain, uint32_t list)
{
	uint64_t next = word_eight(block_at(heap, grain)) ^ heap->secret[1];

	if (heap->marks[grain] != (list + 1 + FREE) || next >= heap->grains || (next && heap->marks[next] != list + 1 + FREE))
		__builtin_trap();
	return (uint32_t)next;
}

/* --- blocks --- */

static struct run *
new_run(struct heap *heap, uint32_t which, uint32_t grains)
{
	uint32_t size = grains > RUN ? grains : RUN / grains * grains, start = heap->top;

	if (size > heap->grains - start || heap->run_count == heap->runs_most)
		return NULL;
	heap->top += size;
	heap->lists[which].run = ++heap->run_count;
	heap->runs[heap->run_count] = (struct run){ start, start, heap->top, which };
	return &heap->runs[heap->run_count];
}

/* A block that was none before; 0: there is no room. */
static uint32_t
cut(struct heap *heap, uint32_t which)
{
	struct run *run = &heap->runs[heap->lists[which].run];
	uint32_t grains = grains_of(which), grain;
	uint64_t guard;

	if (run->at == run->end)
		run = new_run(heap, which, grains);
	if (!run)
		return 0;
	grain = run->at;
	run->at += grains;
	guard = guard_of(heap, grain);
	memcpy(guard_at(heap, grain, which), &guard, sizeof(guard));
	return grain;
}

void *
heap_take(struct heap *heap, size_t size)
{
	uint32_t grain, which;

	if (size > HEAP_LARGEST)
		return NULL;
	which = list_of((uint32_t)((size + GUARD + GRAIN - 1) / GRAIN));
	grain = heap->lists[which].free;
	if (grain) {
		heap->lists[which].free = next_free(heap, grain, which);
		check_guard(heap, grain, which);
	} else {
		grain = cut(heap, which);
		if (!grain)
			return NULL;
	}
	heap->marks[grain] = (uint8_t)(which + 1);
	return block_at(heap, grain);
}

bool
heap_holds(const struct heap *heap, const void *at)
{
	return (uintptr_t)at - (uintptr_t)heap->room < (size_t)heap->grains * GRAIN;
}

/* The grain of a block in use, and its list. */
static uint32_t
grain_of(const struct heap *heap, const void *block, uint32_t *list)
{
	uintptr_t offset = (uintptr_t)block - (uintptr_t)heap->room;
	uint8_t mark;

	if (!heap_holds(heap, block) || offset % GRAIN)
		__builtin_trap();
	mark = heap->marks[offset / GRAIN];
	if (mark == 0 || mark >= FREE)
		__builtin_trap();
	*list = mark - 1U;
	return (uint32_t)(offset / GRAIN);
}

bool
heap_give(struct heap *heap, void *block)
{
	uint32_t which, grain;
	uint64_t link;

	if (!heap_holds(heap, block))
		return false;
	grain = grain_of(heap, block, &which);
	link = heap->lists[which].free ^ heap->secret[1];
	check_guard(heap, grain, which);
	memcpy(block, &link, sizeof(link));
	heap->marks[grain] |= FREE;
	heap->lists[which].free = grain;
	return true;
}

size_t
heap_size(const struct heap *heap, const void *block)
{
	uint32_t which;

	grain_of(heap, block, &which);
	return (size_t)grains_of(which) * GRAIN - GUARD;
}

/* Behind what was never freed nobody has looked yet, nor behind what was written to since. */
static void
check_blocks(const struct heap *heap)
{
	bool damaged = false;

	for (uint32_t i = 1; i <= heap->run_count; i++) {
		const struct run *run = &heap->runs[i];
		uint32_t grains = grains_of(run->list);

		for (uint32_t grain = run->start; grain < run->at; grain += grains)
			damaged |= word_eight(guard_at(heap, grain, run->list)) != guard_of(heap, grain);
	}
	if (damaged)
		__builtin_trap();
}

void
heap_drop(struct heap *heap)
{
	check_blocks(heap);
	memset(heap->marks, 0, heap->top);
	memset(heap->lists, 0, sizeof(heap->lists));
	heap->run_count = 0;
	heap->top = RUN;
}

size_t
heap_used(const struct heap *heap)
{
	return (size_t)heap->top * GRAIN;
}
