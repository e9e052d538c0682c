/* SPDX-License-Identifier: Apache-2.0 */
/* A heap: blocks hold what was written to them whatever is taken and given around them, a full one says so, and damage of
 * each kind ends the process.  And libevtx's own: what the library asks for lies in it. */
#include "base/heap.h"
#include "evtx/library_heap.h"

#include "base/attr.h"
#include "base/limits.h"

#include <check.h>
#include <libevtx.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 500, STEPS = 200000, GRAIN = 16, ROOM = 32 * 1024 * 1024, LARGE_ROOM = 16 * ROOM, MODERATE = 256 * 1024 };

START_TEST(test_sizes)
{
	struct heap *heap = heap_new(LARGE_ROOM);

	ck_assert_ptr_nonnull(heap);
	for (size_t size = 0; size <= HEAP_LARGEST; size += size < 5000 ? 1 : size / 50) {
		void *block = heap_take(heap, size);
		size_t room;

		ck_assert_msg(block && (uintptr_t)block % GRAIN == 0 && heap_holds(heap, block), "%zu bytes", size);
		room = heap_size(heap, block);
		ck_assert_msg(room >= size && room <= size + size / 4 + 2 * GRAIN, "%zu bytes: room for %zu", size, room);
		memset(block, 0xAA, room);
		heap_give(heap, block);
		ck_assert_ptr_eq(heap_take(heap, size), block);
		heap_give(heap, block);
	}
	ck_assert(!heap_give(heap, &heap));
	ck_assert_ptr_null(heap_take(heap, HEAP_LARGEST + 1));
	ck_assert_ptr_null(heap_take(heap, SIZE_MAX));
	heap_delete(heap);
	heap_delete(NULL);
}
END_TEST

static uint32_t
draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static bool
is_filled(const uint8_t *block, size_t size, uint8_t with)
{
	for (size_t i = 0; i < size; i++)
		if (block[i] != with)
			return false;
	return true;
}

START_TEST(test_random)
{
	struct {
		uint8_t *block;
		size_t size;
		uint8_t with;
	} b[BLOCKS] = { { NULL, 0, 0 } };
	struct heap *heap = heap_new(ROOM);
	uint32_t state = 7;
	size_t drops = 0;

	ck_assert_ptr_nonnull(heap);
	for (int i = 0; i < STEPS; i++) {
		size_t which = draw(&state) % BLOCKS;

		if (b[which].block) {
			ck_assert_msg(is_filled(b[which].block, b[which].size, b[which].with), "step %d", i);
			heap_give(heap, b[which].block);
			b[which].block = NULL;
			continue;
		}
		b[which].size = draw(&state) % (draw(&state) % 16 ? 300 : draw(&state) % 8 ? 20000 : MODERATE + 1);
		b[which].with = (uint8_t)draw(&state);
		b[which].block = heap_take(heap, b[which].size);
		if (!b[which].block)
			continue;
		b[which].size = heap_size(heap, b[which].block);
		memset(b[which].block, b[which].with, b[which].size);
		if (draw(&state) % 20000 == 0) {
			heap_drop(heap);
			memset(b, 0, sizeof(b));
			drops++;
		}
	}
	ck_assert_uint_gt(drops, 1);
	heap_delete(heap);
}
END_TEST

START_TEST(test_full)
{
	static const size_t sizes[] = { 1, 100, 5000, MODERATE, HEAP_LARGEST };
	struct heap *heap = heap_new(ROOM);

	ck_assert_ptr_nonnull(heap);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t count = 0;
		void *last = NULL;

		for (void *block; (block = heap_take(heap, sizes[i])); last = block)
			count++;
		ck_assert_msg(count * (sizes[i] + 2 * GRAIN) * 4 / 3 > ROOM / 2, "%zu blocks of %zu", count, sizes[i]);
		ck_assert_uint_le(heap_used(heap), ROOM);
		heap_give(heap, last);
		ck_assert_ptr_eq(heap_take(heap, sizes[i]), last);
		heap_drop(heap);
		ck_assert_uint_lt(heap_used(heap), ROOM / 100);
	}
	heap_delete(heap);
}
END_TEST

/* --- damage --- */

static void
free_twice(struct heap *heap, uint8_t *block)
{
	heap_give(heap, block);
	heap_give(heap, block);
}

static void
free_within(struct heap *heap, uint8_t *block)
{
	heap_give(heap, block + GRAIN);
}

static void
free_unaligned(struct heap *heap, uint8_t *block)
{
	heap_give(heap, block + 1);
}

static void
write_behind(struct heap *heap, uint8_t *block)
{
	block[heap_size(heap, block)] ^= 1;
	heap_give(heap, block);
}

static void
write_behind_and_drop(struct heap *heap, uint8_t *block)
{
	block[heap_size(heap, block)] ^= 1;
	heap_drop(heap);
}

static void
write_to_free(struct heap *heap, uint8_t *block)
{
	heap_give(heap, block);
	memset(block, 0, 8);
	heap_take(heap, 100);
}

static void
write_behind_free(struct heap *heap, uint8_t *block)
{
	size_t room = heap_size(heap, block);

	heap_give(heap, block);
	block[room] ^= 1;
	heap_take(heap, 100);
}

static void
write_behind_free_and_drop(struct heap *heap, uint8_t *block)
{
	size_t room = heap_size(heap, block);

	heap_give(heap, block);
	block[room] ^= 1;
	heap_drop(heap);
}

static void
write_behind_room(struct heap *heap, uint8_t *block)
{
	(void)block;
	for (uint8_t *last = NULL, *next; (next = heap_take(heap, HEAP_LARGEST)) || last; last = next)
		if (!next)
			memset(last, 'x', (size_t)2 * HEAP_LARGEST);
}

static void
ask_size_of_free(struct heap *heap, uint8_t *block)
{
	heap_give(heap, block);
	heap_size(heap, block);
}

static const struct {
	const char *name;
	void (*harm)(struct heap *heap, uint8_t *block);
} damage[] = {
	{ "freed twice", free_twice },
	{ "freed within", free_within },
	{ "freed one off", free_unaligned },
	{ "written past its end", write_behind },
	{ "written past its end, then all dropped", write_behind_and_drop },
	{ "written to when free", write_to_free },
	{ "asked for its size when free", ask_size_of_free },
	{ "written past its end when free", write_behind_free },
	{ "written past its end when free, then all dropped", write_behind_free_and_drop },
	{ "written past the heap's end", write_behind_room },
};

START_TEST(test_damage)
{
	pid_t child = fork();
	int status = 0;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct heap *heap = heap_new(ROOM);
		uint8_t *block = heap ? heap_take(heap, 100) : NULL;

		signal(SIGILL, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		if (!block || !heap_take(heap, 100))
			_exit(1);
		damage[_i].harm(heap, block);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == (damage[_i].harm == write_behind_room ? SIGSEGV : SIGILL), "%s: status %x", damage[_i].name, (unsigned)status);
}
END_TEST

/* --- libevtx's --- */

START_TEST(test_library)
{
	struct library_heap *heap = library_heap_new();
	libevtx_file_t *file = NULL;
	void *own;

	library_heap_enter(heap);
	ck_assert_int_eq(libevtx_file_initialize(&file, NULL), 1);
	library_heap_leave();
	own = malloc(100);
#ifdef LIBRARY_HEAP
	ck_assert_ptr_nonnull(heap);
	ck_assert(library_heap_holds(heap, file) && library_heap_has_room(heap));
	library_heap_drop(heap);
#else
	ck_assert_ptr_null(heap);
	ck_assert(!library_heap_has_room(heap) && !library_heap_refused(heap));
	libevtx_file_free(&file, NULL);
#endif
	ck_assert(!library_heap_holds(heap, own));
	free(own);
	library_heap_delete(heap);
}
END_TEST

#ifdef LIBRARY_HEAP
/* As the library calls it. */
void *library_malloc(size_t size);
void *library_calloc(size_t count, size_t size);
void *library_realloc(void *block, size_t size);
void library_free(void *block);

/* What the library gets, moves and frees lies in its heap, also what is too much for the near one; past all of it there is
 * nothing, and the heap says so until the next drop. */
START_TEST(test_library_memory)
{
	struct library_heap *heap = library_heap_new();
	size_t size = SIZE_MAX / 2, count = 0;
	unsigned char *block, *wrong, *far;

	library_heap_enter(heap);
	block = library_calloc(10, 10);
	wrong = library_calloc(size, 3);
	library_heap_leave();
	ck_assert(block && library_heap_holds(heap, block) && is_filled(block, 100, 0));
	ck_assert_ptr_null(wrong);
	memset(block, 'x', 100);
	library_heap_enter(heap);
	block = library_realloc(block, 100000);
	ck_assert(block && library_heap_holds(heap, block) && is_filled(block, 100, 'x') && library_heap_has_room(heap));
	block = library_realloc(block, MODERATE + 1);
	while (library_malloc(MODERATE) && library_heap_has_room(heap))
		count++;
	ck_assert_uint_gt(count, 10);
	for (count = 0; (far = library_malloc(MODERATE)) != NULL; count++)
		ck_assert(library_heap_holds(heap, far));
	library_heap_leave();
	ck_assert(block && library_heap_holds(heap, block) && is_filled(block, 100, 'x'));
	ck_assert(!library_heap_has_room(heap) && library_heap_refused(heap));
	ck_assert_uint_gt(count, (size_t)LIMIT_LIBRARY_MEMORY / MODERATE / 4 * 3);
	library_heap_drop(heap);
	ck_assert(library_heap_has_room(heap) && !library_heap_refused(heap));
	library_heap_enter(heap);
	ck_assert(library_malloc(10) && !library_malloc(SIZE_MAX) && !library_malloc(HEAP_LARGEST + 1));
	library_heap_leave();
	ck_assert(library_heap_refused(heap));
	library_heap_delete(heap);
	ck_assert_ptr_eq(library_heap_new(), heap); /* with pages that are in memory already */
	ck_assert(library_heap_has_room(heap) && !library_heap_refused(heap));
	library_heap_delete(heap);
}
END_TEST

/* What moves from the near heap to the far one and back, and is freed there, keeps what it holds. */
START_TEST(test_library_moves)
{
	struct library_heap *heap = library_heap_new();
	unsigned char *blocks[BLOCKS];

	library_heap_enter(heap);
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < BLOCKS; i++) {
			blocks[i] = library_malloc(1000);
			memset(blocks[i], (int)i, 1000);
		}
		for (size_t i = 0; i < BLOCKS; i++) { /* 250 MiB */
			blocks[i] = library_realloc(blocks[i], (size_t)2 * MODERATE);
			ck_assert_msg(blocks[i] && is_filled(blocks[i], 1000, (uint8_t)i), "block %zu", i);
		}
		for (size_t i = 0; i < BLOCKS; i += 1 + round)
			library_free(blocks[i]);
	}
	library_heap_leave();
	ck_assert(!library_heap_refused(heap) && !library_heap_has_room(heap));
	library_heap_drop(heap);
	ck_assert(library_heap_has_room(heap));
	library_heap_delete(heap);
}
END_TEST
#endif

int
main(void)
{
	Suite *suite = suite_create("heap");
	TCase *tcase = tcase_create("heap");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_sizes);
	tcase_add_test(tcase, test_random);
	tcase_add_test(tcase, test_full);
	tcase_add_loop_test(tcase, test_damage, 0, ARRAY_LEN(damage));
	tcase_add_test(tcase, test_library);
#ifdef LIBRARY_HEAP
	tcase_add_test(tcase, test_library_memory);
	tcase_add_test(tcase, test_library_moves);
#endif
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
