/* SPDX-License-Identifier: Apache-2.0 */
/* What correlations see of events, and what becomes of a window that fires.  An input is one event of one rule for
 * one correlation: small, self-contained, made where the event is decoded, kept and sorted by the parent.  A fired
 * window becomes a subject again, so that its finding, and its inputs for correlations that rest on it, are made as
 * those of an event. */
#ifndef SUBJECT_CORRELATED_H
#define SUBJECT_CORRELATED_H

#include "base/cursor.h"
#include "src/sigma/match.h"
#include "src/sigma/window.h"
#include "src/subject/subject.h"

/* Decoded; slices into the encoding. */
struct correlated_input {
	struct rule_feed feed;
	uint64_t time;
	enum verdict verdict;         /* match or match-on-partial: nothing else feeds a correlation */
	bool has_value;               /* false: the correlation needs one and the event has none */
	bool parts_cut;               /* a block of more records than are listed */
	uint8_t origin[WINDOW_KEY];   /* of a correlation's finding: its group; zeros for events */
	uint8_t group[WINDOW_KEY];    /* digest of the group-by values without case */
	uint8_t value[WINDOW_KEY];
	uint32_t event_id;            /* 0: several */
	struct slice computer, channel, provider;
	struct slice group_values;    /* for each group-by name: u8 1 where the event has it, counted text, cut short */
	struct slice parts;           /* read with correlated_input_part */
	size_t part_count;            /* at least 1 */
};

/* Appends the input that the subject is for that correlation; `time` is where it counts.  `scratch` is for the
 * function's own use.  Errors: ERR_NOMEM. */
MUST_CHECK bool correlated_input_encode(const struct subject *subject, struct rule_feed feed, uint64_t time,
	enum verdict verdict, const uint8_t *origin, const struct ruleset *rules, struct buf *scratch, struct buf *out,
	struct err *err);

/* False when the bytes are none. */
bool correlated_input_decode(struct cursor *in, const struct ruleset *rules, struct correlated_input *input);

/* The i-th of input->part_count records. */
struct subject_part correlated_input_part(const struct correlated_input *input, size_t i);

/* Gives an encoded input whose records are of the evidence `from` another index for it, in place.  False: it is none, or
 * has records of other evidence. */
bool correlated_input_move(uint8_t *encoded, size_t len, const struct ruleset *rules, uint32_t from, uint32_t to);

/* The subject of a window of that correlation rule, and its verdict: match-on-partial when one of its events is.
 * Each hit's bytes are counted inputs: the event, then copies of it from elsewhere.  Everything in the arena but
 * texts of the hits.  Errors: ERR_NOMEM. */
MUST_CHECK bool correlated_subject(const struct ruleset *rules, size_t rule, const struct window_fired *fired,
	struct arena *arena, struct subject *subject, enum verdict *verdict, struct err *err);

#endif
