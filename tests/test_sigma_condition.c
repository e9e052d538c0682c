/* SPDX-License-Identifier: Apache-2.0 */
/* The condition's grammar: against identifiers t1, t2 (true), f1, f2 (false), _hidden (true). */
#include "tests/sigma_help.h"

#define IDS "    t1: {F: x}\n    t2: {F: x}\n    f1: {F: y}\n    f2: {F: y}\n    _hidden: {F: x}\n    a-b.c: {F: x}\n"

enum outcome {
	NO,
	YES,
	BAD,     /* the rule is invalid */
	BEYOND,  /* unsupported */
};

static const struct {
	const char *condition;
	enum outcome outcome;
} cases[] = {
	{ "t1", YES }, { "f1", NO }, { "not f1", YES }, { "not t1", NO }, { "not not t1", YES },
	{ "t1 and f1", NO }, { "t1 or f1", YES }, { "f1 and f1 or t1", YES }, { "t1 or f1 and f1", YES },
	{ "(t1 or f1) and f1", NO }, { "not f1 and t1", YES }, { "not (f1 and t1)", YES }, { "not t1 or t2", YES },
	{ "((t1))", YES }, { "t1 AND NOT f1", YES }, { "t1\n        and\n        t2", YES },
	{ "1 of t*", YES }, { "any of t*", YES }, { "all of t*", YES }, { "all of f*", NO }, { "1 of f*", NO },
	{ "1 of *1", YES }, { "all of *1", NO }, { "1 of them", YES }, { "all of them", NO }, { "not 1 of f*", YES },
	{ "1 of t1", YES }, { "1 of _h*", YES }, { "1 of *hidden", BAD }, { "_hidden", YES }, { "a-b.c", YES },
	{ "t1 and not 1 of f* and not all of f*", YES }, { "1 of t* and all of t*", YES }, { "(1 of f*) or t1", YES },
	{ "[f1, t1]", YES }, { "[f1, f2]", NO }, { "''", BAD }, { "[]", BAD }, { "[[t1]]", BAD },
	{ "t3", BAD }, { "1 of x*", BAD }, { "t1 t2", BAD }, { "t1 and", BAD }, { "and t1", BAD }, { "(t1", BAD },
	{ "t1)", BAD }, { "()", BAD }, { "not", BAD }, { "t1 & t2", BAD }, { "1 of", BAD }, { "some of t*", BAD },
	{ "2 of t*", YES }, { "2 of f*", NO },
	{ "2 of them", YES }, { "4 of them", NO }, { "3 of *1", BAD }, { "2 of *", YES }, { "3 of *", YES }, { "4 of *", NO },
	{ "5 of *", NO }, { "not 4 of *", YES }, { "6 of *", BAD }, { "0 of t*", BAD }, { "02 of t*", BAD },
	{ "2 of t* and 2 of *1", NO }, { "99999999999999999999 of t*", BAD }, { "t1 | count() > 3", BEYOND }, { "\"t1 \\xE9\"", BAD },
};

START_TEST(condition_is_read)
{
	const struct help_field fields[HELP_FIELDS] = { { "F", "x" } };
	char detection[1024];
	struct ruleset *set;
	const struct rule *rule;
	struct help_event e;

	snprintf(detection, sizeof(detection), IDS "    condition: %s", cases[_i].condition);
	set = help_rules(detection, "    product: windows");
	rule = ruleset_rule(set, 0);
	if (cases[_i].outcome >= BAD) {
		ck_assert_msg(rule->state == (cases[_i].outcome == BAD ? RULE_INVALID : RULE_UNSUPPORTED), "%s: %s",
			cases[_i].condition, rule->reason);
		ck_assert_msg(rule->reason[0] && rule->line == 11, "%s: line %u", cases[_i].condition, rule->line);
	} else {
		ck_assert_msg(rule->state == RULE_READY, "%s: %s", cases[_i].condition, rule->reason);
		help_event_make(&e, fields, "Security", 1);
		ck_assert_msg(help_run(set, &e.event).told == (cases[_i].outcome == YES), "%s", cases[_i].condition);
	}
	ruleset_free(set);
}
END_TEST

/* depth parentheses around one name */
static enum rule_state
nested(size_t depth)
{
	char detection[2048] = "    t1: {F: x}\n    condition: ";
	size_t len = strlen(detection);
	struct ruleset *set;
	enum rule_state state;

	memset(detection + len, '(', depth);
	memcpy(detection + len + depth, "t1", 2);
	memset(detection + len + depth + 2, ')', depth);
	set = help_rules(detection, "    product: windows");
	state = ruleset_rule(set, 0)->state;
	ruleset_free(set);
	return state;
}

/* k of n identifiers of which the first m hold. */
static void
try_choice(size_t n, size_t m, size_t k)
{
	const struct help_field fields[HELP_FIELDS] = { { "F", "x" } };
	char detection[2048];
	struct ruleset *set;
	struct help_event e;
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(detection + len, sizeof(detection) - len, "    s%zu: {F: %s}\n", i, i < m ? "x" : "y");
	snprintf(detection + len, sizeof(detection) - len, "    condition: %zu of s*", k);
	set = help_rules(detection, "    product: windows");
	ck_assert_msg(ruleset_rule(set, 0)->state == RULE_READY, "%s", ruleset_rule(set, 0)->reason);
	ck_assert_int_eq(ruleset_rule(set, 0)->notices != NULL, k > 1);
	help_event_make(&e, fields, "Security", 1);
	ck_assert_msg(help_run(set, &e.event).told == (m >= k), "%zu of %zu, %zu hold", k, n, m);
	ruleset_free(set);
}

START_TEST(choices_are_counted)
{
	for (size_t m = 0; m <= (size_t)_i; m++)
		for (size_t k = 1; k <= (size_t)_i; k++)
			try_choice((size_t)_i, m, k);
}
END_TEST

START_TEST(depth_has_a_limit)
{
	ck_assert_int_eq(nested(LIMIT_CONDITION_DEPTH - 1), RULE_READY);
	ck_assert_int_eq(nested(LIMIT_CONDITION_DEPTH), RULE_INVALID);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma condition");
	TCase *tc = tcase_create("condition");

	tcase_add_loop_test(tc, condition_is_read, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, choices_are_counted, 1, 8);
	tcase_add_test(tc, depth_has_a_limit);
	suite_add_tcase(s, tc);
	return help_main(s);
}
