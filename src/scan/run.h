/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run in the parent, shared by the files that make up its phases: scan.c (files and blocks to the
 * worker), collect.c (what comes back), emit.c (rows in final order). */
#ifndef SCAN_RUN_H
#define SCAN_RUN_H

#include "src/scan/broker.h"
#include "src/scan/inputs.h"
#include "src/scan/opinion.h"
#include "src/scan/order.h"
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
	struct opinions opinions;      /* of libevtx, on the records of findings */
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
};

/* How a job ended. */
enum job_end { JOB_DONE, JOB_FAILED, JOB_DIED, JOB_STOP };

/* Gives a job to the worker and takes what it says until it ends.  JOB_FAILED: the worker's reason is in `reason`.
 * JOB_STOP: *err, or the user wants to stop. */
enum job_end run_job(struct run *run, enum frame_type type, struct slice payload, int fd, struct buf *reason,
	struct err *err);

/* The same for the job in run->opinions.job. */
enum job_end opinions_send_job(struct run *run, int fd, struct err *err);

/* SHA-256 of what is behind a descriptor.  Errors: ERR_IO, ERR_NOMEM; false without an error: the user wants to stop,
 * and a large log takes minutes. */
MUST_CHECK bool run_hash_file(struct run *run, int fd, uint8_t out[static 32], struct err *err);

/* Takes one frame that belongs to complete work.  Errors: ERR_FORMAT (the worker lies), others end the run. */
MUST_CHECK bool collect_frame(struct run *run, enum frame_type type, struct slice payload, struct err *err);

/* Takes all frames held back in run->pending. */
MUST_CHECK bool collect_pending(struct run *run, struct err *err);

/* Counts and passes on. */
MUST_CHECK bool run_notice(struct run *run, const struct notice *notice, struct err *err);

/* True when the user wants to stop; remembers it in the summary. */
bool run_stop_asked(struct run *run);

/* Tells what the shape of the log that was just read says of its wholeness: limits, since nobody can read what is not
 * there. */
MUST_CHECK bool run_tell_shape(struct run *run, struct err *err);

/* Everything ordered, to the listener. */
MUST_CHECK bool emit_rows(struct run *run, struct err *err);

/* True unless only some findings are wanted (scan_options.cite), and this is none of them. */
bool row_is_wanted(const struct run *run, const struct order_row *row);

/* The records of the one finding that is cited, to the listener; nothing where there is not exactly one. */
MUST_CHECK bool emit_exhibits(struct run *run, struct err *err);

#endif
