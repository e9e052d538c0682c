/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer that grows up to the maximum it was made with.  The first append that fails (too long, or no memory)
 * sets `failed`, which stays set and makes the later ones do nothing: write a whole structure, ask once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attr.h"
#include "base/slice.h"

struct buf {
	uint8_t *ptr;
	size_t len;
	size_t capacity;
	size_t max;
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
void buf_reset(struct buf *b); /* empty and not failed; keeps the memory */

/* Room for n more bytes behind len; NULL (and failed) when there is none.  Advance b->len by what was used. */
uint8_t *buf_reserve(struct buf *b, size_t n);

/* Room that is there already: the usual case of buf_reserve. */
static inline uint8_t *
buf_room(struct buf *b, size_t n)
{
	size_t end = b->capacity < b->max ? b->capacity : b->max;

	return !b->failed && b->ptr && b->len <= end && n <= end - b->len ? b->ptr + b->len : buf_reserve(b, n);
}

static inline void
buf_append(struct buf *b, struct slice s)
{
	uint8_t *room = s.len ? buf_room(b, s.len) : NULL;

	if (!room)
		return;
	memcpy(room, s.ptr, s.len);
	b->len += s.len;
}

static inline void
buf_append_text(struct buf *b, const char *text)
{
	buf_append(b, slice_from_text(text));
}

static inline void
buf_append_byte(struct buf *b, uint8_t byte)
{
	uint8_t *room = buf_room(b, 1);

	if (!room)
		return;
	*room = byte;
	b->len++;
}

void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_decimal(struct buf *b, uint64_t number); /* as "%llu", where there are many */
void buf_thousands(struct buf *b, uint64_t number); /* 1,234: for people, whatever the locale */

/* Little-endian numbers and counted slices (u32 length + bytes): what cursor_u32le ... cursor_counted read. */
static inline void
buf_put_le(uint8_t *room, uint64_t v, size_t size)
{
	uint8_t bytes[] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24), (uint8_t)(v >> 32),
		(uint8_t)(v >> 40), (uint8_t)(v >> 48), (uint8_t)(v >> 56) };

	memcpy(room, bytes, size); /* one store for a size that is known; a loop stays a loop */
}

/* In place of four bytes that were appended before: a length or a count that was not known then. */
static inline void
buf_patch_u32le(struct buf *b, size_t at, uint32_t v)
{
	if (!b->failed)
		buf_put_le(b->ptr + at, v, sizeof(v));
}

static inline void
buf_append_le(struct buf *b, uint64_t v, size_t size)
{
	uint8_t *room = buf_room(b, size);

	if (!room)
		return;
	buf_put_le(room, v, size);
	b->len += size;
}

static inline void
buf_u8(struct buf *b, uint8_t v)
{
	buf_append_byte(b, v);
}

static inline void
buf_u16le(struct buf *b, uint16_t v)
{
	buf_append_le(b, v, 2);
}

static inline void
buf_u32le(struct buf *b, uint32_t v)
{
	buf_append_le(b, v, 4);
}

static inline void
buf_u64le(struct buf *b, uint64_t v)
{
	buf_append_le(b, v, 8);
}

static inline void
buf_counted(struct buf *b, struct slice s)
{
	uint8_t *room = s.len <= UINT32_MAX ? buf_room(b, 4 + s.len) : NULL;

	if (!room) {
		b->failed = true;
		return;
	}
	buf_put_le(room, s.len, 4);
	if (s.len)
		memcpy(room + 4, s.ptr, s.len);
	b->len += 4 + s.len;
}

/* What was written, borrowed until the next append. */
static inline struct slice
buf_view(const struct buf *b)
{
	return (struct slice){ b->ptr, b->len };
}

#endif
