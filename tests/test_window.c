/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of correlations: edges, ties, what fires again, each type, the limits.  And an oracle: the slow, obvious
 * reading of the rules in window.h. */
#include "src/sigma/window.h"

#include "base/attr.h"
#include "base/limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS = 3, SPAN = 100, EVENTS = 200 };

/* "a5 b7=12": an event of the first rule at 5, one of the second at 7 with the value 12. */
static bool
next_event(const char **at, struct window_hit *hit)
{
	char *end;
	quantity value = 0;

	while (**at == ' ')
		++*at;
	if (!**at)
		return false;
	*hit = (struct window_hit){ .member = (uint32_t)(**at - 'a') };
	hit->time = strtoull(*at + 1, &end, 10);
	if (*end == '=') {
		const char *from = end + 1;

		for (end++; *end && *end != ' '; end++)
			;
		ck_assert(quantity_parse(slice_from(from, (size_t)(end - from)), &value));
	}
	quantity_encode(value, hit->value);
	*at = end;
	return true;
}

struct heard {
	char text[4096];
	size_t fired;
};

/* "first-last*count@reached" of each window that fires */
static bool
hear(void *context, const struct window_fired *f, struct err *err)
{
	struct heard *heard = context;
	size_t len = strlen(heard->text);

	(void)err;
	for (size_t i = 0; i < f->count; i++) {
		ck_assert_uint_eq(f->hits[i].len, 8);
		ck_assert_mem_eq(f->bytes + f->hits[i].at, &f->hits[i].time, 8);
	}
	snprintf(heard->text + len, sizeof(heard->text) - len, "%s%llu-%llu*%zu@%llu", heard->fired ? " " : "",
		(unsigned long long)f->hits[0].time, (unsigned long long)f->hits[f->count - 1].time, f->count,
		(unsigned long long)f->reached);
	heard->fired++;
	return true;
}

static struct heard
run(const struct correlation *c, const char *events, size_t max_hits, uint64_t *cuts)
{
	struct heard heard = { 0 };
	const struct window_listener listener = { &heard, hear };
	struct window *w = window_new(max_hits, 1 << 16);
	struct window_hit hit;
	struct err err = { 0 };

	ck_assert_ptr_nonnull(w);
	ck_assert(window_begin(w, c, &err));
	while (next_event(&events, &hit))
		ck_assert_msg(window_add(w, &hit, slice_from(&hit.time, 8), &listener, &err), "%s", err.text);
	ck_assert(window_end(w, &listener, &err));
	*cuts = window_cuts(w);
	window_free(w);
	return heard;
}

#define N(n) ((quantity)(n) * QUANTITY_ONE)
#define TYPE(t, ...) { .type = CORRELATION_##t, .member_count = MEMBERS, .timespan = SPAN, .bounds = { __VA_ARGS__ }, \
	.bound_count = sizeof((struct bound[]){ __VA_ARGS__ }) / sizeof(struct bound) }
#define GTE(n) { BOUND_GTE, N(n) }

static const struct {
	const char *name;
	struct correlation c;
	const char *events, *fired;
} cases[] = {
	{ "no event", TYPE(EVENT_COUNT, GTE(1)), "", "" },
	{ "one is enough", TYPE(EVENT_COUNT, GTE(1)), "a5", "5-5*1@5" },
	{ "exactly the timespan", TYPE(EVENT_COUNT, GTE(3)), "a0 a50 a100", "0-100*3@100" },
	{ "one tick over", TYPE(EVENT_COUNT, GTE(3)), "a0 a50 a101", "" },
	{ "one tick over, then one more", TYPE(EVENT_COUNT, GTE(3)), "a0 a50 a101 a150", "50-150*3@150" },
	{ "the window is whole", TYPE(EVENT_COUNT, GTE(2)), "a0 a10 a20 a90 a100", "0-100*5@10" },
	{ "and fires again behind it", TYPE(EVENT_COUNT, GTE(2)), "a0 a10 a100 a101 a150", "0-100*3@10 101-150*2@150" },
	{ "but not with what was used", TYPE(EVENT_COUNT, GTE(2)), "a0 a10 a101", "0-10*2@10" },
	{ "ties", TYPE(EVENT_COUNT, GTE(3)), "a7 a7 a7", "7-7*3@7" },
	{ "ties at the edge", TYPE(EVENT_COUNT, GTE(4)), "a0 a0 a100 a100", "0-100*4@100" },
	{ "sliding, not in buckets", TYPE(EVENT_COUNT, GTE(4)), "a0 a90 a95 a105 a110", "90-110*4@110" },
	{ "more than", TYPE(EVENT_COUNT, { BOUND_GT, N(2) }), "a0 a1 a200 a201 a202", "200-202*3@202" },
	{ "range", TYPE(EVENT_COUNT, { BOUND_GT, N(1) }, { BOUND_LT, N(4) }), "a0 a1 a2 a3 a500 a501", "500-501*2@501" },
	{ "fewer than: whole windows only", TYPE(EVENT_COUNT, { BOUND_LT, N(3) }), "a0 a1 a2 a3 a500 a501", "500-501*2@501" },
	{ "equal", TYPE(EVENT_COUNT, { BOUND_EQ, N(2) }), "a0 a1 a2 a500 a600 a900", "500-600*2@600" },
	{ "not equal", TYPE(EVENT_COUNT, { BOUND_NEQ, N(1) }), "a0 a500 a501", "500-501*2@501" },

	{ "distinct values", TYPE(VALUE_COUNT, GTE(3)), "a0=1 a1=2 a2=2 a3=1 a99=3", "0-99*5@99" },
	{ "distinct values, one gone", TYPE(VALUE_COUNT, GTE(3)), "a0=1 a50=2 a101=3", "" },
	{ "distinct values, a second one stays", TYPE(VALUE_COUNT, GTE(3)), "a0=1 a50=2 a60=1 a101=3", "50-101*3@101" },

	{ "temporal", TYPE(TEMPORAL, GTE(3)), "c0 a50 b100", "0-100*3@100" },
	{ "temporal, one tick over", TYPE(TEMPORAL, GTE(3)), "c0 a50 b101", "" },
	{ "temporal, one missing", TYPE(TEMPORAL, GTE(3)), "a0 a1 b2 b3", "" },
	{ "temporal, two of three", TYPE(TEMPORAL, GTE(2)), "a0 a1 c2 c3", "0-3*4@2" },

	{ "ordered", TYPE(TEMPORAL_ORDERED, GTE(3)), "a0 b50 c100", "0-100*3@100" },
	{ "ordered, others between", TYPE(TEMPORAL_ORDERED, GTE(3)), "a0 c1 b2 a3 c4", "0-4*5@4" },
	{ "ordered, wrong order", TYPE(TEMPORAL_ORDERED, GTE(3)), "b0 a1 c2 a3 b4", "" },
	{ "ordered, one tick over", TYPE(TEMPORAL_ORDERED, GTE(3)), "a0 b50 c101", "" },
	{ "ordered, a later begin", TYPE(TEMPORAL_ORDERED, GTE(3)), "a0 a10 b50 c110", "10-110*3@110" },
	{ "ordered, the begin is before the middle", TYPE(TEMPORAL_ORDERED, GTE(3)), "a0 b50 a60 c110", "" },
	{ "ordered, ties are in any order", TYPE(TEMPORAL_ORDERED, GTE(3)), "c5 b5 a5", "5-5*3@5" },
	{ "ordered, a tie in the middle", TYPE(TEMPORAL_ORDERED, GTE(3)), "a0 c5 b5", "0-5*3@5" },

	{ "sum", TYPE(VALUE_SUM, GTE(10)), "a0=4 a50=5 a101=6", "50-101*2@101" },
	{ "sum of fractions", TYPE(VALUE_SUM, { BOUND_EQ, N(1) }), "a0=0.1 a1=0.2 a2=0.7", "0-2*3@2" },
	{ "sum with negatives", TYPE(VALUE_SUM, { BOUND_LT, N(0) }), "a0=5 a1=-7", "0-1*2@1" },
	{ "sum of the largest", TYPE(VALUE_SUM, { BOUND_GT, N(18446744073709551615ull) }),
		"a0=18446744073709551615 a1=0x1", "0-1*2@1" },
	{ "average", TYPE(VALUE_AVG, { BOUND_EQ, QUANTITY_ONE * 5 / 2 }), "a0=1 a1=4", "0-1*2@1" },
	{ "average, one tick over", TYPE(VALUE_AVG, GTE(4)), "a0=1 a101=4", "101-101*1@101" },
	{ "percentile", { .type = CORRELATION_VALUE_PERCENTILE, .member_count = MEMBERS, .timespan = SPAN, .percentile = 50,
		.bounds = { { BOUND_EQ, N(2) } }, .bound_count = 1 }, "a0=9 a1=1 a2=2 a3=3", "0-3*4@3" },
	{ "percentile 100", { .type = CORRELATION_VALUE_PERCENTILE, .member_count = MEMBERS, .timespan = SPAN,
		.percentile = 100, .bounds = { { BOUND_EQ, N(9) } }, .bound_count = 1 }, "a0=9 a1=1 a2=2 a3=-3", "0-3*4@3" },
	{ "median", TYPE(VALUE_MEDIAN, { BOUND_EQ, QUANTITY_ONE * 5 / 2 }), "a0=9 a1=1 a2=2 a3=3", "0-3*4@3" },
};

START_TEST(windows_fire)
{
	uint64_t cuts;
	struct heard heard = run(&cases[_i].c, cases[_i].events, 1000, &cuts);

	ck_assert_msg(strcmp(heard.text, cases[_i].fired) == 0, "%s: %s", cases[_i].name, heard.text);
	ck_assert_uint_eq(cuts, 0);
}
END_TEST

/* A full window is tested where it is cut; what does not fire goes on with the newest events. */
static const struct {
	const char *name;
	struct correlation c;
	const char *events, *fired;
	uint64_t cuts;
} full[] = {
	{ "fires early", TYPE(EVENT_COUNT, GTE(2)), "a0 a1 a2 a3 a4 a5", "0-3*4@1 4-5*2@5", 1 },
	{ "fits", TYPE(EVENT_COUNT, GTE(2)), "a0 a1 a2 a3", "0-3*4@1", 0 },
	{ "goes on", TYPE(TEMPORAL, GTE(2)), "a0 a1 a2 a3 a4 a5 b6", "3-6*4@6", 3 },
	{ "asks for more than can be held", TYPE(EVENT_COUNT, GTE(5)), "a0 a1 a2 a3 a4 a5", "", 2 },
};

START_TEST(windows_are_cut)
{
	uint64_t cuts;
	struct heard heard = run(&full[_i].c, full[_i].events, 4, &cuts);

	ck_assert_msg(strcmp(heard.text, full[_i].fired) == 0, "%s: %s", full[_i].name, heard.text);
	ck_assert_msg(cuts == full[_i].cuts, "%s: %llu", full[_i].name, (unsigned long long)cuts);
}
END_TEST

/* Long texts of events that have left the window take no room in it. */
START_TEST(bytes_of_the_dropped_go)
{
	static const struct correlation c = TYPE(TEMPORAL, GTE(2));
	static uint8_t large[40000];
	struct heard heard = { 0 };
	const struct window_listener listener = { &heard, hear };
	struct window *w = window_new(1000, 60000);
	struct err err = { 0 };

	ck_assert(window_begin(w, &c, &err));
	for (uint64_t i = 0; i < 20000; i++) {
		struct window_hit hit = { .time = i * 60 };

		ck_assert_msg(window_add(w, &hit, slice_from(large, i % 3 ? 8 : sizeof(large)), &listener, &err), "%s",
			err.text);
	}
	ck_assert_uint_eq(window_cuts(w), 0);
	window_free(w);
}
END_TEST

/* ---- oracle ---- */

/* The condition over events [from, to), read as it is written. */
static bool
obvious(const struct correlation *c, const struct window_hit *hits, size_t from, size_t to)
{
	size_t members = 0, distinct = 0, wanted = (size_t)(c->bounds[0].number / QUANTITY_ONE);
	quantity sum = 0;

	for (size_t i = from; i < to; i++) {
		bool seen_value = false, seen_member = false;

		for (size_t j = from; j < i; j++) {
			seen_value = seen_value || memcmp(hits[i].value, hits[j].value, WINDOW_KEY) == 0;
			seen_member = seen_member || hits[i].member == hits[j].member;
		}
		distinct += !seen_value;
		members += !seen_member;
		sum += quantity_decode(hits[i].value);
	}
	if (c->type == CORRELATION_EVENT_COUNT)
		return to - from >= wanted;
	if (c->type == CORRELATION_VALUE_COUNT)
		return distinct >= wanted;
	if (c->type == CORRELATION_TEMPORAL)
		return members >= wanted;
	if (c->type == CORRELATION_VALUE_SUM)
		return sum >= c->bounds[0].number;
	for (size_t x = from; x < to; x++)
		for (size_t y = from; y < to; y++)
			for (size_t z = from; z < to; z++)
				if (hits[x].member == 0 && hits[y].member == 1 && hits[z].member == 2 &&
					hits[x].time <= hits[y].time && hits[y].time <= hits[z].time)
					return true;
	return false;
}

static void
expect(const struct correlation *c, const struct window_hit *hits, size_t count, char *text, size_t room)
{
	size_t tested = 0, len = 0;

	text[0] = '\0';
	for (size_t from = 0; from < count;) {
		size_t to = from;

		while (to < count && hits[to].time - hits[from].time <= c->timespan)
			to++;
		if (to > tested && obvious(c, hits, from, to)) {
			len += (size_t)snprintf(text + len, room - len, "%s%llu-%llu*%zu", len ? " " : "",
				(unsigned long long)hits[from].time, (unsigned long long)hits[to - 1].time, to - from);
			from = to;
		} else {
			from++;
		}
		tested = to;
	}
}

START_TEST(random_events_against_the_oracle)
{
	static const enum correlation_type types[] = { CORRELATION_EVENT_COUNT, CORRELATION_VALUE_COUNT, CORRELATION_TEMPORAL,
		CORRELATION_TEMPORAL_ORDERED, CORRELATION_VALUE_SUM };
	unsigned seed = 20240305u + (unsigned)_i;
	struct correlation c = { .type = types[(size_t)_i % ARRAY_LEN(types)], .member_count = MEMBERS, .timespan = SPAN,
		.bounds = { GTE(3) }, .bound_count = 1 };
	struct window_hit hits[EVENTS];
	char events[EVENTS * 24] = "", wanted[4096];
	size_t len = 0;
	uint64_t time = 0, cuts;
	struct heard heard;
	char *at;

	c.bounds[0].number = N(c.type == CORRELATION_EVENT_COUNT ? 5 : c.type == CORRELATION_VALUE_SUM ? 9 : 3);
	srand(seed);
	for (size_t i = 0; i < EVENTS; i++) {
		int value = rand() % 6 - 1;

		time += rand() % 3 ? (uint64_t)(rand() % 60) : 0;
		hits[i] = (struct window_hit){ .time = time, .member = (uint32_t)(rand() % 5 % MEMBERS) };
		quantity_encode(N(value), hits[i].value);
		len += (size_t)snprintf(events + len, sizeof(events) - len, "%c%llu=%d ", 'a' + (int)hits[i].member,
			(unsigned long long)time, value);
	}
	expect(&c, hits, EVENTS, wanted, sizeof(wanted));
	heard = run(&c, events, 1000, &cuts);
	/* without the moments of reaching it, which the table above is for */
	for (at = heard.text; (at = strchr(at, '@'));) {
		size_t digits = strcspn(at, " ");

		memmove(at, at + digits, strlen(at + digits) + 1);
	}
	ck_assert_msg(strcmp(heard.text, wanted) == 0, "seed %u:\n%s\n%s", seed, heard.text, wanted);
}
END_TEST

/* ---- numbers ---- */

static const struct {
	const char *text, *shown; /* NULL: no number */
} numbers[] = { { "0", "0" }, { "-0", "0" }, { "12", "12" }, { "-3", "-3" }, { "0x10", "16" }, { "1.5", "1.5" },
	{ "-0.000001", "-0.000001" }, { "0.1", "0.1" }, { "18446744073709551615", "18446744073709551615" }, { "2e3", "2000" },
	{ " 7 ", "7" }, { "", NULL }, { "x", NULL }, { "1e99", NULL }, { "nan", NULL }, { "99999999999999999999", NULL } };

START_TEST(numbers_are_exact)
{
	quantity q = 0;
	char shown[QUANTITY_TEXT];
	uint8_t bytes[QUANTITY_LEN];
	bool is = quantity_parse(slice_from_text(numbers[_i].text), &q);

	ck_assert_msg(is == (numbers[_i].shown != NULL), "'%s'", numbers[_i].text);
	if (!is)
		return;
	ck_assert_uint_eq(quantity_text(q, shown), strlen(numbers[_i].shown));
	ck_assert_str_eq(shown, numbers[_i].shown);
	quantity_encode(q, bytes);
	ck_assert(quantity_decode(bytes) == q);
}
END_TEST

/* Whatever bytes a partial result holds, a full window of them can be added up. */
START_TEST(forged_numbers_can_be_added)
{
	static const struct {
		uint8_t first, rest;
		const char *shown;
	} forged[] = {
		{ 0x00, 0x00, "-18446744073709551615" }, { 0xFF, 0xFF, "18446744073709551615" },
		{ 0x00, 0xFF, "-18446744073709551615" }, { 0x80, 0x00, "0" }, { 0x90, 0x12, "18446744073709551615" },
	};

	for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
		uint8_t bytes[QUANTITY_LEN];
		char shown[QUANTITY_TEXT];
		quantity q, sum;

		memset(bytes, forged[i].rest, sizeof(bytes));
		bytes[0] = forged[i].first;
		q = quantity_decode(bytes);
		quantity_text(q, shown);
		ck_assert_str_eq(shown, forged[i].shown);
		ck_assert(!__builtin_mul_overflow(q, (quantity)LIMIT_WINDOW_HITS, &sum));
	}
}
END_TEST

START_TEST(bytes_are_in_the_order_of_numbers)
{
	static const char *const ascending[] = { "-18446744073709551615", "-2", "-1.5", "-0.000001", "0", "0.000001", "1",
		"300", "18446744073709551615" };
	uint8_t before[QUANTITY_LEN] = { 0 }, bytes[QUANTITY_LEN];
	quantity q;

	for (size_t i = 0; i < ARRAY_LEN(ascending); i++) {
		ck_assert(quantity_parse(slice_from_text(ascending[i]), &q));
		quantity_encode(q, bytes);
		ck_assert_msg(memcmp(before, bytes, QUANTITY_LEN) < 0, "%s", ascending[i]);
		memcpy(before, bytes, QUANTITY_LEN);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("window");
	TCase *tcase = tcase_create("windows");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, windows_fire, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, windows_are_cut, 0, ARRAY_LEN(full));
	tcase_add_test(tcase, bytes_of_the_dropped_go);
	tcase_add_loop_test(tcase, random_events_against_the_oracle, 0, 100);
	tcase_add_loop_test(tcase, numbers_are_exact, 0, ARRAY_LEN(numbers));
	tcase_add_test(tcase, forged_numbers_can_be_added);
	tcase_add_test(tcase, bytes_are_in_the_order_of_numbers);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
