/* SPDX-License-Identifier: Apache-2.0 */
/* Three values over texts with gaps (\1 in the tables), which fields a name leads to, and the ranges of hits. */
#include "tests/sigma_help.h"

#define IS(item) "    s: {" item "}\n    condition: s"
#define NOT(item) "    s: {" item "}\n    condition: not s"

enum expect {
	NONE,
	OPEN, /* counted, not told */
	UNDECIDED,
	PARTIAL,
	MATCH,
};

static const struct {
	const char *name, *detection, *text;
	enum expect expect;
} cases[] = {
	{ "contains, found in a segment", IS("F|contains: bc"), "abcd\1x", MATCH },
	{ "contains, not found", IS("F|contains: zz"), "abcd\1x", OPEN },
	{ "contains, across the gap", IS("F|contains: dx"), "abcd\1x", OPEN },
	{ "not contains, not found", NOT("F|contains: zz"), "abcd\1x", PARTIAL },
	{ "not contains, found", NOT("F|contains: bc"), "abcd\1x", NONE },
	{ "startswith, start is there", IS("F|startswith: ab"), "abcd\1x", MATCH },
	{ "startswith, start differs", IS("F|startswith: zz"), "abcd\1x", NONE },
	{ "startswith, first part missing", IS("F|startswith: ab"), "\1abcd", OPEN },
	{ "startswith, goes on in the gap", IS("F|startswith: abcdef"), "abcd\1x", OPEN },
	{ "not startswith, start differs", NOT("F|startswith: zz"), "abcd\1x", MATCH },
	{ "endswith, end is there", IS("F|endswith: yx"), "abcd\1yx", MATCH },
	{ "endswith, end differs", IS("F|endswith: zz"), "abcd\1yx", NONE },
	{ "endswith, last part missing", IS("F|endswith: cd"), "abcd\1", OPEN },
	{ "endswith, begins in the gap", IS("F|endswith: dyx"), "abc\1yx", OPEN },
	{ "equal, agrees so far", IS("F: abxcd"), "ab\1cd", OPEN },
	{ "equal, start differs", IS("F: zbxcd"), "ab\1cd", NONE },
	{ "equal, end differs", IS("F: abxcz"), "ab\1cd", NONE },
	{ "equal, too long already", IS("F: ab"), "\1abab\1", NONE },
	{ "equal to nothing", IS("F: ''"), "a\1", NONE },
	{ "present", IS("F|contains: '*'"), "a\1", MATCH },
	{ "inner wildcard in one segment", IS("F|contains: 'a*c'"), "abc\1x", MATCH },
	{ "inner wildcard over the gap", IS("F|contains: 'a*x'"), "abc\1x", OPEN },
	{ "expression in a segment", IS("F|re: b.d"), "abcd\1x", MATCH },
	{ "expression over the gap", IS("F|re: c.*x"), "abcd\1x", OPEN },
	{ "no start of line at a gap", IS("F|re: ^x"), "abcd\1x", OPEN },
	{ "no end of line at a gap", IS("F|re: d$"), "abcd\1x", OPEN },
	{ "true end behind a gap", IS("F|re: x$"), "abcd\1x", MATCH },
	{ "absolute start at a gap", IS("F|re: '\\Ax'"), "abcd\1x", OPEN },
	{ "number", IS("F: 12"), "1\1", OPEN },
	{ "all, one found", IS("F|contains|all: [bc, zz]"), "abcd\1x", UNDECIDED },
	{ "all, both found", IS("F|contains|all: [bc, x]"), "abcd\1x", MATCH },
	{ "found and not filtered", "    a: {F|contains: bc}\n    b: {F|contains: zz}\n    condition: a and not b",
		"abcd\1x", PARTIAL },
	{ "found and filtered", "    a: {F|contains: bc}\n    b: {F|contains: x}\n    condition: a and not b", "abcd\1x",
		NONE },
	{ "either, one found", "    a: {F|contains: bc}\n    b: {F|contains: zz}\n    condition: a or b", "abcd\1x",
		MATCH },
	{ "not found, only a filter found", "    a: {F|contains: zz}\n    b: {F|contains: bc}\n    condition: a and not b",
		"abcd\1x", NONE },
	{ "open with a system field", "    a: {F|contains: zz, Computer|contains: pc1}\n    condition: a", "abcd\1x", OPEN },
	{ "open with a number", "    a: {F|contains: zz, EventID: 4104}\n    condition: a", "abcd\1x", OPEN },
	{ "neq", IS("F|contains|neq: zz"), "abcd\1x", PARTIAL },
	{ "keyword not found", "    k: [zz]\n    condition: k", "abcd\1x", OPEN },
	{ "keyword in system", "    k: [pc1]\n    condition: k", "abcd\1x", MATCH },
	{ "no gap: false is false", NOT("F|contains: zz"), "abcd", MATCH },
	{ "gap in both ends", IS("F|contains: bc"), "\1abcd\1", MATCH },
	{ "case beside a gap", IS("F|contains: '\xC3\xA4'"), "\xC3\x84\1\xC3\x84", MATCH },
};

START_TEST(three_values)
{
	static const enum verdict verdicts[] = { [NONE] = VERDICT_NONE, [OPEN] = VERDICT_NONE,
		[UNDECIDED] = VERDICT_UNDECIDED, [PARTIAL] = VERDICT_MATCH_ON_PARTIAL, [MATCH] = VERDICT_MATCH };
	const struct help_field fields[HELP_FIELDS] = { { "F", cases[_i].text } };
	struct help_outcome out = help_try(cases[_i].name, cases[_i].detection, fields);

	ck_assert_msg(out.verdict == verdicts[cases[_i].expect], "%s: verdict %d", cases[_i].name, (int)out.verdict);
	ck_assert_msg(out.open == (cases[_i].expect == OPEN), "%s: %zu open", cases[_i].name, out.open);
}
END_TEST

static const struct {
	const char *name, *detection;
	struct help_field fields[HELP_FIELDS];
	bool holds;
} lookups[] = {
	{ "exact before others", IS("Ab: x"), { { "ab", "y" }, { "Ab", "x" } }, true },
	{ "exact hides others", IS("Ab: y"), { { "ab", "y" }, { "Ab", "x" } }, false },
	{ "without blanks", IS("ThreatName: x"), { { "Threat Name", "x" } }, true },
	{ "without case", IS("SCRIPTBLOCKTEXT: x"), { { "ScriptBlockText", "x" } }, true },
	{ "several of a name", IS("Data: c"), { { "Data", "a" }, { "Data", "b" }, { "Data", "c" } }, true },
	{ "all over several", IS("'Data|contains|all': [a, c]"), { { "Data", "a" }, { "Data", "c" } }, true },
	{ "not over several", NOT("Data: b"), { { "Data", "a" }, { "Data", "b" } }, false },
	{ "payload hides system", IS("Computer|contains: pc1"), { { "Computer", "other" } }, false },
	{ "system where no payload", IS("Computer|contains: PC1"), { { "F", "" } }, true },
	{ "EventID is the system's", IS("EventID: 4104"), { { "EventID", "7" } }, true },
	{ "EventID of the payload is not seen", IS("EventID: 7"), { { "EventID", "7" } }, false },
	{ "EventID as text", IS("EventID: '4104'"), { { "F", "" } }, true },
	{ "no value is null", IS("F: null"), { { "F", NULL } }, true },
	{ "no value is there", IS("'F|exists': true"), { { "F", NULL } }, true },
	{ "no value is no text", IS("F: ''"), { { "F", NULL } }, false },
	{ "null among values", IS("F: null"), { { "F", "a" }, { "F", NULL } }, true },
	{ "negated and missing", NOT("X|contains: a"), { { "F", "a" } }, true },
	{ "keywords over fields", "    k: {'|all': [one, two]}\n    condition: k", { { "A", "one" }, { "B", "two" } }, true },
	{ "keyword with wildcard", "    k: ['o*e']\n    condition: k", { { "A", "xone" } }, true },
	{ "keyword is no name", "    k: [Secret]\n    condition: k", { { "Secret", "one" } }, false },
	{ "list of maps", "    s:\n      - A: x\n      - B: y\n    condition: s", { { "B", "y" } }, true },
	{ "mixed list", "    s:\n      - word\n      - B: y\n    condition: s", { { "A", "a word" } }, true },
};

START_TEST(names_lead_to_fields)
{
	struct help_outcome out = help_try(lookups[_i].name, lookups[_i].detection, lookups[_i].fields);

	ck_assert_msg(out.verdict == (lookups[_i].holds ? VERDICT_MATCH : VERDICT_NONE), "%s", lookups[_i].name);
}
END_TEST

static const struct {
	const char *name, *detection;
	struct help_field fields[HELP_FIELDS];
	const char *hits; /* field:start+len, s for system */
} hits[] = {
	{ "one", IS("F|contains: bc"), { { "F", "abcd" } }, "0:1+2 " },
	{ "in order, once each", "    s:\n      F|contains: [cd, ab]\n    t: {F|contains: ab}\n    condition: all of them",
		{ { "G", "" }, { "F", "abcd" } }, "1:0+2 1:2+2 " },
	{ "whole text", IS("F: abcd"), { { "F", "ABCD" } }, "0:0+4 " },
	{ "behind a shrunk letter", IS("F|contains: bc"), { { "F", "\xE2\x84\xAA" "aBC" } }, "0:4+2 " },
	{ "the shrunk letter itself", IS("F|contains: ak"), { { "F", "xA\xE2\x84\xAA" "y" } }, "0:1+4 " },
	{ "behind a grown letter", IS("F|contains: bc"), { { "F", "\xC8\xBA" "BC" } }, "0:2+2 " },
	{ "behind a gap and a shrunk letter", IS("F|contains: bc"), { { "F", "\xE2\x84\xAA\1\xE2\x84\xAA" "bc" } }, "0:6+2 " },
	{ "not the filter", "    a: {F|contains: a}\n    b: {F|contains: z}\n    condition: a and not b", { { "F", "abc" } },
		"0:0+1 " },
	{ "not the false branch", "    a: {F|contains|all: [a, z]}\n    b: {F|contains: c}\n    condition: a or b",
		{ { "F", "abc" } }, "0:2+1 " },
	{ "expression", IS("F|re: 'b+'"), { { "F", "abbc" } }, "0:1+2 " },
	{ "system", IS("Computer|startswith: pc1"), { { "F", "" } }, "s1:0+3 " },
	{ "presence has none", IS("F|exists: true"), { { "F", "abc" } }, "" },
};

START_TEST(hits_are_ranges)
{
	struct help_outcome out = help_try(hits[_i].name, hits[_i].detection, hits[_i].fields);
	char text[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < out.hit_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u:%zu+%zu ", out.hits[i].is_system ? "s" : "",
			out.hits[i].field, out.hits[i].start, out.hits[i].len);
	ck_assert_msg(strcmp(text, hits[_i].hits) == 0, "%s: %s", hits[_i].name, text);
}
END_TEST

START_TEST(hits_are_capped)
{
	static const struct help_field fields[HELP_FIELDS] = { { "F", "abcdefghijklmnopqrstuvwxyz0123456789" } };
	static char detection[8192];
	struct help_outcome out;
	size_t len = 0;

	len += (size_t)snprintf(detection, sizeof(detection), "    s:\n      F|contains:\n");
	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(detection + len, sizeof(detection) - len, "        - '%.*s'\n", 1 + i / 26,
			fields[0].text + i % 26);
	snprintf(detection + len, sizeof(detection) - len, "    condition: s");
	out = help_try("capped", detection, fields);
	ck_assert_int_eq(out.verdict, VERDICT_MATCH);
	ck_assert_uint_eq(out.hit_count, LIMIT_MATCHES);
}
END_TEST

static const struct {
	const char *name, *detection;
	enum verdict verdict;
	bool limit;
} limits[] = {
	{ "alone", IS("F|re: '^(a+)+$'"), VERDICT_NONE, true },
	{ "negated", NOT("F|re: '^(a+)+$'"), VERDICT_NONE, true },
	{ "decided by another", "    a: {F|re: '^(a+)+$'}\n    b: {F|contains: aa}\n    condition: a or b", VERDICT_MATCH, false },
	{ "refuted by another", "    a: {F|re: '^(a+)+$'}\n    b: {F|contains: zz}\n    condition: a and b", VERDICT_NONE, false },
};

START_TEST(limits_are_told)
{
	static char text[HELP_TEXT];
	struct help_field fields[HELP_FIELDS] = { { "F", text } };
	struct help_outcome out;

	memset(text, 'a', 300);
	text[300] = '!';
	out = help_try(limits[_i].name, limits[_i].detection, fields);
	ck_assert_msg(out.verdict == limits[_i].verdict, "%s", limits[_i].name);
	ck_assert_msg((out.limit[0] != '\0') == limits[_i].limit, "%s: '%s'", limits[_i].name, out.limit);
}
END_TEST

/* The plan asks the event, not each field: a gap in any of them must reach it, and stay. */
START_TEST(event_hears_of_gaps)
{
	static const size_t gaps[] = { 0, 3 };
	struct sigma_field fields[3] = { { .name = SLICE("A") }, { .name = SLICE("B"), .text = SLICE("abc") }, { .name = SLICE("C") } };
	struct sigma_event event = { .fields = fields, .field_count = ARRAY_LEN(fields) };

	sigma_event_gaps(&event, &fields[0], gaps, 0);
	ck_assert(!event.gapped);
	sigma_event_gaps(&event, &fields[1], gaps, ARRAY_LEN(gaps));
	ck_assert(event.gapped);
	ck_assert_ptr_eq(fields[1].gaps, gaps);
	ck_assert_uint_eq(fields[1].gap_count, ARRAY_LEN(gaps));
	sigma_event_gaps(&event, &fields[2], NULL, 0);
	ck_assert(event.gapped);
	ck_assert_uint_eq(fields[2].gap_count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma evaluate");
	TCase *tc = tcase_create("evaluate");

	tcase_add_loop_test(tc, three_values, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, names_lead_to_fields, 0, (int)ARRAY_LEN(lookups));
	tcase_add_loop_test(tc, hits_are_ranges, 0, (int)ARRAY_LEN(hits));
	tcase_add_test(tc, hits_are_capped);
	tcase_add_test(tc, event_hears_of_gaps);
	tcase_add_loop_test(tc, limits_are_told, 0, (int)ARRAY_LEN(limits));
	suite_add_tcase(s, tc);
	return help_main(s);
}
