/* SPDX-License-Identifier: Apache-2.0 */
/* A finding is one rule that holds for one subject: a row of the timeline.  Workers make and encode it, the parent
 * drops doubles, orders and writes it.  Whatever depends on the run (path of the evidence, sources, rule texts) is
 * filled in by the parent. */
#ifndef SUBJECT_FINDING_H
#define SUBJECT_FINDING_H

#include "base/cursor.h"
#include "src/sigma/match.h"
#include "src/subject/subject.h"
#include "src/subject/text_digest.h"

struct finding_field {
	struct slice name, text; /* every named field of the event: JSON's Event, CSV's Details */
	bool null;
};

struct finding_hit {
	uint32_t field;    /* index in fields; UINT32_MAX: a System field, `name` tells */
	struct slice name;
	uint64_t start, len; /* bytes in that field's text */
};

struct finding {
	uint32_t rule;        /* index in the rule set */
	enum verdict verdict;
	uint64_t time, end_time; /* of the earliest and the latest part */
	struct slice column[COLUMN_COUNT];
	const struct subject_part *parts;
	size_t part_count;
	const struct finding_field *fields;
	size_t field_count;
	const struct finding_hit *hits;
	size_t hit_count;
	uint32_t text_field;     /* index in fields of what Text shows; UINT32_MAX: none */
	bool text_is_lossy;      /* the text holds a lone surrogate: TextUtf16 carries it exactly */
	uint8_t id[16];          /* first half of SHA-256 over rule id, computer, channel, record ids and times, text, fields */
};

/* Worker: makes the finding of a subject and a result and appends its encoding.  Sends every column that the subject
 * decides (also Matched, ScriptSha256), but not what finding_complete can tell from the rest.  `known` (may be NULL)
 * remembers digests of events that come again. */
MUST_CHECK bool finding_encode(struct subject *subject, const struct sigma_result *result,
	const struct ruleset *rules, struct text_digests *known, struct buf *out, struct err *err);

/* Appends the flags of a subject as the list that the Flags column is: each ends with a NUL. */
void subject_append_flags(const struct subject *subject, struct buf *out);

/* Parent: the other way; arrays in the arena, slices into `encoded`.  Errors: ERR_FORMAT (not ours: a worker that
 * lies), ERR_NOMEM. */
MUST_CHECK bool finding_decode(struct slice encoded, struct arena *arena, struct finding *finding, struct err *err);

/* Of an encoded finding, only what orders it and says where it lies: rule, verdict, times, id, Computer, Channel, parts. */
MUST_CHECK bool finding_peek(struct slice encoded, struct arena *arena, struct finding *finding, struct err *err);

/* Sets the columns that rule, id, parts and fields decide: Level, Verdict, Rule..., Tactics, Techniques, View "raw",
 * FindingId, Timestamp, EndTime, RecordIds, Offset, Details.  What is new of them is made in the arena.  Errors:
 * ERR_NOMEM. */
MUST_CHECK bool finding_complete(struct finding *finding, const struct ruleset *rules, struct arena *arena,
	struct buf *scratch, struct err *err);

/* "match", "match-on-partial", "undecided". */
const char *verdict_name(enum verdict verdict);

/* Gives an encoded finding whose records are of the input `from` another index for it, in place.  False: it is no
 * finding, or has records of other inputs. */
MUST_CHECK bool finding_move(uint8_t *encoded, size_t len, uint32_t from, uint32_t to);

#endif
