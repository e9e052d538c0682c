/* SPDX-License-Identifier: Apache-2.0 */
/* Partial results: what one machine found in its share of the evidence, in a file that another one merges.  It holds
 * what commit.c takes, log by log and in the same order, before anything is joined: merging several of them goes through
 * the logs of all in the order of paths, and so does exactly what one run over everything would have done.
 *
 *	file     "EVTPART" 00, frames
 *	frame    u32 length of what follows, u8 type, payload; little-endian, texts counted (u32 length, bytes)
 *	1..9     from a worker, as in protocol.h: part, finding, block seen, coverage, event for a correlation, survey,
 *	         template; inside a log, and all but the last two inside what is behind a log
 *	head     u32 version; text program version; u8 reader, verify, residual, facts, carve; u64 from, to; u32 count, event
 *	         ids; SHA-256 over mappings and placeholders, SHA-256 over the rules
 *	notice   text path, notice_encode; in front of the first log or inside what is of one
 *	log      u32 index, text path, u8 is standard input, u8 is no log: a log begins
 *	log end  struct file_summary and what the log adds to the totals
 *	rules    u8 facts count as well, one byte a rule: its log source was there; behind the last log and again behind facts
 *	behind   u32 index of a log: what the second pass gives of it begins; behind the last log, by index
 *	bytes    u64 offset, up to RANGE_MAX bytes of the log, where there is residue that no log of this result repeats; by
 *	         offset, overlapping only as far as needed for each chunk to stand in one frame
 *	behind end  u64 verdicts left open, u8 the log could be opened again, text what could not be opened or read (empty: all
 *	         could)
 *	opinions u32 index of a log, rows (opinion_wire.h) in the order of what is spoken of and place; behind all of these,
 *	         by index; several frames a log where one would be large
 *	end      SHA-256 over all bytes in front of this frame
 *
 * A file without its end is refused.  Whoever reads one takes it as hostile: every frame is checked like one from a
 * worker that was taken over, and bytes of logs are only looked into by workers. */
#ifndef SCAN_PARTIAL_H
#define SCAN_PARTIAL_H

#include "src/scan/run.h"

enum partial_type {
	PARTIAL_PART = 1, PARTIAL_FINDING, PARTIAL_BLOCK_SEEN, PARTIAL_COVERAGE, PARTIAL_CORRELATION, PARTIAL_SURVEY,
	PARTIAL_TEMPLATE,
	PARTIAL_HEAD = 16, PARTIAL_NOTICE, PARTIAL_LOG, PARTIAL_LOG_END, PARTIAL_RULES, PARTIAL_BEHIND, PARTIAL_BYTES,
	PARTIAL_BEHIND_END, PARTIAL_OPINIONS, PARTIAL_END,
};

enum { PARTIAL_VERSION = 6, PARTIAL_SIGNATURE = 8, PARTIAL_RANGE_HEAD = 8, PARTIAL_RANGE_MAX = 1 << 20 };
extern const char partial_signature[PARTIAL_SIGNATURE];

/* What a log adds to the totals beside its summary. */
struct log_totals {
	uint64_t subjects, open_verdicts;
	uint64_t failures; /* 1: it could not be read to its end */
};

/* Identity of a rule set: state and hash of every rule, in order. */
MUST_CHECK bool partial_rules(const struct ruleset *rules, uint8_t out[static DIGEST_LEN]);

void file_summary_encode(const struct file_summary *file, const struct log_totals *totals, struct buf *out);
bool file_summary_decode(struct cursor *in, struct file_summary *file, struct log_totals *totals);

/* The type of a worker's frame in a partial result, 0 for one that has none; and back, 0 for what is no such type. */
unsigned partial_type_of(enum frame_type type);
unsigned partial_frame_type(unsigned type);

/* --- writing, through run->listener->partial --- */

MUST_CHECK bool partial_begin(struct run *run, struct err *err);
MUST_CHECK bool partial_frame(struct run *run, enum frame_type type, struct slice payload, struct err *err);
MUST_CHECK bool partial_notice(struct run *run, const struct notice *notice, struct err *err);
MUST_CHECK bool partial_log(struct run *run, const struct evidence *e, struct err *err);
MUST_CHECK bool partial_log_end(struct run *run, const struct file_summary *file, const struct log_totals *totals,
	struct err *err);
/* Which rules had their log source so far; facts: those of logs are among them. */
MUST_CHECK bool partial_rules_seen(struct run *run, bool facts, struct err *err);

/* What the second pass gives of a log (partial_second.c).  The end writes the bytes of all chunks in e->chunks. */
MUST_CHECK bool partial_behind(struct run *run, const struct evidence *e, struct err *err);
MUST_CHECK bool partial_behind_end(struct run *run, struct evidence *e, struct err *err);

/* The frame that stands in run->text. */
MUST_CHECK bool partial_put(struct run *run, enum partial_type type, struct err *err);

/* After opinions_ask: what it kept. */
MUST_CHECK bool partial_opinions(struct run *run, struct err *err);
MUST_CHECK bool partial_end(struct run *run, struct err *err);

/* --- merging --- */

/* Reads the partial results named by the options: inputs, then all logs in order.  They stay open as run->merge, for
 * the second pass.  Errors: ERR_FORMAT (no partial result, damaged, or not of the same run), ERR_IO, ERR_NOMEM,
 * ERR_LIMIT. */
MUST_CHECK bool merge_partials(struct run *run, struct err *err);
void merge_free(struct merge *m);

/* The second pass over a log (merge_second.c): what there is of it - e->fd and e->ranges, or e->why - and then what its
 * facts gave.  Errors as above. */
MUST_CHECK bool merge_open_again(struct run *run, struct evidence *e, struct err *err);
MUST_CHECK bool merge_take_facts(struct run *run, struct evidence *e, struct err *err);

/* Appends for each record of residue where its chunk stands in the partial result: u64 position, u32 length, both 0
 * where it does not. */
MUST_CHECK bool merge_places(const struct evidence *e, struct slice records, struct buf *out, struct err *err);

#endif
