/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled plan: random rules over random events must tell what the walk over every tree tells, gaps included;
 * its parts by themselves. */
#include "tests/match_compare.h"
#include "tests/rule_maker.h"
#include "tests/sigma_help.h"

#include "base/fold.h"
#include "src/sigma/layout.h"
#include "src/sigma/literals.h"
#include "src/sigma/required.h"

#include <check.h>
#include <sys/random.h>

enum { RULES = 120, EVENTS = 250, SEEDS = 40 };

static struct ruleset *
make_rules(struct maker *m, struct buf *text)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };

	ck_assert_ptr_nonnull(set);
	buf_init(text, 1u << 24);
	for (int i = 0; i < RULES; i++)
		maker_rule(m, text);
	ck_assert(ruleset_add_text(set, SLICE("made.yml"), buf_view(text), &err));
	ck_assert_msg(ruleset_close(set, &err), "%s", err.text);
	return set;
}

/* Returns how many results there were. */
static size_t
compare_seed(uint64_t seed)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct contest c;
	struct ruleset *set;
	struct buf text;
	size_t results;

	ck_assert_ptr_nonnull(m);
	m->state = seed;
	set = make_rules(m, &text);
	ck_assert_uint_gt(ruleset_count_state(set, RULE_READY), RULES / 2);
	ck_assert(contest_init(&c, set));
	for (int i = 0; i < EVENTS; i++) {
		maker_event(m);
		if (contest_run(&c, &m->event))
			continue;
		contest_print(&c);
		ck_abort_msg("seed %llu, event %d: plan and walk differ", (unsigned long long)seed, i);
	}
	results = c.results;
	contest_fini(&c);
	ruleset_free(set);
	buf_fini(&text);
	free(m);
	return results;
}

START_TEST(plan_tells_what_the_walk_tells)
{
	ck_assert_uint_gt(compare_seed((uint64_t)_i + 1), 100);
}
END_TEST

START_TEST(fresh_seeds_agree_too)
{
	uint64_t seed = 0;

	ck_assert_int_eq(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	printf("# seed %llu\n", (unsigned long long)seed);
	compare_seed(seed);
}
END_TEST

/* Rules that hold for no event without a keyword, as far as such events need not be built. */
static const struct {
	const char *name, *detection;
	bool alone;
} word_rules[] = {
	{ "keywords", "  k: [ 'sekurlsa::', 'no such thing' ]\n  condition: k", true },
	{ "keywords and a field", "  k: [ 'sekurlsa::' ]\n  f:\n    Image: x\n  condition: k and f", true },
	{ "keywords and no field", "  k: [ 'sekurlsa::' ]\n  f:\n    Image: x\n  condition: k and not f", true },
	{ "keywords or a field", "  k: [ 'sekurlsa::' ]\n  f:\n    Image: x\n  condition: k or f", false },
	{ "no keyword", "  k: [ 'sekurlsa::' ]\n  condition: not k", false },
	{ "a short keyword", "  k: [ 'so' ]\n  condition: k", false },
	{ "a keyword that a number could be", "  k: [ '4625aaaa-ffff' ]\n  condition: k", false },
	{ "a keyword that any text is", "  k: [ '*' ]\n  condition: k", false },
	{ "an expression", "  k:\n    '|re': '[a-z]+[0-9]'\n  condition: k", false },
};

static const struct {
	const char *text;
	bool may;
} word_texts[] = {
	{ "", false }, { "a quiet event", false }, { "SEKURLSA::logonpasswords", true }, { "x sekurlsa:: y", true },
	{ "sekurlsa", false }, { "\xe2\x80\x93 beyond ASCII, as Windows\xc2\xae is", false },
	{ "but \xc5\xbf" "ekurlsa:: folds to ASCII", true }, { "and so does se\xe2\x84\xaaurlsa::, all of it", true },
	{ "\xc3\xa4 sekurlsa:: \xc3\xa4", true },
};

START_TEST(words_alone)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };
	struct buf rule;
	struct matcher *m;

	buf_init(&rule, 1 << 16);
	buf_printf(&rule, "title: t\nlogsource:\n  product: windows\ndetection:\n%s\n", word_rules[_i].detection);
	ck_assert_msg(ruleset_add_text(set, SLICE("r.yml"), buf_view(&rule), &err) && ruleset_close(set, &err), "%s", err.text);
	ck_assert_msg(ruleset_count_state(set, RULE_READY) == 1, "%s", word_rules[_i].name);
	m = matcher_new(set);
	ck_assert_msg(matcher_wants_words_alone(m, SLICE("System"), SLICE("p"), 1) == word_rules[_i].alone, "%s", word_rules[_i].name);
	for (size_t i = 0; i < ARRAY_LEN(word_texts) && word_rules[_i].alone; i++)
		ck_assert_msg(matcher_words_may(m, SLICE("System"), SLICE("p"), 1, slice_from_text(word_texts[i].text)) == word_texts[i].may,
			"%s: %s", word_rules[_i].name, word_texts[i].text);
	matcher_free(m);
	ruleset_free(set);
	buf_fini(&rule);
}
END_TEST

/* Keywords that one hop looks for, and such as are too short for it: what the first says of a text is not said for the others,
 * and a text that comes again is looked at again. */
START_TEST(words_of_two_hops)
{
	static const char *const rules[] = {
		"title: a\nlogsource:\n  product: windows\ndetection:\n  k: [ 'sekurlsa::logonpasswords' ]\n  condition: k\n",
		"title: b\nlogsource:\n  product: windows\n  service: system\ndetection:\n  k: [ 'q-zy' ]\n  condition: k\n",
		"title: c\nlogsource:\n  product: windows\ndetection:\n  f:\n    Text: other\n  condition: f\n",
	};
	static const struct help_field texts[][2] = { { { "Text", "hello" } }, { { "Text", "x q-zy x" } }, { { "Text", "x q-zy x" } },
		{ { "Text", "hello" } }, { { "Text", "x q-zy x" } }, { { "Text", "sekurlsa::logonpasswords" } },
		{ { "Text", "sekurlsa::logonpasswords" } }, { { "Text", "other" } }, { { "Text", "x q-zy x, longer than what a layout keeps" } },
		{ { "Text", "x q-zy x, longer than what a layout keeps" } } };
	static const size_t told[] = { 0, 1, 1, 0, 1, 1, 1, 1, 1, 1 };
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };
	struct matcher *m;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		ck_assert_msg(ruleset_add_text(set, SLICE("r.yml"), slice_from_text(rules[i]), &err), "%s", err.text);
	ck_assert_msg(ruleset_close(set, &err), "%s", err.text);
	ck_assert_uint_eq(ruleset_count_state(set, RULE_READY), ARRAY_LEN(rules));
	m = matcher_new(set);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct help_outcome out = { 0 };
		const struct sigma_listener listener = { &out, help_result, help_limit };
		struct help_event e;

		help_event_make(&e, texts[i], "System", 1);
		ck_assert_msg(matcher_run(m, &e.event, &listener, &out.open, &err), "%s", err.text);
		ck_assert_msg(out.told == told[i], "%zu: %s: %zu", i, texts[i][0].text, out.told);
	}
	matcher_free(m);
	ruleset_free(set);
}
END_TEST

/* Which event ids a rule can hold for at all; the walk asks for no others, so that it cannot tell. */
static const struct {
	const char *name, *detection;
	uint32_t wanted[4], others[4]; /* 0: no more */
} id_rules[] = {
	{ "one", "  s:\n    EventID: 7\n  condition: s", { 7 }, { 6, 8, 70 } },
	{ "a list, one of them a text", "  s:\n    EventID: [ 1, '2' ]\n    A: x\n  condition: s", { 1, 2 }, { 3, 12 } },
	{ "in whatever case", "  s:\n    eventid: 7\n  condition: s", { 7 }, { 8 } },
	{ "a part of it", "  s:\n    EventID|contains: '1'\n  condition: s", { 1, 10, 21 }, { 2, 20 } },
	{ "a range", "  s:\n    EventID|gt: 5\n  condition: s", { 6, 4104 }, { 5, 1 } },
	{ "a range and a number", "  s:\n    EventID|gt: 5\n  t:\n    EventID: [ 4, 8 ]\n  condition: s and t", { 8 }, { 4, 9 } },
	{ "any", "  s:\n    A: x\n  condition: s", { 1, 2 }, { 0 } },
	{ "or something else", "  s:\n    EventID: 1\n  t:\n    A: x\n  condition: s or t", { 1, 2 }, { 0 } },
	{ "one of two", "  s:\n    EventID: 1\n    A: x\n  t:\n    EventID: 3\n    A: y\n  condition: 1 of them", { 1, 3 }, { 2, 4 } },
	{ "both of two", "  s:\n    EventID: 1\n  t:\n    EventID: 3\n  condition: s and t", { 0 }, { 1, 2, 3 } },
	{ "not that one", "  s:\n    EventID: 1\n  condition: not s", { 2, 3 }, { 1 } },
	{ "one but not that one", "  s:\n    EventID: [ 1, 2 ]\n  t:\n    EventID: 1\n  condition: s and not t", { 2 }, { 1, 3 } },
};

START_TEST(event_ids_of_rules)
{
	struct ruleset *set = ruleset_new();
	struct err err = { 0 };
	struct buf rule;
	struct matcher *m;

	buf_init(&rule, 1 << 16);
	buf_printf(&rule, "title: t\nlogsource:\n  product: windows\ndetection:\n%s\n", id_rules[_i].detection);
	ck_assert_msg(ruleset_add_text(set, SLICE("r.yml"), buf_view(&rule), &err) && ruleset_close(set, &err), "%s", err.text);
	m = matcher_new(set);
	for (size_t i = 0; i < 4 && id_rules[_i].wanted[i]; i++)
		ck_assert_msg(matcher_rule_wants(m, 0, SLICE("System"), SLICE("p"), id_rules[_i].wanted[i]), "%s: %u", id_rules[_i].name,
			id_rules[_i].wanted[i]);
	for (size_t i = 0; i < 4 && id_rules[_i].others[i]; i++)
		ck_assert_msg(!matcher_rule_wants(m, 0, SLICE("System"), SLICE("p"), id_rules[_i].others[i]), "%s: %u", id_rules[_i].name,
			id_rules[_i].others[i]);
	matcher_free(m);
	ruleset_free(set);
	buf_fini(&rule);
}
END_TEST

static const struct {
	const char *expression, *literal;
	char byte;
	unsigned count;
} required[] = {
	{ "abc", "abc", 'a', 1 }, { "aBC", "abc", 'a', 1 }, { "ab|cd", "", 0, 0 }, { "x(?:ab|cd)yz", "yz", 'x', 1 },
	{ "ab?c", "a", 'a', 1 }, { "abc*", "ab", 'a', 1 }, { "abc+d", "abc", 'a', 1 }, { "(abc)?de", "de", 'd', 1 },
	{ "(abc)+de", "abc", 'a', 1 }, { "(abc){0,3}d", "d", 'd', 1 }, { "a{3}b", "a", 'a', 3 },
	{ "\\+.*\\+.*\\+", "+", '+', 3 }, { "[abc]def", "def", 'd', 1 }, { "[]a]def", "def", 'd', 1 },
	{ "[[:alpha:]]]x", "]x", ']', 1 }, { "a\\.b", "a.b", '.', 1 }, { "a\\db", "a", 'a', 1 }, { "\\x41bc", "bc", 'b', 1 },
	{ "\\x{41}bc", "bc", 'b', 1 }, { "\\p{L}bc", "bc", 'b', 1 }, { "(?i)abc", "abc", 'a', 1 }, { "(?x)a b c", "", 0, 0 },
	{ "(?!abc)def", "", 0, 0 }, { "(?<=abc)def", "", 0, 0 }, { "\\Qa.c\\E", "", 0, 0 }, { "(*UTF)abc", "", 0, 0 },
	{ "a\xC3\xA4""bc", "bc", 'a', 1 }, { "(a|(bc))de", "de", 'd', 1 }, { "((ab)c)d", "ab", 'a', 1 }, { "", "", 0, 0 },
	{ "a{,2}b", "b", 'b', 1 }, { "a{x", "a{x", 'a', 1 }, { "(ab", "", 0, 0 }, { "ab)", "", 0, 0 }, { "a(?#x)b", "", 0, 0 },
	{ "(a){2}b", "a", 'a', 1 }, { "^abc$", "abc", 'a', 1 }, { "a.b", "a", 'a', 1 }, { "a\\1b", "a", 'a', 1 },
};

START_TEST(literal_of_an_expression)
{
	struct buf out;
	struct required most;

	buf_init(&out, 1000);
	most = required_of(slice_from_text(required[_i].expression), &out);
	ck_assert_msg(slice_eq(buf_view(&out), slice_from_text(required[_i].literal)), "%s: '%.*s'", required[_i].expression,
		SLICE_ARGS(buf_view(&out)));
	ck_assert_msg(most.count == required[_i].count, "%s: %u times %c", required[_i].expression, most.count, most.byte);
	ck_assert_msg(required[_i].count < 2 || most.byte == required[_i].byte, "%s: %c", required[_i].expression, most.byte);
	buf_fini(&out);
}
END_TEST

/* Random literals in random texts over two letters, against one search each. */
static void
search_once(uint64_t seed, size_t longest)
{
	enum { LITERALS = 300, TEXT = 400 };
	static uint8_t bytes[LITERALS][24], text[TEXT];
	struct literal literals[LITERALS];
	struct maker *m = calloc(1, sizeof(*m));
	struct rarity *rarity = calloc(1, sizeof(*rarity));
	struct literal_scratch scratch;
	struct literal_set set;
	struct literal_hop hop;
	struct arena arena;
	size_t least = longest > 12 ? 9 : 1;

	ck_assert(m && rarity);
	m->state = seed;
	arena_init(&arena, 1 << 24);
	for (uint32_t i = 0; i < LITERALS; i++) {
		size_t len = least + maker_number(m, (uint32_t)(longest - least + 1));

		for (size_t k = 0; k < len; k++)
			bytes[i][k] = (uint8_t)("ab\xC3"[maker_number(m, 20) == 0 ? 2 : maker_number(m, 2)]);
		literals[i] = (struct literal){ slice_from(bytes[i], len), i };
		rarity_add(rarity, literals[i].text);
	}
	ck_assert(literal_set_make(&set, &arena, literals, LITERALS, rarity) && literal_scratch_init(&scratch, LITERALS) &&
		literal_hop_make(&hop, &arena, literals, LITERALS));
	for (int round = 0; round < 50; round++) {
		size_t len = maker_number(m, TEXT);
		bool found[LITERALS] = { false }, any = false;

		for (size_t k = 0; k < len; k++)
			text[k] = (uint8_t)("ab\xC3"[maker_number(m, 60) == 0 ? 2 : maker_number(m, 2)]);
		literal_set_search(&set, &scratch, slice_from(text, len), false);
		for (size_t i = 0; i < scratch.found_count; i++) {
			ck_assert(!found[scratch.found[i]]);
			found[scratch.found[i]] = true;
		}
		for (size_t i = 0; i < LITERALS; i++) {
			bool there = slice_find(slice_from(text, len), literals[i].text, 0) != SIZE_MAX;

			ck_assert_msg(found[i] == there, "seed %llu, literal %zu", (unsigned long long)seed, i);
			any |= there;
		}
		ck_assert(!any || literal_hop_may(&hop, slice_from(text, len)));
	}
	literal_scratch_fini(&scratch);
	arena_fini(&arena);
	free(rarity);
	free(m);
}

/* Every literal that stands in a text is among the places. */
START_TEST(pairs_are_found)
{
	struct maker *m = calloc(1, sizeof(*m));
	uint8_t text[200];
	uint32_t places[sizeof(text)];
	size_t spared = 0;

	ck_assert_ptr_nonnull(m);
	m->state = (uint64_t)_i + 1;
	for (int round = 0; round < 200; round++) {
		uint8_t wanted[12][3];
		struct pairs p;
		size_t len = 2 + maker_number(m, sizeof(text) - 2), from = maker_number(m, 4), count, found, k = 0;

		pairs_init(&p);
		for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
			for (size_t n = 0; n < 3; n++)
				wanted[i][n] = (uint8_t)maker_number(m, 256);
			pairs_add(&p, slice_from(wanted[i], 2 + i % 2));
		}
		for (size_t i = 0; i < len; i++)
			text[i] = maker_number(m, 3) ? (uint8_t)maker_number(m, 256) : wanted[maker_number(m, ARRAY_LEN(wanted))][i % 3];
		from = from + 1 < len ? from : 0;
		count = len - 1 - from;
		found = pairs_find(&p, slice_from(text, len), from, count, places);
		for (uint32_t i = 0; i < count; i++) {
			bool there = false, told = k < found && places[k] == i;

			for (size_t w = 0; w < ARRAY_LEN(wanted); w++)
				there |= from + i + 2 + w % 2 <= len && memcmp(text + from + i, wanted[w], 2 + w % 2) == 0;
			ck_assert_msg(!there || told, "place %u", i);
			k += told;
			spared += !told;
		}
		ck_assert_uint_eq(k, found);
	}
	ck_assert_uint_gt(spared, 1000);
	free(m);
}
END_TEST

START_TEST(literals_are_found)
{
	search_once((uint64_t)_i, 6);
	search_once((uint64_t)_i, 12);
	search_once((uint64_t)_i, 20);
}
END_TEST

START_TEST(hops_spare_texts)
{
	static const struct literal literal = { { (const uint8_t *)"sekurlsa::logon", 15 }, 0 };
	struct literal_hop hop;
	struct arena arena;

	arena_init(&arena, 1 << 20);
	ck_assert(literal_hop_make(&hop, &arena, &literal, 1));
	ck_assert_uint_eq(hop.step, 12);
	ck_assert(literal_hop_may(&hop, SLICE("x SEKURLSA::Logon y")));
	ck_assert(literal_hop_may(&hop, SLICE("\xC5\xBF""ekurlsa::logon"))); /* the long s is an s */
	ck_assert(!literal_hop_may(&hop, SLICE("nothing of the kind, and long enough to hop over")));
	ck_assert(!literal_hop_may(&hop, SLICE("sekurlsa::logo")));
	arena_fini(&arena);
}
END_TEST

START_TEST(ascii_is_folded)
{
	uint8_t text[256], out[256], slow[512];
	bool moved = false;

	for (size_t i = 0; i < 256; i++)
		text[i] = (uint8_t)(i & 0x7F);
	for (size_t len = 0; len <= 256; len++) {
		ck_assert(fold_ascii(slice_from(text, len), out));
		ck_assert_uint_eq(fold_write(slice_from(text, len), slow, &moved), len);
		ck_assert_mem_eq(out, slow, len);
	}
	for (size_t i = 0; i < 256; i++) {
		text[i] ^= 0x80;
		ck_assert(!fold_ascii(slice_from(text, 256), out));
		text[i] ^= 0x80;
	}
}
END_TEST

/* What a layout says of a name is what sigma_event_field says. */
START_TEST(layout_leads_where_names_lead)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct ruleset *set = ruleset_new();
	struct buf text;
	struct err err;

	ck_assert(m && set);
	buf_init(&text, 1 << 16);
	m->state = (uint64_t)_i;
	buf_append_text(&text, "title: t\nlogsource:\n  product: windows\ndetection:\n  condition: s\n  s:\n");
	for (size_t i = 0; i < ARRAY_LEN(maker_names); i++)
		buf_printf(&text, "    %s: x\n", maker_names[i]);
	ck_assert(ruleset_add_text(set, SLICE("r.yml"), buf_view(&text), &err) && ruleset_close(set, &err));
	for (int round = 0; round < 200; round++) {
		uint32_t wanted[ARRAY_LEN(maker_names)];
		struct layout *l;

		for (uint32_t i = 0; i < ARRAY_LEN(wanted); i++)
			wanted[i] = i;
		maker_event(m);
		l = layout_new(set->plan, wanted, set->plan->field_count, &m->event);
		ck_assert(l && layout_fits(l, &m->event));
		for (size_t i = 0; i < set->plan->field_count; i++) {
			size_t at = 0;

			for (uint32_t k = l->starts[i]; k < l->starts[i + 1]; k++)
				ck_assert_ptr_eq(sigma_event_field(&m->event, set->plan->fields[i].name.name, &at),
					layout_field(&m->event, l->places[k]));
			ck_assert_ptr_null(sigma_event_field(&m->event, set->plan->fields[i].name.name, &at));
		}
		layout_free(l);
	}
	buf_fini(&text);
	ruleset_free(set);
	free(m);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan");
	TCase *cases = tcase_create("plan");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 0);
	tcase_add_loop_test(cases, plan_tells_what_the_walk_tells, 0, SEEDS);
	tcase_add_test(cases, fresh_seeds_agree_too);
	tcase_add_loop_test(cases, pairs_are_found, 0, 4);
	tcase_add_test(cases, words_of_two_hops);
	tcase_add_loop_test(cases, event_ids_of_rules, 0, (int)ARRAY_LEN(id_rules));
	tcase_add_loop_test(cases, words_alone, 0, (int)ARRAY_LEN(word_rules));
	tcase_add_loop_test(cases, literal_of_an_expression, 0, (int)ARRAY_LEN(required));
	tcase_add_loop_test(cases, literals_are_found, 0, 10);
	tcase_add_test(cases, hops_spare_texts);
	tcase_add_test(cases, ascii_is_folded);
	tcase_add_loop_test(cases, layout_leads_where_names_lead, 0, 4);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
