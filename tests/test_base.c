/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest parts: checked arithmetic, slices, the cursor, the arena, growing buffers, errors, base64. */
#include "base/arena.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/ckd.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/find.h"
#include "base/fold.h"
#include "base/utf.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>

static const struct sum {
	const char *name;
	uint64_t a, b;
	bool add_fails, mul_fails;
} sums[] = {
	{ "small", 2, 3, false, false },
	{ "largest sum", UINT64_MAX - 1, 1, false, false },
	{ "one too many", UINT64_MAX, 1, true, false },
	{ "largest product", UINT64_MAX, 1, true, false },
	{ "halves", UINT64_C(1) << 63, 2, false, true },
	{ "32 bits each", UINT32_MAX, UINT32_MAX, false, false },
	{ "zero", UINT64_MAX, 0, false, false },
};

START_TEST(test_ckd)
{
	const struct sum *t = &sums[_i];
	uint64_t out;
	uint32_t narrow;

	ck_assert_msg(ckd_add(&out, t->a, t->b) == t->add_fails, "%s: add", t->name);
	ck_assert_msg(ckd_mul(&out, t->a, t->b) == t->mul_fails, "%s: mul", t->name);
	ck_assert_msg(ckd_sub(&out, t->b, t->a) == (t->b < t->a), "%s: sub", t->name);
	ck_assert_msg(ckd_add(&narrow, t->a, 0) == (t->a > UINT32_MAX), "%s: a narrower result", t->name);
}
END_TEST

#define S(lit) { (const uint8_t *)("" lit), sizeof(lit) - 1 }

static const struct number {
	const char *name;
	struct slice text;
	bool good;
	uint64_t value;
} numbers[] = {
	{ "zero", S("0"), true, 0 },
	{ "decimal", S("4104"), true, 4104 },
	{ "leading zeros", S("007"), true, 7 },
	{ "largest", S("18446744073709551615"), true, UINT64_MAX },
	{ "too large", S("18446744073709551616"), false, 0 },
	{ "far too large", S("99999999999999999999999999"), false, 0 },
	{ "hexadecimal", S("0x3e7"), true, 999 },
	{ "hexadecimal, capitals", S("0XFFFFFFFFFFFFFFFF"), true, UINT64_MAX },
	{ "hexadecimal too large", S("0x10000000000000000"), false, 0 },
	{ "nothing", S(""), false, 0 },
	{ "prefix only", S("0x"), false, 0 },
	{ "sign", S("-1"), false, 0 },
	{ "blank", S("1 "), false, 0 },
	{ "hex digit in decimal", S("1f"), false, 0 },
	{ "NUL inside", S("1\0002"), false, 0 },
};

START_TEST(test_number)
{
	const struct number *t = &numbers[_i];
	uint64_t value = 0;

	ck_assert_msg(slice_to_u64(t->text, &value) == t->good, "%s", t->name);
	ck_assert_msg(value == t->value, "%s: %llu", t->name, (unsigned long long)value);
}
END_TEST

static const struct find {
	const char *name;
	struct slice text, needle;
	size_t start, at;
} finds[] = {
	{ "first", S("abcabc"), S("bc"), 0, 1 },
	{ "from", S("abcabc"), S("bc"), 2, 4 },
	{ "at the end", S("abc"), S("c"), 0, 2 },
	{ "longer than the rest", S("abcab"), S("abc"), 1, SIZE_MAX },
	{ "half matches first", S("aab"), S("ab"), 0, 1 },
	{ "empty needle", S("abc"), S(""), 3, 3 },
	{ "empty needle, past the end", S("abc"), S(""), 4, SIZE_MAX },
	{ "start past the end", S("abc"), S("a"), 9, SIZE_MAX },
	{ "empty text", S(""), S("a"), 0, SIZE_MAX },
	{ "NUL bytes", S("a\0b\0c"), S("\0c"), 0, 3 },
};

/* Every byte against the characters written out, and code points that look like one in their low bits. */
START_TEST(test_ascii)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", digits[] = "0123456789",
		hex[] = "0123456789abcdef", hex_upper[] = "0123456789ABCDEF";

	for (uint32_t c = 0; c < 0x20000; c++) {
		bool letter = c && c < 0x80 && strchr(letters, (int)c), digit = c && c < 0x80 && strchr(digits, (int)c);
		const char *low = c && c < 0x80 ? strchr(hex, (int)c) : NULL, *high = c && c < 0x80 ? strchr(hex_upper, (int)c) : NULL;

		ck_assert_msg(ascii_is_letter(c) == letter && ascii_is_digit(c) == digit, "%x", c);
		ck_assert_msg(ascii_is_letter_or_digit(c) == (letter || digit), "%x", c);
		ck_assert_int_eq(ascii_hex_value(c), low ? (int)(low - hex) : high ? (int)(high - hex_upper) : -1);
		if (c < 0x100)
			ck_assert_uint_eq(ascii_lower((uint8_t)c), letter && c < 'a' ? c - 'A' + 'a' : c);
	}
}
END_TEST

START_TEST(test_find)
{
	const struct find *t = &finds[_i];

	ck_assert_msg(slice_find(t->text, t->needle, t->start) == t->at, "%s", t->name);
}
END_TEST

static const struct order {
	const char *name;
	struct slice a, b;
	int sign;
	bool same_nocase;
} orders[] = {
	{ "equal", S("abc"), S("abc"), 0, true },
	{ "prefix first", S("ab"), S("abc"), -1, false },
	{ "case", S("aBC"), S("abc"), -1, true },
	{ "bytes are unsigned", S("\x7f"), S("\x80"), -1, false },
	{ "no case beyond ASCII", S("\xC3\xA4"), S("\xC3\x84"), 1, false },
	{ "brackets are no letters", S("["), S("{"), -1, false },
	{ "both empty", S(""), { NULL, 0 }, 0, true },
};

/* Needles of every length at every place and alignment, among texts that nearly hold them. */
START_TEST(test_needle)
{
	uint8_t text[96], bytes[24];
	uint64_t state = (uint64_t)_i * 0x9E3779B97F4A7C15u + 1;

	for (int round = 0; round < 4000; round++) {
		size_t len = (state >> 20) % sizeof(bytes), room = (state >> 30) % sizeof(text), from = (state >> 40) % 8;
		struct needle needle;
		struct slice whole = slice_from(text, room);

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (uint8_t)("ab\0\xff"[(state >> (i % 50)) & (_i % 2 ? 3 : 1)]);
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)("ab\0\xff"[(state >> (i % 40 + 7)) & (_i % 2 ? 3 : 1)]);
		needle = needle_make(slice_from(bytes, len));
		ck_assert_uint_eq(needle_find(&needle, whole, from), from > room ? SIZE_MAX : slice_find(whole, needle.bytes, from));
		state = state * 0x5851F42D4C957F2Du + 0x14057B7EF767814Fu;
	}
}
END_TEST

/* A text made to be compared at every place: linear, or this would take hours. */
START_TEST(test_needle_patience)
{
	enum { TEXT = 1 << 22, LEN = 1 << 16 };
	uint8_t *text = malloc(TEXT), *bytes = malloc(LEN);
	struct needle needle;

	ck_assert(text && bytes);
	memset(text, 'a', TEXT);
	memset(bytes, 'a', LEN);
	bytes[LEN / 2] = 'e'; /* oftener met than 'a', so that it is not asked for */
	needle = needle_make(slice_from(bytes, LEN));
	ck_assert_uint_ne(needle.first, LEN / 2);
	ck_assert_uint_eq(needle_find(&needle, slice_from(text, TEXT), 0), SIZE_MAX);
	memcpy(text + TEXT - LEN, bytes, LEN);
	ck_assert_uint_eq(needle_find(&needle, slice_from(text, TEXT), 0), TEXT - LEN);
	free(text);
	free(bytes);
}
END_TEST

/* Asked of every character beyond ASCII, alone and among others. */
START_TEST(test_fold_hides_ascii)
{
	struct buf text;

	buf_init(&text, 64);
	ck_assert(!fold_hides_ascii(SLICE_EMPTY));
	for (uint32_t code = 0x80; code <= 0x10FFFF; code++) {
		if (code >= 0xD800 && code < 0xE000)
			continue;
		buf_reset(&text);
		buf_append_text(&text, "\xc5\xe2\x84 x");
		utf_append_code(&text, code);
		buf_append_text(&text, "\xe2");
		ck_assert_msg(fold_hides_ascii(buf_view(&text)) == (fold_code(code) < 0x80), "U+%04X", code);
	}
	buf_fini(&text);
}
END_TEST

/* By eights or one by one, the folding is that of each character. */
START_TEST(test_fold_runs)
{
	static const char *const pieces[] = { "", "A", "abcdefgH", "ABCDEFGHIJKLMNOPQ@[`{", "\xc3\x84", "\xc8\xba", "\xff", "\xe2\x84\xaa" };
	uint8_t out[512], one[8];
	struct buf text;

	buf_init(&text, sizeof(out) / 2);
	for (size_t a = 0; a < 512; a++) {
		size_t parts[] = { a % 8, a / 8 % 8, a / 64 };
		bool moved = false, ignored = false;
		size_t len, at = 0, folded = 0;

		buf_reset(&text);
		for (size_t i = 0; i < 3; i++)
			buf_append_text(&text, pieces[parts[i]]);
		len = fold_write(buf_view(&text), out, &moved);
		for (size_t next; at < text.len; at = next) {
			size_t n;

			next = at + (text.ptr[at] < 0xC0 || text.ptr[at] == 0xFF ? 1 : text.ptr[at] < 0xE0 ? 2 : 3);
			n = fold_write(slice_from(text.ptr + at, next - at), one, &ignored);
			ck_assert(folded + n <= len && memcmp(out + folded, one, n) == 0);
			folded += n;
		}
		ck_assert_uint_eq(folded, len);
	}
	buf_fini(&text);
}
END_TEST

START_TEST(test_order)
{
	const struct order *t = &orders[_i];
	int order = slice_cmp(t->a, t->b);

	ck_assert_msg((order > 0) - (order < 0) == t->sign, "%s: %d", t->name, order);
	order = slice_cmp(t->b, t->a);
	ck_assert_msg((order > 0) - (order < 0) == -t->sign, "%s, turned: %d", t->name, order);
	ck_assert_msg(slice_eq(t->a, t->b) == (t->sign == 0), "%s: eq", t->name);
	ck_assert_msg(slice_eq_nocase(t->a, t->b) == t->same_nocase, "%s: nocase", t->name);
}
END_TEST

START_TEST(test_sub)
{
	struct slice s = SLICE("abcdef");

	ck_assert(slice_eq(slice_sub(s, 2, 2), SLICE("cd")));
	ck_assert(slice_eq(slice_sub(s, 2, SIZE_MAX), SLICE("cdef")));
	ck_assert_uint_eq(slice_sub(s, SIZE_MAX, SIZE_MAX).len, 0);
	ck_assert_uint_eq(slice_sub(SLICE_EMPTY, 1, 1).len, 0);
	ck_assert(slice_starts_with(s, SLICE("abc")) && !slice_starts_with(SLICE("ab"), SLICE("abc")));
	ck_assert(slice_ends_with(s, SLICE("def")) && !slice_ends_with(SLICE("f"), SLICE("ef")));
	ck_assert(slice_eq(slice_trim(SLICE(" \t\r\n a b \n")), SLICE("a b")));
	ck_assert_uint_eq(slice_trim(SLICE(" \t ")).len, 0);
}
END_TEST

static const struct split {
	const char *name;
	struct slice text;
	size_t count;
	const char *parts[4];
} splits[] = {
	{ "nothing at all", { NULL, 0 }, 0, { NULL } },
	{ "an empty text", S(""), 1, { "" } },
	{ "one", S("a"), 1, { "a" } },
	{ "three", S("a,b,c"), 3, { "a", "b", "c" } },
	{ "empty ones", S(",,"), 3, { "", "", "" } },
	{ "a last separator", S("a,"), 2, { "a", "" } },
};

START_TEST(test_split)
{
	const struct split *t = &splits[_i];
	struct slice rest = t->text, part;
	size_t count = 0;

	for (; slice_split(&rest, ',', &part); count++) {
		ck_assert_msg(count < t->count, "%s: too many parts", t->name);
		ck_assert_msg(slice_eq(part, slice_from_text(t->parts[count])), "%s: part %zu", t->name, count);
	}
	ck_assert_msg(count == t->count, "%s: %zu parts", t->name, count);
}
END_TEST

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x80, 0xFF, 0xFE, 0xFD, 0xFC };

START_TEST(test_cursor_reads)
{
	struct cursor c = cursor_over(slice_from(bytes, sizeof(bytes)), 100);
	struct cursor sub;

	ck_assert_uint_eq(cursor_peek(&c), 1);
	ck_assert_uint_eq(cursor_u8(&c), 0x01);
	ck_assert_uint_eq(cursor_u16le(&c), 0x0302);
	ck_assert_uint_eq(cursor_u32le(&c), 0x07060504);
	ck_assert_uint_eq(c.at, 107);
	sub = cursor_sub(&c, 2);
	ck_assert_uint_eq(cursor_u16le(&sub), 0x8008);
	ck_assert_uint_eq(cursor_u8(&sub), 0);
	ck_assert(sub.bad && !c.bad);
	ck_assert_uint_eq(cursor_u32le(&c), 0xFCFDFEFF);
	ck_assert(!c.bad && c.rest.len == 0 && c.at == 113);
	ck_assert_uint_eq(cursor_peek(&c), 0);
	ck_assert(!c.bad);
	ck_assert_uint_eq(cursor_take(&c, 0).len, 0);
	ck_assert(!c.bad);
}
END_TEST

/* Row n: so many bytes are there; each read that wants more fails for good and moves nothing. */
START_TEST(test_cursor_ends)
{
	volatile size_t huge = SIZE_MAX; /* not a constant, which gcc would compute with in a branch never taken */
	size_t there = (size_t)_i;
	struct cursor c = cursor_over(slice_from(bytes, there), 0);

	cursor_u64le(&c);
	ck_assert_msg(c.bad == (there < 8), "u64 of %zu bytes", there);
	c = cursor_over(slice_from(bytes, there), 0);
	ck_assert_msg((cursor_u32le(&c) == 0) == (there < 4), "u32 of %zu bytes", there);
	ck_assert_msg(c.bad == (there < 4), "u32 of %zu bytes", there);
	c = cursor_over(slice_from(bytes, there), 0);
	ck_assert_uint_eq(cursor_take(&c, huge).len, 0);
	ck_assert_msg(c.bad && c.at == 0, "take of everything from %zu bytes", there);
	ck_assert_msg(cursor_u8(&c) == 0 && c.bad, "bad stays");
	c = cursor_over(slice_from(bytes, there), 0);
	ck_assert_msg(cursor_counted(&c).len == 0 && c.bad, "a count of 0x04030201 over %zu bytes", there);
}
END_TEST

START_TEST(test_arena)
{
	struct arena a;
	struct slice copy;
	uint8_t *first;

	arena_init(&a, 1 << 20);
	first = arena_alloc(&a, 3, 5);
	ck_assert_ptr_nonnull(first);
	for (size_t i = 0; i < 15; i++)
		ck_assert_uint_eq(first[i], 0);
	memset(first, 0xAA, 15);
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX, 2));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX, 1));
	ck_assert_ptr_null(arena_alloc(&a, 1, (1 << 20) + 1));
	ck_assert(arena_copy(&a, SLICE("text"), &copy));
	ck_assert(slice_eq(copy, SLICE("text")) && copy.ptr[4] == '\0');
	ck_assert(arena_copy(&a, SLICE_EMPTY, &copy) && copy.len == 0 && copy.ptr[0] == '\0');
	arena_reset(&a);
	first = arena_alloc(&a, 1, 15);
	for (size_t i = 0; i < 15; i++)
		ck_assert_uint_eq(first[i], 0);
	arena_fini(&a);
}
END_TEST

/* Past its first mebibyte it has blocks of another size: all is there, zeroed, apart, and within the limit. */
START_TEST(test_large_arena)
{
	enum { PIECE = 1000, PIECES = 5000, WHOLE = 3 << 20 };
	struct arena a;
	uint8_t **pieces = calloc(PIECES, sizeof(*pieces)), *whole;

	ck_assert_ptr_nonnull(pieces);
	arena_init_large(&a, 16 << 20);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < PIECES; i++) {
			pieces[i] = arena_alloc(&a, 1, PIECE);
			ck_assert(pieces[i] && pieces[i][0] == 0 && pieces[i][PIECE - 1] == 0);
			memset(pieces[i], (int)(i % 251) + 1, PIECE);
		}
		whole = arena_alloc(&a, 1, WHOLE); /* more than a block of them */
		ck_assert(whole && whole[0] == 0 && whole[WHOLE - 1] == 0);
		memset(whole, 255, WHOLE);
		for (size_t i = 0; i < PIECES; i++)
			ck_assert(pieces[i][0] == i % 251 + 1 && pieces[i][PIECE - 1] == i % 251 + 1);
		ck_assert_ptr_null(arena_alloc(&a, 1, 12 << 20));
		arena_reset(&a);
	}
	arena_fini(&a);
	free(pieces);
}
END_TEST

START_TEST(test_arena_limit)
{
	struct arena a;
	size_t got = 0;

	arena_init(&a, 10 * 65536);
	for (int round = 0; round < 3; round++) {
		for (got = 0; arena_alloc(&a, 1, 100); got++)
			;
		ck_assert_uint_eq(got, 10 * 65536 / 112);
		arena_reset(&a);
	}
	for (size_t i = 0; i < 64; i++) { /* of any size, all aligned, none over another */
		uint8_t *p = arena_alloc(&a, 1, i * 100);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, (int)i, i * 100);
	}
	arena_fini(&a);
}
END_TEST

START_TEST(test_buf_max)
{
	size_t max = (size_t)_i;
	struct buf b;

	buf_init(&b, max);
	for (size_t i = 0; i < max; i++)
		buf_append_byte(&b, (uint8_t)i);
	ck_assert_msg(!b.failed && b.len == max, "exactly %zu bytes fit", max);
	ck_assert_msg(b.capacity <= (max ? max : 1), "no more memory than the maximum of %zu", max);
	buf_append(&b, SLICE_EMPTY);
	ck_assert_msg(!b.failed, "nothing always fits");
	buf_append_byte(&b, 1);
	ck_assert_msg(b.failed && b.len == max, "one more than %zu does not", max);
	buf_reset(&b);
	ck_assert(!b.failed && b.len == 0);
	ck_assert_ptr_null(buf_reserve(&b, SIZE_MAX));
	buf_append_text(&b, "");
	buf_append_byte(&b, 1);
	ck_assert_msg(b.len == 0, "after a failure nothing is added");
	buf_fini(&b);
}
END_TEST

START_TEST(test_buf_numbers)
{
	struct buf b;
	struct cursor c;

	buf_init(&b, 1000);
	buf_u8(&b, 0xAB);
	buf_u16le(&b, 0xABCD);
	buf_u32le(&b, 0x89ABCDEF);
	buf_u64le(&b, UINT64_C(0x0123456789ABCDEF));
	buf_counted(&b, SLICE("counted"));
	buf_counted(&b, SLICE_EMPTY);
	buf_printf(&b, "%s %d", "printed", 7);
	c = cursor_over(buf_view(&b), 0);
	ck_assert_uint_eq(cursor_u8(&c), 0xAB);
	ck_assert_uint_eq(cursor_u16le(&c), 0xABCD);
	ck_assert_uint_eq(cursor_u32le(&c), 0x89ABCDEF);
	ck_assert_uint_eq(cursor_u64le(&c), UINT64_C(0x0123456789ABCDEF));
	ck_assert(slice_eq(cursor_counted(&c), SLICE("counted")));
	ck_assert(cursor_counted(&c).len == 0 && !c.bad);
	ck_assert(slice_eq(c.rest, SLICE("printed 7")));
	buf_fini(&b);
}
END_TEST

START_TEST(test_buf_decimal)
{
	static const uint64_t decimals[] = { 0, 9, 10, 1234567, UINT64_MAX - 1, UINT64_MAX };
	struct buf b, printed;

	buf_init(&b, 1000);
	buf_init(&printed, 1000);
	for (size_t i = 0; i < ARRAY_LEN(decimals); i++) {
		buf_decimal(&b, decimals[i]);
		buf_printf(&printed, "%llu", (unsigned long long)decimals[i]);
		ck_assert(slice_eq(buf_view(&b), buf_view(&printed)));
	}
	buf_reset(&b);
	for (size_t i = 0; i < ARRAY_LEN(decimals); i++) {
		buf_thousands(&b, decimals[i]);
		buf_append_byte(&b, ' ');
	}
	buf_thousands(&b, 123456);
	ck_assert(slice_eq(buf_view(&b),
		SLICE("0 9 10 1,234,567 18,446,744,073,709,551,614 18,446,744,073,709,551,615 123,456")));
	buf_fini(&b);
	buf_fini(&printed);
}
END_TEST

START_TEST(test_err)
{
	struct err err = { 0 };
	char longer[600];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert(!err_set(&err, ERR_FORMAT, 42, "size %d is below the minimum %d", 9, 28));
	ck_assert(!err_wrap(&err, "record %d", 88123));
	ck_assert(!err_wrap(&err, "Security.evtx"));
	ck_assert_str_eq(err.text, "Security.evtx: record 88123: size 9 is below the minimum 28");
	ck_assert(err.code == ERR_FORMAT && err.at == 42);
	err_wrap(&err, "%s", longer);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	errno = ENOSPC;
	ck_assert(!err_set_errno(&err, 7, "writing %s", "out.csv"));
	ck_assert(err.code == ERR_IO && strstr(err.text, "writing out.csv: No space") == err.text);
	ck_assert(!err_nomem(&err) && err.code == ERR_NOMEM);
	ck_assert(!err_set(NULL, ERR_IO, 0, "nobody asks") && !err_wrap(NULL, "x") && !err_nomem(NULL));
}
END_TEST

static const struct base64 {
	const char *plain, *coded;
} base64s[] = {
	/* RFC 4648 section 10 */
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xFB\xEF\xFF", "++//" },
};

START_TEST(test_base64)
{
	struct buf b;

	buf_init(&b, 100);
	base64_append(&b, slice_from_text(base64s[_i].plain));
	ck_assert_msg(slice_eq(buf_view(&b), slice_from_text(base64s[_i].coded)), "\"%s\"", base64s[_i].plain);
	buf_fini(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base");
	TCase *tc = tcase_create("base");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, test_ckd, 0, (int)ARRAY_LEN(sums));
	tcase_add_loop_test(tc, test_number, 0, (int)ARRAY_LEN(numbers));
	tcase_add_test(tc, test_ascii);
	tcase_add_loop_test(tc, test_find, 0, (int)ARRAY_LEN(finds));
	tcase_add_loop_test(tc, test_needle, 0, 4);
	tcase_add_test(tc, test_needle_patience);
	tcase_add_test(tc, test_fold_runs);
	tcase_add_test(tc, test_fold_hides_ascii);
	tcase_add_loop_test(tc, test_order, 0, (int)ARRAY_LEN(orders));
	tcase_add_test(tc, test_sub);
	tcase_add_loop_test(tc, test_split, 0, (int)ARRAY_LEN(splits));
	tcase_add_test(tc, test_cursor_reads);
	tcase_add_loop_test(tc, test_cursor_ends, 0, 13);
	tcase_add_test(tc, test_arena);
	tcase_add_test(tc, test_arena_limit);
	tcase_add_test(tc, test_large_arena);
	tcase_add_loop_test(tc, test_buf_max, 0, 5);
	tcase_add_loop_test(tc, test_buf_max, 254, 260);
	tcase_add_loop_test(tc, test_buf_max, 1000, 1001);
	tcase_add_test(tc, test_buf_numbers);
	tcase_add_test(tc, test_buf_decimal);
	tcase_add_test(tc, test_err);
	tcase_add_loop_test(tc, test_base64, 0, (int)ARRAY_LEN(base64s));
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
