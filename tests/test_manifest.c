/* SPDX-License-Identifier: Apache-2.0 */
/* More than a manifest holds: what does not fit is counted, list by list, and the rest is whole. */
#include "src/scan/manifest.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { ITEMS = 100, ROOM = 4 << 20 };

static size_t
count_of(struct slice text, const char *word)
{
	size_t count = 0;

	for (size_t at = 0; (at = slice_find(text, slice_from_text(word), at)) != SIZE_MAX; at++)
		count++;
	return count;
}

START_TEST(test_left_out)
{
	struct scan_summary summary = { .differences_left_out = 7 };
	struct manifest_run run = { .program = "p", .version = "v", .command = "scan", .summary = &summary };
	struct manifest m;
	struct buf out;

	manifest_init(&m);
	buf_init(&out, ROOM);
	m.files.items.max = m.notices.items.max = m.residue.items.max = m.differences.items.max = 8000;
	for (size_t i = 0; i < ITEMS; i++) {
		struct notice notice = { .kind = NOTICE_LOSS, .path = SLICE("a.evtx"), .reason = SLICE("a reason that takes some room, as reasons do") };

		manifest_add_file(&m, &(struct file_summary){ .path = SLICE("an input") });
		manifest_add_residue(&m, &(struct residue_summary){ .path = SLICE("some residue, of which there is a little") });
		manifest_add_notice(&m, &notice);
		manifest_add_difference(&m, &(struct opinion_difference){ .evidence = SLICE("a difference"), .ours = SLICE("x") });
	}
	ck_assert(m.files.left_out && m.residue.left_out && m.notices.left_out && m.differences.left_out);
	ck_assert(m.files.left_out < ITEMS && m.residue.left_out < ITEMS && m.notices.left_out < ITEMS && m.differences.left_out < ITEMS);
	manifest_write(&m, &run, &out);
	ck_assert(!out.failed);
	ck_assert_uint_eq(count_of(buf_view(&out), "\"Path\": \"an input\"") + count_of(buf_view(&out), "\"Path\":\"an input\"") + m.files.left_out, ITEMS);
	ck_assert_uint_eq(count_of(buf_view(&out), "some residue") + m.residue.left_out, ITEMS);
	ck_assert_uint_eq(count_of(buf_view(&out), "a reason that") + m.notices.left_out, ITEMS);
	ck_assert_uint_eq(count_of(buf_view(&out), "a difference") + m.differences.left_out, ITEMS);
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = { "Inputs", "Residue", "Notices", "Differences" };
		const uint64_t counts[] = { m.files.left_out, m.residue.left_out, m.notices.left_out, m.differences.left_out + 7 };
		char member[80];

		snprintf(member, sizeof(member), "\"%sLeftOut\": %llu", names[i], (unsigned long long)counts[i]);
		ck_assert_msg(count_of(buf_view(&out), member) == 1, "%s", member);
	}
	buf_fini(&out);
	manifest_fini(&m);
}
END_TEST

/* What only an event of another log tells of has no first record of 1601 and number 0, nor have records that say neither. */
START_TEST(test_channel_without_records)
{
	static const struct {
		struct channel_coverage c;
		size_t nulls;
	} rows[] = {
		{ { .cleared = 1 }, 4 },
		{ { .records = 1 }, 4 },
		{ { .records = 1, .last_time = 7 }, 2 },
		{ { .records = 1, .has_id = true }, 2 },
		{ { .records = 1, .has_id = true, .last_time = 7 }, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf out;
		struct json j = { .out = &out, .first = true };

		buf_init(&out, ROOM);
		json_begin(&j, NULL, '{');
		manifest_channel_members(&j, &rows[i].c);
		json_end(&j, '}');
		ck_assert_uint_eq(count_of(buf_view(&out), "null"), rows[i].nulls);
		buf_fini(&out);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("manifest");
	TCase *tcase = tcase_create("manifest");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_left_out);
	tcase_add_test(tcase, test_channel_without_records);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
