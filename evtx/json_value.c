/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/json_value.h"

#include "base/escape.h"
#include "base/filetime.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "evtx/plan.h"

enum { HEX_LONG = 16, DATE_LEN = 11 /* 2024-01-02T */, QUOTES = 2, ANSI_PIECE = 256 };

void
json_out_begin(struct json_out *out, struct buf *buf, struct slice around, struct plan_texts *texts)
{
	*out = (struct json_out){ .buf = buf, .before = buf->len, .around = around, .texts = texts };
	json_out_grow(out, 1);
}

bool
json_out_grow(struct json_out *out, size_t n)
{
	size_t len = json_out_len(out);

	out->buf->len = out->before + len;
	if (!buf_reserve(out->buf, n)) {
		out->failed = true;
		return false;
	}
	out->start = out->buf->ptr + out->before;
	out->at = out->start + len;
	out->end = out->buf->ptr + out->buf->capacity;
	return true;
}

void
json_out_end(struct json_out *out)
{
	out->buf->len = out->before + json_out_len(out);
}

static uint8_t *
put_byte_hex(uint8_t *p, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	*p++ = (uint8_t)digits[byte >> 4];
	*p++ = (uint8_t)digits[byte & 15];
	return p;
}

const char json_pairs[201] =
	"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
	"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* --- longer ones --- */

uint8_t *
json_put_string(uint8_t *p, const uint8_t *raw, size_t len, size_t readable)
{
	struct slice text = value_without_nul(slice_from(raw, len));

	if (text.len == 0)
		return p;
	*p++ = '"';
	p += escape_json_utf16(p, text, readable);
	*p = '"';
	return p + 1;
}

/* The first three parts are little-endian numbers. */
uint8_t *
json_put_guid(uint8_t *p, const uint8_t *raw)
{
	uint8_t digits[2 * HEX_DIGITS];
	uint64_t words = (uint64_t)load_u16le(raw + 4) << 16 | load_u16le(raw + 6);

	hex_put(digits, (uint64_t)load_u32le(raw) << 32 | words, HEX_UPPER);
	hex_put(digits + HEX_DIGITS, __builtin_bswap64(load_u64le(raw + 8)), HEX_UPPER);
	p[0] = '"';
	memcpy(p + 1, digits, 8);
	p[9] = '-';
	memcpy(p + 10, digits + 8, 4);
	p[14] = '-';
	memcpy(p + 15, digits + 12, 4);
	p[19] = '-';
	memcpy(p + 20, digits + 16, 4);
	p[24] = '-';
	memcpy(p + 25, digits + 20, 8);
	memcpy(p + 33, digits + 28, 4);
	p[37] = '"';
	return p + 38;
}

/* The date is the same as in the record before, most of the time. */
uint8_t *
json_put_time(struct plan_texts *texts, uint8_t *p, uint64_t ticks)
{
	uint64_t day = ticks / FILETIME_DAY, left = ticks % FILETIME_DAY;
	unsigned micro = (unsigned)(left / 10 % 1000000), seconds = (unsigned)(left / FILETIME_SECOND);

	if (day != texts->day || texts->date[0] == 0) {
		char text[FILETIME_TEXT];

		filetime_text(ticks, text);
		memcpy(texts->date, text, DATE_LEN);
		texts->day = day;
	}
	*p++ = '"';
	memcpy(p, texts->date, DATE_LEN);
	p = json_put_pair(p + DATE_LEN, seconds / 3600);
	*p++ = ':';
	p = json_put_pair(p, seconds / 60 % 60);
	*p++ = ':';
	p = json_put_pair(p, seconds % 60);
	*p++ = '.';
	p = json_put_pair(p, micro / 10000);
	p = json_put_pair(p, micro / 100 % 100);
	p = json_put_pair(p, micro % 100);
	*p++ = 'Z';
	*p++ = '"';
	return p;
}

static void
append_binary(struct json_out *out, struct slice raw)
{
	if (!json_out_room(out, 2 * raw.len + QUOTES))
		return;
	*out->at++ = '"';
	for (size_t i = 0; i < raw.len; i++)
		out->at = put_byte_hex(out->at, raw.ptr[i]);
	*out->at++ = '"';
}

static void
append_ansi(struct json_out *out, struct slice raw)
{
	uint8_t units[4 * ANSI_PIECE] = { 0 }; /* as much again may be read */

	if (raw.ptr[raw.len - 1] == 0)
		raw.len--;
	if (!json_out_room(out, ESCAPE_JSON_ROOM(2 * raw.len) + QUOTES))
		return;
	*out->at++ = '"';
	for (size_t at = 0; at < raw.len; at += ANSI_PIECE) {
		struct slice piece = slice_sub(raw, at, ANSI_PIECE);

		value_ansi_units(piece, units);
		out->at += escape_json_utf16(out->at, slice_from(units, 2 * piece.len), sizeof(units));
	}
	*out->at++ = '"';
}

/* Whatever is rare: by its text. */
static void
append_other(struct json_out *out, const struct value *value)
{
	struct buf text, escaped;

	buf_init(&text, LIMIT_RECORD_OUTPUT);
	buf_init(&escaped, LIMIT_RECORD_OUTPUT);
	value_append_text(value, &text);
	escape_json_string(&escaped, buf_view(&text));
	out->failed |= text.failed || escaped.failed;
	if (!out->failed && json_out_room(out, escaped.len))
		json_out_copy(out, (const char *)escaped.ptr, escaped.len);
	buf_fini(&text);
	buf_fini(&escaped);
}

static void
append_sid(struct json_out *out, const struct value *value)
{
	struct slice text;

	if (!cached_text_of(cached_sid_place(out->texts->sids, value->raw), value, &text)) {
		append_other(out, value);
		return;
	}
	if (!json_out_room(out, text.len + QUOTES))
		return;
	*out->at++ = '"';
	json_out_copy(out, (const char *)text.ptr, text.len);
	*out->at++ = '"';
}

/* A boolean of a size that Windows does not write, or a time that is none. */
static void
append_unusual(struct json_out *out, const struct value *value)
{
	struct slice raw = value->raw;
	char text[FILETIME_TEXT];
	uint64_t ticks;

	if (value->type == VALUE_BOOL && (raw.len == 1 || raw.len == 2 || raw.len == 8)) {
		json_out_copy(out, value_raw_number(raw) ? "true" : "false", value_raw_number(raw) ? 4 : 5);
	} else if (value->type == VALUE_SYSTEMTIME && value_to_ticks(value, &ticks)) {
		out->at = json_put_time(out->texts, out->at, ticks);
	} else if (value->type == VALUE_FILETIME && raw.len == 8) {
		*out->at++ = '"';
		json_out_copy(out, text, filetime_text(slice_u64le(raw, 0), text));
		*out->at++ = '"';
	} else {
		append_other(out, value);
	}
}

void
json_value_append_other(struct json_out *out, const struct value *value)
{
	if (value->type == VALUE_SID)
		append_sid(out, value);
	else if (value->type == VALUE_BINARY)
		append_binary(out, value->raw);
	else if (value->type == VALUE_ANSI)
		append_ansi(out, value->raw);
	else
		append_unusual(out, value);
}
