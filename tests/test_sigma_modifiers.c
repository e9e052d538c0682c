/* SPDX-License-Identifier: Apache-2.0 */
/* Each modifier in a rule, against one field that fits and one that does not. */
#include "tests/sigma_help.h"

static const struct {
	const char *name, *item, *text; /* one item of the selection, the text of field F */
	bool holds;
} cases[] = {
	{ "equal without case", "F: AbC", "aBc", true },
	{ "equal is the whole text", "F: abc", "abcd", false },
	{ "cased", "F|cased: AbC", "aBc", false },
	{ "cased holds", "F|cased|contains: AbC", "xAbCx", true },
	{ "no trimming", "F|endswith: ' x'", "a x", true },
	{ "contains", "F|contains: bc", "aBCd", true },
	{ "contains with a last backslash", "F|contains: '\\Temp\\'", "C:\\temp\\x", true },
	{ "contains nothing: present", "F|contains: ''", "", true },
	{ "contains star: present", "F|contains: '*'", "x", true },
	{ "inner wildcard", "F|contains: 'a*b'", "xa..bx", true },
	{ "startswith", "F|startswith: 'C:\\'", "c:\\x", true },
	{ "startswith not inside", "F|startswith: b", "ab", false },
	{ "endswith", "F|endswith: '\\cmd.exe'", "C:\\CMD.EXE", true },
	{ "list is an or", "F|contains: [zz, b]", "abc", true },
	{ "all is an and", "F|contains|all: [a, zz]", "abc", false },
	{ "all holds", "F|all|contains: [c, a]", "abc", true },
	{ "re is unanchored", "F|re: 'b.d'", "abcde", true },
	{ "re minds case", "F|re: 'B.D'", "abcde", false },
	{ "re i", "F|re|i: 'B.D'", "abcde", true },
	{ "re leading flag", "F|re: '(?i)B.D'", "abcde", true },
	{ "re dot and line end", "F|re: 'a.b'", "a\nb", false },
	{ "re s", "F|re|s: 'a.b'", "a\nb", true },
	{ "re m", "F|re|m: '^b$'", "a\nb", true },
	{ "re without m", "F|re: '^b$'", "a\nb", false },
	{ "re i and s", "F|re|i|s: 'A.B'", "a\nb", true },
	{ "re keeps backslashes", "F|re: '\\\\x'", "\\x", true },
	{ "windash slash", "F|contains|windash: ' -enc '", "x /ENC y", true },
	{ "windash dash", "F|windash|contains: ' -enc '", "x \xE2\x80\x93" "enc y", true },
	{ "windash horizontal bar", "F|contains|windash: '/enc'", "\xE2\x80\x95" "enc", true },
	{ "windash other sign", "F|contains|windash: ' -enc '", "x +enc y", false },
	{ "windash all", "F|contains|all|windash: [' -a', ' /b']", "x /a -b", true },
	{ "windash base64", "F|windash|base64: '-enc'", "LWVuYw==", true },
	{ "windash base64 slash", "F|windash|base64: '-enc'", "L2VuYw==", true },
	{ "windash base64 em dash", "F|windash|base64: '/enc'", "4oCUZW5j", true },
	{ "windash base64 minds case", "F|windash|base64: '-enc'", "l2VuYw==", false },
	{ "windash base64 without an option sign", "F|windash|base64: 'a-b'", "YS9i", false },
	{ "windash base64 of two", "F|windash|base64: '-a /b'", "LWEg4oCUYg==", true },
	{ "windash base64offset", "F|windash|base64offset|contains: '-enc'", "x9lbmx", true },
	{ "windash base64offset en dash", "F|windash|base64offset|contains: '-enc'", "xigJNlbmx", true },
	{ "windash base64offset other sign", "F|windash|base64offset|contains: '+enc'", "x9lbmx", false },
	{ "windash wide base64", "F|windash|wide|base64: '-enc'", "EyBlAG4AYwA=", true },
	{ "windash wide base64offset", "F|windash|wide|base64offset|contains: 'x -a -b'", "eAAgABUgYQAgAC8AYg", true },
	{ "windash wide base64offset all", "F|all|windash|wide|base64offset|contains: ['x -a', ' -b']", "eAAgABUgYQAgAC8AYg", true },
	{ "base64", "F|base64: foobar", "Zm9vYmFy", true },
	{ "base64 minds case", "F|base64: foobar", "zm9vYmFy", false },
	{ "base64offset first", "F|base64offset|contains: foobar", "xxZm9vYmFyxx", true },
	{ "base64offset second", "F|base64offset|contains: foobar", "xZvb2Jhcx", true },
	{ "wide base64offset", "F|wide|base64offset|contains: foo", "YAbwBvA", true },
	{ "utf16le base64", "F|utf16le|base64: a", "YQA=", true },
	{ "utf16be base64", "F|utf16be|base64: a", "AGE=", true },
	{ "utf16 base64", "F|utf16|base64: a", "//5hAA==", true },
	{ "utf16le and base64offset", "F|utf16le|base64offset|contains: foo", "xZgBvAG8Ax", true },
	{ "base64 twice", "F|base64|base64: a", "WVE9PQ==", true },
	{ "cased wide base64", "F|cased|wide|base64: a", "YQA=", true },
	{ "re contains", "F|re|contains: 'b.d'", "abcde", true },
	{ "re startswith", "F|re|startswith: 'b|a'", "abc", true }, { "re startswith not inside", "F|re|startswith: 'b|c'", "abc", false },
	{ "re endswith", "F|re|endswith: 'x|c'", "abc", true }, { "re endswith not inside", "F|re|i|endswith: 'b'", "abc", false },
	{ "minute", "F|minute: 4", "2024-01-02T03:04:05.1234567Z", true },
	{ "hour", "F|hour: 3", "2024-01-02T03:04:05Z", true }, { "hour of Sysmon's time", "F|hour: 3", "2024-01-02 03:04:05.123", true },
	{ "hour list", "F|hour: [1, 2]", "2024-01-02T03:04:05Z", false }, { "hour lt", "F|hour|lt: 6", "2024-01-02T03:04:05Z", true },
	{ "hour gte", "F|hour|gte: 20", "2024-01-02T03:04:05Z", false }, { "hour neq", "F|hour|neq: 4", "2024-01-02T03:04:05Z", true },
	{ "day", "F|day: 2", "2024-01-02T03:04:05Z", true }, { "month", "F|month: 1", "2024-01-02", true },
	{ "year", "F|year: 2024", "2024-01-02", true }, { "year of no time", "F|year: 2024", "2024", false },
	{ "week 1 begins in the old year", "F|week: 1", "2024-12-30", true }, { "week 53", "F|week: 53", "2021-01-03", true },
	{ "week 1", "F|week: 1", "2021-01-04", true }, { "week 52", "F|week: 52", "2023-01-01", true },
	{ "system time", "Computer|hour: 1", "", false },
	{ "cidr", "F|cidr: 10.0.0.0/8", "10.1.2.3", true },
	{ "cidr list", "F|cidr: [192.168.0.0/16, 'fe80::/10']", "fe80::9", true },
	{ "cidr outside", "F|cidr: 10.0.0.0/8", "11.1.2.3", false },
	{ "lt", "F|lt: 10", "9", true }, { "lt equal", "F|lt: 10", "10", false },
	{ "lte", "F|lte: 10", "0xA", true }, { "gt", "F|gt: -3", "-2", true },
	{ "gte", "F|gte: 2.5", "2.5", true }, { "gt no number", "F|gt: 1", "many", false },
	{ "neq", "F|neq: a", "b", true }, { "neq equal", "F|neq: a", "A", false },
	{ "neq list is none of", "F|neq: [a, b]", "b", false },
	{ "neq all is not all of", "F|neq|contains|all: [a, b]", "a", true },
	{ "exists", "F|exists: true", "", true }, { "exists not", "F|exists: false", "", false },
	{ "another exists", "X|exists: false", "", true },
	{ "fieldref", "F|fieldref: G", "Value G", true }, { "fieldref cased", "F|fieldref|cased: G", "Value G", false },
	{ "fieldref startswith", "F|fieldref|startswith: G", "value gx", true },
	{ "fieldref endswith", "F|fieldref|endswith: G", "a value g", true },
	{ "fieldref contains", "F|contains|fieldref: G", "a value g b", true },
	{ "fieldref neq", "F|fieldref|neq: G", "other", true },
	{ "fieldref missing", "F|fieldref: X", "", false },
	{ "number", "F: 4104", "4104", true }, { "number in hex", "F: 999", "0x3e7", true },
	{ "number in hex rule", "F: 0x1F", "31", true }, { "number is not text", "F: 41", "4104", false },
	{ "quoted hex is text", "F: '0x3e7'", "0x3E7", true }, { "quoted number is text", "F: '999'", "0x3e7", false },
	{ "float", "F: 1.5", "1.50", true }, { "negative", "F: -1", "-1", true },
	{ "number with contains", "F|contains: 10", "4104", true },
	{ "boolean", "F: true", "True", true }, { "boolean false", "F: false", "true", false },
	{ "null", "F: null", "", false }, { "null elsewhere", "X: null", "", true }, { "empty list", "X: []", "", true },
	{ "null in a list", "X: [a, null]", "", true },
	{ "empty text", "F: ''", "", true }, { "empty text and a text", "F: ''", "x", false },
	{ "yes is text", "F: yes", "YES", true },
	{ "folding", "F|contains: '\xD0\x90\xD0\x91'", "x\xD0\xB0\xD0\xB1", true },
	{ "missing", "X: a", "a", false }, { "missing contains", "X|contains: ''", "a", false },
	{ "keyword in map", "'|contains': bc", "abcd", true }, { "keywords all", "'|all': [ab, example]", "abc", true },
	{ "keyword expression", "'|re': 'b+c'", "abbc", true },
};

/* UTF-16 without base64: NULs between the characters of the text. */
static const struct {
	const char *item;
	struct slice text;
	bool holds;
} wide_cases[] = {
	{ "F|wide: ab", { (const uint8_t *)"a\0b\0", 4 }, true },
	{ "F|utf16le: ab", { (const uint8_t *)"A\0B\0", 4 }, true },
	{ "F|cased|utf16le: ab", { (const uint8_t *)"A\0B\0", 4 }, false },
	{ "F|wide|contains: ab", { (const uint8_t *)"xa\0b\0x", 6 }, true },
	{ "F|utf16be|contains: ab", { (const uint8_t *)"x\0a\0bx", 6 }, true },
	{ "F|utf16be: ab", { (const uint8_t *)"a\0b\0", 4 }, false },
	{ "F|wide: ab", { (const uint8_t *)"ab", 2 }, false },
	{ "F|windash|wide: '-b'", { (const uint8_t *)"/\0b\0", 4 }, true },
	{ "F|windash|wide: '-b'", { (const uint8_t *)"\x13 b\0", 4 }, true },
};

START_TEST(wide_is_bytes)
{
	struct help_event e;
	const struct help_field fields[HELP_FIELDS] = { { "F", "" } };
	char detection[512];
	struct ruleset *set;

	snprintf(detection, sizeof(detection), "    s:\n        %s\n    condition: s", wide_cases[_i].item);
	set = help_rules(detection, "    product: windows");
	ck_assert_msg(ruleset_rule(set, 0)->state == RULE_READY, "%s", ruleset_rule(set, 0)->reason);
	help_event_make(&e, fields, "Security", 1);
	e.fields[0].text = wide_cases[_i].text;
	ck_assert_msg(help_run(set, &e.event).told == wide_cases[_i].holds, "%s", wide_cases[_i].item);
	ruleset_free(set);
}
END_TEST

/* %users% stands for a*, 50% and b; %hosts% for x and y. */
static const struct {
	const char *item, *text;
	bool holds;
} expand_cases[] = {
	{ "F|expand: '%users%'", "adm", true }, { "F|expand: '%users%'", "B", true }, { "F|expand: '%users%'", "c", false },
	{ "F|expand: '%users%'", "50%", true }, { "F|contains|expand: '%users%'", "cbc", true },
	{ "F|expand|contains: '%users%'", "cbc", true }, { "F|expand: '%hosts%\\%users%'", "y\\b", false },
	{ "F|expand: '%hosts%\\\\%users%'", "y\\b", true }, { "F|expand: '%hosts%\\\\%users%'", "z\\b", false },
	{ "F|expand: '\\%users\\%'", "%users%", true }, { "F|expand: '100%'", "100%", true },
	{ "F|contains|all|expand: ['%hosts%', '%users%']", "y b", true },
	{ "F|contains|all|expand: ['%hosts%', '%users%']", "y", false },
	{ "F|re|expand: '^%users%$'", "a*", true }, { "F|re|expand: '^%users%$'", "aa", false },
	{ "F|expand|base64: '%hosts%'", "eQ==", true }, { "F|expand|neq: '%users%'", "b", false },
	{ "F|cidr|expand: '%nets%'", "192.168.1.1", true }, { "F|cidr|expand: '%nets%'", "11.0.0.1", false },
	{ "F|contains|windash|expand: ' -%hosts%'", "z /x", true },
	{ "F|windash|expand|base64: '-%hosts%'", "L3k=", true },
};

START_TEST(placeholders_are_filled)
{
	static const char rule[] = "title: t\nlogsource: {product: windows}\ndetection:\n    s:\n        %s\n    condition: s\n";
	const struct help_field fields[HELP_FIELDS] = { { "F", expand_cases[_i].text } };
	struct ruleset *set = ruleset_new();
	struct help_event e;
	struct err err = { 0 };
	char text[512];

	snprintf(text, sizeof(text), rule, expand_cases[_i].item);
	ck_assert(ruleset_add_placeholder(set, SLICE("users"), SLICE("# accounts\na*\r\n\n50%\n  b  "), &err));
	ck_assert(ruleset_add_placeholder(set, SLICE("hosts"), SLICE("x\ny\n"), &err));
	ck_assert(ruleset_add_placeholder(set, SLICE("nets"), SLICE("10.0.0.0/8\n192.168.0.0/16\n"), &err));
	ck_assert(ruleset_add_text(set, SLICE("t.yml"), slice_from_text(text), &err) && ruleset_close(set, &err));
	ck_assert_msg(ruleset_rule(set, 0)->state == RULE_READY, "%s", ruleset_rule(set, 0)->reason);
	help_event_make(&e, fields, "Security", 1);
	ck_assert_msg(help_run(set, &e.event).told == expand_cases[_i].holds, "%s: %s", expand_cases[_i].item,
		expand_cases[_i].text);
	ruleset_free(set);
}
END_TEST

START_TEST(bad_placeholders_are_refused)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert(!ruleset_add_placeholder(set, SLICE("a b"), SLICE("x"), &err));
	ck_assert_int_eq(err.code, ERR_SYNTAX);
	ck_assert(!ruleset_add_placeholder(set, SLICE("a"), SLICE("# none\n\n"), &err));
	ck_assert_int_eq(err.code, ERR_SYNTAX);
	ruleset_free(set);
}
END_TEST

START_TEST(modifier_holds)
{
	const struct help_field fields[HELP_FIELDS] = { { "F", cases[_i].text }, { "G", "value g" } };
	char detection[512];
	struct help_outcome out;

	snprintf(detection, sizeof(detection), "    s:\n        %s\n    condition: s", cases[_i].item);
	out = help_try(cases[_i].name, detection, fields);
	ck_assert_msg(out.verdict == (cases[_i].holds ? VERDICT_MATCH : VERDICT_NONE), "%s", cases[_i].name);
	snprintf(detection, sizeof(detection), "    s:\n        %s\n    condition: not s", cases[_i].item);
	out = help_try(cases[_i].name, detection, fields);
	ck_assert_msg(out.verdict == (cases[_i].holds ? VERDICT_NONE : VERDICT_MATCH), "not: %s", cases[_i].name);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma modifiers");
	TCase *tc = tcase_create("modifiers");

	tcase_add_loop_test(tc, modifier_holds, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, wide_is_bytes, 0, (int)ARRAY_LEN(wide_cases));
	tcase_add_loop_test(tc, placeholders_are_filled, 0, (int)ARRAY_LEN(expand_cases));
	tcase_add_test(tc, bad_placeholders_are_refused);
	suite_add_tcase(s, tc);
	return help_main(s);
}
