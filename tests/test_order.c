/* SPDX-License-Identifier: Apache-2.0 */
/* Rows come out in order with their copies, whatever order these came in and whether copies were told at once or not. */
#include "src/scan/order.h"

#include "base/attr.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 40, COPIES = 200, TEXT = 32 };

/* Copies of rows: the row decides time and id, every copy has a place of its own; a third is residue. */
static struct copy {
	unsigned row;
	struct order_place place;
	bool residual;
} copies[COPIES];

static void
make_copies(void)
{
	srand(11);
	for (size_t i = 0; i < COPIES; i++)
		copies[i] = (struct copy){ .row = (unsigned)rand() % ROWS, .place = { (unsigned)rand() % 3, 8 * i },
			.residual = rand() % 3 == 0 };
}

static void
shuffle(void)
{
	for (size_t i = COPIES - 1; i > 0; i--) {
		size_t other = (size_t)rand() % (i + 1);
		struct copy swap = copies[i];

		copies[i] = copies[other];
		copies[other] = swap;
	}
}

static void
add(struct order *o, const struct copy *copy)
{
	struct order_key key = { .time = 1000 - copy->row, .computer = SLICE("HOST"), .channel = SLICE("Security"),
		.record_id = copy->row, .evidence = copy->place.evidence, .offset = copy->place.offset,
		.rule = copy->row, .residual = copy->residual };
	char text[TEXT];
	struct err err = { 0 };
	int len = snprintf(text, sizeof(text), "%u@%u:%u", copy->row, copy->place.evidence, (unsigned)copy->place.offset);

	memset(key.id, (int)copy->row, sizeof(key.id));
	ck_assert(order_add(o, &key, slice_from(text, (size_t)len), &err));
}

/* All rows with places and sources, as text. */
static void
rows(size_t memory, struct buf *out)
{
	struct order o;
	struct order_row row;
	struct err err = { 0 };

	order_init(&o, memory, "/tmp");
	for (size_t i = 0; i < COPIES; i++)
		add(&o, &copies[i]);
	ck_assert(order_sort(&o, &err));
	while (order_next(&o, &row, &err)) {
		buf_append(out, row.bytes);
		for (size_t i = 0; i < row.source_count; i++)
			buf_printf(out, " %u:%u", row.sources[i].evidence, (unsigned)row.sources[i].offset);
		buf_append_byte(out, '\n');
	}
	ck_assert_int_eq(err.code, ERR_OK);
	order_fini(&o);
}

static int
by_place(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;

	if (x->row != y->row) /* times fall with the row */
		return x->row > y->row ? -1 : 1;
	if (x->residual != y->residual)
		return x->residual ? 1 : -1;
	if (x->place.evidence != y->place.evidence)
		return x->place.evidence < y->place.evidence ? -1 : 1;
	return x->place.offset < y->place.offset ? -1 : 1;
}

/* The same by hand. */
static void
expect(struct buf *out)
{
	struct copy sorted[COPIES];

	memcpy(sorted, copies, sizeof(sorted));
	qsort(sorted, COPIES, sizeof(*sorted), by_place);
	for (size_t i = 0; i < COPIES; i++) {
		const struct copy *c = &sorted[i];

		if (i && sorted[i - 1].row == c->row) {
			buf_printf(out, " %u:%u", c->place.evidence, (unsigned)c->place.offset);
			continue;
		}
		buf_printf(out, "%s%u@%u:%u", i ? "\n" : "", c->row, c->place.evidence, (unsigned)c->place.offset);
	}
	buf_append_byte(out, '\n');
}

START_TEST(test_copies_meet)
{
	struct buf expected, got;

	buf_init(&expected, 1 << 20);
	buf_init(&got, 1 << 20);
	make_copies();
	expect(&expected);
	for (int round = 0; round < 50; round++) {
		shuffle();
		buf_reset(&got);
		rows(round % 2 ? 1 << 20 : 100, &got);
		ck_assert_msg(slice_eq(buf_view(&got), buf_view(&expected)), "round %d:\n%.*s\nexpected:\n%.*s", round,
			SLICE_ARGS(buf_view(&got)), SLICE_ARGS(buf_view(&expected)));
	}
	buf_fini(&expected);
	buf_fini(&got);
}
END_TEST

/* A copy behind a row that is there costs its place alone. */
START_TEST(test_copies_are_small)
{
	static uint8_t bytes[100000];
	struct order_key key = { .id = { 1 }, .computer = SLICE("HOST") };
	struct err err = { 0 };
	struct order o;

	order_init(&o, 1 << 20, "/nonexistent");
	for (key.offset = 0; key.offset < 1000; key.offset++)
		ck_assert_msg(order_add(&o, &key, slice_from(bytes, sizeof(bytes)), &err), "%s", err.text);
	order_fini(&o);
}
END_TEST

/* What fits memory is sorted where it lies. */
START_TEST(test_rows_stay)
{
	static uint8_t bytes[100000];
	struct order_key key = { .computer = SLICE("HOST") };
	struct order_row row;
	struct err err = { 0 };
	struct order o;

	order_init(&o, 4 << 20, "/nonexistent");
	for (key.offset = 0; key.offset < 20; key.offset++) {
		key.id[0] = (uint8_t)key.offset;
		bytes[0] = (uint8_t)('a' + key.offset);
		ck_assert_msg(order_add(&o, &key, slice_from(bytes, sizeof(bytes)), &err), "%s", err.text);
	}
	ck_assert(order_sort(&o, &err));
	ck_assert_uint_lt(o.by_place.memory.used, sizeof(bytes));
	for (int i = 0; i < 20; i++) {
		ck_assert(order_next(&o, &row, &err));
		ck_assert_uint_eq(row.bytes.len, sizeof(bytes));
		ck_assert_int_eq(row.bytes.ptr[0], 'a' + i);
	}
	order_fini(&o);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("order");
	TCase *tc = tcase_create("order");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_copies_meet);
	tcase_add_test(tc, test_copies_are_small);
	tcase_add_test(tc, test_rows_stay);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
