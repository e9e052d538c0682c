/* SPDX-License-Identifier: Apache-2.0 */
/* What an event is to a correlation on its way between processes, and the subject of a window. */
#include "src/subject/correlated.h"

#include "base/attr.h"
#include "base/limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA = 64 * 1024 * 1024, PARTS = LIMIT_CORRELATION_PARTS + 10 };

static const char rules_text[] =
	"title: a\nname: a\nlogsource: {product: windows}\ndetection: {s: {F: a}, condition: s}\n---\n"
	"title: b\nname: b\nlogsource: {product: windows}\ndetection: {s: {F: b}, condition: s}\n---\n"
	"title: c\ncorrelation: {type: event_count, rules: [a, b], group-by: [who, F], timespan: 1s, condition: {gte: 2},\n"
	"  aliases: {who: {a: User, b: Account}}}\n---\n"
	"title: d\ncorrelation: {type: value_sum, rules: [a], timespan: 1h, condition: {field: N, neq: 0}}\n---\n"
	"title: e\ncorrelation: {type: value_count, rules: [a], timespan: 1h, condition: {field: [N, M], gte: 2}}\n";

enum { RULE_GROUP = 2, RULE_SUM, RULE_VALUES };

static struct ruleset *
make_rules(void)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert_ptr_nonnull(set);
	ck_assert(ruleset_add_text(set, SLICE("t.yml"), slice_from_text(rules_text), &err));
	ck_assert(ruleset_close(set, &err));
	ck_assert_uint_eq(ruleset_count_state(set, RULE_CORRELATION), 3);
	return set;
}

struct event {
	const char *names[3];
	const char *texts[3]; /* NULL: without a value */
};

/* The input of an event of the member-th rule for that correlation. */
static void
make_input(const struct ruleset *set, uint32_t rule, uint32_t member, const struct event *event, struct buf *out)
{
	static const struct subject_part part = { .record_id = 77, .time = 1000, .offset = 4608, .number = 1 };
	struct sigma_field fields[3];
	struct subject s = { .event = { .fields = fields, .event_id = 4625 }, .parts = &part, .part_count = 1 };
	struct buf scratch;
	struct err err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(fields) && event->names[i]; i++) {
		fields[i] = (struct sigma_field){ .name = slice_from_text(event->names[i]),
			.text = slice_from_text(event->texts[i]), .null = !event->texts[i] };
		s.event.field_count++;
	}
	s.column[COLUMN_COMPUTER] = SLICE("WS01");
	s.column[COLUMN_CHANNEL] = SLICE("Security");
	buf_init(&scratch, 1 << 20);
	ck_assert(correlated_input_encode(&s, (struct rule_feed){ rule, member }, 1000, VERDICT_MATCH, NULL, set, &scratch,
		out, &err));
	buf_fini(&scratch);
}

/* Two events and whether they are of one group, or of one value. */
static const struct {
	const char *name;
	uint32_t rule, members[2];
	struct event events[2];
	bool same_group, same_value;
} pairs[] = {
	{ "same", RULE_GROUP, { 0, 0 }, { { { "User", "F" }, { "x", "y" } }, { { "User", "F" }, { "x", "y" } } }, true, true },
	{ "without case", RULE_GROUP, { 0, 0 }, { { { "User", "F" }, { "\xC3\x84x", "y" } }, { { "user", "f" },
		{ "\xC3\xA4X", "Y" } } }, true, true },
	{ "alias", RULE_GROUP, { 0, 1 }, { { { "User", "F" }, { "x", "y" } }, { { "F", "Account", "User" }, { "y", "x", "z" } } },
		true, true },
	{ "no alias", RULE_GROUP, { 0, 1 }, { { { "User", "F" }, { "x", "y" } }, { { "F", "User" }, { "y", "x" } } }, false,
		true },
	{ "missing is not empty", RULE_GROUP, { 0, 0 }, { { { "User" }, { "x" } }, { { "User", "F" }, { "x", "" } } }, false,
		true },
	{ "without a value is missing", RULE_GROUP, { 0, 0 }, { { { "User" }, { "x" } }, { { "User", "F" }, { "x", NULL } } },
		true, true },
	{ "no shift between values", RULE_GROUP, { 0, 0 }, { { { "User", "F" }, { "ab", "c" } }, { { "User", "F" },
		{ "a", "bc" } } }, false, true },
	{ "numbers by value", RULE_SUM, { 0, 0 }, { { { "N" }, { "16" } }, { { "N" }, { "0x10" } } }, true, true },
	{ "values as texts", RULE_VALUES, { 0, 0 }, { { { "N", "M" }, { "16", "a" } }, { { "N", "M" }, { "0x10", "a" } } }, true,
		false },
	{ "values without case", RULE_VALUES, { 0, 0 }, { { { "N", "M" }, { "x", "a" } }, { { "N", "M" }, { "X", "A" } } }, true,
		true },
};

static struct correlated_input
decode(const struct ruleset *set, const struct buf *bytes)
{
	struct cursor in = cursor_over(buf_view(bytes), 0);
	struct correlated_input input;

	ck_assert(correlated_input_decode(&in, set, &input));
	ck_assert_uint_eq(in.rest.len, 0);
	return input;
}

START_TEST(groups_and_values)
{
	struct ruleset *set = make_rules();
	struct correlated_input inputs[2];
	struct buf bytes[2];

	for (size_t i = 0; i < 2; i++) {
		buf_init(&bytes[i], 1 << 20);
		make_input(set, pairs[_i].rule, pairs[_i].members[i], &pairs[_i].events[i], &bytes[i]);
		inputs[i] = decode(set, &bytes[i]);
		ck_assert_uint_eq(inputs[i].feed.correlation, pairs[_i].rule);
		ck_assert_uint_eq(inputs[i].feed.member, pairs[_i].members[i]);
		ck_assert(slice_eq(inputs[i].computer, SLICE("WS01")));
		ck_assert(inputs[i].has_value);
	}
	ck_assert_msg((memcmp(inputs[0].group, inputs[1].group, WINDOW_KEY) == 0) == pairs[_i].same_group, "%s: group",
		pairs[_i].name);
	ck_assert_msg((memcmp(inputs[0].value, inputs[1].value, WINDOW_KEY) == 0) == pairs[_i].same_value, "%s: value",
		pairs[_i].name);
	buf_fini(&bytes[0]);
	buf_fini(&bytes[1]);
	ruleset_free(set);
}
END_TEST

static const struct {
	uint32_t rule;
	struct event event;
	bool has_value;
} values[] = {
	{ RULE_SUM, { { "N" }, { "-1.5" } }, true },
	{ RULE_SUM, { { "N" }, { "many" } }, false },
	{ RULE_SUM, { { "N" }, { "" } }, false },
	{ RULE_SUM, { { "N" }, { NULL } }, false },
	{ RULE_SUM, { { "M" }, { "1" } }, false },
	{ RULE_VALUES, { { "M" }, { "" } }, true },
	{ RULE_VALUES, { { "M" }, { NULL } }, false },
	{ RULE_VALUES, { { "F" }, { "x" } }, false },
	{ RULE_GROUP, { { "Z" }, { "x" } }, true },
};

START_TEST(events_without_a_value)
{
	struct ruleset *set = make_rules();
	struct buf bytes;

	buf_init(&bytes, 1 << 20);
	make_input(set, values[_i].rule, 0, &values[_i].event, &bytes);
	ck_assert_msg(decode(set, &bytes).has_value == values[_i].has_value, "case %d", _i);
	buf_fini(&bytes);
	ruleset_free(set);
}
END_TEST

/* No start of a message, and no message with one byte changed, is more than an input of a running correlation. */
START_TEST(lies)
{
	static const struct event event = { { "User", "F" }, { "x", "y" } };
	struct ruleset *set = make_rules();
	struct correlated_input input;
	struct buf bytes;

	buf_init(&bytes, 1 << 20);
	make_input(set, RULE_GROUP, 1, &event, &bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		struct cursor in = cursor_over(slice_from(bytes.ptr, len), 0);

		ck_assert_msg(!correlated_input_decode(&in, set, &input), "%zu of %zu bytes", len, bytes.len);
	}
	for (size_t i = 0; i < bytes.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct cursor in = cursor_over(buf_view(&bytes), 0);

			bytes.ptr[i] ^= (uint8_t)(1u << bit);
			if (correlated_input_decode(&in, set, &input)) {
				ck_assert_int_eq(ruleset_rule(set, input.feed.correlation)->state, RULE_CORRELATION);
				ck_assert_uint_lt(input.feed.member,
					ruleset_rule(set, input.feed.correlation)->correlation->member_count);
				ck_assert_uint_ge(input.part_count, 1);
			}
			bytes.ptr[i] ^= (uint8_t)(1u << bit);
		}
	}
	buf_fini(&bytes);
	ruleset_free(set);
}
END_TEST

/* Records of a long block are cut to a number, and that is flagged on the finding. */
START_TEST(long_blocks_are_cut)
{
	static struct subject_part parts[PARTS];
	struct ruleset *set = make_rules();
	struct subject s = { .parts = parts, .part_count = PARTS }, made;
	struct window_hit hit = { .time = 5 };
	struct window_fired fired = { .hits = &hit, .count = 1, .reached = 5 };
	struct buf bytes, scratch, counted;
	struct arena arena;
	enum verdict verdict;
	struct err err = { 0 };

	for (uint32_t i = 0; i < PARTS; i++)
		parts[i] = (struct subject_part){ .record_id = i, .time = i, .number = i + 1 };
	arena_init(&arena, ARENA);
	buf_init(&bytes, 1 << 20);
	buf_init(&scratch, 1 << 20);
	buf_init(&counted, 1 << 20);
	ck_assert(correlated_input_encode(&s, (struct rule_feed){ RULE_GROUP, 0 }, 5, VERDICT_MATCH_ON_PARTIAL, NULL, set,
		&scratch, &bytes, &err));
	ck_assert_uint_eq(decode(set, &bytes).part_count, LIMIT_CORRELATION_PARTS);
	buf_counted(&counted, buf_view(&bytes));
	hit.len = counted.len;
	fired.bytes = counted.ptr;
	ck_assert(correlated_subject(set, RULE_GROUP, &fired, &arena, &made, &verdict, &err));
	ck_assert_int_eq(verdict, VERDICT_MATCH_ON_PARTIAL);
	ck_assert_uint_eq(made.part_count, LIMIT_CORRELATION_PARTS);
	ck_assert_uint_eq(made.flag_count, 1);
	ck_assert(slice_eq(made.flags[0], SLICE("record-ids-cut")));
	buf_fini(&bytes);
	buf_fini(&scratch);
	buf_fini(&counted);
	arena_fini(&arena);
	ruleset_free(set);
}
END_TEST

/* Records keep apart and copies together: a number for each record, whether copies stand in inputs of their own or within
 * one (parts of a joined block, events of an inner correlation). */
static const struct {
	const char *name;
	uint32_t inputs[4][4];  /* numbers of each input's parts */
	size_t hits[4];         /* inputs that are one hit */
	uint32_t numbers[8];    /* of the subject's parts */
} numbered[] = {
	{ "events", { { 1 }, { 1 }, { 1 } }, { 1, 1, 1 }, { 1, 2, 3 } },
	{ "events of number zero", { { 0 }, { 0 } }, { 1, 1 }, { 1, 2 } },
	{ "copies of an event", { { 1 }, { 1 }, { 1 } }, { 2, 1 }, { 1, 1, 2 } },
	{ "a block with copies", { { 1, 1, 2, 2 }, { 1, 2 } }, { 1, 1 }, { 1, 1, 2, 2, 3, 4 } },
	{ "two blocks, and a part of each is the same", { { 2, 3 }, { 3 } }, { 1, 1 }, { 1, 2, 3 } },
	{ "copies within copies", { { 1, 1 }, { 1, 1 }, { 7 } }, { 2, 1 }, { 1, 1, 1, 1, 2 } },
};

START_TEST(records_have_their_number)
{
	struct ruleset *set = make_rules();
	struct window_hit hits[4] = { { .time = 5 }, { .time = 5 }, { .time = 5 }, { .time = 5 } };
	struct window_fired fired = { .hits = hits, .reached = 5 };
	struct buf bytes, scratch, all;
	size_t input = 0, count = 0;
	enum verdict verdict;
	struct subject made;
	struct arena arena;
	struct err err = { 0 };

	arena_init(&arena, ARENA);
	buf_init(&bytes, 1 << 20);
	buf_init(&scratch, 1 << 20);
	buf_init(&all, 1 << 20);
	for (size_t h = 0; h < 4 && numbered[_i].hits[h]; h++) {
		hits[h].at = all.len;
		for (size_t k = 0; k < numbered[_i].hits[h]; k++, input++) {
			const uint32_t *numbers = numbered[_i].inputs[input];
			struct subject_part parts[4] = { { .number = numbers[0] } };
			struct subject s = { .parts = parts, .part_count = 1 };

			for (; s.part_count < 4 && numbers[s.part_count]; s.part_count++)
				parts[s.part_count].number = numbers[s.part_count];
			buf_reset(&bytes);
			ck_assert(correlated_input_encode(&s, (struct rule_feed){ RULE_GROUP, 0 }, 5, VERDICT_MATCH, NULL, set,
				&scratch, &bytes, &err));
			buf_counted(&all, buf_view(&bytes));
		}
		hits[h].len = all.len - hits[h].at;
		fired.count++;
	}
	fired.bytes = all.ptr;
	ck_assert(correlated_subject(set, RULE_GROUP, &fired, &arena, &made, &verdict, &err));
	for (size_t i = 0; i < made.part_count; i++)
		ck_assert_msg(made.parts[i].number == numbered[_i].numbers[i], "%s: part %zu has number %u", numbered[_i].name, i,
			made.parts[i].number);
	while (count < 8 && numbered[_i].numbers[count])
		count++;
	ck_assert_msg(made.part_count == count, "%s: %zu parts", numbered[_i].name, made.part_count);
	buf_fini(&bytes);
	buf_fini(&scratch);
	buf_fini(&all);
	arena_fini(&arena);
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("correlated");
	TCase *tcase = tcase_create("inputs");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, groups_and_values, 0, ARRAY_LEN(pairs));
	tcase_add_loop_test(tcase, events_without_a_value, 0, ARRAY_LEN(values));
	tcase_add_test(tcase, lies);
	tcase_add_test(tcase, long_blocks_are_cut);
	tcase_add_loop_test(tcase, records_have_their_number, 0, (int)ARRAY_LEN(numbered));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
