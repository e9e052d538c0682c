/* SPDX-License-Identifier: Apache-2.0 */
/* The sorter hands out what it was given, in order, whether it fits memory or not. */
#include "base/sorter.h"

#include "base/attr.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 20000 };

struct entry {
	uint8_t text[300];
	size_t key, len;
};

static struct entry entries[ENTRIES];

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = slice_cmp(slice_from(x->text, x->key), slice_from(y->text, y->key));

	return order ? order : slice_cmp(slice_from(x->text + x->key, x->len - x->key),
		slice_from(y->text + y->key, y->len - y->key));
}

static void
make_entries(size_t count, unsigned seed)
{
	srand(seed);
	for (size_t i = 0; i < count; i++) {
		struct entry *e = &entries[i];

		e->len = (size_t)(rand() % 20 ? rand() % 20 : rand() % 300);
		e->key = e->len ? (size_t)rand() % (e->len + 1) : 0;
		for (size_t k = 0; k < e->len; k++)
			e->text[k] = (uint8_t)(rand() % 4 ? rand() % 3 : rand());
	}
}

/* Bytes in memory, entries: from all in memory to a run for each entry and entries longer than what is read ahead. */
static const struct {
	size_t limit, count;
} cases[] = { { 1 << 20, 0 }, { 1 << 20, 1 }, { 1 << 20, 1000 }, { 0, 1 }, { 0, 500 }, { 1000, ENTRIES },
	{ 100000, ENTRIES }, { 1 << 30, ENTRIES } };

START_TEST(everything_comes_in_order)
{
	struct sorter s;
	struct slice key, bytes;
	struct err err = { 0 };

	make_entries(cases[_i].count, 7u + (unsigned)_i);
	sorter_init(&s, cases[_i].limit, "/tmp");
	for (size_t i = 0; i < cases[_i].count; i++)
		ck_assert_msg(sorter_add(&s, slice_from(entries[i].text, entries[i].key),
			slice_from(entries[i].text + entries[i].key, entries[i].len - entries[i].key), &err), "%s", err.text);
	ck_assert_msg(sorter_sort(&s, &err), "%s", err.text);
	qsort(entries, cases[_i].count, sizeof(*entries), compare);
	for (size_t i = 0; i < cases[_i].count; i++) {
		ck_assert_msg(sorter_next(&s, &key, &bytes, &err), "entry %zu: %s", i, err.text);
		ck_assert_msg(slice_eq(key, slice_from(entries[i].text, entries[i].key)), "key %zu", i);
		ck_assert_msg(slice_eq(bytes, slice_from(entries[i].text + entries[i].key, entries[i].len - entries[i].key)),
			"bytes %zu", i);
	}
	ck_assert(!sorter_next(&s, &key, &bytes, &err));
	ck_assert(!sorter_next(&s, &key, &bytes, &err));
	ck_assert_int_eq(err.code, ERR_OK);
	sorter_fini(&s);
}
END_TEST

START_TEST(long_entries)
{
	enum { LONG = 200000 };
	static uint8_t text[LONG];
	struct sorter s;
	struct slice key, bytes;
	struct err err = { 0 };

	sorter_init(&s, 1000, "/tmp");
	for (size_t i = 0; i < 10; i++) {
		text[0] = (uint8_t)(9 - i);
		ck_assert(sorter_add(&s, slice_from(text, 1), slice_from(text, LONG - i), &err));
	}
	ck_assert(sorter_sort(&s, &err));
	for (size_t i = 0; i < 10; i++) {
		ck_assert_msg(sorter_next(&s, &key, &bytes, &err), "%s", err.text);
		ck_assert_uint_eq(key.ptr[0], i);
		ck_assert_uint_eq(bytes.len, LONG - (9 - i));
	}
	sorter_fini(&s);
}
END_TEST

/* Long entries wait on disk: not all of those that runs begin with are in memory at once.  Every third has the key of
 * another one, and differs from it in its last byte alone. */
START_TEST(long_entries_wait_on_disk)
{
	enum { COUNT = 300, LONG = 1 << 20, MEMORY = 2 << 20, ROOM = 64 << 20 };
	uint8_t *text = malloc(LONG), key[1];
	struct sorter s;
	struct slice k, bytes;
	struct err err = { 0 };
	size_t got = 0, most = 0;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', LONG);
	sorter_init(&s, MEMORY, "/tmp");
	for (size_t i = 0; i < COUNT; i++) {
		size_t number = i * 7 % COUNT;

		key[0] = (uint8_t)(number / 3);
		text[LONG - 1] = (uint8_t)(number % 3);
		ck_assert_msg(sorter_add(&s, slice_from(key, 1), slice_from(text, LONG), &err), "%s", err.text);
	}
	ck_assert_msg(sorter_sort(&s, &err), "%s", err.text);
	for (; sorter_next(&s, &k, &bytes, &err); got++) {
		size_t now = 0;

		ck_assert_uint_eq(bytes.len, LONG);
		ck_assert_uint_eq(k.ptr[0], got / 3);
		ck_assert_uint_eq(bytes.ptr[LONG - 1], got % 3);
		ck_assert_uint_eq(bytes.ptr[LONG - 2], 'x');
		for (size_t i = 0; i < s.run_count; i++)
			now += sorter_memory_of(&s, i);
		most = now > most ? now : most;
	}
	ck_assert_msg(err.code == ERR_OK, "%s", err.text);
	ck_assert_uint_eq(got, COUNT);
	ck_assert_uint_lt(most, ROOM);
	sorter_fini(&s);
	free(text);
}
END_TEST

START_TEST(a_folder_that_is_not_there)
{
	struct sorter s;
	struct err err = { 0 };
	bool good = true;

	sorter_init(&s, 10, "/nonexistent");
	for (int i = 0; i < 3 && good; i++)
		good = sorter_add(&s, SLICE("key"), SLICE("many bytes"), &err);
	ck_assert(!good);
	ck_assert_int_eq(err.code, ERR_IO);
	sorter_fini(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sorter");
	TCase *tcase = tcase_create("sorter");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, everything_comes_in_order, 0, ARRAY_LEN(cases));
	tcase_add_test(tcase, long_entries);
	tcase_add_test(tcase, long_entries_wait_on_disk);
	tcase_add_test(tcase, a_folder_that_is_not_there);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
