/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings straight from UTF-16LE, with the result that escape_json has over the WTF-8 of the same units. */
#include "base/escape.h"

#include "base/attr.h"
#include "base/cursor.h"
#include "base/units.h"
#include "base/utf.h"

/* What put_blocks may read from where it begins: a block behind the last unit of it. */
enum { PAIR = 2, BLOCKS = 2 * UNITS, AHEAD = 2 * 2 * UNITS_BYTES };

static uint8_t *
put_hex(uint8_t *p, uint32_t unit)
{
	static const char digits[] = "0123456789ABCDEF";

	*p++ = '\\';
	*p++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*p++ = (uint8_t)digits[unit >> shift & 15];
	return p;
}

/* What JSON writes for a unit below 0x80 that does not stand for itself; the other rows are empty. */
struct escaped {
	uint8_t text[7];
	uint8_t len;
};

#define HEX(unit) [0x##unit] = { "\\u00" #unit, 6 }
#define HEXES(high) HEX(high##0), HEX(high##1), HEX(high##2), HEX(high##3), HEX(high##4), HEX(high##5), HEX(high##6), \
	HEX(high##7), HEX(high##8), HEX(high##B), HEX(high##C), HEX(high##E), HEX(high##F)

static const struct escaped escapes[0x80] = {
	HEXES(0), HEXES(1), HEX(19), HEX(1A), HEX(1D), HEX(7F),
	['\t'] = { "\\t", 2 }, ['\n'] = { "\\n", 2 }, ['\r'] = { "\\r", 2 }, ['"'] = { "\\\"", 2 }, ['\\'] = { "\\\\", 2 },
};

static bool
is_spelled_out(uint32_t unit)
{
	return unit <= 0x9F || unit == 0x061C || unit == 0x200E || unit == 0x200F || (unit >= 0x2028 && unit <= 0x202E) ||
	       (unit >= 0x2066 && unit <= 0x2069);
}

/* A unit of 0x80 or more that is no surrogate. */
static uint8_t *
put_wide(uint8_t *p, uint32_t unit)
{
	if (is_spelled_out(unit))
		return put_hex(p, unit);
	if (unit < 0x800) {
		*p++ = (uint8_t)(0xC0 | unit >> 6);
	} else {
		*p++ = (uint8_t)(0xE0 | unit >> 12);
		*p++ = (uint8_t)(0x80 | (unit >> 6 & 0x3F));
	}
	*p++ = (uint8_t)(0x80 | (unit & 0x3F));
	return p;
}

/* Takes a pair, or half a one, which becomes U+FFFD. */
static uint8_t *
put_surrogate(uint8_t *p, const uint8_t *in, size_t units, size_t *taken)
{
	uint32_t high = unit_at(in), low = units >= PAIR ? unit_at(in + 2) : 0, code;

	if ((high & 0xFC00) != 0xD800 || (low & 0xFC00) != 0xDC00) {
		*taken = 1;
		return put_wide(p, UTF_REPLACEMENT);
	}
	*taken = PAIR;
	code = 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
	*p++ = (uint8_t)(0xF0 | code >> 18);
	*p++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
	*p++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
	*p++ = (uint8_t)(0x80 | (code & 0x3F));
	return p;
}

/* A unit of 0x80 or more. */
static NEVER_INLINE uint8_t *
put_other(uint8_t *p, const uint8_t *in, size_t units, size_t *taken)
{
	uint32_t unit = unit_at(in);

	return utf_is_surrogate(unit) ? put_surrogate(p, in, units, taken) : put_wide(p, unit);
}

/* A unit that does not stand for itself. */
static inline uint8_t *
put_special(uint8_t *p, const uint8_t *in, size_t units, size_t *taken)
{
	uint32_t unit = unit_at(in);

	*taken = 1;
	if (unit < ARRAY_LEN(escapes)) {
		memcpy(p, escapes[unit].text, sizeof(escapes[unit]));
		return p + escapes[unit].len;
	}
	return put_other(p, in, units, taken);
}

/* Two blocks of units, or what is left: all of them are packed where they would stand if none was special, and behind
 * each that is, the rest is packed again from the text. */
static ALWAYS_INLINE uint8_t *
put_blocks(uint8_t *p, const uint8_t *in, size_t units, size_t *taken)
{
	uint32_t special = units_pack_json(in, p) | (uint32_t)units_pack_json(in + UNITS_BYTES, p + UNITS) << UNITS;
	size_t count = units < BLOCKS ? units : BLOCKS, done = 0;

	if (units < BLOCKS)
		special &= (UINT32_C(1) << units) - 1;
	while (special) {
		size_t at = units_first(special), width;

		p = put_special(p + (at - done), in + 2 * at, units - at, &width);
		done = at + width;
		if (done >= count)
			break;
		special &= UINT32_MAX << done;
		units_pack(in + 2 * done, p);
		units_pack(in + 2 * done + UNITS_BYTES, p + UNITS);
	}
	if (done < count) {
		p += count - done;
		done = count;
	}
	*taken = done;
	return p;
}

/* A text behind which too little may be read. */
static NEVER_INLINE uint8_t *
put_last(uint8_t *p, const uint8_t *in, size_t units)
{
	uint8_t copy[2 * AHEAD] = { 0 };
	size_t taken;

	memcpy(copy, in, 2 * units);
	for (in = copy; units; in += 2 * taken, units -= taken)
		p = put_blocks(p, in, units, &taken);
	return p;
}

size_t
escape_json_utf16(uint8_t *out, struct slice utf16, size_t readable)
{
	const uint8_t *in = utf16.ptr;
	size_t units = utf16.len / 2, taken;
	uint8_t *p = out;

	while (units) {
		if (!cursor_has(readable, AHEAD))
			return (size_t)(put_last(p, in, units) - out);
		p = put_blocks(p, in, units, &taken);
		in += 2 * taken;
		units -= taken;
		readable -= 2 * taken;
	}
	return (size_t)(p - out);
}
