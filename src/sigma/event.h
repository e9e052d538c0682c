/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule is applied to: a handful of named texts, with the log they come from.  Sigma knows nothing of EVTX
 * or PowerShell; whoever makes the event decides which names it answers to. */
#ifndef SIGMA_EVENT_H
#define SIGMA_EVENT_H

#include "base/slice.h"

struct sigma_field {
	struct slice name; /* as rules write it */
	uint64_t mark;     /* name_mark of the name (base/name.h), or 0 */
	struct slice text; /* WTF-8 */
	bool null;         /* present in the record, but without a value */
	bool plain;        /* known to be a plain text (base/plain.h), so that no word stands in it */
	/* Byte offsets in text, ascending, where an unknown stretch may stand: 0 when the beginning is missing,
	 * text.len when the end is.  Nothing matches across a gap.  Set by sigma_event_gaps alone. */
	const size_t *gaps;
	size_t gap_count;
};

struct sigma_event {
	struct slice channel; /* decides the log source, with provider and event id */
	struct slice provider;
	uint32_t event_id;
	const struct sigma_field *fields; /* payload first, in order; a name may occur several times */
	size_t field_count;
	const struct sigma_field *system; /* EventID, Channel, Computer ...: looked up behind the payload, except
	                                   * EventID, which is always this one */
	size_t system_count;
	bool gapped; /* some payload field has a gap; system fields have none.  Set by sigma_event_gaps alone */
};

/* Gives a payload field of the event its gaps; both hear of it, because a matcher that is not told of gaps takes what it does
 * not find for false.  tests/layers.sh finds whoever writes gaps in another way. */
static inline void
sigma_event_gaps(struct sigma_event *event, struct sigma_field *field, const size_t *gaps, size_t count)
{
	field->gaps = gaps;
	field->gap_count = count;
	event->gapped |= count > 0;
}

/* Whether the name of a field is that name once its blanks are taken out, and has some. */
bool sigma_name_has_blanks(struct slice field, struct slice name);

/* The fields a name leads to (sigma.md 12.1): exact, then with blanks taken out of the event's name, then without
 * case; payload before system.  Call with *at = 0 and again to get the next field of that name; NULL at the end. */
const struct sigma_field *sigma_event_field(const struct sigma_event *event, struct slice name, size_t *at);

static inline uint64_t
sigma_last_bytes(struct slice s)
{
	uint64_t word = 0;

	if (s.len >= sizeof(word))
		memcpy(&word, s.ptr + s.len - sizeof(word), sizeof(word));
	return word ^ s.len;
}

/* A cheap hash of what decides the log source.  Not keyed: good for a place that is compared, and behind which stands a
 * table that is. */
static inline uint32_t
sigma_source_hash(struct slice channel, struct slice provider, uint32_t event_id)
{
	uint64_t word = (sigma_last_bytes(channel) * 31 + sigma_last_bytes(provider)) * 31 + event_id;

	return (uint32_t)((word * 0x9E3779B97F4A7C15u) >> 32);
}

#endif
