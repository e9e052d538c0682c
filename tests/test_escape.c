/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping, case by case, and what must hold for any bytes at all. */
#include "base/escape.h"
#include "base/utf.h"

#include <check.h>
#include <stdlib.h>

#define S(lit) { (const uint8_t *)("" lit), sizeof(lit) - 1 }

enum reader { JSON, CSV, CSV_RAW, TERMINAL, XML, XML_ATTRIBUTE };

static bool
escape_for(enum reader reader, struct buf *out, struct slice text)
{
	switch (reader) {
	case JSON:
		return escape_json(out, text);
	case CSV:
		escape_csv_cell(out, text, (enum escape_csv_flags)0);
		return true;
	case CSV_RAW:
		escape_csv_cell(out, text, ESCAPE_CSV_RAW);
		return true;
	case TERMINAL:
		escape_terminal(out, text);
		return true;
	case XML:
		return escape_xml(out, text, (enum escape_xml_flags)0);
	case XML_ATTRIBUTE:
		return escape_xml(out, text, ESCAPE_XML_ATTRIBUTE);
	}
	return false;
}

static const struct row {
	const char *name;
	enum reader reader;
	struct slice text, want;
	bool lost;
} rows[] = {
	{ "json: plain", JSON, S("plain text, longer than a word"), S("plain text, longer than a word"), false },
	{ "json: quotes", JSON, S("C:\\a \"b\"/"), S("C:\\\\a \\\"b\\\"/"), false },
	{ "json: controls", JSON, S("\0\x1b\x7f\r\n\t"), S("\\u0000\\u001B\\u007F\\r\\n\\t"), false },
	{ "json: C1, separators, bidi", JSON, S("\xC2\x9B\xE2\x80\xA8\xE2\x80\xAE"), S("\\u009B\\u2028\\u202E"), false },
	{ "json: beyond the BMP stays", JSON, S("\xF0\x9F\x98\x80"), S("\xF0\x9F\x98\x80"), false },
	{ "json: lone surrogate", JSON, S("a\xED\xA0\xBDz"), S("a\xEF\xBF\xBDz"), true },
	{ "json: stray byte", JSON, S("a\xFFz"), S("a\xEF\xBF\xBDz"), true },
	{ "json: special as ninth byte", JSON, S("12345678\"1234567\\"), S("12345678\\\"1234567\\\\"), false },
	{ "csv: empty", CSV, S(""), S(""), false },
	{ "csv: comma and quote", CSV, S("a,\"b\""), S("\"a,\"\"b\"\"\""), false },
	{ "csv: semicolon", CSV, S("a;b"), S("\"a;b\""), false },
	{ "csv: blanks at the edge", CSV, S(" a"), S("\" a\""), false },
	{ "csv: line ends", CSV, S("a\r\n\tb"), S("a\xE2\x90\x8D\xE2\x90\x8A\xE2\x90\x89" "b"), false },
	{ "csv: paths stay paths", CSV, S("C:\\new\\table"), S("C:\\new\\table"), false },
	{ "csv: NUL, ESC, DEL", CSV, S("a\0\x1b\x7f"), S("a\xE2\x90\x80\xE2\x90\x9B\xE2\x90\xA1"), false },
	{ "csv: C1 and bidi", CSV, S("a\xC2\x85\xE2\x80\xAE"), S("a<U+0085><U+202E>"), false },
	{ "csv: lone surrogate", CSV, S("a\xED\xB8\x80"), S("a\xEF\xBF\xBD"), false },
	{ "csv: =", CSV, S("=1+1"), S("'=1+1"), false },
	{ "csv: + - @", CSV, S("-enc x"), S("'-enc x"), false },
	{ "csv: @", CSV, S("@(1)"), S("'@(1)"), false },
	{ "csv: blanks before =", CSV, S("  =1"), S("\"'  =1\""), false },
	{ "csv: quotes before =", CSV, S("\"'=1"), S("\"'\"\"'=1\""), false },
	{ "csv: no-break and zero-width blanks", CSV, S("\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF+1"),
		S("'\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF+1"), false },
	{ "csv: full width", CSV, S("\xEF\xBC\x9D" "1"), S("'\xEF\xBC\x9D" "1"), false },
	{ "csv: begins with a tab", CSV, S("\tx"), S("'\xE2\x90\x89x"), false },
	{ "csv: tab, then =", CSV, S(" \t=x"), S("\"' \xE2\x90\x89=x\""), false },
	{ "csv: = inside is harmless", CSV, S("a=1"), S("a=1"), false },
	{ "csv: raw", CSV_RAW, S("=1\n"), S("=1\xE2\x90\x8A"), false },
	{ "csv: only blanks", CSV, S("  "), S("\"  \""), false },
	{ "terminal: plain", TERMINAL, S("gr\xC3\xBC\xC3\x9F \xE4\xBD\xA0 \xF0\x9F\x98\x80"),
		S("gr\xC3\xBC\xC3\x9F \xE4\xBD\xA0 \xF0\x9F\x98\x80"), false },
	{ "terminal: ANSI", TERMINAL, S("\x1b[2J\x07"), S("<U+001B>[2J<U+0007>"), false },
	{ "terminal: C1", TERMINAL, S("\xC2\x9B" "2J"), S("<U+009B>2J"), false },
	{ "terminal: raw C1 byte", TERMINAL, S("\x9B" "2J"), S("\\x9B2J"), false },
	{ "terminal: line ends", TERMINAL, S("\r\n\t"), S("\xE2\x90\x8D\xE2\x90\x8A\xE2\x90\x89"), false },
	{ "terminal: bidi", TERMINAL, S("\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C"), S("<U+202E><U+2066><U+061C>"), false },
	{ "terminal: zero-width", TERMINAL, S("\xE2\x80\x8B\xEF\xBB\xBF\xC2\xAD"), S("<U+200B><U+FEFF><U+00AD>"), false },
	{ "terminal: private use, tags, beyond", TERMINAL, S("\xEE\x80\x80\xF3\xA0\x81\x81\xF4\x8F\xBF\xBF"),
		S("<U+E000><U+E0041><U+10FFFF>"), false },
	{ "terminal: lone surrogate", TERMINAL, S("\xED\xA0\xBD"), S("<U+D83D>"), false },
	{ "xml: text", XML, S("a<b>&\"c\" ]]>\n"), S("a&lt;b&gt;&amp;\"c\" ]]&gt;\n"), false },
	{ "xml: attribute", XML_ATTRIBUTE, S("\"\t\r\n"), S("&quot;&#x9;&#xD;&#xA;"), false },
	{ "xml: CR would become LF", XML, S("\r\n"), S("&#xD;\n"), false },
	{ "xml: controls cannot be", XML, S("a\0\x1b"), S("a\xEF\xBF\xBD\xEF\xBF\xBD"), true },
	{ "xml: noncharacters", XML, S("\xEF\xBF\xBE\xEF\xBF\xBF"), S("\xEF\xBF\xBD\xEF\xBF\xBD"), true },
	{ "xml: lone surrogate", XML, S("\xED\xA0\xBD"), S("\xEF\xBF\xBD"), true },
	{ "xml: C1 and bidi", XML, S("\xC2\x9B\xE2\x80\xAE"), S("&#x9B;&#x202E;"), false },
};

START_TEST(test_row)
{
	const struct row *t = &rows[_i];
	struct buf b;
	bool kept;

	buf_init(&b, 1000);
	kept = escape_for(t->reader, &b, t->text);
	ck_assert_msg(slice_eq(buf_view(&b), t->want), "%s: %.*s", t->name, SLICE_ARGS(buf_view(&b)));
	ck_assert_msg(kept == !t->lost, "%s: tells what was lost", t->name);
	buf_fini(&b);
}
END_TEST

static const struct file_name {
	const char *text;
	size_t max;
	const char *want;
} file_names[] = {
	{ "script-1.ps1", 100, "script-1.ps1" }, { "a/../b", 100, "a_.._b" }, { "..", 100, "_." }, { "-rf", 100, "_rf" },
	{ "", 100, "_" }, { "\xC3\xA4\xFF\n", 100, "___" }, { "abcdef", 3, "abc" }, { "C:\\x", 100, "C__x" },
};

START_TEST(test_file_name)
{
	const struct file_name *t = &file_names[_i];
	struct buf b;

	buf_init(&b, 1000);
	escape_file_name(&b, slice_from_text(t->text), t->max);
	ck_assert_msg(slice_eq(buf_view(&b), slice_from_text(t->want)), "\"%s\": %.*s", t->text, SLICE_ARGS(buf_view(&b)));
	buf_fini(&b);
}
END_TEST

static bool
is_safe_for(enum reader reader, uint32_t code)
{
	bool c1 = code >= 0x7F && code <= 0x9F, bidi = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);

	if (c1 || bidi || code == 0x2028 || code == 0x2029)
		return false;
	return code >= 0x20 || (code == '\n' && reader == XML) || (code == '\t' && reader == XML);
}

static void
check_safe(enum reader reader, struct slice text)
{
	struct slice out;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	escape_for(reader, &b, text);
	out = buf_view(&b);
	if (!utf_is_strict(out))
		ck_abort_msg("reader %d: not valid UTF-8", (int)reader);
	for (size_t at = 0; at < out.len;) {
		uint32_t code = utf_next(out, &at);

		if (!is_safe_for(reader, code)) /* an assertion each would be a system call each */
			ck_abort_msg("reader %d: U+%04X gets through", (int)reader, (unsigned)code);
	}
	buf_fini(&b);
}

/* Every code point alone and every single byte, for each reader. */
START_TEST(test_every_code)
{
	struct buf text;

	buf_init(&text, 16);
	for (uint32_t code = 0; code <= 0x10FFFF; code += code < 0x3100 || code > 0xD700 ? 1 : 61) {
		if (code > 0x11000)
			code += 997;
		buf_reset(&text);
		utf_append_code(&text, code);
		check_safe((enum reader)_i, buf_view(&text));
	}
	for (unsigned byte = 0; byte < 256; byte++) {
		const uint8_t bytes[] = { 'x', (uint8_t)byte, 'y' };

		check_safe((enum reader)_i, slice_from(bytes, sizeof(bytes)));
	}
	buf_fini(&text);
}
END_TEST

/* Random bytes, weighted towards what is special, at every distance from an eight-byte border. */
START_TEST(test_random)
{
	static const char special[] = "\"\\<>&,;'=+-@\0\x1b\r\n\t\x7f\xC2\x9B\xE2\x80\xAE\xED\xA0\xFF ";
	uint32_t state = 88172645;
	uint8_t text[64];

	for (int round = 0; round < 20000; round++) {
		size_t len;

		for (size_t i = 0; i < sizeof(text); i++) {
			state = state * 1664525 + 1013904223;
			text[i] = state >> 30 ? (uint8_t)('a' + (state >> 8) % 26) :
				(uint8_t)special[(state >> 8) % (sizeof(special) - 1)];
		}
		len = (state >> 16) % (sizeof(text) + 1);
		check_safe((enum reader)_i, slice_from(text, len));
	}
}
END_TEST

START_TEST(test_number)
{
	static const struct {
		uint64_t number;
		const char *text;
	} numbers[] = { { 0, "0" }, { UINT64_C(1) << 53, "9007199254740992" }, { (UINT64_C(1) << 53) + 1, "\"9007199254740993\"" },
		{ UINT64_MAX, "\"18446744073709551615\"" } };
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		buf_reset(&out);
		escape_json_number(&out, numbers[i].number);
		ck_assert_msg(slice_eq(buf_view(&out), slice_from_text(numbers[i].text)), "%s: %.*s", numbers[i].text, SLICE_ARGS(buf_view(&out)));
	}
	buf_fini(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("escape");
	TCase *tc = tcase_create("escape");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, test_number);
	tcase_add_loop_test(tc, test_row, 0, (int)ARRAY_LEN(rows));
	tcase_add_loop_test(tc, test_file_name, 0, (int)ARRAY_LEN(file_names));
	tcase_add_loop_test(tc, test_every_code, JSON, XML_ATTRIBUTE + 1);
	tcase_add_loop_test(tc, test_random, JSON, XML_ATTRIBUTE + 1);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
