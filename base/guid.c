/* SPDX-License-Identifier: Apache-2.0 */
#include "base/guid.h"

#include "base/ascii.h"

/* Where the byte that the text shows n-th is stored. */
static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool
dash_before(size_t n)
{
	return n == 4 || n == 6 || n == 8 || n == 10;
}

static void
put_text(const struct guid *g, const char digits[static 16], char *p)
{
	for (size_t n = 0; n < 16; n++) {
		uint8_t byte = g->bytes[order[n]];

		if (dash_before(n))
			*p++ = '-';
		*p++ = digits[byte >> 4];
		*p++ = digits[byte & 15];
	}
	*p = '\0';
}

void
guid_text(const struct guid *g, char out[static GUID_TEXT])
{
	put_text(g, "0123456789abcdef", out);
}

void
guid_text_upper(const struct guid *g, char out[static GUID_TEXT])
{
	put_text(g, "0123456789ABCDEF", out);
}

bool
guid_parse(struct slice text, struct guid *g)
{
	struct guid parsed;
	size_t at = 0;

	if (text.len == 38 && text.ptr[0] == '{' && text.ptr[37] == '}')
		text = slice_sub(text, 1, 36);
	if (text.len != 36)
		return false;
	for (size_t n = 0; n < 16; n++) {
		int high, low;

		if (dash_before(n) && text.ptr[at++] != '-')
			return false;
		high = ascii_hex_value(text.ptr[at]);
		low = ascii_hex_value(text.ptr[at + 1]);
		if (high < 0 || low < 0)
			return false;
		parsed.bytes[order[n]] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	*g = parsed;
	return true;
}
