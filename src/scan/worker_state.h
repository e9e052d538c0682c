/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a worker share: its state, and how it talks.  worker.c takes jobs from the socket, worker_file.c
 * walks a log, worker_record.c makes findings, blocks and lines of its records, worker_send.c writes frames. */
#ifndef SCAN_WORKER_STATE_H
#define SCAN_WORKER_STATE_H

#include "base/table.h"
#include "evtx/carve.h"
#include "evtx/plan.h"
#include "src/scan/opinion_wire.h"
#include "src/scan/outbox.h"
#include "src/scan/protocol.h"
#include "src/scan/worker.h"
#include "src/sigma/match.h"
#include "src/subject/logspan.h"
#include "src/subject/text_digest.h"

/* What is known of a kind of event, so that each is looked up once. */
struct worker_kind {
	struct slice channel, provider;
	uint32_t event_id;
	bool wanted;      /* some rule asks for such records */
	bool known;       /* subject_is_known */
	bool words_alone; /* rules ask for words alone: matcher_wants_words_alone, and no field has a further name */
	struct event_kind kind;
	struct worker_repeats *repeats; /* NULL: its events are looked at one by one (worker_repeat.c) */
};

/* What a rule can look at is what stands in the record: no text is derived, no field has a further name. */
static inline bool
worker_kind_is_bare(const struct worker_kind *kind)
{
	return !kind->known && kind->kind.source_count == 0;
}

enum { RECENT_KINDS = 256 };

struct worker {
	int fd;
	struct outbox *outbox;
	const struct scan_options *options;
	struct buf in, out, scratch;
	struct matcher *matcher;    /* SCAN_FINDINGS and SCAN_EXPLAIN */
	struct explainer *explainer; /* made when it is first needed */
	struct coverage *coverage;
	struct text_digests *texts; /* of script blocks, their parts, and events that were found */
	struct arena arena;         /* of the subject at hand */
	struct plan_store *plans;   /* templates met in any job */
	struct record_keys keys;
	struct {
		struct table table; /* event id, length of the channel, channel, provider -> index in list */
		struct worker_kind **list;
		struct worker_kind *recent[RECENT_KINDS]; /* by a cheap hash: a look into the table is saved */
		struct worker_kind passing;               /* of more kinds than are kept */
		struct arena arena, passing_arena;
		struct buf key;
	} kinds;
	uint8_t *rules_with_log;    /* one byte a rule: some record had its log source */
	size_t rule_count;
	bool rules_changed;         /* since the parent was told */
	/* the job at hand */
	uint32_t input;
	const struct reader *reader; /* NULL: not open yet */
	uint64_t told_chunk;        /* the parent knows that everything before it is complete */
	bool has_told;
	bool other_reader;          /* not the reader that was asked for: records say so */
	struct job_counts counts;
	struct subject *subject;
	bool came_to_something;     /* a rule held for the subject at hand, is open, or could not be decided */
	uint64_t shape_serial;      /* of repeats */
	struct {
		struct table templates; /* GUIDs that this job has sent */
		struct buf live, residue;
		uint32_t residue_count;
		size_t left_of_tables, left_of_records; /* bytes of definitions that may still be looked at, by where they are named */
		unsigned tables_cut, records_cut;       /* chunk headers and records whose definitions were more */
		/* a chunk whose header is gone, until its records were read */
		bool is_open;
		uint64_t slot;
		struct log_span span;
		struct buf live_at; /* places of the records that were read, u64 each */
	} survey;
	const struct template_store *templates; /* second pass: all there are; NULL before */
	size_t dump_begin, dump_end; /* of the frame in `out` that dumped records still go into */
};

struct slots;

/* What is known of such records; until the next call. */
const struct worker_kind *worker_kind_of(struct worker *w, const struct record_system *system);
void worker_kinds_init(struct worker *w);

/* Whether events of a kind may be known again; NULL where not. */
struct worker_repeats *worker_repeats_of(struct worker *w, const struct worker_kind *kind, const struct record_system *system,
	struct arena *arena);

/* True when such a record came to nothing before.  Else *keep tells whether matcher_keep_quiet is to be told if this one
 * does. */
bool worker_is_repeat(struct worker *w, const struct worker_kind *kind, const struct record *record, bool *keep);

/* Ends the process: nothing else to be done for this worker. */
_Noreturn void worker_give_up(int status);

/* Sends what has been collected; and the same once it is worth it. */
void worker_send(struct worker *w);
void worker_flush_when_full(struct worker *w);

/* What has been collected outlives this process from now on, though it may be sent later. */
void worker_say(struct worker *w);

/* Each puts one frame at the end of w->out. */
void worker_notice(struct worker *w, const struct notice *notice);
void worker_send_counts(struct worker *w, enum frame_type type, uint64_t chunk);
void worker_send_coverage(struct worker *w);
void worker_send_rules(struct worker *w); /* only what has changed */

/* FRAME_DONE or, with a failure, FRAME_FAILED: the last word on a job. */
void worker_send_end(struct worker *w, const struct err *failure);

/* Does with a record what the mode asks for; one that cannot be used becomes a loss. */
void worker_use_record(struct worker *w, const struct record *record);

/* The same for a record of residue, which is no one's loss: false when it cannot be used. */
bool worker_use_residual(struct worker *w, const struct record *record);

/* Matches a subject, or sends it as a block.  Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK bool worker_use_subject(struct worker *w, struct subject *s, struct err *err);

/* True when a subject is made of such a record, or a part of one. */
bool worker_is_of_interest(struct worker *w, const struct record *record);

/* FRAME_JOB_OPINION: asks libevtx about records of the log behind the descriptor. */
void worker_do_opinion(struct worker *w, struct slice payload, int fd);
/* FRAME_JOB_BLOCK and, with `plain`, FRAME_JOB_BLOCK_PLAIN: matches a joined block, or sends it. */
void worker_do_block(struct worker *w, struct slice payload, bool plain);

/* FRAME_JOB_FILE: reads the log behind the descriptor. */
void worker_do_file(struct worker *w, struct slice payload, int fd);

/* FRAME_SURVEY and FRAME_TEMPLATE for a chunk that begins; `begin` at the start of a job. */
bool worker_survey_is_wanted(const struct worker *w); /* so slack has to be read */
void worker_survey_begin(struct worker *w);
void worker_survey_chunk(struct worker *w, const struct slots *slots, uint64_t slot);

/* A slot of a log without a readable chunk header. */
struct slot_at_hand {
	const struct source *source;
	struct slice bytes;
	uint64_t offset; /* in the file */
	uint64_t slot;
};

/* Searches such a slot for records; the survey, with that span, then stays open until its records were read, each of
 * which is told by `live`, and `end` sends it. */
void worker_search_slot(struct worker *w, const struct slot_at_hand *slot, const struct log_span *span);
void worker_survey_live(struct worker *w, const struct record *record);
void worker_survey_end(struct worker *w);

/* A slot of which nothing is read. */
void worker_survey_foreign(struct worker *w, const struct slot_at_hand *slot);

/* Pieces of a survey: forget what was collected, for a place of so many chunks; take a record of residue that lies in that
 * chunk; the definitions of one; tell what had to be left out, and how many records were refused their chunk; send what
 * was collected, NULL: without a span. */
void worker_survey_reset(struct worker *w, unsigned chunks);
void worker_survey_residue(struct worker *w, struct slice chunk, uint64_t slot, const struct residue *residue,
	const struct record_peek *peek);
void worker_survey_templates(struct worker *w, struct slice chunk, uint64_t slot);
void worker_survey_tell_cuts(struct worker *w, uint64_t offset, uint64_t len, unsigned refused);
void worker_survey_send(struct worker *w, uint64_t slot, const struct log_span *span);

/* The same for a chunk or slot that no reader survived: its records are lost, but not taken out of the log. */
void worker_survey_lost(struct worker *w, const struct source *source, uint64_t slot);

/* The same for a file that is no log, from that window on and up to `end`, which may be 0: to the end of the file.
 * Errors: ERR_NOMEM. */
MUST_CHECK bool worker_carve(struct worker *w, const struct source *source, uint64_t first_window, uint64_t end,
	struct err *err);

/* FRAME_JOB_RESIDUE and FRAME_JOB_FACTS. */
void worker_do_residue(struct worker *w, struct slice payload, int fd);
void worker_do_facts(struct worker *w, struct slice payload, int fd);

/* The record of residue of a SHOW_RESIDUE, once more; it is not handed on when it cannot be read any more. */
typedef void worker_residue_use(void *context, const struct record *record);
void worker_read_residue(struct worker *w, const struct job_opinion *job, int fd, worker_residue_use *use, void *context);

#endif
