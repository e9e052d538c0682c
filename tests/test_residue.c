/* SPDX-License-Identifier: Apache-2.0 */
/* Residue without logs: what a record tells without its templates, definitions that are carried out of a chunk, the pool
 * between the two passes. */
#include "tests/mini_chunk.h"
#include "tests/writer/made_up.h"

#include "evtx/survey.h"
#include "src/scan/residue_pool.h"
#include "src/subject/logfact.h"

#include <check.h>

#define BODY "0F 01 01 00 41 FF FF $0 =A $0 06 =k 05 01 'v 02 01 FF FF $0 =B 02 0D 00 00 01 04 04 00"

/* --- definitions --- */

static struct slice
chunk_of(struct mini *m)
{
	return slice_from(mini_chunk(m), LIMIT_CHUNK);
}

static const struct {
	const char *name;
	size_t at; /* of the byte in the definition that is changed; SIZE_MAX: none */
	bool sound;
} definition_cases[] = {
	{ "as it was written", SIZE_MAX, true },
	{ "fragment header is not looked into", TEMPLATE_HEADER + 1, true },
	{ "an unknown token", TEMPLATE_HEADER, false },
	{ "a token that opens something else", TEMPLATE_HEADER + 4, false },
	{ "hash of the first name", TEMPLATE_HEADER + 19, false },
	{ "length of the first name", TEMPLATE_HEADER + 21, false },
	{ "letter of the first name", TEMPLATE_HEADER + 23, false },
	{ "end of the first name", TEMPLATE_HEADER + 25, false },
};

/* Names of one letter, whose hash is the letter; mini_chunk.h leaves it 0. */
static void
make_definition(struct mini *m)
{
	static const struct {
		size_t at;
		uint8_t letter;
	} names[] = { { 43, 'A' }, { 64, 'k' }, { 94, 'B' } };

	mini_init(m);
	mini_record(m, "0F 01 01 00 def " BODY " end #1 #1 01 00 ~x 00");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		mini_chunk(m)[m->definition + names[i].at] = names[i].letter;
	mini_finish(m, 0);
}

START_TEST(definition_proves_itself)
{
	struct mini *m = calloc(1, sizeof(*m));
	struct cursor body;
	struct guid guid;
	struct buf out;

	ck_assert(m != NULL);
	make_definition(m);
	if (definition_cases[_i].at != SIZE_MAX)
		mini_chunk(m)[m->definition + definition_cases[_i].at] ^= 0x35;
	buf_init(&out, LIMIT_TEMPLATE);
	ck_assert(template_at(chunk_of(m), m->definition, &guid, &body));
	ck_assert_msg(template_check(chunk_of(m), body, &out) == definition_cases[_i].sound, "%s", definition_cases[_i].name);
	if (definition_cases[_i].sound)
		ck_assert(template_check(buf_view(&out), cursor_over(buf_view(&out), 0), NULL));
	buf_fini(&out);
	free(m);
}
END_TEST

START_TEST(every_prefix_of_a_definition_is_refused)
{
	struct mini *m = calloc(1, sizeof(*m));
	struct cursor body;
	struct guid guid;

	ck_assert(m != NULL);
	make_definition(m);
	ck_assert(template_at(chunk_of(m), m->definition, &guid, &body));
	for (size_t len = 0; len < body.rest.len; len++)
		ck_assert(!template_check(chunk_of(m), cursor_over(slice_sub(body.rest, 0, len), body.at), NULL));
	free(m);
}
END_TEST

START_TEST(a_definition_within_a_bound)
{
	struct mini *m = calloc(1, sizeof(*m));
	struct cursor body;
	struct guid guid;
	struct buf out;
	size_t left = LIMIT_TEMPLATE, used;

	ck_assert(m != NULL);
	make_definition(m);
	buf_init(&out, LIMIT_TEMPLATE);
	ck_assert(template_at(chunk_of(m), m->definition, &guid, &body));
	ck_assert(template_check_within(chunk_of(m), body, &out, &left));
	used = LIMIT_TEMPLATE - left;
	ck_assert_uint_eq(used, out.len);
	left = used;
	ck_assert(template_check_within(chunk_of(m), body, NULL, &left));
	ck_assert_uint_eq(left, 0);
	left = used - 1;
	ck_assert(!template_check_within(chunk_of(m), body, NULL, &left));
	ck_assert_uint_eq(left, 0);
	left = 3 * LIMIT_TEMPLATE;
	mini_chunk(m)[m->definition + TEMPLATE_HEADER + 4] = 0x77; /* the second token: nothing behind it is looked at */
	ck_assert(!template_check_within(chunk_of(m), body, NULL, &left));
	ck_assert_uint_ge(left, 3 * LIMIT_TEMPLATE - 8);
	buf_fini(&out);
	free(m);
}
END_TEST

/* However many records name it. */
START_TEST(a_definition_is_checked_once)
{
	struct template_memo memo = { .left = LIMIT_CHUNK_TEMPLATES };
	struct mini *m = calloc(1, sizeof(*m));
	struct cursor body;
	struct guid guid;
	size_t left;

	ck_assert(m != NULL);
	make_definition(m);
	ck_assert(template_at(chunk_of(m), m->definition, &guid, &body));
	ck_assert(template_check_once(&memo, chunk_of(m), body));
	left = memo.left;
	ck_assert_uint_lt(left, LIMIT_CHUNK_TEMPLATES);
	for (int i = 0; i < 100; i++)
		ck_assert(template_check_once(&memo, chunk_of(m), body));
	ck_assert_uint_eq(memo.left, left);
	template_memo_forget(&memo);
	ck_assert_uint_eq(memo.left, left);
	ck_assert(template_check_once(&memo, chunk_of(m), body));
	ck_assert_uint_eq(LIMIT_CHUNK_TEMPLATES - memo.left, 2 * (LIMIT_CHUNK_TEMPLATES - left));
	template_memo_forget(&memo);
	memo.left = LIMIT_CHUNK_TEMPLATES - left - 1;
	ck_assert(!memo.ran_out);
	ck_assert(!template_check_once(&memo, chunk_of(m), body));
	ck_assert(memo.ran_out);
	free(m);
}
END_TEST

/* Whichever two of a chunk they are, and by turns. */
START_TEST(any_two_definitions_are_checked_once)
{
	static uint8_t chunk[LIMIT_CHUNK];
	static const uint8_t body[] = { 0x0F, 1, 1, 0 }; /* unsound, behind its first token */
	enum { FIRST = LIMIT_CHUNK_HEADER, STEP = 8, COUNT = (LIMIT_CHUNK - FIRST) / STEP };
	struct template_memo memo = { .left = LIMIT_CHUNK };

	for (size_t i = 0; i < COUNT; i++)
		memcpy(chunk + FIRST + STEP * i, body, sizeof(body));
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT; i++)
			ck_assert(!template_check_once(&memo, slice_from(chunk, sizeof(chunk)),
				cursor_over(slice_from(chunk + FIRST + STEP * i, STEP), FIRST + STEP * i)));
		ck_assert_uint_gt(memo.left, 0);
		ck_assert(!memo.ran_out);
	}
}
END_TEST

/* A few kilobytes would become megabytes: each element leads to the same name. */
START_TEST(a_long_name_met_again_and_again)
{
	const struct made_up *piece;
	size_t left = 3 * LIMIT_TEMPLATE;
	struct cursor body;
	struct guid guid;
	struct buf bytes, out;

	for (size_t i = 0; (piece = made_up_piece(i)) && strcmp(piece->name, "names") != 0; i++)
		;
	ck_assert(piece != NULL);
	buf_init(&bytes, LIMIT_CHUNK);
	buf_init(&out, 1 << 24);
	ck_assert(piece->make(&bytes));
	ck_assert(template_at(buf_view(&bytes), LIMIT_CHUNK_HEADER, &guid, &body));
	ck_assert(!template_check_within(buf_view(&bytes), body, &out, &left));
	ck_assert_uint_eq(left, 2 * LIMIT_TEMPLATE);
	ck_assert_uint_le(out.len, LIMIT_TEMPLATE);
	buf_fini(&out);
	buf_fini(&bytes);
}
END_TEST

START_TEST(built_in_layouts_are_sound)
{
	struct template_store store;

	template_store_init(&store);
	ck_assert(template_store_add_built_in(&store));
	ck_assert_uint_ge(store.count, 17);
	for (size_t i = 0; i < store.count; i++)
		ck_assert(template_check(store.items[i].body, cursor_over(store.items[i].body, 0), NULL));
	for (size_t i = 0; i < store.layout_count; i++)
		ck_assert(template_check(store.layouts[i].body, cursor_over(store.layouts[i].body, 0), NULL));
	ck_assert(template_store_outer(&store, 18, 0, SLICE_EMPTY) == &store.layouts[0]);
	ck_assert(template_store_outer(&store, 20, 0x4f13e858, SLICE_EMPTY) == &store.layouts[1]);
	ck_assert(template_store_outer(&store, 20, 0xecd34601, SLICE_EMPTY) == NULL); /* of any provider */
	ck_assert(template_store_outer(&store, 20, 0xecd34601, SLICE("H\0o\0s\0t\0A\0p\0p\0l\0i\0c\0a\0t\0i\0o\0n\0=\0")) != NULL);
	ck_assert(template_store_outer(&store, 19, 0x4f13e858, SLICE_EMPTY) == NULL);
	template_store_fini(&store);
}
END_TEST

/* --- keys --- */

START_TEST(keys_are_found)
{
	enum { MANY = 20000 };
	struct key_set set;

	key_set_init(&set);
	ck_assert_ptr_null(key_set_find(&set, 0));
	for (int round = 0; round < 2; round++)
		for (uint64_t i = 0; i < MANY; i++)
			ck_assert(key_set_add(&set, i << (i % 3 * 20), 1 + (uint32_t)round));
	for (uint64_t i = 0; i < MANY; i++) {
		struct key_slot *slot = key_set_find(&set, i << (i % 3 * 20));

		ck_assert(slot && slot->key == i << (i % 3 * 20) && slot->state == 1);
		ck_assert_ptr_null(key_set_find(&set, UINT64_MAX - i));
	}
	ck_assert_uint_le(set.count, MANY);
	key_set_fini(&set);
	ck_assert_ptr_null(key_set_find(&set, 0));
}
END_TEST

enum { SLOTS = 18, RAW = 256 };

/* A record whose outer instance has the layout of 18 values, the last of them these bytes.  Returns its length. */
static size_t
outer_record(uint8_t raw[static RAW], const char *data)
{
	static const struct {
		uint8_t size, type;
	} values[SLOTS - 1] = { { 1, 4 }, { 1, 4 }, { 2, 6 }, { 2, 6 }, { 0, 0 }, { 8, 21 }, { 8, 17 }, { 0, 0 }, { 4, 8 }, { 4, 8 }, { 8, 10 }, { 1, 4 } };
	static const uint8_t head[] = { 0x0F, 1, 1, 0, 0x0C, 1, 7, 0, 0, 0, 0x26, 2, 0, 0, SLOTS, 0, 0, 0 };
	size_t at = RECORD_HEADER;

	memset(raw, 0, RAW);
	memcpy(raw, "\x2a\x2a", 2);
	memcpy(raw + at, head, sizeof(head));
	at += sizeof(head);
	for (size_t i = 0; i < SLOTS; i++, at += 4) {
		raw[at] = i < SLOTS - 1 ? values[i].size : (uint8_t)strlen(data);
		raw[at + 2] = i < SLOTS - 1 ? values[i].type : VALUE_BINXML;
	}
	for (size_t i = 0; i < SLOTS - 1; i++)
		for (size_t k = 0; k < values[i].size; k++)
			raw[at++] = (uint8_t)(i + k + 1);
	memcpy(raw + at, data, strlen(data));
	at = (at + strlen(data) + 1 + RECORD_SIZE_COPY + 7) / 8 * 8;
	raw[4] = (uint8_t)at;
	return at;
}

/* Stands in for SHA-256: all of the bytes in 32. */
static void
add_up(struct slice bytes, uint8_t out[static RECORD_DIGEST])
{
	memset(out, 0, RECORD_DIGEST);
	for (size_t i = 0; i < bytes.len; i++)
		out[i % 16] = (uint8_t)(out[i % 16] * 31 + bytes.ptr[i]);
}

static bool
same_whole(const struct record_key *a, const struct record_key *b)
{
	return a->whole[0] == b->whole[0] && a->whole[1] == b->whole[1];
}

/* What the bytes of the values are for is part of the key: types, sizes, and whether the data is an instance of a template. */
START_TEST(keys_know_types)
{
	enum { DESCRIPTORS = RECORD_HEADER + 18, SLOT_0 = DESCRIPTORS, SLOT_1 = DESCRIPTORS + 4,
		SLOT_11 = DESCRIPTORS + 4 * 11, SLOT_12 = DESCRIPTORS + 4 * 12 };
	static const struct {
		size_t at;
		uint8_t value;
	} changes[][2] = {
		{ { SLOT_11 + 2, VALUE_NULL }, { SLOT_11 + 2, VALUE_NULL } }, /* the byte stays where it is */
		{ { SLOT_0, 2 }, { SLOT_1, 0 } },                             /* so do both, of one value */
		{ { SLOT_11, 0 }, { SLOT_12, 1 } },
	};
	const struct record_keys all[] = { { .seed = { { 1, 2, 3, 4 } } }, { .digest = add_up } };

	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		for (size_t k = 0; k < ARRAY_LEN(all); k++) {
			uint8_t a[RAW], b[RAW];
			struct slice first = slice_from(a, outer_record(a, "A")), second = slice_from(b, outer_record(b, "A"));
			struct record_peek peek, peek_of_second;
			struct record_key key, key_of_second;

			for (size_t j = 0; j < ARRAY_LEN(changes[i]); j++)
				b[changes[i][j].at] = changes[i][j].value;
			record_peek(first, &peek);
			record_peek(second, &peek_of_second);
			ck_assert(peek.has_system && peek_of_second.has_system);
			ck_assert(slice_eq(peek.values, peek_of_second.values));
			key = record_key(&all[k], first, &peek);
			key_of_second = record_key(&all[k], second, &peek_of_second);
			ck_assert_msg(key.event == key_of_second.event && !same_whole(&key, &key_of_second), "%zu", i);
		}
}
END_TEST

/* Data that is no instance of a template tells records apart as well, and another seed makes other keys. */
START_TEST(keys_of_records)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "Aliteral data", "Aliteral data", true },
		{ "Aliteral data", "Aliteral dota", false },
		{ "Aliteral data", "A", false },
	};
	const struct record_keys all[] = { { .seed = { { 1, 2, 3, 4 } } }, { .seed = { { 5, 6, 7, 8 } } }, { .digest = add_up } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t k = 0; k < ARRAY_LEN(all); k++) {
			uint8_t a[RAW], b[RAW];
			struct slice first = slice_from(a, outer_record(a, rows[i].a)), second = slice_from(b, outer_record(b, rows[i].b));
			struct record_peek peek, peek_of_second;
			struct record_key key, key_of_second, other;

			record_peek(first, &peek);
			record_peek(second, &peek_of_second);
			ck_assert(peek.has_system && peek_of_second.has_system);
			key = record_key(&all[k], first, &peek);
			key_of_second = record_key(&all[k], second, &peek_of_second);
			other = record_key(&all[(k + 1) % ARRAY_LEN(all)], first, &peek);
			ck_assert_uint_eq(key.event, key_of_second.event);
			ck_assert_int_eq(same_whole(&key, &key_of_second), rows[i].same);
			ck_assert(!same_whole(&key, &other) && key.event != other.event);
		}
}
END_TEST

/* --- the pool --- */

struct pool_row {
	uint32_t input;
	uint64_t slot;
	uint64_t residue[4], live[4]; /* keys; 0 ends */
};

/* Keys that are the same in their last two digits are of one event. */
static struct record_key
key_of(uint64_t key)
{
	return (struct record_key){ .event = 1 + key % 100, .whole = { key, ~key } };
}

static const struct pool_row pool_rows[] = {
	{ 0, 0, { 11, 12 }, { 1, 2, 211 } },
	{ 0, 7, { 12, 13, 2 }, { 3 } },
	{ 1, 0, { 14 }, { 13 } },
	{ 2, 3, { 14, 15, 11, 16 }, { 4 } },
};

static void
add_row(struct residue_pool *p, const struct pool_row *row)
{
	struct buf frame, live;
	uint32_t count = 0;
	struct err err;

	buf_init(&frame, 4096);
	buf_init(&live, 4096);
	while (count < 4 && row->residue[count])
		count++;
	buf_u64le(&frame, row->slot);
	buf_u32le(&frame, count);
	for (size_t i = 0; i < count; i++)
		residue_encode(&(struct residue){ .key = key_of(row->residue[i]), .offset = 600, .chunk = 0, .len = 64,
			.class = RECORD_RESIDUAL }, &frame);
	for (size_t i = 0; i < 4 && row->live[i]; i++) {
		struct record_key key = key_of(row->live[i]);

		record_key_encode(&key, &live);
	}
	buf_counted(&frame, buf_view(&live));
	buf_u8(&frame, 0);
	ck_assert(residue_survey_is_sound(buf_view(&frame)));
	for (size_t len = 0; len < frame.len; len++)
		ck_assert(!residue_survey_is_sound(slice_sub(buf_view(&frame), 0, len)));
	ck_assert(residue_pool_add_survey(p, row->input, buf_view(&frame), &err));
	buf_fini(&frame);
	buf_fini(&live);
}

/* Each order of arrival gives the same records, each once, what is live anywhere left out, and what has the number of a live
 * record but says something else marked. */
START_TEST(pool_does_not_depend_on_arrival)
{
	static const size_t orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 } };
	static const uint64_t wanted[] = { 11, 12, 14, 15, 16 };
	struct pool_counts counts = { 0 };
	struct residue_pool p;
	struct residue residue;
	uint32_t input, count;
	struct buf out;
	struct cursor in;
	struct err err;

	residue_pool_init(&p, "/tmp");
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_LEN(pool_rows); i++)
		add_row(&p, &pool_rows[orders[_i][i]]);
	ck_assert(residue_pool_close(&p, &err));
	while (residue_pool_input(&p, &input))
		ck_assert(residue_pool_batch(&p, &out, &count, &counts, &err));
	in = cursor_over(buf_view(&out), 0);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		ck_assert(residue_decode(&in, &residue));
		ck_assert_uint_eq(residue.key.whole[0], wanted[i]);
		ck_assert_msg(residue.contradicts == (wanted[i] == 11), "%zu", i);
	}
	ck_assert_uint_eq(in.rest.len, 0);
	ck_assert_uint_eq(counts.found, 10);
	ck_assert_uint_eq(counts.copies, 5);
	ck_assert_uint_eq(counts.left_out, 0);
	buf_fini(&out);
	residue_pool_fini(&p);
}
END_TEST

/* The first definitions of the evidence that fit are kept, whatever the order of arrival. */
START_TEST(templates_within_a_budget)
{
	static const uint32_t arrivals[][6] = { { 0, 1, 2, 3, 4, 5 }, { 5, 4, 3, 2, 1, 0 }, { 2, 5, 0, 4, 1, 3 } };
	struct pool_templates t;
	struct err err;

	pool_templates_init(&t);
	t.limit = 3 * (100 + sizeof(struct pool_template));
	for (size_t i = 0; i < 6; i++) {
		uint8_t bytes[100] = { 0 };
		struct pool_template place = { .input = arrivals[_i][i], .guid.bytes = { (uint8_t)(1 + arrivals[_i][i]) } };

		ck_assert(pool_templates_add(&t, &place, slice_from(bytes, sizeof(bytes)), &err));
	}
	for (size_t i = 0; i < t.count; i++)
		ck_assert_msg((t.items[i].body != NULL) == (t.items[i].guid.bytes[0] <= 3), "%u", t.items[i].guid.bytes[0]);
	pool_templates_fini(&t);
}
END_TEST

/* --- facts --- */

static const struct fact_case {
	const char *name;
	struct {
		uint64_t first, last, first_written, last_written;
	} spans[3]; /* as the file has them; first 0 ends */
	const char *facts;
	bool damaged; /* a record of the first cannot be seen */
} fact_cases[] = {
	{ "one chunk", { { 1, 50, 100, 200 } }, "", false },
	{ "in order", { { 1, 50, 100, 200 }, { 51, 90, 201, 300 } }, "", false },
	{ "wrapped", { { 51, 90, 201, 300 }, { 1, 50, 100, 200 } }, "", false },
	{ "a gap", { { 1, 50, 100, 200 }, { 61, 90, 201, 300 } }, "record-gap ", false },
	{ "a repeat", { { 1, 50, 100, 200 }, { 41, 90, 201, 300 } }, "record-repeat ", false },
	{ "backwards", { { 1, 50, 100, 200 }, { 51, 90, 150, 300 } }, "time-backwards ", false },
	{ "no times", { { 1, 50, 0, 0 }, { 51, 90, 0, 0 } }, "", false },
	{ "several", { { 1, 50, 100, 200 }, { 61, 70, 90, 95 }, { 71, 80, 96, 97 } }, "record-gap time-backwards ", false },
	{ "a gap where something was lost", { { 1, 50, 100, 200 }, { 61, 90, 201, 300 } }, "", true },
};

START_TEST(facts_between_chunks)
{
	const struct fact_case *c = &fact_cases[_i];
	struct log_span spans[3];
	struct log_facts facts;
	struct arena arena;
	struct buf told;
	size_t count = 0;
	struct err err;

	arena_init(&arena, 1 << 24);
	buf_init(&told, 4096);
	for (; count < 3 && c->spans[count].first; count++)
		spans[count] = (struct log_span){ .chunk = LIMIT_FILE_HEADER + count * LIMIT_CHUNK, .count = 1,
			.first = c->spans[count].first, .last = c->spans[count].last,
			.first_written = c->spans[count].first_written, .last_written = c->spans[count].last_written };
	if (c->damaged)
		spans[0].losses = 1;
	ck_assert(log_facts_find(spans, count, true, &arena, &facts, &err));
	for (size_t i = 0; i < facts.count; i++)
		buf_printf(&told, "%s ", log_fact_name((enum log_fact_kind)facts.items[i].kind));
	ck_assert_msg(slice_eq(buf_view(&told), slice_from_text(c->facts)), "%s: %.*s", c->name, SLICE_ARGS(buf_view(&told)));
	buf_fini(&told);
	arena_fini(&arena);
}
END_TEST

START_TEST(spans_on_the_wire)
{
	struct log_span span = { .chunk = 4096, .count = 3, .first = 7, .last = 9, .fact_count = 1,
		.facts = { { .kind = LOG_GAP, .offset = 5000, .chunk = 4096, .expected = 8, .found = 9, .number = 9 } } }, back;
	struct cursor in;
	struct buf out;

	buf_init(&out, 4096);
	log_span_encode(&span, &out);
	in = cursor_over(buf_view(&out), 0);
	ck_assert(log_span_decode(&in, &back) && in.rest.len == 0);
	ck_assert_uint_eq(back.facts[0].expected, 8);
	ck_assert_uint_eq(back.last, 9);
	for (size_t len = 0; len < out.len; len++) {
		in = cursor_over(slice_sub(buf_view(&out), 0, len), 0);
		ck_assert(!log_span_decode(&in, &back));
	}
	buf_fini(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("residue");
	TCase *tc = tcase_create("residue");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, definition_proves_itself, 0, (int)ARRAY_LEN(definition_cases));
	tcase_add_test(tc, every_prefix_of_a_definition_is_refused);
	tcase_add_test(tc, a_definition_within_a_bound);
	tcase_add_test(tc, a_definition_is_checked_once);
	tcase_add_test(tc, any_two_definitions_are_checked_once);
	tcase_add_test(tc, a_long_name_met_again_and_again);
	tcase_add_test(tc, built_in_layouts_are_sound);
	tcase_add_test(tc, keys_are_found);
	tcase_add_test(tc, keys_of_records);
	tcase_add_test(tc, keys_know_types);
	tcase_add_loop_test(tc, pool_does_not_depend_on_arrival, 0, 3);
	tcase_add_loop_test(tc, templates_within_a_budget, 0, 3);
	tcase_add_loop_test(tc, facts_between_chunks, 0, (int)ARRAY_LEN(fact_cases));
	tcase_add_test(tc, spans_on_the_wire);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
