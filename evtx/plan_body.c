/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a definition of another chunk says the same as a plan's: the bytes of both, but for where names stand, and
 * each name.  A reference is the chunk offset of a name; the first one in a chunk has the name behind it. */
#include "evtx/plan.h"

#include "base/limits.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	REFERENCE = 4,
	NAME_LINK = 4, /* u32 next in its bucket */
	NAME_HASH = 2,
	NAME_HEAD = 8, /* with the u16 count of units */
	LOOK_BACK = 8, /* references that are asked for the same name */
};

/* --- what is kept --- */

static uint32_t
find_same(const struct plan_reference *references, uint32_t i, struct slice name)
{
	for (uint32_t back = 1; back <= LOOK_BACK && back <= i; back++) {
		if (slice_eq(references[i - back].name, name))
			return i - back;
	}
	return i;
}

static bool
keep_references(struct plan *plan, const struct binxml_definition *definition, struct arena *memory)
{
	struct plan_reference *copy = ARENA_ARRAY(memory, struct plan_reference, definition->reference_count);

	if (!copy)
		return false;
	for (uint32_t i = 0; i < definition->reference_count; i++) {
		const struct binxml_reference *r = &definition->references[i];
		uint32_t same = find_same(copy, i, r->name);

		copy[i] = (struct plan_reference){ .at = r->at, .same = same, .is_inline = r->is_inline };
		if (same != i)
			copy[i].name = copy[same].name;
		else if (r->name.len && !arena_copy(memory, r->name, &copy[i].name))
			return false;
	}
	plan->references = copy;
	plan->reference_count = definition->reference_count;
	return true;
}

bool
plan_keep_body(struct plan *plan, struct slice body, const struct binxml_definition *definition, struct arena *memory)
{
	uint8_t *mask = ARENA_ARRAY(memory, uint8_t, body.len);

	if (!mask || !arena_copy(memory, body, &plan->body) || !keep_references(plan, definition, memory))
		return false;
	memset(mask, 0xFF, body.len);
	for (size_t i = 0; i < plan->reference_count; i++) {
		const struct plan_reference *r = &plan->references[i];

		memset(mask + r->at, 0, REFERENCE + (r->is_inline ? NAME_LINK : 0));
	}
	plan->mask = mask;
	return true;
}

/* --- the comparison --- */

static inline uint8_t
differ_plainly(const uint8_t *a, const uint8_t *b, const uint8_t *mask, size_t len)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (uint8_t)((a[i] ^ b[i]) & mask[i]);
	return differ;
}

#ifdef __SSE2__
enum { BLOCK = 16 };

static inline __m128i
differ_block(const uint8_t *a, const uint8_t *b, const uint8_t *mask)
{
	return _mm_and_si128(_mm_xor_si128(_mm_loadu_si128((const void *)a), _mm_loadu_si128((const void *)b)),
		_mm_loadu_si128((const void *)mask));
}

static bool
same_under_mask(const uint8_t *a, const uint8_t *b, const uint8_t *mask, size_t len)
{
	__m128i differ = _mm_setzero_si128();
	size_t i = 0;

	if (len < BLOCK)
		return !differ_plainly(a, b, mask, len);
	for (; len - i >= 2 * BLOCK; i += 2 * BLOCK) {
		differ = _mm_or_si128(differ, differ_block(a + i, b + i, mask + i));
		differ = _mm_or_si128(differ, differ_block(a + i + BLOCK, b + i + BLOCK, mask + i + BLOCK));
	}
	if (len - i >= BLOCK)
		differ = _mm_or_si128(differ, differ_block(a + i, b + i, mask + i));
	i = len - BLOCK;
	differ = _mm_or_si128(differ, differ_block(a + i, b + i, mask + i));
	return _mm_movemask_epi8(_mm_cmpeq_epi8(differ, _mm_setzero_si128())) == 0xFFFF;
}
#else
static bool
same_under_mask(const uint8_t *a, const uint8_t *b, const uint8_t *mask, size_t len)
{
	return !differ_plainly(a, b, mask, len);
}
#endif

static bool
name_fits(struct slice chunk, uint32_t offset, struct slice name)
{
	const uint8_t *at = chunk.ptr + offset;

	return offset >= LIMIT_CHUNK_HEADER && offset <= chunk.len && cursor_has(chunk.len - offset, NAME_HEAD + name.len) &&
	       load_u16le(at + NAME_LINK + NAME_HASH) * (size_t)2 == name.len && memcmp(at + NAME_HEAD, name.ptr, name.len) == 0;
}

/* Most names were met a few references before. */
static bool
references_fit(const struct plan *plan, struct slice chunk, size_t start, const uint8_t *body)
{
	for (size_t i = 0; i < plan->reference_count; i++) {
		const struct plan_reference *r = &plan->references[i];
		uint32_t offset = load_u32le(body + r->at);

		if ((offset == start + r->at + REFERENCE) != r->is_inline)
			return false;
		if (r->is_inline || (r->same != i && offset == load_u32le(body + plan->references[r->same].at)))
			continue;
		if (!name_fits(chunk, offset, r->name))
			return false;
	}
	return true;
}

bool
plan_fits(const struct plan *plan, struct slice chunk, size_t start, size_t end)
{
	struct slice body = slice_sub(chunk, start, end - start);

	return body.len == plan->body.len && same_under_mask(body.ptr, plan->body.ptr, plan->mask, body.len) &&
	       references_fit(plan, chunk, start, body.ptr);
}
