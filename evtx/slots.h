/* SPDX-License-Identifier: Apache-2.0 */
/* A log as both readers walk it: slot after slot of 64 KiB into one buffer, record after record out of it.  The size
 * of the file decides where it ends and each slot says itself what it is; the file header is asked only whether the log
 * was left open.  Checksums are verified and told, and never decide whether something is read. */
#ifndef EVTX_SLOTS_H
#define EVTX_SLOTS_H

#include "base/limits.h"
#include "evtx/chunk.h"
#include "evtx/reader.h"

enum slots_step {
	SLOTS_CHUNK, /* a chunk begins: its bytes are in walk.bytes */
	SLOTS_FOREIGN, /* with tell_foreign: a slot without a chunk; its bytes are the reader's */
	SLOTS_ITEM,  /* *item is a record of it, not yet decoded */
	SLOTS_LOST,  /* *loss is filled and counted */
	SLOTS_END,
};

struct slots {
	const struct source *source;
	struct reader *reader; /* whose position and counts are kept */
	struct log_header header;
	uint64_t first;  /* file offset of slot 0 */
	uint64_t slot;   /* the one to be read next */
	uint64_t end;    /* the one not to be read any more */
	uint64_t offset; /* of the chunk in the buffer */
	struct chunk_walk walk;
	bool in_chunk;
	unsigned flags;  /* record_flags of everything in this chunk */
	unsigned bad_checksums; /* chunk_check */
	bool live_only;  /* asked for: what lies behind the live records is read only where something asks for it */
	bool partial;    /* and has not been read of this chunk */
	bool tell_foreign;
	size_t len;
	uint8_t buffer[LIMIT_CHUNK];
};

/* Reads the file header.  Errors: ERR_IO, ERR_TRUNCATED, ERR_FORMAT (no event log). */
MUST_CHECK bool slots_open(struct slots *s, const struct source *source, const struct reader_options *options,
	struct reader *reader, struct err *err);

enum slots_step slots_next_slowly(struct slots *s, struct chunk_item *item, struct reader_loss *loss);

static inline enum slots_step
slots_next(struct slots *s, struct chunk_item *item, struct reader_loss *loss)
{
	return s->in_chunk && chunk_walk_whole(&s->walk, item) ? SLOTS_ITEM : slots_next_slowly(s, item, loss);
}

/* Reads what was left out of a chunk that is partial; walk.bytes and the reader's bytes then hold all of it. */
void slots_complete(struct slots *s);

/* A record that could not be decoded: fills *loss and counts it. */
void slots_lose_item(struct slots *s, const struct chunk_item *item, struct reader_loss *loss, uint32_t records,
	const char *reason);

/* The record's header fields and flags; no tree, no plan.  System is left as it is: the reader's. */
static inline void
slots_describe(const struct slots *s, const struct chunk_item *item, struct record *record)
{
	record->raw = slice_sub(s->walk.bytes, item->offset, item->len);
	record->offset = s->offset + item->offset;
	record->size = (uint32_t)item->len;
	record->number = item->id;
	record->written = slice_u64le(record->raw, 16);
	record->chunk = s->reader->chunk;
	record->class = RECORD_LIVE;
	record->flags = s->flags | (item->beyond_free_space ? RECORD_BEYOND_FREE_SPACE : 0u) |
			(item->size_differs ? RECORD_SIZE_COPY_DIFFERS : 0u);
	record->tree = NULL;
	record->plan = NULL;
}

#endif
