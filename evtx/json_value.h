/* SPDX-License-Identifier: Apache-2.0 */
/* Values as JSON, written with room in hand: the same bytes as render_json.c has for a node with that one value. */
#ifndef EVTX_JSON_VALUE_H
#define EVTX_JSON_VALUE_H

#include "base/attr.h"
#include "base/cursor.h"
#include "base/filetime.h"
#include "base/hex.h"
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

static inline unsigned
json_decimal_len(uint64_t number)
{
	unsigned len = 1;

	for (; number >= 10000; number /= 10000)
		len += 4;
	return len + (number >= 10) + (number >= 100) + (number >= 1000);
}

static inline uint8_t *
json_put_decimal(uint8_t *p, uint64_t number)
{
	uint8_t *end, *at;

	if (number < 10) {
		*p = (uint8_t)('0' + number);
		return p + 1;
	}
	if (number < 100)
		return json_put_pair(p, (unsigned)number);
	end = at = p + json_decimal_len(number);
	for (; number >= 100; number /= 100)
		json_put_pair(at -= 2, (unsigned)(number % 100));
	if (number >= 10)
		json_put_pair(at - 2, (unsigned)number);
	else
		at[-1] = (uint8_t)('0' + number);
	return end;
}

static inline uint8_t *
json_put_signed(uint8_t *p, int64_t number)
{
	if (number >= 0)
		return json_put_decimal(p, (uint64_t)number);
	*p++ = '-';
	return json_put_decimal(p, 0 - (uint64_t)number);
}

/* Without leading zeros: they are shifted out first. */
static inline uint8_t *
json_put_hex(uint8_t *p, uint64_t number)
{
	unsigned digits = number ? (67u - (unsigned)__builtin_clzll(number)) / 4 : 1;

	memcpy(p, "\"0x", 3);
	hex_put(p + 3, number << (64 - 4 * digits), HEX_LOWER);
	p[3 + digits] = '"';
	return p + 4 + digits;
}

/* Each with its quotes. */
uint8_t *json_put_guid(uint8_t *p, const uint8_t *raw);
uint8_t *json_put_time(struct plan_texts *texts, uint8_t *p, uint64_t ticks);

/* With room for 3 * raw.len + JSON_SHORT bytes; `readable` as in escape.h.  Unchanged where there is no text. */
uint8_t *json_put_string(uint8_t *p, const uint8_t *raw, size_t len, size_t readable);

/* Values of all other types and sizes; asks for the room itself. */
void json_value_append_other(struct json_out *out, const struct value *value);

static inline uint8_t *
json_put_bool(uint8_t *p, bool yes)
{
	memcpy(p, yes ? "true " : "false", 5);
	return p + (yes ? 4 : 5);
}

/* A number or a time whose bytes are one of its type; NULL for everything else. */
static ALWAYS_INLINE uint8_t *
json_put_usual(uint8_t *p, uint8_t type, const uint8_t *raw, size_t len, struct plan_texts *texts)
{
	switch (type) {
	case VALUE_INT8:
		return len == 1 ? json_put_signed(p, (int8_t)raw[0]) : NULL;
	case VALUE_UINT8:
		return len == 1 ? json_put_decimal(p, raw[0]) : NULL;
	case VALUE_INT16:
		return len == 2 ? json_put_signed(p, (int16_t)load_u16le(raw)) : NULL;
	case VALUE_UINT16:
		return len == 2 ? json_put_decimal(p, load_u16le(raw)) : NULL;
	case VALUE_INT32:
		return len == 4 ? json_put_signed(p, (int32_t)load_u32le(raw)) : NULL;
	case VALUE_UINT32:
		return len == 4 ? json_put_decimal(p, load_u32le(raw)) : NULL;
	case VALUE_INT64:
		return len == 8 ? json_put_signed(p, (int64_t)load_u64le(raw)) : NULL;
	case VALUE_UINT64:
		return len == 8 ? json_put_decimal(p, load_u64le(raw)) : NULL;
	case VALUE_BOOL:
		return len == 4 ? json_put_bool(p, load_u32le(raw) != 0) : NULL;
	case VALUE_HEX32:
		return len == 4 ? json_put_hex(p, load_u32le(raw)) : NULL;
	case VALUE_HEX64:
		return len == 8 ? json_put_hex(p, load_u64le(raw)) : NULL;
	case VALUE_SIZE:
		return len == 8 ? json_put_hex(p, load_u64le(raw)) : len == 4 ? json_put_hex(p, load_u32le(raw)) : NULL;
	case VALUE_GUID:
		return len == 16 ? json_put_guid(p, raw) : NULL;
	case VALUE_FILETIME:
		return len == 8 && load_u64le(raw) < FILETIME_END ? json_put_time(texts, p, load_u64le(raw)) : NULL;
	default:
		return NULL;
	}
}

#endif
