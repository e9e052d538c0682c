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

void buf_append(struct buf *b, struct slice s);
void buf_append_text(struct buf *b, const char *text);
void buf_append_byte(struct buf *b, uint8_t byte);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Little-endian numbers and counted slices (u32 length + bytes): what cursor_u32le ... cursor_counted read. */
void buf_u8(struct buf *b, uint8_t v);
void buf_u16le(struct buf *b, uint16_t v);
void buf_u32le(struct buf *b, uint32_t v);
void buf_u64le(struct buf *b, uint64_t v);
void buf_counted(struct buf *b, struct slice s);

/* What was written, borrowed until the next append. */
static inline struct slice
buf_view(const struct buf *b)
{
	return (struct slice){ b->ptr, b->len };
}

#endif
