/* SPDX-License-Identifier: Apache-2.0 */
/* The second opinion on what was found: once all findings are known, libevtx reads every record that entered one again,
 * from its own chunk, and what comes of it stands in Reader and Flags.  With --verify it is asked about every record of
 * interest as well.  All of it is done in workers that may die over it: that costs the opinions on one chunk, is told as
 * a limit, and never costs a finding. */
#ifndef SCAN_OPINION_H
#define SCAN_OPINION_H

#include "base/table.h"
#include "src/scan/opinion_wire.h"
#include "src/subject/finding.h"

struct run;
struct broker;
struct opinion_counts;

/* A record that entered a finding: 16 bytes each stay in memory. */
struct opinion_record {
	uint64_t offset;
	uint32_t evidence;
	uint32_t verdict; /* 0: none yet, 1: agrees, else index + 2 in the table of words */
};

struct opinions {
	struct opinion_record *records; /* sorted by evidence and offset, each once */
	size_t count, capacity;
	struct table words;     /* what was said, without agreements */
	struct table refusals;  /* of evidence, unit and words: how often, for one notice each */
	struct kept_difference *differences; /* the first LIMIT_DIFFERENCES by place, after trimming */
	size_t difference_count;
	uint64_t difference_total;
	/* what comes next, while jobs are handed out */
	size_t next_record;
	size_t next_input;
	uint64_t next_chunk;
	/* what opinions_show got */
	struct job_opinion show;
	struct exhibit exhibit; /* slices into exhibit_bytes */
	struct buf exhibit_bytes;
	bool has_exhibit, shown;
};

/* One job of a worker.  Where it begins and ends never depends on the number of workers. */
struct opinion_job {
	enum job_opinion_kind kind;
	uint32_t evidence;
	size_t at, end;              /* ASK_LISTED: of the records */
	uint64_t at_chunk, end_chunk; /* ASK_RANGE */
	uint64_t offset;             /* SHOW_RECORD and its like */
	int fd;
	bool active, running, ended;
	unsigned deaths;
	uint64_t chunk;   /* ASK_RANGE: begun */
	bool chunk_begun; /* and not done */
	struct buf payload;
};

void opinions_init(struct opinions *o);
void opinions_fini(struct opinions *o);

/* Asks about everything that is to be asked about, and tells notices and differences.  Errors: ERR_IO, ERR_NOMEM, what
 * the listener failed with; false without an error when the user wants to stop. */
MUST_CHECK bool opinions_run(struct run *run, struct err *err);

/* Shows the record of a part: run->opinions.exhibit, where has_exhibit.  Errors as above. */
MUST_CHECK bool opinions_show(struct run *run, const struct subject_part *part, struct err *err);

/* Completes Reader, which names who read, and Flags (in the run's arena).  Errors: ERR_NOMEM. */
MUST_CHECK bool opinions_columns(struct run *run, struct finding *finding, struct err *err);

/* --- between opinion.c, which knows what was asked and said, and opinion_work.c, which has workers do it --- */

/* Makes the next job; false when there is none. */
typedef bool opinion_next(struct run *run, struct opinion_job *job, struct err *err);

/* Gives jobs to all workers until there are no more, and takes what they say. */
MUST_CHECK bool opinion_work(struct run *run, opinion_next *next, struct err *err);

/* FRAME_OPINION and FRAME_EXHIBIT.  Errors: ERR_FORMAT (the worker lies), ERR_NOMEM. */
MUST_CHECK bool opinion_take(struct run *run, struct opinion_job *job, struct slice payload, struct err *err);
MUST_CHECK bool opinion_take_exhibit(struct run *run, struct opinion_job *job, struct slice payload, struct err *err);

/* The worker is done, or died: how.  job->active stays set when there is something left to be done. */
MUST_CHECK bool opinion_job_done(struct run *run, struct opinion_job *job, struct err *err);
MUST_CHECK bool opinion_job_died(struct run *run, struct opinion_job *job, const char *how, struct err *err);

#endif
