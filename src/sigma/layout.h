/* SPDX-License-Identifier: Apache-2.0 */
/* Where an event's fields are.  Events of one kind come with the same names in the same order, so what each name of a
 * rule leads to (sigma_event_field tells how) is worked out once and kept with the names it was worked out for. */
#ifndef SIGMA_LAYOUT_H
#define SIGMA_LAYOUT_H

#include "src/sigma/event.h"
#include "src/sigma/memory.h"
#include "src/sigma/plan.h"

enum { LAYOUT_RECENT = 38 };

/* The text that stood at a place the last time, when it was short, and the number of what it yielded: fields often say
 * what they said one event before. */
struct layout_recent {
	uint32_t list, generation; /* of the memory that knows the number; 0: nothing yet */
	bool quiet; /* no keyword of the plan's hop stands in it */
	uint8_t len, bytes[LAYOUT_RECENT];
};

/* A field as the layout knows it. */
struct layout_name {
	struct slice name;
	uint64_t mark;       /* name_mark of it */
	bool plain;          /* so is its text */
};

/* The key under which a memory knows the text of a field, in the event of that round. */
struct layout_key {
	uint64_t round;
	struct keyed_hash key;
};

struct layout {
	size_t field_count, system_count;
	struct layout_name *names; /* of the event: payload, then system */
	uint32_t *starts;     /* by wanted field; one more at the end */
	uint32_t *places;     /* in the event: payload fields, then system fields; ascending for each wanted field */
	struct layout_recent *recent; /* by index in places */
	struct layout_key *keys;      /* by index in places */
	uint32_t *changed;    /* indexes in places: whose text is not known to be quiet */
	size_t changed_count;
	uint32_t *wordy;      /* places of texts that are not plain */
	size_t wordy_count;
	uint64_t *quiet;      /* by place in the event: the round in which its text was known to be quiet */
};

bool layout_fits(const struct layout *l, const struct sigma_event *event);

/* For those fields of the plan (none of them keywords).  NULL: memory ran out. */
struct layout *layout_new(const struct plan *plan, const uint32_t *wanted, size_t wanted_count,
	const struct sigma_event *event);
void layout_free(struct layout *l); /* accepts NULL */

static inline const struct sigma_field *
layout_field(const struct sigma_event *event, uint32_t place)
{
	return place < event->field_count ? &event->fields[place] : &event->system[place - event->field_count];
}

#endif
