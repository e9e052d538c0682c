/* SPDX-License-Identifier: Apache-2.0 */
/* Beginnings of short literals looked for in a text, sixteen places at once: two bytes, and a third where there is one.
 * Each belongs to one of eight groups; six tables of sixteen bytes say which groups have one with that half of that byte,
 * and where all six agree, one may stand.  The idea is that of Teddy, in Intel's Hyperscan (Wang and others, "Hyperscan:
 * A Fast Multi-pattern Regex Matcher for Modern CPUs", 2019, 4.2). */
#ifndef SIGMA_PAIRS_H
#define SIGMA_PAIRS_H

#include "base/slice.h"

enum { PAIR_BYTES = 3 };

struct pairs {
	uint8_t groups[2][256]; /* of those with two bytes, and with three: by first byte, the group + 1 */
	unsigned counts[2];
	uint8_t masks[PAIR_BYTES][2][16]; /* by low half and by high half of each byte */
	bool usable; /* the processor can; else nothing here is to be used */
};

void pairs_init(struct pairs *p);

/* A literal of two bytes or more. */
void pairs_add(struct pairs *p, struct slice literal);

/* Puts those of the text's places `from` to `from + count`, all with a byte behind them, into `places` (counted from
 * `from`; there is room for all) where a literal may stand, in order; returns how many. */
size_t pairs_find(const struct pairs *p, struct slice text, size_t from, size_t count, uint32_t *places);

#endif
