/* SPDX-License-Identifier: Apache-2.0 */
/* Value descriptors added up: all that has to be known of embedded data which nobody asks for. */
#include "evtx/plan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FOUR = 4, SIZE_MASK = 0xFFFF, TYPE_MASK = 0xFF0000, MOST_USUAL = (VALUE_BINXML - 1) << 16 };

static inline struct plan_sums
sums_plainly(const struct plan *plan, const uint8_t *descriptors, uint32_t count)
{
	struct plan_sums sums = { 0, 0, 0 };

	for (size_t i = 0; i < count; i++) {
		uint32_t descriptor = load_u32le(descriptors + PLAN_DESCRIPTOR * i), type = descriptor & TYPE_MASK;

		sums.size += descriptor & SIZE_MASK;
		sums.unusual += type > MOST_USUAL;
		sums.saved += type ? 0 : plan->saved[i];
	}
	return sums;
}

#ifdef __SSE2__
/* Sums in each lane. */
struct wide_sums {
	__m128i size, unusual, saved;
};

static inline uint32_t
add_up(__m128i v)
{
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4E));
	return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi32(v, _mm_shuffle_epi32(v, 0xB1)));
}

static inline void
add_four(struct wide_sums *sums, __m128i descriptors, const uint32_t *saved)
{
	const __m128i types = _mm_and_si128(descriptors, _mm_set1_epi32(TYPE_MASK));

	sums->size = _mm_add_epi32(sums->size, _mm_and_si128(descriptors, _mm_set1_epi32(SIZE_MASK)));
	sums->unusual = _mm_sub_epi32(sums->unusual, _mm_cmpgt_epi32(types, _mm_set1_epi32(MOST_USUAL)));
	sums->saved = _mm_add_epi32(sums->saved, _mm_and_si128(_mm_cmpeq_epi32(types, _mm_setzero_si128()),
		_mm_loadu_si128((const void *)saved)));
}

/* None of the descriptors is behind the plan's slots.  The last step meets some of the one before again, under a mask that
 * makes nothing of them: no size, and a type that is neither unusual nor NULL. */
static inline struct plan_sums
sums_of_named(const struct plan *plan, const uint8_t *descriptors, uint32_t count)
{
	static const uint32_t keep[2 * FOUR - 1] = { 0, 0, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX };
	struct wide_sums wide = { _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128() };
	const __m128i plain = _mm_set1_epi32(VALUE_STRING << 16);
	__m128i mask, last;
	size_t i;

	if (count < FOUR)
		return sums_plainly(plan, descriptors, count);
	for (i = 0; i + FOUR < count; i += FOUR)
		add_four(&wide, _mm_loadu_si128((const void *)(descriptors + PLAN_DESCRIPTOR * i)), plan->saved + i);
	mask = _mm_loadu_si128((const void *)(keep + (count - i - 1)));
	last = _mm_loadu_si128((const void *)(descriptors + PLAN_DESCRIPTOR * (count - FOUR)));
	add_four(&wide, _mm_or_si128(_mm_and_si128(mask, last), _mm_andnot_si128(mask, plain)), plan->saved + (count - FOUR));
	return (struct plan_sums){ add_up(wide.size), add_up(wide.unusual), add_up(wide.saved) };
}
#else
static inline struct plan_sums
sums_of_named(const struct plan *plan, const uint8_t *descriptors, uint32_t count)
{
	return sums_plainly(plan, descriptors, count);
}
#endif

/* No sum overflows: there are at most PLAN_SLOTS sizes of 16 bits. */
struct plan_sums
plan_sums_of(const struct plan *plan, const uint8_t *descriptors, uint32_t count)
{
	uint32_t named = count < plan->slot_count ? count : plan->slot_count;
	struct plan_sums sums = sums_of_named(plan, descriptors, named);

	for (uint32_t i = named; i < count; i++) {
		sums.size += load_u16le(descriptors + PLAN_DESCRIPTOR * i);
		sums.unusual += descriptors[PLAN_DESCRIPTOR * i + PLAN_TYPE_AT] >= VALUE_BINXML;
	}
	for (uint32_t i = named; i < plan->slot_count; i++)
		sums.saved += plan->saved[i];
	return sums;
}
