/* SPDX-License-Identifier: Apache-2.0 */
/* What a correlation's condition looks at, kept up to date as events enter a window at its end and leave it at its
 * front.  No step costs more than the logarithm of the window and one move of memory. */
#ifndef SIGMA_MEASURE_H
#define SIGMA_MEASURE_H

#include "src/sigma/window.h"

struct measure {
	const struct correlation *c;
	size_t count;
	quantity sum;
	uint32_t *present;      /* events of each member */
	size_t present_count;   /* members with any */
	/* temporal_ordered: for each member the latest possible begin of a chain from the first member to it */
	uint64_t *chain;        /* time + 1, 0: none */
	uint64_t tie;           /* time of the events that came last */
	uint8_t *tied;          /* members among these */
	size_t member_room;
	uint8_t *values;        /* WINDOW_KEY each, sorted, with repetitions */
	size_t value_room;
	size_t distinct;
};

void measure_fini(struct measure *m);

/* Empty, for that correlation.  False: out of memory. */
bool measure_begin(struct measure *m, const struct correlation *c);
void measure_clear(struct measure *m);

/* An event at the end; one at the front leaves.  False: out of memory. */
bool measure_enter(struct measure *m, const struct window_hit *hit);
void measure_leave(struct measure *m, const struct window_hit *hit);

/* The condition over the window that begins at that time, and what was compared. */
bool measure_holds(const struct measure *m, uint64_t begin, quantity *shown);

#endif
