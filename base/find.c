/* SPDX-License-Identifier: Apache-2.0 */
#include "base/find.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	STRIDE = 16,
	PATIENCE = 4096, /* bytes compared in vain, beyond what was walked over, before another way is taken */
};

/* Often met first; what is not listed is rare. */
static const char common_bytes[] = "e tai\\nsorlcmdp.uhwy0fgx-\"1b2v3:/=k_45678$9,zjq;()'{}";

static size_t
rareness(uint8_t byte)
{
	const char *at = byte ? memchr(common_bytes, byte, sizeof(common_bytes) - 1) : NULL;

	return at ? (size_t)(at - common_bytes) : sizeof(common_bytes);
}

struct needle
needle_make(struct slice bytes)
{
	struct needle needle = { .bytes = bytes };

	for (size_t i = 1; i < bytes.len; i++)
		if (rareness(bytes.ptr[i]) > rareness(bytes.ptr[needle.first]))
			needle.first = i;
	needle.second = needle.first ? 0 : bytes.len - (bytes.len > 0);
	for (size_t i = 0; i < bytes.len; i++)
		if (i != needle.first && rareness(bytes.ptr[i]) > rareness(bytes.ptr[needle.second]))
			needle.second = i;
	return needle;
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
