/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16LE to WTF-8 and back: what a log holds comes back bit for bit, what leaves the program is strict UTF-8. */
#include "base/utf.h"

#include <check.h>
#include <stdlib.h>

#define S(lit) { (const uint8_t *)("" lit), sizeof(lit) - 1 }

static const struct pair {
	const char *name;
	struct slice utf16, text, strict;
} pairs[] = {
	{ "empty", S(""), S(""), S("") },
	{ "ASCII and NUL", S("a\0\0\0b\0"), S("a\0b"), S("a\0b") },
	{ "two bytes", S("\xE4\0\xFF\x07"), S("\xC3\xA4\xDF\xBF"), S("\xC3\xA4\xDF\xBF") },
	{ "three bytes", S("\x00\x08\xFF\xFF"), S("\xE0\xA0\x80\xEF\xBF\xBF"), S("\xE0\xA0\x80\xEF\xBF\xBF") },
	{ "a pair", S("\x3D\xD8\x00\xDE"), S("\xF0\x9F\x98\x80"), S("\xF0\x9F\x98\x80") },
	{ "first and last pair", S("\x00\xD8\x00\xDC\xFF\xDB\xFF\xDF"), S("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
		S("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") },
	{ "lone high", S("\x3D\xD8"), S("\xED\xA0\xBD"), S("\xEF\xBF\xBD") },
	{ "lone low", S("\x00\xDE"), S("\xED\xB8\x80"), S("\xEF\xBF\xBD") },
	{ "high, high, low", S("\x3D\xD8\x3D\xD8\x00\xDE"), S("\xED\xA0\xBD\xF0\x9F\x98\x80"),
		S("\xEF\xBF\xBD\xF0\x9F\x98\x80") },
	{ "turned round", S("\x00\xDE\x3D\xD8"), S("\xED\xB8\x80\xED\xA0\xBD"), S("\xEF\xBF\xBD\xEF\xBF\xBD") },
	{ "a byte order mark is a character", S("\xFF\xFE"), S("\xEF\xBB\xBF"), S("\xEF\xBB\xBF") },
};

START_TEST(test_pairs)
{
	const struct pair *t = &pairs[_i];
	struct buf b;

	buf_init(&b, 1000);
	ck_assert_msg(utf_append_utf16le(&b, t->utf16), "%s", t->name);
	ck_assert_msg(slice_eq(buf_view(&b), t->text), "%s: to text", t->name);
	buf_reset(&b);
	utf_append_as_utf16le(&b, t->text);
	ck_assert_msg(slice_eq(buf_view(&b), t->utf16), "%s: back", t->name);
	ck_assert_msg(utf_units(t->text) * 2 == t->utf16.len, "%s: units", t->name);
	buf_reset(&b);
	ck_assert_msg(utf_append_strict(&b, t->text) == slice_eq(t->text, t->strict), "%s: says so", t->name);
	ck_assert_msg(slice_eq(buf_view(&b), t->strict), "%s: strict", t->name);
	ck_assert_msg(utf_is_strict(t->text) == slice_eq(t->text, t->strict), "%s: is strict", t->name);
	ck_assert_msg(utf_is_strict(t->strict), "%s: strict is strict", t->name);
	buf_fini(&b);
}
END_TEST

/* Each stray byte is one; what follows is read afresh. */
static const struct stray {
	const char *name;
	struct slice text;
	size_t codes;
	struct slice strict;
} strays[] = {
	{ "continuation alone", S("\x80"), 1, S("\xEF\xBF\xBD") },
	{ "cut two", S("a\xC3"), 2, S("a\xEF\xBF\xBD") },
	{ "cut three", S("\xE2\x82"), 2, S("\xEF\xBF\xBD\xEF\xBF\xBD") },
	{ "cut four, then a letter", S("\xF0\x9F\x98z"), 4, S("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz") },
	{ "overlong slash", S("\xC0\xAF"), 2, S("\xEF\xBF\xBD\xEF\xBF\xBD") },
	{ "overlong three", S("\xE0\x9F\xBF"), 3, S("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") },
	{ "overlong four", S("\xF0\x8F\xBF\xBF"), 4, S("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") },
	{ "above U+10FFFF", S("\xF4\x90\x80\x80"), 4, S("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") },
	{ "never a first byte", S("\xFE\xFF"), 2, S("\xEF\xBF\xBD\xEF\xBF\xBD") },
};

START_TEST(test_stray)
{
	const struct stray *t = &strays[_i];
	size_t at = 0, codes = 0;
	struct buf b;

	for (; at < t->text.len; codes++)
		utf_next(t->text, &at);
	ck_assert_msg(codes == t->codes && at == t->text.len, "%s: %zu codes", t->name, codes);
	buf_init(&b, 1000);
	ck_assert_msg(!utf_append_strict(&b, t->text) && !utf_is_strict(t->text), "%s: is not strict", t->name);
	ck_assert_msg(slice_eq(buf_view(&b), t->strict), "%s: strict", t->name);
	buf_fini(&b);
}
END_TEST

/* Every code point there is, lone surrogates too. */
START_TEST(test_every_code)
{
	struct buf b;

	buf_init(&b, 16);
	for (uint32_t code = 0; code <= 0x10FFFF; code++) {
		size_t at = 0;

		buf_reset(&b);
		utf_append_code(&b, code);
		/* An assertion each would be a system call each. */
		if (utf_next(buf_view(&b), &at) != code || at != b.len ||
		    utf_is_strict(buf_view(&b)) == utf_is_surrogate(code))
			ck_abort_msg("U+%04X", (unsigned)code);
	}
	buf_fini(&b);
}
END_TEST

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A unit of the sort that goes wrong: surrogates are as frequent as everything else together. */
static uint16_t
random_unit(uint32_t *state)
{
	uint32_t r = next_random(state);

	switch (r >> 29) {
	case 0:
	case 1:
		return (uint16_t)(0xD800 | (r & 0x3FF));
	case 2:
	case 3:
		return (uint16_t)(0xDC00 | (r & 0x3FF));
	case 4:
		return r & 0x7F;
	case 5:
		return (uint16_t)(r & 0x7FF);
	default:
		return (uint16_t)r;
	}
}

START_TEST(test_round_trip)
{
	enum { STRINGS = 100000, UNITS_MAX = 24 };
	struct buf utf16, text, again;
	uint32_t state = 0x2545F491;

	buf_init(&utf16, 1000);
	buf_init(&text, 1000);
	buf_init(&again, 1000);
	for (int i = 0; i < STRINGS; i++) {
		uint32_t units = next_random(&state) % (UNITS_MAX + 1);

		buf_reset(&utf16);
		buf_reset(&text);
		buf_reset(&again);
		for (uint32_t u = 0; u < units; u++)
			buf_u16le(&utf16, random_unit(&state));
		ck_assert(utf_append_utf16le(&text, buf_view(&utf16)));
		utf_append_as_utf16le(&again, buf_view(&text));
		ck_assert_msg(slice_eq(buf_view(&utf16), buf_view(&again)), "string %d of %u units", i, units);
		ck_assert_uint_eq(utf_units(buf_view(&text)), units);
		buf_reset(&again);
		utf_append_strict(&again, buf_view(&text));
		ck_assert_msg(utf_is_strict(buf_view(&again)), "string %d made strict", i);
		ck_assert_msg(again.len == text.len, "string %d: byte ranges stay where they are", i);
	}
	buf_fini(&utf16);
	buf_fini(&text);
	buf_fini(&again);
}
END_TEST

START_TEST(test_odd_and_clip)
{
	struct slice text = SLICE("a\xC3\xA4\xF0\x9F\x98\x80\xFFz");
	static const size_t ends[] = { 0, 1, 3, 7, 8, 9, 9 };
	struct buf b;

	buf_init(&b, 100);
	ck_assert(!utf_append_utf16le(&b, SLICE("a\0b")));
	ck_assert(slice_eq(buf_view(&b), SLICE("a")));
	buf_fini(&b);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		ck_assert_uint_eq(utf_clip(text, i).len, ends[i]);
	ck_assert_uint_eq(utf_clip(SLICE_EMPTY, 5).len, 0);
	buf_init(&b, 8); /* too small: fails, and says so */
	utf_append_utf16le(&b, SLICE("a\0b\0c\0"));
	ck_assert(b.failed);
	buf_fini(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("utf");
	TCase *tc = tcase_create("utf");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_pairs, 0, (int)ARRAY_LEN(pairs));
	tcase_add_loop_test(tc, test_stray, 0, (int)ARRAY_LEN(strays));
	tcase_add_test(tc, test_every_code);
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_odd_and_clip);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
