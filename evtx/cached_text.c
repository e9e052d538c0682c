/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/cached_text.h"

bool
cached_text_of(struct cached_text *c, const struct value *value, struct slice *text)
{
	struct buf out = { .ptr = c->text, .capacity = sizeof(c->text), .max = sizeof(c->text) };

	if (value->raw.len == 0 || value->raw.len > sizeof(c->raw))
		return false;
	if (cached_text_is_of(c, value->type, value->raw.ptr, value->raw.len)) {
		*text = slice_from(c->text, c->text_len);
		return true;
	}
	c->raw_len = 0;
	value_append_text(value, &out);
	if (out.failed)
		return false;
	c->type = value->type;
	c->raw_len = (uint8_t)value->raw.len;
	c->text_len = (uint8_t)out.len;
	memcpy(c->raw, value->raw.ptr, value->raw.len);
	*text = slice_from(c->text, c->text_len);
	return true;
}

/* The last part, the account, tells most of them apart. */
struct cached_text *
cached_sid_place(struct cached_text places[static CACHED_SIDS], struct slice raw)
{
	size_t hash = raw.len;

	if (raw.len >= 4)
		hash += (size_t)raw.ptr[raw.len - 4] + raw.ptr[raw.len - 3] * (size_t)7 + raw.ptr[raw.len - 1];
	return &places[hash % CACHED_SIDS];
}
