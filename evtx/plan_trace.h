/* SPDX-License-Identifier: Apache-2.0 */
/* Where the walk over an element without a template (plan_shape.c) went.  Records of one log are mostly written alike: the
 * one that follows has the same bytes but for its texts and the sizes of its elements, and then it need not be walked
 * over again. */
#ifndef EVTX_PLAN_TRACE_H
#define EVTX_PLAN_TRACE_H

#include "base/cursor.h"
#include "evtx/plan.h"

enum { PLAN_TRACE = 16 * 1024 /* bytes of the element; 2,000 in usual ones */, PLAN_TRACE_SIZES = 512 };

struct plan_trace {
	bool usable;
	struct slice element; /* in the chunk's buffer: all of it, without an end token */
	size_t texts;
	uint16_t ends[PLAN_SLOTS]; /* of what stands before each text, from the start of the element */
	uint16_t nexts[PLAN_SLOTS]; /* behind each text */
	/* While the walk goes on. */
	const uint8_t *start;
	uint32_t highest; /* chunk offset of a name */
	size_t sizes;
	uint32_t size_at[PLAN_TRACE_SIZES]; /* from the start */
	uint8_t mask[PLAN_TRACE + 16]; /* of the element's bytes: zeros where sizes stand */
};

static inline void
plan_trace_begin(struct plan_trace *t, const uint8_t *start)
{
	t->usable = false;
	t->start = start;
	t->highest = 0;
	t->sizes = 0;
}

static inline void
plan_trace_size(struct plan_trace *t, const uint8_t *at)
{
	if (t->sizes < PLAN_TRACE_SIZES)
		t->size_at[t->sizes] = (uint32_t)(at - t->start);
	t->sizes++;
}

static inline void
plan_trace_name(struct plan_trace *t, uint32_t offset)
{
	t->highest = t->highest < offset ? offset : t->highest;
}

/* The walk ended at `end`; its texts are the instance's values.  The trace is good until the chunk's bytes change. */
void plan_trace_end(struct plan_trace *t, struct slice chunk, const uint8_t *end, const struct plan_instance *instance, size_t texts);

/* Takes an element that is like the one of the trace off the bytes, with its texts as values; false when it is not, or
 * may not be: it has to be walked over. */
bool plan_trace_repeats(const struct plan_trace *t, struct slice chunk, struct slice *bytes, struct plan_instance *instance);

#endif
