/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the value that stood in some place last: providers, channels and computers are the same record after
 * record, and a log has a handful of SIDs, whose text costs a library call and several allocations. */
#ifndef EVTX_CACHED_TEXT_H
#define EVTX_CACHED_TEXT_H

#include "base/same.h"
#include "evtx/value.h"

enum { CACHED_RAW = 128, CACHED_TEXT = 240, CACHED_SIDS = 64 };

struct cached_text {
	uint8_t type, raw_len, text_len;
	uint8_t raw[CACHED_RAW];
	uint8_t text[CACHED_TEXT];
};

static inline bool
cached_text_is_of(const struct cached_text *place, uint8_t type, const uint8_t *raw, size_t len)
{
	return place->type == type && place->raw_len == len && len && same_bytes(place->raw, raw, len);
}

/* The text of a value that is not NULL, as value_append_text has it, valid until another value is asked for in that
 * place; false when it is too long to be kept. */
bool cached_text_of(struct cached_text *place, const struct value *value, struct slice *text);

/* The place for a SID among CACHED_SIDS. */
struct cached_text *cached_sid_place(struct cached_text places[static CACHED_SIDS], struct slice raw);

#endif
