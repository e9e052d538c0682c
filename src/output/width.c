/* SPDX-License-Identifier: Apache-2.0 */
#include "src/output/width.h"

#include "base/escape.h"
#include "base/utf.h"

/* After EastAsianWidth.txt (W and F) and the nonspacing marks of UnicodeData.txt, Unicode 15; rounded to blocks where
 * that moves only rare characters. */
static const struct range {
	uint32_t first, last;
	uint8_t width;
} ranges[] = {
	{ 0x0300, 0x036F, 0 }, { 0x0483, 0x0489, 0 }, { 0x0591, 0x05BD, 0 }, { 0x0610, 0x061A, 0 }, { 0x064B, 0x065F, 0 },
	{ 0x0670, 0x0670, 0 }, { 0x06D6, 0x06DC, 0 }, { 0x0900, 0x0902, 0 }, { 0x093C, 0x093C, 0 }, { 0x0941, 0x0948, 0 },
	{ 0x094D, 0x094D, 0 }, { 0x0E31, 0x0E31, 0 }, { 0x0E34, 0x0E3A, 0 }, { 0x0E47, 0x0E4E, 0 }, { 0x1100, 0x115F, 2 },
	{ 0x1AB0, 0x1AFF, 0 }, { 0x1DC0, 0x1DFF, 0 }, { 0x20D0, 0x20FF, 0 }, { 0x231A, 0x231B, 2 }, { 0x23E9, 0x23EC, 2 },
	{ 0x25FD, 0x25FE, 2 }, { 0x2614, 0x2615, 2 }, { 0x2648, 0x2653, 2 }, { 0x26A1, 0x26A1, 2 }, { 0x2705, 0x2705, 2 },
	{ 0x270A, 0x270B, 2 }, { 0x2728, 0x2728, 2 }, { 0x274C, 0x274C, 2 }, { 0x2753, 0x2755, 2 }, { 0x2795, 0x2797, 2 },
	{ 0x2E80, 0x303E, 2 }, { 0x3041, 0x3098, 2 }, { 0x3099, 0x309A, 0 }, { 0x309B, 0xA4CF, 2 }, { 0xA960, 0xA97F, 2 },
	{ 0xAC00, 0xD7A3, 2 }, { 0xF900, 0xFAFF, 2 }, { 0xFE20, 0xFE2F, 0 }, { 0xFE30, 0xFE6F, 2 }, { 0xFF00, 0xFF60, 2 },
	{ 0xFFE0, 0xFFE6, 2 }, { 0x16FE0, 0x18CFF, 2 }, { 0x1AFF0, 0x1B2FF, 2 }, { 0x1F300, 0x1F64F, 2 },
	{ 0x1F680, 0x1F6FF, 2 }, { 0x1F900, 0x1F9FF, 2 }, { 0x1FA70, 0x1FAFF, 2 }, { 0x20000, 0x3FFFD, 2 },
};

unsigned
width_of_code(uint32_t code)
{
	size_t low = 0, high = ARRAY_LEN(ranges);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ARRAY_LEN(ranges) && code >= ranges[low].first ? ranges[low].width : 1;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next character, or run of blanks, of text as it is to be shown; moves *at behind it. */
static struct slice
next_shown(struct slice text, size_t *at)
{
	size_t start = *at;
	bool line_end = false;

	if (!is_blank(text.ptr[start])) {
		utf_next(text, at);
		return slice_sub(text, start, *at - start);
	}
	for (; *at < text.len && is_blank(text.ptr[*at]); ++*at)
		line_end = line_end || text.ptr[*at] == '\n';
	return line_end ? SLICE("\n") : SLICE(" ");
}

static unsigned
width_of_text(struct slice text)
{
	unsigned width = 0;

	for (size_t at = 0; at < text.len;)
		width += width_of_code(utf_next(text, &at));
	return width;
}

/* Marks pile up on one character without taking a column; this many are kept. */
enum { MARKS_MAX = 4 };

size_t
width_append(struct buf *out, struct slice text, unsigned columns, unsigned *used)
{
	unsigned marks = 0, taken = 0;
	size_t at = 0;

	while (at < text.len) {
		size_t next = at, len = out->len;
		struct slice shown = next_shown(text, &next);
		unsigned width;

		escape_terminal(out, shown);
		width = width_of_text(slice_sub(buf_view(out), len, out->len));
		marks = width ? 0 : marks + 1;
		if (marks > MARKS_MAX)
			out->len = len;
		if (taken + width > columns) {
			out->len = len;
			break;
		}
		taken += width;
		at = next;
	}
	*used += taken;
	return at;
}
