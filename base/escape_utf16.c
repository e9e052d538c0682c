/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings straight from UTF-16LE, with the result that escape_json has over the WTF-8 of the same units. */
#include "base/escape.h"
#include "base/units.h"
#include "base/utf.h"

enum { PAIR = 2 };

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

static uint8_t *
put_ascii(uint8_t *p, uint32_t unit)
{
	static const char letters[0x80] = { ['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };

	if (unit < 0x20 || letters[unit] || unit == 0x7F) {
		if (!letters[unit])
			return put_hex(p, unit);
		*p++ = '\\';
		unit = (uint8_t)letters[unit];
	}
	*p++ = (uint8_t)unit;
	return p;
}

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

static inline uint8_t *
put_one(uint8_t *p, const uint8_t *in, size_t units, size_t *taken)
{
	uint32_t unit = unit_at(in);

	*taken = 1;
	if (unit < 0x80)
		return put_ascii(p, unit);
	return utf_is_surrogate(unit) ? put_surrogate(p, in, units, taken) : put_wide(p, unit);
}

size_t
escape_json_utf16(uint8_t *out, struct slice utf16, size_t readable)
{
	const uint8_t *in = utf16.ptr;
	size_t units = utf16.len / 2, taken;
	uint8_t *p = out;

	while (units) {
		if (readable >= UNITS_BYTES) {
			unsigned special = units_pack_json(in, p);
			size_t plain;

			if (units < UNITS)
				special &= (1u << units) - 1;
			plain = special ? units_first(special) : units < UNITS ? units : UNITS;
			p += plain;
			in += 2 * plain;
			units -= plain;
			readable -= 2 * plain;
			if (!special)
				continue;
		}
		p = put_one(p, in, units, &taken);
		in += 2 * taken;
		units -= taken;
		readable -= 2 * taken;
	}
	return (size_t)(p - out);
}
