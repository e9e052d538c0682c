/* SPDX-License-Identifier: Apache-2.0 */
/* Are two short runs of bytes the same?  memcmp without the call, for what is asked once a record and nearly always
 * true: nothing is decided before the end. */
#ifndef BASE_SAME_H
#define BASE_SAME_H

#include "base/slice.h"
#include "base/word.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { SAME_BLOCK = 16 };

/* Below a block: two words that may overlap. */
static inline bool
same_short(const uint8_t *a, const uint8_t *b, size_t len)
{
	if (len >= 8)
		return ((word_eight(a) ^ word_eight(b)) | (word_eight(a + len - 8) ^ word_eight(b + len - 8))) == 0;
	if (len >= 4)
		return ((word_four(a) ^ word_four(b)) | (word_four(a + len - 4) ^ word_four(b + len - 4))) == 0;
	return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

#ifdef __SSE2__
static inline __m128i
same_differ(const uint8_t *a, const uint8_t *b)
{
	return _mm_xor_si128(_mm_loadu_si128((const void *)a), _mm_loadu_si128((const void *)b));
}

/* The last block may overlap the one before. */
static inline __attribute__((always_inline)) bool
same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
	__m128i differ = _mm_setzero_si128();

	if (len < SAME_BLOCK)
		return same_short(a, b, len);
	for (size_t i = 0; i < len - SAME_BLOCK; i += SAME_BLOCK)
		differ = _mm_or_si128(differ, same_differ(a + i, b + i));
	differ = _mm_or_si128(differ, same_differ(a + len - SAME_BLOCK, b + len - SAME_BLOCK));
	return _mm_movemask_epi8(_mm_cmpeq_epi8(differ, _mm_setzero_si128())) == 0xFFFF;
}
#else
static inline bool
same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
	return len < SAME_BLOCK ? same_short(a, b, len) : memcmp(a, b, len) == 0;
}
#endif

static inline bool
same_slices(struct slice a, struct slice b)
{
	return a.len == b.len && same_bytes(a.ptr, b.ptr, a.len);
}

#endif
