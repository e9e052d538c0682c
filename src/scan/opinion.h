/* SPDX-License-Identifier: Apache-2.0 */
/* The second opinion on what was found: once all findings are known, libevtx reads every record that entered one again,
 * from its own chunk, and what comes of it stands in Reader and Flags.  With --verify it is asked about every record of
 * interest as well.  All of it is done in workers that may die over it: that costs the opinions on one chunk, is named as
 * a limit, and never a finding. */
#ifndef SCAN_OPINION_H
#define SCAN_OPINION_H

#include "base/table.h"
#include "src/scan/opinion_wire.h"
#include "src/subject/finding.h"

struct run;

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
	struct table refusals;  /* of evidence and words: how often, for one notice each */
	struct kept_difference *differences; /* the first LIMIT_DIFFERENCES by place, after trimming */
	size_t difference_count;
	uint64_t difference_total;
	/* the job at hand */
	struct job_opinion job;
	uint64_t chunk;   /* ASK_RANGE: begun */
	bool chunk_begun; /* and not done */
	struct exhibit exhibit; /* SHOW_RECORD: slices into exhibit_bytes */
	struct buf exhibit_bytes;
	bool has_exhibit;
};

void opinions_init(struct opinions *o);
void opinions_fini(struct opinions *o);

/* Asks about everything that is to be asked about, and tells notices and differences.  Errors: ERR_IO, ERR_NOMEM, what
 * the listener failed with; false without an error when the user wants to stop. */
MUST_CHECK bool opinions_run(struct run *run, struct err *err);

/* FRAME_OPINION and FRAME_EXHIBIT.  Errors: ERR_FORMAT (the worker lies), ERR_NOMEM. */
MUST_CHECK bool opinions_take(struct run *run, struct slice payload, struct err *err);
MUST_CHECK bool opinions_take_exhibit(struct run *run, struct slice payload, struct err *err);

/* Sets Reader and completes Flags (in the run's arena).  Errors: ERR_NOMEM. */
MUST_CHECK bool opinions_columns(struct run *run, struct finding *finding, struct err *err);

#endif
