/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/evtx_writer.h"

#include "base/filetime.h"
#include "base/utf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { VALUE_MAX = 1 << 20, SID_MAX = 8 + 4 * 255 };

static const struct writer_value null_value = { WRITER_NULL, { NULL, 0 } };

static const struct type_row {
	const char *name;
	uint8_t type;
	uint8_t size; /* of a fixed-size integer; 0: none */
} types[] = {
	{ "null", WRITER_NULL, 0 },
	{ "string", WRITER_STRING, 0 },
	{ "ansi", WRITER_ANSI, 0 },
	{ "i8", WRITER_I8, 1 },
	{ "u8", WRITER_U8, 1 },
	{ "i16", WRITER_I16, 2 },
	{ "u16", WRITER_U16, 2 },
	{ "i32", WRITER_I32, 4 },
	{ "u32", WRITER_U32, 4 },
	{ "i64", WRITER_I64, 8 },
	{ "u64", WRITER_U64, 8 },
	{ "float", WRITER_FLOAT, 0 },
	{ "double", WRITER_DOUBLE, 0 },
	{ "bool", WRITER_BOOL, 4 },
	{ "binary", WRITER_BINARY, 0 },
	{ "guid", WRITER_GUID, 0 },
	{ "size", WRITER_SIZE, 8 },
	{ "filetime", WRITER_FILETIME, 8 },
	{ "systemtime", WRITER_SYSTEMTIME, 0 },
	{ "sid", WRITER_SID, 0 },
	{ "hex32", WRITER_HEX32, 4 },
	{ "hex64", WRITER_HEX64, 8 },
	{ "strings", WRITER_STRING | WRITER_ARRAY, 0 },
};

bool
writer_type_named(struct slice name, uint8_t *type)
{
	char number[8];
	uint64_t v;

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (slice_eq(name, slice_from_text(types[i].name))) {
			*type = types[i].type;
			return true;
		}
	if (name.len < 2 || name.len > 3 || name.ptr[0] != 'x')
		return false;
	snprintf(number, sizeof(number), "0%.*s", SLICE_ARGS(name));
	if (!slice_to_u64(slice_from_text(number), &v))
		return false;
	*type = (uint8_t)v;
	return true;
}

static size_t
integer_size(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].type == type)
			return types[i].size;
	return 0;
}

static struct writer_value
in_arena(struct arena *a, uint8_t type, struct slice bytes)
{
	struct writer_value v = { type, SLICE_EMPTY };

	return arena_copy(a, bytes, &v.bytes) ? v : null_value;
}

struct writer_value
writer_int(struct arena *a, enum writer_type type, uint64_t v)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(v >> (8 * i));
	return in_arena(a, (uint8_t)type, slice_from(bytes, integer_size((uint8_t)type)));
}

struct writer_value
writer_string(struct arena *a, struct slice text)
{
	struct writer_value v;
	struct buf utf16;

	buf_init(&utf16, VALUE_MAX * 2);
	utf_append_as_utf16le(&utf16, text);
	v = utf16.failed ? null_value : in_arena(a, WRITER_STRING, buf_view(&utf16));
	buf_fini(&utf16);
	return v;
}

struct writer_value
writer_strings(struct arena *a, const struct slice *items, size_t count)
{
	struct writer_value v;
	struct buf utf16;

	buf_init(&utf16, VALUE_MAX * 2);
	for (size_t i = 0; i < count; i++) {
		utf_append_as_utf16le(&utf16, items[i]);
		buf_u16le(&utf16, 0);
	}
	v = utf16.failed ? null_value : in_arena(a, WRITER_STRING | WRITER_ARRAY, buf_view(&utf16));
	buf_fini(&utf16);
	return v;
}

struct writer_value
writer_guid(struct arena *a, const struct guid *g)
{
	return in_arena(a, WRITER_GUID, slice_from(g->bytes, sizeof(g->bytes)));
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static bool
parse_hex(struct arena *a, uint8_t type, struct slice text, struct writer_value *value)
{
	struct buf bytes;
	bool ok = true;
	int high = -1;

	buf_init(&bytes, VALUE_MAX);
	for (size_t i = 0; i < text.len && ok; i++) {
		int digit = hex_digit(text.ptr[i]);

		if (text.ptr[i] == ' ')
			continue;
		ok = digit >= 0;
		if (high < 0) {
			high = digit;
		} else {
			buf_u8(&bytes, (uint8_t)(high << 4 | (digit & 15)));
			high = -1;
		}
	}
	*value = in_arena(a, type, buf_view(&bytes));
	buf_fini(&bytes);
	return ok && high < 0;
}

static bool
parse_integer(struct arena *a, uint8_t type, struct slice text, struct writer_value *value)
{
	bool negative = text.len > 1 && text.ptr[0] == '-';
	uint64_t v;

	if (type == WRITER_BOOL && slice_eq(text, SLICE("true")))
		text = SLICE("1");
	if (type == WRITER_BOOL && slice_eq(text, SLICE("false")))
		text = SLICE("0");
	if (type == WRITER_FILETIME && filetime_parse(text, &v)) {
		*value = writer_int(a, type, v);
		return true;
	}
	if (!slice_to_u64(slice_sub(text, negative, text.len), &v))
		return false;
	*value = writer_int(a, type, negative ? 0 - v : v);
	return true;
}

static bool
parse_guid(struct arena *a, struct slice text, struct writer_value *value)
{
	struct guid g;

	if (!guid_parse(text, &g))
		return false;
	*value = writer_guid(a, &g);
	return true;
}

/* S-1-AUTHORITY-SUB-SUB...: revision, count, authority big-endian, then the parts. */
static bool
parse_sid(struct arena *a, struct slice text, struct writer_value *value)
{
	uint8_t bytes[SID_MAX] = { 0 };
	size_t parts = 0;
	struct slice part;
	uint64_t v;

	for (size_t i = 0; slice_split(&text, '-', &part); i++) {
		if (i == 0 && slice_eq(part, SLICE("S")))
			continue;
		if (i == 0 || !slice_to_u64(part, &v) || parts >= 255)
			return false;
		if (i == 1)
			bytes[0] = (uint8_t)v;
		else if (i == 2)
			for (size_t k = 0; k < 6; k++)
				bytes[2 + k] = (uint8_t)(v >> (8 * (5 - k)));
		else
			for (size_t k = 0, at = 8 + 4 * parts++; k < 4; k++)
				bytes[at + k] = (uint8_t)(v >> (8 * k));
	}
	bytes[1] = (uint8_t)parts;
	*value = in_arena(a, WRITER_SID, slice_from(bytes, 8 + 4 * parts));
	return true;
}

static bool
parse_real(struct arena *a, uint8_t type, struct slice text, struct writer_value *value)
{
	char number[64];
	double d;
	float f;

	snprintf(number, sizeof(number), "%.*s", SLICE_ARGS(text));
	d = strtod(number, NULL);
	f = (float)d;
	*value = type == WRITER_FLOAT ? in_arena(a, type, slice_from(&f, sizeof(f)))
				      : in_arena(a, type, slice_from(&d, sizeof(d)));
	return true;
}

/* year-month-day-weekday-hour-minute-second-ms, eight numbers divided by '-'. */
static bool
parse_systemtime(struct arena *a, struct slice text, struct writer_value *value)
{
	static const size_t places[] = { 0, 1, 3, 2, 4, 5, 6, 7 };
	uint8_t bytes[16] = { 0 };
	struct slice part;
	size_t count = 0;
	uint64_t v;

	while (slice_split(&text, '-', &part)) {
		if (count >= ARRAY_LEN(places) || !slice_to_u64(part, &v))
			return false;
		bytes[2 * places[count]] = (uint8_t)v;
		bytes[2 * places[count++] + 1] = (uint8_t)(v >> 8);
	}
	*value = in_arena(a, WRITER_SYSTEMTIME, slice_from(bytes, sizeof(bytes)));
	return count == ARRAY_LEN(places);
}

static bool
parse_strings(struct arena *a, struct slice text, struct writer_value *value)
{
	size_t count = 0, capacity = 1;
	struct slice *items, rest = text, item;

	for (size_t i = 0; i < text.len; i++)
		capacity += text.ptr[i] == 0;
	items = ARENA_ARRAY(a, struct slice, capacity);
	if (!items)
		return false;
	while (count < capacity && slice_split(&rest, 0, &item))
		items[count++] = item;
	*value = writer_strings(a, items, count);
	return true;
}

bool
writer_value_parse(struct arena *a, uint8_t type, struct slice text, struct writer_value *value)
{
	if (integer_size(type))
		return parse_integer(a, type, text, value);
	switch (type) {
	case WRITER_NULL:
		*value = null_value;
		return true;
	case WRITER_STRING:
		*value = writer_string(a, text);
		return true;
	case WRITER_ANSI:
		*value = in_arena(a, type, text);
		return true;
	case WRITER_FLOAT:
	case WRITER_DOUBLE:
		return parse_real(a, type, text, value);
	case WRITER_GUID:
		return parse_guid(a, text, value);
	case WRITER_SYSTEMTIME:
		return parse_systemtime(a, text, value);
	case WRITER_SID:
		return parse_sid(a, text, value);
	case WRITER_STRING | WRITER_ARRAY:
		return parse_strings(a, text, value);
	default:
		return parse_hex(a, type, text, value);
	}
}

/* --- rendering --------------------------------------------------------------------------------------------- */

static uint64_t
le(struct slice s)
{
	uint64_t v = 0;

	for (size_t i = s.len < 8 ? s.len : 8; i-- > 0;)
		v = v << 8 | s.ptr[i];
	return v;
}

static void
render_signed(struct slice bytes, struct buf *out)
{
	unsigned unused = bytes.len < 8 ? (unsigned)(64 - 8 * bytes.len) : 0;

	buf_printf(out, "%" PRId64, (int64_t)(le(bytes) << unused) >> unused);
}

static void
render_guid(struct slice bytes, struct buf *out)
{
	char text[GUID_TEXT];
	struct guid g = { { 0 } };

	memcpy(g.bytes, bytes.ptr, bytes.len < 16 ? bytes.len : 16);
	guid_text(&g, text);
	buf_printf(out, "{%s}", text);
}

static void
render_sid(struct slice bytes, struct buf *out)
{
	uint64_t authority = 0;

	if (bytes.len < 8)
		return;
	for (size_t i = 2; i < 8; i++)
		authority = authority << 8 | bytes.ptr[i];
	buf_printf(out, "S-%u-%" PRIu64, bytes.ptr[0], authority);
	for (size_t at = 8; at + 4 <= bytes.len; at += 4)
		buf_printf(out, "-%" PRIu64, le(slice_sub(bytes, at, 4)));
}

static void
render_time(struct slice bytes, struct buf *out)
{
	char text[FILETIME_TEXT];

	filetime_text(le(bytes), text);
	buf_append_text(out, text);
}

static void
render_hex(struct slice bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.len; i++)
		buf_printf(out, "%02X", bytes.ptr[i]);
}

void
writer_value_render(struct writer_value value, struct buf *out)
{
	switch (value.type) {
	case WRITER_NULL:
		return;
	case WRITER_STRING:
		utf_append_utf16le(out, value.bytes);
		return;
	case WRITER_ANSI:
		buf_append(out, value.bytes);
		return;
	case WRITER_I8:
	case WRITER_I16:
	case WRITER_I32:
	case WRITER_I64:
		render_signed(value.bytes, out);
		return;
	case WRITER_U8:
	case WRITER_U16:
	case WRITER_U32:
	case WRITER_U64:
		buf_printf(out, "%" PRIu64, le(value.bytes));
		return;
	case WRITER_BOOL:
		buf_append_text(out, le(value.bytes) ? "true" : "false");
		return;
	case WRITER_GUID:
		render_guid(value.bytes, out);
		return;
	case WRITER_FILETIME:
		render_time(value.bytes, out);
		return;
	case WRITER_SID:
		render_sid(value.bytes, out);
		return;
	case WRITER_SIZE:
	case WRITER_HEX32:
	case WRITER_HEX64:
		buf_printf(out, "0x%" PRIx64, le(value.bytes));
		return;
	default:
		render_hex(value.bytes, out);
	}
}

struct writer_event
writer_event_blank(void)
{
	return (struct writer_event){
		.qualifiers = -1,
		.version = -1,
		.level = -1,
		.task = -1,
		.opcode = -1,
		.pid = -1,
		.tid = -1,
	};
}
