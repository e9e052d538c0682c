/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/value.h"

#include "base/attr.h"
#include "base/cursor.h"
#include "base/filetime.h"
#include "base/units.h"
#include "base/utf.h"
#include "evtx/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SYSTEMTIME_TEXT = 32, SYSTEMTIME_SIZE = 16, SID_MIN = 8, SID_COUNT_AT = 1, SCALAR_TEXT = 64, ANSI_PIECE = 256, DIGITS_TEXT = 24 };

static int64_t
signed_of(struct slice raw)
{
	uint64_t v = value_raw_number(raw);
	uint64_t sign = UINT64_C(1) << (8 * raw.len - 1);

	return (int64_t)((v ^ sign) - sign);
}

static bool
append_hex_bytes(struct slice raw, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t *room = buf_reserve(out, 2 * raw.len);

	if (!room)
		return true; /* out->failed says it */
	for (size_t i = 0; i < raw.len; i++) {
		room[2 * i] = (uint8_t)digits[raw.ptr[i] >> 4];
		room[2 * i + 1] = (uint8_t)digits[raw.ptr[i] & 15];
	}
	out->len += 2 * raw.len;
	return true;
}

static bool
append_nothing(struct slice raw, struct buf *out)
{
	(void)raw;
	(void)out;
	return true;
}

static bool
append_string(struct slice raw, struct buf *out)
{
	utf_append_utf16le(out, value_without_nul(raw));
	return true;
}

/* Windows-1252, the code page of nearly every log with such strings; its five holes stay C1 controls, as Windows
 * itself maps them. */
void
value_ansi_units(struct slice ansi, uint8_t *units)
{
	static const uint16_t high[32] = {
		0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
		0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
		0x0153, 0x9D, 0x017E, 0x0178,
	};

	for (size_t i = 0; i < ansi.len; i++) {
		uint8_t byte;
		unsigned unit;

		while (ansi.len - i > UNITS && units_unpack(ansi.ptr + i, units + 2 * i))
			i += UNITS;
		byte = ansi.ptr[i];
		unit = byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80] : byte;

		units[2 * i] = (uint8_t)unit;
		units[2 * i + 1] = (uint8_t)(unit >> 8);
	}
}

static bool
append_ansi(struct slice raw, struct buf *out)
{
	uint8_t units[2 * ANSI_PIECE];

	if (raw.len && raw.ptr[raw.len - 1] == 0)
		raw.len--;
	for (size_t at = 0; at < raw.len; at += ANSI_PIECE) {
		struct slice piece = slice_sub(raw, at, ANSI_PIECE);

		value_ansi_units(piece, units);
		utf_append_utf16le(out, slice_from(units, 2 * piece.len));
	}
	return true;
}

/* Every record has a dozen numbers: they are not worth a printf each. */
static void
append_digits(struct buf *out, uint64_t number, unsigned base)
{
	uint8_t text[DIGITS_TEXT];
	size_t at = sizeof(text);

	do
		text[--at] = (uint8_t)"0123456789abcdef"[number % base];
	while (number /= base);
	buf_append(out, slice_from(text + at, sizeof(text) - at));
}

static bool
append_signed(struct slice raw, struct buf *out)
{
	int64_t number = signed_of(raw);

	if (number < 0)
		buf_append_byte(out, '-');
	append_digits(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10);
	return true;
}

static bool
append_unsigned(struct slice raw, struct buf *out)
{
	append_digits(out, value_raw_number(raw), 10);
	return true;
}

static bool
append_hex(struct slice raw, struct buf *out)
{
	buf_append_text(out, "0x");
	append_digits(out, value_raw_number(raw), 16);
	return true;
}

/* A pointer of the machine that wrote the event: four or eight bytes. */
static bool
append_size(struct slice raw, struct buf *out)
{
	return (raw.len == 4 || raw.len == 8) && append_hex(raw, out);
}

/* Four bytes in all that was seen; 1, 2 and 8 are reported by others. */
static bool
append_bool(struct slice raw, struct buf *out)
{
	if (raw.len != 1 && raw.len != 2 && raw.len != 4 && raw.len != 8)
		return false;
	buf_append_text(out, value_raw_number(raw) ? "true" : "false");
	return true;
}

/* The fewest digits that read back as the same number.  %g drops trailing zeros, so beginning at the digits that
 * every decimal survives (6 and 15) is enough. */
static void
append_real(double v, bool is_float, struct buf *out)
{
	char text[SCALAR_TEXT];
	int digits = is_float ? 6 : 15, most = is_float ? 9 : 17;

	if (isnan(v) || isinf(v)) {
		buf_append_text(out, isnan(v) ? "NaN" : v < 0 ? "-INF" : "INF");
		return;
	}
	for (; digits <= most; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (is_float ? !(strtof(text, NULL) < (float)v || strtof(text, NULL) > (float)v)
			     : !(strtod(text, NULL) < v || strtod(text, NULL) > v))
			break;
	}
	buf_append_text(out, text);
}

static bool
append_float(struct slice raw, struct buf *out)
{
	uint32_t bits = (uint32_t)value_raw_number(raw);
	float v;

	memcpy(&v, &bits, sizeof(v));
	append_real((double)v, true, out);
	return true;
}

static bool
append_double(struct slice raw, struct buf *out)
{
	uint64_t bits = value_raw_number(raw);
	double v;

	memcpy(&v, &bits, sizeof(v));
	append_real(v, false, out);
	return true;
}

/* In braces and upper case, as Windows up to 2019 and evtx_dump show it; newer builds use lower case. */
static bool
append_guid(struct slice raw, struct buf *out)
{
	struct guid g;
	char text[GUID_TEXT];

	memcpy(g.bytes, raw.ptr, sizeof(g.bytes));
	guid_text_upper(&g, text);
	buf_append_byte(out, '{');
	buf_append_text(out, text);
	buf_append_byte(out, '}');
	return true;
}

static bool
append_filetime(struct slice raw, struct buf *out)
{
	char text[FILETIME_TEXT];

	filetime_text(value_raw_number(raw), text);
	buf_append_text(out, text);
	return true;
}

/* u16 year, month, weekday, day, hour, minute, second, millisecond; its text when it is a time or all zero, which
 * means "not set".  The calendar is checked by reading the text back. */
static bool
systemtime_text(struct slice raw, char out[static SYSTEMTIME_TEXT], uint64_t *ticks)
{
	struct cursor c = cursor_over(raw, 0);
	unsigned f[8], sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(f); i++) {
		f[i] = cursor_u16le(&c);
		sum |= f[i];
	}
	if (c.bad || f[0] > 9999 || f[1] > 12 || f[3] > 31 || f[4] > 23 || f[5] > 59 || f[6] > 59 || f[7] > 999)
		return false;
	snprintf(out, SYSTEMTIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", f[0], f[1], f[3], f[4], f[5], f[6], f[7]);
	if (filetime_parse(slice_from_text(out), ticks))
		return true;
	*ticks = 0;
	return sum == 0;
}

static bool
append_systemtime(struct slice raw, struct buf *out)
{
	char text[SYSTEMTIME_TEXT];
	uint64_t ticks;

	if (!systemtime_text(raw, text, &ticks))
		return false;
	buf_append_text(out, text);
	return true;
}

static bool
append_sid(struct slice raw, struct buf *out)
{
	size_t before = out->len;

	if (raw.len < SID_MIN || raw.len != SID_MIN + 4u * raw.ptr[SID_COUNT_AT])
		return false;
	if (sid_append_text(raw, out))
		return true;
	if (!out->failed)
		out->len = before;
	return false;
}

/* How each type is shown; a size of 0 means that the function decides.  False from it, or a size that does not
 * fit: hexadecimal bytes. */
static const struct {
	uint8_t size;
	bool (*append)(struct slice raw, struct buf *out);
} types[] = {
	[VALUE_NULL] = { 0, append_nothing },
	[VALUE_STRING] = { 0, append_string },
	[VALUE_ANSI] = { 0, append_ansi },
	[VALUE_INT8] = { 1, append_signed },
	[VALUE_UINT8] = { 1, append_unsigned },
	[VALUE_INT16] = { 2, append_signed },
	[VALUE_UINT16] = { 2, append_unsigned },
	[VALUE_INT32] = { 4, append_signed },
	[VALUE_UINT32] = { 4, append_unsigned },
	[VALUE_INT64] = { 8, append_signed },
	[VALUE_UINT64] = { 8, append_unsigned },
	[VALUE_FLOAT] = { 4, append_float },
	[VALUE_DOUBLE] = { 8, append_double },
	[VALUE_BOOL] = { 0, append_bool },
	[VALUE_BINARY] = { 0, append_hex_bytes },
	[VALUE_GUID] = { 16, append_guid },
	[VALUE_SIZE] = { 0, append_size },
	[VALUE_FILETIME] = { 8, append_filetime },
	[VALUE_SYSTEMTIME] = { SYSTEMTIME_SIZE, append_systemtime },
	[VALUE_SID] = { 0, append_sid },
	[VALUE_HEX32] = { 4, append_hex },
	[VALUE_HEX64] = { 8, append_hex },
};

/* True when the value has a known scalar type and, where the type has one, its size. */
static bool
fits(const struct value *value)
{
	return value->type < ARRAY_LEN(types) && types[value->type].append &&
	       (types[value->type].size == 0 || types[value->type].size == value->raw.len);
}

/* Bytes of the next item of an array: strings end at their NUL, SIDs say their own length, booleans have four
 * bytes, pointers eight where that fits; items of no known size are one. */
static size_t
item_size(uint8_t type, struct slice rest)
{
	size_t size = type < ARRAY_LEN(types) ? types[type].size : 0;

	switch (type) {
	case VALUE_STRING:
		size = units_find_nul(rest.ptr, rest.len / 2);
		return size < rest.len / 2 ? 2 * size + 2 : rest.len;
	case VALUE_ANSI:
		size = slice_find_byte(rest, 0, 0);
		return size == SIZE_MAX ? rest.len : size + 1;
	case VALUE_SID:
		return rest.len < SID_MIN ? rest.len : SID_MIN + 4u * rest.ptr[SID_COUNT_AT];
	case VALUE_BOOL:
		return 4;
	case VALUE_SIZE:
		return rest.len % 8 == 0 ? 8 : 4;
	default:
		return size ? size : rest.len;
	}
}

bool
value_take_item(struct value *array, struct value *item)
{
	uint8_t type = array->type & (uint8_t)~VALUE_ARRAY;
	size_t size;

	if (array->raw.len == 0)
		return false;
	size = item_size(type, array->raw);
	*item = (struct value){ .type = type, .raw = slice_sub(array->raw, 0, size) };
	array->raw = slice_sub(array->raw, size, array->raw.len);
	return true;
}

static void
append_scalar(const struct value *value, struct buf *out)
{
	if (!fits(value) || !types[value->type].append(value->raw, out))
		append_hex_bytes(value->raw, out);
}

void
value_append_text(const struct value *value, struct buf *out)
{
	struct value rest = *value, item;

	if (!(value->type & VALUE_ARRAY)) {
		append_scalar(value, out);
		return;
	}
	/* Only in places where the element cannot be repeated, such as attributes: none in real logs. */
	for (bool first = true; value_take_item(&rest, &item); first = false) {
		if (!first)
			buf_append_byte(out, ',');
		append_scalar(&item, out);
	}
}

/* The ASCII text of a short string value, in `room`; empty when it is none.  One NUL at its end is no part of it. */
static struct slice
short_text(const struct value *value, char room[static SCALAR_TEXT])
{
	struct slice utf16 = value_utf16(value), ansi = value->type == VALUE_ANSI ? value->raw : SLICE_EMPTY;
	size_t len = utf16.len / 2;
	unsigned unit;

	if (ansi.len)
		len = ansi.len - (ansi.ptr[ansi.len - 1] == 0);
	if (len > SCALAR_TEXT)
		return SLICE_EMPTY;
	for (size_t i = 0; i < len; i++) {
		unit = ansi.len ? ansi.ptr[i] : load_u16le(utf16.ptr + 2 * i);
		if (unit == 0 || unit > 0x7E)
			return SLICE_EMPTY;
		room[i] = (char)unit;
	}
	return slice_trim(slice_from(room, len));
}

bool
value_to_u64(const struct value *value, uint64_t *number)
{
	char room[SCALAR_TEXT];

	switch (value->type) {
	case VALUE_STRING:
	case VALUE_ANSI:
		return slice_to_u64(short_text(value, room), number);
	case VALUE_INT8:
	case VALUE_INT16:
	case VALUE_INT32:
	case VALUE_INT64:
		if (!fits(value) || signed_of(value->raw) < 0)
			return false;
		break;
	case VALUE_UINT8:
	case VALUE_UINT16:
	case VALUE_UINT32:
	case VALUE_UINT64:
	case VALUE_HEX32:
	case VALUE_HEX64:
		if (!fits(value))
			return false;
		break;
	case VALUE_BOOL:
	case VALUE_SIZE:
		if (value->raw.len == 0 || value->raw.len > 8)
			return false;
		break;
	default:
		return false;
	}
	*number = value->type == VALUE_BOOL ? value_raw_number(value->raw) != 0 : value_raw_number(value->raw);
	return true;
}

bool
value_to_ticks(const struct value *value, uint64_t *ticks)
{
	char room[SCALAR_TEXT];

	if (value->type == VALUE_FILETIME && fits(value)) {
		*ticks = value_raw_number(value->raw);
		return true;
	}
	if (value->type == VALUE_SYSTEMTIME && fits(value))
		return systemtime_text(value->raw, room, ticks) && *ticks != 0;
	return filetime_parse(short_text(value, room), ticks);
}

bool
value_to_guid(const struct value *value, struct guid *guid)
{
	char room[SCALAR_TEXT];

	if (value->type == VALUE_GUID && fits(value)) {
		memcpy(guid->bytes, value->raw.ptr, sizeof(guid->bytes));
		return true;
	}
	return guid_parse(short_text(value, room), guid);
}
