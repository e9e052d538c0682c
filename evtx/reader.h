/* SPDX-License-Identifier: Apache-2.0 */
/* The one interface behind which the two readers stand: `direct`, our own decoder, and `libevtx`, the field's
 * reference library.  A reader walks a log chunk by chunk and gives a step at a time; a record that cannot be read
 * is a step too, with the reason, and never takes its neighbours along. */
#ifndef EVTX_READER_H
#define EVTX_READER_H

#include "evtx/record.h"
#include "evtx/source.h"

enum reader_step {
	READER_CHUNK,  /* a chunk begins: reader_position tells which; nothing else happened */
	READER_FOREIGN, /* only when asked for: a slot that holds no chunk and is not empty, told as READER_CHUNK is */
	READER_RECORD, /* *record is filled */
	READER_LOST,   /* one record, or a run of bytes that holds an unknown number of them: *loss is filled */
	READER_END,
	READER_FAILED, /* the log cannot be read any further: *err says why */
};

struct reader_loss {
	uint64_t offset; /* in the file */
	uint64_t len;    /* bytes that were given up */
	uint64_t number; /* record number, when has_number */
	bool has_number;
	uint32_t records; /* how many record signatures lie in it; at least 1 for a lost record */
	char reason[200];
};

struct reader_options {
	uint64_t first_chunk; /* slot to begin with: where another worker goes on */
	uint64_t end_chunk;   /* the slot not to be read any more; 0: read to the end of the file */
	bool alone;           /* the slot before is left alone: it was deadly */
	uint64_t at_offset;   /* if not 0: begin with the slot that holds this place in the file */
	bool live_only;       /* the direct reader leaves slack unread where nothing asks for it: its bytes then end there */
	bool tell_foreign;    /* READER_FOREIGN is wanted */
	struct plan_store *plans; /* compiled templates to be used and added to (plan.h); NULL: the reader has its own */
	bool trees_only;      /* the direct reader decodes a tree of every record, as if there were no plans (tests) */
};

/* Numbers of one log, complete at READER_END. */
struct reader_counts {
	uint64_t chunks;         /* slots that were read as chunks */
	uint64_t empty_chunks;   /* slots of zeros: preallocated, not a loss */
	uint64_t foreign_chunks; /* slots that hold something else */
	uint64_t first_foreign;  /* offset of the first of them */
	uint64_t bad_checksums;  /* chunks whose header or records checksum does not fit */
	uint64_t tail_bytes;     /* bytes behind the last whole slot that were not empty */
	uint64_t records;        /* READER_RECORD steps */
	uint64_t lost;           /* sum of reader_loss.records */
};

struct reader;
struct slots;

struct reader_class {
	const char *name;
	/* Errors: ERR_NOMEM, ERR_IO, ERR_TRUNCATED, ERR_FORMAT.  The source must outlive the reader. */
	bool (*open)(const struct source *source, const struct reader_options *options, struct reader **reader,
		struct err *err);
	enum reader_step (*next)(struct reader *r, struct record *record, struct reader_loss *loss, struct err *err);
	void (*close)(struct reader *r);
};

/* Every implementation begins with this. */
struct reader {
	const struct reader_class *class;
	uint64_t chunk;            /* the slot being read */
	struct slice bytes;        /* its bytes, until the next READER_CHUNK or READER_FOREIGN */
	uint64_t offset;           /* where it lies in the file */
	struct reader_counts counts;
	const struct slots *slots; /* at READER_CHUNK: the chunk that begins, and its walk not yet moved */
	struct arena arena;        /* of the current record: reset by every step */
};

extern const struct reader_class reader_direct;
extern const struct reader_class reader_libevtx;

/* "direct" or "libevtx"; NULL for anything else. */
const struct reader_class *reader_class_named(const char *name);

static inline enum reader_step
reader_next(struct reader *r, struct record *record, struct reader_loss *loss, struct err *err)
{
	return r->class->next(r, record, loss, err);
}

void reader_close(struct reader *r); /* accepts NULL */

/* What the file header says (evtx-format.md 1.1).  Nothing in it is trusted, all of it is told. */
struct log_header {
	bool signature_ok;
	bool checksum_ok;
	uint16_t major, minor;
	uint64_t first_chunk, last_chunk, next_record;
	uint16_t header_block_size;
	uint16_t chunk_count;
	uint32_t flags; /* 1 dirty, 2 full, 4 no checksums */
};

enum { LOG_DIRTY = 1, LOG_FULL = 2, LOG_NO_CHECKSUMS = 4 };

/* Reads the first 128 bytes.  Errors: ERR_IO, ERR_TRUNCATED (the file is shorter). */
MUST_CHECK bool log_header_read(const struct source *source, struct log_header *header, struct err *err);

/* True when the bytes at the start of a file (4,104 of them, or all there are) say that it is an EVTX log: the
 * file signature, or a chunk signature at 0 or behind a header block whose signature is damaged. */
bool log_is_evtx(struct slice start);

/* libevtx's verdict on a whole log: it opens it and counts, and reads no record (verdict.h). */
struct log_verdict {
	bool opened;
	char reason[200]; /* why not */
	uint16_t major, minor;
	bool corrupted;
	uint64_t records;
	uint64_t recovered; /* counted, not used */
};

/* Text of a SID by libfwnt ("S-1-5-18"); false when the bytes are no SID. */
bool sid_append_text(struct slice sid, struct buf *out);

#endif
