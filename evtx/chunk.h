/* SPDX-License-Identifier: Apache-2.0 */
/* A chunk, the 64 KiB unit of an event log, and the walk over its records.  The walk knows where the live records
 * end, goes on behind a record that is damaged, and never believes a size that the bytes around it contradict; what
 * a record holds is none of its business (evtx-format.md 1.2, 1.4, 1.5).
 *
 *	chunk header  off  size
 *	                0     8  "ElfChnk\0"
 *	                8     8  first record number, then last (16)
 *	               24     8  first record identifier, then last (32)
 *	               40     4  header size, 128
 *	               44     4  chunk offset of the last record
 *	               48     4  chunk offset of the free space
 *	               52     4  CRC-32 of the bytes 512 .. free space
 *	              120     4  flags: 1 usual, 4 no checksums
 *	              124     4  CRC-32 of the bytes 0..119 and 128..511
 *	record header   0     4  2A 2A 00 00
 *	                4     4  size, a multiple of 8; its copy stands in the record's last four bytes
 *	                8     8  identifier
 *	               16     8  FILETIME of writing
 *	               24        BinXML
 */
#ifndef EVTX_CHUNK_H
#define EVTX_CHUNK_H

#include "base/cursor.h"
#include "base/limits.h"

enum {
	CHUNK_NO_CHECKSUMS = 4,
	CHUNK_REASON = 160,
	RECORD_SIGNATURE = 0x2A2A,
	RECORD_HEADER = 24,
	RECORD_SIZE_COPY = 4,
};

struct chunk_header {
	bool signature_ok;
	bool plausible; /* signature, header size and free-space offset are what they have to be */
	uint64_t first_id, last_id;
	uint32_t header_size;
	uint32_t last_record;
	uint32_t free_space;
	uint32_t records_checksum;
	uint32_t header_checksum;
	uint32_t flags;
};

/* Reads the header of a chunk (or of what is left of one: missing bytes count as zeros). */
void chunk_header_read(struct slice chunk, struct chunk_header *header);

enum chunk_checksums {
	CHUNK_HEADER_CHECKSUM_BAD = 1,
	CHUNK_RECORDS_CHECKSUM_BAD = 2,
};

/* Which checksums do not fit: 0 for a chunk that keeps none.  What was cut off is not held against it. */
unsigned chunk_check(struct slice chunk, const struct chunk_header *header);

/* True when the header is plausible and has a checksum, which fits: bytes that only look like one do not. */
bool chunk_header_proves_itself(struct slice chunk, const struct chunk_header *header);

bool chunk_is_zero(struct slice chunk);

/* True when something that looks like a whole record (signature, size and its copy) lies behind the header. */
bool chunk_holds_records(struct slice chunk);

enum chunk_step { CHUNK_RECORD, CHUNK_LOST, CHUNK_END };

/* One record or one gap. */
struct chunk_item {
	size_t offset; /* in the chunk */
	size_t len;
	uint64_t id;
	bool has_id;
	bool beyond_free_space;
	bool size_differs;   /* size and copy do not agree; len is the one that fits the neighbours */
	uint32_t signatures; /* in a gap: how many records begin there as far as one can see */
	char reason[CHUNK_REASON];
};

struct chunk_walk {
	struct slice bytes;
	size_t at;
	size_t live; /* end of the live records by the header; 512 when it cannot be known */
	uint64_t id; /* of the record before */
	bool has_id;
	bool by_ids; /* no usable header: as long as identifiers rise */
	bool follow; /* the header may be older than its records: look behind `live` */
};

enum chunk_walk_flags {
	CHUNK_MAY_BE_STALE = 1, /* dirty log, or the header's checksum is bad */
	CHUNK_AFTER_ID = 2,     /* id_before is the last identifier of the chunk before */
};

/* Begins the walk.  The bytes (at most 64 KiB, fewer in a truncated log) must outlive it. */
void chunk_walk_init(struct chunk_walk *walk, struct slice bytes, const struct chunk_header *header, unsigned bad_checksums,
	enum chunk_walk_flags flags, uint64_t id_before);

enum chunk_step chunk_walk_next(struct chunk_walk *walk, struct chunk_item *item);

/* --- what nearly every record needs --- */

static inline bool
chunk_record_size_fits(size_t size, size_t at, size_t end)
{
	return size >= LIMIT_RECORD_MIN && at < end && cursor_has(end - at, size);
}

/* The size of a record that is right in itself: signature, size, and the same size in its last bytes; else 0.  The end
 * is that of the bytes, or before it. */
static inline size_t
chunk_whole_record(struct slice bytes, size_t at, size_t end)
{
	const uint8_t *head = bytes.ptr + at;
	size_t size;

	if (at >= end || end - at < LIMIT_RECORD_MIN || load_u32le(head) != RECORD_SIGNATURE)
		return 0;
	size = load_u32le(head + 4);
	if (!chunk_record_size_fits(size, at, end) || load_u32le(head + size - RECORD_SIZE_COPY) != size)
		return 0;
	return size;
}

static inline void
chunk_walk_take(struct chunk_walk *walk, struct chunk_item *item, size_t size)
{
	item->len = size;
	walk->at = item->offset + size;
	walk->id = item->id;
	walk->has_id = item->has_id;
}

/* Takes a record of the live part that is right in itself; false when something else comes: ask chunk_walk_next. */
static inline bool
chunk_walk_whole(struct chunk_walk *walk, struct chunk_item *item)
{
	size_t size = chunk_whole_record(walk->bytes, walk->at, walk->live < walk->bytes.len ? walk->live : walk->bytes.len);

	if (!size)
		return false;
	item->offset = walk->at;
	item->id = load_u64le(walk->bytes.ptr + walk->at + 8);
	item->has_id = true;
	item->beyond_free_space = false;
	item->size_differs = false;
	item->signatures = 0;
	item->reason[0] = 0;
	chunk_walk_take(walk, item, size);
	return true;
}

#endif
