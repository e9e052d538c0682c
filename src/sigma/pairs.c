/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/pairs.h"

enum { STRIDE = 16, SHORT_GROUPS = 2, LONG_GROUPS = 6 };

static size_t
find_slowly(const struct pairs *p, struct slice text, size_t from, size_t i, size_t count, uint32_t *places, size_t found)
{
	for (; i < count; i++) {
		uint8_t first = text.ptr[from + i];

		places[found] = (uint32_t)i;
		found += (p->groups[0][first] | p->groups[1][first]) != 0;
	}
	return found;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define SHUFFLES __attribute__((target("ssse3")))

static bool
can_shuffle(void)
{
	return __builtin_cpu_supports("ssse3");
}

SHUFFLES static inline __m128i
load(const uint8_t *at)
{
	return _mm_loadu_si128((const void *)at);
}

/* The groups that have such a byte there. */
SHUFFLES static inline __m128i
groups_of(__m128i bytes, const uint8_t masks[2][16])
{
	const __m128i half = _mm_set1_epi8(0x0F);
	__m128i low = _mm_shuffle_epi8(load(masks[0]), _mm_and_si128(bytes, half));
	__m128i high = _mm_shuffle_epi8(load(masks[1]), _mm_and_si128(_mm_srli_epi16(bytes, 4), half));

	return _mm_and_si128(low, high);
}

SHUFFLES size_t
pairs_find(const struct pairs *p, struct slice text, size_t from, size_t count, uint32_t *places)
{
	size_t found = 0, i = 0;

	for (; i + STRIDE <= count && from + i + STRIDE + PAIR_BYTES - 1 <= text.len; i += STRIDE) {
		const uint8_t *at = text.ptr + from + i;
		__m128i all = _mm_and_si128(groups_of(load(at), p->masks[0]), groups_of(load(at + 1), p->masks[1]));
		unsigned none;

		all = _mm_and_si128(all, groups_of(load(at + 2), p->masks[2]));
		none = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_setzero_si128()));
		for (unsigned bits = ~none & 0xFFFF; bits; bits &= bits - 1)
			places[found++] = (uint32_t)(i + (size_t)__builtin_ctz(bits));
	}
	return find_slowly(p, text, from, i, count, places, found);
}
#else
static bool
can_shuffle(void)
{
	return false;
}

size_t
pairs_find(const struct pairs *p, struct slice text, size_t from, size_t count, uint32_t *places)
{
	return find_slowly(p, text, from, 0, count, places, 0);
}
#endif

void
pairs_init(struct pairs *p)
{
	*p = (struct pairs){ .usable = can_shuffle() };
}

static void
add_byte(uint8_t masks[2][16], uint8_t byte, uint8_t group)
{
	masks[0][byte & 0x0F] |= group;
	masks[1][byte >> 4] |= group;
}

void
pairs_add(struct pairs *p, struct slice literal)
{
	bool is_long = literal.len >= PAIR_BYTES;
	unsigned first = is_long ? SHORT_GROUPS : 0, count = is_long ? LONG_GROUPS : SHORT_GROUPS;
	uint8_t *number = &p->groups[is_long][literal.ptr[0]], group;

	if (*number == 0)
		*number = (uint8_t)(1 + first + p->counts[is_long]++ % count);
	group = (uint8_t)(1u << (*number - 1));
	add_byte(p->masks[0], literal.ptr[0], group);
	add_byte(p->masks[1], literal.ptr[1], group);
	if (is_long)
		add_byte(p->masks[2], literal.ptr[2], group);
	for (size_t i = 0; i < 16 && !is_long; i++)
		add_byte(p->masks[2], (uint8_t)(i << 4 | i), group); /* any byte */
}
