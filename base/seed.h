/* SPDX-License-Identifier: Apache-2.0 */
/* Random words for the hashes of tables, so that whoever wrote the evidence cannot choose what collides. */
#ifndef BASE_SEED_H
#define BASE_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>

/* False without random bytes: tables work all the same, only not against chosen keys. */
static inline bool
seed_fill(uint64_t *words, size_t count)
{
	if (getrandom(words, count * sizeof(*words), GRND_NONBLOCK) == (ssize_t)(count * sizeof(*words)))
		return true;
	for (size_t i = 0; i < count; i++)
		words[i] = (uint64_t)(uintptr_t)words * (2 * i + 3);
	return false;
}

#endif
