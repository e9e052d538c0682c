/* SPDX-License-Identifier: Apache-2.0 */
/* FILETIME to text and back, against known values and against libc's calendar. */
#include "base/attr.h"
#include "base/filetime.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define UNIX_EPOCH UINT64_C(116444736000000000)

static const struct known {
	const char *name, *text;
	uint64_t ticks;
} knowns[] = {
	{ "zero", "1601-01-01T00:00:00.0000000Z", 0 },
	{ "one tick", "1601-01-01T00:00:00.0000001Z", 1 },
	{ "Unix epoch", "1970-01-01T00:00:00.0000000Z", UNIX_EPOCH },
	{ "a leap day", "2024-02-29T23:59:59.9999999Z", UINT64_C(133537247999999999) },
	{ "the day after", "2024-03-01T00:00:00.0000000Z", UINT64_C(133537248000000000) },
	{ "no leap year", "1900-03-01T00:00:00.0000000Z", UINT64_C(94405824000000000) },
	{ "last with a text", "9999-12-31T23:59:59.9999999Z", UINT64_C(2650467743999999999) },
};

START_TEST(test_known)
{
	const struct known *t = &knowns[_i];
	char text[FILETIME_TEXT];
	uint64_t ticks = 7;

	ck_assert_uint_eq(filetime_text(t->ticks, text), strlen(t->text));
	ck_assert_msg(strcmp(text, t->text) == 0, "%s: %s", t->name, text);
	ck_assert_msg(filetime_parse(slice_from_text(t->text), &ticks) && ticks == t->ticks, "%s: back", t->name);
}
END_TEST

static const struct beyond {
	const char *text;
	uint64_t ticks;
} beyonds[] = {
	{ "0x24c85a5ed1c04000", UINT64_C(2650467744000000000) },
	{ "0x8000000000000000", UINT64_C(1) << 63 },
	{ "0xffffffffffffffff", UINT64_MAX },
};

START_TEST(test_beyond)
{
	char text[FILETIME_TEXT];

	ck_assert_uint_eq(filetime_text(beyonds[_i].ticks, text), 18);
	ck_assert_str_eq(text, beyonds[_i].text);
}
END_TEST

static const struct parse {
	const char *text;
	bool good;
	const char *means;
} parses[] = {
	{ "2024-01-02", true, "2024-01-02T00:00:00.0000000Z" },
	{ "2024-01-02Z", true, "2024-01-02T00:00:00.0000000Z" },
	{ "2024-01-02T03:04", true, "2024-01-02T03:04:00.0000000Z" },
	{ "2024-01-02T03:04:05", true, "2024-01-02T03:04:05.0000000Z" },
	{ "2024-01-02 03:04:05Z", true, "2024-01-02T03:04:05.0000000Z" },
	{ "2024-01-02T03:04:05.1Z", true, "2024-01-02T03:04:05.1000000Z" },
	{ "2024-01-02T03:04:05.123456789Z", true, "2024-01-02T03:04:05.1234567Z" },
	{ "2024-02-29", true, "2024-02-29T00:00:00.0000000Z" },
	{ "2023-02-29", false, NULL },
	{ "1900-02-29", false, NULL },
	{ "2000-02-29", true, "2000-02-29T00:00:00.0000000Z" },
	{ "1600-12-31", false, NULL },
	{ "2024-13-01", false, NULL },
	{ "2024-00-01", false, NULL },
	{ "2024-01-00", false, NULL },
	{ "2024-04-31", false, NULL },
	{ "2024-01-02T24:00:00", false, NULL },
	{ "2024-01-02T23:60:00", false, NULL },
	{ "2024-01-02T23:59:60", false, NULL },
	{ "2024-01-02T03:04:05.", false, NULL },
	{ "2024-01-02T03:04:05.1234567890", false, NULL },
	{ "2024-01-02T03:04:05+01:00", false, NULL },
	{ "2024-1-2", false, NULL },
	{ "2024-01-02x", false, NULL },
	{ "", false, NULL },
	{ "yesterday", false, NULL },
};

START_TEST(test_parse)
{
	const struct parse *t = &parses[_i];
	char text[FILETIME_TEXT];
	uint64_t ticks = 0;

	ck_assert_msg(filetime_parse(slice_from_text(t->text), &ticks) == t->good, "\"%s\"", t->text);
	if (!t->good)
		return;
	filetime_text(ticks, text);
	ck_assert_msg(strcmp(text, t->means) == 0, "\"%s\" is %s", t->text, text);
}
END_TEST

/* Every day from 1601 to 9999 against timegm(3). */
START_TEST(test_every_day)
{
	int last_month = 0;

	for (uint64_t day = 0;; day++) {
		uint64_t ticks = day * 86400 * 10000000 + 12345, back;
		char text[FILETIME_TEXT];
		struct tm tm = { 0 };
		time_t seconds;

		if (ticks >= UINT64_C(2650467744000000000))
			break;
		filetime_text(ticks, text);
		ck_assert_int_eq(sscanf(text, "%d-%d-%dT", &tm.tm_year, &tm.tm_mon, &tm.tm_mday), 3);
		last_month = tm.tm_mon;
		tm.tm_year -= 1900;
		tm.tm_mon--;
		seconds = timegm(&tm);
		ck_assert_msg((int64_t)seconds == (int64_t)(day * 86400) - INT64_C(11644473600), "%s", text);
		ck_assert_msg(filetime_parse(slice_from_text(text), &back) && back == ticks, "%s", text);
	}
	ck_assert_int_eq(last_month, 12);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("filetime");
	TCase *tc = tcase_create("filetime");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_known, 0, (int)ARRAY_LEN(knowns));
	tcase_add_loop_test(tc, test_beyond, 0, (int)ARRAY_LEN(beyonds));
	tcase_add_loop_test(tc, test_parse, 0, (int)ARRAY_LEN(parses));
	tcase_add_test(tc, test_every_day);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
