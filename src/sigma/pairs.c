/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/pairs.h"

enum { GROUPS = 8, STRIDE = 16 };

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
pairs_find(const struct pairs *p, const uint8_t *text, size_t count, uint32_t *places)
{
	size_t found = 0, i = 0;

	for (; i + STRIDE <= count; i += STRIDE) {
		__m128i both = _mm_and_si128(groups_of(load(text + i), p->first), groups_of(load(text + i + 1), p->second));
		unsigned none = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(both, _mm_setzero_si128()));

		for (unsigned bits = ~none & 0xFFFF; bits; bits &= bits - 1)
			places[found++] = (uint32_t)(i + (size_t)__builtin_ctz(bits));
	}
	for (; i < count; i++) {
		places[found] = (uint32_t)i;
		found += p->groups[text[i]] != 0;
	}
	return found;
}
#else
static bool
can_shuffle(void)
{
	return false;
}

size_t
pairs_find(const struct pairs *p, const uint8_t *text, size_t count, uint32_t *places)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		places[found] = (uint32_t)i;
		found += p->groups[text[i]] != 0;
	}
	return found;
}
#endif

void
pairs_init(struct pairs *p)
{
	*p = (struct pairs){ .usable = can_shuffle() };
}

void
pairs_add(struct pairs *p, uint8_t first, uint8_t second)
{
	uint8_t group, bit;

	if (p->groups[first] == 0)
		p->groups[first] = (uint8_t)(1 + p->group_count++ % GROUPS);
	group = (uint8_t)(p->groups[first] - 1);
	bit = (uint8_t)(1u << group);
	p->first[0][first & 0x0F] |= bit;
	p->first[1][first >> 4] |= bit;
	p->second[0][second & 0x0F] |= bit;
	p->second[1][second >> 4] |= bit;
}
