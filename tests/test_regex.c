/* SPDX-License-Identifier: Apache-2.0 */
/* The wrapper around PCRE2: flags, limits, texts that are no UTF-8. */
#include "tests/sigma_help.h"

#include "src/lib/regex.h"

static const struct {
	const char *expression, *text;
	unsigned flags, edges;
	int start, len; /* -1: no match */
} cases[] = {
	{ "b+", "abbc", 0, 0, 1, 2 }, { "B", "abc", 0, 0, -1, 0 }, { "B", "abc", REGEX_CASELESS, 0, 1, 1 },
	{ "", "abc", 0, 0, 0, 0 }, { "a", "", 0, 0, -1, 0 }, { "^$", "", 0, 0, 0, 0 },
	{ "a.b", "a\nb", 0, 0, -1, 0 }, { "a.b", "a\nb", REGEX_DOTALL, 0, 0, 3 },
	{ "^b", "a\nb", 0, 0, -1, 0 }, { "^b", "a\nb", REGEX_MULTILINE, 0, 2, 1 },
	{ "^a", "a", 0, REGEX_NOT_START, -1, 0 }, { "a$", "a", 0, REGEX_NOT_END, -1, 0 },
	{ "\\Aa", "a", 0, REGEX_NOT_START, -1, 0 }, { "\\Aa", "a", 0, 0, 0, 1 },
	{ "x", "\xFF\xED\xA0\x80x", 0, 0, 4, 1 }, { ".", "\xFF", 0, 0, -1, 0 },
	{ "a.*b.*c", "xa1b2c3bc4cb", 0, 0, 1, 10 }, { "\\+.*\\+.*\\+.*\\+", "1+2+3\n+a+b+c+d+e", 0, 0, 6, 9 },
	{ "a.*b.*", "xab\nab", 0, 0, 1, 2 }, { ".*a.*b", "xaxb\n", 0, 0, 0, 4 }, { "a.*?b.*c", "abcbc", 0, 0, 0, 5 },
	{ "a.*B.*c", "aBbbcBC", REGEX_CASELESS, 0, 0, 7 }, { "a.*b.*+", "ab", 0, 0, 0, 2 },
	{ "\xC3\xA4", "x\xC3\x84", REGEX_CASELESS, 0, 1, 2 }, { "(?=ab\\K)", "ab", 0, 0, 0, 0 },
};

START_TEST(expression_is_searched)
{
	struct err err = { 0 };
	struct regex *r = regex_new(slice_from_text(cases[_i].expression), (enum regex_flags)cases[_i].flags, &err);
	struct regex_scratch *s = regex_scratch_new();
	struct regex_range range = { 0, 0 };
	const char *limit = NULL;
	enum regex_result result;

	if (!r) { /* \K in a look-around is refused by newer PCRE2 */
		ck_assert_msg(strstr(cases[_i].expression, "\\K") != NULL, "%s: %s", cases[_i].expression, err.text);
		regex_scratch_free(s);
		return;
	}
	ck_assert_ptr_nonnull(s);
	result = regex_search(r, s, slice_from_text(cases[_i].text), (enum regex_edges)cases[_i].edges, &range, &limit);
	ck_assert_msg(result == (cases[_i].start < 0 ? REGEX_NO_MATCH : REGEX_MATCH), "%s: %d", cases[_i].expression,
		(int)result);
	if (result == REGEX_MATCH && !strstr(cases[_i].expression, "\\K"))
		ck_assert_msg((int)range.start == cases[_i].start && (int)range.len == cases[_i].len, "%s: %zu+%zu",
			cases[_i].expression, range.start, range.len);
	ck_assert_uint_le(range.start + range.len, strlen(cases[_i].text));
	regex_scratch_free(s);
	regex_free(r);
}
END_TEST

static const char *const refused[] = { "a(", "[z-a]", "*", "a{2,1}", "(?<n>a)(?<n>b)", "\\C", "(?P>x)" };

START_TEST(bad_expressions_are_refused)
{
	struct err err = { 0 };

	ck_assert_ptr_null(regex_new(slice_from_text(refused[_i]), 0, &err));
	ck_assert_int_eq(err.code, ERR_SYNTAX);
	ck_assert_msg(err.text[0] != '\0', "%s", refused[_i]);
}
END_TEST

/* Expressions that would run for ages, on many times the same letter and one that spoils it. */
static const char *const slow[] = { "^(a+)+$", "^(a|aa)+$", "^(a|a)*$", "(.*)*b$", "^(([a-z])+.)+[A-Z]([a-z])+$",
	"(a*)*c(a*)*c(a*)*c", "^(a?){40}a{40}b" };

START_TEST(slow_expressions_end)
{
	enum { LEN = 64 * 1024 };
	struct err err = { 0 };
	struct regex *r = regex_new(slice_from_text(slow[_i]), 0, &err);
	struct regex_scratch *s = regex_scratch_new();
	struct regex_range range;
	const char *limit = NULL;
	uint8_t *text = malloc(LEN);
	enum regex_result result;

	ck_assert(r && s && text);
	memset(text, 'a', LEN);
	text[LEN - 1] = '!';
	result = regex_search(r, s, slice_from(text, LEN), 0, &range, &limit);
	ck_assert_int_ne(result, REGEX_MATCH);
	if (result == REGEX_LIMIT)
		ck_assert_ptr_nonnull(limit);
	free(text);
	regex_scratch_free(s);
	regex_free(r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("regex");
	TCase *tc = tcase_create("regex");

	tcase_add_loop_test(tc, expression_is_searched, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, bad_expressions_are_refused, 0, (int)ARRAY_LEN(refused));
	tcase_add_loop_test(tc, slow_expressions_end, 0, (int)ARRAY_LEN(slow));
	suite_add_tcase(s, tc);
	return help_main(s);
}
