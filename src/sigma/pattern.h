/* SPDX-License-Identifier: Apache-2.0 */
/* String values of rules (sigma.md section 3).  A value is read into tokens first, modifiers work on the tokens, and
 * only then it becomes a pattern: literal pieces between runs of `*`.  So a backslash at the end of a value can
 * never swallow a wildcard that `contains` adds. */
#ifndef SIGMA_PATTERN_H
#define SIGMA_PATTERN_H

#include "base/arena.h"
#include "base/buf.h"

/* Kleene's three values, so that and = smaller, or = larger, not = 2 - x. */
enum truth {
	TRUTH_FALSE,
	TRUTH_UNKNOWN,
	TRUTH_TRUE,
};

/* A text that may have unknown stretches (see struct sigma_field). */
struct gapped {
	struct slice text;
	const size_t *gaps;
	size_t gap_count;
};

/* What lies between two gaps. */
struct segment {
	struct slice text;
	size_t at;       /* where in the whole text */
	bool open_start; /* a gap stands before it */
	bool open_end;
};

/* Segment i, for i = 0 .. gap_count. */
struct segment gapped_segment(const struct gapped *g, size_t i);

/* Code points, and above them what is none. */
enum {
	TOKEN_ANY = 0x110000, /* ? */
	TOKEN_RUN,            /* * */
	TOKEN_DASH,           /* any of the five option signs (windash) */
};

struct tokens {
	uint32_t *codes;
	size_t count;
};

/* All three: false when memory ran out. */
bool tokens_parse(struct arena *arena, struct slice value, struct tokens *out);     /* with escapes and wildcards */
bool tokens_literal(struct arena *arena, struct slice text, struct tokens *out);    /* every character itself */
bool tokens_wrap(struct arena *arena, struct tokens *t, bool front, bool back);     /* runs at the ends */

/* Is the text ASCII, and not empty?  And, as a value, nothing but itself: no wildcard, and no backslash that would escape? */
bool tokens_are_ascii(struct slice text);
bool tokens_are_literal(struct slice value);

/* Turns each option sign into TOKEN_DASH. */
void tokens_mark_dashes(struct tokens *t);

/* The text of tokens without wildcards; *plain tells whether there were none.  False: memory ran out. */
bool tokens_text(struct arena *arena, const struct tokens *t, struct slice *text, bool *plain);

struct piece;

struct pattern {
	const struct piece *pieces; /* between runs */
	size_t count;
	bool at_start, at_end; /* no run there */
	bool cased;            /* else pieces are folded, and so must be the text */
};

bool pattern_compile(struct arena *arena, const struct tokens *t, bool cased, struct pattern *out);

/* Most values are just texts: what the tokens of an ASCII text with a run at its front or back, or without, would become, made
 * without them. */
bool pattern_compile_literal(struct arena *arena, struct slice text, bool cased, bool front, bool back, struct pattern *out);

/* True when it holds for every text: `*`. */
bool pattern_is_all(const struct pattern *p);

/* True when it leaves nothing of a text to a run: where it holds, it holds for all of the text. */
bool pattern_is_whole(const struct pattern *p);

/* Appends the pattern as it will be matched: folded unless cased, `*` for a run, `?` for one character, <dash> for an
 * option sign. */
void pattern_show(const struct pattern *p, struct buf *out);

struct text_range {
	size_t start, len;
};

/* Does the pattern hold for that text (folded unless cased)?  *range is set when it does.  Unknown where a gap could
 * hold what is missing: never for a start or an end that is there and differs. */
enum truth pattern_match(const struct pattern *p, const struct gapped *text, struct text_range *range);

/* True when the text, which has no gap, begins or ends otherwise than the pattern asks: told of patterns that are one literal
 * at an edge, for who tries many of them. */
bool pattern_differs(const struct pattern *p, struct slice text);

/* --- what a compiled plan asks of a pattern --- */

/* How many plain texts the pattern stands for: 1 when it is one literal (with runs at its ends or not), 5 or 25 with
 * one or two option signs in it, 0 when it is more than that (inner wildcards, many signs) or has no text at all. */
size_t pattern_variants(const struct pattern *p);

/* Appends variant i of them. */
void pattern_variant(const struct pattern *p, size_t i, struct buf *out);

/* The longest literal, which every text that fits has in it; empty when there is none. */
struct slice pattern_longest(const struct pattern *p);

/* Appends bytes that are equal for equal patterns alone. */
void pattern_key(const struct pattern *p, struct buf *out);

/* A pattern that no segment of the text holds: can no gap hold it either?  (Always so without a gap.) */
bool pattern_is_impossible(const struct pattern *p, const struct gapped *text);

#endif
