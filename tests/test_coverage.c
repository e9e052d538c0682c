/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/coverage.h"

#include "base/limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 10, ROOM = 64 << 20 };

#define PS "Microsoft-Windows-PowerShell/Operational"
#define AUDIT "Microsoft-Windows-Security-Auditing"
#define SPAN " 1601-01-01T00:00:00.0000001Z\xE2\x80\x93" "1601-01-01T00:00:00.0000009Z"

struct row {
	const char *computer, *channel, *provider;
	uint32_t id;
	uint8_t level;
	uint64_t record_id, time;
	bool command_line;
	const char *names; /* the log that a 104 says was cleared */
};

static const struct {
	const char *name;
	struct row rows[MANY];
	uint64_t missing; /* of the first channel */
	const char *lines;
} cases[] = {
	{ "logging on", { { "B", PS, "P", 4104, 5, 10, 1, false, NULL }, { "B", PS, "P", 4104, 3, 11, 9, false, NULL } }, 0,
		"B: script-block logging on (2 records); no Security log; PowerShell/Operational" SPAN
		"\n" },
	{ "default only", { { "B", PS, "P", 4104, 3, 10, 1, false, NULL }, { "b", PS, "P", 40961, 4, 13, 9, false, NULL } }, 2,
		"B: script-block logging by default only: what PowerShell found suspicious (1 record); no Security log; "
		"PowerShell/Operational" SPAN ", 2 ids missing\n" },
	{ "off", { { "B", PS, "P", 40961, 4, 10, 1, false, NULL }, { "B", PS, "P", 40962, 4, 12, 9, false, NULL },
		{ "B", PS, "P", 40962, 4, 11, 5, false, NULL } }, 0,
		"B: script-block logging off, or no script block left in the log; no Security log; "
		"PowerShell/Operational" SPAN "\n" },
	{ "command lines", { { "B", "Security", AUDIT, 4688, 0, 1, 1, true, NULL },
		{ "B", "Security", AUDIT, 4688, 0, 2, 9, false, NULL } }, 0,
		"B: no PowerShell/Operational log; command lines audited (1 of 2 process creations); Security" SPAN "\n" },
	{ "no command lines, cleared", { { "B", "Security", AUDIT, 4688, 0, 1, 1, false, NULL },
		{ "B", "Security", "Microsoft-Windows-Eventlog", 1102, 4, 7, 9, false, NULL } }, 5,
		"B: no PowerShell/Operational log; command lines not audited (1 process creation); Security" SPAN
		", 5 ids missing, cleared 1 time\n" },
	{ "two computers, foreign 4104", { { "Z", "Application", "Microsoft-Windows-Winlogon", 4104, 4, 1, 1, false, NULL },
		{ "A", "System", "Microsoft-Windows-Eventlog", 104, 4, 1, 9, false, NULL } }, 0,
		"A: no PowerShell/Operational log; no Security log; System 1601-01-01T00:00:00.0000009Z"
		"\xE2\x80\x93" "1601-01-01T00:00:00.0000009Z, cleared 1 time\n"
		"Z: no PowerShell/Operational log; no Security log\n" },
	{ "no process creations", { { "B", "Security", AUDIT, 4624, 0, 1, 1, false, NULL }, { "B", "Security", AUDIT, 4625, 0, 2, 9, false, NULL } }, 0,
		"B: no PowerShell/Operational log; no process creations (4688) in the Security log; Security" SPAN "\n" },
	{ "another log cleared", { { "B", "System", "Microsoft-Windows-Eventlog", 104, 4, 1, 9, false, PS },
		{ "B", "System", "Microsoft-Windows-Eventlog", 104, 4, 1, 9, false, PS },
		{ "B", "System", "Microsoft-Windows-Eventlog", 104, 4, 2, 9, false, PS },
		{ "B", "System", "Microsoft-Windows-Eventlog", 104, 4, 1, 1, false, "Application" } }, 0,
		"B: no PowerShell/Operational log; no Security log; Application, cleared 1 time; PowerShell/Operational, cleared 2 times\n" },
	{ "copies of one event", { { "B", "Security", "Microsoft-Windows-Eventlog", 1102, 4, 7, 9, false, NULL },
		{ "b", "Security", "Microsoft-Windows-Eventlog", 1102, 4, 7, 9, false, NULL }, { "B", "Security", AUDIT, 4688, 0, 8, 1, true, NULL } }, 0,
		"B: no PowerShell/Operational log; command lines audited (1 of 1 process creation); Security" SPAN ", cleared 1 time\n" },
	{ "line ends in names make no lines", { { "A\nevtriage: evidence: 9 files\r\x1b[2K", PS, "P", 4104, 5, 10, 1, false, NULL },
		{ "A\nevtriage: evidence: 9 files\r\x1b[2K", PS, "P", 4104, 5, 11, 9, false, NULL } }, 0,
		"A\xE2\x90\x8A" "evtriage: evidence: 9 files\xE2\x90\x8D<U+001B>[2K: script-block logging on (2 records); no "
		"Security log; PowerShell/Operational" SPAN "\n" },
	{ "ids at the ends of the range", { { "B", PS, "P", 1, 4, UINT64_MAX, 1, false, NULL },
		{ "B", PS, "P", 1, 4, 0, 9, false, NULL }, { "B", PS, "P", 1, 4, UINT64_MAX - 1, 9, false, NULL } }, UINT64_MAX - 2,
		"B: script-block logging off, or no script block left in the log; no Security log; "
		"PowerShell/Operational" SPAN ", 18,446,744,073,709,551,613 ids missing\n" },
};

/* <Event><EventData><Data Name="CommandLine">x</Data></EventData></Event>, by hand. */
struct tree {
	struct node event, data_list, data, name, name_value, text;
};

#define UTF16(text) slice_from(u"" text, sizeof(u"" text) - 2)

static void
tree_init(struct tree *t)
{
	*t = (struct tree){
		.event = { .kind = NODE_ELEMENT, .name = UTF16("Event"), .children = &t->data_list },
		.data_list = { .kind = NODE_ELEMENT, .name = UTF16("EventData"), .children = &t->data },
		.data = { .kind = NODE_ELEMENT, .name = UTF16("Data"), .attributes = &t->name, .children = &t->text },
		.name = { .kind = NODE_ATTRIBUTE, .name = UTF16("Name"), .children = &t->name_value },
		.name_value = { .kind = NODE_VALUE, .value = { VALUE_STRING, UTF16("CommandLine") } },
		.text = { .kind = NODE_VALUE, .value = { VALUE_STRING, UTF16("x") } },
	};
}

static void
add_row(struct coverage *c, const struct row *row)
{
	struct record record = { .system = { .computer = slice_from_text(row->computer),
		.channel = slice_from_text(row->channel), .provider = slice_from_text(row->provider), .event_id = row->id,
		.level = row->level, .record_id = row->record_id, .time = row->time,
		.has = { .time = true, .record_id = true, .event_id = true, .level = true } } };
	struct err err = { 0 };
	struct tree tree;
	uint8_t units[256];

	tree_init(&tree);
	if (row->names) {
		tree.name_value.value.raw = UTF16("Channel");
		for (size_t i = 0; i < strlen(row->names); i++) {
			units[2 * i] = (uint8_t)row->names[i];
			units[2 * i + 1] = 0;
		}
		tree.text.value.raw = slice_from(units, 2 * strlen(row->names));
	}
	if (!row->command_line && !row->names)
		tree.text.value.raw = SLICE_EMPTY;
	record.tree = &tree.event;
	ck_assert(coverage_add(c, &record, &err));
}

static void
check(struct coverage *c, size_t row)
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	ck_assert(coverage_close(c, &err) && coverage_lines(c, &out, &err));
	ck_assert_msg(slice_eq(buf_view(&out), slice_from_text(cases[row].lines)), "%s: got '%.*s'", cases[row].name,
		SLICE_ARGS(buf_view(&out)));
	ck_assert_msg(coverage_at(c, 0)->missing_ids == cases[row].missing, "%s: missing", cases[row].name);
	buf_fini(&out);
}

START_TEST(test_lines)
{
	struct coverage *c = coverage_new();

	for (const struct row *row = cases[_i].rows; row->computer; row++)
		add_row(c, row);
	check(c, (size_t)_i);
	coverage_free(c);
}
END_TEST

/* A worker for each record, merged from the last to the first: the same. */
START_TEST(test_merged)
{
	struct coverage *one = coverage_new(), *all = coverage_new();
	struct err err = { 0 };
	size_t count = 0;
	struct buf out;

	buf_init(&out, ROOM);
	while (cases[_i].rows[count].computer)
		count++;
	while (count-- > 0) {
		coverage_reset(one);
		add_row(one, &cases[_i].rows[count]);
		buf_reset(&out);
		ck_assert(coverage_encode(one, &out, &err));
		ck_assert_msg(coverage_merge(all, buf_view(&out), &err), "%s", err.text);
	}
	check(all, (size_t)_i);
	buf_fini(&out);
	coverage_free(one);
	coverage_free(all);
}
END_TEST

/* The same file twice, and ids in an order that leaves many holes for a while. */
START_TEST(test_holes)
{
	struct coverage *c = coverage_new();
	struct err err;

	for (size_t turn = 0; turn < 2; turn++)
		for (uint64_t i = 0; i < 4000; i++)
			add_row(c, &(struct row){ "H", PS, "P", 1, 4, i * 1237 % 4001, 1, false, NULL });
	/* 4,000 of the 4,001 remainders: one is missing. */
	ck_assert(coverage_close(c, &err));
	ck_assert_uint_eq(coverage_count(c), 1);
	ck_assert_uint_eq(coverage_at(c, 0)->missing_ids, 1);
	ck_assert_uint_eq(coverage_at(c, 0)->different_ids, 4000);
	ck_assert_uint_eq(coverage_at(c, 0)->records, 8000);
	for (uint64_t i = 0; i < 5000; i++)
		add_row(c, &(struct row){ "H", PS, "P", 1, 4, 10000 + 2 * i, 1, false, NULL });
	ck_assert(coverage_close(c, &err));
	ck_assert_uint_eq(coverage_count(c), 1);
	ck_assert(coverage_at(c, 0)->ids_scattered);
	coverage_free(c);
}
END_TEST

/* Evidence that names a new computer in every record. */
START_TEST(test_many_computers)
{
	struct coverage *c = coverage_new();
	struct err err;
	char name[32];

	for (size_t i = 0; i < LIMIT_COVERAGE_KEYS + 1000; i++) {
		snprintf(name, sizeof(name), "HOST%zu", i);
		add_row(c, &(struct row){ name, PS, "P", 1, 4, 1, 1, false, NULL });
	}
	ck_assert(coverage_close(c, &err));
	ck_assert_uint_eq(coverage_count(c), LIMIT_COVERAGE_KEYS + 1);
	ck_assert(slice_eq(coverage_at(c, 0)->computer, SLICE("(others)")));
	ck_assert_uint_eq(coverage_at(c, 0)->records, 1000);
	coverage_free(c);
}
END_TEST

/* More clears than are told apart, each of them twice: at least as many as there were, at most as often as they were told. */
START_TEST(test_many_clears)
{
	struct coverage *c = coverage_new(), *merged = coverage_new();
	struct err err;
	struct buf out;

	buf_init(&out, ROOM);
	for (uint64_t i = 0; i < 2 * (uint64_t)LIMIT_COVERAGE_CLEARS; i++)
		add_row(c, &(struct row){ "H", "Security", "Microsoft-Windows-Eventlog", 1102, 4, i % LIMIT_COVERAGE_CLEARS, 1, false, NULL });
	ck_assert(coverage_close(c, &err));
	ck_assert_uint_eq(coverage_at(c, 0)->cleared, LIMIT_COVERAGE_CLEARS);
	add_row(c, &(struct row){ "H", "Security", "Microsoft-Windows-Eventlog", 1102, 4, 1, 2, false, NULL });
	add_row(c, &(struct row){ "H", "Security", "Microsoft-Windows-Eventlog", 1102, 4, 1, 2, false, NULL });
	ck_assert(coverage_encode(c, &out, &err));
	for (size_t turn = 0; turn < 2; turn++) /* what is told apart comes to nothing the second time */
		ck_assert(coverage_merge(merged, buf_view(&out), &err));
	ck_assert(coverage_close(merged, &err));
	ck_assert_uint_eq(coverage_at(merged, 0)->cleared, LIMIT_COVERAGE_CLEARS + 4);
	buf_fini(&out);
	coverage_free(c);
	coverage_free(merged);
}
END_TEST

START_TEST(test_damaged)
{
	struct coverage *c = coverage_new(), *other = coverage_new();
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	for (const struct row *row = cases[1].rows; row->computer; row++)
		add_row(c, row);
	ck_assert(coverage_encode(c, &out, &err));
	for (size_t len = 0; len < out.len; len++) {
		ck_assert(!coverage_merge(other, slice_sub(buf_view(&out), 0, len), &err));
		ck_assert_int_eq(err.code, ERR_FORMAT);
	}
	for (size_t bit = 0; bit < out.len * 8; bit++) {
		coverage_reset(other);
		out.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (!coverage_merge(other, buf_view(&out), &err))
			ck_assert_int_eq(err.code, ERR_FORMAT);
		out.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	buf_fini(&out);
	coverage_free(c);
	coverage_free(other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("coverage");
	TCase *tc = tcase_create("coverage");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_lines, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, test_merged, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, test_holes);
	tcase_add_test(tc, test_many_computers);
	tcase_add_test(tc, test_many_clears);
	tcase_add_test(tc, test_damaged);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
