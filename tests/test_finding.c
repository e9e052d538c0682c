/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/finding.h"

#include "src/lib/digest.h"

#include <check.h>
#include <stdlib.h>

enum { ROOM = 1 << 20 };

static const char rule_text[] =
	"title: Who am I\n"
	"id: 11111111-2222-4333-8444-555555555555\n"
	"status: experimental\n"
	"tags:\n"
	"    - attack.discovery\n"
	"    - attack.t1033\n"
	"logsource:\n"
	"    product: windows\n"
	"    category: ps_script\n"
	"detection:\n"
	"    selection:\n"
	"        ScriptBlockText|contains: whoami\n"
	"    condition: selection\n"
	"level: high\n";

static struct ruleset *
rules_new(void)
{
	struct ruleset *rules = ruleset_new();
	struct err err = { 0 };

	ck_assert_ptr_nonnull(rules);
	ck_assert(ruleset_add_text(rules, SLICE("who.yml"), slice_from_text(rule_text), &err) &&
		ruleset_close(rules, &err));
	return rules;
}

/* A joined block of two parts, the first of which was also seen in another file. */
struct scene {
	struct subject_part parts[3];
	struct sigma_field fields[3], system[1];
	struct slice flags[1];
	struct subject subject;
	struct sigma_hit hits[3];
	struct sigma_result result;
};

static void
scene_init(struct scene *s, struct slice text)
{
	*s = (struct scene){
		.parts = { { .record_id = 10, .time = 2000, .offset = 512, .evidence = 1, .number = 1 },
			{ .record_id = 10, .time = 2000, .offset = 900, .evidence = 4, .number = 1 },
			{ .record_id = 11, .time = 1000, .offset = 600, .evidence = 1, .number = 2 } },
		.fields = { { .name = SLICE("MessageTotal"), .text = SLICE("2") },
			{ .name = SLICE("ScriptBlockText"), .text = text }, { .name = SLICE("Path"), .null = true } },
		.system = { { .name = SLICE("EventID"), .text = SLICE("4104") } },
		.flags = { SLICE("conflict") },
		.hits = { { 1, false, 0, 6 }, { 0, true, 0, 4 }, { 99, false, 0, 1 } },
		.result = { .verdict = VERDICT_MATCH, .hit_count = 3 },
	};
	s->result.hits = s->hits;
	s->subject = (struct subject){ .kind = SUBJECT_SCRIPT_BLOCK, .event = { .fields = s->fields, .field_count = 3,
		.system = s->system, .system_count = 1 }, .parts = s->parts, .part_count = 3, .text_field = 1,
		.flags = s->flags, .flag_count = 1 };
	s->subject.column[COLUMN_COMPUTER] = SLICE("HOST1");
	s->subject.column[COLUMN_TIMESTAMP] = SLICE("1601-01-01T00:00:00.0001000Z");
	s->subject.column[COLUMN_RECORD_IDS] = SLICE("10\0" "11\0");
	s->subject.column[COLUMN_OFFSET] = SLICE("512");
	s->subject.column[COLUMN_TEXT] = text;
}

static void
encode(struct scene *s, struct buf *out)
{
	struct ruleset *rules = rules_new();
	struct err err = { 0 };

	ck_assert_msg(finding_encode(&s->subject, &s->result, rules, NULL, out, &err), "%s", err.text);
	ruleset_free(rules);
}

#define TEXT "whoami \xC2\xB5"

/* Columns after the way there and back.  A list's items end with NULs, which `text` shows as ";". */
static const struct {
	enum column column;
	const char *text;
} column_cases[] = {
	{ COLUMN_LEVEL, "high" },
	{ COLUMN_VERDICT, "match" },
	{ COLUMN_RULE_TITLE, "Who am I" },
	{ COLUMN_RULE_ID, "11111111-2222-4333-8444-555555555555" },
	{ COLUMN_RULE_FILE, "who.yml" },
	{ COLUMN_TACTICS, "TA0007;" },
	{ COLUMN_TECHNIQUES, "T1033;" },
	{ COLUMN_COMPUTER, "HOST1" },
	{ COLUMN_TIMESTAMP, "1601-01-01T00:00:00.0001000Z" },
	{ COLUMN_RECORD_IDS, "10;11;" },
	{ COLUMN_OFFSET, "512" },
	{ COLUMN_TEXT, TEXT },
	{ COLUMN_MATCHED, "ScriptBlockText: whoami;EventID: 4104;" },
	{ COLUMN_VIEW, "raw" },
	{ COLUMN_DETAILS, "MessageTotal: 2 \xC2\xA6 ScriptBlockText: " TEXT " \xC2\xA6 Path: " },
	{ COLUMN_FLAGS, "conflict;" },
	{ COLUMN_EVIDENCE, "" },
};

START_TEST(test_column)
{
	struct finding finding;
	struct arena arena;
	struct scene scene;
	struct err err = { 0 };
	struct buf out, shown, details;
	struct ruleset *rules = rules_new();

	arena_init(&arena, ROOM);
	buf_init(&out, ROOM);
	buf_init(&shown, ROOM);
	buf_init(&details, ROOM);
	scene_init(&scene, SLICE(TEXT));
	encode(&scene, &out);
	ck_assert_msg(finding_decode(buf_view(&out), &arena, &finding, &err), "%s", err.text);
	ck_assert(finding_complete(&finding, rules, &arena, &details, &err));
	buf_append(&shown, finding.column[column_cases[_i].column]);
	for (size_t i = 0; i < shown.len; i++)
		shown.ptr[i] = shown.ptr[i] ? shown.ptr[i] : ';';
	ck_assert_msg(slice_eq(buf_view(&shown), slice_from_text(column_cases[_i].text)), "%s is '%.*s'",
		columns[column_cases[_i].column].name, SLICE_ARGS(buf_view(&shown)));
	buf_fini(&out);
	buf_fini(&shown);
	buf_fini(&details);
	arena_fini(&arena);
	ruleset_free(rules);
}
END_TEST

START_TEST(test_there_and_back)
{
	uint8_t digest[DIGEST_LEN];
	char text[DIGEST_TEXT];
	struct finding finding, peeked;
	struct arena arena;
	struct scene scene;
	struct err err = { 0 };
	struct buf out;

	arena_init(&arena, ROOM);
	buf_init(&out, ROOM);
	scene_init(&scene, SLICE(TEXT));
	encode(&scene, &out);
	ck_assert(finding_decode(buf_view(&out), &arena, &finding, &err));
	ck_assert_uint_eq(finding.time, 1000);
	ck_assert_uint_eq(finding.end_time, 2000);
	ck_assert_uint_eq(finding.part_count, 3);
	ck_assert_uint_eq(finding.parts[1].evidence, 4);
	ck_assert_uint_eq(finding.field_count, 3);
	ck_assert(finding.fields[2].null && !finding.fields[1].null && !finding.text_is_lossy);
	ck_assert_uint_eq(finding.hit_count, 2); /* the third led nowhere */
	ck_assert_uint_eq(finding.hits[0].len, 6);
	ck_assert_uint_eq(finding.hits[1].field, UINT32_MAX);
	ck_assert(slice_eq(finding.hits[1].name, SLICE("EventID")));
	ck_assert(digest_sha256(SLICE(TEXT), digest));
	digest_text(digest, text);
	ck_assert(slice_eq(finding.column[COLUMN_SCRIPT_SHA256], slice_from_text(text)));
	ck_assert(finding_peek(buf_view(&out), &arena, &peeked, &err));
	ck_assert_int_eq(memcmp(peeked.id, finding.id, sizeof(peeked.id)), 0);
	ck_assert_uint_eq(peeked.time, 1000);
	ck_assert_uint_eq(peeked.parts[2].offset, 600);
	ck_assert(slice_eq(peeked.column[COLUMN_COMPUTER], SLICE("HOST1")));
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

/* What the id depends on, and what it does not. */
static const struct {
	const char *name;
	size_t part_count;
	uint64_t record_id, offset;
	const char *text;
	bool same;
} id_cases[] = {
	{ "again", 3, 10, 512, TEXT, true },
	{ "other place", 3, 10, 4096, TEXT, true },
	{ "other record", 3, 9, 512, TEXT, false },
	{ "other text", 3, 10, 512, "whoami", false },
	{ "fewer parts", 2, 10, 512, TEXT, false },
};

START_TEST(test_id)
{
	struct finding first, second;
	struct arena arena;
	struct scene scene;
	struct err err = { 0 };
	struct buf a, b;

	arena_init(&arena, ROOM);
	buf_init(&a, ROOM);
	buf_init(&b, ROOM);
	scene_init(&scene, SLICE(TEXT));
	encode(&scene, &a);
	scene_init(&scene, slice_from_text(id_cases[_i].text));
	scene.parts[0].record_id = id_cases[_i].record_id;
	scene.parts[0].offset = id_cases[_i].offset;
	scene.subject.part_count = id_cases[_i].part_count;
	encode(&scene, &b);
	ck_assert(finding_decode(buf_view(&a), &arena, &first, &err));
	ck_assert(finding_decode(buf_view(&b), &arena, &second, &err));
	ck_assert_msg((memcmp(first.id, second.id, sizeof(first.id)) == 0) == id_cases[_i].same, "%s", id_cases[_i].name);
	buf_fini(&a);
	buf_fini(&b);
	arena_fini(&arena);
}
END_TEST

/* A lone surrogate and a NUL: flagged, hashed as what leaves the program, and no list is torn. */
START_TEST(test_odd_text)
{
	static const char odd[] = "\xED\xA0\xBD\0x";
	uint8_t digest[DIGEST_LEN];
	char text[DIGEST_TEXT];
	struct finding finding;
	struct arena arena;
	struct scene scene;
	struct err err = { 0 };
	struct buf out;

	arena_init(&arena, ROOM);
	buf_init(&out, ROOM);
	scene_init(&scene, slice_from(odd, sizeof(odd) - 1));
	scene.hits[0].len = sizeof(odd) - 1;
	scene.result.hit_count = 1;
	encode(&scene, &out);
	ck_assert(finding_decode(buf_view(&out), &arena, &finding, &err));
	ck_assert(finding.text_is_lossy);
	ck_assert(slice_eq(finding.column[COLUMN_FLAGS], SLICE("conflict\0lone-surrogate\0")));
	ck_assert(slice_eq(finding.column[COLUMN_MATCHED], SLICE("ScriptBlockText: \xED\xA0\xBD\xE2\x90\x80x\0")));
	ck_assert(digest_sha256(SLICE("\xEF\xBF\xBD\0x"), digest));
	digest_text(digest, text);
	ck_assert(slice_eq(finding.column[COLUMN_SCRIPT_SHA256], slice_from_text(text)));
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

START_TEST(test_long_match)
{
	struct finding finding;
	struct arena arena;
	struct scene scene;
	struct err err = { 0 };
	struct buf out, text, details;
	struct ruleset *rules = rules_new();

	arena_init(&arena, ROOM);
	buf_init(&out, ROOM);
	buf_init(&text, ROOM);
	buf_init(&details, ROOM);
	for (size_t i = 0; i < 6000; i++)
		buf_append_text(&text, "\xC2\xB5");
	scene_init(&scene, buf_view(&text));
	scene.hits[0] = (struct sigma_hit){ 1, false, 1000, SIZE_MAX };
	encode(&scene, &out);
	ck_assert(finding_decode(buf_view(&out), &arena, &finding, &err));
	ck_assert(finding_complete(&finding, rules, &arena, &details, &err));
	ck_assert_uint_eq(finding.hits[0].len, 11000); /* clipped to the text */
	ck_assert_uint_le(finding.column[COLUMN_MATCHED].len, 17 + 200 + 4 + strlen("EventID: 4104") + 1);
	ck_assert_uint_le(finding.column[COLUMN_DETAILS].len, 8000 + 100);
	ck_assert_uint_eq(finding.column[COLUMN_TEXT].len, 12000);
	buf_fini(&out);
	buf_fini(&text);
	buf_fini(&details);
	arena_fini(&arena);
	ruleset_free(rules);
}
END_TEST

/* A worker that lies: every prefix and every flipped bit gives a finding or ERR_FORMAT, and a finding is sound. */
START_TEST(test_damaged)
{
	struct finding finding;
	struct arena arena;
	struct scene scene;
	struct err err = { 0 };
	struct buf out, details;
	struct ruleset *rules = rules_new();

	arena_init(&arena, ROOM);
	buf_init(&out, ROOM);
	buf_init(&details, ROOM);
	scene_init(&scene, SLICE(TEXT));
	encode(&scene, &out);
	for (size_t len = 0; len < out.len; len++) {
		arena_reset(&arena);
		ck_assert(!finding_decode(slice_sub(buf_view(&out), 0, len), &arena, &finding, &err));
		ck_assert_int_eq(err.code, ERR_FORMAT);
	}
	for (size_t bit = 0; bit < out.len * 8; bit++) {
		out.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
		arena_reset(&arena);
		if (finding_decode(buf_view(&out), &arena, &finding, &err)) {
			if (finding.rule == 0)
				ck_assert(finding_complete(&finding, rules, &arena, &details, &err));
			for (size_t i = 0; i < finding.hit_count; i++)
				ck_assert(finding.hits[i].field == UINT32_MAX || finding.hits[i].start + finding.hits[i].len <=
					finding.fields[finding.hits[i].field].text.len);
			ck_assert(finding.text_field == UINT32_MAX || finding.text_field < finding.field_count);
			ck_assert(finding.verdict > VERDICT_NONE && finding.verdict <= VERDICT_MATCH);
		} else {
			ck_assert_int_eq(err.code, ERR_FORMAT);
		}
		out.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ruleset_free(rules);
	buf_fini(&details);
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("finding");
	TCase *tc = tcase_create("finding");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_column, 0, (int)ARRAY_LEN(column_cases));
	tcase_add_test(tc, test_there_and_back);
	tcase_add_loop_test(tc, test_id, 0, (int)ARRAY_LEN(id_cases));
	tcase_add_test(tc, test_odd_text);
	tcase_add_test(tc, test_long_match);
	tcase_add_test(tc, test_damaged);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
