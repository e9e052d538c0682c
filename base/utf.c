/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf.h"

#include "base/units.h"

enum { STRAY = (int)0x80000000 };

static uint8_t *
put_code(uint8_t *p, uint32_t code)
{
	if (code < 0x80) {
		*p++ = (uint8_t)code;
	} else if (code < 0x800) {
		*p++ = (uint8_t)(0xC0 | code >> 6);
		*p++ = (uint8_t)(0x80 | (code & 0x3F));
	} else if (code < 0x10000) {
		*p++ = (uint8_t)(0xE0 | code >> 12);
		*p++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
		*p++ = (uint8_t)(0x80 | (code & 0x3F));
	} else {
		*p++ = (uint8_t)(0xF0 | code >> 18);
		*p++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
		*p++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
		*p++ = (uint8_t)(0x80 | (code & 0x3F));
	}
	return p;
}

/* Takes one code point off the units and writes it. */
static uint8_t *
put_units(uint8_t *p, const uint8_t *in, size_t units, size_t *at)
{
	uint32_t code = unit_at(in + 2 * *at);

	++*at;
	if ((code & 0xFC00) == 0xD800 && *at < units) {
		uint32_t low = unit_at(in + 2 * *at);

		if ((low & 0xFC00) == 0xDC00) {
			code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
			++*at;
		}
	}
	return put_code(p, code);
}

/* A unit becomes at most three bytes, a pair of units at most four; so sixteen more units are room for sixteen bytes. */
size_t
utf_from_utf16le(uint8_t *out, struct slice utf16)
{
	size_t units = utf16.len / 2, at = 0;
	uint8_t *p = out;

	while (at < units) {
		unsigned other = 0;

		while (units - at >= UNITS && (other = units_pack(utf16.ptr + 2 * at, p)) == 0) {
			p += UNITS;
			at += UNITS;
		}
		if (other) {
			p += units_first(other);
			at += units_first(other);
		}
		do {
			if (at < units)
				p = put_units(p, utf16.ptr, units, &at);
		} while (at < units && (units - at < UNITS || unit_at(utf16.ptr + 2 * at) >= 0x80));
	}
	return (size_t)(p - out);
}

bool
utf_append_utf16le(struct buf *out, struct slice utf16)
{
	size_t units = utf16.len / 2;
	uint8_t *room = buf_reserve(out, units * 3);

	if (!room)
		return units == 0 && utf16.len == 0;
	out->len += utf_from_utf16le(room, utf16);
	return utf16.len % 2 == 0;
}

void
utf_append_code(struct buf *out, uint32_t code)
{
	uint8_t *room = buf_reserve(out, 4);

	if (room)
		out->len += (size_t)(put_code(room, code) - room);
}

/* How many bytes a sequence with this first byte has, and the smallest code it may stand for; 0: no first byte. */
static size_t
sequence_len(uint8_t first, uint32_t *smallest, uint32_t *bits)
{
	if (first >= 0xC2 && first <= 0xDF) {
		*smallest = 0x80;
		*bits = first & 0x1Fu;
		return 2;
	}
	if (first >= 0xE0 && first <= 0xEF) {
		*smallest = 0x800;
		*bits = first & 0x0Fu;
		return 3;
	}
	if (first >= 0xF0 && first <= 0xF4) {
		*smallest = 0x10000;
		*bits = first & 0x07u;
		return 4;
	}
	return 0;
}

uint32_t
utf_next(struct slice text, size_t *at)
{
	uint8_t first = text.ptr[*at];
	uint32_t smallest = 0, code = 0;
	size_t len;

	if (first < 0x80) {
		++*at;
		return first;
	}
	len = sequence_len(first, &smallest, &code);
	if (len == 0 || text.len - *at < len)
		goto stray;
	for (size_t i = 1; i < len; i++) {
		uint8_t next = text.ptr[*at + i];

		if ((next & 0xC0) != 0x80)
			goto stray;
		code = code << 6 | (next & 0x3Fu);
	}
	if (code < smallest || code > 0x10FFFF)
		goto stray;
	*at += len;
	return code;
stray:
	++*at;
	return (uint32_t)STRAY | first;
}

void
utf_append_as_utf16le(struct buf *out, struct slice text)
{
	for (size_t at = 0; at < text.len;) {
		uint32_t code = utf_next(text, &at);

		if (code & (uint32_t)STRAY)
			code = UTF_REPLACEMENT;
		if (code < 0x10000) {
			buf_u16le(out, (uint16_t)code);
		} else {
			buf_u16le(out, (uint16_t)(0xD800 | (code - 0x10000) >> 10));
			buf_u16le(out, (uint16_t)(0xDC00 | ((code - 0x10000) & 0x3FF)));
		}
	}
}

bool
utf_append_strict(struct buf *out, struct slice text)
{
	size_t clean = 0; /* start of the run that can be copied as it is */
	bool strict = true;

	for (size_t at = 0; at < text.len;) {
		size_t before = at;
		uint32_t code;

		if (text.ptr[at] < 0x80) {
			at++;
			continue;
		}
		code = utf_next(text, &at);
		if (!(code & (uint32_t)STRAY) && !utf_is_surrogate(code))
			continue;
		buf_append(out, slice_sub(text, clean, before - clean));
		utf_append_code(out, UTF_REPLACEMENT);
		clean = at;
		strict = false;
	}
	buf_append(out, slice_sub(text, clean, text.len));
	return strict;
}

/* Behind eight characters of ASCII each time, at most `most` of them. */
static size_t
skip_ascii(struct slice text, size_t at, size_t most)
{
	uint64_t eight;

	for (; most >= 8 && text.len - at >= 8; at += 8, most -= 8) {
		memcpy(&eight, text.ptr + at, 8);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	return at;
}

bool
utf_is_strict(struct slice text)
{
	for (size_t at = 0; (at = skip_ascii(text, at, SIZE_MAX)) < text.len;) {
		uint32_t code = utf_next(text, &at);

		if (code & (uint32_t)STRAY || utf_is_surrogate(code))
			return false;
	}
	return true;
}

struct slice
utf_clip(struct slice text, size_t count)
{
	size_t at = text.len <= count ? text.len : 0; /* no character is shorter than a byte */

	while (at < text.len && count > 0) {
		size_t behind = skip_ascii(text, at, count);

		count -= behind - at;
		at = behind;
		if (at < text.len && count > 0) {
			utf_next(text, &at);
			count--;
		}
	}
	return slice_sub(text, 0, at);
}

size_t
utf_units(struct slice text)
{
	size_t units = 0;

	for (size_t at = 0; at < text.len; units++) {
		uint32_t code = utf_next(text, &at);

		if (code >= 0x10000 && !(code & (uint32_t)STRAY))
			units++;
	}
	return units;
}
