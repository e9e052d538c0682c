/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/window.h"

#include "base/limits.h"
#include "src/sigma/measure.h"

#include <stdlib.h>

enum { HITS_LEAST = 64 };

struct window {
	size_t max_hits, max_bytes;
	uint64_t cuts;
	struct measure measure;
	/* the window: hits[first .. end), their bytes in one buffer, that of dropped ones in front */
	struct window_hit *hits;
	size_t first, end, room;
	struct buf bytes;
	bool grown;      /* an event came since the last test: the window is no part of the one tested */
};

struct window *
window_new(size_t max_hits, size_t max_bytes)
{
	struct window *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->max_hits = max_hits;
	w->max_bytes = max_bytes;
	/* The living, as many dropped ones that are not yet moved out, and one that alone is longer. */
	buf_init(&w->bytes, 2 * max_bytes + LIMIT_MESSAGE);
	return w;
}

void
window_free(struct window *w)
{
	if (!w)
		return;
	measure_fini(&w->measure);
	buf_fini(&w->bytes);
	free(w->hits);
	free(w);
}

uint64_t
window_cuts(const struct window *w)
{
	return w->cuts;
}

static void
clear(struct window *w)
{
	w->first = w->end = 0;
	w->grown = false;
	buf_reset(&w->bytes);
	measure_clear(&w->measure);
}

bool
window_begin(struct window *w, const struct correlation *c, struct err *err)
{
	if (!measure_begin(&w->measure, c))
		return err_nomem(err);
	clear(w);
	return true;
}

static size_t
live_bytes(const struct window *w)
{
	return w->first == w->end ? 0 : w->bytes.len - w->hits[w->first].at;
}

/* Moves what is alive to the front once most is not. */
static void
compact(struct window *w)
{
	size_t kept = w->end - w->first, at = kept ? w->hits[w->first].at : w->bytes.len;

	if ((w->first < HITS_LEAST || w->first < kept) && at < w->max_bytes)
		return;
	if (w->bytes.len > at)
		memmove(w->bytes.ptr, w->bytes.ptr + at, w->bytes.len - at);
	w->bytes.len -= at;
	memmove(w->hits, w->hits + w->first, kept * sizeof(*w->hits));
	for (size_t i = 0; i < kept; i++)
		w->hits[i].at -= at;
	w->first = 0;
	w->end = kept;
}

static void
drop_first(struct window *w)
{
	measure_leave(&w->measure, &w->hits[w->first]);
	w->first++;
	compact(w);
}

/* The time at which the condition first held, event by event from the window's begin; those of one time together. */
static bool
find_reached(struct window *w, uint64_t *reached)
{
	uint64_t begin = w->hits[w->first].time;
	quantity shown;

	*reached = w->hits[w->end - 1].time;
	if (!correlation_is_rising(w->measure.c))
		return true;
	measure_clear(&w->measure);
	for (size_t i = w->first; i < w->end; i++) {
		if (!measure_enter(&w->measure, &w->hits[i]))
			return false;
		if (i + 1 < w->end && w->hits[i + 1].time == w->hits[i].time)
			continue;
		if (!measure_holds(&w->measure, begin, &shown))
			continue;
		*reached = w->hits[i].time;
		return true;
	}
	return true;
}

/* Tests the window as it stands; one that fires is empty afterwards. */
static bool
test(struct window *w, const struct window_listener *listener, struct err *err)
{
	struct window_fired fired = { .hits = w->hits + w->first, .count = w->end - w->first, .bytes = w->bytes.ptr };

	w->grown = false;
	if (!measure_holds(&w->measure, fired.hits[0].time, &fired.measure))
		return true;
	if (!find_reached(w, &fired.reached))
		return err_nomem(err);
	if (!listener->fired(listener->context, &fired, err))
		return false;
	clear(w);
	return true;
}

static bool
push(struct window *w, const struct window_hit *hit, struct slice bytes)
{
	if (w->end == w->room) {
		size_t room = w->room ? w->room * 2 : HITS_LEAST;
		struct window_hit *grown = reallocarray(w->hits, room, sizeof(*grown));

		if (!grown)
			return false;
		w->hits = grown;
		w->room = room;
	}
	w->hits[w->end] = *hit;
	w->hits[w->end].at = w->bytes.len;
	w->hits[w->end].len = bytes.len;
	buf_append(&w->bytes, bytes);
	w->end++;
	w->grown = true;
	return !w->bytes.failed && measure_enter(&w->measure, hit);
}

bool
window_add(struct window *w, const struct window_hit *hit, struct slice bytes, const struct window_listener *listener,
	struct err *err)
{
	uint64_t span = w->measure.c->timespan;

	if (w->first < w->end && hit->time - w->hits[w->first].time > span) {
		if (w->grown && !test(w, listener, err))
			return false;
		while (w->first < w->end && hit->time - w->hits[w->first].time > span)
			drop_first(w);
	}
	if (w->first < w->end &&
		(w->end - w->first == w->max_hits || live_bytes(w) + bytes.len > w->max_bytes)) {
		w->cuts++;
		if (!test(w, listener, err))
			return false;
		while (w->first < w->end &&
			(w->end - w->first == w->max_hits || live_bytes(w) + bytes.len > w->max_bytes))
			drop_first(w);
	}
	return push(w, hit, bytes) || err_nomem(err);
}

bool
window_end(struct window *w, const struct window_listener *listener, struct err *err)
{
	bool good = w->first == w->end || !w->grown || test(w, listener, err);

	clear(w);
	return good;
}
