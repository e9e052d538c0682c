/* SPDX-License-Identifier: Apache-2.0 */
/* What the logs could have shown: per computer and channel the number and span of records, gaps in their ids, and
 * the facts that tell "no findings" from "could not have seen it": levels of script-block records, command lines
 * in process creations, cleared logs.  Workers gather it per file, the parent merges. */
#ifndef SUBJECT_COVERAGE_H
#define SUBJECT_COVERAGE_H

#include "base/cursor.h"
#include "base/table.h"
#include "evtx/record.h"

struct channel_coverage {
	struct slice computer, channel;
	uint64_t records;
	uint64_t first_time, last_time;   /* last_time 0: no record said when */
	bool has_id;                      /* some record had one */
	uint64_t first_id, last_id;       /* EventRecordID */
	uint64_t different_ids;           /* fewer than records where there are copies; 0: none, or scattered */
	uint64_t missing_ids;             /* ids between first and last that never came, over all files */
	bool ids_scattered;               /* too many holes to keep count: missing_ids is 0 and means nothing */
	uint64_t blocks_warning;          /* 4104 of level 3 */
	uint64_t blocks_verbose;          /* 4104 of level 5 and others */
	uint64_t processes;               /* 4688 */
	uint64_t processes_with_command_line;
	uint64_t cleared;                 /* how often 1102 or 104 say that this log was; there may be no record of its own */
};

/* Computer and channel of what came when there were LIMIT_COVERAGE_KEYS pairs. */
#define COVERAGE_OTHERS "(others)"

struct coverage; /* opaque */

struct coverage *coverage_new(void);
void coverage_free(struct coverage *c);
void coverage_reset(struct coverage *c);

MUST_CHECK bool coverage_add(struct coverage *c, const struct record *record, struct err *err);
MUST_CHECK bool coverage_encode(const struct coverage *c, struct buf *out, struct err *err);
/* Merges what a worker encoded.  Errors: ERR_FORMAT, ERR_NOMEM. */
MUST_CHECK bool coverage_merge(struct coverage *c, struct slice encoded, struct err *err);

/* Puts them in order and counts what only all of it tells (missing ids, clears): before coverage_at and coverage_lines, and
 * again when more has come.  Errors: ERR_NOMEM. */
MUST_CHECK bool coverage_close(struct coverage *c, struct err *err);

/* In order of computer, then channel (bytewise, computer without case).  Borrowed until the next merge. */
size_t coverage_count(const struct coverage *c);
const struct channel_coverage *coverage_at(const struct coverage *c, size_t index);

/* One line per computer for the terminal: "HOST1: script-block logging on (1,204 blocks); command lines audited;
 * PowerShell/Operational 2024-01-02T..–2024-01-09T.., 3 ids missing; Security cleared 1 time".  Appends lines; a name with a
 * line end in it makes no line of its own. */
MUST_CHECK bool coverage_lines(const struct coverage *c, struct buf *out, struct err *err);

#endif
