/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/literals.h"

#include "base/find.h"
#include "base/fold.h"
#include "base/limits.h"
#include "base/plain.h"

#include <limits.h>
#include <stdlib.h>

enum {
	WINDOW = 4,
	MOST_STEP = 4,
	FOUR_AS_SHORT = 48, /* literals of four bytes at most that are looked for as short ones, for a longer step */
	BITMAP_LEAST = 12, /* 4,096 bits */
	BITMAP_MOST = 18,  /* 32 KiB: stays in the first cache */
	BITS_PER_LITERAL = 32,
	PAIR_BITS = 10,
	TRIPLE_BITS = 15,  /* 4 KiB */
	PAIRS_MOST = 96,   /* more of them, and every place of a text belongs to some group */
	SINGLES_BY_TABLE = 6,
	SHORT_TWO = 1 << 24, /* no three bytes are that */
	HOP_LEAST = 12, /* 4 KiB */
	HOP_MOST = 16,
	HOP_BYTES_PER_WINDOW = 32,
	HOP_LOOKS = 4, /* at once */
	PLACES = 256,
	WORTH_PARTING = 64, /* literals */
	HOP_SHORT_STEP = 6, /* five of these cross 32 bytes */
};

static inline uint64_t
load_eight(const uint8_t *p)
{
	uint64_t eight;

	memcpy(&eight, p, sizeof(eight));
	return eight;
}

static inline uint32_t
load_four(const uint8_t *p)
{
	uint32_t four;

	memcpy(&four, p, sizeof(four));
	return four;
}

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

void
rarity_add(struct rarity *r, struct slice literal)
{
	for (size_t i = 0; i + WINDOW <= literal.len; i++)
		r->counts[mix(load_four(literal.ptr + i)) >> (32 - RARITY_BITS)]++;
}

/* How often the run of four occurs in rules. */
static uint32_t
rarity_of(const struct rarity *r, const uint8_t *window)
{
	return r->counts[mix(load_four(window)) >> (32 - RARITY_BITS)];
}

static unsigned
bits_for(size_t count, unsigned least, unsigned most)
{
	unsigned bits = least;

	while (bits < most && (size_t)1 << bits < count)
		bits++;
	return bits;
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
			if (fill[mix(load_four(text.ptr + k)) >> (32 - set->bucket_bits)] >= LIMIT_LITERAL_BUCKET)
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

static struct window_entry
make_entry(const struct literal *literal, size_t before, uint64_t window)
{
	return (struct window_entry){ .window = window, .head = literal->text.len >= 8 ? load_eight(literal->text.ptr) : 0,
		.text = literal->text.ptr, .len = (uint32_t)literal->text.len, .before = (uint32_t)before,
		.target = literal->target };
}

/* A literal's windows, one for each place that a search by steps may come to. */
static void
file_literal(const struct literal_set *set, const struct literal *literal, uint32_t number, const struct rarity *rarity,
	uint32_t *fill, struct window_entry *to)
{
	size_t before = choose_windows(set, literal->text, rarity, fill);

	for (size_t i = 0; i < set->step; i++) {
		uint64_t window = load_four(literal->text.ptr + before + i);

		fill[mix(window) >> (32 - set->bucket_bits)]++;
		to[i] = make_entry(literal, before + i, window);
		to[i].number = number & INT32_MAX;
		to[i].again = i > 0;
	}
}

/* Sorts entries by bucket, keeping their order: starts[] first counts, then points behind, then in front. */
static void
sort_entries(const struct window_entry *from, size_t count, unsigned bucket_bits, struct window_entry *to, uint32_t *starts)
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
		sort_entries(from, windows, set->bucket_bits, set->entries, set->starts);
		for (size_t i = 0; i < windows; i++)
			set_bit(set->bitmap, mix(from[i].window) >> (32 - set->bitmap_bits));
	}
	free(from);
	free(fill);
	return n == set->entry_count;
}

/* Up to four bytes from there on, and zeros behind the end. */
static inline uint32_t
load_short(struct slice text, size_t at)
{
	uint32_t four = 0;

	if (text.len - at >= WINDOW)
		return load_four(text.ptr + at);
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
static bool
file_shorts(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count)
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
	sort_entries(from, n, PAIR_BITS, set->shorts + set->single_count, set->pair_starts);
	free(from);
	return true;
}

static bool
make_set(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count,
	const struct rarity *rarity)
{
	*set = (struct literal_set){ .count = count };
	count_lengths(set, literals, count);
	if (set->entry_count && !file_windows(set, arena, literals, count, rarity))
		return false;
	return set->short_count == 0 || file_shorts(set, arena, literals, count);
}

static inline bool is_ascii(struct slice text);

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

static inline void
report(struct literal_scratch *s, size_t number, uint32_t target)
{
	s->fired[number] = s->round;
	s->found[s->found_count++] = target;
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
		if ((e->len < 8 || load_eight(start) == e->head) && s->fired[set->first + e->number] != s->round &&
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
			count += has_bit(bitmap, mix(load_four(text.ptr + k)) >> shift);
		}
		for (size_t k = 0; k < count; k++)
			__builtin_prefetch(&set->starts[mix(load_four(text.ptr + i + places[k])) >> (32 - set->bucket_bits)]);
		for (size_t k = 0; k < count; k++) {
			uint64_t window = load_four(text.ptr + i + places[k]);

			try_bucket(set, s, text, i + places[k], window, mix(window));
		}
		if (end == text.len - WINDOW + 1)
			break;
	}
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
		uint32_t four = k + WINDOW <= text.len ? load_four(text.ptr + k) : load_short(text, k);

		places[count] = (uint32_t)(k - i);
		count += has_bit(set->pairs, four & 0xFFFF) | has_bit(set->triples, triple_hash(four));
	}
	return count;
}

static void
search_shorts(const struct literal_set *set, struct literal_scratch *s, struct slice text, bool plain)
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
		search_shorts(set, s, text, plain);
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

/* ASCII without case, and some other characters thrown together: the same on both sides, so never too little. */
static inline uint32_t
hop_window(const uint8_t *p)
{
	return load_four(p) | 0x20202020u;
}

/* Where in a literal the run of windows begins that a hop lands in: any will do, and the one whose windows are least often
 * met spares most closer looks. */
static size_t
hop_run(const struct literal_hop *hop, struct slice literal)
{
	size_t run = hop->step + WINDOW - 1, best = 0;
	unsigned sum = 0, least = UINT_MAX;

	for (size_t i = 0; i < literal.len; i++) {
		sum += find_commonness(literal.ptr[i]);
		if (i + 1 < run)
			continue;
		if (sum < least) {
			least = sum;
			best = i + 1 - run;
		}
		sum -= find_commonness(literal.ptr[i + 1 - run]);
	}
	return best;
}

/* One entry for each window that a hop can land on. */
static bool
file_hops(struct literal_hop *hop, struct arena *arena, const struct literal *literals, size_t count)
{
	size_t total = count * hop->step, n = 0;
	struct window_entry *from = calloc(total, sizeof(*from));

	hop->bits = bits_for(total * HOP_BYTES_PER_WINDOW, HOP_LEAST, HOP_MOST);
	hop->bucket_bits = bits_for(total * 2, 4, 30);
	hop->may = ARENA_ARRAY(arena, uint8_t, (size_t)1 << hop->bits);
	hop->starts = ARENA_ARRAY(arena, uint32_t, ((size_t)1 << hop->bucket_bits) + 1);
	hop->entries = ARENA_ARRAY(arena, struct window_entry, total);
	if (from && hop->may && hop->starts && hop->entries) {
		for (size_t i = 0; i < count; i++) {
			size_t run = hop_run(hop, literals[i].text);

			for (size_t at = run; at < run + hop->step; at++)
				from[n++] = make_entry(&literals[i], at, hop_window(literals[i].text.ptr + at));
		}
		sort_entries(from, n, hop->bucket_bits, hop->entries, hop->starts);
		for (size_t i = 0; i < n; i++)
			hop->may[mix(from[i].window) >> (32 - hop->bits)] = 1;
	}
	free(from);
	return n == total;
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
		all = (uint64_t)load_four(text.ptr) | load_four(text.ptr + text.len - WINDOW);
	} else {
		for (; i + 32 <= text.len; i += 32)
			all |= load_eight(text.ptr + i) | load_eight(text.ptr + i + 8) | load_eight(text.ptr + i + 16) | load_eight(text.ptr + i + 24);
		for (; i + 8 <= text.len; i += 8)
			all |= load_eight(text.ptr + i);
		all |= load_eight(text.ptr + text.len - 8);
	}
	return !(all & 0x8080808080808080u);
}

bool
literal_hop_make(struct literal_hop *hop, struct arena *arena, const struct literal *literals, size_t count)
{
	size_t shortest = SIZE_MAX;

	*hop = (struct literal_hop){ 0 };
	for (size_t i = 0; i < count; i++)
		shortest = literals[i].text.len < shortest ? literals[i].text.len : shortest;
	if (count == 0 || count > LIMIT_HOP_LITERALS || shortest < WINDOW)
		return true;
	hop->of_words = hop->ascii = true;
	for (size_t i = 0; i < count; i++) {
		hop->of_words &= !plain_is(literals[i].text);
		hop->ascii &= is_ascii(literals[i].text);
	}
	hop->shortest = shortest;
	hop->step = (shortest < LIMIT_HOP ? shortest : LIMIT_HOP) - WINDOW + 1;
	return file_hops(hop, arena, literals, count);
}

static bool
stands_at(const struct window_entry *e, struct slice text, size_t at)
{
	const uint8_t *start = text.ptr + at - e->before;

	if (at < e->before || text.len - (at - e->before) < e->len)
		return false;
	for (size_t i = 0; i < e->len; i++)
		if ((start[i] | 0x20) != (e->text[i] | 0x20))
			return false;
	return true;
}

static __attribute__((noinline)) bool
try_hop(const struct literal_hop *hop, struct slice text, size_t at, uint32_t mixed)
{
	uint32_t bucket = mixed >> (32 - hop->bucket_bits);

	for (uint32_t i = hop->starts[bucket]; i < hop->starts[bucket + 1]; i++)
		if (stands_at(&hop->entries[i], text, at))
			return true;
	return false;
}

static inline uint8_t
look(const struct literal_hop *hop, const uint8_t *p)
{
	return hop->may[mix(hop_window(p)) >> (32 - hop->bits)];
}

/* A short text (WINDOW .. 32 bytes) by a fixed number of looks, too many rather than a loop whose end nobody can
 * foretell: most texts are short. */
static inline bool
may_begin_short(const struct literal_hop *hop, struct slice text)
{
	size_t last = text.len - WINDOW, at = hop->step - 1;
	unsigned may = 0;

	at = at < last ? at : last;
	may |= look(hop, text.ptr + at);
	at = at + hop->step < last ? at + hop->step : last;
	may |= look(hop, text.ptr + at);
	if (text.len <= 16)
		return may != 0;
	for (int i = 0; i < 3; i++) {
		at = at + hop->step < last ? at + hop->step : last;
		may |= look(hop, text.ptr + at);
	}
	return may;
}

static inline bool
is_ascii_short(struct slice text)
{
	uint64_t all;

	if (text.len < 8)
		return is_ascii(text);
	all = load_eight(text.ptr) | load_eight(text.ptr + text.len - 8);
	if (text.len > 16)
		all |= load_eight(text.ptr + 8) | load_eight(text.ptr + text.len - 16);
	return !(all & 0x8080808080808080u);
}

/* A text beyond ASCII whose folding may have any of the literals where the text itself has not. */
static __attribute__((noinline)) bool
may_fold(const struct literal_hop *hop, struct slice text)
{
	return !hop->ascii || fold_hides_ascii(text);
}

bool
literal_hop_search(const struct literal_hop *hop, struct slice text)
{
	const size_t step = hop->step, end = text.len;
	size_t i = step - 1;

	if (end <= 32 && end >= WINDOW && step >= HOP_SHORT_STEP) {
		if (!is_ascii_short(text) && may_fold(hop, text))
			return true;
		if (!may_begin_short(hop, text))
			return false;
	} else if (!is_ascii(text) && may_fold(hop, text)) {
		return true;
	}
	/* A literal covers a run of `step` windows: one of them is looked at.  Nearly all looks see nothing. */
	while (i + WINDOW <= end) {
		const uint8_t *p = text.ptr + i;

		if (i + (HOP_LOOKS - 1) * step + WINDOW <= end &&
			!(look(hop, p) | look(hop, p + step) | look(hop, p + 2 * step) | look(hop, p + 3 * step))) {
			i += HOP_LOOKS * step;
			continue;
		}
		if (look(hop, p) && try_hop(hop, text, i, mix(hop_window(p))))
			return true;
		i += step;
	}
	return false;
}
