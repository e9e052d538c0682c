/* SPDX-License-Identifier: Apache-2.0 */
/* Many literals looked for in one text at once.  Each literal of five bytes or more (four, where there are many of
 * those) is filed under windows of itself, four bytes long, the ones that are rarest among all literals of all rules:
 * as many, one behind the other, as the shortest literal allows, up to four, so that a text is walked in steps of that
 * length.  A bitmap says for nearly every place that no window begins there, and only behind it the literals of a bucket
 * are compared.  Shorter literals have tables of their own.  Every literal is reported once a text however often it
 * stands there, which together with short buckets bounds what the worst text can cost. */
#ifndef SIGMA_LITERALS_H
#define SIGMA_LITERALS_H

#include "base/arena.h"
#include "base/buf.h"
#include "src/sigma/pairs.h"

/* How often each run of four bytes occurs among the literals of all rules, hashed: ties and collisions only make
 * the choice of a window a little worse. */
enum { RARITY_BITS = 16 };
struct rarity {
	uint32_t counts[1 << RARITY_BITS];
};

void rarity_add(struct rarity *r, struct slice literal);

/* A literal to be filed: its bytes live as long as the set, `target` is what is reported. */
struct literal {
	struct slice text;
	uint32_t target;
};

struct window_entry {
	uint64_t window;
	uint64_t head; /* the first eight bytes, when it has them: most comparisons end here */
	const uint8_t *text;
	uint32_t len;
	uint32_t before; /* bytes of the literal in front of this window */
	uint32_t target;
	uint32_t number : 31; /* of the literal among those with windows */
	uint32_t again : 1;   /* not the first of its windows */
};

/* Read-only once made. */
struct literal_set {
	size_t count;    /* with those of `beyond`; numbers begin at `first`: those with windows, then short ones */
	unsigned step;   /* each literal has as many windows, one behind the other: only every step-th place is looked at */
	size_t window_least; /* bytes of a literal that has windows; shorter ones have tables of their own */
	unsigned bitmap_bits, bucket_bits;
	uint64_t *bitmap;
	uint32_t *starts;             /* of each bucket's entries; one more at the end */
	struct window_entry *entries; /* by bucket */
	size_t entry_count; /* literals with windows */
	size_t shortest; /* of those with a window */

	struct window_entry *shorts; /* one byte first, then two bytes and more by hash of the first two */
	size_t short_count, single_count;
	uint32_t *pair_starts;      /* of each hash; one more at the end */
	uint64_t *pairs;            /* bitmap of those with two bytes */
	uint64_t *triples;          /* bitmap by hash of the first three bytes of the others */
	struct pairs *pair_groups;  /* the same for few of them, where the processor can use it */
	bool pair_plain;            /* some of them begins with an ASCII byte */

	/* Of many literals those that are not ASCII stand apart, or NULL: `windash` makes five literals of one, three of which
	 * no ASCII text holds. */
	struct literal_set *beyond;
	size_t first; /* number of the first literal */
};

/* What a text's walk writes to: one for a worker, big enough for the biggest set. */
struct literal_scratch {
	uint32_t round;
	uint32_t *fired; /* by number of the literal: round in which it was found */
	size_t room;
	uint32_t *found; /* targets */
	size_t found_count;
};

/* Files the literals, none of them empty.  False: memory ran out. */
bool literal_set_make(struct literal_set *set, struct arena *arena, const struct literal *literals, size_t count,
	const struct rarity *rarity);

bool literal_scratch_init(struct literal_scratch *s, size_t room);
void literal_scratch_fini(struct literal_scratch *s);

/* Leaves the targets of all literals that stand in the text in s->found.  `plain`: the text is known to be ASCII. */
void literal_set_search(const struct literal_set *set, struct literal_scratch *s, struct slice text, bool plain);

/* A quick look at a text as it is, not folded: false when certainly no literal stands in it.  It hops over the text
 * by steps as long as the shortest literal allows. */
struct literal_hop {
	size_t step; /* 0: the set has literals too short for it */
	size_t shortest;
	bool ascii;    /* all literals are */
	bool of_words; /* each literal has a character that no plain text has (base/plain.h) */
	uint8_t *may; /* by hash of a window: some literal has it */
	unsigned bits, bucket_bits;
	uint32_t *starts;             /* as in a set; but each literal has `step` entries, one for every place of a hop */
	struct window_entry *entries;
};
bool literal_hop_make(struct literal_hop *hop, struct arena *arena, const struct literal *literals, size_t count);
bool literal_hop_search(const struct literal_hop *hop, struct slice text);

static inline bool
literal_hop_may(const struct literal_hop *hop, struct slice text)
{
	if (hop->step == 0)
		return true;
	/* No folding makes it longer than by half. */
	return text.len + text.len / 2 >= hop->shortest && literal_hop_search(hop, text);
}

#endif
