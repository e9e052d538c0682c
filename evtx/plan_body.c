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
	BLOCK = 16,
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

/* A name's place is not looked at: neither in its own block nor in the last one, which may overlap that. */
static void
leave_out(uint16_t *mask, size_t len, size_t at, size_t size)
{
	size_t blocks = len / BLOCK, last = blocks ? len - BLOCK : 0;
	uint32_t bits = ((1u << size) - 1) << at % BLOCK;

	for (size_t i = at / BLOCK; bits && i < blocks; i++, bits >>= BLOCK)
		mask[i] &= (uint16_t)~bits;
	for (size_t byte = at < last ? last : at; byte < at + size; byte++)
		mask[blocks] &= (uint16_t)~(1u << (byte - last));
}

bool
plan_keep_body(struct plan *plan, struct slice body, const struct binxml_definition *definition, struct arena *memory)
{
	size_t words = body.len / BLOCK + 1;
	uint16_t *mask = ARENA_ARRAY(memory, uint16_t, words);

	if (!mask || !arena_copy(memory, body, &plan->body) || !keep_references(plan, definition, memory))
		return false;
	memset(mask, 0xFF, words * sizeof(*mask));
	for (size_t i = 0; i < plan->reference_count; i++) {
		const struct plan_reference *r = &plan->references[i];

		leave_out(mask, body.len, r->at, REFERENCE + (r->is_inline ? NAME_LINK : 0));
	}
	plan->mask = mask;
	return true;
}

/* --- the comparison --- */

/* Bits of the bytes that differ, of at most a block. */
static inline unsigned
differ_plainly(const uint8_t *a, const uint8_t *b, size_t len)
{
	unsigned differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned)(a[i] != b[i]) << i;
	return differ;
}

static inline unsigned
differ_block(const uint8_t *a, const uint8_t *b)
{
#ifdef __SSE2__
	return 0xFFFFu ^ (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const void *)a), _mm_loadu_si128((const void *)b)));
#else
	return differ_plainly(a, b, BLOCK);
#endif
}

/* The last block overlaps the one before. */
static bool
same_under_mask(const uint8_t *a, const uint8_t *b, const uint16_t *mask, size_t len)
{
	size_t blocks = len / BLOCK;
	unsigned differ = 0;

	if (!blocks)
		return !(differ_plainly(a, b, len) & mask[0]);
	for (size_t i = 0; i < blocks; i++)
		differ |= differ_block(a + i * BLOCK, b + i * BLOCK) & mask[i];
	return !(differ | (differ_block(a + len - BLOCK, b + len - BLOCK) & mask[blocks]));
}

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
