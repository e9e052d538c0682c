/* SPDX-License-Identifier: Apache-2.0 */
/* Values: escapes and wildcards (sigma.md 3.2), option signs, patterns against texts, the order of numbers. */
#include "tests/sigma_help.h"

#include "base/buf.h"
#include "base/fold.h"
#include "base/utf.h"
#include "src/sigma/encode.h"
#include "src/sigma/number.h"
#include "src/sigma/pattern.h"

/* Tokens as text: <*> <?> <-> for what is no character. */
static void
show(const struct tokens *t, struct buf *out)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->codes[i] < TOKEN_ANY)
			utf_append_code(out, t->codes[i]);
		else
			buf_append_text(out, t->codes[i] == TOKEN_ANY ? "<?>" : t->codes[i] == TOKEN_RUN ? "<*>" : "<->");
	}
}

static const struct {
	const char *value, *tokens;
} escapes[] = {
	{ "\\foo", "\\foo" }, { "\\\\foo", "\\foo" }, { "\\\\\\foo", "\\\\foo" }, { "\\\\\\\\foo", "\\\\foo" },
	{ "foo\\", "foo\\" }, { "foo\\\\", "foo\\" }, { "foo\\*", "foo*" }, { "foo\\\\*", "foo\\<*>" },
	{ "foo\\\\\\*", "foo\\*" }, { "foo\\\\\\\\*", "foo\\\\<*>" }, { "\\?", "?" }, { "\\\\?", "\\<?>" },
	{ "\\\\\\?", "\\?" }, { "C:\\*", "C:*" }, { "\\\\.\\pipe\\x", "\\.\\pipe\\x" },
	{ "\\\\\\\\.\\\\pipe\\\\x", "\\\\.\\pipe\\x" }, { "\\\\*\\*", "\\<*>*" },
	{ " \\\\\\\\*\\\\*$", " \\\\<*>\\<*>$" }, { "\\n\\t\\d", "\\n\\t\\d" }, { "%x%", "%x%" }, { "*", "<*>" },
	{ "", "" }, { "\xF0\x9F\x98\x80?", "\xF0\x9F\x98\x80<?>" },
};

START_TEST(escapes_become_tokens)
{
	struct arena arena;
	struct tokens t;
	struct buf out;

	arena_init(&arena, 1 << 20);
	buf_init(&out, 1 << 16);
	ck_assert(tokens_parse(&arena, slice_from_text(escapes[_i].value), &t));
	show(&t, &out);
	ck_assert_msg(slice_eq(buf_view(&out), slice_from_text(escapes[_i].tokens)), "'%s': '%.*s'", escapes[_i].value,
		(int)out.len, (const char *)out.ptr);
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *value, *tokens;
} dashes[] = {
	{ " /f ", " <->f " }, { "-a -b", "<->a <->b" }, { "-param-1", "<->param-1" }, { "--foo", "-<->foo" },
	{ "-/x", "-<->x" }, { "\"-x\"", "\"<->x\"" }, { "http://x", "http:/<->x" }, { "a/b", "a/b" },
	{ "start/b", "start/b" }, { " -", " -" }, { "- ", "- " }, { "--", "--" }, { "*-x", "<*><->x" },
	{ "x*-y", "x<*><->y" }, { "\xC3\xA9-x", "\xC3\xA9-x" },
};

START_TEST(option_signs_are_found)
{
	struct arena arena;
	struct tokens t;
	struct buf out;

	arena_init(&arena, 1 << 20);
	buf_init(&out, 1 << 16);
	ck_assert(tokens_parse(&arena, slice_from_text(dashes[_i].value), &t));
	tokens_mark_dashes(&t);
	show(&t, &out);
	ck_assert_msg(slice_eq(buf_view(&out), slice_from_text(dashes[_i].tokens)), "'%s': '%.*s'", dashes[_i].value,
		(int)out.len, (const char *)out.ptr);
	buf_fini(&out);
	arena_fini(&arena);
}
END_TEST

/* The range is start and length where the pattern holds; -1 where it does not. */
static const struct {
	const char *value, *text;
	int start, len;
} patterns[] = {
	{ "abc", "abc", 0, 3 }, { "abc", "abcd", -1, 0 }, { "abc", "ab", -1, 0 }, { "abc", "", -1, 0 },
	{ "", "", 0, 0 }, { "", "x", -1, 0 }, { "*", "", 0, 0 }, { "*", "xyz", 0, 0 },
	{ "*b*", "abc", 1, 1 }, { "*bc", "abc", 1, 2 }, { "*bc", "abcb", -1, 0 }, { "ab*", "abc", 0, 2 },
	{ "ab*", "xab", -1, 0 }, { "a*c", "abc", 0, 3 }, { "a*c", "ac", 0, 2 }, { "a*a", "a", -1, 0 },
	{ "a?c", "abc", 0, 3 }, { "a?c", "a\xC3\xA9" "c", 0, 4 }, { "a?c", "ac", -1, 0 }, { "?", "", -1, 0 },
	{ "??", "a\n", 0, 2 }, { "*a*b*c*", "xxaxxbxxcxx", 2, 7 }, { "*a*b*c*", "cba", -1, 0 },
	{ "*aab*", "aaab", 1, 3 }, { "*?b*", "aab", 1, 2 }, { "*?b*", "b", -1, 0 }, { "*a?", "xay", 1, 2 },
	{ "*a*a", "aba", 0, 3 }, { "ab*ba", "aba", -1, 0 }, { "*x?y*", "xxay", 1, 3 }, { "*?", "a", 0, 1 },
	{ "a*?", "a", -1, 0 }, { "*a*?b", "acb", 0, 3 }, { "**a**", "xa", 1, 1 },
};

START_TEST(patterns_match_texts)
{
	struct arena arena;
	struct tokens t;
	struct pattern p;
	struct text_range range = { 0, 0 };
	struct gapped text = { slice_from_text(patterns[_i].text), NULL, 0 };
	enum truth truth;

	arena_init(&arena, 1 << 20);
	ck_assert(tokens_parse(&arena, slice_from_text(patterns[_i].value), &t));
	ck_assert(pattern_compile(&arena, &t, false, &p));
	truth = pattern_match(&p, &text, &range);
	ck_assert_msg(truth == (patterns[_i].start < 0 ? TRUTH_FALSE : TRUTH_TRUE), "%s in '%s'", patterns[_i].value,
		patterns[_i].text);
	if (truth == TRUTH_TRUE)
		ck_assert_msg((int)range.start == patterns[_i].start && (int)range.len == patterns[_i].len,
			"%s in '%s': %zu+%zu", patterns[_i].value, patterns[_i].text, range.start, range.len);
	arena_fini(&arena);
}
END_TEST

/* All texts of up to five of these: what is made without tokens is what the tokens would become. */
START_TEST(literals_need_no_tokens)
{
	static const char letters[] = { 'a', 'B', '\\', '*', '?', '-', '\xC3' };
	struct arena arena;
	struct buf keys[2];
	size_t literal = 0;

	arena_init(&arena, 1 << 20);
	buf_init(&keys[0], 1 << 10);
	buf_init(&keys[1], 1 << 10);
	for (size_t n = 0; n < 7 * 7 * 7 * 7 * 7 * 4; n++, arena_reset(&arena)) {
		bool front = n & 1, back = n & 2, cased = n % 3 == 0;
		char value[5];
		struct slice text = slice_from(value, 5 - n % 5);
		struct tokens t;
		struct pattern p;

		for (size_t i = 0, rest = n / 4; i < 5; i++, rest /= 7)
			value[i] = letters[rest % 7];
		if (!tokens_are_literal(text))
			continue;
		literal++;
		ck_assert(tokens_are_ascii(text));
		ck_assert(tokens_parse(&arena, text, &t) && tokens_wrap(&arena, &t, front, back));
		for (size_t k = 0; k < 2; k++) {
			ck_assert(k ? pattern_compile_literal(&arena, text, cased, front, back, &p) : pattern_compile(&arena, &t, cased, &p));
			buf_reset(&keys[k]);
			pattern_key(&p, &keys[k]);
		}
		ck_assert_msg(slice_eq(buf_view(&keys[0]), buf_view(&keys[1])), "'%.*s'", SLICE_ARGS(text));
	}
	ck_assert_uint_gt(literal, 1000);
	buf_fini(&keys[1]);
	buf_fini(&keys[0]);
	arena_fini(&arena);
}
END_TEST

static const struct {
	enum encoding encoding;
	const char *text, *variants[ENCODE_MAX];
} encodings[] = {
	{ ENCODE_BASE64, "foobar", { "Zm9vYmFy" } },
	{ ENCODE_BASE64, "foob", { "Zm9vYg==" } },
	{ ENCODE_BASE64_OFFSET, "foobar", { "Zm9vYmFy", "Zvb2Jhc", "mb29iYX" } },
	{ ENCODE_BASE64_OFFSET, "IEX ([", { "SUVYIChb", "lFWCAoW", "JRVggKF" } },
	{ ENCODE_BASE64_OFFSET, "a", { "Y", "h" } },
	{ ENCODE_UTF16BE, "", { NULL } },
};

START_TEST(values_are_encoded)
{
	struct arena arena;
	struct slice out[ENCODE_MAX];
	size_t count, want = 0;

	arena_init(&arena, 1 << 20);
	ck_assert(encode_value(&arena, encodings[_i].encoding, slice_from_text(encodings[_i].text), out, &count));
	while (want < ENCODE_MAX && encodings[_i].variants[want])
		want++;
	ck_assert_msg(count == want, "'%s': %zu values", encodings[_i].text, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(slice_eq(out[i], slice_from_text(encodings[_i].variants[i])), "'%s' %zu: %.*s",
			encodings[_i].text, i, SLICE_ARGS(out[i]));
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *network, *address;
	int inside; /* -1: no network */
} networks[] = {
	{ "10.0.0.0/8", "10.255.1.2", 1 }, { "10.0.0.0/8", "11.0.0.1", 0 }, { "10.0.0.1/8", "", -1 },
	{ "192.168.1.7", "192.168.1.7", 1 }, { "0.0.0.0/0", "8.8.8.8", 1 }, { "0.0.0.0/0", "::1", 0 },
	{ "fe80::/10", "fe80::1%12", 1 }, { "fe80::/10", "fec0::1", 0 }, { "::1/128", "::1", 1 },
	{ "127.0.0.0/8", "::ffff:127.0.0.1", 1 }, { "10.0.0.0/33", "", -1 }, { "x/8", "", -1 }, { "10.0.0.0/", "", -1 },
	{ "10.0.0.0/8", "no address", 0 }, { "10.0.0.0/8", "", 0 }, { "172.16.0.0/12", "172.31.255.255", 1 },
	{ "172.16.0.0/12", "172.32.0.0", 0 },
};

START_TEST(networks_hold_addresses)
{
	struct cidr c;
	struct err err = { 0 };
	bool good = cidr_parse(slice_from_text(networks[_i].network), &c, &err);

	ck_assert_msg(good == (networks[_i].inside >= 0), "%s: %s", networks[_i].network, err.text);
	if (good)
		ck_assert_msg(cidr_contains(&c, slice_from_text(networks[_i].address)) == networks[_i].inside, "%s %s",
			networks[_i].network, networks[_i].address);
}
END_TEST

static const struct {
	const char *text, *folded;
} foldings[] = {
	{ "AbZ019[`{", "abz019[`{" }, { "\xC3\x84\xC3\x96", "\xC3\xA4\xC3\xB6" },
	{ "\xE2\x84\xAA", "k" } /* Kelvin sign */, { "\xC8\xBA", "\xE2\xB1\xA5" } /* grows */,
	{ "\xF0\x90\x90\x80", "\xF0\x90\x90\xA8" }, { "\xCE\xA3\xCF\x82", "\xCF\x83\xCF\x83" },
	{ "\xFF\xC3", "\xFF\xC3" }, { "\xED\xA0\x80", "\xED\xA0\x80" }, { "\xD0\x90", "\xD0\xB0" }, { "", "" },
};

START_TEST(texts_are_folded)
{
	struct slice text = slice_from_text(foldings[_i].text);
	struct fold_at at = { 0, 0 };
	struct buf out;

	buf_init(&out, 1 << 16);
	fold_append(&out, text);
	ck_assert_msg(slice_eq(buf_view(&out), slice_from_text(foldings[_i].folded)), "row %d", _i);
	fold_walk(text, &at, out.len);
	ck_assert_uint_eq(at.text, text.len);
	ck_assert_uint_eq(at.folded, out.len);
	buf_fini(&out);
}
END_TEST

/* Which text is less, the same or more as a number. */
static const struct {
	const char *a, *b;
	int order;
} number_orders[] = {
	{ "7", "0x7", 0 },
	{ "7", "8", -1 },
	{ "-7", "7", -1 },
	{ "-7", "-8", 1 },
	{ "-8", "-7", -1 },
	{ "-8", "-8", 0 },
	{ "-0", "0", 0 },
	{ "18446744073709551615", "18446744073709551614", 1 },
	{ "1.5", "2", -1 },
	{ "2", "1.5", 1 },
	{ "-1.5", "-2", 1 },
	{ "2.0", "2", 0 },
};

START_TEST(numbers_have_an_order)
{
	const char *texts[] = { number_orders[_i].a, number_orders[_i].b };
	int order = number_orders[_i].order, found;
	struct number a, b;

	ck_assert(number_parse(slice_from_text(texts[0]), &a) && number_parse(slice_from_text(texts[1]), &b));
	found = number_cmp(&a, &b);
	ck_assert_msg((found > 0) - (found < 0) == order, "%s, %s: %d", texts[0], texts[1], found);
	found = number_cmp(&b, &a);
	ck_assert_msg((found > 0) - (found < 0) == -order, "%s, %s: %d", texts[1], texts[0], found);
	ck_assert(number_compares(&a, COMPARE_EQUAL, &b) == (order == 0));
	ck_assert(number_compares(&a, COMPARE_LESS, &b) == (order < 0));
	ck_assert(number_compares(&a, COMPARE_LESS_EQUAL, &b) == (order <= 0));
	ck_assert(number_compares(&a, COMPARE_GREATER, &b) == (order > 0));
	ck_assert(number_compares(&a, COMPARE_GREATER_EQUAL, &b) == (order >= 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sigma values");
	TCase *tc = tcase_create("values");

	tcase_add_loop_test(tc, escapes_become_tokens, 0, (int)ARRAY_LEN(escapes));
	tcase_add_loop_test(tc, option_signs_are_found, 0, (int)ARRAY_LEN(dashes));
	tcase_add_test(tc, literals_need_no_tokens);
	tcase_add_loop_test(tc, patterns_match_texts, 0, (int)ARRAY_LEN(patterns));
	tcase_add_loop_test(tc, values_are_encoded, 0, (int)ARRAY_LEN(encodings));
	tcase_add_loop_test(tc, networks_hold_addresses, 0, (int)ARRAY_LEN(networks));
	tcase_add_loop_test(tc, texts_are_folded, 0, (int)ARRAY_LEN(foldings));
	tcase_add_loop_test(tc, numbers_have_an_order, 0, (int)ARRAY_LEN(number_orders));
	suite_add_tcase(s, tc);
	return help_main(s);
}
