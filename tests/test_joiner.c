/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/joiner.h"

#include "base/limits.h"
#include "base/utf.h"
#include "src/lib/digest.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MANY = 12, SHUFFLES = 300, BIG = 100000 };

#define FIFTY "0123456789abcdefghijabcdefghijabcdefghijabcdefghij"
#define LONG_NAME FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY /* longer than what keys hold of a name */

/* A part as the table of cases writes it; the text is ASCII. */
struct row {
	uint32_t total, number;
	const char *text;
	uint32_t process; /* stands for process, thread and ActivityID */
	uint64_t record_id;
	uint32_t evidence;
	enum record_class class;
	const char *computer; /* NULL: HOST1 */
};

/* What comes out: for each block or variant one string "PARTS text|gaps|missing|flags". */
static const struct {
	const char *name;
	struct row rows[MANY];
	const char *blocks[4];
	struct joiner_counts counts;
} cases[] = {
	{ "three parts out of order", { { 3, 3, "c", 1, 12, 0, 0, 0 }, { 3, 1, "aa", 1, 10, 0, 0, 0 },
		{ 3, 2, "bb", 1, 11, 0, 0, 0 } },
		{ "3/3 aabbc|||" }, { .whole = 1, .parts = 3 } },
	{ "the same part from another file", { { 2, 1, "aa", 1, 10, 0, 0, 0 }, { 2, 2, "b", 1, 11, 0, 0, 0 },
		{ 2, 1, "aa", 1, 10, 1, 0, "host1" } },
		{ "2/2 aab|||" }, { .whole = 1, .parts = 2, .duplicates = 1 } },
	{ "a copy with other line ends is no conflict", { { 2, 1, "a\nb", 1, 10, 0, 0, 0 },
		{ 2, 1, "a\r\nb", 1, 10, 1, 0, 0 }, { 2, 2, "c", 1, 11, 0, 0, 0 } },
		{ "2/2 a\r\nbc|||" }, { .whole = 1, .parts = 2, .duplicates = 1 } },
	{ "middle missing, its size known", { { 4, 1, "aa", 1, 10, 0, 0, 0 }, { 4, 4, "d", 1, 13, 0, 0, 0 } },
		{ "2/4 aad|2|2-3|partial,missing-units:4" }, { .partial = 1, .parts = 2 } },
	{ "first and last missing", { { 3, 2, "bb", 1, 11, 0, 0, 0 } },
		{ "1/3 bb|0,2|1,3|partial,missing-units:2+" }, { .partial = 1, .parts = 1 } },
	{ "only the last", { { 3, 3, "c", 1, 12, 0, 0, 0 } },
		{ "1/3 c|0|1-2|partial" }, { .partial = 1, .parts = 1 } },
	{ "an empty last part", { { 2, 1, "aa", 1, 10, 0, 0, 0 }, { 2, 2, "", 1, 11, 0, 0, 0 } },
		{ "2/2 aa|||" }, { .whole = 1, .parts = 2 } },
	{ "a planted part", { { 3, 1, "aa", 1, 10, 0, 0, 0 }, { 3, 2, "xx", 2, 1, 0, 0, 0 },
		{ 3, 2, "bb", 1, 11, 0, 0, 0 }, { 3, 3, "c", 1, 12, 0, 0, 0 } },
		{ "3/3 aabbc|||conflict", "3/3 aaxxc|||conflict,variant,variant-part:2" },
		{ .whole = 1, .parts = 4, .conflicts = 1 } },
	{ "another process fills a gap", { { 2, 1, "aa", 1, 10, 0, 0, 0 }, { 2, 2, "b", 2, 11, 0, 0, 0 } },
		{ "2/2 aab|||mixed-process" }, { .whole = 1, .parts = 2 } },
	{ "residual fills a gap and never replaces", { { 2, 1, "aa", 1, 10, 0, 0, 0 },
		{ 2, 1, "zz", 1, 10, 0, RECORD_RESIDUAL, 0 }, { 2, 2, "b", 1, 11, 0, RECORD_RESIDUAL, 0 } },
		{ "2/2 aab|||residual" }, { .whole = 1, .parts = 3 } },
	{ "a residual part without its computer", { { 2, 1, "aa", 1, 10, 0, 0, 0 },
		{ 2, 2, "b", 1, 11, 0, RECORD_RESIDUAL, "" } },
		{ "2/2 aab|||residual,joined-without-computer" }, { .whole = 1, .parts = 2 } },
	{ "two hosts, one id", { { 2, 1, "aa", 1, 10, 0, 0, 0 }, { 2, 2, "b", 1, 11, 0, 0, "HOST2" } },
		{ "1/2 aa|2|2|partial", "1/2 b|0|1|partial" }, { .partial = 2, .parts = 2 } },
	{ "two totals, one id", { { 2, 1, "aa", 1, 10, 0, 0, 0 }, { 3, 1, "aa", 1, 11, 0, 0, 0 } },
		{ "1/2 aa|2|2|partial", "1/3 aa|2|2-3|partial,missing-units:2+" }, { .partial = 2, .parts = 2 } },
	{ "a total that is no allocation size", { { INT32_MAX, 1, "aa", 1, 10, 0, 0, 0 } },
		{ "1/2147483647 aa|2|2-2147483647|partial,missing-units:4294967290+" }, { .partial = 1, .parts = 1 } },
	{ "numbers that make no sense", { { 3, 5, "v", 1, 10, 0, 0, 0 }, { 3, 0, "w", 1, 11, 0, 0, 0 },
		{ UINT32_MAX, 1, "x", 1, 12, 0, 0, 0 }, { 3, 5, "v", 1, 10, 1, 0, 0 } },
		{ "0/3 v|||not-a-part", "0/3 w|||not-a-part", "0/4294967295 x|||not-a-part" },
		{ .parts = 3, .duplicates = 1, .not_parts = 4 } },
	{ "residual copies without Computer", { { 2, 1, "aa", 1, 10, 0, 0, 0 }, { 2, 2, "b", 1, 11, 0, 0, 0 },
		{ 2, 2, "b", 1, 11, 1, RECORD_RESIDUAL, "" }, { 2, 2, "b", 1, 11, 2, RECORD_RESIDUAL, "" } },
		{ "2/2 aab|||joined-without-computer" }, { .whole = 1, .parts = 2, .duplicates = 2 } },
	{ "a long computer name in another case", { { 3, 1, "aa", 1, 10, 0, 0, LONG_NAME "end" },
		{ 3, 2, "bb", 1, 11, 0, 0, LONG_NAME "END" }, { 3, 3, "c", 1, 12, 0, 0, LONG_NAME "End" } },
		{ "3/3 aabbc|||" }, { .whole = 1, .parts = 3 } },
};

/* The parts' texts as UTF-16, digest as a worker makes it (CR LF as LF). */
static void
encode_row(const struct row *row, const struct guid *id, struct buf *out)
{
	struct buf units, plain;
	struct script_part part = { .computer = row->computer ? slice_from_text(row->computer) : SLICE("HOST1"),
		.block = *id, .total = row->total, .number = row->number, .class = row->class, .level = 5,
		.process_id = row->process, .thread_id = row->process, .channel = SLICE("C"), .provider = SLICE("P"),
		.record = { .record_id = row->record_id, .time = 1000 + row->record_id, .offset = 4096 * row->record_id,
		.evidence = row->evidence, .number = row->number } };

	buf_init(&units, 1 << 20);
	buf_init(&plain, 1 << 20);
	for (const char *p = row->text; *p; p++)
		if (p[0] != '\r' || p[1] != '\n')
			buf_append_byte(&plain, (uint8_t)*p);
	utf_append_as_utf16le(&units, slice_from_text(row->text));
	ck_assert(digest_sha256(buf_view(&plain), part.digest));
	part.text = buf_view(&units);
	part_encode(&part, out);
	buf_fini(&plain);
	buf_fini(&units);
}

static void
add_row(struct joiner *j, const struct row *row)
{
	static const struct guid id = { { 1, 2, 3 } };
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, 1 << 20);
	encode_row(row, &id, &out);
	ck_assert_msg(joiner_add(j, buf_view(&out), &err), "%s", err.text);
	buf_fini(&out);
}

/* "PARTS text|gaps|missing|flags" */
static void
describe(const struct subject *s, struct buf *out)
{
	const struct sigma_field *field = &s->event.fields[s->text_field];

	ck_assert(s->event.gapped == (field->gap_count > 0));
	buf_append(out, s->column[COLUMN_PARTS]);
	buf_append_byte(out, ' ');
	buf_append(out, field->text);
	for (size_t i = 0; i < field->gap_count; i++)
		buf_printf(out, "%c%zu", i ? ',' : '|', field->gaps[i]);
	buf_append_text(out, field->gap_count ? "|" : "||");
	buf_append(out, s->missing);
	buf_append_byte(out, '|');
	for (size_t i = 0; i < s->flag_count; i++) {
		buf_append_text(out, i ? "," : "");
		buf_append(out, s->flags[i]);
	}
}

/* All blocks, one after the other: as bytes, and as descriptions. */
static size_t
take_all(struct joiner *j, struct buf *bytes, struct buf *texts)
{
	struct err err = { 0 };
	struct arena arena;
	struct buf block;
	size_t count = 0;

	arena_init(&arena, 64 << 20);
	buf_init(&block, 1 << 30);
	ck_assert(joiner_close(j, &err));
	while (joiner_next(j, &block, &err)) {
		struct subject subject;

		buf_counted(bytes, buf_view(&block));
		ck_assert_msg(block_subject(buf_view(&block), &arena, &subject, &err), "%s", err.text);
		describe(&subject, texts);
		buf_append_byte(texts, '\0');
		arena_reset(&arena);
		count++;
	}
	ck_assert_int_eq(err.code, ERR_OK);
	buf_fini(&block);
	arena_fini(&arena);
	return count;
}

START_TEST(test_blocks)
{
	struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);
	struct joiner_counts counts;
	struct buf bytes, texts;
	struct slice rest, one;
	size_t n = 0;

	ck_assert_ptr_nonnull(j);
	buf_init(&bytes, 1 << 20);
	buf_init(&texts, 1 << 20);
	for (const struct row *row = cases[_i].rows; row->text; row++)
		add_row(j, row);
	take_all(j, &bytes, &texts);
	rest = slice_sub(buf_view(&texts), 0, texts.len - 1);
	while (slice_split(&rest, 0, &one)) {
		ck_assert_msg(n < 4 && cases[_i].blocks[n], "%s: too many blocks", cases[_i].name);
		ck_assert_msg(slice_eq(one, slice_from_text(cases[_i].blocks[n])), "%s: got '%.*s'", cases[_i].name,
			SLICE_ARGS(one));
		n++;
	}
	ck_assert_msg(n == 4 || !cases[_i].blocks[n], "%s: %zu blocks", cases[_i].name, n);
	counts = joiner_counts(j);
	ck_assert_msg(memcmp(&counts, &cases[_i].counts, sizeof(counts)) == 0, "%s: counts", cases[_i].name);
	buf_fini(&bytes);
	buf_fini(&texts);
	joiner_free(j);
}
END_TEST

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* All cases' parts together, in any order, give the same bytes. */
START_TEST(test_any_order)
{
	struct row rows[ARRAY_LEN(cases) * MANY];
	struct buf first, bytes, texts;
	uint32_t state = 20240102;
	size_t count = 0;

	for (size_t c = 0; c < ARRAY_LEN(cases); c++)
		for (const struct row *row = cases[c].rows; row->text; row++)
			rows[count++] = *row;
	buf_init(&first, 1 << 20);
	buf_init(&bytes, 1 << 20);
	buf_init(&texts, 1 << 20);
	for (size_t turn = 0; turn < SHUFFLES; turn++) {
		struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);

		ck_assert_ptr_nonnull(j);
		for (size_t i = count; i > 1; i--) {
			size_t k = next_random(&state) % i;
			struct row swap = rows[i - 1];

			rows[i - 1] = rows[k];
			rows[k] = swap;
		}
		for (size_t i = 0; i < count; i++)
			add_row(j, &rows[i]);
		buf_reset(&bytes);
		take_all(j, turn ? &bytes : &first, &texts);
		ck_assert_msg(turn == 0 || slice_eq(buf_view(&first), buf_view(&bytes)), "turn %zu differs", turn);
		buf_reset(&texts);
		joiner_free(j);
	}
	ck_assert(first.len > 1000);
	buf_fini(&first);
	buf_fini(&bytes);
	buf_fini(&texts);
}
END_TEST

/* A pair of surrogates cut between two parts is whole again; across a gap its halves stay apart. */
START_TEST(test_cut_pair)
{
	static const uint8_t high[] = { 0x3D, 0xD8 }, low[] = { 0x00, 0xDE };
	static const struct guid id = { { 9 } };
	static const char *const expected[] = { "\xF0\x9F\x98\x80", "\xED\xA0\xBD\xED\xB8\x80" };

	for (uint32_t gap = 0; gap < 2; gap++) {
		struct script_part parts[2] = { { .computer = SLICE("H"), .block = id, .total = 3, .number = 1,
			.record.number = 1, .text = slice_from(high, 2) }, { .computer = SLICE("H"), .block = id, .total = 3,
			.number = 2 + gap, .record.number = 2 + gap, .text = slice_from(low, 2), .digest = { 1 } } };
		struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);
		struct subject subject;
		struct arena arena;
		struct err err = { 0 };
		struct buf out;

		arena_init(&arena, 1 << 20);
		buf_init(&out, 1 << 20);
		for (size_t i = 0; i < 2; i++) {
			buf_reset(&out);
			part_encode(&parts[i], &out);
			ck_assert(joiner_add(j, buf_view(&out), &err));
		}
		ck_assert(joiner_close(j, &err) && joiner_next(j, &out, &err));
		ck_assert(block_subject(buf_view(&out), &arena, &subject, &err));
		ck_assert(slice_eq(subject.column[COLUMN_TEXT], slice_from_text(expected[gap])));
		ck_assert_uint_eq(subject.text_utf16.len, 4);
		buf_fini(&out);
		arena_fini(&arena);
		joiner_free(j);
	}
}
END_TEST

/* More conflicting texts than are tried: linear, and the rest is counted. */
START_TEST(test_many_conflicts)
{
	struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);
	struct buf bytes, texts;
	char text[16];

	buf_init(&bytes, 64 << 20);
	buf_init(&texts, 64 << 20);
	add_row(j, &(struct row){ 2, 1, "aa", 1, 1, 0, 0, 0 });
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "x%u", i);
		add_row(j, &(struct row){ 2, 2, text, i ? 5 + i : 1, 2 + i, 0, 0, 0 });
	}
	ck_assert_uint_eq(take_all(j, &bytes, &texts), 1 + 64);
	ck_assert_uint_eq(joiner_counts(j).dropped, 100 - 1 - 64);
	ck_assert(slice_starts_with(buf_view(&texts), SLICE("2/2 aax0|||conflict")));
	buf_fini(&bytes);
	buf_fini(&texts);
	joiner_free(j);
}
END_TEST

/* What comes behind the last part that is kept is counted, also of blocks that are known. */
START_TEST(test_too_many_parts)
{
	struct joiner *j = joiner_new("/tmp", 2);
	struct buf bytes, texts;

	buf_init(&bytes, 1 << 20);
	buf_init(&texts, 1 << 20);
	add_row(j, &(struct row){ 3, 1, "aa", 1, 10, 0, 0, 0 });
	add_row(j, &(struct row){ 3, 2, "bb", 1, 11, 0, 0, 0 });
	add_row(j, &(struct row){ 3, 3, "cc", 1, 12, 0, 0, 0 });
	add_row(j, &(struct row){ 4, 1, "dd", 1, 13, 0, 0, 0 });
	ck_assert_uint_eq(take_all(j, &bytes, &texts), 1);
	ck_assert(slice_starts_with(buf_view(&texts), SLICE("2/3 aabb|4|3|partial")));
	ck_assert_uint_eq(joiner_counts(j).dropped, 2);
	ck_assert_uint_eq(joiner_counts(j).parts, 2);
	buf_fini(&bytes);
	buf_fini(&texts);
	joiner_free(j);
}
END_TEST

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 100,000 parts of one block, last first; then 100,000 texts for one number. */
START_TEST(test_hundred_thousand)
{
	double begin = seconds();
	struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);
	struct buf bytes, texts;
	char text[160];

	buf_init(&bytes, 1 << 30);
	buf_init(&texts, 1 << 30);
	for (uint32_t i = BIG; i > 0; i--) {
		snprintf(text, sizeof(text), "%0128u", i);
		add_row(j, &(struct row){ BIG, _i ? 7 : i, text, 1, i, 0, 0, 0 });
	}
	ck_assert_uint_eq(take_all(j, &bytes, &texts), _i ? 65 : 1);
	if (_i == 0)
		ck_assert(slice_starts_with(buf_view(&texts), SLICE("100000/100000 0000000")));
	ck_assert_uint_eq(joiner_counts(j).whole, _i == 0);
	ck_assert_uint_eq(joiner_counts(j).dropped, _i ? BIG - 65 : 0);
	ck_assert_msg(seconds() - begin < 20, "took %f seconds", seconds() - begin); /* sanitizers and valgrind, too */
	if (getenv("EVTRIAGE_TIMES"))
		fprintf(stderr, "%d: %.3f s\n", _i, seconds() - begin);
	buf_fini(&bytes);
	buf_fini(&texts);
	joiner_free(j);
}
END_TEST

/* Texts that fill memory go to disk and come back the same. */
START_TEST(test_spilled)
{
	struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);
	struct buf bytes, texts, text;

	buf_init(&bytes, 1 << 30);
	buf_init(&texts, 1 << 30);
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < 9999; i++)
		buf_append_byte(&text, (uint8_t)('a' + i % 26));
	buf_append_byte(&text, 0);
	for (uint32_t i = 1; i <= 2000; i++)
		add_row(j, &(struct row){ 2000, i, (const char *)text.ptr, 1, i, 0, 0, 0 });
	ck_assert_uint_eq(take_all(j, &bytes, &texts), 1);
	ck_assert_uint_eq(texts.len, strlen("2000/2000 ") + 9999 * 2000 + strlen("|||") + 1);
	for (size_t i = 0; i < 2000; i++)
		ck_assert_mem_eq(texts.ptr + 10 + 9999 * i, text.ptr, 9999);
	buf_fini(&bytes);
	buf_fini(&texts);
	buf_fini(&text);
	joiner_free(j);
}
END_TEST

/* Every prefix and every flipped byte of a block ends in a subject or in an error. */
START_TEST(test_damaged_block)
{
	struct joiner *j = joiner_new("/tmp", LIMIT_WAITING_PARTS);
	struct buf bytes, copy;
	struct subject subject;
	struct arena arena;
	struct err err = { 0 };

	buf_init(&bytes, 1 << 20);
	buf_init(&copy, 1 << 20);
	arena_init(&arena, 1 << 20);
	for (const struct row *row = cases[7].rows; row->text; row++)
		add_row(j, row);
	ck_assert(joiner_close(j, &err) && joiner_next(j, &bytes, &err));
	for (size_t len = 0; len < bytes.len; len++) {
		arena_reset(&arena);
		ck_assert(!block_subject(slice_sub(buf_view(&bytes), 0, len), &arena, &subject, &err));
		ck_assert_int_eq(err.code, ERR_FORMAT);
	}
	for (size_t bit = 0; bit < bytes.len * 8; bit++) {
		buf_reset(&copy);
		buf_append(&copy, buf_view(&bytes));
		copy.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
		arena_reset(&arena);
		if (!block_subject(buf_view(&copy), &arena, &subject, &err))
			ck_assert(err.code == ERR_FORMAT || err.code == ERR_NOMEM);
	}
	ck_assert(!joiner_add(j, buf_view(&bytes), &err));
	ck_assert_int_eq(err.code, ERR_FORMAT);
	buf_fini(&bytes);
	buf_fini(&copy);
	arena_fini(&arena);
	joiner_free(j);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("joiner");
	TCase *tc = tcase_create("joiner");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_blocks, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, test_any_order);
	tcase_add_test(tc, test_cut_pair);
	tcase_add_test(tc, test_many_conflicts);
	tcase_add_test(tc, test_too_many_parts);
	tcase_add_loop_test(tc, test_hundred_thousand, 0, 2);
	tcase_add_test(tc, test_spilled);
	tcase_add_test(tc, test_damaged_block);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
