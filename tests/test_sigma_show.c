/* SPDX-License-Identifier: Apache-2.0 */
/* How rules are read, told apart from how they are matched: a detection and the tree it becomes, written by hand. */
#include "src/sigma/show.h"
#include "tests/sigma_help.h"

static const struct {
	const char *detection, *tree;
} cases[] = {
	/* shapes of identifiers */
	{ "s: {F: a}\ncondition: s", "s: F is \"a\"\ncondition: s\n" },
	{ "s: {F: a, G: b}\ncondition: s", "s: (F is \"a\" and G is \"b\")\ncondition: s\n" },
	{ "s: [{F: a}, {F: b, G: c}]\ncondition: s", "s: (F is \"a\" or (F is \"b\" and G is \"c\"))\ncondition: s\n" },
	{ "s: {F: [a, b]}\ncondition: s", "s: F is \"a\" | \"b\"\ncondition: s\n" },
	{ "s: {F|all: [a, b]}\ncondition: s", "s: F is \"a\" & \"b\"\ncondition: s\n" },
	{ "s: [a, b c]\ncondition: s", "s: keywords is \"*a*\" | \"*b c*\"\ncondition: s\n" },
	{ "s: a\ncondition: s", "s: keywords is \"*a*\"\ncondition: s\n" },
	{ "s: {'|all': [a, b]}\ncondition: s", "s: keywords is \"*a*\" & \"*b*\"\ncondition: s\n" },
	{ "s: [a, {F: b}]\ncondition: s", "s: (keywords is \"*a*\" or F is \"b\")\ncondition: s\n" },
	{ "s: {F|startswith: a, F|endswith: b}\ncondition: s", "s: (F is \"a*\" and F is \"*b\")\ncondition: s\n" },
	/* values */
	{ "s: {F: 'A*b?c'}\ncondition: s", "s: F is \"a*b?c\"\ncondition: s\n" },
	{ "s: {F: 'a\\*b'}\ncondition: s", "s: F is \"a*b\"\ncondition: s\n" },
	{ "s: {F|contains: '\\Temp\\'}\ncondition: s", "s: F is \"*\\temp\\*\"\ncondition: s\n" },
	{ "s: {F: '\\\\\\\\srv\\*'}\ncondition: s", "s: F is \"\\\\srv*\"\ncondition: s\n" },
	{ "s: {F: '*'}\ncondition: s", "s: F is \"*\"\ncondition: s\n" },
	{ "s: {F: ''}\ncondition: s", "s: F is \"\"\ncondition: s\n" },
	{ "s: {F|contains: '*x'}\ncondition: s", "s: F is \"*x*\"\ncondition: s\n" },
	{ "s: {F: [1, -2, 0x10, 1.5, '7']}\ncondition: s", "s: F is 1 | -2 | 16 | 1.5 | \"7\"\ncondition: s\n" },
	{ "s: {F: [null, '', true]}\ncondition: s", "s: F is null | \"\" | \"true\"\ncondition: s\n" },
	{ "s: {F: []}\ncondition: s", "s: F is null\ncondition: s\n" },
	/* modifiers */
	{ "s: {F|cased: aB}\ncondition: s", "s: F is \"aB\"c\ncondition: s\n" },
	{ "s: {F|contains|windash: ' -x a-b'}\ncondition: s", "s: F is \"* <dash>x a-b*\"\ncondition: s\n" },
	{ "s: {F|base64offset|contains: foobar}\ncondition: s",
		"s: F is (\"*Zm9vYmFy*\"c | \"*Zvb2Jhc*\"c | \"*mb29iYX*\"c)\ncondition: s\n" },
	{ "s: {F|wide|base64: a}\ncondition: s", "s: F is \"YQA=\"c\ncondition: s\n" },
	{ "s: {F|re|i: 'a.*'}\ncondition: s", "s: F is /a.*/\ncondition: s\n" },
	{ "s: {F|cidr: [10.0.0.0/8, '::1/128']}\ncondition: s", "s: F is network 10.0.0.0/8 | network ::1/128\ncondition: s\n" },
	{ "s: {F|gte: 5, G|lt: 2}\ncondition: s", "s: (F is >= 5 and G is < 2)\ncondition: s\n" },
	{ "s: {F|hour: [1, 2], G|month|gt: 6}\ncondition: s",
		"s: (F is hour = 1 | hour = 2 and G is month > 6)\ncondition: s\n" },
	{ "s: {F|neq: [a, b]}\ncondition: s", "s: F not \"a\" | \"b\"\ncondition: s\n" },
	{ "s: {F|exists: true, G|exists: false}\ncondition: s", "s: (F is present and G is absent)\ncondition: s\n" },
	{ "s: {F|fieldref: G, H|fieldref|startswith|cased: I}\ncondition: s",
		"s: (F is field G and H is field I* cased)\ncondition: s\n" },
	/* conditions */
	{ "a: {F: x}\nb: {F: y}\nc: {F: z}\ncondition: a or b and c",
		"a: F is \"x\"\nb: F is \"y\"\nc: F is \"z\"\ncondition: (a or (b and c))\n" },
	{ "a: {F: x}\nb: {F: y}\nc: {F: z}\ncondition: not a and b or c",
		"a: F is \"x\"\nb: F is \"y\"\nc: F is \"z\"\ncondition: ((not a and b) or c)\n" },
	{ "a: {F: x}\nb: {F: y}\ncondition: not (a and not b)",
		"a: F is \"x\"\nb: F is \"y\"\ncondition: not (a and not b)\n" },
	{ "a1: {F: x}\na2: {F: y}\n_a3: {F: z}\ncondition: 1 of a* or all of them",
		"a1: F is \"x\"\na2: F is \"y\"\n_a3: F is \"z\"\ncondition: ((a1 or a2) or (a1 and a2))\n" },
	{ "a: {F: x}\nb: {F: y}\ncondition: [a, not b]", "a: F is \"x\"\nb: F is \"y\"\ncondition: (a or not b)\n" },
	{ "a: {F: x}\nb: {F: y}\nc: {F: z}\ncondition: 2 of them",
		"a: F is \"x\"\nb: F is \"y\"\nc: F is \"z\"\ncondition: ((a and (b or c)) or (b and c))\n" },
};

START_TEST(rule_is_read)
{
	struct ruleset *set;
	char detection[1024];
	size_t len = 0;
	struct buf out;

	for (const char *c = cases[_i].detection; *c && len + 8 < sizeof(detection); c++) {
		if (c == cases[_i].detection || c[-1] == '\n')
			len += (size_t)snprintf(detection + len, sizeof(detection) - len, "    ");
		detection[len++] = *c;
	}
	detection[len] = '\0';
	set = help_rules(detection, "    product: windows");
	ck_assert_msg(ruleset_rule(set, 0)->state == RULE_READY, "%s: %s", cases[_i].detection, ruleset_rule(set, 0)->reason);
	buf_init(&out, 1 << 20);
	show_rule(ruleset_rule(set, 0), &out);
	buf_append_byte(&out, '\0');
	ck_assert_str_eq((const char *)out.ptr, cases[_i].tree);
	buf_fini(&out);
	ruleset_free(set);
}
END_TEST

/* What a source adds is a part of the condition. */
START_TEST(source_is_shown)
{
	struct ruleset *set = help_rules("    s: {F: a}\n    condition: s", "    category: registry_delete");
	struct buf out;

	buf_init(&out, 1 << 20);
	show_rule(ruleset_rule(set, 0), &out);
	buf_append_byte(&out, '\0');
	ck_assert_str_eq((const char *)out.ptr, "s: F is \"a\"\ncondition: (s and (not EventID is \"12\" or EventType is "
		"\"deletekey\" | \"deletevalue\") and (not EventID is \"4657\" or EventType is \"deletevalue\"))\n");
	buf_fini(&out);
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma show");
	TCase *tc = tcase_create("show");

	tcase_add_loop_test(tc, rule_is_read, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, source_is_shown);
	suite_add_tcase(s, tc);
	return help_main(s);
}
