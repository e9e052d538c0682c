/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables over literals share: windows of four bytes, their hash, and entries by bucket. */
#ifndef SIGMA_LITERAL_TABLES_H
#define SIGMA_LITERAL_TABLES_H

#include "base/word.h"
#include "src/sigma/literals.h"

enum { WINDOW = 4 };

/* The upper bits are the good ones. */
static inline uint32_t
mix(uint64_t window)
{
	return (uint32_t)((window * 0x9E3779B97F4A7C15u) >> 32);
}

static inline bool
has_bit(const uint64_t *bits, uint32_t at)
{
	return bits[at >> 6] >> (at & 63) & 1;
}

static inline void
set_bit(uint64_t *bits, uint32_t at)
{
	bits[at >> 6] |= (uint64_t)1 << (at & 63);
}

static inline unsigned
bits_for(size_t count, unsigned least, unsigned most)
{
	unsigned bits = least;

	while (bits < most && (size_t)1 << bits < count)
		bits++;
	return bits;
}

static inline struct window_entry
make_entry(const struct literal *literal, size_t before, uint64_t window)
{
	return (struct window_entry){ .window = window, .head = literal->text.len >= 8 ? word_eight(literal->text.ptr) : 0,
		.text = literal->text.ptr, .len = (uint32_t)literal->text.len, .before = (uint32_t)before,
		.target = literal->target };
}

static inline bool
is_ascii(struct slice text)
{
	uint64_t all = 0;
	size_t i = 0;

	if (text.len < WINDOW) {
		for (; i < text.len; i++)
			all |= text.ptr[i];
	} else if (text.len < 8) {
		all = (uint64_t)word_four(text.ptr) | word_four(text.ptr + text.len - WINDOW);
	} else {
		for (; i + 32 <= text.len; i += 32)
			all |= word_eight(text.ptr + i) | word_eight(text.ptr + i + 8) | word_eight(text.ptr + i + 16) | word_eight(text.ptr + i + 24);
		for (; i + 8 <= text.len; i += 8)
			all |= word_eight(text.ptr + i);
		all |= word_eight(text.ptr + text.len - 8);
	}
	return !(all & 0x8080808080808080u);
}

static inline void
report(struct literal_scratch *s, size_t number, uint32_t target)
{
	s->fired[number] = s->round;
	s->found[s->found_count++] = target;
}

/* Sorts entries by bucket, keeping their order; starts[], which must be zero, has one more than there are buckets. */
void literal_sort(const struct window_entry *from, size_t count, unsigned bucket_bits, struct window_entry *to, uint32_t *starts);

/* The short ones among the literals, of which set->window_least and set->short_count tell.  False: memory ran out. */
bool literal_file_shorts(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count);
void literal_search_shorts(const struct literal_set *set, struct literal_scratch *s, struct slice text, bool plain);

#endif
