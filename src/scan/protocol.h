/* SPDX-License-Identifier: Apache-2.0 */
/* What parent and worker say to each other.  A frame is u32 length, u8 type, payload (little-endian, texts counted);
 * the length counts type and payload.  The parent takes every byte from a worker as hostile: a worker that was taken
 * over by evidence may lie, and a frame that is not well formed ends that worker, nothing else. */
#ifndef SCAN_PROTOCOL_H
#define SCAN_PROTOCOL_H

#include "evtx/verdict.h"
#include "src/scan/scan.h"

enum frame_type {
	/* parent -> worker */
	FRAME_JOB_FILE = 1, /* struct job_file; a descriptor travels with it */
	FRAME_JOB_BLOCK,    /* a joined block: joiner_next */
	FRAME_JOB_BLOCK_PLAIN, /* the same, without expressions: a worker died over it */
	FRAME_JOB_OPINION,  /* struct job_opinion; a descriptor travels with it */
	FRAME_JOB_HASH,     /* u64 size; a descriptor travels with it */
	FRAME_JOB_RESIDUE,  /* u32 input, u64 size, u32 index of the first, u8 carved, counted residue_encode each; of what is no
	                     * file of evidence, too, u64 position and u32 length of its chunk there each; with descriptor */
	FRAME_JOB_FACTS,    /* u32 input, u64 size, u32 count, log_span_encode each; with descriptor */
	/* worker -> parent; in the order in which things happened */
	FRAME_ALIVE,        /* nothing but a sign of life */
	FRAME_HEADER,       /* struct log_header */
	FRAME_VERDICT,      /* struct log_verdict_part: libevtx on the chunks of this job */
	FRAME_CHUNK,        /* u64 chunk that is read next: everything before it is complete; struct job_counts of that */
	FRAME_PART,         /* part_encode */
	FRAME_FINDING,      /* finding_encode */
	FRAME_CORRELATION,  /* correlated_input_encode */
	FRAME_BLOCK_SEEN,   /* two u64: hash of a one-record block's key, hash of its text; u8: from residue */
	FRAME_BLOCK,        /* block_text_encode */
	FRAME_DUMP,         /* rendered records */
	FRAME_SURVEY,       /* of a chunk or window: residue_pool.h */
	FRAME_TEMPLATE,     /* a definition met there: residue_pool.h */
	FRAME_NOTICE,       /* struct notice without path */
	FRAME_COVERAGE,     /* coverage_encode */
	FRAME_OPINION,      /* what libevtx says of records: opinion_wire.h */
	FRAME_EXHIBIT,      /* a record as both readers have it: opinion_wire.h */
	FRAME_RULES,        /* bytes, one a rule: its log source was there; sent when that changes */
	FRAME_DIGEST,       /* SHA-256 of the file, u64 bytes that went into it */
	FRAME_DONE,         /* struct job_counts */
	FRAME_FAILED,       /* counted reason, struct job_counts: the log cannot be read any further */
	FRAME_LAST = FRAME_FAILED,
};

enum { FRAME_HEAD = 5 };     /* bytes in front of a payload */
enum { RESIDUE_PLACE = 12 }; /* ... of a place in FRAME_JOB_RESIDUE */

struct job_file {
	uint32_t input;
	uint64_t size;
	uint64_t first_chunk, end_chunk; /* first .. end - 1; end 0: to the end of the file */
	bool want_verdict;
	bool carve;              /* no log: chunks are windows of CARVE_WINDOW_SIZE */
	bool count_chunk_before; /* the chunk before first_chunk killed a worker: count its records as lost */
	bool alone;              /* the chunk before is not even looked at */
	bool other_reader;       /* a chunk that killed a worker, once more with the reader that it was not */
	bool survey_alone;       /* no reader survived first_chunk: it is surveyed, and searched, and not read any more */
};

/* What a job has done so far. */
struct job_counts {
	struct reader_counts reader;
	uint64_t subjects;
	uint64_t open_verdicts;
	uint64_t residual;     /* records of residue that were read */
	uint64_t residue_left; /* and that could not be decoded */
};

/* Begins a frame at the end of out and returns its position for frame_end, which puts the length in. */
size_t frame_begin(struct buf *out, enum frame_type type);
void frame_end(struct buf *out, size_t begin);

void job_file_encode(const struct job_file *job, struct buf *out);
bool job_file_decode(struct cursor *in, struct job_file *job);
void job_counts_encode(const struct job_counts *counts, struct buf *out);
bool job_counts_decode(struct cursor *in, struct job_counts *counts);
void log_header_encode(const struct log_header *header, struct buf *out);
bool log_header_decode(struct cursor *in, struct log_header *header);
void log_verdict_encode(const struct log_verdict_part *part, struct buf *out);
bool log_verdict_decode(struct cursor *in, struct log_verdict_part *part);
void notice_encode(const struct notice *notice, struct buf *out);
bool notice_decode(struct cursor *in, struct notice *notice);

#endif
