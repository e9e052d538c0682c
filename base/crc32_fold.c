/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 by carry-less multiplication, 64, 128 or 256 bytes a step: what Intel's paper "Fast CRC Computation for Generic
 * Polynomials Using PCLMULQDQ Instruction" (2009) describes for reflected polynomials.  A block of 128 bits is moved n bits
 * on by multiplying its halves with x^(n+32) and x^(n-32) mod P; the last 16 bytes, which have the same checksum as all
 * before, are left to the tables of crc32.c. */
#include "base/crc32_fold.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define FOLDS __attribute__((target("pclmul,sse4.1")))
#define FOLDS_WIDE __attribute__((target("vpclmulqdq,pclmul,avx2")))
#define FOLDS_WIDEST __attribute__((target("vpclmulqdq,pclmul,avx512f")))

enum { STEP = 64, STEP_WIDE = 128, STEP_WIDEST = 256 };

/* x^(n+32) and x^(n-32) mod P, reflected and shifted left by one, for n = 128, 256, 512, 1024, 2048. */
#define BY_16 _mm_set_epi64x(0x00CCAA009E, 0x01751997D0)
#define BY_32 _mm_set_epi64x(0x015A546366, 0x00F1DA05AA)
#define BY_64 _mm_set_epi64x(0x01C6E41596, 0x0154442BD4)
#define BY_128 _mm_set_epi64x(0x014A7FE880, 0x01E88EF372)
#define BY_256 _mm_set_epi64x(0x01322D1430, 0x011542778A)

static bool
can_fold(void)
{
	return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

FOLDS static inline __m128i
load(const uint8_t *at)
{
	return _mm_loadu_si128((const void *)at);
}

FOLDS static inline __m128i
move(__m128i block, __m128i keys, __m128i next)
{
	return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(block, keys, 0x00), _mm_clmulepi64_si128(block, keys, 0x11)));
}

FOLDS static struct slice
fold(uint32_t state, struct slice bytes, uint8_t last[static CRC32_LAST])
{
	const __m128i by_64 = BY_64, by_16 = BY_16;
	const uint8_t *p = bytes.ptr, *end = p + bytes.len / CRC32_LAST * CRC32_LAST;
	__m128i a, b, c, d;

	a = _mm_xor_si128(load(p), _mm_cvtsi32_si128((int)state));
	b = load(p + 16);
	c = load(p + 32);
	d = load(p + 48);
	for (p += STEP; end - p >= STEP; p += STEP) {
		a = move(a, by_64, load(p));
		b = move(b, by_64, load(p + 16));
		c = move(c, by_64, load(p + 32));
		d = move(d, by_64, load(p + 48));
	}
	a = move(move(move(a, by_16, b), by_16, c), by_16, d);
	for (; p < end; p += CRC32_LAST)
		a = move(a, by_16, load(p));
	_mm_storeu_si128((void *)last, a);
	return slice_sub(bytes, (size_t)(p - bytes.ptr), bytes.len);
}

static bool
can_fold_wide(void)
{
	return can_fold() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vpclmulqdq");
}

FOLDS_WIDE static inline __m256i
load_wide(const uint8_t *at)
{
	return _mm256_loadu_si256((const void *)at);
}

FOLDS_WIDE static inline __m256i
move_wide(__m256i blocks, __m256i keys, __m256i next)
{
	return _mm256_xor_si256(next, _mm256_xor_si256(_mm256_clmulepi64_epi128(blocks, keys, 0x00),
		_mm256_clmulepi64_epi128(blocks, keys, 0x11)));
}

/* Two blocks in each register. */
FOLDS_WIDE static struct slice
fold_wide(uint32_t state, struct slice bytes, uint8_t last[static CRC32_LAST])
{
	const __m256i by_128 = _mm256_broadcastsi128_si256(BY_128), by_32 = _mm256_broadcastsi128_si256(BY_32);
	const uint8_t *p = bytes.ptr, *end = p + bytes.len / CRC32_LAST * CRC32_LAST;
	__m256i a, b, c, d;
	__m128i block;

	a = _mm256_xor_si256(load_wide(p), _mm256_zextsi128_si256(_mm_cvtsi32_si128((int)state)));
	b = load_wide(p + 32);
	c = load_wide(p + 64);
	d = load_wide(p + 96);
	for (p += STEP_WIDE; end - p >= STEP_WIDE; p += STEP_WIDE) {
		a = move_wide(a, by_128, load_wide(p));
		b = move_wide(b, by_128, load_wide(p + 32));
		c = move_wide(c, by_128, load_wide(p + 64));
		d = move_wide(d, by_128, load_wide(p + 96));
	}
	a = move_wide(move_wide(move_wide(a, by_32, b), by_32, c), by_32, d);
	block = move(_mm256_castsi256_si128(a), BY_16, _mm256_extracti128_si256(a, 1));
	for (; p < end; p += CRC32_LAST)
		block = move(block, BY_16, load(p));
	_mm_storeu_si128((void *)last, block);
	return slice_sub(bytes, (size_t)(p - bytes.ptr), bytes.len);
}

static bool
can_fold_widest(void)
{
	return can_fold_wide() && __builtin_cpu_supports("avx512f");
}

FOLDS_WIDEST static inline __m512i
load_widest(const uint8_t *at)
{
	return _mm512_loadu_si512((const void *)at);
}

FOLDS_WIDEST static inline __m512i
move_widest(__m512i blocks, __m512i keys, __m512i next)
{
	return _mm512_xor_si512(next, _mm512_xor_si512(_mm512_clmulepi64_epi128(blocks, keys, 0x00),
		_mm512_clmulepi64_epi128(blocks, keys, 0x11)));
}

/* Four blocks in each register. */
FOLDS_WIDEST static struct slice
fold_widest(uint32_t state, struct slice bytes, uint8_t last[static CRC32_LAST])
{
	const __m512i by_256 = _mm512_broadcast_i32x4(BY_256), by_64 = _mm512_broadcast_i32x4(BY_64);
	const uint8_t *p = bytes.ptr, *end = p + bytes.len / CRC32_LAST * CRC32_LAST;
	__m512i a, b, c, d;
	__m128i block;

	a = _mm512_xor_si512(load_widest(p), _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)state)));
	b = load_widest(p + 64);
	c = load_widest(p + 128);
	d = load_widest(p + 192);
	for (p += STEP_WIDEST; end - p >= STEP_WIDEST; p += STEP_WIDEST) {
		a = move_widest(a, by_256, load_widest(p));
		b = move_widest(b, by_256, load_widest(p + 64));
		c = move_widest(c, by_256, load_widest(p + 128));
		d = move_widest(d, by_256, load_widest(p + 192));
	}
	a = move_widest(move_widest(move_widest(a, by_64, b), by_64, c), by_64, d);
	block = move(_mm512_castsi512_si128(a), BY_16, _mm512_extracti32x4_epi32(a, 1));
	block = move(block, BY_16, _mm512_extracti32x4_epi32(a, 2));
	block = move(block, BY_16, _mm512_extracti32x4_epi32(a, 3));
	for (; p < end; p += CRC32_LAST)
		block = move(block, BY_16, load(p));
	_mm_storeu_si128((void *)last, block);
	return slice_sub(bytes, (size_t)(p - bytes.ptr), bytes.len);
}

const struct crc32_folder crc32_folders[CRC32_FOLDERS] = {
	{ STEP_WIDEST, can_fold_widest, fold_widest },
	{ STEP_WIDE, can_fold_wide, fold_wide },
	{ STEP, can_fold, fold },
};
#else
const struct crc32_folder crc32_folders[CRC32_FOLDERS] = { { .least = 0 } };
#endif
