/* SPDX-License-Identifier: Apache-2.0 */
/* A record by its plans: the heads of its instances, their value descriptors, nothing else.  The bounds are checked once
 * for each list: all descriptors fit, and the sum of all sizes fits. */
#include "evtx/plan.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "evtx/record_rows.h"

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

/* u32 count, the descriptors (u16 size, u8 type, u8 0), the values. */
static bool
read_values(struct plan_record *r, struct cursor *c, struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;
	uint32_t count = cursor_u32le(c);
	size_t named = plan->slot_count, unusual = 0, saved = 0, i;
	struct slice descriptors;
	uint64_t at;

	if (count > PLAN_SLOTS)
		return false;
	descriptors = cursor_take(c, DESCRIPTOR * (size_t)count);
	if (c->bad)
		return false;
	at = c->at;
	for (i = 0; i < count; i++) {
		uint32_t descriptor = slice_u32le(descriptors, DESCRIPTOR * i);
		uint8_t type = (uint8_t)(descriptor >> 16);

		instance->values[i] = plan_value_make(at, descriptor);
		at += (uint16_t)descriptor;
		unusual += type >= VALUE_BINXML;
		if (type == VALUE_NULL)
			saved += i < named ? plan->slots[i].saved : 0;
	}
	cursor_take(c, at - c->at);
	if (c->bad)
		return false;
	for (; i < named; i++) {
		instance->values[i] = plan_value_make(0, VALUE_NULL);
		saved += plan->slots[i].saved;
	}
	r->cost += 1 + (size_t)count + plan->nodes - saved;
	return embeds_well(instance) && (are_plain(instance, unusual) || weigh_all(r, instance));
}

/* [fragment header] instance, up to its end token or the end of the bytes. */
static bool
read_instance(struct plan_record *r, struct cursor *c, struct plan_instance *instance)
{
	if (cursor_peek(c) == TOKEN_FRAGMENT) {
		cursor_take(c, FRAGMENT_BYTES);
		r->cost++;
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

	if (plan_value_type(v) == VALUE_NULL)
		return true;
	if (!read_instance(r, &c, &r->inner) || !r->inner.plan->is_data)
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
	if (!read_instance(r, &c, &r->outer) || !r->outer.plan->is_event)
		return false;
	r->read_end = (size_t)c.at;
	if (r->outer.plan->embeds && !read_embedded(r))
		return false;
	return r->cost <= budget;
}

/* --- System --- */

static inline uint64_t
load_usual(struct slice raw)
{
	switch (raw.len) {
	case 1:
		return raw.ptr[0];
	case 2:
		return (uint64_t)(raw.ptr[0] | raw.ptr[1] << 8);
	case 4:
		return slice_u32le(raw, 0);
	default:
		return slice_u64le(raw, 0);
	}
}

/* The field is as large as the value or larger. */
static inline void
store_usual(void *field, uint8_t size, struct slice raw)
{
	uint64_t number;
	uint32_t word;
	uint16_t half;

	if (size == sizeof(struct guid)) {
		memcpy(field, raw.ptr, sizeof(struct guid));
		return;
	}
	number = load_usual(raw);
	word = (uint32_t)number;
	half = (uint16_t)number;
	if (size == sizeof(number))
		memcpy(field, &number, sizeof(number));
	else if (size == sizeof(word))
		memcpy(field, &word, sizeof(word));
	else if (size == sizeof(half))
		memcpy(field, &half, sizeof(half));
	else
		*(uint8_t *)field = (uint8_t)number;
}

enum { DESCRIPTOR_MASK = 0xFFFFFF };

static inline bool
read_row(struct plan_record *r, const struct plan_row *slot, struct record_system *system, struct err *err)
{
	struct plan_value v = r->outer.values[slot->slot];
	const struct record_row *row = &record_rows[slot->row];
	void *field = (char *)system + slot->field;
	struct value value;

	if (plan_value_type(v) == VALUE_NULL)
		return true;
	value = plan_value(r, &r->outer, slot->slot);
	if (slot->size && (v.bits >> 32 & DESCRIPTOR_MASK) == slot->usual && value.raw.len == slot->size) {
		store_usual(field, slot->field_size, value.raw);
		if (slot->has)
			*(bool *)((char *)system + slot->has) = true;
		return true;
	}
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
