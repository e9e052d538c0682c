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
array_nodes(const struct plan_record *r, const struct plan_value *v, const struct plan_slot *slot)
{
	struct value array = { .type = v->type, .raw = slice_sub(r->chunk, v->at, v->len) }, item;
	size_t count = 0;

	while (value_take_item(&array, &item))
		count++;
	return (count ? count : 1) * (slot->weight + v->len / BYTES_A_NODE + 2);
}

/* What a value does to the cost, and whether plans have words for it at all. */
static bool
weigh(struct plan_record *r, const struct plan_value *v, const struct plan_slot *slot)
{
	if (v->type == VALUE_NULL) {
		r->cost -= slot->saved;
		return true;
	}
	if (slot->use == PLAN_UNUSED)
		return true;
	if ((v->type == VALUE_BINXML) != (slot->use == PLAN_EMBED))
		return false;
	if (!(v->type & VALUE_ARRAY))
		return true;
	r->cost += v->len / BYTES_A_NODE;
	if (slot->use == PLAN_LEAF)
		r->cost += array_nodes(r, v, slot);
	return slot->use == PLAN_LEAF || slot->use == PLAN_ATTRIBUTE;
}

/* Nearly all values are plain ones in slots for such. */
static bool
weigh_all(struct plan_record *r, const struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;

	for (size_t i = 0; i < plan->slot_count; i++) {
		uint8_t type = instance->values[i].type;

		if (type < VALUE_BINXML && type != VALUE_NULL)
			continue;
		if (!weigh(r, &instance->values[i], &plan->slots[i]))
			return false;
	}
	return !plan->embeds || instance->values[plan->embed_slot].type == VALUE_BINXML ||
	       instance->values[plan->embed_slot].type == VALUE_NULL;
}

/* u32 count, the descriptors (u16 size, u8 type, u8 0), the values. */
static bool
read_values(struct plan_record *r, struct cursor *c, struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;
	uint32_t count = cursor_u32le(c);
	struct slice descriptors;
	size_t sum = 0, named = plan->slot_count, i;

	if (count > PLAN_SLOTS)
		return false;
	descriptors = cursor_take(c, DESCRIPTOR * (size_t)count);
	if (c->bad)
		return false;
	r->cost += 1 + (size_t)count + plan->nodes;
	for (i = 0; i < count; i++) {
		uint32_t descriptor = slice_u32le(descriptors, DESCRIPTOR * i);

		instance->values[i] = (struct plan_value){ .at = (uint32_t)(c->at + sum), .len = (uint16_t)descriptor,
			.type = (uint8_t)(descriptor >> 16) };
		sum += (uint16_t)descriptor;
	}
	cursor_take(c, sum);
	if (c->bad)
		return false;
	for (; i < named; i++)
		instance->values[i] = (struct plan_value){ .type = VALUE_NULL };
	instance->count = count;
	return weigh_all(r, instance);
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
	const struct plan_value *v = &r->outer.values[r->outer.plan->embed_slot];
	struct cursor c = cursor_over(slice_sub(r->chunk, v->at, v->len), v->at);

	if (v->type == VALUE_NULL)
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

static inline bool
read_small(uint8_t size, uint64_t number, void *field)
{
	uint16_t u16 = (uint16_t)number;
	uint8_t u8 = (uint8_t)number;

	if (size == 2 && number == u16)
		memcpy(field, &u16, sizeof(u16));
	else if (size == 1 && number == u8)
		memcpy(field, &u8, sizeof(u8));
	else
		return false;
	return true;
}

/* A number of the field's own size, or a time or GUID, stored as it is: what Windows writes. */
static inline bool
read_usual(const struct record_row *row, const struct value *value, void *field)
{
	static const uint8_t numbers[] = { [VALUE_UINT8] = 1, [VALUE_UINT16] = 2, [VALUE_UINT32] = 4, [VALUE_UINT64] = 8,
		[VALUE_HEX32] = 4, [VALUE_HEX64] = 8 };
	uint64_t number;
	uint32_t word;

	switch (row->kind) {
	case ROW_NUMBER:
		if (value->type >= ARRAY_LEN(numbers) || !value->raw.len || numbers[value->type] != value->raw.len)
			return false;
		break;
	case ROW_TIME:
		if (value->type != VALUE_FILETIME || value->raw.len != sizeof(number))
			return false;
		break;
	case ROW_GUID:
		if (value->type != VALUE_GUID || value->raw.len != sizeof(struct guid))
			return false;
		memcpy(field, value->raw.ptr, sizeof(struct guid));
		return true;
	case ROW_TEXT:
		return false;
	}
	number = value->raw.len == 8 ? slice_u64le(value->raw, 0) : value->raw.len == 4 ? slice_u32le(value->raw, 0)
		: value->raw.len == 2 ? (uint64_t)(value->raw.ptr[0] | value->raw.ptr[1] << 8) : value->raw.ptr[0];
	word = (uint32_t)number;
	if (row->kind == ROW_TIME || row->size == 8)
		memcpy(field, &number, sizeof(number));
	else if (row->size == 4 && number == word)
		memcpy(field, &word, sizeof(word));
	else
		return read_small(row->size, number, field);
	return true;
}

static bool
read_row(struct plan_record *r, const struct plan_row *slot, struct record_system *system, struct err *err)
{
	const struct record_row *row = &record_rows[slot->row];
	struct value value = plan_value(r, &r->outer, slot->slot);
	void *field = (char *)system + row->field;

	if (value.type == VALUE_NULL)
		return true;
	if (row->kind == ROW_TEXT && cached_text_of(&plan_store_texts(r->store)->rows[slot->row], &value, field))
		return true;
	if (row->kind == ROW_TEXT || !read_usual(row, &value, field))
		return record_set_row(system, row, &value, r->arena, err);
	if (row->has)
		*(bool *)((char *)system + row->has) = true;
	return true;
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
