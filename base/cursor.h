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

/* Whether that many bytes are there.  bench/decode_unchecked takes it for granted, to measure what asking costs; nothing
 * else may be built so. */
static inline bool
cursor_has(size_t there, size_t n)
{
#ifdef BENCH_UNCHECKED
	(void)there, (void)n;
	return true;
#else
	return n <= there;
#endif
}

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

	if (c->bad || !cursor_has(c->rest.len, n)) {
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

/* The same without the latch, for walks that stop at the first byte that is missing: takes n bytes off the front of the
 * slice; false, and nothing taken, when there are fewer. */
static inline bool
slice_take(struct slice *s, size_t n, const uint8_t **bytes)
{
	*bytes = s->ptr;
	if (!cursor_has(s->len, n))
		return false;
	s->ptr += n;
	s->len -= n;
	return true;
}

/* --- little-endian numbers, from bytes that are known to be there --- */

static inline uint16_t
load_u16le(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
load_u32le(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
load_u64le(const uint8_t *p)
{
	return load_u32le(p) | (uint64_t)load_u32le(p + 4) << 32;
}

/* Unsigned number of n bytes, at most 8. */
static inline uint64_t
cursor_number(struct cursor *c, size_t n)
{
	struct slice s = cursor_take(c, n);
	uint64_t number = 0;

	if (s.len == sizeof(uint64_t))
		return load_u64le(s.ptr);
	if (s.len == sizeof(uint32_t))
		return load_u32le(s.ptr);
	for (size_t i = s.len; i-- > 0;)
		number = number << 8 | s.ptr[i];
	return number;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	struct slice s = cursor_take(c, 1);

	return s.len ? s.ptr[0] : 0;
}

static inline uint16_t
cursor_u16le(struct cursor *c)
{
	struct slice s = cursor_take(c, 2);

	return s.len ? load_u16le(s.ptr) : 0;
}

static inline uint32_t
cursor_u32le(struct cursor *c)
{
	struct slice s = cursor_take(c, 4);

	return s.len ? load_u32le(s.ptr) : 0;
}

static inline uint64_t
cursor_u64le(struct cursor *c)
{
	struct slice s = cursor_take(c, 8);

	return s.len ? load_u64le(s.ptr) : 0;
}

/* The number at a place of the bytes; 0 where it does not fit in.  For tables whose size has been checked as a whole. */
static inline uint32_t
slice_u32le(struct slice s, size_t at)
{
	return at > s.len || !cursor_has(s.len - at, 4) ? 0 : load_u32le(s.ptr + at);
}

static inline uint64_t
slice_u64le(struct slice s, size_t at)
{
	return at > s.len || !cursor_has(s.len - at, 8) ? 0 : load_u64le(s.ptr + at);
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
