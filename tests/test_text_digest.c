/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/text_digest.h"

#include "base/buf.h"
#include "base/utf.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 1 << 20, MANY = 20000 };

/* `text` so many times, as UTF-16LE. */
static void
put_units(struct buf *out, struct slice text, size_t times)
{
	buf_reset(out);
	for (size_t i = 0; i < times; i++)
		utf_append_as_utf16le(out, text);
	ck_assert(!out->failed);
}

/* Twice each, and each short (looked at anew) and long (remembered): what is digested is the text behind it. */
START_TEST(test_line_ends)
{
	static const struct {
		struct slice text, digested;
	} cases[] = {
		{ { (const uint8_t *)"a\nb", 3 }, { (const uint8_t *)"a\nb", 3 } },
		{ { (const uint8_t *)"a\r\nb", 4 }, { (const uint8_t *)"a\nb", 3 } },
		{ { (const uint8_t *)"\r\n", 2 }, { (const uint8_t *)"\n", 1 } },
		{ { (const uint8_t *)"\r\r\nc", 4 }, { (const uint8_t *)"\r\nc", 3 } },
		{ { (const uint8_t *)"x\ry", 3 }, { (const uint8_t *)"x\ry", 3 } },
		{ { (const uint8_t *)"\n\rz", 3 }, { (const uint8_t *)"\n\rz", 3 } },
		{ { (const uint8_t *)"\xE0\xB4\x80\xE0\xA8\x80", 6 }, { (const uint8_t *)"\xE0\xB4\x80\xE0\xA8\x80", 6 } }, /* U+0D00, U+0A00 */
		{ { (const uint8_t *)"\xE0\xA8\x8D", 3 }, { (const uint8_t *)"\xE0\xA8\x8D", 3 } },                         /* U+0A0D */
	};
	struct text_digests *known = text_digests_new();
	struct buf text, digested;

	ck_assert_ptr_nonnull(known);
	buf_init(&text, ROOM);
	buf_init(&digested, ROOM);
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		for (size_t times = 1; times <= 1000; times *= 10) {
			uint8_t got[DIGEST_LEN], wanted[DIGEST_LEN];

			put_units(&text, cases[i / 2].text, times);
			put_units(&digested, cases[i / 2].digested, times);
			ck_assert(text_digest(known, buf_view(&text), got));
			ck_assert(digest_sha256(buf_view(&digested), wanted));
			ck_assert_msg(memcmp(got, wanted, DIGEST_LEN) == 0, "case %zu, %zu times", i / 2, times);
		}
	}
	buf_fini(&text);
	buf_fini(&digested);
	text_digests_free(known);
}
END_TEST

/* A CR at the very end has no LF behind it, whatever stands behind the text in memory. */
START_TEST(test_ends_with_cr)
{
	struct text_digests *known = text_digests_new();
	uint8_t got[DIGEST_LEN], wanted[DIGEST_LEN];
	struct buf text;

	ck_assert_ptr_nonnull(known);
	buf_init(&text, ROOM);
	put_units(&text, SLICE("abcdef\r\n"), 100);
	text.len -= 2;
	ck_assert(text_digest(known, buf_view(&text), got));
	put_units(&text, SLICE("abcdef\n"), 99);
	utf_append_as_utf16le(&text, SLICE("abcdef\r"));
	ck_assert(digest_sha256(buf_view(&text), wanted));
	ck_assert_mem_eq(got, wanted, DIGEST_LEN);
	ck_assert(text_digest(known, SLICE_EMPTY, got));
	ck_assert(digest_sha256(SLICE_EMPTY, wanted));
	ck_assert_mem_eq(got, wanted, DIGEST_LEN);
	buf_fini(&text);
	text_digests_free(known);
}
END_TEST

/* More texts than are remembered, alike but for one number, in two rounds: each has its own digest in both. */
START_TEST(test_many)
{
	struct text_digests *known = text_digests_new();
	struct buf text;

	ck_assert_ptr_nonnull(known);
	buf_init(&text, ROOM);
	for (size_t i = 0; i < 2 * (size_t)MANY; i++) {
		uint8_t got[DIGEST_LEN], wanted[DIGEST_LEN];
		char number[32];

		put_units(&text, SLICE("Get-Item "), 40);
		snprintf(number, sizeof(number), "%zu", i % MANY);
		utf_append_as_utf16le(&text, slice_from_text(number));
		ck_assert(text_digest(known, buf_view(&text), got));
		ck_assert(digest_sha256(buf_view(&text), wanted));
		ck_assert_mem_eq(got, wanted, DIGEST_LEN);
	}
	buf_fini(&text);
	text_digests_free(known);
}
END_TEST

/* The same bytes are one thing as a text and another as they are. */
START_TEST(test_bytes)
{
	struct text_digests *known = text_digests_new();
	uint8_t got[DIGEST_LEN], wanted[DIGEST_LEN];
	struct buf text;

	ck_assert_ptr_nonnull(known);
	buf_init(&text, ROOM);
	put_units(&text, SLICE("abcdef\r\n"), 100);
	ck_assert(digest_sha256(buf_view(&text), wanted));
	for (size_t round = 0; round < 4; round++) {
		ck_assert(bytes_digest(round % 2 ? known : NULL, buf_view(&text), got));
		ck_assert_mem_eq(got, wanted, DIGEST_LEN);
		ck_assert(text_digest(known, buf_view(&text), got));
		ck_assert_mem_ne(got, wanted, DIGEST_LEN);
	}
	buf_fini(&text);
	text_digests_free(known);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("text_digest");
	TCase *tcase = tcase_create("text_digest");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_line_ends);
	tcase_add_test(tcase, test_ends_with_cr);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_bytes);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
