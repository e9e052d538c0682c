/* SPDX-License-Identifier: Apache-2.0 */
/* Events that say again what one before has said.  Most of a log does, but for numbers, times and identifiers that nobody
 * looks at.  The bytes of an event that are left when those are taken away stand in the record as they are: two events
 * of one shape with the same ones have the same fields, as far as anybody looks, and nothing had to be decoded to see it. */
#ifndef EVTX_REPEAT_H
#define EVTX_REPEAT_H

#include "base/attr.h"
#include "base/buf.h"
#include "evtx/record.h"

enum { REPEAT_SLOTS = 256 };

/* Of the events with one template around one template of data. */
struct repeat_shape {
	const void *outer, *inner; /* plans, of that generation of their store */
	uint32_t generation;
	bool fits;                 /* such events have bytes that tell them apart */
	uint64_t looked_at[REPEAT_SLOTS / 64]; /* values of the data that count although they are plain (base/plain.h) */
};

/* Does anybody look at a field of that name? */
typedef bool repeat_asked(void *context, struct slice name);

/* True for a record of that shape. */
bool repeat_shape_is_for(const struct repeat_shape *shape, const struct record *record);

/* The shape of the record. */
void repeat_shape_make(struct repeat_shape *shape, const struct record *record, repeat_asked *asked, void *context);

/* Appends the bytes of a record of that shape: Computer and Security/@UserID, which values there are, and those that are
 * no plain ones or are looked at.  Left out are channel, provider, event id (the caller knows them) and what else System
 * says in plain values.  False when they would not tell it apart from others, or are too many for that to be likely: then
 * `out` may hold some of them. */
bool repeat_append(const struct repeat_shape *shape, const struct record *record, struct buf *out);

#endif
