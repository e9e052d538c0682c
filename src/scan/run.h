/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run in the parent, shared by the files that make up its phases: scan.c (the run), plan.c (evidence
 * and blocks to units), work.c (units to workers, what comes back), commit.c (units in order), collect.c (frames),
 * emit.c (rows in final order). */
#ifndef SCAN_RUN_H
#define SCAN_RUN_H

#include "src/scan/correlate.h"
#include "src/scan/exhibit.h"
#include "src/scan/opinion.h"
#include "src/scan/order.h"
#include "src/scan/residue_pool.h"
#include "src/scan/seen.h"
#include "src/scan/unit.h"

struct merge;

struct run {
	const struct scan_options *options;
	const struct scan_listener *listener;
	struct scan_listener counting; /* the caller's, with our counting of notices in front */
	struct scan_summary *summary;
	struct inputs inputs;
	struct joiner *joiner;
	struct order order;            /* findings or blocks */
	struct correlate *correlate;   /* SCAN_FINDINGS only */
	uint64_t rows;                 /* so far, copies counted: for the progress */
	struct seen seen;              /* script blocks of one record */
	struct residue_pool residue;   /* for the second pass */
	struct template_store templates; /* of the second pass */
	bool second_begun;
	struct opinions opinions;      /* of libevtx, on the records of findings */
	struct exhibits exhibits;      /* of the finding that is cited */
	struct arena arena;            /* decoding of one row */
	struct buf text;
	struct coverage *probe;        /* what a worker says of coverage is tried here first */
	uint8_t *rules_with_log;
	/* workers: one a thread, and the clerk, who hashes and never looks into evidence */
	struct broker *workers;
	size_t worker_count, clerk;    /* clerk: its index; the others are below it */
	struct unit_list units;
	size_t most_units;
	/* where the plan stands */
	size_t next_input;
	struct evidence *planned;      /* the log whose units are being made */
	uint64_t next_chunk;
	bool blocks_begun, blocks_done;
	struct digest *partial_digest; /* while a partial result is written */
	struct merge *merge;           /* partial results that are read */
	/* where the results stand */
	const struct input *input;     /* NULL while joined blocks are worked on */
	uint64_t bytes_before;         /* of the files read so far */
	uint64_t bytes_total;
};

/* --- plan.c --- */

/* Puts more units on the list while there is room and work.  Errors: ERR_NOMEM, ERR_IO (spill). */
MUST_CHECK bool plan_more(struct run *run, struct err *err);

/* Nothing more will be planned, and nothing is on the list. */
bool plan_is_done(const struct run *run);

void evidence_free(struct evidence *e);

/* --- work.c --- */

/* Gives waiting units to idle workers, in order.  Errors: ERR_IO (no worker can be started), ERR_NOMEM. */
MUST_CHECK bool work_hand_out(struct run *run, struct err *err);

/* Waits for messages of workers and takes them.  Errors: ERR_NOMEM. */
MUST_CHECK bool work_receive(struct run *run, struct err *err);

/* A clock that only goes forwards, for the watchdog. */
uint64_t work_milliseconds(void);

/* Whoever works on it is ended; what it gave is dropped. */
void work_cancel(struct unit *u);

/* --- second.c --- */

/* Puts the next unit of the second pass on the list; *more false: there is none (yet). */
MUST_CHECK bool second_plan(struct run *run, bool *more, struct err *err);
bool second_is_done(const struct run *run);

/* FRAME_JOB_RESIDUE of a unit, from the record on that is next. */
void second_encode_job(const struct unit *u, struct buf *out);

/* The records of the chunk that a worker died on are passed over; the unit goes on behind them, if there is more. */
void second_after_death(struct unit *u, const char *how);

/* Ends of its units, for commit.c. */
MUST_CHECK bool second_end_facts(struct run *run, struct unit *u, struct err *err);
MUST_CHECK bool second_end_batch(struct run *run, struct unit *u, struct err *err);
MUST_CHECK bool second_end_input(struct run *run, struct unit *u, struct err *err);

/* --- commit.c --- */

/* Takes what the units at the front of the list have given. */
MUST_CHECK bool commit_units(struct run *run, struct err *err);

struct log_totals;

/* A log has been taken in whole: its numbers join the totals.  Its path is that of run->input. */
MUST_CHECK bool commit_file(struct run *run, struct file_summary *file, const struct log_totals *totals, struct err *err);

/* --- collect.c --- */

/* Whether a frame from a worker is one that collect_frame can take.  Errors: ERR_FORMAT (the worker lies), ERR_NOMEM. */
MUST_CHECK bool collect_check(struct run *run, enum frame_type type, struct slice payload, struct err *err);

/* Takes one checked frame of complete work; the path of its notices is run->input's. */
MUST_CHECK bool collect_frame(struct run *run, enum frame_type type, struct slice payload, struct err *err);

/* Counts and passes on. */
MUST_CHECK bool run_notice(struct run *run, const struct notice *notice, struct err *err);

/* --- shape.c --- */

/* Tells what the shape of the log that was just read says of its wholeness: limits, since nobody can read what is not
 * there. */
MUST_CHECK bool run_tell_shape(struct run *run, const struct file_summary *file, struct err *err);

/* --- scan.c --- */

/* True when the user wants to stop; remembers it in the summary. */
bool run_stop_asked(struct run *run);

/* --- emit.c --- */

/* True unless only some findings are wanted (scan_options.cite), and this is none of them. */
bool row_is_wanted(const struct run *run, const struct finding *finding);

/* Everything ordered, to the listener. */
MUST_CHECK bool emit_rows(struct run *run, struct err *err);

#endif
