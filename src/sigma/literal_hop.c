/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over a text by steps, as long as the shortest literal allows: a literal covers a run of windows, one of which is looked
 * at.  Nearly all looks see nothing. */
#include "base/find.h"
#include "base/fold.h"
#include "base/limits.h"
#include "base/plain.h"
#include "src/sigma/literal_tables.h"

#include <limits.h>
#include <stdlib.h>

enum {
	HOP_LEAST = 12, /* 4 KiB */
	HOP_MOST = 16,
	HOP_BYTES_PER_WINDOW = 32,
	HOP_LOOKS = 4, /* at once */
	HOP_SHORT_STEP = 6, /* five of these cross 32 bytes */
};

/* ASCII without case, and some other characters thrown together: the same on both sides, so never too little. */
static inline uint32_t
hop_window(const uint8_t *p)
{
	return word_four(p) | 0x20202020u;
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
		literal_sort(from, n, hop->bucket_bits, hop->entries, hop->starts);
		for (size_t i = 0; i < n; i++)
			hop->may[mix(from[i].window) >> (32 - hop->bits)] = 1;
	}
	free(from);
	return n == total;
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
	const uint8_t *start;

	if (at < e->before || text.len - (at - e->before) < e->len)
		return false;
	start = text.ptr + (at - e->before);
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
	all = word_eight(text.ptr) | word_eight(text.ptr + text.len - 8);
	if (text.len > 16)
		all |= word_eight(text.ptr + 8) | word_eight(text.ptr + text.len - 16);
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
