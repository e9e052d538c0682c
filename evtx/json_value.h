/* SPDX-License-Identifier: Apache-2.0 */
/* Values as JSON, written with room in hand: the same bytes as render_json.c has for a node with that one value. */
#ifndef EVTX_JSON_VALUE_H
#define EVTX_JSON_VALUE_H

#include "base/cursor.h"
#include "base/filetime.h"
#include "base/limits.h"
#include "evtx/cached_text.h"

enum { JSON_SHORT = 96 }; /* room that any value needs which asks for none itself, and what stands around it */

struct plan_texts;

struct json_out {
	uint8_t *start, *at, *end; /* at most end - at bytes may be written */
	struct buf *buf;
	size_t before;             /* bytes of buf in front of start */
	struct slice around;       /* the bytes that values are slices of: text may be read beyond its end in there */
	struct plan_texts *texts;
	size_t promised;           /* room that is kept for what asks for none itself */
	bool failed;               /* no room: what was written is not all */
};

void json_out_begin(struct json_out *out, struct buf *buf, struct slice around, struct plan_texts *texts);

/* Gives what was written to the buffer. */
void json_out_end(struct json_out *out);

/* Slow part of json_out_room. */
bool json_out_grow(struct json_out *out, size_t n);

/* Room for n bytes beside what is promised. */
static inline bool
json_out_room(struct json_out *out, size_t n)
{
	return (size_t)(out->end - out->at) >= n + out->promised || json_out_grow(out, n + out->promised);
}

/* The same for n bytes in small pieces, until they are taken off `promised` again. */
static inline bool
json_out_promise(struct json_out *out, size_t n)
{
	out->promised += n;
	return json_out_room(out, 0);
}

static inline size_t
json_out_len(const struct json_out *out)
{
	return (size_t)(out->at - out->start);
}

static inline void
json_out_copy(struct json_out *out, const char *text, size_t len)
{
	memcpy(out->at, text, len);
	out->at += len;
}

static inline bool
json_value_is_empty(const struct value *value)
{
	return value->type == VALUE_NULL || value->raw.len == 0 ||
	       (value->type == VALUE_STRING && value_utf16(value).len == 0);
}

/* --- the pieces of json_value_append --- */

extern const char json_pairs[201]; /* "000102..99" */

static inline uint8_t *
json_put_pair(uint8_t *p, unsigned number)
{
	memcpy(p, json_pairs + 2 * (size_t)number, 2);
	return p + 2;
}

static inline uint8_t *
json_put_decimal(uint8_t *p, uint64_t number)
{
	uint8_t digits[20];
	size_t at = sizeof(digits);

	if (number < 10) {
		*p++ = (uint8_t)('0' + number);
		return p;
	}
	if (number < 100)
		return json_put_pair(p, (unsigned)number);
	for (; number >= 100; number /= 100)
		json_put_pair(digits + (at -= 2), (unsigned)(number % 100));
	if (number >= 10)
		json_put_pair(digits + (at -= 2), (unsigned)number);
	else
		digits[--at] = (uint8_t)('0' + number);
	memcpy(p, digits + at, sizeof(digits) - at);
	return p + (sizeof(digits) - at);
}

static inline uint8_t *
json_put_signed(uint8_t *p, int64_t number)
{
	if (number >= 0)
		return json_put_decimal(p, (uint64_t)number);
	*p++ = '-';
	return json_put_decimal(p, 0 - (uint64_t)number);
}

static inline uint8_t *
json_put_hex(uint8_t *p, uint64_t number)
{
	unsigned digits = number ? (67u - (unsigned)__builtin_clzll(number)) / 4 : 1;

	memcpy(p, "\"0x", 3);
	p += 3;
	for (unsigned i = digits; i-- > 0;)
		*p++ = (uint8_t)"0123456789abcdef"[number >> (4 * i) & 15];
	*p++ = '"';
	return p;
}

/* Each with its quotes. */
uint8_t *json_put_guid(uint8_t *p, const uint8_t *raw);
uint8_t *json_put_time(struct plan_texts *texts, uint8_t *p, uint64_t ticks);

void json_value_append_string(struct json_out *out, struct slice utf16);
void json_value_append_other(struct json_out *out, const struct value *value);

/* True when the value's bytes are a number or a time of its type. */
static inline bool
json_append_usual(struct json_out *out, uint8_t type, struct slice raw)
{
	switch (type << 8 | (raw.len <= 16 ? (int)raw.len : 0xFF)) {
	case VALUE_INT8 << 8 | 1:
		out->at = json_put_signed(out->at, (int8_t)raw.ptr[0]);
		return true;
	case VALUE_UINT8 << 8 | 1:
		out->at = json_put_decimal(out->at, raw.ptr[0]);
		return true;
	case VALUE_INT16 << 8 | 2:
		out->at = json_put_signed(out->at, (int16_t)(raw.ptr[0] | raw.ptr[1] << 8));
		return true;
	case VALUE_UINT16 << 8 | 2:
		out->at = json_put_decimal(out->at, (uint16_t)(raw.ptr[0] | raw.ptr[1] << 8));
		return true;
	case VALUE_INT32 << 8 | 4:
		out->at = json_put_signed(out->at, (int32_t)slice_u32le(raw, 0));
		return true;
	case VALUE_UINT32 << 8 | 4:
		out->at = json_put_decimal(out->at, slice_u32le(raw, 0));
		return true;
	case VALUE_INT64 << 8 | 8:
		out->at = json_put_signed(out->at, (int64_t)slice_u64le(raw, 0));
		return true;
	case VALUE_UINT64 << 8 | 8:
		out->at = json_put_decimal(out->at, slice_u64le(raw, 0));
		return true;
	case VALUE_BOOL << 8 | 4:
		json_out_copy(out, slice_u32le(raw, 0) ? "true " : "false", 5);
		out->at -= slice_u32le(raw, 0) != 0;
		return true;
	case VALUE_HEX32 << 8 | 4:
	case VALUE_SIZE << 8 | 4:
		out->at = json_put_hex(out->at, slice_u32le(raw, 0));
		return true;
	case VALUE_HEX64 << 8 | 8:
	case VALUE_SIZE << 8 | 8:
		out->at = json_put_hex(out->at, slice_u64le(raw, 0));
		return true;
	case VALUE_GUID << 8 | 16:
		out->at = json_put_guid(out->at, raw.ptr);
		return true;
	case VALUE_FILETIME << 8 | 8:
		if (slice_u64le(raw, 0) >= FILETIME_END)
			return false;
		out->at = json_put_time(out->texts, out->at, slice_u64le(raw, 0));
		return true;
	default:
		return false;
	}
}

/* Takes up to JSON_SHORT bytes of what is promised, and asks for what a long value needs.  False, and nothing is written,
 * for a value that shows nothing. */
static inline bool
json_value_append(struct json_out *out, const struct value *value)
{
	struct slice text;

	if (value->type == VALUE_STRING) {
		text = value_without_nul(value->raw);
		if (text.len)
			json_value_append_string(out, text);
		return text.len > 0;
	}
	if (value->type == VALUE_NULL || value->raw.len == 0)
		return false;
	if (!json_append_usual(out, value->type, value->raw))
		json_value_append_other(out, value);
	return true;
}

#endif
