/* SPDX-License-Identifier: Apache-2.0 */
/* Partial results that are read, between the files that do it: merge_file.c (frames), merge.c (logs in order),
 * merge_second.c (what the second pass gives). */
#ifndef SCAN_MERGE_H
#define SCAN_MERGE_H

#include "src/scan/early.h"
#include "src/scan/partial.h"

/* One partial result.  There may be thousands, so one at a time is open. */
struct partial {
	const char *path;
	int fd;            /* -1: it is not open */
	uint64_t size, at; /* at: of the next frame */
	struct buf frame;  /* of the last one read: type and payload */
	struct digest *digest; /* of everything read; NULL: not wanted */
};

/* One log in it. */
struct merged_log {
	size_t partial;
	uint64_t at;
	uint32_t index; /* there */
	struct slice path;
	bool is_standard_input;
	struct file_summary file;
	bool carve;
	uint64_t behind_at;   /* of the frame that begins what the second pass gave; 0: there is none */
	uint64_t opinions_at; /* of the first frame of opinions; 0: there is none */
};

struct merge {
	struct run *run;
	struct partial *partials;
	size_t partial_count;
	struct merged_log *logs; /* of all partial results, in the order of inputs */
	size_t log_count, log_capacity;
	struct early early;
	struct partial *open; /* NULL: none */
};

/* The partial result is none, or was changed.  False. */
bool partial_is_damaged(const struct partial *p, struct err *err);

/* Opens it and passes over the signature.  Closed in any case by partial_close, which leaves the path.  Errors: ERR_IO,
 * ERR_FORMAT. */
MUST_CHECK bool partial_open(struct partial *p, const char *path, struct err *err);
void partial_close(struct partial *p);

/* The next frame; the payload lives until the one after it.  Errors: ERR_IO, ERR_FORMAT, ERR_NOMEM. */
MUST_CHECK bool partial_read(struct partial *p, unsigned *type, struct slice *payload, struct err *err);

/* Passes over a frame of which the first bytes alone are wanted: up to PARTIAL_START of its payload, and the length of all
 * of it.  Errors as above. */
enum { PARTIAL_START = 512 };
MUST_CHECK bool partial_pass_over(struct partial *p, unsigned *type, struct slice *start, uint32_t *len, struct err *err);

/* The partial result of that number, open, and no other one; NULL and *err. */
struct partial *merge_use(struct merge *m, size_t partial, struct err *err);

/* One frame of a log, read last, whose records are those of input `index` here; and a notice of it.  Errors: ERR_FORMAT,
 * ERR_IO, ERR_NOMEM. */
MUST_CHECK bool merge_take_frame(struct merge *m, struct partial *p, const struct merged_log *log, uint32_t index,
	enum frame_type type, struct err *err);
MUST_CHECK bool merge_take_notice(struct merge *m, const struct partial *p, const struct merged_log *log,
	struct slice payload, struct err *err);

/* Where the first pass stands in what the second one gave. */
struct behind_pass {
	size_t next_log;  /* what is of this one or a later one may follow */
	bool begun;       /* after it no log begins */
	bool inside;      /* what is of next_log - 1 */
	size_t ranges;    /* met of it */
	uint64_t last_range;
};

/* False: the frame has no place there. */
MUST_CHECK bool merge_check_behind(struct merge *m, struct behind_pass *pass, uint64_t at, unsigned type,
	struct slice payload);

#endif
