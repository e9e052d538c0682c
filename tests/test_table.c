/* SPDX-License-Identifier: Apache-2.0 */
/* The hash table: finds what was added, keeps the order of arrival, copies keys. */
#include "base/table.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct key {
	const char *name;
	struct slice key;
} keys[] = {
	{ "a word", { (const uint8_t *)"word", 4 } },
	{ "empty", { NULL, 0 } },
	{ "a NUL", { (const uint8_t *)"\0", 1 } },
	{ "two NULs", { (const uint8_t *)"\0\0", 2 } },
	{ "eight bytes", { (const uint8_t *)"12345678", 8 } },
	{ "eight NULs", { (const uint8_t *)"\0\0\0\0\0\0\0\0", 8 } },
	{ "a prefix of it", { (const uint8_t *)"1234567", 7 } },
	{ "nine bytes", { (const uint8_t *)"123456789", 9 } },
};

START_TEST(test_keys)
{
	struct table t;
	struct table_entry *entry;
	bool added = false;

	table_init(&t);
	ck_assert_ptr_null(table_find(&t, keys[_i].key));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		entry = table_add(&t, keys[i].key, i, &added);
		ck_assert_msg(entry && added && entry->value == i, "%s is new", keys[i].name);
	}
	entry = table_add(&t, keys[_i].key, 99, &added);
	ck_assert_msg(entry && !added && entry->value == (uint64_t)_i, "%s is there", keys[_i].name);
	ck_assert_msg(table_find(&t, keys[_i].key) == entry, "%s is found", keys[_i].name);
	ck_assert_msg(entry == &t.entries[_i], "%s keeps its place", keys[_i].name);
	ck_assert_ptr_null(table_find(&t, SLICE("nobody")));
	ck_assert_uint_eq(t.count, sizeof(keys) / sizeof(keys[0]));
	table_fini(&t);
}
END_TEST

START_TEST(test_many)
{
	enum { MANY = 50000 };
	struct table t;
	char key[32];
	bool added;

	table_init(&t);
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			int len = snprintf(key, sizeof(key), "key %u", i * 2654435761u);
			struct table_entry *entry = table_add(&t, slice_from(key, (size_t)len), i, &added);

			ck_assert(entry && added == (round == 0) && entry->value == i);
		}
		memset(key, 'x', sizeof(key)); /* the table has its own copies */
	}
	ck_assert_uint_eq(t.count, MANY);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_uint_eq(t.entries[i].value, i);
	table_fini(&t);
	ck_assert_ptr_null(table_find(&t, SLICE("key 0")));
}
END_TEST

/* Empty again: nothing of before is found, what comes is numbered anew, and its hash stays. */
START_TEST(test_reset)
{
	static const unsigned sizes[] = { 0, 3, 5000, 2 };
	struct table t;
	char key[32];
	bool added;
	uint64_t seed;

	table_init(&t);
	seed = t.seed[0];
	for (size_t round = 0; round < sizeof(sizes) / sizeof(sizes[0]); round++) {
		for (unsigned i = 0; i < sizes[round]; i++) {
			int len = snprintf(key, sizeof(key), "%u of %zu", i, round);
			struct table_entry *entry = table_add(&t, slice_from(key, (size_t)len), i, &added);

			ck_assert(entry && added && entry == &t.entries[i]);
		}
		ck_assert_uint_eq(t.count, sizes[round]);
		table_reset(&t);
		ck_assert_uint_eq(t.count, 0);
		ck_assert_ptr_null(table_find(&t, slice_from(key, strlen(key))));
		ck_assert_uint_eq(t.seed[0], seed);
	}
	table_fini(&t);
}
END_TEST

START_TEST(test_seeds_differ)
{
	struct table a, b;

	table_init(&a);
	table_init(&b);
	ck_assert_msg(a.seed[0] != b.seed[0] || a.seed[1] != b.seed[1], "two tables, two hashes");
	table_fini(&a);
	table_fini(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table");
	TCase *tc = tcase_create("table");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_keys, 0, (int)(sizeof(keys) / sizeof(keys[0])));
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_reset);
	tcase_add_test(tc, test_seeds_differ);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
