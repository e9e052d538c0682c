/* SPDX-License-Identifier: Apache-2.0 */
/* A record by its plans: the heads of its instances, their value descriptors, nothing else.  The bounds are checked once
 * for each list: all descriptors fit, and the sum of all sizes fits. */
#include "evtx/plan.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "evtx/plan_shape.h"
#include "evtx/record_rows.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	TOKEN_END = 0x00,
	TOKEN_INSTANCE = 0x0C,
	TOKEN_FRAGMENT = 0x0F,
	FRAGMENT_BYTES = 4,
	DEFINITION_HEADER = 24,
	DESCRIPTOR = 4,
	BYTES_A_NODE = 32, /* as in binxml.c */
};

/* u32 id, u32 definition offset, then the definition when it stands right there (24 bytes of header, body). */
static bool
read_head(struct plan_record *r, struct cursor *c, struct plan_instance *instance)
{
	uint32_t id, offset, found;
	struct cursor definition;

	cursor_u8(c);
	id = cursor_u32le(c);
	offset = cursor_u32le(c);
	if (c->bad || offset < LIMIT_CHUNK_HEADER)
		return false;
	definition = cursor_over(slice_sub(r->chunk, offset, DEFINITION_HEADER), offset);
	cursor_take(&definition, 4);
	found = cursor_u32le(&definition);
	if (definition.bad || found != id)
		return false;
	instance->plan = plan_store_find(r->store, r->chunk, offset);
	if (!instance->plan)
		return false;
	if (offset == c->at)
		cursor_take(c, DEFINITION_HEADER + instance->plan->body.len);
	return !c->bad;
}

/* Nodes for the items of an array: its element once for each.  At least one: the tree decoder repeats before it asks. */
static size_t
array_nodes(const struct plan_record *r, struct plan_value v, const struct plan_slot *slot)
{
	struct value array = { .type = plan_value_type(v), .raw = slice_sub(r->chunk, plan_value_at(v), plan_value_len(v)) }, item;
	size_t count = 0;

	while (value_take_item(&array, &item))
		count++;
	return (count ? count : 1) * (slot->weight + plan_value_len(v) / BYTES_A_NODE + 2);
}

/* What an array or embedded data does to the cost, and whether plans have words for it at all. */
static bool
weigh(struct plan_record *r, struct plan_value v, const struct plan_slot *slot)
{
	if (slot->use == PLAN_UNUSED)
		return true;
	if ((plan_value_type(v) == VALUE_BINXML) != (slot->use == PLAN_EMBED))
		return false;
	if (!(plan_value_type(v) & VALUE_ARRAY))
		return true;
	r->cost += plan_value_len(v) / BYTES_A_NODE;
	if (slot->use == PLAN_LEAF)
		r->cost += array_nodes(r, v, slot);
	return slot->use == PLAN_LEAF || slot->use == PLAN_ATTRIBUTE;
}

/* Every value that is no plain one, in a slot that is named. */
static bool
weigh_all(struct plan_record *r, const struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;

	for (size_t i = 0; i < plan->slot_count; i++) {
		if (plan_value_type(instance->values[i]) >= VALUE_BINXML && !weigh(r, instance->values[i], &plan->slots[i]))
			return false;
	}
	return true;
}

/* Whether all values are plain but for embedded data in its place (or none there), as they nearly always are. */
static inline bool
are_plain(const struct plan_instance *instance, size_t unusual)
{
	const struct plan *plan = instance->plan;
	uint8_t embedded = plan->embeds ? plan_value_type(instance->values[plan->embed_slot]) : VALUE_NULL;

	return unusual == (embedded == VALUE_BINXML);
}

static inline bool
embeds_well(const struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;
	uint8_t type = plan->embeds ? plan_value_type(instance->values[plan->embed_slot]) : VALUE_NULL;

	return type == VALUE_BINXML || type == VALUE_NULL;
}

/* What a walk over descriptors adds up. */
struct sums {
	uint32_t at;      /* where the next value begins */
	uint32_t unusual; /* values that are arrays, embedded data or of an unknown type */
	uint32_t saved;
};

static inline void
one_value(const struct plan *plan, struct plan_instance *instance, const uint8_t *descriptors, size_t i, struct sums *sums)
{
	uint32_t descriptor = load_u32le(descriptors + DESCRIPTOR * i);
	uint8_t type = (uint8_t)(descriptor >> 16);

	instance->values[i] = plan_value_make(sums->at, descriptor);
	sums->at += (uint16_t)descriptor;
	sums->unusual += type >= VALUE_BINXML;
	if (type == VALUE_NULL && i < plan->slot_count)
		sums->saved += plan->saved[i];
}

#ifdef __SSE2__
static inline uint32_t
add_up(__m128i v)
{
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4E));
	return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi32(v, _mm_shuffle_epi32(v, 0xB1)));
}

/* Four descriptors at a time, as far as all four have a slot; returns how many were read.  The offsets are the sums of
 * the sizes before. */
static inline size_t
four_values(const struct plan *plan, struct plan_instance *instance, const uint8_t *descriptors, size_t count, struct sums *sums)
{
	const __m128i size_mask = _mm_set1_epi32(0xFFFF), type_mask = _mm_set1_epi32(0xFF0000), zero = _mm_setzero_si128();
	const __m128i plain_most = _mm_set1_epi32((VALUE_BINXML - 1) << 16);
	__m128i at = _mm_set1_epi32((int)sums->at), unusual = zero, saved = zero;
	size_t end = (count < plan->slot_count ? count : plan->slot_count) & ~(size_t)3;

	for (size_t i = 0; i < end; i += 4) {
		__m128i d = _mm_loadu_si128((const void *)(descriptors + DESCRIPTOR * i));
		__m128i sizes = _mm_and_si128(d, size_mask), types = _mm_and_si128(d, type_mask), behind, before;

		behind = _mm_add_epi32(sizes, _mm_slli_si128(sizes, 4));
		behind = _mm_add_epi32(behind, _mm_slli_si128(behind, 8));
		before = _mm_add_epi32(at, _mm_sub_epi32(behind, sizes));
		at = _mm_add_epi32(at, _mm_shuffle_epi32(behind, 0xFF));
		unusual = _mm_sub_epi32(unusual, _mm_cmpgt_epi32(types, plain_most));
		saved = _mm_add_epi32(saved, _mm_and_si128(_mm_cmpeq_epi32(types, zero),
			_mm_loadu_si128((const void *)(plan->saved + i))));
		_mm_storeu_si128((void *)&instance->values[i], _mm_unpacklo_epi32(before, d));
		_mm_storeu_si128((void *)&instance->values[i + 2], _mm_unpackhi_epi32(before, d));
	}
	*sums = (struct sums){ (uint32_t)_mm_cvtsi128_si32(at), add_up(unusual), add_up(saved) };
	return end;
}
#else
static inline size_t
four_values(const struct plan *plan, struct plan_instance *instance, const uint8_t *descriptors, size_t count, struct sums *sums)
{
	(void)plan, (void)instance, (void)descriptors, (void)count, (void)sums;
	return 0;
}
#endif

/* u32 count, the descriptors (u16 size, u8 type, u8 0), the values.  No sum overflows: sizes are 16 bits. */
static bool
read_values(struct plan_record *r, struct cursor *c, struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;
	uint32_t count = cursor_u32le(c);
	struct slice descriptors;
	struct sums sums = { .at = 0 };
	size_t i;

	if (count > PLAN_SLOTS)
		return false;
	descriptors = cursor_take(c, DESCRIPTOR * (size_t)count);
	if (c->bad)
		return false;
	sums.at = (uint32_t)c->at;
	for (i = four_values(plan, instance, descriptors.ptr, count, &sums); i < count; i++)
		one_value(plan, instance, descriptors.ptr, i, &sums);
	cursor_take(c, sums.at - (size_t)c->at);
	if (c->bad)
		return false;
	for (; i < plan->slot_count; i++) {
		instance->values[i] = plan_value_make(0, VALUE_NULL);
		sums.saved += plan->saved[i];
	}
	r->cost += 1 + (size_t)count + plan->nodes - sums.saved;
	return embeds_well(instance) && (are_plain(instance, sums.unusual) || weigh_all(r, instance));
}

/* [fragment header] instance or element, up to its end token or the end of the bytes. */
static bool
read_instance(struct plan_record *r, struct cursor *c, struct plan_instance *instance, bool *from_template)
{
	size_t start = (size_t)c->at, cost = r->cost, nodes;

	if (cursor_peek(c) == TOKEN_FRAGMENT) {
		cursor_take(c, FRAGMENT_BYTES);
		r->cost++;
	}
	*from_template = cursor_peek(c) == TOKEN_INSTANCE;
	if (!*from_template) {
		if (c->bad || !plan_shape_read(r->store, r->chunk, start, c, instance, &nodes))
			return false;
		r->cost = cost + nodes;
		return true;
	}
	r->cost++;
	if (cursor_u8(c) != TOKEN_INSTANCE || !read_head(r, c, instance) || !read_values(r, c, instance))
		return false;
	return c->rest.len == 0 || cursor_u8(c) == TOKEN_END;
}

/* The value of an embedding slot: one instance, and no further fragment behind it. */
static bool
read_embedded(struct plan_record *r)
{
	struct plan_value v = r->outer.values[r->outer.plan->embed_slot];
	struct cursor c = cursor_over(slice_sub(r->chunk, plan_value_at(v), plan_value_len(v)), plan_value_at(v));
	bool ignored;

	if (plan_value_type(v) == VALUE_NULL)
		return true;
	if (!read_instance(r, &c, &r->inner, &ignored) || !r->inner.plan->is_data)
		return false;
	return cursor_peek(&c) != TOKEN_FRAGMENT && cursor_peek(&c) != TOKEN_INSTANCE;
}

bool
plan_read(struct plan_record *r, struct slice chunk, size_t start, size_t end, size_t budget)
{
	struct cursor c = cursor_over(slice_sub(chunk, start, end > start ? end - start : 0), start);

	r->chunk = chunk;
	r->start = start;
	r->end = end;
	r->cost = 0;
	r->inner.plan = NULL;
	r->has_tree = false;
	if (!read_instance(r, &c, &r->outer, &r->from_template) || !r->outer.plan->is_event)
		return false;
	r->read_end = (size_t)c.at;
	if (r->outer.plan->embeds && !read_embedded(r))
		return false;
	return r->cost <= budget;
}

/* --- System --- */

enum { DESCRIPTOR_MASK = 0xFFFFFF };

/* The value has the size that the store asks for. */
static inline void
store_usual(void *field, enum plan_row_store store, const uint8_t *raw)
{
	switch (store) {
	case ROW_STORE_NONE:
		break;
	case ROW_STORE_1:
		*(uint8_t *)field = raw[0];
		break;
	case ROW_STORE_2:
		memcpy(field, &(uint16_t){ load_u16le(raw) }, sizeof(uint16_t));
		break;
	case ROW_STORE_2_AS_4:
		memcpy(field, &(uint32_t){ load_u16le(raw) }, sizeof(uint32_t));
		break;
	case ROW_STORE_4:
		memcpy(field, &(uint32_t){ load_u32le(raw) }, sizeof(uint32_t));
		break;
	case ROW_STORE_8:
		memcpy(field, &(uint64_t){ load_u64le(raw) }, sizeof(uint64_t));
		break;
	case ROW_STORE_16:
		memcpy(field, raw, sizeof(struct guid));
		break;
	}
}

static inline bool
read_row(struct plan_record *r, const struct plan_row *slot, struct record_system *system, struct err *err)
{
	struct plan_value v = r->outer.values[slot->slot];
	const struct record_row *row = &record_rows[slot->row];
	void *field = (char *)system + slot->field;
	struct value value;

	if (plan_value_type(v) == VALUE_NULL)
		return true;
	if (slot->store && (v.bits >> 32 & DESCRIPTOR_MASK) == slot->usual) {
		store_usual(field, slot->store, r->chunk.ptr + plan_value_at(v));
		if (slot->has)
			*(bool *)((char *)system + slot->has) = true;
		return true;
	}
	value = plan_value(r, &r->outer, slot->slot);
	if (row->kind == ROW_TEXT && cached_text_of(&plan_store_texts(r->store)->rows[slot->row], &value, field))
		return true;
	return record_set_row(system, row, &value, r->arena, err);
}

bool
plan_read_system(struct plan_record *r, struct record_system *system, struct err *err)
{
	const struct plan *plan = r->outer.plan;

	*system = plan->system;
	for (size_t i = 0; i < plan->row_count; i++) {
		if (!read_row(r, &plan->rows[i], system, err))
			return false;
	}
	return true;
}
