/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/survey.h"

#include "base/cursor.h"
#include "base/limits.h"

enum { ALIGNMENT = 8, TEMPLATE_TABLE = 384, BUCKETS = 32, CHAIN_MAX = LIMIT_CHUNK / TEMPLATE_HEADER };

void
survey_init(struct survey *s, const struct chunk_walk *walk, uint64_t offset, const struct record_keys *keys)
{
	*s = (struct survey){ .walk = *walk, .offset = offset, .keys = keys, .live_end = LIMIT_CHUNK_HEADER };
}

static uint32_t
u32_at(struct slice bytes, size_t at)
{
	struct cursor c = cursor_over(slice_sub(bytes, at, 4), at);

	return cursor_u32le(&c);
}

static void
describe(const struct survey *s, size_t at, size_t len, enum record_class class, struct survey_item *item)
{
	struct slice raw = slice_sub(s->walk.bytes, at, len);

	record_peek(raw, &item->peek);
	item->spare = 0;
	item->residue = (struct residue){ .key = record_key(s->keys, raw, &item->peek), .offset = s->offset + at,
		.chunk = s->offset, .len = (uint32_t)len, .class = class };
}

/* A record that was swallowed ends where its host does and has the host's size in its last bytes. */
static size_t
size_of_residue(const struct survey *s, size_t at)
{
	size_t size = u32_at(s->walk.bytes, at + 4), end = s->class == RECORD_HIDDEN ? s->end + RECORD_SIZE_COPY : s->end;
	bool last = s->class == RECORD_HIDDEN && at + size == end;

	if (size < LIMIT_RECORD_MIN || size > end - at)
		return 0;
	if (!last && u32_at(s->walk.bytes, at + size - RECORD_SIZE_COPY) != size)
		return 0;
	return record_is_plausible(slice_sub(s->walk.bytes, at, size)) ? size : 0;
}

static bool
next_residue(struct survey *s, struct survey_item *item)
{
	for (; s->at + LIMIT_RECORD_MIN <= s->end; s->at += ALIGNMENT) {
		size_t size = s->walk.bytes.ptr[s->at] == 0x2a ? size_of_residue(s, s->at) : 0;

		if (!size)
			continue;
		describe(s, s->at, size, s->class, item);
		s->at += size;
		return true;
	}
	return false;
}

static void
search(struct survey *s, size_t from, size_t end, enum record_class class)
{
	s->at = (from + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	s->end = end;
	s->class = class;
}

static void
take_live(struct survey *s, const struct chunk_item *live, struct survey_item *item)
{
	size_t end = live->offset + live->len - RECORD_SIZE_COPY;

	describe(s, live->offset, live->len, RECORD_LIVE, item);
	if (item->peek.end)
		item->spare = live->len - RECORD_SIZE_COPY - item->peek.end;
	if (item->peek.end && item->spare < ALIGNMENT)
		return;
	/* Without an outer instance nothing but decoding tells where it ends; a signature in its text would have to be
	 * followed by a size that fits. */
	search(s, live->offset + (item->peek.end ? item->peek.end : RECORD_HEADER + ALIGNMENT), end, RECORD_HIDDEN);
}

enum survey_step
survey_next(struct survey *s, struct survey_item *item)
{
	struct chunk_item live;

	for (;;) {
		if (next_residue(s, item))
			return SURVEY_RESIDUE;
		if (s->walked)
			return SURVEY_END;
		switch (chunk_walk_next(&s->walk, &live)) {
		case CHUNK_RECORD:
			s->live_end = live.offset + live.len;
			take_live(s, &live, item);
			return SURVEY_LIVE;
		case CHUNK_LOST:
			s->live_end = live.offset + live.len;
			return SURVEY_LOST;
		case CHUNK_END:
			s->walked = true;
			search(s, s->live_end, s->walk.bytes.len, RECORD_RESIDUAL);
			break;
		}
	}
}

bool
survey_next_template(struct slice chunk, struct survey_templates *at, size_t *offset)
{
	while (at->offset == 0) {
		if (at->bucket == BUCKETS)
			return false;
		at->offset = u32_at(chunk, TEMPLATE_TABLE + 4 * at->bucket++);
	}
	*offset = at->offset;
	at->offset = ++at->steps < CHAIN_MAX && at->offset < chunk.len ? u32_at(chunk, at->offset) : 0;
	return true;
}
