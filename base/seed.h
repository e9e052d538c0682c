/* SPDX-License-Identifier: Apache-2.0 */
/* Random words for the hashes of tables, so that whoever wrote the evidence cannot choose what collides. */
#ifndef BASE_SEED_H
#define BASE_SEED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>

/* Without random bytes tables work all the same, only not against chosen keys. */
static inline void
seed_fill(uint64_t *words, size_t count)
{
	if (getrandom(words, count * sizeof(*words), GRND_NONBLOCK) < 0)
		words[0] = (uint64_t)(uintptr_t)words;
}

#endif
