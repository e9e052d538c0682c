/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/json_value.h"

#include "base/escape.h"
#include "base/filetime.h"
#include "base/limits.h"
#include "evtx/plan.h"

enum { HEX_LONG = 16, DATE_LEN = 11 /* 2024-01-02T */, QUOTES = 2 };

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

/* --- numbers --- */

static const char pairs[] =
	"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
	"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static uint8_t *
put_pair(uint8_t *p, unsigned number)
{
	memcpy(p, pairs + 2 * (size_t)number, 2);
	return p + 2;
}

static uint8_t *
put_decimal(uint8_t *p, uint64_t number)
{
	uint8_t digits[20];
	size_t at = sizeof(digits);

	if (number < 10) {
		*p++ = (uint8_t)('0' + number);
		return p;
	}
	if (number < 100)
		return put_pair(p, (unsigned)number);
	for (; number >= 100; number /= 100)
		put_pair(digits + (at -= 2), (unsigned)(number % 100));
	if (number >= 10)
		put_pair(digits + (at -= 2), (unsigned)number);
	else
		digits[--at] = (uint8_t)('0' + number);
	memcpy(p, digits + at, sizeof(digits) - at);
	return p + (sizeof(digits) - at);
}

static uint8_t *
put_signed(uint8_t *p, int64_t number)
{
	if (number >= 0)
		return put_decimal(p, (uint64_t)number);
	*p++ = '-';
	return put_decimal(p, 0 - (uint64_t)number);
}

static uint8_t *
put_hex(uint8_t *p, uint64_t number)
{
	unsigned digits = number ? (67u - (unsigned)__builtin_clzll(number)) / 4 : 1;

	memcpy(p, "\"0x", 3);
	p += 3;
	for (unsigned i = digits; i-- > 0;)
		*p++ = (uint8_t)"0123456789abcdef"[number >> (4 * i) & 15];
	*p++ = '"';
	return p;
}

static uint8_t *
put_byte_hex(uint8_t *p, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	*p++ = (uint8_t)digits[byte >> 4];
	*p++ = (uint8_t)digits[byte & 15];
	return p;
}

static uint64_t
number_of(struct slice raw)
{
	uint64_t v = 0;

	for (size_t i = raw.len; i-- > 0;)
		v = v << 8 | raw.ptr[i];
	return v;
}

static inline uint32_t
u32_of(struct slice raw)
{
	return (uint32_t)raw.ptr[0] | (uint32_t)raw.ptr[1] << 8 | (uint32_t)raw.ptr[2] << 16 | (uint32_t)raw.ptr[3] << 24;
}

static inline uint64_t
u64_of(struct slice raw)
{
	return u32_of(raw) | (uint64_t)u32_of(slice_from(raw.ptr + 4, 4)) << 32;
}

/* --- longer ones --- */

static void
append_string(struct json_out *out, struct slice utf16)
{
	size_t readable = (size_t)(out->around.ptr + out->around.len - utf16.ptr);

	if (!json_out_room(out, ESCAPE_JSON_ROOM(utf16.len) + QUOTES))
		return;
	*out->at++ = '"';
	out->at += escape_json_utf16(out->at, utf16, readable);
	*out->at++ = '"';
}

static uint8_t *
put_guid(uint8_t *p, const uint8_t *raw)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	*p++ = '"';
	for (size_t i = 0; i < sizeof(order); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p = put_byte_hex(p, raw[order[i]]);
	}
	*p++ = '"';
	return p;
}

/* The date is the same as in the record before, most of the time. */
static uint8_t *
put_time(struct plan_texts *texts, uint8_t *p, uint64_t ticks)
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
	p = put_pair(p + DATE_LEN, seconds / 3600);
	*p++ = ':';
	p = put_pair(p, seconds / 60 % 60);
	*p++ = ':';
	p = put_pair(p, seconds % 60);
	*p++ = '.';
	p = put_pair(p, micro / 10000);
	p = put_pair(p, micro / 100 % 100);
	p = put_pair(p, micro % 100);
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
		json_out_copy(out, number_of(raw) ? "true" : "false", number_of(raw) ? 4 : 5);
	} else if (value->type == VALUE_SYSTEMTIME && value_to_ticks(value, &ticks)) {
		out->at = put_time(out->texts, out->at, ticks);
	} else if (value->type == VALUE_FILETIME && raw.len == 8) {
		*out->at++ = '"';
		json_out_copy(out, text, filetime_text(u64_of(raw), text));
		*out->at++ = '"';
	} else {
		append_other(out, value);
	}
}

/* True when the value's bytes are a number or a time of its type. */
static inline bool
append_usual(struct json_out *out, uint8_t type, struct slice raw)
{
	switch (type << 8 | (raw.len <= 16 ? (int)raw.len : 0xFF)) {
	case VALUE_INT8 << 8 | 1:
		out->at = put_signed(out->at, (int8_t)raw.ptr[0]);
		return true;
	case VALUE_UINT8 << 8 | 1:
		out->at = put_decimal(out->at, raw.ptr[0]);
		return true;
	case VALUE_INT16 << 8 | 2:
		out->at = put_signed(out->at, (int16_t)(raw.ptr[0] | raw.ptr[1] << 8));
		return true;
	case VALUE_UINT16 << 8 | 2:
		out->at = put_decimal(out->at, (uint16_t)(raw.ptr[0] | raw.ptr[1] << 8));
		return true;
	case VALUE_INT32 << 8 | 4:
		out->at = put_signed(out->at, (int32_t)u32_of(raw));
		return true;
	case VALUE_UINT32 << 8 | 4:
		out->at = put_decimal(out->at, u32_of(raw));
		return true;
	case VALUE_INT64 << 8 | 8:
		out->at = put_signed(out->at, (int64_t)u64_of(raw));
		return true;
	case VALUE_UINT64 << 8 | 8:
		out->at = put_decimal(out->at, u64_of(raw));
		return true;
	case VALUE_BOOL << 8 | 4:
		json_out_copy(out, u32_of(raw) ? "true " : "false", 5);
		out->at -= u32_of(raw) != 0;
		return true;
	case VALUE_HEX32 << 8 | 4:
	case VALUE_SIZE << 8 | 4:
		out->at = put_hex(out->at, u32_of(raw));
		return true;
	case VALUE_HEX64 << 8 | 8:
	case VALUE_SIZE << 8 | 8:
		out->at = put_hex(out->at, u64_of(raw));
		return true;
	case VALUE_GUID << 8 | 16:
		out->at = put_guid(out->at, raw.ptr);
		return true;
	case VALUE_FILETIME << 8 | 8:
		if (u64_of(raw) >= FILETIME_END)
			return false;
		out->at = put_time(out->texts, out->at, u64_of(raw));
		return true;
	default:
		return false;
	}
}

void
json_value_append(struct json_out *out, const struct value *value)
{
	if (value->type == VALUE_STRING)
		append_string(out, value_utf16(value));
	else if (append_usual(out, value->type, value->raw))
		return;
	else if (value->type == VALUE_SID)
		append_sid(out, value);
	else if (value->type == VALUE_BINARY)
		append_binary(out, value->raw);
	else
		append_unusual(out, value);
}
