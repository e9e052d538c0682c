/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 by carry-less multiplication, 64 bytes a step: what Intel's paper "Fast CRC Computation for Generic Polynomials
 * Using PCLMULQDQ Instruction" (2009) describes for reflected polynomials.  A block of 128 bits is moved 512 (or 128) bits
 * on by multiplying its halves with x^n mod P; the last 16 bytes, which have the same checksum as all before, are left to
 * the tables of crc32.c. */
#include "base/crc32_fold.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define FOLDS __attribute__((target("pclmul,sse4.1")))

bool
crc32_can_fold(void)
{
	return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

FOLDS static inline __m128i
load(const uint8_t *at)
{
	return _mm_loadu_si128((const void *)at);
}

FOLDS static inline __m128i
fold(__m128i block, __m128i keys, __m128i next)
{
	return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(block, keys, 0x00), _mm_clmulepi64_si128(block, keys, 0x11)));
}

/* x^(512+32), x^(512-32), x^(128+32) and x^(128-32) mod P, reflected and shifted left by one. */
FOLDS struct slice
crc32_fold(uint32_t state, struct slice bytes, uint8_t last[static CRC32_LAST])
{
	const __m128i by_64 = _mm_set_epi64x(0x01C6E41596, 0x0154442BD4), by_16 = _mm_set_epi64x(0x00CCAA009E, 0x01751997D0);
	const uint8_t *p = bytes.ptr, *end = p + bytes.len / CRC32_LAST * CRC32_LAST;
	__m128i a, b, c, d;

	a = _mm_xor_si128(load(p), _mm_cvtsi32_si128((int)state));
	b = load(p + 16);
	c = load(p + 32);
	d = load(p + 48);
	for (p += CRC32_FOLD_LEAST; end - p >= CRC32_FOLD_LEAST; p += CRC32_FOLD_LEAST) {
		a = fold(a, by_64, load(p));
		b = fold(b, by_64, load(p + 16));
		c = fold(c, by_64, load(p + 32));
		d = fold(d, by_64, load(p + 48));
	}
	a = fold(fold(fold(a, by_16, b), by_16, c), by_16, d);
	for (; p < end; p += CRC32_LAST)
		a = fold(a, by_16, load(p));
	_mm_storeu_si128((void *)last, a);
	return slice_sub(bytes, (size_t)(p - bytes.ptr), bytes.len);
}
#else
bool
crc32_can_fold(void)
{
	return false;
}

struct slice
crc32_fold(uint32_t state, struct slice bytes, uint8_t last[static CRC32_LAST])
{
	(void)state;
	(void)last;
	return bytes;
}
#endif
