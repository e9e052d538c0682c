/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/chunk.h"

#include "base/crc32.h"
#include "base/cursor.h"
#include "base/limits.h"

#include <stdio.h>

enum { ALIGNMENT = 8, HEADER_SIZE = 128, FLAGS_AT = 120, IDS_APART = 4096 };

void
chunk_header_read(struct slice chunk, struct chunk_header *h)
{
	*h = (struct chunk_header){
		.signature_ok = slice_starts_with(chunk, SLICE("ElfChnk\0")),
		.first_id = slice_u64le(chunk, 24),
		.last_id = slice_u64le(chunk, 32),
		.header_size = slice_u32le(chunk, 40),
		.last_record = slice_u32le(chunk, 44),
		.free_space = slice_u32le(chunk, 48),
		.records_checksum = slice_u32le(chunk, 52),
		.flags = slice_u32le(chunk, FLAGS_AT),
		.header_checksum = slice_u32le(chunk, FLAGS_AT + 4),
	};
	h->plausible = h->signature_ok && h->header_size == HEADER_SIZE && h->free_space >= LIMIT_CHUNK_HEADER &&
		       h->free_space <= LIMIT_CHUNK;
}

static uint32_t
header_checksum(struct slice chunk)
{
	uint32_t crc = crc32_extend(0, slice_sub(chunk, 0, FLAGS_AT));

	return crc32_extend(crc, slice_sub(chunk, HEADER_SIZE, LIMIT_CHUNK_HEADER - HEADER_SIZE));
}

bool
chunk_header_proves_itself(struct slice chunk, const struct chunk_header *h)
{
	return h->plausible && chunk.len >= LIMIT_CHUNK_HEADER && !(h->flags & CHUNK_NO_CHECKSUMS) &&
	       header_checksum(chunk) == h->header_checksum;
}

unsigned
chunk_check(struct slice chunk, const struct chunk_header *h)
{
	unsigned bad = 0;

	if (h->flags & CHUNK_NO_CHECKSUMS || chunk.len < LIMIT_CHUNK_HEADER)
		return 0;
	if (header_checksum(chunk) != h->header_checksum)
		bad |= CHUNK_HEADER_CHECKSUM_BAD;
	if (h->free_space < LIMIT_CHUNK_HEADER || h->free_space > LIMIT_CHUNK)
		return bad | CHUNK_RECORDS_CHECKSUM_BAD;
	if (h->free_space <= chunk.len && h->records_checksum !=
	    crc32_extend(0, slice_sub(chunk, LIMIT_CHUNK_HEADER, h->free_space - LIMIT_CHUNK_HEADER)))
		bad |= CHUNK_RECORDS_CHECKSUM_BAD;
	return bad;
}

bool
chunk_is_zero(struct slice chunk)
{
	return chunk.len == 0 || (chunk.ptr[0] == 0 && memcmp(chunk.ptr, chunk.ptr + 1, chunk.len - 1) == 0);
}

static bool
signature_at(struct slice bytes, size_t at)
{
	return slice_u32le(bytes, at) == RECORD_SIGNATURE;
}

/* The next whole record from `at` on; `end` when there is none.  Records begin at multiples of 8. */
static size_t
next_whole_record(struct slice bytes, size_t at, size_t end)
{
	for (at = (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; at < end; at += ALIGNMENT) {
		if (bytes.ptr[at] == 0x2a && chunk_whole_record(bytes, at, end))
			return at;
	}
	return end;
}

bool
chunk_holds_records(struct slice chunk)
{
	return next_whole_record(chunk, LIMIT_CHUNK_HEADER, chunk.len) < chunk.len;
}

static uint32_t
count_signatures(struct slice bytes, size_t at, size_t end)
{
	uint32_t count = 0;

	for (; at < end; at += ALIGNMENT)
		count += signature_at(bytes, at);
	return count;
}

/* The end of the record that the header calls the last, when it is there and has the identifier the header gives
 * it: a second witness beside the free-space offset. */
static size_t
end_of_last(struct slice bytes, const struct chunk_header *h)
{
	size_t size = 0;

	if (h->last_record >= LIMIT_CHUNK_HEADER && h->last_record < bytes.len)
		size = chunk_whole_record(bytes, h->last_record, bytes.len);
	return size && slice_u64le(bytes, h->last_record + 8) == h->last_id ? h->last_record + size : 0;
}

static size_t
live_end(struct slice bytes, const struct chunk_header *h, unsigned bad_checksums)
{
	bool in_range = h->free_space >= LIMIT_CHUNK_HEADER && h->free_space <= LIMIT_CHUNK;
	size_t by_last;

	if (in_range && !(bad_checksums & CHUNK_HEADER_CHECKSUM_BAD))
		return h->free_space;
	by_last = end_of_last(bytes, h);
	return by_last ? by_last : in_range ? h->free_space : 0;
}

void
chunk_walk_init(struct chunk_walk *w, struct slice bytes, const struct chunk_header *h, unsigned bad_checksums,
	enum chunk_walk_flags flags, uint64_t id_before)
{
	size_t live = live_end(bytes, h, bad_checksums);

	*w = (struct chunk_walk){
		.bytes = bytes,
		.at = LIMIT_CHUNK_HEADER,
		.live = live ? live : LIMIT_CHUNK_HEADER,
		.by_ids = live == 0,
		.follow = live == 0 || (flags & CHUNK_MAY_BE_STALE),
		.id = id_before,
		.has_id = live != 0 && (flags & CHUNK_AFTER_ID),
	};
}

static enum chunk_step
take(struct chunk_walk *w, struct chunk_item *item, size_t size)
{
	chunk_walk_take(w, item, size);
	return CHUNK_RECORD;
}

/* Gives up the bytes up to `end`. */
static enum chunk_step
lose(struct chunk_walk *w, struct chunk_item *item, size_t end)
{
	uint32_t count = count_signatures(w->bytes, item->offset, end);

	item->len = end - item->offset;
	item->signatures = count ? count : 1;
	if (item->has_id) {
		w->id = item->id;
		w->has_id = true;
	}
	w->at = end;
	return CHUNK_LOST;
}

static void
explain(const struct chunk_walk *w, struct chunk_item *item, size_t end)
{
	uint32_t size = slice_u32le(w->bytes, item->offset + 4);

	if (!signature_at(w->bytes, item->offset))
		snprintf(item->reason, sizeof(item->reason), "record signature 2a2a0000 expected, found %08x",
			(unsigned)__builtin_bswap32(slice_u32le(w->bytes, item->offset)));
	else if (size < LIMIT_RECORD_MIN)
		snprintf(item->reason, sizeof(item->reason), "record size %u is below the minimum %d", (unsigned)size,
			LIMIT_RECORD_MIN);
	else if (size > end - item->offset)
		snprintf(item->reason, sizeof(item->reason), "record size %u is more than the %zu bytes up to the end of the "
			"records", (unsigned)size, end - item->offset);
	else
		snprintf(item->reason, sizeof(item->reason), "record size %u differs from its copy %u, and neither leads to "
			"another record", (unsigned)size,
			(unsigned)slice_u32le(w->bytes, item->offset + size - RECORD_SIZE_COPY));
}

/* The true size of a record whose two sizes differ: the one that its neighbours bear out.  The copy is tried first,
 * since it cannot swallow a whole record that follows. */
static size_t
size_by_neighbours(const struct chunk_walk *w, size_t at, size_t next, size_t end)
{
	size_t size = slice_u32le(w->bytes, at + 4);

	if (!signature_at(w->bytes, at))
		return 0;
	if (next - at >= LIMIT_RECORD_MIN && slice_u32le(w->bytes, next - RECORD_SIZE_COPY) == next - at)
		return next - at;
	if (!chunk_record_size_fits(size, at, end) || size % ALIGNMENT)
		return 0;
	return at + size == w->live || (at + size < end && chunk_whole_record(w->bytes, at + size, end)) ? size : 0;
}

static bool
cut_by_file_end(const struct chunk_walk *w, size_t at, size_t end)
{
	uint32_t size = slice_u32le(w->bytes, at + 4);

	if (w->bytes.len == LIMIT_CHUNK || !signature_at(w->bytes, at))
		return false;
	return w->bytes.len - at < 8 || (size > w->bytes.len - at && chunk_record_size_fits(size, at, end));
}

static enum chunk_step
lose_cut(struct chunk_walk *w, struct chunk_item *item)
{
	snprintf(item->reason, sizeof(item->reason), "the file ends %zu bytes behind the start of the record, whose size is %u",
		w->bytes.len - item->offset, (unsigned)slice_u32le(w->bytes, item->offset + 4));
	lose(w, item, w->bytes.len);
	item->signatures = 1;
	return CHUNK_LOST;
}

static void
item_init(const struct chunk_walk *w, struct chunk_item *item)
{
	item->offset = w->at;
	item->id = slice_u64le(w->bytes, w->at + 8);
	item->has_id = signature_at(w->bytes, w->at) && w->bytes.len - w->at >= 16;
	item->beyond_free_space = false;
	item->size_differs = false;
	item->len = 0;
	item->signatures = 0;
	item->reason[0] = 0;
}

/* Inside the live part everything that is no record is a loss, but for zeros up to its end: some writers set the
 * free-space offset to the end of the chunk. */
static enum chunk_step
next_live(struct chunk_walk *w, struct chunk_item *item)
{
	size_t end = w->live < w->bytes.len ? w->live : w->bytes.len, size, next;

	item_init(w, item);
	size = chunk_whole_record(w->bytes, w->at, end);
	if (size)
		return take(w, item, size);
	if (cut_by_file_end(w, w->at, w->live))
		return lose_cut(w, item);
	next = next_whole_record(w->bytes, w->at + ALIGNMENT, end);
	size = size_by_neighbours(w, w->at, next, end);
	if (size) {
		item->size_differs = true;
		return take(w, item, size);
	}
	if (next == end && chunk_is_zero(slice_sub(w->bytes, w->at, end - w->at))) {
		w->at = w->live;
		return CHUNK_END;
	}
	explain(w, item, end);
	return lose(w, item, next);
}

/* Behind the live part a record counts when its identifier continues the sequence.  Where the header said nothing,
 * identifiers may have gaps and damage is walked over; the first that goes back belongs to older data. */
static bool
continues(const struct chunk_walk *w, uint64_t id)
{
	if (!w->has_id)
		return w->by_ids;
	return w->by_ids ? id > w->id && id - w->id <= IDS_APART : id == w->id + 1;
}

static enum chunk_step
next_beyond(struct chunk_walk *w, struct chunk_item *item)
{
	size_t end = w->bytes.len, size = chunk_whole_record(w->bytes, w->at, end), next;

	item_init(w, item);
	item->beyond_free_space = !w->by_ids;
	if (size && continues(w, item->id))
		return take(w, item, size);
	if (item->has_id && continues(w, item->id) && cut_by_file_end(w, w->at, LIMIT_CHUNK))
		return lose_cut(w, item);
	if (size || !w->by_ids)
		return CHUNK_END;
	next = next_whole_record(w->bytes, w->at, end);
	item->has_id = item->has_id && continues(w, item->id);
	if (next == end ? !item->has_id : !continues(w, slice_u64le(w->bytes, next + 8)))
		return CHUNK_END;
	explain(w, item, end);
	return lose(w, item, next);
}

/* Whatever comes next. */
static enum chunk_step
next_of_any_kind(struct chunk_walk *w, struct chunk_item *item)
{
	enum chunk_step step = CHUNK_END;

	if (w->at < w->live && w->at < w->bytes.len)
		step = next_live(w, item);
	if (step == CHUNK_END && w->follow && w->at >= w->live && w->at < w->bytes.len)
		step = next_beyond(w, item);
	if (step == CHUNK_END)
		w->at = w->bytes.len;
	return step;
}

enum chunk_step
chunk_walk_next(struct chunk_walk *w, struct chunk_item *item)
{
	return chunk_walk_whole(w, item) ? CHUNK_RECORD : next_of_any_kind(w, item);
}
