/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/plan_trace.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = 16, SIZE = 4, TEXT_COUNT = 2 /* u16 count of units, before a text */ };

void
plan_trace_end(struct plan_trace *t, struct slice chunk, const uint8_t *end, const struct plan_instance *instance, size_t texts)
{
	size_t len = (size_t)(end - t->start), start = (size_t)(t->start - chunk.ptr);

	/* A name that stands behind the reference to it belongs to this place alone. */
	if (len > PLAN_TRACE || t->sizes > PLAN_TRACE_SIZES || t->highest >= start)
		return;
	t->element = slice_from(t->start, len);
	t->texts = texts;
	for (size_t i = 0; i < texts; i++) {
		size_t at = plan_value_at(instance->own_values[i]) - start;

		t->ends[i] = (uint16_t)at;
		t->nexts[i] = (uint16_t)(at + plan_value_len(instance->own_values[i]));
	}
	memset(t->mask, 0xFF, len);
	for (size_t i = 0; i < t->sizes; i++)
		memset(t->mask + t->size_at[i], 0, SIZE);
	t->usable = true;
}

static inline bool
same_plainly(const uint8_t *a, const uint8_t *b, const uint8_t *mask, size_t len)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (uint8_t)((a[i] ^ b[i]) & mask[i]);
	return !differ;
}

/* The same bytes under the mask.  Of both, and of the mask, `there` bytes may be read. */
static inline bool
same_under_mask(const uint8_t *a, const uint8_t *b, const uint8_t *mask, size_t len, size_t there)
{
#ifdef __SSE2__
	static const uint8_t front[2 * BLOCK] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0xFF, 0xFF };
	__m128i differ = _mm_setzero_si128(), all;
	size_t i;

	if (!cursor_has(there, len + BLOCK))
		return same_plainly(a, b, mask, len);
	for (i = 0; i < len; i += BLOCK) {
		all = _mm_xor_si128(_mm_loadu_si128((const void *)(a + i)), _mm_loadu_si128((const void *)(b + i)));
		all = _mm_and_si128(all, _mm_loadu_si128((const void *)(mask + i)));
		if (len - i < BLOCK)
			all = _mm_and_si128(all, _mm_loadu_si128((const void *)(front + BLOCK - (len - i))));
		differ = _mm_or_si128(differ, all);
	}
	return _mm_movemask_epi8(_mm_cmpeq_epi8(differ, _mm_setzero_si128())) == 0xFFFF;
#else
	(void)there;
	return same_plainly(a, b, mask, len);
#endif
}

/* What stands between two texts. */
static inline bool
take_between(const struct plan_trace *t, size_t from, size_t end, struct slice *rest)
{
	size_t len = end - from, there = t->element.len - from;
	const uint8_t *bytes;

	there = there < rest->len ? there : rest->len;
	return slice_take(rest, len, &bytes) && same_under_mask(bytes, t->element.ptr + from, t->mask + from, len, there);
}

bool
plan_trace_repeats(const struct plan_trace *t, struct slice chunk, struct slice *bytes, struct plan_instance *instance)
{
	struct slice rest = *bytes, text;
	const uint8_t *count;
	size_t from = 0;

	/* Where it stands behind the one of the trace, no name of it stands behind its reference either. */
	if (!t->usable || rest.ptr <= t->element.ptr)
		return false;
	for (size_t i = 0; i < t->texts; i++) {
		if (!take_between(t, from, t->ends[i] - TEXT_COUNT, &rest) || !slice_take(&rest, TEXT_COUNT, &count))
			return false;
		text.len = 2u * load_u16le(count);
		if (text.len > UINT16_MAX || !slice_take(&rest, text.len, &text.ptr))
			return false;
		instance->own_values[i] = plan_value_make((size_t)(text.ptr - chunk.ptr), (uint32_t)text.len | VALUE_STRING << 16);
		from = t->nexts[i];
	}
	if (!take_between(t, from, t->element.len, &rest))
		return false;
	*bytes = rest;
	return true;
}
