/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/literal_tables.h"

#include "base/limits.h"

#include <stdlib.h>

enum {
	MOST_STEP = 4,
	FOUR_AS_SHORT = 48, /* literals of four bytes at most that are looked for as short ones, for a longer step */
	BITMAP_LEAST = 12, /* 4,096 bits */
	BITMAP_MOST = 18,  /* 32 KiB: stays in the first cache */
	BITS_PER_LITERAL = 32,
	PLACES = 256,
	WORTH_PARTING = 64, /* literals */
};

void
rarity_add(struct rarity *r, struct slice literal)
{
	for (size_t i = 0; i + WINDOW <= literal.len; i++)
		r->counts[mix(word_four(literal.ptr + i)) >> (32 - RARITY_BITS)]++;
}

/* How often the run of four occurs in rules. */
static uint32_t
rarity_of(const struct rarity *r, const uint8_t *window)
{
	return r->counts[mix(word_four(window)) >> (32 - RARITY_BITS)];
}

/* The rarest run of windows, one for each step, whose buckets are not full; where all are, the rarest. */
static size_t
choose_windows(const struct literal_set *set, struct slice text, const struct rarity *rarity, const uint32_t *fill)
{
	size_t best = 0;
	uint64_t best_score = UINT64_MAX;

	for (size_t i = 0; i + WINDOW + set->step - 1 <= text.len && i < LIMIT_LITERAL_WINDOWS; i++) {
		uint64_t score = 0;

		for (size_t k = i; k < i + set->step; k++) {
			score += rarity_of(rarity, text.ptr + k);
			if (fill[mix(word_four(text.ptr + k)) >> (32 - set->bucket_bits)] >= LIMIT_LITERAL_BUCKET)
				score += (uint64_t)1 << 32;
		}
		if (score < best_score) {
			best_score = score;
			best = i;
		}
	}
	return best;
}

static void
count_lengths(struct literal_set *set, const struct literal *literals, size_t count)
{
	size_t fours = 0;

	for (size_t i = 0; i < count; i++)
		fours += literals[i].text.len == WINDOW;
	set->window_least = fours <= FOUR_AS_SHORT ? WINDOW + 1 : WINDOW;
	set->shortest = SIZE_MAX;
	for (size_t i = 0; i < count; i++) {
		size_t len = literals[i].text.len;

		if (len < set->window_least)
			set->short_count++;
		else if (len < set->shortest)
			set->shortest = len;
	}
	set->step = (unsigned)(set->shortest - WINDOW + 1 < MOST_STEP ? set->shortest - WINDOW + 1 : MOST_STEP);
	set->entry_count = count - set->short_count;
}

/* starts[] first counts, then points behind, then in front. */
void
literal_sort(const struct window_entry *from, size_t count, unsigned bucket_bits, struct window_entry *to, uint32_t *starts)
{
	size_t buckets = (size_t)1 << bucket_bits, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[mix(from[i].window) >> (32 - bucket_bits)]++;
	for (size_t i = 0; i <= buckets; i++) {
		sum += starts[i];
		starts[i] = (uint32_t)sum;
	}
	for (size_t i = count; i-- > 0;)
		to[--starts[mix(from[i].window) >> (32 - bucket_bits)]] = from[i];
}

/* A literal's windows, one for each place that a search by steps may come to. */
static void
file_literal(const struct literal_set *set, const struct literal *literal, uint32_t number, const struct rarity *rarity,
	uint32_t *fill, struct window_entry *to)
{
	size_t before = choose_windows(set, literal->text, rarity, fill);

	for (size_t i = 0; i < set->step; i++) {
		uint64_t window = word_four(literal->text.ptr + before + i);

		fill[mix(window) >> (32 - set->bucket_bits)]++;
		to[i] = make_entry(literal, before + i, window);
		to[i].number = number & INT32_MAX;
		to[i].again = i > 0;
	}
}

static bool
file_windows(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count,
	const struct rarity *rarity)
{
	size_t windows = set->entry_count * set->step, n = 0;
	struct window_entry *from = calloc(windows + 1, sizeof(*from));
	uint32_t *fill;

	set->bitmap_bits = bits_for(windows * BITS_PER_LITERAL, BITMAP_LEAST, BITMAP_MOST);
	set->bucket_bits = bits_for(windows * 2, 4, 30);
	fill = calloc((size_t)1 << set->bucket_bits, sizeof(*fill));
	set->bitmap = ARENA_ARRAY(arena, uint64_t, ((size_t)1 << set->bitmap_bits) / 64);
	set->starts = ARENA_ARRAY(arena, uint32_t, ((size_t)1 << set->bucket_bits) + 1);
	set->entries = ARENA_ARRAY(arena, struct window_entry, windows);
	if (from && fill && set->bitmap && set->starts && set->entries) {
		for (size_t i = 0; i < count; i++) {
			if (literals[i].text.len < set->window_least)
				continue;
			file_literal(set, &literals[i], (uint32_t)n, rarity, fill, &from[n * set->step]);
			n++;
		}
		literal_sort(from, windows, set->bucket_bits, set->entries, set->starts);
		for (size_t i = 0; i < windows; i++)
			set_bit(set->bitmap, mix(from[i].window) >> (32 - set->bitmap_bits));
	}
	free(from);
	free(fill);
	return n == set->entry_count;
}

static bool
make_set(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count,
	const struct rarity *rarity)
{
	*set = (struct literal_set){ .count = count };
	count_lengths(set, literals, count);
	if (set->entry_count && !file_windows(set, arena, literals, count, rarity))
		return false;
	return set->short_count == 0 || literal_file_shorts(set, arena, literals, count);
}

/* The ASCII literals in front, the others behind them; returns how many there are of the first. */
static size_t
part(const struct literal *literals, size_t count, struct literal *out)
{
	size_t front = 0, back = count;

	for (size_t i = 0; i < count; i++)
		if (is_ascii(literals[i].text))
			out[front++] = literals[i];
		else
			out[--back] = literals[i];
	return front;
}

static bool
make_parted(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count,
	struct literal *parted, const struct rarity *rarity)
{
	size_t plain = part(literals, count, parted);

	if (!make_set(set, arena, parted, plain, rarity))
		return false;
	set->count = count;
	if (plain == count)
		return true;
	set->beyond = ARENA_NEW(arena, struct literal_set);
	if (!set->beyond || !make_set(set->beyond, arena, parted + plain, count - plain, rarity))
		return false;
	set->beyond->first = plain;
	return true;
}

bool
literal_set_make(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count,
	const struct rarity *rarity)
{
	struct literal *parted;
	bool made;

	if (count < WORTH_PARTING)
		return make_set(set, arena, literals, count, rarity);
	parted = calloc(count, sizeof(*parted));
	made = parted && make_parted(set, arena, literals, count, parted, rarity);
	free(parted);
	return made;
}

bool
literal_scratch_init(struct literal_scratch *s, size_t room)
{
	*s = (struct literal_scratch){ .room = room };
	s->fired = calloc(room + 1, sizeof(*s->fired));
	s->found = calloc(room + 1, sizeof(*s->found));
	return s->fired && s->found;
}

void
literal_scratch_fini(struct literal_scratch *s)
{
	free(s->fired);
	free(s->found);
}

/* The literals whose window is `window`, which stands at text.ptr[at]. */
static void
try_bucket(const struct literal_set *set, struct literal_scratch *s, struct slice text, size_t at, uint64_t window,
	uint32_t mixed)
{
	uint32_t bucket = mixed >> (32 - set->bucket_bits);

	for (uint32_t i = set->starts[bucket]; i < set->starts[bucket + 1]; i++) {
		const struct window_entry *e = &set->entries[i];
		const uint8_t *start;

		if (e->window != window || at < e->before || text.len - (at - e->before) < e->len)
			continue;
		start = text.ptr + at - e->before;
		if ((e->len < 8 || word_eight(start) == e->head) && s->fired[set->first + e->number] != s->round &&
			memcmp(start, e->text, e->len) == 0)
			report(s, set->first + e->number, e->target);
	}
}

/* Every step-th place: each literal has a window at one of them.  First all places whose window may begin something,
 * without a branch, then their buckets: so the processor waits for memory once, not for each. */
static inline void
search_windows(const struct literal_set *set, struct literal_scratch *s, struct slice text, size_t step)
{
	const uint64_t *bitmap = set->bitmap;
	unsigned shift = 32 - set->bitmap_bits;
	uint32_t places[PLACES];

	for (size_t i = 0, end; i + WINDOW <= text.len; i = end) {
		size_t count = 0;

		end = text.len - WINDOW + 1 - i > PLACES * step ? i + PLACES * step : text.len - WINDOW + 1;
		for (size_t k = i; k < end; k += step) {
			places[count] = (uint32_t)(k - i);
			count += has_bit(bitmap, mix(word_four(text.ptr + k)) >> shift);
		}
		for (size_t k = 0; k < count; k++)
			__builtin_prefetch(&set->starts[mix(word_four(text.ptr + i + places[k])) >> (32 - set->bucket_bits)]);
		for (size_t k = 0; k < count; k++) {
			uint64_t window = word_four(text.ptr + i + places[k]);

			try_bucket(set, s, text, i + places[k], window, mix(window));
		}
		if (end == text.len - WINDOW + 1)
			break;
	}
}

static void
search(const struct literal_set *set, struct literal_scratch *s, struct slice text, bool plain)
{
	if (set->entry_count && text.len >= set->shortest) {
		if (set->step == 1)
			search_windows(set, s, text, 1);
		else if (set->step == 2)
			search_windows(set, s, text, 2);
		else
			search_windows(set, s, text, set->step);
	}
	if (set->short_count)
		literal_search_shorts(set, s, text, plain);
}

void
literal_set_search(const struct literal_set *set, struct literal_scratch *s, struct slice text, bool plain)
{
	s->found_count = 0;
	if (++s->round == 0) {
		memset(s->fired, 0, s->room * sizeof(*s->fired));
		s->round = 1;
	}
	search(set, s, text, plain);
	if (set->beyond && !plain)
		search(set->beyond, s, text, plain);
}
