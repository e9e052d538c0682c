/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as machine words, and the one step that our keyed hashes are made of: two words multiplied, the halves of the product
 * thrown together. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stdint.h>
#include <string.h>

static inline uint64_t
word_eight(const uint8_t *p)
{
	uint64_t eight;

	memcpy(&eight, p, sizeof(eight));
	return eight;
}

static inline uint32_t
word_four(const uint8_t *p)
{
	uint32_t four;

	memcpy(&four, p, sizeof(four));
	return four;
}

__extension__ typedef unsigned __int128 word_pair;

static inline uint64_t
word_fold(uint64_t a, uint64_t b)
{
	word_pair product = (word_pair)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
