/* SPDX-License-Identifier: Apache-2.0 */
/* A unit of work: a run of chunks of one log (all of a small one), a joined script block, or the end of a log with its
 * second hash.  Units stand in one list in the order of evidence; workers do them in any order, and what they give is
 * taken in the order of the list.  So results are the same for any number of workers, and what waits for its turn is
 * bounded.  Where a log is cut into units never depends on the number of workers either. */
#ifndef SCAN_UNIT_H
#define SCAN_UNIT_H

#include "base/limits.h"
#include "evtx/carve.h"
#include "src/lib/digest.h"
#include "src/scan/broker.h"
#include "src/scan/inputs.h"

#include <sys/stat.h>

/* Bytes of a log that stand in a partial result. */
struct bytes_range {
	uint64_t offset, position; /* in the log, in the partial result */
	uint32_t len;
};

/* A log while units of it are on the list. */
struct evidence {
	const struct input *input;
	uint32_t index;
	int fd;                /* -1: could not be opened, `why` says why */
	struct err why;
	struct stat before;    /* when it was opened */
	struct file_summary file;
	struct log_verdict_part verdict;
	bool verdict_lost;     /* libevtx did not survive it */
	unsigned deaths;
	bool given_up;         /* nothing more of it is read */
	struct residue_summary residue; /* second pass */
	struct buf chunks;     /* ... for a partial result: u64 place of each chunk with residue that may be wanted */
	struct bytes_range *ranges; /* ... in a merge: what the partial result has of the log, by offset */
	size_t range_count;
	bool told;             /* its beginning, in a partial result */
	uint64_t subjects, open_verdicts;
	unsigned failures;
};

enum unit_kind {
	UNIT_HASH,   /* SHA-256 of a log before it is read */
	UNIT_CHUNKS,
	UNIT_END,    /* of a log: second hash, summary */
	UNIT_BLOCK,  /* a joined script block */
	UNIT_FACTS,  /* second pass: what a log says of itself */
	UNIT_RESIDUE,     /* ... records of residue of one input: `records`, of which job.first_chunk is next */
	UNIT_RESIDUE_END, /* ... the end of an input */
};

enum unit_state { UNIT_WAITING, UNIT_RUNNING, UNIT_ENDED };

struct unit {
	struct unit *next;
	enum unit_kind kind;
	enum unit_state state;
	struct evidence *evidence;  /* NULL: a block */
	struct broker *worker;      /* while it runs */
	struct job_file job;        /* what is to be done next */
	uint64_t end_chunk;         /* of the whole unit; 0: to the end of the log */
	struct buf payload;         /* of a block, of facts */
	bool plain;                 /* a block over which a worker died: without expressions */
	struct buf records;         /* of residue */
	struct buf places;          /* of their chunks in the partial result, in a merge: u64 position, u32 length each */
	/* what came back */
	struct buf held;            /* frames whose turn has not come */
	size_t complete;            /* bytes of it that are of complete chunks; the rest goes with the worker */
	struct job_counts attempt;  /* of the job at hand, up to the last complete chunk */
	struct job_counts counts;   /* of the jobs before */
	uint64_t chunk;             /* being read */
	bool chunk_begun, has_end;
	struct buf reason;          /* of FRAME_FAILED */
	struct log_header header;
	bool has_header;
	struct log_verdict_part verdict;
	bool verdict_lost;
	uint8_t digest[DIGEST_LEN];
	bool has_digest;
	/* what went wrong */
	unsigned deaths;
	unsigned early_deaths;      /* in a row, before the job began a chunk */
	uint64_t residue_given_up;  /* records */
	bool failed, given_up;
	struct err given_up_why;
	struct err death;           /* of the chunk that is tried again */
};

struct unit_list {
	struct unit *first, *last;
	size_t count;
};

struct unit *unit_new(enum unit_kind kind, struct evidence *evidence); /* NULL: out of memory */
void unit_free(struct unit *u);
void unit_list_add(struct unit_list *list, struct unit *u);
void unit_list_drop_first(struct unit_list *list);

/* What a chunk of its job measures. */
static inline uint64_t
unit_chunk_size(const struct unit *u)
{
	return u->job.carve ? CARVE_WINDOW_SIZE : LIMIT_CHUNK;
}

/* Where it lies in the file. */
static inline uint64_t
unit_chunk_offset(const struct unit *u, uint64_t chunk)
{
	return (u->job.carve ? 0 : LIMIT_FILE_HEADER) + chunk * unit_chunk_size(u);
}

/* Bytes that wait in it. */
static inline size_t
unit_waiting(const struct unit *u)
{
	return u->held.len;
}

void reader_counts_add(struct reader_counts *sum, const struct reader_counts *more);

/* What stands behind the last complete chunk is no more. */
void unit_drop_pending(struct unit *u);

/* Appends a notice of the parent's own, where complete frames of the worker stand. */
void unit_notice(struct unit *u, const struct notice *notice);

#endif
