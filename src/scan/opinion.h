/* SPDX-License-Identifier: Apache-2.0 */
/* The second opinion on what was found: once all findings are known, libevtx reads every record that entered one again,
 * from its own chunk, and what comes of it stands in Reader and Flags.  With --verify it is asked about every record of
 * interest as well.  All of it is done in workers that may die over it: that costs the opinions on one chunk, is told as
 * a limit, and never costs a finding.
 *
 * Who writes a partial result does not know what will enter a finding: opinion_partial.c asks about everything that may,
 * and opinion_merge.c takes what the findings of the merge need, as one run would have heard it. */
#ifndef SCAN_OPINION_H
#define SCAN_OPINION_H

#include "base/sorter.h"
#include "base/table.h"
#include "src/scan/opinion_wire.h"
#include "src/scan/protocol.h"
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
	/* of partial results: opinion_partial.c, opinion_merge.c */
	bool keeps;            /* one is written: answers are kept as they are */
	struct sorter asked;   /* places of the records to ask about */
	struct sorter answers; /* rows (opinion_wire.h) by place */
	struct opinion_record last, pending; /* asked about last; the first of the next job */
	bool has_last, has_pending;
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
	struct opinion_record *list; /* ASK_LISTED: by offset */
	size_t at, end;              /* of it: what is left of the job */
	size_t ask_end;              /* what is asked about next: at .. ask_end - 1 */
	size_t alone_end;            /* up to there one by one: together they took a worker with them */
	struct opinion_record *own;  /* room for a list of the job's own, or NULL */
	uint64_t at_chunk, end_chunk; /* ASK_RANGE */
	uint64_t offset;             /* SHOW_RECORD and its like */
	int fd;
	bool active, running, ended;
	bool hung;                   /* the death that comes next is the watchdog's doing */
	unsigned deaths;
	uint64_t chunk;   /* ASK_RANGE: begun */
	bool chunk_begun; /* and not done */
	struct buf payload;
};

void opinions_init(struct opinions *o, const char *temp_folder);
void opinions_fini(struct opinions *o);

/* Asks about everything that is to be asked about, and tells notices and differences.  Errors: ERR_IO, ERR_NOMEM, what
 * the listener failed with; false without an error when the user wants to stop. */
MUST_CHECK bool opinions_run(struct run *run, struct err *err);

/* Shows the record of a part: run->opinions.exhibit, where has_exhibit.  Errors as above. */
MUST_CHECK bool opinions_show(struct run *run, const struct subject_part *part, struct err *err);

/* Whether libevtx is asked about the records of findings. */
static inline bool
opinion_is_on_findings(const struct scan_options *options)
{
	return options->mode == SCAN_FINDINGS && options->reader == SCAN_READER_AUTO;
}

/* Whom libevtx can be asked about: what a log counts, unless it was libevtx that read it. */
static inline bool
opinion_can_be_asked(const struct subject_part *part)
{
	return !(part->flags & (RECORD_OTHER_READER | RECORD_NOT_COUNTED));
}

/* Completes Reader, which names who read, and Flags (in the run's arena).  Errors: ERR_NOMEM. */
MUST_CHECK bool opinions_columns(struct run *run, struct finding *finding, struct err *err);

/* --- partial results --- */

/* A frame of a log that goes into the partial result: the records in it are to be asked about.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool opinions_want(struct run *run, enum frame_type type, struct slice payload, struct err *err);

/* After the last log: asks, and keeps what is said; opinions_next_row hands it out by evidence and place.  Errors as of
 * opinions_run. */
MUST_CHECK bool opinions_ask(struct run *run, struct err *err);

/* False at the end, and with *err set.  The row lives until the next call. */
bool opinions_next_row(struct run *run, uint32_t *evidence, struct opinion_row *row, struct err *err);

/* A row of that evidence, asked or read from a partial result.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool opinions_add_row(struct opinions *o, uint32_t evidence, const struct opinion_row *row, struct err *err);

/* Once the findings of a merge are known: what one run would have heard.  Errors as of opinions_run. */
MUST_CHECK bool opinions_settle(struct run *run, struct err *err);

/* --- between opinion.c, opinion_said.c, opinion_sums.c, opinion_partial.c and opinion_merge.c --- */

static inline int
opinion_compare_places(uint32_t evidence_a, uint64_t offset_a, uint32_t evidence_b, uint64_t offset_b)
{
	if (evidence_a != evidence_b)
		return evidence_a < evidence_b ? -1 : 1;
	return offset_a < offset_b ? -1 : offset_a > offset_b;
}

enum {
	JOB_RECORDS = 256,    /* asked about in one job: about 50 ms */
	DEATHS_PER_JOB = 4,   /* then the rest of the job is given up */
	VERDICT_AGREES = 1,
	VERDICT_WORDS = 2,
};
#define OPINION_GIVEN_UP "not asked any more: it took several workers with it"
#define OPINION_NOT_ASKED "it was not asked"

/* Lists the records of findings.  Errors as of opinions_run. */
MUST_CHECK bool opinions_list(struct run *run, struct err *err);

/* The place in a list of `count`; NULL: it is not in it. */
struct opinion_record *opinion_find(struct opinion_record *list, size_t count, uint32_t evidence, uint64_t offset);

/* Behind the last record of the job that begins at the at-th record of findings. */
size_t opinion_job_end(const struct opinions *o, size_t at);

/* The first of them that has no verdict, and the end of its chunk among them. */
size_t opinion_first_unheard(const struct opinion_record *list, size_t from, size_t end);
size_t opinion_chunk_end(const struct opinion_record *list, size_t from, size_t end);

/* Another copy of the part before it did not enter the finding. */
static inline bool
opinion_is_of_copy(const struct finding *finding, size_t i)
{
	return i > 0 && finding->part_count > 1 && finding->parts[i].number == finding->parts[i - 1].number;
}

/* What a notice counts. */
enum refusal_unit { OF_RECORDS = 'r', OF_CHUNKS = 'c' };
MUST_CHECK bool opinion_count_refusal(struct opinions *o, uint32_t evidence, enum refusal_unit unit, struct slice words,
	uint64_t n, struct err *err);
MUST_CHECK bool opinion_keep_difference(struct opinions *o, uint32_t evidence, const struct opinion_entry *entry,
	struct err *err);

/* A notice for each reason, and the differences.  Errors as of opinions_run. */
MUST_CHECK bool opinion_tell_sums(struct run *run, struct err *err);

/* The number of these words. */
MUST_CHECK bool opinion_number(struct opinions *o, struct slice words, uint32_t *verdict, struct err *err);

/* What was said of a record of findings. */
MUST_CHECK bool opinion_take_entry(struct run *run, struct opinion_record *record, const struct opinion_entry *entry,
	struct err *err);

/* The words for all of them that have no verdict: nothing was heard.  Died: a worker, over it. */
MUST_CHECK bool opinion_unheard(struct run *run, struct opinion_record *list, size_t from, size_t end, struct slice why,
	bool died, struct err *err);

/* What was said of a chunk with --verify; `in` stands behind the head. */
MUST_CHECK bool opinion_take_chunk(struct run *run, uint32_t evidence, const struct opinion_head *head, struct cursor *in,
	struct err *err);
MUST_CHECK bool opinion_chunks_lost(struct run *run, uint32_t evidence, uint64_t first, uint64_t count, struct slice why,
	struct err *err);

/* While a partial result is written. */
MUST_CHECK bool opinion_keep_entry(struct run *run, struct opinion_record *record, const struct opinion_entry *entry,
	struct err *err);
MUST_CHECK bool opinion_keep_unheard(struct run *run, struct opinion_record *record, struct slice why, bool died,
	struct err *err);
MUST_CHECK bool opinion_keep_chunk(struct run *run, uint32_t evidence, const struct opinion_head *head,
	struct slice payload, struct err *err);
MUST_CHECK bool opinion_keep_chunks_lost(struct run *run, uint32_t evidence, uint64_t first, uint64_t count,
	struct slice why, struct err *err);
MUST_CHECK bool opinion_kept_died(struct run *run, struct opinion_job *job, const char *how, struct err *err);

/* Opens the evidence for a job; false: it cannot be opened any more, and why. */
bool opinion_open(struct run *run, struct opinion_job *job, uint32_t evidence, struct err *why);

/* --verify asks about all chunks, whatever the findings. */
bool opinion_next_range(struct run *run, struct opinion_job *job, struct err *err);

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
