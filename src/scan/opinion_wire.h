/* SPDX-License-Identifier: Apache-2.0 */
/* How parent and worker speak of second opinions: which records are asked about, what libevtx said, and what `cite`
 * shows of a record.  As in protocol.h, the parent takes every byte as hostile. */
#ifndef SCAN_OPINION_WIRE_H
#define SCAN_OPINION_WIRE_H

#include "base/cursor.h"
#include "evtx/opinion.h"
#include "evtx/residue.h"

enum job_opinion_kind {
	ASK_LISTED,  /* about the records at these offsets */
	ASK_RANGE,   /* about every record of interest in these chunks */
	SHOW_RECORD, /* everything about the one record at this offset, for cite */
	SHOW_DIRECT, /* the same without libevtx: it killed the worker before */
	SHOW_RESIDUE, /* the record of residue at this place, which libevtx is not asked about */
	JOB_OPINION_KINDS,
};

/* FRAME_JOB_OPINION; a descriptor travels with it. */
struct job_opinion {
	enum job_opinion_kind kind;
	uint32_t input;
	uint64_t size;
	uint64_t first_chunk, chunks; /* ASK_RANGE */
	struct residue residue;       /* SHOW_RESIDUE */
	bool carved;                  /* of a file that is no log */
	struct slice offsets;         /* the others: u64 each, ascending, at least one */
};

void job_opinion_encode(const struct job_opinion *job, struct buf *out);
MUST_CHECK bool job_opinion_decode(struct cursor *in, struct job_opinion *job);

static inline size_t
job_opinion_count(const struct job_opinion *job)
{
	return job->offsets.len / 8;
}

uint64_t job_opinion_offset(const struct job_opinion *job, size_t i);

/* What libevtx said of one record.  Texts are WTF-8. */
struct opinion_entry {
	uint64_t offset;
	uint64_t record_id;
	enum opinion_kind kind;
	unsigned known;
	struct slice words;  /* opinion_append */
	struct slice path, ours, theirs; /* of a difference */
};

void opinion_entry_encode(const struct opinion_entry *entry, struct buf *out);
MUST_CHECK bool opinion_entry_decode(struct cursor *in, struct opinion_entry *entry);

/* FRAME_OPINION of ASK_LISTED: entries until the frame ends, one for each record of some chunk.  Of ASK_RANGE: this
 * head, which is sent when a chunk begins (done false) and when it is complete, then the entries of all that do not
 * agree or differ as known. */
struct opinion_head {
	uint64_t chunk;
	bool done;
	uint64_t kinds[OPINION_KINDS]; /* opinions of this chunk */
	uint64_t known[KNOWN_ERRORS];
};

void opinion_head_encode(const struct opinion_head *head, struct buf *out);
MUST_CHECK bool opinion_head_decode(struct cursor *in, struct opinion_head *head);

/* What a partial result keeps of the opinions: rows by place. */
enum opinion_row_kind {
	ROW_AGREES = 1,  /* on the record at `place`; no bytes */
	ROW_SAID,        /* the same, another opinion: opinion_entry_encode */
	ROW_DIED,        /* a worker died over this record alone; words */
	ROW_UNHEARD,     /* it was not asked about, or no more; words */
	ROW_CHUNK,       /* --verify, chunk number `place`: the frame of a complete chunk, as FRAME_OPINION has it */
	ROW_CHUNKS_LOST, /* --verify, from that chunk on: u64 how many, words */
	ROW_KINDS,
};

struct opinion_row {
	enum opinion_row_kind kind;
	uint64_t place;
	struct slice bytes;
};

/* Rows about records come before those about chunks. */
static inline bool
opinion_row_is_listed(const struct opinion_row *row)
{
	return row->kind < ROW_CHUNK;
}

/* u64 place, u32 length of what follows, u8 kind, bytes. */
void opinion_row_encode(const struct opinion_row *row, struct buf *out);

/* Also checks the bytes, to the last. */
MUST_CHECK bool opinion_row_decode(struct cursor *in, struct opinion_row *row);

/* FRAME_EXHIBIT: one record as both readers have it. */
struct exhibit {
	uint64_t offset, chunk_offset;
	uint32_t size;
	uint64_t number, written; /* of the record header */
	uint64_t record_id, time; /* of System */
	unsigned flags;           /* record_flags */
	struct opinion_entry opinion;
	struct slice direct_xml;  /* WTF-8; one line */
	struct slice libevtx_xml; /* as the library prints it; empty: none */
};

void exhibit_encode(const struct exhibit *exhibit, struct buf *out);
MUST_CHECK bool exhibit_decode(struct cursor *in, struct exhibit *exhibit);

#endif
