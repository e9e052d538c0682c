/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over an instance's value descriptors (u16 size, u8 type, u8 0), and what it finds out kept with the plan for
 * the instances to come: outside of a layout, only the sizes of all values together are checked.  Embedded data that
 * nobody asks for has its descriptors added up, and no layout. */
#include "evtx/plan.h"

#include "evtx/plan_store.h"
#include "evtx/record_rows.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FOUR = 4, DESCRIPTOR_MASK = 0xFFFFFF };

/* --- the walk --- */

/* What it adds up. */
struct sums {
	uint32_t at;      /* where the next value begins */
	uint32_t unusual; /* values that are arrays, embedded data or of an unknown type */
	uint32_t saved;
};

static inline void
one_value(const struct plan *plan, struct plan_value *values, const uint8_t *descriptors, size_t i, struct sums *sums)
{
	uint32_t descriptor = load_u32le(descriptors + PLAN_DESCRIPTOR * i);
	uint8_t type = (uint8_t)(descriptor >> 16);

	values[i] = plan_value_make(sums->at, descriptor);
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

/* Four descriptors at a time, up to `end`, a multiple of four.  The offsets are the sums of the sizes before. */
static inline void
four_values(const struct plan *plan, struct plan_value *values, const uint8_t *descriptors, size_t end, struct sums *sums)
{
	const __m128i size_mask = _mm_set1_epi32(0xFFFF), type_mask = _mm_set1_epi32(0xFF0000), zero = _mm_setzero_si128();
	const __m128i plain_most = _mm_set1_epi32((VALUE_BINXML - 1) << 16);
	__m128i at = zero, unusual = zero, saved = zero;

	for (size_t i = 0; i < end; i += FOUR) {
		__m128i d = _mm_loadu_si128((const void *)(descriptors + PLAN_DESCRIPTOR * i));
		__m128i sizes = _mm_and_si128(d, size_mask), types = _mm_and_si128(d, type_mask), behind, before;

		behind = _mm_add_epi32(sizes, _mm_slli_si128(sizes, 4));
		behind = _mm_add_epi32(behind, _mm_slli_si128(behind, 8));
		before = _mm_add_epi32(at, _mm_sub_epi32(behind, sizes));
		at = _mm_add_epi32(at, _mm_shuffle_epi32(behind, 0xFF));
		unusual = _mm_sub_epi32(unusual, _mm_cmpgt_epi32(types, plain_most));
		saved = _mm_add_epi32(saved, _mm_and_si128(_mm_cmpeq_epi32(types, zero),
			_mm_loadu_si128((const void *)(plan->saved + i))));
		_mm_storeu_si128((void *)&values[i], _mm_unpacklo_epi32(before, d));
		_mm_storeu_si128((void *)&values[i + 2], _mm_unpackhi_epi32(before, d));
	}
	*sums = (struct sums){ (uint32_t)_mm_cvtsi128_si32(at), add_up(unusual), add_up(saved) };
}
#else
static inline void
four_values(const struct plan *plan, struct plan_value *values, const uint8_t *descriptors, size_t end, struct sums *sums)
{
	for (size_t i = 0; i < end; i++)
		one_value(plan, values, descriptors, i, sums);
}
#endif

/* --- System rows --- */

/* Whether a copy of the value's bytes is the field. */
static bool
is_usual(const struct plan_row *row, struct plan_value v)
{
	return row->store && (v.bits >> 32 & DESCRIPTOR_MASK) == row->usual;
}

static void
add_row(struct plan_system *s, const struct plan_row *row, struct plan_value v, size_t index)
{
	s->rows[s->row_count++] = (struct plan_system_row){ .at = plan_value_at(v), .len = plan_value_len(v),
		.type = plan_value_type(v), .field = row->field, .row = (uint8_t)index, .cache = row->row,
		.is_text = record_rows[row->row].kind == ROW_TEXT };
}

static void
add_detail(struct plan_system *s, const struct plan_row *row, struct plan_value v)
{
	s->details[s->detail_count++] = (struct plan_system_detail){ .at = plan_value_at(v), .field = row->field, .store = row->store };
}

static bool
is_detail(const struct plan_row *row)
{
	return row->field != offsetof(struct record_system, time) && row->field != offsetof(struct record_system, record_id) &&
	       row->field != offsetof(struct record_system, event_id);
}

static void
make_copies(struct plan_system *s, const struct plan *plan, const struct plan_value *values, enum plan_row_store store)
{
	for (size_t i = 0; i < plan->row_count; i++) {
		const struct plan_row *row = &plan->rows[i];

		if (!is_detail(row) && row->store == store && is_usual(row, values[row->slot]))
			add_row(s, row, values[row->slot], i);
	}
}

/* Copies, what asks for more, and details. */
static void
make_rows(struct plan_system *s, const struct plan *plan, const struct plan_value *values)
{
	s->fields = plan->system;
	s->row_count = s->detail_count = 0;
	make_copies(s, plan, values, ROW_STORE_8);
	s->eights = s->row_count;
	make_copies(s, plan, values, ROW_STORE_2_AS_4);
	s->copies = s->row_count;
	for (size_t i = 0; i < plan->row_count; i++) {
		const struct plan_row *row = &plan->rows[i];
		struct plan_value v = values[row->slot];
		bool usual = is_usual(row, v), copied = row->store == ROW_STORE_8 || row->store == ROW_STORE_2_AS_4;

		if (usual && is_detail(row))
			add_detail(s, row, v);
		else if (plan_value_type(v) != VALUE_NULL && !(usual && copied))
			add_row(s, row, v, i);
		if (usual && row->has)
			*(bool *)((char *)&s->fields + row->has) = true;
	}
}

/* --- layouts --- */

static inline size_t
round_up(size_t count)
{
	return (count + FOUR - 1) & ~(size_t)(FOUR - 1);
}

/* The layout has the descriptors, and zeros behind them where the plan has more slots: values of type NULL.  No sum
 * overflows: there are at most PLAN_SLOTS sizes of 16 bits. */
static void
fill(struct plan_layout *l, const struct plan *plan, uint32_t count)
{
	struct sums sums = { .at = 0 };
	uint8_t embedded;

	four_values(plan, l->values, l->descriptors, round_up(plan->slot_count), &sums);
	for (size_t i = round_up(plan->slot_count); i < count; i++)
		one_value(plan, l->values, l->descriptors, i, &sums);
	embedded = plan->embeds ? plan_value_type(l->values[plan->embed_slot]) : VALUE_NULL;
	l->count = count;
	l->embeds_last = plan->embeds && (uint32_t)plan->embed_slot + 1 == count;
	l->same = PLAN_DESCRIPTOR * (count - l->embeds_last);
	l->last = l->embeds_last ? load_u16le(l->descriptors + l->same + PLAN_TYPE_AT) : 0;
	l->size = sums.at - (l->embeds_last ? plan_value_len(l->values[count - 1]) : 0);
	l->cost = (size_t)count + plan->nodes - sums.saved;
	l->plain = sums.unusual == (embedded == VALUE_BINXML) && (embedded == VALUE_BINXML || embedded == VALUE_NULL);
	if (l->system)
		make_rows(l->system, plan, l->values);
}

static void
set(struct plan_layout *l, const struct plan *plan, const uint8_t *descriptors, uint32_t count, uint32_t room)
{
	memcpy(l->descriptors, descriptors, PLAN_DESCRIPTOR * (size_t)count);
	memset(l->descriptors + PLAN_DESCRIPTOR * (size_t)count, 0, PLAN_DESCRIPTOR * (size_t)(room - count));
	fill(l, plan, count);
}

/* Room for a layout of so many values, kept as long as the plan. */
static struct plan_layout *
new_layout(struct arena *memory, uint32_t room, bool is_event)
{
	struct plan_layout *l = ARENA_NEW(memory, struct plan_layout);

	if (!l)
		return NULL;
	l->room = room;
	l->descriptors = ARENA_ARRAY(memory, uint8_t, PLAN_DESCRIPTOR * (size_t)room);
	l->values = ARENA_ARRAY(memory, struct plan_value, room);
	l->system = is_event ? ARENA_NEW(memory, struct plan_system) : NULL;
	return l->descriptors && l->values && (l->system || !is_event) ? l : NULL;
}

struct plan_layout *
plan_layout_make(struct plan_store *store, struct plan_instance *instance, const uint8_t *descriptors, uint32_t count)
{
	struct plan *plan = instance->plan;
	struct plan_layout *other = plan->layouts[PLAN_LAYOUTS - 1];
	uint32_t room = (uint32_t)round_up(count > plan->slot_count ? count : plan->slot_count);

	if (plan_store_before(store)->plan == plan)
		plan_store_before(store)->len = 0; /* its layout may become another one */
	if (!other)
		other = new_layout(plan_store_memory(store), room + FOUR, plan->is_event);
	else if (plan_layout_is_for(other, descriptors, count))
		room = 0;
	if (!other || other->room < room) {
		instance->own = (struct plan_layout){ .values = instance->own_values, .descriptors = instance->own_descriptors,
			.system = plan->is_event ? &instance->own_system : NULL };
		set(&instance->own, plan, descriptors, count, room);
		return &instance->own;
	}
	if (room)
		set(other, plan, descriptors, count, room);
	for (size_t i = PLAN_LAYOUTS - 1; i > 0; i--)
		plan->layouts[i] = plan->layouts[i - 1];
	plan->layouts[0] = other;
	return other;
}
