/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run in the parent, shared by the files that make up its phases: scan.c (files and blocks to the
 * worker), collect.c (what comes back), emit.c (rows in final order). */
#ifndef SCAN_RUN_H
#define SCAN_RUN_H

#include "src/scan/broker.h"
#include "src/scan/inputs.h"
#include "src/scan/order.h"
#include "src/scan/residue_pool.h"
#include "src/scan/seen.h"

struct run {
	const struct scan_options *options;
	const struct scan_listener *listener;
	struct scan_listener counting; /* the caller's, with our counting of notices in front */
	struct scan_summary *summary;
	struct inputs inputs;
	struct broker broker;
	struct joiner *joiner;
	struct order order;            /* findings or blocks */
	struct seen seen;              /* script blocks of one record */
	struct residue_pool residue;   /* for the second pass */
	struct arena arena;            /* decoding of one row */
	struct buf text;
	uint8_t *rules_with_log;
	/* the file at hand */
	const struct input *input;     /* NULL while joined blocks are worked on */
	struct file_summary file;
	struct buf pending;            /* frames since the last complete chunk */
	struct job_counts attempt;     /* of this attempt, up to the last complete chunk */
	uint64_t chunk;                /* being read */
	bool chunk_begun;
	uint64_t bytes_before;         /* of the files read so far */
	uint64_t residual_read, residue_left; /* of the input at hand, in the second pass */
};

/* How a job ended. */
enum job_end { JOB_DONE, JOB_FAILED, JOB_DIED, JOB_STOP };

/* Sends a job and receives until it has ended.  *reason: of JOB_FAILED.  JOB_STOP: *err, or the user wants to stop. */
enum job_end run_job(struct run *run, enum frame_type type, struct slice payload, int fd, struct buf *reason,
	struct err *err);

/* What this attempt has completed joins the file's numbers. */
void settle_attempt(struct run *run);

/* second.c, after the last file.  False: *err, or the user wants to stop. */
MUST_CHECK bool second_pass(struct run *run, struct err *err);

/* Takes one frame that belongs to complete work.  Errors: ERR_FORMAT (the worker lies), others end the run. */
MUST_CHECK bool collect_frame(struct run *run, enum frame_type type, struct slice payload, struct err *err);

/* Takes all frames held back in run->pending. */
MUST_CHECK bool collect_pending(struct run *run, struct err *err);

/* Counts and passes on. */
MUST_CHECK bool run_notice(struct run *run, const struct notice *notice, struct err *err);

/* Everything ordered, to the listener. */
MUST_CHECK bool emit_rows(struct run *run, struct err *err);

#endif
