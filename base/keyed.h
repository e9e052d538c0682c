/* SPDX-License-Identifier: Apache-2.0 */
/* A hash with random keys of the run, which whoever wrote the evidence cannot know: texts with one hash are taken for one
 * text.  It never leaves the run, for another one has other keys. */
#ifndef BASE_KEYED_H
#define BASE_KEYED_H

#include "base/slice.h"

struct keyed_seed {
	uint64_t words[4];
};

/* 127 bits: a is never 0. */
struct keyed_hash {
	uint64_t a, b;
};

bool keyed_seed_fill(struct keyed_seed *seed); /* false: it is no secret (base/seed.h) */

/* `what` (a number) goes in before the text does. */
struct keyed_hash keyed_hash(const struct keyed_seed *seed, uint64_t what, struct slice text);

#endif
