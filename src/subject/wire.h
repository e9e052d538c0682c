/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this module: pieces that parts, blocks and findings share on their way between processes.  Both ends are
 * this program, but the reading end trusts no count and no length: the other one may have been taken over. */
#ifndef SUBJECT_WIRE_H
#define SUBJECT_WIRE_H

#include "base/buf.h"
#include "src/subject/part.h"

enum { WIRE_PART = 36, WIRE_EVIDENCE_AT = 24 }; /* bytes of one subject_part, and where its evidence stands */

static inline void
wire_put_part(struct buf *out, const struct subject_part *part)
{
	buf_u64le(out, part->record_id);
	buf_u64le(out, part->time);
	buf_u64le(out, part->offset);
	buf_u32le(out, part->evidence);
	buf_u32le(out, part->number);
	buf_u32le(out, part->flags);
}

static inline struct subject_part
wire_take_part(struct cursor *in)
{
	struct subject_part part;

	part.record_id = cursor_u64le(in);
	part.time = cursor_u64le(in);
	part.offset = cursor_u64le(in);
	part.evidence = cursor_u32le(in);
	part.number = cursor_u32le(in);
	part.flags = cursor_u32le(in);
	return part;
}

/* The same record under another index of its input.  False: it is not of the input `from`. */
static inline bool
wire_move_part(uint8_t *at, uint32_t from, uint32_t to)
{
	uint8_t *evidence = at + WIRE_EVIDENCE_AT;
	uint32_t index = load_u32le(evidence);

	buf_put_le(evidence, to, sizeof(to));
	return index == from;
}

static inline void
wire_put_guid(struct buf *out, const struct guid *guid)
{
	buf_append(out, slice_from(guid->bytes, sizeof(guid->bytes)));
}

static inline struct guid
wire_take_guid(struct cursor *in)
{
	struct slice bytes = cursor_take(in, sizeof(((struct guid *)0)->bytes));
	struct guid guid = { { 0 } };

	if (bytes.len)
		memcpy(guid.bytes, bytes.ptr, bytes.len);
	return guid;
}

/* A u32 count of things that have at least `least` bytes each: false when so many cannot follow. */
static inline bool
wire_take_count(struct cursor *in, size_t least, size_t *count)
{
	*count = cursor_u32le(in);
	if (!in->bad && *count <= in->rest.len / least)
		return true;
	in->bad = true;
	*count = 0;
	return false;
}

#endif
