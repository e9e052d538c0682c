/* SPDX-License-Identifier: Apache-2.0 */
/* Our own reader of YAML against libyaml: snippets where YAML is tricky, texts in the shape of rules, and thousands of these with
 * something changed.  A text that our reader does not know is left to libyaml: which those are is said here, too. */
#include "tests/sigma_help.h"
#include "tests/yaml_compare.h"
#include "tests/yaml_maker.h"

#include <sys/random.h>

/* ours: how many documents the subset gives before it leaves the rest, and whether it leaves one. */
static const struct {
	const char *text;
	size_t ours;
	bool left;
} snippets[] = {
	/* scalars */
	{ "a: b\n", 1, false },
	{ "a: b", 1, false },
	{ "a: b:c\n", 1, false },
	{ "a: b: c\n", 0, true },
	{ "a: b:\n", 0, true },
	{ "a:b\n", 0, true },
	{ "a:b: c\n", 1, false },
	{ "a : b\n", 1, false },
	{ "a b c: d e\n", 1, false },
	{ "a: b#c\n", 1, false },
	{ "a: b #c\n", 1, false },
	{ "a: #c\n", 1, false },
	{ "a:#c\n", 0, true },
	{ "a: #c\n  b\n", 1, false },
	{ "a: b #c\n  d\n", 0, true },
	{ "a: b  \nc:  d \n", 1, false },
	{ "a: -b\n", 1, false },
	{ "a: - b\n", 0, true },
	{ "a: -\n", 0, true },
	{ "a: ---\n", 1, false },
	{ "a: ?b\nc: :d\n", 1, false },
	{ "a: null\nb: ~\nc:\nd: ''\n", 1, false },
	{ "a: 12\nb: 0x1f\nc: 1.5e3\nd: true\ne: '12'\nf: +\ng: .\nh: 1 2\n", 1, false },
	{ "a:\n\n  # c\n\n  b\n", 1, false },
	{ "a: \xC3\xA4\n\xC3\xA4: [\xC3\xA4, '\xE2\x82\xAC', x]\n", 1, false },
	/* plain over several lines */
	{ "a: b\n  c\n", 1, false },
	{ "a: b\n c: d\n", 0, true },
	{ "a: b\n\n\n  c  \n\n d\ne: f\n", 1, false },
	{ "a: b\n  - c\n", 1, false },
	{ "a: b\n  'c'\n", 1, false },
	{ "a: b\n # c\n  d\n", 0, true },
	{ "a: b\n  c # d\ne: f\n", 1, false },
	{ "a: b\n  c # d\n  e\n", 0, true },
	{ "a: b\nc\n", 0, true },
	{ "- a\n  b\n- c\n", 1, false },
	{ "- a\n b: c\n", 0, true },
	{ "a: b\n\tc\n", 0, true },
	{ "a: b\n  \tc\n", 0, true },
	{ "a: b\n  c\n\nd: e\n", 1, false },
	/* quoted */
	{ "a: 'b: c # d'\n", 1, false },
	{ "a: 'b''c'\nd: ''''\ne: ''''''\n", 1, false },
	{ "a: 'b'c\n", 0, true },
	{ "a: 'b' c\n", 0, true },
	{ "a: 'b'#c\n", 0, true },
	{ "a: 'b' #c\n", 1, false },
	{ "a: 'b\n", 0, true },
	{ "a: 'b\n  c'\n", 0, true },
	{ "a: \"b\\\\c\\\"d\\n\\t\\/\\e \"\n", 1, false },
	{ "a: \"\\x41\"\n", 0, true },
	{ "a: \"\\q\"\n", 0, true },
	{ "a: \"b\\\n  c\"\n", 0, true },
	{ "'a b': c\n\"d: e\" : f\n", 1, false },
	{ "'a':b\n", 0, true },
	{ "'a'\n", 0, true },
	/* lists and maps */
	{ "- a\n- b\n", 1, false },
	{ "- - a\n  - b\n- c\n", 1, false },
	{ "- - - a\n", 1, false },
	{ "- a: b\n  c: d\n- e:\n  - f\n  g: h\n", 1, false },
	{ "-   a: b\n    c: d\n", 1, false },
	{ "-\n- a\n-\n", 1, false },
	{ "- #c\n  a\n", 1, false },
	{ "-\n  a: b\n", 1, false },
	{ "a:\n- b\n- c\nd: e\n", 1, false },
	{ "a:\n  - b\n c: d\n", 0, true },
	{ "a:\n  - b\n  c: d\n", 0, true },
	{ "a:\n  b: c\n  - d\n", 0, true },
	{ "a: b\n- c\n", 0, true },
	{ "- a\nb: c\n", 0, true },
	{ "- - a\n  b: c\n", 0, true },
	{ "a:\n   b: c\n  d: e\n", 0, true },
	{ "a:\n  b: c\n   d: e\n", 0, true },
	{ "  a: b\n  c: d\n", 1, false },
	{ "  a: b\nc: d\n", 0, true },
	{ "a:\n    b:\n        c:\n  d:\n", 0, true },
	{ "a:\n  b:\n    c:\nd:\n", 1, false },
	{ "a: 1\nb: 2\na: 3\n", 0, true },
	{ "a: 1\n'a': 2\n", 0, true },
	{ "-a: b\n--: c\n", 1, false },
	{ "-\ta\n", 0, true },
	{ "a:\tb\n", 0, true },
	{ "a:\n\tb: c\n", 0, true },
	{ "a: b\t\nc: 'd'\n", 1, false },
	{ "a: 'b'\t\n", 0, true },
	{ "a: b\tc\n", 1, false },
	{ "a: b\t#c\n", 1, false },
	/* flow */
	{ "a: [b, 'c, d', \"e\", -1, f g , h:i, ]\nj: []\nk: [ ]\n", 1, false },
	{ "- [a]\n- [b, c] # d\n", 1, false },
	{ "a: [b: c]\n", 0, true },
	{ "a: [b,, c]\n", 0, true },
	{ "a: [,]\n", 0, true },
	{ "a: [b\n  c]\n", 0, true },
	{ "a: [b, c\n", 0, true },
	{ "a: [b] c\n", 0, true },
	{ "a: [[b]]\n", 0, true },
	{ "a: [b?c]\n", 0, true },
	{ "a: ['b':c]\n", 0, true },
	{ "[a]: b\n", 0, true },
	{ "[a, b]\n", 0, true },
	{ "a: {b: c}\n", 0, true },
	/* literal and folded */
	{ "a: |\n  b\n  c\nd: e\n", 1, false },
	{ "a: |\n  b\n\n\n    c\n  d\n", 1, false },
	{ "a: |\n\n\n  b\n", 1, false },
	{ "a: |\n    \n  b\n", 0, true },
	{ "a: |\n  b", 1, false },
	{ "a: |", 1, false },
	{ "a: |\n", 1, false },
	{ "a: |\nb: c\n", 1, false },
	{ "a: |-\n  b\n\n", 1, false },
	{ "a: |+\n  b\n\n", 1, false },
	{ "a: |+\n\n\nb: c\n", 1, false },
	{ "a: |2\n   b\n  c\n", 1, false },
	{ "a: |2-\n   b\n\nc: |-2\n  d\n", 1, false },
	{ "a: |0\n  b\n", 0, true },
	{ "a: |--\n  b\n", 0, true },
	{ "a: | b\n", 0, true },
	{ "a: |#b\n  c\n", 0, true },
	{ "a: | # b\n  c\n", 1, false },
	{ "a: |\n  # b\n # c\nd: e\n", 1, false },
	{ "a: |\n  b\n c: d\n", 0, true },
	{ "a: |\n\tb\n", 0, true },
	{ "a: |\n  \tb\n  c\td\n", 0, true },
	{ "a: |\n  b\n  \tc\n", 1, false },
	{ "a: >\n  b\n  c\n\n  d\n\n\n  e\n", 1, false },
	{ "a: >\n  b\n   c\n   d\n  e\n", 1, false },
	{ "a: >-\n\n  b\n\n   c\n\n  d\n  \n", 1, false },
	{ "a: >+\n  b\n   \n\nc: d\n", 1, false },
	{ "- |\n  b\n- >\n b\n b\n", 1, false },
	{ "- - |\n    b\n   c\n", 0, true },
	{ "a:\n  |\n  b\n", 1, false },
	{ "- a: |\n    b\n  c: d\n", 1, false },
	{ "a: |\n  ---\n  ...\n", 1, false },
	{ "|\n  a\n", 0, true },
	/* documents */
	{ "", 0, false },
	{ "\n# a\n  # b", 0, false },
	{ "---\na: b\n", 1, false },
	{ "--- # c\na: b\n", 1, false },
	{ "--- a\n", 0, true },
	{ "---\n", 1, false },
	{ "---\n---\n", 2, false },
	{ "---\n  # c", 1, false },
	{ "a: b\n---\nc: d\n---\n# e\n---\n- f\n", 4, false },
	{ "a: b\n...\n", 1, false },
	{ "a: b\n...\n---\nc: d\n", 2, false },
	{ "a: b\n...\nc: d\n", 0, true },
	{ "a: b\n...\n...\n", 0, true },
	{ "...\na: b\n", 0, true },
	{ "a: b\n---\nc: &d e\n---\nf: g\n", 1, true },
	{ "a: b\n---\nc: d\nc: e\n---\nf: g\n", 1, true },
	{ "a: b\n---\nc: [\n---\nf: g\n", 1, true },
	{ "a: b\n---\n'c\n", 1, true },
	{ "a: b\n --- c\n", 1, false },
	{ "a:\n---\nb:\n...\n", 2, false },
	{ "---a: b\n", 1, false },
	{ "a\n", 0, true },
	{ "~\n", 0, true },
	/* what is left to libyaml */
	{ "%YAML 1.2\n---\na: b\n", 0, true },
	{ "? a\n: b\n", 0, true },
	{ ": a\n", 0, true },
	{ "a: &b c\n", 0, true },
	{ "a: *b\n", 0, true },
	{ "a: !b c\n", 0, true },
	{ "a: @b\n", 0, true },
	{ "a: `b\n", 0, true },
	{ "a: %b\n", 0, true },
	{ "a: ,b\n", 0, true },
	{ "a: ]b\n", 0, true },
	{ "\xEF\xBB\xBF" "a: b\n", 0, true },
	{ "a: \xEF\xBB\xBF" "b\n", 0, true },
	{ "\xFF\xFE" "a\0", 0, true },
	{ "a: \xFF\n", 0, true },
	{ "a: \xC2\n", 0, true },
	{ "a: \xED\xA0\x80\n", 0, true },
	{ "a: \xC0\xAF\n", 0, true },
	{ "a: \1\n", 0, true },
	{ "a: \x7F\n", 0, true },
	{ "a: b\xC2\x85" "c: d\n", 0, true },
	{ "a: b\xE2\x80\xA8" "c: d\n", 0, true },
	{ "a: b\n---\nc: \1\n", 0, true },
	/* line ends */
	{ "a: b\r\nc:\r\n  - d\r\n\r\n  - 'e' # f\r\n", 1, false },
	{ "a: |\r\n  b\r\n\r\n  c\r\nd: >\r\n  e\r\n  f\r\n", 1, false },
	{ "a: b\r\n  c\r\n\r\n  d\r\n---\r\ne: f\r\n", 2, false },
	{ "a: b\rc: d\r", 0, true },
	{ "a: b\r", 0, true },
	{ "a: 'b\r\n", 0, true },
};

START_TEST(snippets_agree)
{
	struct slice text = slice_from_text(snippets[_i].text);
	struct yaml_facts facts = { 0 };

	ck_assert_msg(yaml_compare(text, &facts), "%s", snippets[_i].text);
	ck_assert_msg(facts.documents == snippets[_i].ours, "%s: %zu documents", snippets[_i].text, facts.documents);
	ck_assert_msg((facts.ours == 0) == snippets[_i].left, "%s: who read it?", snippets[_i].text);
}
END_TEST

/* Every beginning of every snippet, too: texts that end anywhere. */
START_TEST(beginnings_agree)
{
	struct slice text = slice_from_text(snippets[_i].text);
	struct yaml_facts facts = { 0 };

	for (size_t len = 0; len < text.len; len++)
		ck_assert_msg(yaml_compare(slice_sub(text, 0, len), &facts), "%s: %zu bytes", snippets[_i].text, len);
}
END_TEST

/* What a key may be long for libyaml, what may be nested and how much there may be. */
static void
compare_repeated(const char *head, const char *piece, size_t repeat, const char *tail, bool ours)
{
	struct buf text;
	struct yaml_facts facts = { 0 };

	buf_init(&text, 1 << 24);
	buf_append_text(&text, head);
	for (size_t i = 0; i < repeat; i++)
		buf_append_text(&text, piece);
	buf_append_text(&text, tail);
	ck_assert(!text.failed);
	ck_assert_msg(yaml_compare(buf_view(&text), &facts), "%s%s * %zu%s", head, piece, repeat, tail);
	ck_assert_msg((facts.ours == 1) == ours, "%s%s * %zu%s: who read it?", head, piece, repeat, tail);
	buf_fini(&text);
}

START_TEST(bounds_agree)
{
	compare_repeated("", "k", 1000, ": v\n", true);
	compare_repeated("", "k", 1020, ": v\n", false);
	compare_repeated("", "k", 1100, ": v\n", false);
	compare_repeated("", "\xC3\xA4", 500, ": v\n", true);
	compare_repeated("", "\xC3\xA4", 1010, ": v\n", false);
	compare_repeated("", "- ", LIMIT_YAML_DEPTH, "x\n", true);
	compare_repeated("", "- ", LIMIT_YAML_DEPTH + 1, "x\n", false);
	compare_repeated("", "- ", LIMIT_YAML_DEPTH - 1, "[x]\n", true);
	compare_repeated("", "- ", LIMIT_YAML_DEPTH, "[x]\n", false);
	compare_repeated("", "- ", LIMIT_YAML_DEPTH - 1, "x: y\n", true);
	compare_repeated("", "- ", LIMIT_YAML_DEPTH, "x: y\n", false);
	compare_repeated("", "- a\n", LIMIT_YAML_NODES - 1, "", true);
	compare_repeated("", "- a\n", LIMIT_YAML_NODES, "", false);
	compare_repeated("", "- a: b\n", LIMIT_YAML_NODES / 3, "", true);
	compare_repeated("", "- a: b\n", LIMIT_YAML_NODES / 3 + 1, "", false);
	compare_repeated("", "---\na: b\n", LIMIT_YAML_NODES / 3, "---\n- c\n", false);
	compare_repeated("a: [", "x, ", 10000, "]\n", true);
	compare_repeated("a: [", "\xC3\xA4, ", 100000, "]\n", true);
}
END_TEST

static void
compare_seed(uint64_t seed, struct yaml_facts *facts)
{
	struct yaml_maker r = { .state = seed };
	struct buf changed, original;

	buf_init(&r.text, 1 << 20);
	buf_init(&changed, 1 << 20);
	buf_init(&original, 1 << 20);
	for (int i = 0; i < 40; i++) {
		yaml_make_text(&r);
		ck_assert(!r.text.failed);
		ck_assert_msg(yaml_compare(buf_view(&r.text), facts), "seed %llu, text %d", (unsigned long long)seed, i);
		buf_reset(&original);
		buf_append(&original, buf_view(&r.text));
		for (int k = 0; k < 10; k++) {
			buf_reset(&r.text);
			buf_append(&r.text, buf_view(&original));
			yaml_mutate(&r, &changed);
			ck_assert_msg(yaml_compare(buf_view(&changed), facts), "seed %llu, text %d, change %d",
				(unsigned long long)seed, i, k);
		}
	}
	buf_fini(&original);
	buf_fini(&changed);
	buf_fini(&r.text);
}

START_TEST(random_texts_agree)
{
	struct yaml_facts facts = { 0 };

	compare_seed((uint64_t)_i + 1, &facts);
	/* it would be no test if libyaml read them all, or none */
	ck_assert_uint_gt(facts.ours * 10, facts.texts);
	ck_assert_uint_lt(facts.ours, facts.texts);
}
END_TEST

START_TEST(fresh_seeds_agree_too)
{
	struct yaml_facts facts = { 0 };
	uint64_t seed = 0;

	ck_assert_int_eq(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	printf("# seed %llu\n", (unsigned long long)seed);
	for (uint64_t i = 0; i < 10; i++)
		compare_seed(seed + i, &facts);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("yaml subset");
	TCase *tc = tcase_create("yaml subset");

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, snippets_agree, 0, (int)ARRAY_LEN(snippets));
	tcase_add_loop_test(tc, beginnings_agree, 0, (int)ARRAY_LEN(snippets));
	tcase_add_test(tc, bounds_agree);
	tcase_add_loop_test(tc, random_texts_agree, 0, 20);
	tcase_add_test(tc, fresh_seeds_agree_too);
	suite_add_tcase(s, tc);
	return help_main(s);
}
