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
	struct keyed_seed seed;

	table_init(&t);
	seed = t.seed;
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
		ck_assert_mem_eq(&t.seed, &seed, sizeof(seed));
	}
	table_fini(&t);
}
END_TEST

START_TEST(test_seeds_differ)
{
	struct table a, b;

	table_init(&a);
	table_init(&b);
	ck_assert_mem_ne(&a.seed, &b.seed, sizeof(a.seed));
	table_fini(&a);
	table_fini(&b);
}
END_TEST

static const struct keyed_seed seeds[] = { { { 1, 2, 3, 4 } },
	{ { 0x9E3779B97F4A7C15u, 0xBF58476D1CE4E5B9u, 0x94D049BB133111EBu, 0xD6E8FEB86659FD93u } } };

/* Every length from none to past where four chains begin, and every byte of each text changed: no two hashes are alike, in
 * neither half, and none has the a that means a free place. */
START_TEST(test_keyed_tells_apart)
{
	const struct keyed_seed *seed = &seeds[_i];
	struct table first, second;
	uint8_t text[140];
	size_t count = 0;

	table_init(&first);
	table_init(&second);
	for (size_t len = 0; len < sizeof(text); len++) {
		for (size_t changed = 0; changed <= len; changed++) {
			struct keyed_hash hash;
			bool added;

			for (size_t i = 0; i < len; i++)
				text[i] = (uint8_t)('a' + i % 7);
			if (changed < len)
				text[changed] ^= 0x20;
			hash = keyed_hash(seed, 0, slice_from(text, len));
			ck_assert_uint_ne(hash.a, 0);
			ck_assert(table_add(&first, slice_from(&hash.a, sizeof(hash.a)), 0, &added) && added);
			ck_assert(table_add(&second, slice_from(&hash.b, sizeof(hash.b)), 0, &added) && added);
			count++;
		}
	}
	ck_assert_uint_eq(first.count, count);
	table_fini(&first);
	table_fini(&second);
}
END_TEST

/* The number that goes in first and each word of the seed count; what lies behind the text does not. */
START_TEST(test_keyed_depends)
{
	static const char same[] = "0123456789abcdefX", other[] = "0123456789abcdefY";
	struct slice text = slice_from(same, 16);
	struct keyed_hash hash = keyed_hash(&seeds[1], 7, text), again = keyed_hash(&seeds[1], 7, slice_from(other, 16));
	struct keyed_hash number = keyed_hash(&seeds[1], 8, text);

	ck_assert_mem_eq(&hash, &again, sizeof(hash));
	ck_assert(hash.a != number.a && hash.b != number.b);
	for (size_t i = 0; i < sizeof(seeds[1].words) / sizeof(*seeds[1].words); i++) {
		struct keyed_seed changed = seeds[1];
		struct keyed_hash with;

		changed.words[i] ^= 1;
		with = keyed_hash(&changed, 7, text);
		ck_assert(with.a != hash.a || with.b != hash.b);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table");
	TCase *tc = tcase_create("table");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, test_keyed_tells_apart, 0, sizeof(seeds) / sizeof(*seeds));
	tcase_add_test(tc, test_keyed_depends);
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
