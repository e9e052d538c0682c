/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that are not about single events: correlations, filters and collections, and how a closed set links
 * them. */
#include "src/sigma/correlation.h"

#include "tests/sigma_help.h"

#define ID "aaaaaaaa-0000-4000-8000-00000000000"
#define BASE(n) "title: base " n "\nid: " ID n "\nname: base_" n "\nlogsource: {product: windows, category: ps_script}\n" \
	"detection: {s: {F: '" n "'}, condition: s}\n---\n"
#define HEAD "title: c\nlevel: high\ncorrelation:\n"
#define COUNT HEAD "  type: event_count\n  rules: [base_1]\n"
/* A set of two base rules (lines 1 to 12) and the correlation that begins in line 13. */
#define WITH(text) BASE("1") BASE("2") text

static struct ruleset *
set_of(const char *text)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert_ptr_nonnull(set);
	ck_assert_msg(ruleset_add_text(set, SLICE("t.yml"), slice_from_text(text), &err), "%s", err.text);
	ck_assert_msg(ruleset_close(set, &err), "%s", err.text);
	return set;
}

static const struct {
	const char *name, *text;
	enum rule_state state;
	uint32_t line;
	const char *reason;
} documents[] = {
	{ "event_count", WITH(COUNT "  timespan: 10m\n  condition: {gte: 3}\n"), RULE_CORRELATION, 13, "" },
	{ "range", WITH(COUNT "  timespan: 1d\n  condition: {gt: 3, lte: 20}\n"), RULE_CORRELATION, 13, "" },
	{ "by id, in capitals", WITH(HEAD "  type: temporal\n  rules: ['AAAAAAAA-0000-4000-8000-000000000001', base_2]\n"
		"  timespan: 1h\n"), RULE_CORRELATION, 13, "" },
	{ "one rule as a text", WITH(HEAD "  type: event_count\n  rules: base_1\n  timespan: 1w\n  condition: {eq: 1}\n"),
		RULE_CORRELATION, 13, "" },
	{ "ordered", WITH(HEAD "  type: temporal_ordered\n  rules: [base_1, base_2]\n  timespan: 1M\n  group-by: F\n"),
		RULE_CORRELATION, 13, "" },
	{ "extended", WITH(HEAD "  type: temporal\n  rules: [base_1, base_2]\n  timespan: 1y\n"
		"  condition: base_1 and not base_2\n"), RULE_CORRELATION, 13, "" },
	{ "value_count, two fields", WITH(HEAD "  type: value_count\n  rules: [base_1]\n  timespan: 1s\n"
		"  condition: {gte: 2, field: [A, B]}\n"), RULE_CORRELATION, 13, "" },
	{ "percentile", WITH(HEAD "  type: value_percentile\n  rules: [base_1]\n  timespan: 1s\n"
		"  condition: {gte: 2.5, field: A, percentile: 95}\n"), RULE_CORRELATION, 13, "" },
	{ "aliases", WITH(HEAD "  type: temporal\n  rules: [base_1, base_2]\n  timespan: 1s\n  group-by: [u]\n"
		"  aliases: {u: {base_1: A, base_2: B}}\n"), RULE_CORRELATION, 13, "" },

	{ "no map", WITH(HEAD "  x\n"), RULE_INVALID, 16, "must be a map" },
	{ "no type", WITH(HEAD "  rules: [base_1]\n  timespan: 1s\n"), RULE_INVALID, 16, "no 'type'" },
	{ "unknown type", WITH(HEAD "  type: event-count\n  rules: [base_1]\n"), RULE_INVALID, 16, "'event-count'" },
	{ "no rules", WITH(HEAD "  type: temporal\n  timespan: 1s\n"), RULE_INVALID, 16, "no 'rules'" },
	{ "empty rules", WITH(HEAD "  type: temporal\n  rules: []\n  timespan: 1s\n"), RULE_INVALID, 17, "names no rule" },
	{ "no timespan", WITH(COUNT "  condition: {gte: 3}\n"), RULE_INVALID, 16, "no 'timespan'" },
	{ "no condition", WITH(COUNT "  timespan: 1s\n"), RULE_INVALID, 16, "no 'condition'" },
	{ "nothing compared", WITH(HEAD "  type: value_count\n  rules: [base_1]\n  timespan: 1s\n  condition: {field: A}\n"),
		RULE_INVALID, 19, "compares nothing" },
	{ "no unit", WITH(COUNT "  timespan: 10\n  condition: {gte: 3}\n"), RULE_INVALID, 18, "'10'" },
	{ "unit alone", WITH(COUNT "  timespan: m\n  condition: {gte: 3}\n"), RULE_INVALID, 18, "timespan" },
	{ "hexadecimal", WITH(COUNT "  timespan: 0x10m\n  condition: {gte: 3}\n"), RULE_INVALID, 18, "'0x10m'" },
	{ "zero", WITH(COUNT "  timespan: 0m\n  condition: {gte: 3}\n"), RULE_INVALID, 18, "above 0" },
	{ "negative", WITH(COUNT "  timespan: -1m\n  condition: {gte: 3}\n"), RULE_INVALID, 18, "above 0" },
	{ "too long", WITH(COUNT "  timespan: 18446744073709551615y\n  condition: {gte: 3}\n"), RULE_INVALID, 18,
		"longer than" },
	{ "no number", WITH(COUNT "  timespan: 1s\n  condition: {gte: many}\n"), RULE_INVALID, 19, "must be a number" },
	{ "unknown operator", WITH(COUNT "  timespan: 1s\n  condition: {ge: 3}\n"), RULE_INVALID, 19, "'ge'" },
	{ "unknown key", WITH(COUNT "  timespan: 1s\n  groupby: [F]\n  condition: {gte: 3}\n"), RULE_INVALID, 19,
		"'groupby'" },
	{ "field without use", WITH(COUNT "  timespan: 1s\n  condition: {gte: 3, field: A}\n"), RULE_INVALID, 19, "'field'" },
	{ "no field", WITH(HEAD "  type: value_sum\n  rules: [base_1]\n  timespan: 1s\n  condition: {gte: 3}\n"),
		RULE_INVALID, 19, "needs a 'field'" },
	{ "two fields for a sum", WITH(HEAD "  type: value_sum\n  rules: [base_1]\n  timespan: 1s\n"
		"  condition: {gte: 3, field: [A, B]}\n"), RULE_INVALID, 19, "one field" },
	{ "no percentile", WITH(HEAD "  type: value_percentile\n  rules: [base_1]\n  timespan: 1s\n"
		"  condition: {gte: 3, field: A}\n"), RULE_INVALID, 19, "needs 'percentile'" },
	{ "percentile of 0", WITH(HEAD "  type: value_percentile\n  rules: [base_1]\n  timespan: 1s\n"
		"  condition: {gte: 3, field: A, percentile: 0}\n"), RULE_INVALID, 19, "1 to 100" },
	{ "ordered with a number", WITH(HEAD "  type: temporal_ordered\n  rules: [base_1, base_2]\n  timespan: 1s\n"
		"  condition: {gte: 1}\n"), RULE_INVALID, 19, "in order" },
	{ "expression elsewhere", WITH(COUNT "  timespan: 1s\n  condition: base_1\n"), RULE_INVALID, 19, "temporal" },
	{ "expression over others", WITH(HEAD "  type: temporal\n  rules: [base_1]\n  timespan: 1s\n  condition: base_2\n"),
		RULE_INVALID, 19, "'base_2'" },
	{ "generate", WITH(COUNT "  timespan: 1s\n  generate: sometimes\n  condition: {gte: 3}\n"), RULE_INVALID, 19,
		"true or false" },
	{ "with a detection", WITH("title: c\ndetection: {s: {F: a}, condition: s}\ncorrelation: {}\n"), RULE_INVALID, 14,
		"'detection'" },
	{ "alias of another rule", WITH(COUNT "  timespan: 1s\n  group-by: [u]\n  aliases:\n    u:\n      base_2: A\n"
		"  condition: {gte: 3}\n"), RULE_INVALID, 22, "none of the correlation's rules" },
	{ "alias of no rule", WITH(COUNT "  timespan: 1s\n  group-by: [u]\n  aliases: {u: {nobody: A}}\n"
		"  condition: {gte: 3}\n"), RULE_INVALID, 20, "'nobody'" },
	{ "unknown reference", WITH(HEAD "  type: temporal\n  rules:\n    - base_1\n    - base_9\n  timespan: 1s\n"),
		RULE_INVALID, 19, "'base_9'" },
	{ "twice", WITH(HEAD "  type: temporal\n  rules:\n    - base_1\n    - " ID "1\n  timespan: 1s\n"), RULE_INVALID, 19,
		"twice" },
	{ "of itself", WITH("name: me\n" HEAD "  type: temporal\n  rules: [me]\n  timespan: 1s\n"), RULE_INVALID, 13,
		"in a circle" },
	{ "rule that does not run", "title: broken\nname: broken\nlogsource: {product: windows}\n"
		"detection: {s: {'F|no': a}, condition: s}\n---\n" HEAD "  type: temporal\n  rules: [broken]\n  timespan: 1s\n",
		RULE_INVALID, 10, "does not run" },
	{ "rule for another product", "title: other\nname: other\nlogsource: {product: linux}\n"
		"detection: {s: {F: a}, condition: s}\n---\n" HEAD "  type: temporal\n  rules: [other]\n  timespan: 1s\n",
		RULE_OTHER_PRODUCT, 10, "product 'linux'" },
	{ "two of that name", "title: a\nname: x\nlogsource: {product: windows}\ndetection: {s: {F: a}, condition: s}\n---\n"
		"title: b\nname: x\nlogsource: {product: windows}\ndetection: {s: {F: a}, condition: s}\n---\n"
		HEAD "  type: temporal\n  rules: [x]\n  timespan: 1s\n", RULE_INVALID, 15, "several" },

	{ "filter", WITH("title: f\nlogsource: {product: windows}\nfilter: {rules: any, s: {F: a}, condition: not s}\n"),
		RULE_FILTER, 13, "" },
	{ "filter by name", WITH("title: f\nlogsource: {product: windows}\n"
		"filter: {rules: [base_1], s: {F: a}, condition: not s}\n"), RULE_FILTER, 13, "" },
	{ "filter in part", WITH("title: f\nlogsource: {product: windows}\nfilter:\n"
		"  rules: [base_1, nobody]\n  s: {F: a}\n  condition: not s\n"), RULE_FILTER, 16, "'nobody'" },
	{ "filter for no rule", WITH("title: f\nlogsource: {product: windows}\nfilter:\n"
		"  rules: [nobody]\n  s: {F: a}\n  condition: not s\n"), RULE_UNSUPPORTED, 16, "'nobody'" },
	{ "filter for another source", WITH("title: f\nlogsource: {product: windows, category: ps_module}\nfilter:\n"
		"  rules: any\n  s: {F: a}\n  condition: not s\n"), RULE_UNSUPPORTED, 13, "fits no rule" },
	{ "filter for a rule of another source", WITH("title: f\nlogsource: {product: windows, category: ps_module}\n"
		"filter:\n  rules: base_1\n  s: {F: a}\n  condition: not s\n"), RULE_UNSUPPORTED, 16, "another log source" },
	{ "filter without rules", WITH("title: f\nlogsource: {product: windows}\nfilter: {s: {F: a}, condition: not s}\n"),
		RULE_INVALID, 15, "'rules'" },
	{ "filter without a source", WITH("title: f\nfilter: {rules: any, s: {F: a}, condition: not s}\n"), RULE_INVALID, 13,
		"the filter has no 'logsource'" },
	{ "filter without a condition", WITH("title: f\nlogsource: {product: windows}\nfilter: {rules: any, s: {F: a}}\n"),
		RULE_INVALID, 15, "no condition" },
	{ "filter with a bad condition", WITH("title: f\nlogsource: {product: windows}\n"
		"filter: {rules: any, s: {F: a}, condition: not t}\n"), RULE_INVALID, 15, "'t'" },
	{ "filter of another product", WITH("title: f\nlogsource: {product: linux}\n"
		"filter: {rules: any, s: {F: a}, condition: not s}\n"), RULE_OTHER_PRODUCT, 14, "linux" },

	{ "unknown action", WITH("action: again\n"), RULE_INVALID, 13, "'again'" },
	{ "nothing to repeat", "action: repeat\ntitle: x\n", RULE_INVALID, 1, "in front of it" },
	{ "escaped action", "title: x\n---\n\"\\x61ction\": repeat\n", RULE_INVALID, 3, "in front of it" },
};

START_TEST(documents_have_their_state)
{
	struct ruleset *set = set_of(documents[_i].text);
	const struct rule *rule = ruleset_rule(set, ruleset_count(set) - 1);

	ck_assert_msg(rule->state == documents[_i].state, "%s: %s: %s", documents[_i].name, rule_state_name(rule->state),
		rule->reason);
	ck_assert_msg(rule->line == documents[_i].line, "%s: line %u: %s", documents[_i].name, rule->line, rule->reason);
	ck_assert_msg(strstr(rule->reason, documents[_i].reason) != NULL, "%s: %s", documents[_i].name, rule->reason);
	ck_assert_msg(documents[_i].reason[0] || !rule->reason[0], "%s: %s", documents[_i].name, rule->reason);
	ruleset_free(set);
}
END_TEST

static const struct {
	const char *text;
	uint64_t seconds;
} timespans[] = { { "1s", 1 }, { "15m", 900 }, { "24h", 86400 }, { "7d", 604800 }, { "2w", 1209600 }, { "1M", 2629746 },
	{ "1y", 31556952 }, { "010s", 10 } };

START_TEST(timespans_are_ticks)
{
	char text[1024];
	struct ruleset *set;

	snprintf(text, sizeof(text), "%s  timespan: %s\n  condition: {gte: 3}\n", WITH(COUNT), timespans[_i].text);
	set = set_of(text);
	ck_assert_msg(ruleset_rule(set, 2)->correlation->timespan == timespans[_i].seconds * 10000000, "%s",
		timespans[_i].text);
	ruleset_free(set);
}
END_TEST

#define ON(name, members) "---\ntitle: " name "\nname: " name "\ncorrelation: {type: temporal, timespan: 1s, rules: " \
	members "}\n"

START_TEST(chains_have_levels)
{
	struct ruleset *set = set_of(BASE("1") ON("c", "[b, a]") ON("a", "[base_1]") ON("b", "[a, base_1]"));

	ck_assert_uint_eq(ruleset_rule(set, 1)->correlation->level, 2);
	ck_assert_uint_eq(ruleset_rule(set, 2)->correlation->level, 0);
	ck_assert_uint_eq(ruleset_rule(set, 3)->correlation->level, 1);
	ck_assert_uint_eq(ruleset_rule(set, 0)->feed_count, 2);
	ck_assert_uint_eq(ruleset_rule(set, 0)->feeds[1].correlation, 3);
	ck_assert_uint_eq(ruleset_rule(set, 0)->feeds[1].member, 1);
	ck_assert(ruleset_rule(set, 0)->silent && ruleset_rule(set, 2)->silent && !ruleset_rule(set, 1)->silent);
	ruleset_free(set);
}
END_TEST

START_TEST(circles_are_refused_and_the_others_run)
{
	struct ruleset *set = set_of(BASE("1") ON("a", "[c]") ON("b", "[a]") ON("c", "[base_1, b]") ON("d", "[c]")
		ON("e", "[base_1]"));

	for (size_t i = 1; i <= 3; i++)
		ck_assert_msg(strstr(ruleset_rule(set, i)->reason, "in a circle") != NULL, "%zu: %s", i,
			ruleset_rule(set, i)->reason);
	ck_assert_int_eq(ruleset_rule(set, 4)->state, RULE_INVALID);
	ck_assert_msg(strstr(ruleset_rule(set, 4)->reason, "does not run") != NULL, "%s", ruleset_rule(set, 4)->reason);
	ck_assert_int_eq(ruleset_rule(set, 5)->state, RULE_CORRELATION);
	ck_assert_uint_eq(ruleset_rule(set, 0)->feed_count, 1);
	ruleset_free(set);
}
END_TEST

/* c000 rests on c001, that on c002 ...: both ways round. */
static void
make_chain(char *text, size_t room, size_t count, bool backwards)
{
	size_t len = (size_t)snprintf(text, room, "%s", BASE("1"));

	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, room - len,
			"---\ntitle: x\nname: c%03zu\ncorrelation: {type: temporal, timespan: 1s, rules: [%s%03zu]}\n", i,
			backwards ? (i ? "c" : "base_1 #") : i + 1 < count ? "c" : "base_1 #", backwards ? i - 1 : i + 1);
}

START_TEST(depth_is_bounded)
{
	static char text[1 << 20];

	for (size_t count = LIMIT_CORRELATION_DEPTH; count < 2000; count += count == LIMIT_CORRELATION_DEPTH ? 1 : 900) {
		for (int backwards = 0; backwards < 2; backwards++) {
			struct ruleset *set;

			make_chain(text, sizeof(text), count, backwards);
			/* a comment ends the line: put the bracket back */
			for (char *at = text; (at = strstr(at, "base_1 #")); at += 8) {
				memcpy(at, "base_1]}", 8);
				for (char *rest = at + 8; *rest != '\n'; rest++)
					*rest = ' ';
			}
			set = set_of(text);
			ck_assert_uint_eq(ruleset_count_state(set, RULE_CORRELATION), LIMIT_CORRELATION_DEPTH);
			ck_assert_uint_eq(ruleset_count_state(set, RULE_INVALID), count - LIMIT_CORRELATION_DEPTH);
			ruleset_free(set);
		}
	}
}
END_TEST

START_TEST(findings_of_base_rules)
{
	struct ruleset *set = set_of(BASE("1") BASE("2") BASE("3")
		HEAD "  type: temporal\n  rules: [base_1, base_2]\n  timespan: 1s\n---\n"
		HEAD "  type: temporal\n  rules: [base_2]\n  timespan: 1s\n  generate: true\n---\n"
		HEAD "  type: temporal\n  rules: [base_3, nobody]\n  timespan: 1s\n");

	ck_assert_msg(ruleset_rule(set, 0)->silent, "left out for the correlation");
	ck_assert_msg(!ruleset_rule(set, 1)->silent, "one of two correlations generates");
	ck_assert_msg(!ruleset_rule(set, 2)->silent, "the correlation does not run");
	ruleset_free(set);
}
END_TEST

START_TEST(feeds_are_bounded)
{
	static char text[1 << 20];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", BASE("1") BASE("2"));
	struct ruleset *set;

	for (size_t i = 0; i < LIMIT_RULE_FEEDS + 2; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "title: x\nname: c%zu\n"
			"correlation: {type: temporal, timespan: 1s, rules: [base_1]}\n---\n", i);
	snprintf(text + len, sizeof(text) - len, "title: on\ncorrelation: {type: temporal, timespan: 1s, rules: [base_2, c%d]}\n",
		LIMIT_RULE_FEEDS + 1);
	set = set_of(text);
	ck_assert_uint_eq(ruleset_count_state(set, RULE_CORRELATION), LIMIT_RULE_FEEDS);
	ck_assert_uint_eq(ruleset_rule(set, 0)->feed_count, LIMIT_RULE_FEEDS);
	ck_assert_uint_eq(ruleset_rule(set, 1)->feed_count, 0);
	ck_assert(!ruleset_rule(set, 1)->silent);
	ck_assert_msg(strstr(ruleset_rule(set, LIMIT_RULE_FEEDS + 4)->reason, "more than 1000") != NULL, "%s",
		ruleset_rule(set, LIMIT_RULE_FEEDS + 4)->reason);
	ruleset_free(set);
}
END_TEST

/* ---- filters ---- */

#define RULE "title: r\nname: r\nlogsource: {product: windows, category: ps_script}\n" \
	"detection: {selection: {A: yes}, condition: 1 of selection*}\n---\n"
#define FILTER(rest) "title: f\nlogsource: {product: windows}\nfilter: " rest "\n---\n"

static const struct {
	const char *name, *text;
	bool plain, excluded; /* {A: yes} and {A: yes, B: x} */
} filters[] = {
	{ "none", RULE, true, true },
	{ "exclude", RULE FILTER("{rules: [r], selection: {B: x}, condition: not selection}"), true, false },
	{ "include", RULE FILTER("{rules: [r], selection: {B: x}, condition: selection}"), false, true },
	{ "any", RULE FILTER("{rules: any, selection: {B: x}, condition: not selection}"), true, false },
	{ "empty list", RULE FILTER("{rules: [], selection: {B: x}, condition: not selection}"), true, false },
	{ "own names stay apart", RULE FILTER("{rules: [r], selection_b: {B: x}, condition: not 1 of selection*}"), true,
		false },
	{ "two filters", RULE FILTER("{rules: [r], s: {B: y}, condition: not s}")
		FILTER("{rules: [r], s: {B: x}, condition: not s}"), true, false },
	{ "in front of the rule", FILTER("{rules: [r], s: {B: x}, condition: not s}") RULE, true, false },
	{ "for another rule", RULE FILTER("{rules: [q], s: {B: x}, condition: not s}"), true, true },
	{ "broken", RULE FILTER("{rules: [r], s: {'B|no': x}, condition: not s}"), true, true },
};

static bool
holds(const struct ruleset *set, const struct help_field *fields)
{
	struct help_event e;

	help_event_make(&e, fields, "Microsoft-Windows-PowerShell/Operational", 4104);
	return help_run(set, &e.event).told > 0;
}

START_TEST(filters_join_conditions)
{
	static const struct help_field plain[HELP_FIELDS] = { { "A", "yes" } };
	static const struct help_field excluded[HELP_FIELDS] = { { "A", "yes" }, { "B", "x" } };
	static const struct help_field other[HELP_FIELDS] = { { "A", "no" }, { "B", "x" } };
	struct ruleset *set = set_of(filters[_i].text);

	ck_assert_msg(holds(set, plain) == filters[_i].plain, "%s: plain", filters[_i].name);
	ck_assert_msg(holds(set, excluded) == filters[_i].excluded, "%s: excluded", filters[_i].name);
	ck_assert_msg(!holds(set, other), "%s: other", filters[_i].name);
	ruleset_free(set);
}
END_TEST

START_TEST(too_many_filters_are_refused)
{
	static char text[1 << 20];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", RULE);
	struct ruleset *set;

	for (size_t i = 0; i < LIMIT_FILTERS + 5; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
			FILTER("{rules: any, s: {B: x}, condition: not s}"));
	set = set_of(text);
	ck_assert_uint_eq(ruleset_count_state(set, RULE_FILTER), LIMIT_FILTERS);
	ck_assert_uint_eq(ruleset_count_state(set, RULE_INVALID), 5);
	ruleset_free(set);
}
END_TEST

/* ---- collections ---- */

static const struct {
	const char *name, *text;
	const char *titles; /* of the rules that run, with ids' last digit where they have one */
} collections[] = {
	{ "plain documents", BASE("1") BASE("2"), "base 1=1 base 2=2 " },
	{ "global", "action: global\ntitle: g\nid: " ID "1\nlogsource: {product: windows}\n---\n"
		"detection: {s: {F: a}, condition: s}\n---\nlevel: low\ndetection: {s: {F: b}, condition: s}\n", "g=1 g " },
	{ "the template wins", "action: global\ntitle: g\nlogsource: {product: windows}\n---\ntitle: own\n"
		"detection: {s: {F: a}, condition: s}\n", "g " },
	{ "maps are merged", "action: global\ntitle: g\ndetection: {condition: s}\n---\nlogsource: {product: windows}\n"
		"detection: {s: {F: a}}\n", "g " },
	{ "reset", "action: global\ntitle: g\nlogsource: {product: windows}\n---\naction: reset\n---\ntitle: own\n"
		"logsource: {product: windows}\ndetection: {s: {F: a}, condition: s}\n", "own " },
	{ "repeat", BASE("1") "action: repeat\ntitle: again\ndetection: {s: {F: z}}\n---\n"
		"action: repeat\nid: " ID "7\n", "base 1=1 again again=7 " },
	{ "a template alone is no rule", "action: global\ntitle: g\n", "" },
	{ "correlations and filters get no template", "action: global\nlevel: low\ndetection: {x: {F: a}}\n---\n" BASE("1")
		ON("c", "[base_1]") "---\ntitle: f\nlogsource: {product: windows}\n"
		"filter: {rules: any, s: {F: a}, condition: not s}\n", "base 1=1 c f " },
};

START_TEST(collections_make_rules)
{
	struct ruleset *set = set_of(collections[_i].text);
	char got[256] = "";

	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *rule = ruleset_rule(set, i);
		size_t len = strlen(got);

		if (rule->state == RULE_INVALID)
			continue;
		snprintf(got + len, sizeof(got) - len, "%.*s%s%.*s ", SLICE_ARGS(rule->title), rule->id.len ? "=" : "",
			SLICE_ARGS(slice_sub(rule->id, 35, 1)));
	}
	ck_assert_msg(strcmp(got, collections[_i].titles) == 0, "%s: %s", collections[_i].name, got);
	ruleset_free(set);
}
END_TEST

START_TEST(repeat_changes_what_it_names)
{
	static const struct help_field a[HELP_FIELDS] = { { "F", "1" } }, z[HELP_FIELDS] = { { "F", "z" } };
	struct ruleset *set = set_of(BASE("1") "action: repeat\ntitle: again\nlevel: low\ndetection: {s: {F: z}}\n");

	ck_assert_uint_eq(ruleset_count_state(set, RULE_READY), 2);
	ck_assert_uint_eq(ruleset_rule(set, 1)->line, 7);
	ck_assert_int_eq(ruleset_rule(set, 1)->level, LEVEL_LOW);
	ck_assert(holds(set, a));
	ck_assert(holds(set, z));
	ruleset_free(set);
}
END_TEST

/* 12 bytes a document would make the rule in front once more and once more. */
START_TEST(repeats_are_bounded)
{
	enum { VALUES = 5000, REPEATS = 1000 };
	static char text[1 << 20];
	size_t len = (size_t)snprintf(text, sizeof(text), "title: r\nlogsource: {product: windows}\n"
		"detection: {condition: s, s: {F: [a");
	struct ruleset *set;

	for (int i = 0; i < VALUES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",a%d", i);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "]}}\n");
	for (int i = 0; i < REPEATS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "---\naction: repeat\n");
	set = set_of(text);
	ck_assert_uint_eq(ruleset_count(set), REPEATS + 1);
	ck_assert_uint_le(ruleset_count_state(set, RULE_READY), 1 + LIMIT_COLLECTION_NODES / VALUES);
	ck_assert_uint_ge(ruleset_count_state(set, RULE_READY), 100);
	ck_assert_msg(strstr(ruleset_rule(set, REPEATS)->reason, "collection") != NULL, "%s",
		ruleset_rule(set, REPEATS)->reason);
	ruleset_free(set);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sigma_correlation");
	TCase *tcase = tcase_create("documents");

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, documents_have_their_state, 0, ARRAY_LEN(documents));
	tcase_add_loop_test(tcase, timespans_are_ticks, 0, ARRAY_LEN(timespans));
	tcase_add_test(tcase, chains_have_levels);
	tcase_add_test(tcase, circles_are_refused_and_the_others_run);
	tcase_add_test(tcase, depth_is_bounded);
	tcase_add_test(tcase, findings_of_base_rules);
	tcase_add_test(tcase, feeds_are_bounded);
	tcase_add_loop_test(tcase, filters_join_conditions, 0, ARRAY_LEN(filters));
	tcase_add_test(tcase, too_many_filters_are_refused);
	tcase_add_loop_test(tcase, collections_make_rules, 0, ARRAY_LEN(collections));
	tcase_add_test(tcase, repeat_changes_what_it_names);
	tcase_add_test(tcase, repeats_are_bounded);
	suite_add_tcase(suite, tcase);
	return help_main(suite);
}
