/* SPDX-License-Identifier: Apache-2.0 */
/* Values as JSON, written with room in hand: the same bytes as render_json.c has for a node with that one value. */
#ifndef EVTX_JSON_VALUE_H
#define EVTX_JSON_VALUE_H

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

/* Takes up to JSON_SHORT bytes of what is promised, and asks for what a long value needs. */
void json_value_append(struct json_out *out, const struct value *value);

#endif
