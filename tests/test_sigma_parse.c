/* SPDX-License-Identifier: Apache-2.0 */
/* From a file's text to rules or reasons: every way a rule can be refused names its line and what is wrong. */
#include "tests/sigma_help.h"

#define HEAD "title: t\nlogsource: {product: windows}\n"
#define GOOD HEAD "detection:\n  s: {F: a}\n  condition: s\n"
#define ITEM(item) HEAD "detection:\n  s:\n    " item "\n  condition: s\n"
#define SOURCE(source) "title: t\nlogsource: " source "\ndetection: {s: {F: a}, condition: s}\n"

static const struct {
	const char *name, *text;
	enum rule_state state;
	unsigned line;
	const char *reason; /* part of it */
} cases[] = {
	{ "good", GOOD, RULE_READY, 1, "" },
	{ "no title", "logsource: {product: windows}\ndetection: {s: {F: a}, condition: s}\n", RULE_INVALID, 1, "no title" },
	{ "no logsource", "title: t\ndetection: {s: {F: a}, condition: s}\n", RULE_INVALID, 1, "logsource" },
	{ "empty logsource", SOURCE("{definition: x}"), RULE_INVALID, 2, "names no" },
	{ "no detection", HEAD, RULE_INVALID, 1, "no detection" },
	{ "no condition", HEAD "detection:\n  s: {F: a}\n", RULE_INVALID, 4, "no condition" },
	{ "no identifier", HEAD "detection:\n  condition: s\n", RULE_INVALID, 4, "no identifier" },
	{ "empty identifier", HEAD "detection:\n  s: {}\n  condition: s\n", RULE_INVALID, 4, "empty map" },
	{ "empty list", HEAD "detection:\n  s: []\n  condition: s\n", RULE_INVALID, 4, "empty list" },
	{ "null keyword", HEAD "detection:\n  s: [a, null]\n  condition: s\n", RULE_INVALID, 4, "null" },
	{ "map as value", ITEM("F: {a: b}"), RULE_INVALID, 5, "map" },
	{ "list in a list of values", ITEM("F: [[a]]"), RULE_INVALID, 5, "not a list in a list" },
	{ "map in a list of values", ITEM("F: [{a: b}]"), RULE_INVALID, 5, "needs quotes" },
	{ "unknown modifier", ITEM("F|containss: a"), RULE_INVALID, 5, "unknown modifier 'containss'" },
	{ "empty modifier", ITEM("F||contains: a"), RULE_INVALID, 5, "without a name" },
	{ "modifier in capitals", ITEM("F|Contains: a"), RULE_INVALID, 5, "write 'contains' in lower case" },
	{ "modifier of another tool", ITEM("F|equalsfield: a"), RULE_INVALID, 5, "Sigma's word is fieldref" },
	{ "near word", ITEM("F|regex: a"), RULE_INVALID, 5, "Sigma's word is re" },
	{ "contains twice", ITEM("F|contains|contains: a"), RULE_INVALID, 5, "says again" },
	{ "i and ignorecase", ITEM("F|re|i|ignorecase: a"), RULE_INVALID, 5, "says again" },
	{ "cased re", ITEM("F|re|cased: a"), RULE_INVALID, 5, "unless it has the flag i" },
	{ "re behind base64", ITEM("F|base64|re: a"), RULE_INVALID, 5, "'re' cannot stand behind 'base64': it must be the first" },
	{ "base64 behind contains", ITEM("F|contains|base64: a"), RULE_INVALID, 5, "encodings stand before" },
	{ "base64 behind contains and windash", ITEM("F|contains|windash|base64: a"), RULE_INVALID, 5, "cannot stand behind 'contains'" },
	{ "too many option signs to encode", ITEM("F|windash|base64: -a -b -c -d -e"), RULE_INVALID, 5, "more than 4 option signs" },
	{ "option signs and wildcards to encode", ITEM("F|windash|base64: -a*"), RULE_INVALID, 5, "wildcards" },
	{ "wide behind base64", ITEM("F|base64|wide: a"), RULE_INVALID, 5, "UTF-16 before base64" },
	{ "two base64offset", ITEM("F|base64offset|base64offset: abc"), RULE_INVALID, 5, "no encoding can follow" },
	{ "windash behind wide", ITEM("F|wide|windash: a"), RULE_INVALID, 5, "before the encodings" },
	{ "windash behind base64", ITEM("F|base64|windash: a"), RULE_INVALID, 5, "before the encodings" },
	{ "cidr behind contains", ITEM("F|contains|cidr: 10.0.0.0/8"), RULE_INVALID, 5, "must be the first" },
	{ "contains behind cidr", ITEM("F|cidr|contains: 10.0.0.0/8"), RULE_INVALID, 5, "'contains' cannot stand behind 'cidr'" },
	{ "lt behind contains", ITEM("F|contains|lt: 1"), RULE_INVALID, 5, "a number is compared" },
	{ "contains behind lt", ITEM("F|lt|contains: 1"), RULE_INVALID, 5, "cannot stand behind 'lt'" },
	{ "lt and gt", ITEM("F|gt|lt: 1"), RULE_INVALID, 5, "says again" },
	{ "exists and more", ITEM("F|exists|contains: true"), RULE_INVALID, 5, "only modifier" },
	{ "neq exists", ITEM("F|neq|exists: true"), RULE_INVALID, 5, "only modifier" },
	{ "exists all", ITEM("F|exists|all: true"), RULE_INVALID, 5, "only modifier" },
	{ "exists list", ITEM("F|exists: [true, false]"), RULE_INVALID, 5, "one value" },
	{ "fieldref behind re", ITEM("F|re|fieldref: a"), RULE_INVALID, 5, "'fieldref' cannot stand behind 're'" },
	{ "re behind fieldref", ITEM("F|fieldref|re: a"), RULE_INVALID, 5, "'re' cannot stand behind 'fieldref'" },
	{ "hour behind contains", ITEM("F|contains|hour: 3"), RULE_INVALID, 5, "as a time" },
	{ "contains behind hour", ITEM("F|hour|contains: 3"), RULE_INVALID, 5, "cannot stand behind 'hour'" },
	{ "two parts of a time", ITEM("F|hour|minute: 3"), RULE_INVALID, 5, "says again" },
	{ "hour out of range", ITEM("F|hour: 24"), RULE_INVALID, 5, "'hour' needs a whole number from 0 to 23" },
	{ "month 0", ITEM("F|month: 0"), RULE_INVALID, 5, "from 1 to 12" },
	{ "day in words", ITEM("F|day: monday"), RULE_INVALID, 5, "from 1 to 31" },
	{ "year with a fraction", ITEM("F|year: 2024.5"), RULE_INVALID, 5, "whole number" },
	{ "keyword hour", ITEM("'|hour': 3"), RULE_INVALID, 5, "needs a field" },
	{ "expand behind fieldref", ITEM("F|fieldref|expand: a"), RULE_INVALID, 5, "'expand' cannot stand behind" },
	{ "expand behind lt", ITEM("F|lt|expand: '%x%'"), RULE_INVALID, 5, "'expand' cannot stand behind 'lt'" },
	{ "bad expression", ITEM("F|re: 'a('"), RULE_INVALID, 5, "parenthes" },
	{ "re not first", ITEM("F|contains|re: a"), RULE_INVALID, 5, "'re'" },
	{ "i without re", ITEM("F|i: a"), RULE_INVALID, 5, "needs 're'" },
	{ "bad network", ITEM("F|cidr: 10.0.0.1/8"), RULE_INVALID, 5, "behind its prefix" },
	{ "no number", ITEM("F|lt: ten"), RULE_INVALID, 5, "no number" },
	{ "exists without boolean", ITEM("F|exists: a"), RULE_INVALID, 5, "true or false" },
	{ "exists without field", ITEM("'|exists': true"), RULE_INVALID, 5, "needs a field" },
	{ "encoded wildcard", ITEM("F|base64: 'a*'"), RULE_INVALID, 5, "wildcards" },
	{ "encoding behind contains", ITEM("F|contains|base64: a"), RULE_INVALID, 5, "'base64'" },
	{ "wide alone", ITEM("F|wide: a"), RULE_READY, 1, "" },
	{ "wide alone, not ASCII", ITEM("F|wide: \xC3\xA9"), RULE_UNSUPPORTED, 5, "put base64" },
	{ "byte order mark alone", ITEM("F|utf16: a"), RULE_UNSUPPORTED, 5, "put base64" },
	{ "fieldref wildcard", ITEM("F|fieldref: 'a*'"), RULE_INVALID, 5, "name of a field" },
	{ "null with contains", ITEM("F|contains: null"), RULE_INVALID, 5, "null" },
	{ "expand", ITEM("F|expand: '%x%'"), RULE_UNSUPPORTED, 5, "%x% has no values; --expand x=FILE" },
	{ "expand in a list", ITEM("F|expand: [a, '%y%']"), RULE_UNSUPPORTED, 5, "%y%" },
	{ "expand without placeholder", ITEM("F|expand: a%b"), RULE_READY, 1, "" },
	{ "hour", ITEM("F|hour: 3"), RULE_READY, 1, "" },
	{ "bad level", GOOD "level: severe\n", RULE_INVALID, 6, "level" },
	{ "bad status", GOOD "status: new\n", RULE_INVALID, 6, "status" },
	{ "bad id", GOOD "id: 12\n", RULE_INVALID, 6, "UUID" },
	{ "taxonomy", GOOD "taxonomy: ecs\n", RULE_UNSUPPORTED, 6, "taxonomy 'ecs'" },
	{ "linux", SOURCE("{product: linux}"), RULE_OTHER_PRODUCT, 2, "linux" },
	{ "no such category", SOURCE("{category: nothing, product: windows}"), RULE_UNSUPPORTED, 2, "category 'nothing'" },
	{ "no such service", SOURCE("{service: nothing, product: windows}"), RULE_UNSUPPORTED, 2, "service 'nothing'" },
	{ "duplicate key", GOOD "title: u\n", RULE_INVALID, 6, "twice" },
	{ "anchor", "title: &a t\n", RULE_UNSUPPORTED, 1, "anchor" },
	{ "no map", "- a\n", RULE_INVALID, 1, "not a map" },
	{ "no YAML", "title: 'x\n", RULE_INVALID, 2, "YAML" },
	{ "empty file", "", RULE_INVALID, 1, "no rule" },
	{ "comment alone", "# nothing\n", RULE_INVALID, 1, "no rule" },
};

START_TEST(rule_or_reason)
{
	struct ruleset *set = ruleset_new();
	const struct rule *rule;
	struct err err = { 0 };

	ck_assert(ruleset_add_text(set, SLICE("a.yml"), slice_from_text(cases[_i].text), &err));
	ck_assert(ruleset_close(set, &err));
	ck_assert_uint_eq(ruleset_count(set), 1);
	rule = ruleset_rule(set, 0);
	ck_assert_msg(rule->state == cases[_i].state, "%s: %s (%s)", cases[_i].name, rule_state_name(rule->state),
		rule->reason);
	ck_assert_msg(strstr(rule->reason, cases[_i].reason) != NULL, "%s: %s", cases[_i].name, rule->reason);
	ck_assert_msg(rule->line == cases[_i].line, "%s: line %u", cases[_i].name, rule->line);
	ck_assert_msg((rule->tree != NULL) == (rule->state == RULE_READY), "%s", cases[_i].name);
	ruleset_free(set);
}
END_TEST

START_TEST(every_prefix_is_taken)
{
	static const char text[] = GOOD "tags: [attack.t1059]\nlevel: high\n---\n" GOOD;
	struct err err = { 0 };

	for (size_t len = 0; len < sizeof(text); len++) {
		struct ruleset *set = ruleset_new();

		ck_assert(ruleset_add_text(set, SLICE("a.yml"), slice_from(text, len), &err));
		ck_assert(ruleset_close(set, &err));
		ck_assert_uint_ge(ruleset_count(set), 1);
		ruleset_free(set);
	}
}
END_TEST

static const char described[] =
	"title: A title\nid: 6F0B9E3C-6E7E-4B7E-9C0B-0F4E5C6A7B8D\nstatus: test\ndescription: |\n  two\n  lines\n"
	"references: [a, b]\nauthor: somebody\ndate: 2026-11-24\ntags:\n  - attack.execution\n  - attack.T1059.001\n"
	"  - attack.defense_evasion\n  - attack.stealth\n  - attack.defense-impairment\n  - attack.t1059\n"
	"  - attack.g0016\n  - cve.2020-1\nlogsource: {category: ps_script, product: windows}\n"
	"detection: {s: {F: a}, condition: s}\nfalsepositives: none\nlevel: critical\nevtriage_triage: look\n";

START_TEST(descriptions_are_kept)
{
	struct ruleset *set = ruleset_new();
	const struct rule *r;
	struct err err = { 0 };

	ck_assert(ruleset_add_text(set, SLICE("d.yml"), slice_from_text(described), &err));
	ck_assert(ruleset_close(set, &err));
	r = ruleset_rule(set, 0);
	ck_assert_msg(r->state == RULE_READY, "%s", r->reason);
	ck_assert(slice_eq(r->id, SLICE("6f0b9e3c-6e7e-4b7e-9c0b-0f4e5c6a7b8d")));
	ck_assert(slice_eq(r->description, SLICE("two\nlines\n")));
	ck_assert(slice_eq(r->note, SLICE("look")));
	ck_assert(slice_eq(r->category, SLICE("ps_script")));
	ck_assert_uint_eq(r->references.count, 2);
	ck_assert_uint_eq(r->false_positives.count, 1);
	ck_assert_uint_eq(r->tags.count, 8);
	ck_assert_int_eq(r->level, LEVEL_CRITICAL);
	ck_assert(slice_eq(r->tactics, SLICE("TA0002\0TA0005\0TA0112\0")));
	ck_assert(slice_eq(r->techniques, SLICE("T1059.001\0T1059\0")));
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma parse");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, rule_or_reason, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, every_prefix_is_taken);
	tcase_add_test(tc, descriptions_are_kept);
	suite_add_tcase(s, tc);
	return help_main(s);
}
