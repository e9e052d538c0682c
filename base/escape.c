/* SPDX-License-Identifier: Apache-2.0 */
#include "base/escape.h"

#include "base/ascii.h"
#include "base/utf.h"

#include <stdio.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What stands in for one code point: nothing (len 0) when it may stay as it is. */
struct escaped {
	char text[15];
	uint8_t len;
	bool lost; /* the reader cannot tell from it what was there */
};

/* One kind of reader: the ASCII bytes it gives a meaning to (controls and everything from 0x7F on are looked at
 * anyway; rows are filled up with 0x7F), and the answer for one code point. */
struct escaper {
	uint8_t special[4];
	struct escaped (*one)(uint32_t code, unsigned flags);
};

enum { STRAY_SHIFT = 31 };

static bool
is_stray(uint32_t code)
{
	return code >> STRAY_SHIFT;
}

static struct escaped
as_text(const char *text)
{
	struct escaped e = { .len = (uint8_t)strlen(text) };

	memcpy(e.text, text, e.len);
	return e;
}

/* The code in hexadecimal, at least `digits` of them, between two texts. */
static struct escaped
as_number(const char *before, int digits, uint32_t code, const char *after)
{
	struct escaped e = { .len = 0 };

	e.len = (uint8_t)snprintf(e.text, sizeof(e.text), "%s%0*X%s", before, digits, (unsigned)code, after);
	return e;
}

static struct escaped
as_lost(void)
{
	struct escaped e = as_text("\xEF\xBF\xBD");

	e.lost = true;
	return e;
}

static struct escaped
as_is(void)
{
	return (struct escaped){ .len = 0 };
}

/* U+2400 + code, the picture of a C0 control; U+2421 for DEL. */
static struct escaped
as_picture(uint32_t code)
{
	char text[4] = { (char)0xE2, (char)0x90, (char)(code == 0x7F ? 0xA1 : 0x80 + code), '\0' };

	return as_text(text);
}

static bool
is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code <= 0x9F);
}

/* Not controls by category, but they reorder the line or end it: the bidirectional controls (UAX #9, section 2) and
 * the line and paragraph separators. */
static bool
is_reordering(uint32_t code)
{
	return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
		(code >= 0x2066 && code <= 0x2069);
}

static struct escaped
json_one(uint32_t code, unsigned flags)
{
	(void)flags;
	if (is_stray(code) || utf_is_surrogate(code))
		return as_lost();
	switch (code) {
	case '"':
		return as_text("\\\"");
	case '\\':
		return as_text("\\\\");
	case '\n':
		return as_text("\\n");
	case '\r':
		return as_text("\\r");
	case '\t':
		return as_text("\\t");
	default:
		return is_control(code) || is_reordering(code) ? as_number("\\u", 4, code, "") : as_is();
	}
}

static struct escaped
csv_one(uint32_t code, unsigned flags)
{
	(void)flags;
	if (is_stray(code) || utf_is_surrogate(code))
		return as_lost();
	if (code == '"')
		return as_text("\"\"");
	if (code < 0x20 || code == 0x7F)
		return as_picture(code);
	return is_control(code) || is_reordering(code) ? as_number("<U+", 4, code, ">") : as_is();
}

/* What a terminal would draw as nothing, or each terminal as something else: format characters, fillers, variation
 * selectors, tags, private use, noncharacters and the planes that hold nothing (Unicode 15, DerivedCoreProperties
 * Default_Ignorable_Code_Point, and Blocks). */
static const struct range {
	uint32_t first, last;
} invisible[] = {
	{ 0x00AD, 0x00AD }, { 0x034F, 0x034F }, { 0x061C, 0x061C }, { 0x070F, 0x070F }, { 0x115F, 0x1160 },
	{ 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F },
	{ 0x3164, 0x3164 }, { 0xD800, 0xF8FF }, { 0xFDD0, 0xFDEF }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF },
	{ 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0xFFFE, 0xFFFF }, { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A },
	{ 0x1FFFE, 0x1FFFF }, { 0x2FFFE, 0x2FFFF }, { 0x323B0, 0x10FFFF },
};

static bool
is_invisible(uint32_t code)
{
	size_t low = 0, high = ARRAY_LEN(invisible);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > invisible[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ARRAY_LEN(invisible) && code >= invisible[low].first;
}

static struct escaped
terminal_one(uint32_t code, unsigned flags)
{
	(void)flags;
	if (is_stray(code))
		return as_number("\\x", 2, code & 0xFF, "");
	if (code == '\n' || code == '\r' || code == '\t')
		return as_picture(code);
	return is_control(code) || is_invisible(code) ? as_number("<U+", 4, code, ">") : as_is();
}

/* Char of XML 1.0 section 2.2: no C0 but TAB, LF, CR; no surrogates; not U+FFFE and U+FFFF.  A CR that is written as
 * it is would reach the reader as LF (section 2.11), so it is always a reference, and so is what fools an eye. */
static struct escaped
xml_one(uint32_t code, unsigned flags)
{
	bool attribute = flags & ESCAPE_XML_ATTRIBUTE;

	if (is_stray(code) || utf_is_surrogate(code) || code == 0xFFFE || code == 0xFFFF)
		return as_lost();
	switch (code) {
	case '&':
		return as_text("&amp;");
	case '<':
		return as_text("&lt;");
	case '>':
		return as_text("&gt;");
	case '"':
		return attribute ? as_text("&quot;") : as_is();
	case '\t':
	case '\n':
		return attribute ? as_number("&#x", 1, code, ";") : as_is();
	case '\r':
		return as_text("&#xD;");
	default:
		if (code < 0x20)
			return as_lost();
		return is_control(code) || is_reordering(code) ? as_number("&#x", 1, code, ";") : as_is();
	}
}

static const struct escaper json_escaper = { { '"', '\\', 0x7F, 0x7F }, json_one };
static const struct escaper csv_escaper = { { '"', 0x7F, 0x7F, 0x7F }, csv_one };
static const struct escaper terminal_escaper = { { 0x7F, 0x7F, 0x7F, 0x7F }, terminal_one };
static const struct escaper xml_escaper = { { '&', '<', '>', '"' }, xml_one };

static bool
is_plain(uint8_t c, const uint8_t special[static 4])
{
	return c >= 0x20 && c < 0x7F && c != special[0] && c != special[1] && c != special[2] && c != special[3];
}

#ifdef __SSE2__
/* Bit n: byte n of these sixteen is not plain.  As signed bytes, all but ASCII is below the blank, too. */
static inline unsigned
not_plain(const uint8_t bytes[static 16], const uint8_t special[static 4])
{
	const __m128i v = _mm_loadu_si128((const void *)bytes);
	__m128i found = _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)), _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7F)));

	for (size_t i = 0; i < 4; i++)
		found = _mm_or_si128(found, _mm_cmpeq_epi8(v, _mm_set1_epi8((char)special[i])));
	return (unsigned)_mm_movemask_epi8(found);
}
#endif

/* Where, from `at` on, the next byte is that needs a look: nearly all text is plain. */
static size_t
skip_plain(const struct escaper *escaper, struct slice text, size_t at)
{
#ifdef __SSE2__
	for (; text.len - at >= 16; at += 16) {
		unsigned found = not_plain(text.ptr + at, escaper->special);

		if (found)
			return at + (size_t)__builtin_ctz(found);
	}
#endif
	while (at < text.len && is_plain(text.ptr[at], escaper->special))
		at++;
	return at;
}

/* Appends text in runs, each stretch that stays in one piece.  True when nothing was lost. */
static bool
escape(const struct escaper *escaper, struct buf *out, struct slice text, unsigned flags)
{
	size_t run = 0, at = 0;
	bool kept = true;

	while ((at = skip_plain(escaper, text, at)) < text.len) {
		size_t before = at;
		struct escaped e = escaper->one(utf_next(text, &at), flags);

		if (!e.len)
			continue;
		buf_append(out, slice_sub(text, run, before - run));
		buf_append(out, slice_from(e.text, e.len));
		run = at;
		kept = kept && !e.lost;
	}
	buf_append(out, slice_sub(text, run, text.len));
	return kept;
}

bool
escape_json(struct buf *out, struct slice text)
{
	return escape(&json_escaper, out, text, 0);
}

bool
escape_json_string(struct buf *out, struct slice text)
{
	bool kept;

	buf_append_byte(out, '"');
	kept = escape_json(out, text);
	buf_append_byte(out, '"');
	return kept;
}

void
escape_json_number(struct buf *out, uint64_t number)
{
	bool exact = number <= UINT64_C(1) << 53;

	if (!exact)
		buf_append_byte(out, '"');
	buf_decimal(out, number);
	if (!exact)
		buf_append_byte(out, '"');
}

/* Blanks a spreadsheet may drop before it looks for a formula; zero-width ones as well. */
static bool
is_skipped_before_formula(uint32_t code)
{
	return code == ' ' || code == '"' || code == '\'' || code == 0xA0 || code == 0x1680 ||
		(code >= 0x2000 && code <= 0x200F) || code == 0x202F || code == 0x205F || code == 0x2060 ||
		code == 0x3000 || code == 0xFEFF || (code >= 0x2018 && code <= 0x201F) || is_reordering(code);
}

/* = + - @, their full-width and small forms (they fold to ASCII), and the minus sign. */
static bool
begins_formula(uint32_t code)
{
	static const uint32_t starts[] = { '=', '+', '-', '@', 0x2212, 0xFE62, 0xFE63, 0xFE66, 0xFE6B, 0xFF0B, 0xFF0D,
		0xFF1D, 0xFF20 };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (code == starts[i])
			return true;
	return false;
}

/* What most cells begin with. */
static bool
is_word(uint8_t c)
{
	return ascii_is_letter_or_digit(c);
}

static bool
needs_guard(struct slice text)
{
	size_t at = 0;
	uint32_t code;

	if (text.len == 0 || is_word(text.ptr[0]))
		return false;
	if (is_control(utf_next(text, &at)))
		return true;
	at = 0;
	do
		code = utf_next(text, &at);
	while (at < text.len && (is_skipped_before_formula(code) || is_control(code)));
	return begins_formula(code);
}

/* RFC 4180 asks for quotes around commas and quotes (line ends never stay); semicolons split cells where Excel's
 * list separator is one, and blanks at the edges get lost. */
static bool
needs_quotes(struct slice text)
{
	if (text.len == 0)
		return false;
	return text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ' || memchr(text.ptr, ',', text.len) ||
		memchr(text.ptr, '"', text.len) || memchr(text.ptr, ';', text.len);
}

void
escape_csv_cell(struct buf *out, struct slice text, enum escape_csv_flags flags)
{
	bool quotes = needs_quotes(text);

	if (quotes)
		buf_append_byte(out, '"');
	if (!(flags & ESCAPE_CSV_RAW) && needs_guard(text))
		buf_append_byte(out, '\'');
	escape(&csv_escaper, out, text, 0);
	if (quotes)
		buf_append_byte(out, '"');
}

void
escape_terminal(struct buf *out, struct slice text)
{
	escape(&terminal_escaper, out, text, 0);
}

bool
escape_xml(struct buf *out, struct slice text, enum escape_xml_flags flags)
{
	return escape(&xml_escaper, out, text, flags);
}

static bool
is_file_name_byte(uint32_t code)
{
	return (code < 0x80 && is_word((uint8_t)code)) || code == '.' || code == '-' || code == '_';
}

void
escape_file_name(struct buf *out, struct slice text, size_t max)
{
	size_t count = 0;

	for (size_t at = 0; at < text.len && count < max; count++) {
		uint32_t code = utf_next(text, &at);
		bool leading = count == 0 && (code == '.' || code == '-');

		buf_append_byte(out, is_file_name_byte(code) && !leading ? (uint8_t)code : '_');
	}
	if (count == 0)
		buf_append_byte(out, '_');
}
