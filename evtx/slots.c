/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/slots.h"

#include "base/ckd.h"
#include "base/cursor.h"

#include <stdio.h>

/* Of a slot that may be left partly unread: more than what is read of a file's own header, by which a worker knows that
 * a chunk begins. */
enum { FRONT = 2 * LIMIT_FILE_HEADER };

static bool
chunk_at(const struct source *source, uint64_t offset)
{
	uint8_t start[8];
	size_t got;
	struct err ignored;

	return source->read(source, offset, start, sizeof(start), &got, &ignored) && got == sizeof(start) &&
	       memcmp(start, "ElfChnk", sizeof(start)) == 0;
}

/* The header block is 4,096 bytes.  Another size is believed only when a chunk stands there and none at 4,096; a log
 * that lost its header block begins with a chunk. */
static uint64_t
first_slot(const struct source *source, const struct log_header *header)
{
	if (chunk_at(source, LIMIT_FILE_HEADER))
		return LIMIT_FILE_HEADER;
	if (header->signature_ok && header->header_block_size >= 128 && chunk_at(source, header->header_block_size))
		return header->header_block_size;
	return !header->signature_ok && chunk_at(source, 0) ? 0 : LIMIT_FILE_HEADER;
}

static bool
check_signature(const struct source *source, struct err *err)
{
	uint8_t start[LIMIT_FILE_HEADER + 8];
	size_t got;

	if (!source->read(source, 0, start, sizeof(start), &got, err))
		return false;
	return log_is_evtx(slice_from(start, got)) ||
	       err_set(err, ERR_FORMAT, 0, "not an event log: neither a file nor a chunk signature");
}

/* Where reading begins in the middle, the chunk before is walked for its last identifier: what is read of a chunk must
 * not depend on who reads the one in front of it. */
static void
look_back(struct slots *s)
{
	uint64_t offset = s->first + (s->slot - 1) * LIMIT_CHUNK;
	struct chunk_header header;
	struct chunk_item item;
	struct slice bytes;
	struct err ignored;

	if (s->slot == 0 || s->slot > s->source->size / LIMIT_CHUNK ||
	    !s->source->read(s->source, offset, s->buffer, LIMIT_CHUNK, &s->len, &ignored))
		return;
	bytes = slice_from(s->buffer, s->len);
	if (s->len < LIMIT_CHUNK_HEADER || chunk_is_zero(bytes))
		return;
	chunk_header_read(bytes, &header);
	if (!header.signature_ok && !chunk_holds_records(bytes))
		return;
	chunk_walk_init(&s->walk, bytes, &header, 0, 0, 0);
	while (chunk_walk_next(&s->walk, &item) != CHUNK_END)
		;
}

bool
slots_open(struct slots *s, const struct source *source, const struct reader_options *options, struct reader *reader,
	struct err *err)
{
	*s = (struct slots){ .source = source, .reader = reader };
	if (!log_header_read(source, &s->header, err) || !check_signature(source, err))
		return false;
	s->first = first_slot(source, &s->header);
	s->slot = options ? options->first_chunk : 0;
	s->end = options && options->end_chunk ? options->end_chunk : UINT64_MAX;
	s->tell_foreign = options && options->tell_foreign;
	if (options && options->at_offset >= s->first)
		s->slot = options->at_offset ? (options->at_offset - s->first) / LIMIT_CHUNK : s->slot;
	reader->chunk = s->slot;
	reader->slots = s;
	if (!options || !options->alone)
		look_back(s);
	return true;
}

static enum slots_step
lose(struct slots *s, struct reader_loss *loss, uint64_t offset, uint64_t len, uint32_t records)
{
	loss->offset = offset;
	loss->len = len;
	loss->records = records;
	s->reader->counts.lost += records;
	return SLOTS_LOST;
}

/* A slot that could not be read, or that is no longer there. */
static enum slots_step
lose_slot(struct slots *s, struct reader_loss *loss, uint64_t len, const char *reason)
{
	*loss = (struct reader_loss){ .len = 0 };
	snprintf(loss->reason, sizeof(loss->reason), "%.*s", (int)sizeof(loss->reason) - 1, reason);
	return lose(s, loss, s->offset, len, 1);
}

/* Records of a slot without a chunk signature are read when there are any: only its header may be damaged. */
static bool
is_chunk(struct slots *s, struct slice bytes, const struct chunk_header *header)
{
	if (header->signature_ok || chunk_holds_records(bytes))
		return true;
	if (bytes.len == LIMIT_CHUNK && s->reader->counts.foreign_chunks++ == 0)
		s->reader->counts.first_foreign = s->offset;
	return false;
}

/* The rest of a slot of which only the front was read. */
static bool
read_rest(struct slots *s, size_t end, struct err *err)
{
	size_t got = 0;

	if (end > s->len && !s->source->read(s->source, s->offset + s->len, s->buffer + s->len, end - s->len, &got, err))
		return false;
	s->len += got;
	return true;
}

/* What cannot be read any more is as if the file ended there. */
void
slots_complete(struct slots *s)
{
	struct err ignored;

	s->partial = false;
	if (!read_rest(s, LIMIT_CHUNK, &ignored))
		return;
	s->walk.bytes = s->reader->bytes = slice_from(s->buffer, s->len);
}

/* All of a slot, or where that is enough, what the header says is live: then s->partial is set. */
static bool
read_slot(struct slots *s, size_t left, struct err *err)
{
	struct chunk_header header;

	s->partial = false;
	if (!s->live_only || left < LIMIT_CHUNK)
		return s->source->read(s->source, s->offset, s->buffer, left, &s->len, err);
	if (!s->source->read(s->source, s->offset, s->buffer, FRONT, &s->len, err))
		return false;
	if (s->len < FRONT)
		return true;
	chunk_header_read(slice_from(s->buffer, s->len), &header);
	s->partial = header.plausible && !(s->header.flags & LOG_DIRTY);
	return read_rest(s, s->partial ? header.free_space : LIMIT_CHUNK, err);
}

static void
begin_chunk(struct slots *s, const struct chunk_header *header)
{
	bool dirty = (s->header.flags & LOG_DIRTY) != 0;
	unsigned bad = s->header.flags & LOG_NO_CHECKSUMS ? 0 : chunk_check(slice_from(s->buffer, s->len), header);
	unsigned walk_flags = (dirty || bad & CHUNK_HEADER_CHECKSUM_BAD || !header->plausible ? CHUNK_MAY_BE_STALE : 0u) |
			      (s->walk.has_id ? CHUNK_AFTER_ID : 0u);

	if (s->partial && walk_flags & CHUNK_MAY_BE_STALE)
		slots_complete(s);
	s->flags = (dirty ? RECORD_DIRTY_LOG : 0u) | (bad ? RECORD_BAD_CHUNK_CHECKSUM : 0u) |
		   (header->plausible ? 0u : RECORD_BAD_CHUNK_HEADER);
	s->bad_checksums = bad;
	s->in_chunk = true;
	s->reader->bytes = slice_from(s->buffer, s->len);
	s->reader->offset = s->offset;
	s->reader->counts.chunks++;
	s->reader->counts.bad_checksums += bad != 0;
	chunk_walk_init(&s->walk, s->reader->bytes, header, bad, walk_flags, s->walk.id);
}

/* Reads the next slot.  SLOTS_ITEM stands for "nothing to tell, go on". */
static enum slots_step
next_slot(struct slots *s, struct reader_loss *loss)
{
	uint64_t size = s->source->size, left, end;
	struct chunk_header header;
	struct slice bytes;
	struct err err;

	if (s->slot >= s->end || ckd_mul(&s->offset, s->slot, (uint64_t)LIMIT_CHUNK) ||
	    ckd_add(&s->offset, s->offset, s->first) || s->offset >= size)
		return SLOTS_END;
	left = size - s->offset < LIMIT_CHUNK ? size - s->offset : LIMIT_CHUNK;
	s->reader->chunk = s->slot++;
	if (!read_slot(s, (size_t)left, &err))
		return lose_slot(s, loss, left, err.text);
	if (s->len == 0) {
		s->slot = UINT64_MAX / LIMIT_CHUNK;
		if (!ckd_mul(&end, s->end, (uint64_t)LIMIT_CHUNK) && !ckd_add(&end, end, s->first) && end < size)
			size = end;
		return lose_slot(s, loss, size - s->offset, "the file became shorter while it was read");
	}
	bytes = slice_from(s->buffer, s->len);
	if (chunk_is_zero(bytes)) {
		s->reader->counts.empty_chunks += s->len == LIMIT_CHUNK;
		return SLOTS_ITEM;
	}
	if (s->len < LIMIT_CHUNK && !s->partial)
		s->reader->counts.tail_bytes = s->len;
	chunk_header_read(bytes, &header);
	if (!is_chunk(s, bytes, &header)) {
		if (!s->tell_foreign)
			return SLOTS_ITEM;
		s->reader->bytes = bytes;
		s->reader->offset = s->offset;
		return SLOTS_FOREIGN;
	}
	begin_chunk(s, &header);
	return SLOTS_CHUNK;
}

void
slots_lose_item(struct slots *s, const struct chunk_item *item, struct reader_loss *loss, uint32_t records, const char *reason)
{
	*loss = (struct reader_loss){ .number = item->id, .has_number = item->has_id };
	snprintf(loss->reason, sizeof(loss->reason), "%.*s", (int)sizeof(loss->reason) - 1, reason);
	lose(s, loss, s->offset + item->offset, item->len, records);
}

static enum slots_step
next_item(struct slots *s, struct chunk_item *item, struct reader_loss *loss)
{
	if (s->partial && s->walk.at < s->walk.live)
		slots_complete(s);
	switch (chunk_walk_next(&s->walk, item)) {
	case CHUNK_END:
		s->in_chunk = false;
		return SLOTS_END;
	case CHUNK_LOST:
		slots_lose_item(s, item, loss, item->signatures, item->reason);
		return SLOTS_LOST;
	case CHUNK_RECORD:
		break;
	}
	return SLOTS_ITEM;
}

enum slots_step
slots_next_slowly(struct slots *s, struct chunk_item *item, struct reader_loss *loss)
{
	for (;;) {
		enum slots_step step;

		if (s->in_chunk) {
			step = next_item(s, item, loss);
			if (step != SLOTS_END)
				return step;
		}
		step = next_slot(s, loss);
		if (step != SLOTS_ITEM)
			return step;
	}
}
