/* SPDX-License-Identifier: Apache-2.0 */
/* Sixteen UTF-16LE units at a time: nearly all texts of event logs are plain ASCII, and so most of them need no more
 * than being packed into bytes.  SSE2, which every x86-64 has, and plain C with the same result elsewhere. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/slice.h"
#include "base/word.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { UNITS = 16, UNITS_BYTES = 2 * UNITS };

static inline uint32_t
unit_at(const uint8_t in[static 2])
{
	return (uint32_t)(in[0] | in[1] << 8);
}

/* The first of these units that is `unit`, from `at` (at most `end`) on; `end`: none is.  Four at a time: where one of them is 0, and only there,
 * `four - ones & ~four` has a highest bit set. */
static inline size_t
units_find(const uint8_t *in, size_t at, size_t end, uint16_t unit)
{
	const uint64_t ones = UINT64_C(0x0001000100010001), highest = ones << 15;
	uint8_t wanted[8];

	for (size_t i = 0; i < sizeof(wanted); i++)
		wanted[i] = (uint8_t)(unit >> (i % 2 * 8));
	for (; end - at >= 4; at += 4) {
		uint64_t four = word_eight(in + 2 * at) ^ word_eight(wanted);

		if ((four - ones) & ~four & highest)
			break;
	}
	while (at < end && unit_at(in + 2 * at) != unit)
		at++;
	return at;
}

/* Packs sixteen units into bytes; bit n of the result is set where unit n is not ASCII (its byte is then void). */
static inline unsigned
units_pack_plainly(const uint8_t in[static UNITS_BYTES], uint8_t out[static UNITS])
{
	unsigned other = 0;

	for (unsigned i = 0; i < UNITS; i++) {
		out[i] = in[2 * i];
		other |= (unsigned)(unit_at(in + 2 * i) >= 0x80) << i;
	}
	return other;
}

/* The same for a JSON string: a bit is set, too, where JSON or this program's escaping (escape.h) asks for more than
 * the byte itself: controls, DEL, quote and backslash. */
static inline unsigned
units_pack_json_plainly(const uint8_t in[static UNITS_BYTES], uint8_t out[static UNITS])
{
	unsigned special = 0;

	for (unsigned i = 0; i < UNITS; i++) {
		uint32_t unit = unit_at(in + 2 * i);

		out[i] = in[2 * i];
		special |= (unsigned)(unit < 0x20 || unit >= 0x7F || unit == '"' || unit == '\\') << i;
	}
	return special;
}

#ifdef __SSE2__
static inline unsigned
units_pack(const uint8_t in[static UNITS_BYTES], uint8_t out[static UNITS])
{
	const __m128i a = _mm_loadu_si128((const void *)in), b = _mm_loadu_si128((const void *)(in + UNITS));
	const __m128i high = _mm_set1_epi16((short)0xFF80), zero = _mm_setzero_si128();
	const __m128i plain = _mm_packs_epi16(_mm_cmpeq_epi16(_mm_and_si128(a, high), zero),
		_mm_cmpeq_epi16(_mm_and_si128(b, high), zero));

	_mm_storeu_si128((void *)out, _mm_packus_epi16(a, b));
	return (unsigned)_mm_movemask_epi8(plain) ^ 0xFFFF;
}

/* packus makes 0x80..0xFF bytes with the top bit, 0x100..0x7FFF 0xFF and the rest 0.  One more each, and all of these,
 * the controls and DEL are below 0x21 when looked at with a sign. */
static inline unsigned
units_pack_json(const uint8_t in[static UNITS_BYTES], uint8_t out[static UNITS])
{
	const __m128i packed = _mm_packus_epi16(_mm_loadu_si128((const void *)in), _mm_loadu_si128((const void *)(in + UNITS)));
	const __m128i special = _mm_or_si128(
		_mm_cmplt_epi8(_mm_add_epi8(packed, _mm_set1_epi8(1)), _mm_set1_epi8(0x21)),
		_mm_or_si128(_mm_cmpeq_epi8(packed, _mm_set1_epi8('"')), _mm_cmpeq_epi8(packed, _mm_set1_epi8('\\'))));

	_mm_storeu_si128((void *)out, packed);
	return (unsigned)_mm_movemask_epi8(special);
}
#else
#define units_pack units_pack_plainly
#define units_pack_json units_pack_json_plainly
#endif

/* Position of the first unit that is NUL; `count` where there is none. */
static inline size_t
units_find_nul(const uint8_t *in, size_t count)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; count - i >= UNITS / 2; i += UNITS / 2) {
		__m128i equal = _mm_cmpeq_epi16(_mm_loadu_si128((const void *)(in + 2 * i)), _mm_setzero_si128());
		unsigned bits = (unsigned)_mm_movemask_epi8(equal);

		if (bits)
			return i + (unsigned)__builtin_ctz(bits) / 2;
	}
#endif
	while (i < count && unit_at(in + 2 * i) != 0)
		i++;
	return i;
}

/* Makes units of sixteen bytes; false when one of them is not ASCII (the units are then void). */
static inline bool
units_unpack(const uint8_t in[static UNITS], uint8_t out[static UNITS_BYTES])
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const void *)in), zero = _mm_setzero_si128();

	_mm_storeu_si128((void *)out, _mm_unpacklo_epi8(bytes, zero));
	_mm_storeu_si128((void *)(out + UNITS), _mm_unpackhi_epi8(bytes, zero));
	return _mm_movemask_epi8(bytes) == 0;
#else
	uint8_t all = 0;

	for (unsigned i = 0; i < UNITS; i++) {
		out[2 * i] = in[i];
		out[2 * i + 1] = 0;
		all |= in[i];
	}
	return all < 0x80;
#endif
}

static inline unsigned
units_first(unsigned bits)
{
	return (unsigned)__builtin_ctz(bits);
}

#endif
