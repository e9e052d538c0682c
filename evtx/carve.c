/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/carve.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "evtx/chunk.h"

#include <stdlib.h>

enum { BUFFER = LIMIT_CHUNK + CARVE_WINDOW_SIZE + LIMIT_CHUNK, SLOT_BUFFER = 3 * LIMIT_CHUNK };

static const struct slice record_signature = { (const uint8_t *)"\x2a\x2a\0", 4 };
static const struct slice chunk_signature = { (const uint8_t *)"ElfChnk", 8 };

bool
carve_init(struct carve *c, const struct source *source, uint64_t first_window, const struct record_keys *keys)
{
	*c = (struct carve){ .source = source, .keys = keys, .window = first_window, .slot = SIZE_MAX, .buffer = malloc(BUFFER) };
	return c->buffer != NULL;
}

static void
begin_window(struct carve *c, size_t before, size_t window, size_t got)
{
	c->bytes = slice_from(c->buffer, got);
	c->from = before;
	c->to = before + window < got ? before + window : got;
	c->at = 0;
	c->context = SIZE_MAX;
	c->next_record = slice_find(c->bytes, record_signature, 0);
	c->next_chunk = slice_find(c->bytes, chunk_signature, 0);
}

bool
carve_init_slot(struct carve *c, const struct source *source, uint64_t offset, struct slice slot, const struct record_keys *keys)
{
	size_t before = offset < LIMIT_CHUNK ? (size_t)offset : LIMIT_CHUNK, got = 0, behind = 0;
	struct err ignored;

	*c = (struct carve){ .source = source, .keys = keys, .base = offset - before, .slot = before, .last_chunk = SIZE_MAX, .begun = true,
		.buffer = malloc(SLOT_BUFFER) };
	if (!c->buffer)
		return false;
	slot = slice_sub(slot, 0, LIMIT_CHUNK);
	if (!source->read(source, c->base, c->buffer, before, &got, &ignored))
		got = 0;
	memset(c->buffer + got, 0, before - got);
	memcpy(c->buffer + before, slot.ptr, slot.len);
	if (slot.len == LIMIT_CHUNK && !source->read(source, offset + LIMIT_CHUNK, c->buffer + before + LIMIT_CHUNK, LIMIT_CHUNK,
					       &behind, &ignored))
		behind = 0;
	begin_window(c, before, slot.len, before + slot.len + behind);
	return true;
}

void
carve_fini(struct carve *c)
{
	free(c->buffer);
	*c = (struct carve){ .buffer = NULL };
}

static enum carve_step
load(struct carve *c, struct err *err)
{
	uint64_t begin = c->window * CARVE_WINDOW_SIZE, left;
	size_t before = c->window ? LIMIT_CHUNK : 0, got = 0;

	if (c->window > UINT64_MAX / CARVE_WINDOW_SIZE || begin >= c->source->size)
		return CARVE_END;
	c->base = begin - before;
	left = c->source->size - c->base;
	c->at = c->to = 0; /* nothing of it, should reading fail */
	c->bytes = SLICE_EMPTY;
	if (!c->source->read(c->source, c->base, c->buffer, left < BUFFER ? (size_t)left : BUFFER, &got, err))
		return CARVE_FAILED;
	begin_window(c, before, CARVE_WINDOW_SIZE, got);
	return CARVE_WINDOW;
}

/* The next signature of either kind.  Where each was found is kept: each byte is searched once for each of them. */
static size_t
next_candidate(struct carve *c)
{
	size_t next;

	if (c->next_record < c->at)
		c->next_record = slice_find(c->bytes, record_signature, c->at);
	if (c->next_chunk < c->at)
		c->next_chunk = slice_find(c->bytes, chunk_signature, c->at);
	next = c->next_record < c->next_chunk ? c->next_record : c->next_chunk;
	return next < c->to ? next : c->to;
}

static bool
is_chunk(struct slice chunk, bool *proven)
{
	struct chunk_header header;

	if (!slice_starts_with(chunk, chunk_signature) || chunk.len < LIMIT_CHUNK_HEADER)
		return false;
	chunk_header_read(chunk, &header);
	*proven = chunk_header_proves_itself(chunk, &header);
	return header.plausible;
}

static size_t
whole_record(struct slice here)
{
	struct cursor c = cursor_over(here, 0), copy;
	uint32_t size;

	cursor_take(&c, 4);
	size = cursor_u32le(&c);
	if (c.bad || size < LIMIT_RECORD_MIN || size > here.len || size > LIMIT_CHUNK - LIMIT_CHUNK_HEADER)
		return 0;
	copy = cursor_over(slice_sub(here, size - RECORD_SIZE_COPY, RECORD_SIZE_COPY), 0);
	return cursor_u32le(&copy) == size && record_is_plausible(slice_sub(here, 0, size)) ? size : 0;
}

/* Where nothing of a chunk is known: in a log its header may be all that is gone, so that it begins where its slot does;
 * else only what the store holds can decode the record. */
static size_t
distance_to_slot(const struct carve *c, size_t at, size_t size)
{
	size_t distance = c->slot == SIZE_MAX || at < c->slot ? 0 : at - c->slot;

	if (distance >= LIMIT_CHUNK_HEADER && distance + size <= LIMIT_CHUNK)
		return distance;
	return at < LIMIT_CHUNK_HEADER ? at : LIMIT_CHUNK_HEADER;
}

/* How far in front of the record its chunk begins: in the chunk whose header was seen; else where its own inline
 * definition says that it stands.  0: neither. */
static size_t
distance_to_chunk(const struct carve *c, size_t at, size_t size, const struct record_peek *peek, bool *proven)
{
	size_t distance = c->context == SIZE_MAX ? 0 : at - c->context;

	*proven = c->context_proven;
	if (distance >= LIMIT_CHUNK_HEADER && distance + size <= LIMIT_CHUNK)
		return distance;
	*proven = false;
	distance = peek->definition && peek->definition_offset > peek->definition
			   ? peek->definition_offset - peek->definition : 0;
	return distance >= LIMIT_CHUNK_HEADER && distance + size <= LIMIT_CHUNK && distance <= at ? distance : 0;
}

/* Each of these chunks will be read once more, so a slot cannot have one for each of its records.  Those with a header
 * that proves itself are counted apart: what is made up in front of a true chunk cannot use up its share. */
static bool
may_begin_at(struct carve *c, size_t chunk, bool proven)
{
	if (c->slot == SIZE_MAX || c->at < c->from || chunk == c->last_chunk)
		return true;
	if (c->chunks[proven] == CARVE_SLOT_CHUNKS) {
		c->refused++;
		return false;
	}
	c->chunks[proven]++;
	return true;
}

static void
take_record(struct carve *c, size_t size)
{
	struct slice raw = slice_sub(c->bytes, c->at, size);
	struct record_peek peek;
	size_t distance;
	bool proven;

	record_peek(raw, &peek);
	distance = distance_to_chunk(c, c->at, size, &peek, &proven);
	if (!distance || !may_begin_at(c, c->at - distance, proven))
		distance = distance_to_slot(c, c->at, size);
	c->last_chunk = c->at - distance;
	c->chunk = slice_sub(c->bytes, c->at - distance, LIMIT_CHUNK);
	c->residue = (struct residue){ .key = record_key(c->keys, raw, &peek), .offset = c->base + c->at,
		.chunk = c->base + c->at - distance, .len = (uint32_t)size, .class = RECORD_RESIDUAL };
}

/* What lies in front of the window is walked the same way and not told. */
static bool
step_in_window(struct carve *c, enum carve_step *step)
{
	while ((c->at = next_candidate(c)) < c->to) {
		struct slice here = slice_sub(c->bytes, c->at, c->bytes.len);
		size_t at = c->at, size = whole_record(here);
		bool proven;

		if (size) {
			take_record(c, size);
			c->at += size;
			*step = CARVE_RECORD;
		} else if (is_chunk(here, &proven)) {
			c->context = c->at;
			c->context_proven = proven;
			c->chunk = slice_sub(here, 0, LIMIT_CHUNK);
			c->at += LIMIT_CHUNK_HEADER;
			*step = CARVE_CHUNK;
		} else {
			c->at++;
			continue;
		}
		if (at >= c->from)
			return true;
	}
	return false;
}

enum carve_step
carve_next(struct carve *c, struct err *err)
{
	enum carve_step step;

	if (c->begun && step_in_window(c, &step))
		return step;
	if (c->slot != SIZE_MAX)
		return CARVE_END;
	if (c->begun)
		c->window++;
	c->begun = true;
	return load(c, err);
}
