/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text, good and bad, and the events that are read out of it. */
#include "base/attr.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "src/subject/json_event.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *text;
	const char *reason; /* NULL: good */
	enum json_kind kind;
	const char *value;
} values[] = {
	{ "null", NULL, JSON_NULL, "null" }, { " true ", NULL, JSON_BOOL, "true" }, { "-1.5e3", NULL, JSON_NUMBER, "-1.5e3" },
	{ "\"a\"", NULL, JSON_TEXT, "a" }, { "\"\"", NULL, JSON_TEXT, "" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", NULL, JSON_TEXT, "\"\\/\b\f\n\r\t" },
	{ "\"\\u0041\\u00e9\\ud83d\\ude00\"", NULL, JSON_TEXT, "A\xC3\xA9\xF0\x9F\x98\x80" },
	{ "\"\\ud83dx\"", NULL, JSON_TEXT, "\xED\xA0\xBDx" }, { "\"\\ud83d\\u0041\"", NULL, JSON_TEXT, "\xED\xA0\xBD" "A" },
	{ "[]", NULL, JSON_LIST, "" }, { "{ }", NULL, JSON_OBJECT, "" }, { "[1, [2], {\"a\": 3}]", NULL, JSON_LIST, "" },
	{ "", "no value", 0, NULL }, { "nul", "no value", 0, NULL }, { "1 2", "something follows", 0, NULL },
	{ "\"a", "not closed", 0, NULL }, { "\"\\x\"", "unknown escape", 0, NULL }, { "\"\\u12g4\"", "four hexadecimal", 0, NULL },
	{ "\"\\u12", "four hexadecimal", 0, NULL }, { "\"\\", "unknown escape", 0, NULL }, { "[1", "missing", 0, NULL },
	{ "[1,]", "no value", 0, NULL }, { "{\"a\"}", "':'", 0, NULL }, { "{a: 1}", "double quotes", 0, NULL },
	{ "{\"a\": 1,}", "double quotes", 0, NULL }, { "[1 2]", "','", 0, NULL }, { "}", "no value", 0, NULL },
};

START_TEST(value_is_read)
{
	const struct json_node *root = NULL;
	struct err err = { 0 };
	struct arena arena;
	bool good;

	arena_init(&arena, 1 << 20);
	good = json_parse(slice_from_text(values[_i].text), &arena, &root, &err);
	ck_assert_msg(good == !values[_i].reason, "%s: %s", values[_i].text, err.text);
	if (good) {
		ck_assert_int_eq(root->kind, values[_i].kind);
		ck_assert(slice_eq(root->text, slice_from_text(values[_i].value)));
	} else {
		ck_assert_msg(strstr(err.text, values[_i].reason) != NULL, "%s: %s", values[_i].text, err.text);
	}
	arena_fini(&arena);
}
END_TEST

START_TEST(bounds_hold)
{
	const struct json_node *root = NULL;
	size_t len = 2 * LIMIT_JSON_NODES + 16;
	char *text = malloc(len);
	struct err err = { 0 };
	struct arena arena;

	ck_assert_ptr_nonnull(text);
	arena_init(&arena, 1 << 30);
	memset(text, '[', LIMIT_JSON_DEPTH + 1);
	ck_assert(!json_parse(slice_from(text, LIMIT_JSON_DEPTH + 1), &arena, &root, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
	ck_assert(json_parse(slice_from(text, (size_t)LIMIT_JSON_DEPTH * 2), &arena, &root, &err));
	text[0] = '[';
	for (size_t i = 1; i < len; i++)
		text[i] = i % 2 ? '1' : ',';
	ck_assert(!json_parse(slice_from(text, len), &arena, &root, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	arena_fini(&arena);
	free(text);
}
END_TEST

#define SYSTEM "\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"P\"}},\"EventID\":{\"#attributes\":{\"Qualifiers\":0}," \
	"\"#text\":400},\"Channel\":\"C\",\"Computer\":\"H\",\"EventRecordID\":7,\"Level\":4,\"Keywords\":\"0x8020000000000000\"," \
	"\"TimeCreated\":{\"#attributes\":{\"SystemTime\":\"2024-01-02T03:04:05.5Z\"}},\"Execution\":{\"#attributes\":" \
	"{\"ProcessID\":12,\"ThreadID\":13}},\"Security\":{\"#attributes\":{\"UserID\":\"S-1-5-18\"}}}"

static const struct {
	const char *text, *fields; /* "name=text;", a field without value as "name!;" */
} events[] = {
	{ "{\"Event\":{" SYSTEM ",\"EventData\":{\"A\":\"x\",\"B\":1,\"C\":true,\"D\":null}}}", "A=x;B=1;C=true;D!;" },
	{ "{\"Event\":{" SYSTEM ",\"EventData\":{\"Data\":{\"#text\":[\"x\",\"y\"]},\"Binary\":\"00\"}}}",
		"Data=x;Data=y;Binary=00;" },
	{ "{\"Event\":{" SYSTEM ",\"EventData\":{\"Data\":[\"x\",\"y\"]}}}", "Data=x;Data=y;" },
	{ "{\"Event\":{" SYSTEM ",\"UserData\":{\"Op\":{\"#attributes\":{\"xmlns\":\"u\"},\"N\":\"x\",\"O\":{\"P\":\"y\"}}}}}",
		"N=x;P=y;" },
	{ "{\"Event\":{" SYSTEM ",\"EventData\":null}}", "EventData!;" },
	{ "{\"Event\":{" SYSTEM "}}", "" },
};

START_TEST(event_is_read)
{
	struct record_field *fields = NULL;
	struct record record;
	struct err err = { 0 };
	struct arena arena;
	char shown[512] = "";
	size_t count = 0, len = 0;

	arena_init(&arena, 1 << 20);
	ck_assert_msg(json_event_read(slice_from_text(events[_i].text), &arena, &record, &fields, &count, &err), "%s", err.text);
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(shown + len, sizeof(shown) - len, "%.*s%c%.*s;", SLICE_ARGS(fields[i].name),
			fields[i].null ? '!' : '=', SLICE_ARGS(fields[i].text));
	ck_assert_str_eq(shown, events[_i].fields);
	ck_assert(slice_eq(record.system.provider, SLICE("P")) && slice_eq(record.system.channel, SLICE("C")));
	ck_assert(slice_eq(record.system.computer, SLICE("H")) && slice_eq(record.system.user_sid, SLICE("S-1-5-18")));
	ck_assert(record.system.has.event_id && record.system.event_id == 400);
	ck_assert(record.system.has.record_id && record.system.record_id == 7);
	ck_assert(record.system.process_id == 12 && record.system.thread_id == 13 && record.system.level == 4);
	ck_assert_uint_eq(record.system.keywords, UINT64_C(0x8020000000000000));
	ck_assert(record.system.has.time);
	arena_fini(&arena);
}
END_TEST

START_TEST(flat_object_is_an_event)
{
	struct record_field *fields = NULL;
	struct record record;
	struct err err = { 0 };
	struct arena arena;
	size_t count = 0;

	arena_init(&arena, 1 << 20);
	ck_assert(json_event_read(SLICE("{\"EventID\": 1, \"Channel\": \"X\", \"Image\": \"a\"}"), &arena, &record, &fields, &count,
		&err));
	ck_assert_uint_eq(record.system.event_id, 1);
	ck_assert(slice_eq(record.system.channel, SLICE("X")));
	ck_assert_uint_eq(count, 3);
	ck_assert(!record.system.has.time && !record.system.has.record_id);
	ck_assert(!json_event_read(SLICE("[1]"), &arena, &record, &fields, &count, &err));
	ck_assert_int_eq(err.code, ERR_SYNTAX);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json event");
	TCase *tc = tcase_create("json");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, value_is_read, 0, (int)ARRAY_LEN(values));
	tcase_add_test(tc, bounds_hold);
	tcase_add_loop_test(tc, event_is_read, 0, (int)ARRAY_LEN(events));
	tcase_add_test(tc, flat_object_is_an_event);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
