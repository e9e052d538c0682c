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
	{ "base64", "F|base64: foobar", "Zm9vYmFy", true },
	{ "base64 minds case", "F|base64: foobar", "zm9vYmFy", false },
	{ "base64offset first", "F|base64offset|contains: foobar", "xxZm9vYmFyxx", true },
	{ "base64offset second", "F|base64offset|contains: foobar", "xZvb2Jhcx", true },
	{ "wide base64offset", "F|wide|base64offset|contains: foo", "YAbwBvA", true },
	{ "utf16le base64", "F|utf16le|base64: a", "YQA=", true },
	{ "utf16be base64", "F|utf16be|base64: a", "AGE=", true },
	{ "utf16 base64", "F|utf16|base64: a", "//5hAA==", true },
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
	suite_add_tcase(s, tc);
	return help_main(s);
}
