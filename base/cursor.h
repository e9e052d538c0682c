/* SPDX-License-Identifier: Apache-2.0 */
/* A cursor reads little-endian numbers and runs of bytes from a slice and cannot overrun it.  Past the end every
 * read gives zeros and the flag `bad` stays set, so a decoder reads a whole structure like the format's own table
 * and asks once.  All reading of file bytes goes through a cursor; nothing else does pointer arithmetic on them. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/slice.h"

struct cursor {
	struct slice rest; /* what has not been read */
	uint64_t at;       /* position of rest.ptr: in the file, the chunk, whatever the maker said */
	bool bad;          /* a read went past the end */
};

static inline struct cursor
cursor_over(struct slice bytes, uint64_t at)
{
	return (struct cursor){ .rest = bytes, .at = at, .bad = false };
}

/* The next n bytes, borrowed from what the cursor reads; the empty slice past the end. */
static inline struct slice
cursor_take(struct cursor *c, size_t n)
{
	struct slice taken = { c->rest.ptr, n };

	if (c->bad || n > c->rest.len) {
		c->bad = true;
		return SLICE_EMPTY;
	}
	if (n) {
		c->rest.ptr += n;
		c->rest.len -= n;
		c->at += n;
	}
	return taken;
}

/* Little-endian unsigned number of n bytes, at most 8. */
static inline uint64_t
cursor_number(struct cursor *c, size_t n)
{
	const uint8_t *p = c->rest.ptr;
	uint64_t v = 0;

	if (c->bad || n > c->rest.len) {
		c->bad = true;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	c->rest = (struct slice){ p + n, c->rest.len - n };
	c->at += n;
	return v;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	return (uint8_t)cursor_number(c, 1);
}

static inline uint16_t
cursor_u16le(struct cursor *c)
{
	return (uint16_t)cursor_number(c, 2);
}

static inline uint32_t
cursor_u32le(struct cursor *c)
{
	return (uint32_t)cursor_number(c, 4);
}

static inline uint64_t
cursor_u64le(struct cursor *c)
{
	return cursor_number(c, 8);
}

/* The number at a place of the bytes; 0 where it does not fit in.  For tables whose size has been checked as a whole. */
static inline uint32_t
slice_u32le(struct slice s, size_t at)
{
	const uint8_t *p;

	if (at > s.len || s.len - at < 4)
		return 0;
	p = s.ptr + at;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
slice_u64le(struct slice s, size_t at)
{
	return at > s.len || s.len - at < 8 ? 0 : slice_u32le(s, at) | (uint64_t)slice_u32le(s, at + 4) << 32;
}

/* The byte that comes next, without moving; 0 at the end (bad is not set). */
static inline uint8_t
cursor_peek(const struct cursor *c)
{
	return c->bad || c->rest.len == 0 ? 0 : c->rest.ptr[0];
}

/* A cursor over the next n bytes alone, with their own bound; moves this one behind them. */
static inline struct cursor
cursor_sub(struct cursor *c, size_t n)
{
	uint64_t at = c->at;
	struct slice s = cursor_take(c, n);

	return (struct cursor){ .rest = s, .at = at, .bad = c->bad };
}

/* A slice that the writer put as u32 length + bytes (our own messages). */
static inline struct slice
cursor_counted(struct cursor *c)
{
	uint32_t n = cursor_u32le(c);

	return cursor_take(c, n);
}

#endif
