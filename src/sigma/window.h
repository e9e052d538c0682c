/* SPDX-License-Identifier: Apache-2.0 */
/* Running one correlation over the events of one group, which come in order of time.
 *
 * A window begins at an event and holds all later ones that are at most `timespan` away from it (the edge counts):
 *
 *     events    a   b c      d    e
 *     windows   [---------)            abc    tested when d has come
 *                   [---------)        bcd    tested when e has come
 *                     [---------)      cd     part of bcd: not tested
 *                            [-----    de     tested at the end
 *
 * Windows slide from event to event, and each one that is not part of an earlier one is tested when it is complete.
 * A window that fulfils the condition fires: once, whole, and its events are used up, so that one burst makes one
 * finding and what goes on after it the next.  For conditions with only a lower bound this finds what any sliding
 * window would find; for upper bounds it is what gives them a meaning.  Events of one time count as in any order.
 *
 * Memory is that of one window.  One that would hold more than its limits is cut: tested as if it were complete, and
 * if it does not fire, its oldest event is dropped for the newest.  `cuts` counts these events. */
#ifndef SIGMA_WINDOW_H
#define SIGMA_WINDOW_H

#include "base/buf.h"
#include "base/err.h"
#include "src/sigma/correlation.h"

enum { WINDOW_KEY = 16 };

struct window_hit {
	uint64_t time;
	uint32_t member;         /* which of the correlation's rules */
	uint8_t value[WINDOW_KEY]; /* value_count: a digest; numbers: quantity_encode */
	size_t at, len;          /* the caller's bytes, in window_fired.bytes */
};

/* A window that fulfils the condition; valid during the call. */
struct window_fired {
	const struct window_hit *hits; /* in order */
	size_t count;
	const uint8_t *bytes;
	uint64_t reached;        /* when the condition first held, counted from the window's first event; for
	                          * conditions that more events can undo, the time of the last event */
	quantity measure;        /* what was compared: a number of events, values or rules, a sum ... */
};

struct window_listener {
	void *context;
	bool (*fired)(void *context, const struct window_fired *fired, struct err *err);
};

struct window;

/* NULL: out of memory.  At most max_hits events and max_bytes of the caller's bytes in one window. */
struct window *window_new(size_t max_hits, size_t max_bytes);
void window_free(struct window *w); /* accepts NULL */

/* A new group, of the same or of another correlation. */
MUST_CHECK bool window_begin(struct window *w, const struct correlation *c, struct err *err);

/* The next event of the group, not earlier than the one before.  Errors: ERR_NOMEM, what the listener failed with. */
MUST_CHECK bool window_add(struct window *w, const struct window_hit *hit, struct slice bytes,
	const struct window_listener *listener, struct err *err);

/* After the group's last event. */
MUST_CHECK bool window_end(struct window *w, const struct window_listener *listener, struct err *err);

/* Events so far that came when a window was full. */
uint64_t window_cuts(const struct window *w);

#endif
