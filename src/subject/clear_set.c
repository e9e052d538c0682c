/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/clear_set.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_SIZE = 16 };

#define MORE_MOST (UINT64_MAX / 2) /* a lying worker's sum stays there */

void
clear_set_fini(struct clear_set *set)
{
	free(set->events);
	*set = (struct clear_set){ .count = 0 };
}

static bool
is_before(const struct clear_event *a, const struct clear_event *b)
{
	return a->time != b->time ? a->time < b->time : a->record_id < b->record_id;
}

/* Of the first that is not before it. */
static size_t
place_of(const struct clear_set *set, const struct clear_event *event)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(&set->events[middle], event))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
count_more(struct clear_set *set, uint64_t count)
{
	set->more = set->more > MORE_MOST - count ? MORE_MOST : set->more + count;
}

bool
clear_set_add(struct clear_set *set, struct clear_event event)
{
	size_t at = place_of(set, &event);

	if (at < set->count && !is_before(&event, &set->events[at]))
		return true;
	if (set->count == LIMIT_COVERAGE_CLEARS) {
		count_more(set, 1);
		return true;
	}
	if (set->count == set->room) {
		size_t room = set->room ? set->room * 2 : 4;
		struct clear_event *grown = reallocarray(set->events, room, sizeof(*grown));

		if (!grown)
			return false;
		set->events = grown;
		set->room = room;
	}
	memmove(set->events + at + 1, set->events + at, (set->count - at) * sizeof(*set->events));
	set->events[at] = event;
	set->count++;
	return true;
}

uint64_t
clear_set_count(const struct clear_set *set)
{
	return set->count + set->more;
}

void
clear_set_encode(const struct clear_set *set, struct buf *out)
{
	buf_u32le(out, (uint32_t)set->count);
	for (size_t i = 0; i < set->count; i++) {
		buf_u64le(out, set->events[i].time);
		buf_u64le(out, set->events[i].record_id);
	}
	buf_u64le(out, set->more);
}

bool
clear_set_merge(struct clear_set *set, struct cursor *in)
{
	uint32_t count = cursor_u32le(in);
	uint64_t more;

	if (count > LIMIT_COVERAGE_CLEARS || count > in->rest.len / EVENT_SIZE)
		in->bad = true;
	for (uint32_t i = 0; i < count && !in->bad; i++) {
		struct clear_event event = { .time = cursor_u64le(in) };

		event.record_id = cursor_u64le(in);
		if (!clear_set_add(set, event))
			return false;
	}
	more = cursor_u64le(in);
	if (!in->bad)
		count_more(set, more < MORE_MOST ? more : MORE_MOST);
	return !in->bad;
}
