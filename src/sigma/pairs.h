/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of bytes looked for in a text, sixteen places at once.  Each pair belongs to one of eight groups; four tables of
 * sixteen bytes say which groups have a pair with that half of that byte, and where all four agree, a pair may stand.
 * The idea is that of Teddy, in Intel's Hyperscan (Wang and others, "Hyperscan: A Fast Multi-pattern Regex Matcher for
 * Modern CPUs", 2019, 4.2). */
#ifndef SIGMA_PAIRS_H
#define SIGMA_PAIRS_H

#include "base/slice.h"

struct pairs {
	uint8_t groups[256]; /* by first byte: its group + 1 */
	unsigned group_count;
	uint8_t first[2][16], second[2][16]; /* by low half, by high half */
	bool usable; /* the processor can; else nothing here is to be used */
};

void pairs_init(struct pairs *p);
void pairs_add(struct pairs *p, uint8_t first, uint8_t second);

/* Puts those of the `count` places from text on into `places`, which has room for all, where a pair may stand, in order;
 * returns how many.  Bytes up to text + count + 1 are read. */
size_t pairs_find(const struct pairs *p, const uint8_t *text, size_t count, uint32_t *places);

#endif
