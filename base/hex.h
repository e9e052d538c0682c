/* SPDX-License-Identifier: Apache-2.0 */
/* Sixteen hexadecimal digits at once: SSE2, which every x86-64 has, and plain C with the same result elsewhere. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { HEX_DIGITS = 16, HEX_LOWER = 'a' - '9' - 1, HEX_UPPER = 'A' - '9' - 1 };

/* `letters` is HEX_LOWER or HEX_UPPER. */
static inline void
hex_put_plainly(uint8_t out[static HEX_DIGITS], uint64_t number, int letters)
{
	for (unsigned i = 0; i < HEX_DIGITS; i++) {
		unsigned digit = number >> (60 - 4 * i) & 15;

		out[i] = (uint8_t)('0' + digit + (digit > 9 ? (unsigned)letters : 0));
	}
}

#ifdef __SSE2__
static inline void
hex_put(uint8_t out[static HEX_DIGITS], uint64_t number, int letters)
{
	const __m128i bytes = _mm_cvtsi64_si128((long long)__builtin_bswap64(number)), low = _mm_set1_epi8(15);
	const __m128i digits = _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(bytes, 4), low), _mm_and_si128(bytes, low));
	const __m128i more = _mm_and_si128(_mm_cmpgt_epi8(digits, _mm_set1_epi8(9)), _mm_set1_epi8((char)letters));

	_mm_storeu_si128((void *)out, _mm_add_epi8(_mm_add_epi8(digits, _mm_set1_epi8('0')), more));
}
#else
#define hex_put hex_put_plainly
#endif

#endif
