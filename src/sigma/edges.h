/* SPDX-License-Identifier: Apache-2.0 */
/* Texts filed by an edge: whole values, beginnings and ends.  A table files each by a key made of its first, or last, up to
 * eight bytes, so one that is longer is told by a look at its key and compared only then.  Which lengths of keys there are at
 * all is kept by a byte of the edge: most texts are told by that alone.  Filing and looking up make the keys by the functions
 * below; where a text has EDGE_PAD bytes around it, words are loaded without asking for its length. */
#ifndef SIGMA_EDGES_H
#define SIGMA_EDGES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <string.h>

enum {
	EDGE_KEY = 8,  /* bytes of a key */
	EDGE_PAD = 16,
	EDGE_BYTES = 64,
};

enum edge_kind { EDGE_WHOLE, EDGE_FRONT, EDGE_BACK, EDGE_KINDS };

struct edge {
	uint64_t key;
	const uint8_t *text;
	uint32_t len;
	uint32_t atom;
	uint32_t next; /* with the same hash: index + 1 */
};

struct edge_table {
	uint8_t lengths[EDGE_BYTES]; /* by edge_byte: bit n - 1: a key of n bytes; of whole values: bit n % 8 */
	unsigned bits;
	uint32_t *heads;  /* index + 1 */
	struct edge *edges;
	size_t count;
};

/* An edge to be filed; text is borrowed for the life of the table. */
struct edge edge_of(enum edge_kind kind, struct slice text, uint32_t atom);

/* Files what `edges` holds; *shortest becomes the length of the shortest text, if that is less.  False: memory ran out. */
bool edge_table_make(struct edge_table *t, struct arena *arena, const struct buf *edges, enum edge_kind kind, size_t *shortest);

static inline size_t
edge_key_len(size_t len)
{
	return len < EDGE_KEY ? len : EDGE_KEY;
}

static inline uint64_t
edge_key(uint64_t word, size_t n)
{
	return word * 0x9E3779B97F4A7C15u + n;
}

static inline uint64_t
edge_load(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, edge_key_len(n));
	return word;
}

/* Of the first, or last, n bytes. */
static inline uint64_t
edge_front_key(struct slice text, size_t n)
{
	return n ? edge_key(edge_load(text.ptr, n), n) : 0;
}

static inline uint64_t
edge_back_key(struct slice text, size_t n)
{
	return n ? edge_key(edge_load(text.ptr + text.len - n, n), n) : 0;
}

/* The same of a text with EDGE_PAD bytes around it. */
static inline uint64_t
edge_padded_front_key(struct slice text, size_t n)
{
	uint64_t word;

	memcpy(&word, text.ptr, sizeof(word));
	return edge_key(word & UINT64_MAX >> (64 - 8 * n), n);
}

static inline uint64_t
edge_padded_back_key(struct slice text, size_t n)
{
	uint64_t word;

	memcpy(&word, text.ptr + text.len - n, sizeof(word));
	return edge_key(word & UINT64_MAX >> (64 - 8 * n), n);
}

static inline uint64_t
edge_whole_key(struct slice text)
{
	size_t n = edge_key_len(text.len);

	return (edge_front_key(text, n) ^ (edge_back_key(text, n) * 31)) + text.len;
}

/* Where a table of lengths is asked: by the first byte of a text, or by the last where its end is what counts. */
static inline size_t
edge_byte(enum edge_kind kind, struct slice text)
{
	return text.len ? text.ptr[kind == EDGE_FRONT ? 0 : text.len - 1] % EDGE_BYTES : 0;
}

static inline uint8_t
edge_length_bit(enum edge_kind kind, size_t len)
{
	return (uint8_t)(1u << (kind == EDGE_WHOLE ? len % 8 : edge_key_len(len) - 1));
}

/* May the text be a whole value of the table? */
static inline bool
edge_whole_may(const struct edge_table *t, struct slice text)
{
	return t->lengths[edge_byte(EDGE_WHOLE, text)] & edge_length_bit(EDGE_WHOLE, text.len);
}

/* The lengths of keys that may stand at that edge of the text: bit n - 1 for n bytes. */
static inline unsigned
edge_lengths(const struct edge_table *t, enum edge_kind kind, struct slice text)
{
	return t->lengths[edge_byte(kind, text)] & ((1u << edge_key_len(text.len)) - 1);
}

static inline uint32_t
edge_head(const struct edge_table *t, uint64_t key)
{
	return (uint32_t)(((key ^ key >> 29) * 0xBF58476D1CE4E5B9u) >> (64 - t->bits));
}

static inline const struct edge *
edge_at(const struct edge_table *t, uint32_t place)
{
	return place ? &t->edges[place - 1] : NULL;
}

/* The edges with that hash, one after the other: key and text are still to be compared. */
static inline const struct edge *
edge_first(const struct edge_table *t, uint64_t key)
{
	return edge_at(t, t->heads[edge_head(t, key)]);
}

static inline const struct edge *
edge_next(const struct edge_table *t, const struct edge *e)
{
	return edge_at(t, e->next);
}

static inline struct slice
edge_text(const struct edge *e)
{
	return slice_from(e->text, e->len);
}

#endif
