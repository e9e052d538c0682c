/* SPDX-License-Identifier: Apache-2.0 */
/* Keys whose bytes are in the order of what they stand for, so that sorting (base/sorter.h) compares bytes alone. */
#ifndef BASE_SORT_KEY_H
#define BASE_SORT_KEY_H

#include "base/buf.h"

/* A number as so many bytes, the highest first. */
static inline void
sort_key_put(uint8_t *out, uint64_t number, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
}

static inline uint64_t
sort_key_take(const uint8_t *in, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | in[i];
	return number;
}

static inline void
sort_key_number(struct buf *out, uint64_t number, size_t bytes)
{
	uint8_t *room = buf_room(out, bytes);

	if (!room)
		return;
	sort_key_put(room, number, bytes);
	out->len += bytes;
}

/* A zero byte becomes 00 01, the end is 00 00: then a text comes before those that begin with it, and what stands behind it
 * orders only equal ones. */
static inline void
sort_key_text(struct buf *out, struct slice text)
{
	struct slice piece;

	for (bool more = false; slice_split(&text, 0, &piece); more = true) {
		if (more)
			buf_append(out, SLICE("\0\1"));
		buf_append(out, piece);
	}
	buf_append(out, SLICE("\0\0"));
}

#endif
