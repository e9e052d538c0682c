/* SPDX-License-Identifier: Apache-2.0 */
/* Literals too short for a window: those of one byte by one look at the text, those of two to four by their first bytes, sixteen
 * places at once where they are few (pairs.h), else by a bit for every place. */
#include "src/sigma/literal_tables.h"

#include <stdlib.h>

enum {
	PAIR_BITS = 10,
	TRIPLE_BITS = 15,  /* 4 KiB */
	PAIRS_MOST = 96,   /* more of them, and every place of a text belongs to some group */
	SINGLES_BY_TABLE = 6,
	SHORT_TWO = 1 << 24, /* no three bytes are that */
	PLACES = 256,
};

/* Up to four bytes from there on, and zeros behind the end. */
static inline uint32_t
load_short(struct slice text, size_t at)
{
	uint32_t four = 0;

	if (text.len - at >= WINDOW)
		return word_four(text.ptr + at);
	memcpy(&four, text.ptr + at, text.len - at);
	return four;
}

/* The window of a short literal of two to four bytes: the first two, or three. */
static inline uint32_t
short_window(uint32_t four, size_t len)
{
	return len == 2 ? (four & 0xFFFF) | SHORT_TWO : four & 0xFFFFFF;
}

static inline uint32_t
triple_hash(uint32_t four)
{
	return mix(four & 0xFFFFFF) >> (32 - TRIPLE_BITS);
}

/* Those of one byte first, then by the hash of their window. */
bool
literal_file_shorts(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count)
{
	struct window_entry *from = calloc(set->short_count, sizeof(*from));
	size_t n = 0;

	set->shorts = ARENA_ARRAY(arena, struct window_entry, set->short_count);
	set->pairs = ARENA_ARRAY(arena, uint64_t, 65536 / 64);
	set->triples = ARENA_ARRAY(arena, uint64_t, ((size_t)1 << TRIPLE_BITS) / 64);
	set->pair_starts = ARENA_ARRAY(arena, uint32_t, ((size_t)1 << PAIR_BITS) + 1);
	set->pair_groups = ARENA_NEW(arena, struct pairs);
	if (!from || !set->shorts || !set->pairs || !set->triples || !set->pair_starts || !set->pair_groups) {
		free(from);
		return false;
	}
	pairs_init(set->pair_groups);
	for (size_t i = 0; i < count; i++) {
		struct slice text = literals[i].text;
		uint32_t four;

		if (text.len >= set->window_least)
			continue;
		if (text.len == 1) {
			set->shorts[set->single_count++] = make_entry(&literals[i], 0, 0);
			continue;
		}
		four = load_short(text, 0);
		from[n] = make_entry(&literals[i], 0, short_window(four, text.len));
		from[n++].head = four;
		if (text.len == 2)
			set_bit(set->pairs, four & 0xFFFF);
		else
			set_bit(set->triples, triple_hash(four));
		pairs_add(set->pair_groups, text);
		set->pair_plain |= text.ptr[0] < 0x80;
	}
	set->pair_groups->usable &= n <= PAIRS_MOST;
	literal_sort(from, n, PAIR_BITS, set->shorts + set->single_count, set->pair_starts);
	free(from);
	return true;
}

/* The bytes of a literal of two to four bytes among four that were loaded. */
static inline uint32_t
short_mask(size_t len)
{
	return UINT32_MAX >> (8 * (WINDOW - len));
}

static void
try_shorts(const struct literal_set *set, struct literal_scratch *s, struct slice text, size_t at, uint32_t four, uint32_t window)
{
	uint32_t bucket = mix(window) >> (32 - PAIR_BITS);

	for (uint32_t i = set->pair_starts[bucket]; i < set->pair_starts[bucket + 1]; i++) {
		const struct window_entry *e = &set->shorts[set->single_count + i];
		size_t number = set->first + set->entry_count + set->single_count + i;

		if ((four & short_mask(e->len)) == e->head && e->len <= text.len - at && s->fired[number] != s->round)
			report(s, number, e->target);
	}
}

static void
search_singles(const struct literal_set *set, struct literal_scratch *s, struct slice text)
{
	bool there[256];

	if (set->single_count < SINGLES_BY_TABLE) {
		for (size_t i = 0; i < set->single_count && text.len; i++)
			if (memchr(text.ptr, set->shorts[i].text[0], text.len))
				report(s, set->first + set->entry_count + i, set->shorts[i].target);
		return;
	}
	memset(there, 0, sizeof(there));
	for (size_t i = 0; i < text.len; i++)
		there[text.ptr[i]] = true;
	for (size_t i = 0; i < set->single_count; i++)
		if (there[set->shorts[i].text[0]])
			report(s, set->first + set->entry_count + i, set->shorts[i].target);
}

/* Places from i to `end`, which has a byte behind it, where a short literal may stand. */
static size_t
short_places(const struct literal_set *set, struct slice text, size_t i, size_t end, uint32_t places[static PLACES])
{
	size_t count = 0;

	if (set->pair_groups->usable)
		return pairs_find(set->pair_groups, text, i, end - i, places);
	for (size_t k = i; k < end; k++) {
		uint32_t four = k + WINDOW <= text.len ? word_four(text.ptr + k) : load_short(text, k);

		places[count] = (uint32_t)(k - i);
		count += (size_t)has_bit(set->pairs, four & 0xFFFF) | (size_t)has_bit(set->triples, triple_hash(four));
	}
	return count;
}

void
literal_search_shorts(const struct literal_set *set, struct literal_scratch *s, struct slice text, bool plain)
{
	search_singles(set, s, text);
	if (set->single_count == set->short_count || (plain && !set->pair_plain))
		return;
	for (size_t i = 0, end; i + 2 <= text.len; i = end) {
		uint32_t places[PLACES];
		size_t count;

		end = text.len - 1 - i > PLACES ? i + PLACES : text.len - 1;
		count = short_places(set, text, i, end, places);
		for (size_t k = 0; k < count; k++) {
			uint32_t four = load_short(text, i + places[k]);

			if (has_bit(set->pairs, four & 0xFFFF))
				try_shorts(set, s, text, i + places[k], four, short_window(four, 2));
			if (has_bit(set->triples, triple_hash(four)))
				try_shorts(set, s, text, i + places[k], four, short_window(four, 3));
		}
	}
}
