/* SPDX-License-Identifier: Apache-2.0 */
#include "base/find.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	STRIDE = 16,
	PLACE_BITS = 48, /* of a byte in a needle: more than any text has */
	PATIENCE = 4096, /* bytes compared in vain, beyond what was walked over, before another way is taken */
};

#define PLACE_MASK ((UINT64_C(1) << PLACE_BITS) - 1)

/* How often bytes are met, by guess; what is not listed is rare. */
static const uint8_t common[256] = {
	['e'] = 54, [' '] = 53, ['t'] = 52, ['a'] = 51, ['i'] = 50, ['n'] = 49, ['\\'] = 48, ['\n'] = 47,
	['s'] = 46, ['o'] = 45, ['r'] = 44, ['l'] = 43, ['c'] = 42, ['m'] = 41, ['d'] = 40,
	['p'] = 39, ['.'] = 38, ['u'] = 37, ['h'] = 36, ['w'] = 35,
	['y'] = 34, ['0'] = 33, ['f'] = 32, ['g'] = 31, ['x'] = 30, ['-'] = 29, ['"'] = 28, ['1'] = 27, ['b'] = 26,
	['2'] = 25, ['v'] = 24, ['3'] = 23, [':'] = 22, ['/'] = 21, ['='] = 20, ['k'] = 19, ['_'] = 18, ['4'] = 17,
	['5'] = 16, ['6'] = 15, ['7'] = 14, ['8'] = 13, ['$'] = 12, ['9'] = 11, [','] = 10, ['z'] = 9, ['j'] = 8,
	['q'] = 7, [';'] = 6, ['('] = 5, [')'] = 4, ['\''] = 3, ['{'] = 2, ['}'] = 1,
};

unsigned
find_commonness(uint8_t byte)
{
	return common[byte];
}

/* The two least common bytes, without a jump for each: thousands are made when rules are loaded. */
struct needle
needle_make(struct slice bytes)
{
	uint64_t first = UINT64_MAX, second = UINT64_MAX;

	for (size_t i = 0; i < bytes.len; i++) {
		uint64_t this = (uint64_t)common[bytes.ptr[i]] << PLACE_BITS | i, other = this < first ? first : this;

		first = this < first ? this : first;
		second = other < second ? other : second;
	}
	if (bytes.len < 2)
		return (struct needle){ .bytes = bytes };
	return (struct needle){ .bytes = bytes, .first = first & PLACE_MASK, .second = second & PLACE_MASK };
}

static size_t
find_slowly(struct slice bytes, struct slice text, size_t from)
{
	const uint8_t *at = memmem(text.ptr + from, text.len - from, bytes.ptr, bytes.len);

	return at ? (size_t)(at - text.ptr) : SIZE_MAX;
}

#ifdef __SSE2__
static inline unsigned
places_of(const uint8_t *text, const struct needle *needle, __m128i first, __m128i second)
{
	__m128i a = _mm_loadu_si128((const __m128i *)(const void *)(text + needle->first));
	__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(text + needle->second));

	return (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, second)));
}

static size_t
find_among_few(const struct needle *needle, struct slice text, size_t from)
{
	const struct slice bytes = needle->bytes;

	for (size_t i = from; i + bytes.len <= text.len; i++)
		if (text.ptr[i + needle->first] == bytes.ptr[needle->first] && memcmp(text.ptr + i, bytes.ptr, bytes.len) == 0)
			return i;
	return SIZE_MAX;
}

/* The last stride goes back over places that were looked at, and leaves them out.  Comparisons in vain are paid for by
 * the bytes walked over, so that a text made for it cannot cost more. */
static size_t
find_quickly(const struct needle *needle, struct slice text, size_t from)
{
	const struct slice bytes = needle->bytes;
	const __m128i first = _mm_set1_epi8((char)bytes.ptr[needle->first]);
	const __m128i second = _mm_set1_epi8((char)bytes.ptr[needle->second]);
	const size_t end = text.len - bytes.len + 1; /* of the places */
	size_t vain = 0;

	if (end - from < STRIDE)
		return find_among_few(needle, text, from);
	for (size_t i = from; i < end; i += STRIDE) {
		size_t back = i + STRIDE > end ? i + STRIDE - end : 0;
		unsigned places = places_of(text.ptr + i - back, needle, first, second) >> back;

		for (; places; places &= places - 1) {
			size_t at = i + (size_t)__builtin_ctz(places);

			if (memcmp(text.ptr + at, bytes.ptr, bytes.len) == 0)
				return at;
			vain += bytes.len;
		}
		if (vain > PATIENCE + (i - from))
			return find_slowly(bytes, text, i);
	}
	return SIZE_MAX;
}
#endif

size_t
needle_find(const struct needle *needle, struct slice text, size_t from)
{
	if (from > text.len || text.len - from < needle->bytes.len)
		return SIZE_MAX;
	if (needle->bytes.len == 0)
		return from;
#ifdef __SSE2__
	return find_quickly(needle, text, from);
#else
	return find_slowly(needle->bytes, text, from);
#endif
}
