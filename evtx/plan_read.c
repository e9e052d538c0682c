/* SPDX-License-Identifier: Apache-2.0 */
/* A record by its plans: the heads of its instances, their value descriptors, nothing else.  The bounds are checked once
 * for each list: all descriptors fit, and the sum of all sizes fits. */
#include "evtx/plan.h"

#include "base/limits.h"
#include "evtx/plan_shape.h"
#include "evtx/plan_store.h"

enum {
	TOKEN_END = 0x00,
	TOKEN_INSTANCE = 0x0C,
	TOKEN_FRAGMENT = 0x0F,
	FRAGMENT_BYTES = 4,
	HEAD = 10,
	DEFINITION_HEADER = 24,
	BYTES_A_NODE = 32, /* as in binxml.c */
};

/* u8 token, u8 1, u32 id, u32 definition offset, then the definition when it stands right there (24 bytes of header,
 * body). */
static bool
read_head(struct plan_record *r, struct cursor *c, struct plan_instance *instance)
{
	const uint8_t *head = cursor_ahead(c, HEAD);
	uint32_t offset;

	if (!head)
		return false;
	cursor_take(c, HEAD);
	offset = load_u32le(head + 6);
	instance->plan = plan_store_find(r->store, r->chunk, offset, load_u32le(head + 2));
	if (!instance->plan)
		return false;
	if (offset == c->at)
		cursor_take(c, DEFINITION_HEADER + instance->plan->body.len);
	return !c->bad;
}

/* Nodes for the items of an array: its element once for each.  At least one: the tree decoder repeats before it asks. */
static size_t
array_nodes(struct value array, const struct plan_slot *slot)
{
	size_t len = array.raw.len;
	struct value item;
	size_t count = 0;

	while (value_take_item(&array, &item))
		count++;
	return (count ? count : 1) * (slot->weight + len / BYTES_A_NODE + 2);
}

/* What an array or embedded data does to the cost, and whether plans have words for it at all. */
static bool
weigh(struct plan_record *r, struct value value, const struct plan_slot *slot)
{
	if (slot->use == PLAN_UNUSED)
		return true;
	if ((value.type == VALUE_BINXML) != (slot->use == PLAN_EMBED))
		return false;
	if (!(value.type & VALUE_ARRAY))
		return true;
	r->cost += value.raw.len / BYTES_A_NODE;
	if (slot->use == PLAN_LEAF)
		r->cost += array_nodes(value, slot);
	return slot->use == PLAN_LEAF || slot->use == PLAN_ATTRIBUTE;
}

/* Every value that is no plain one, in a slot that is named. */
static bool
weigh_all(struct plan_record *r, const struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;

	for (size_t i = 0; i < plan->slot_count; i++) {
		if (plan_value_type(instance->values[i]) >= VALUE_BINXML && !weigh(r, plan_value(instance, i), &plan->slots[i]))
			return false;
	}
	return true;
}

static inline bool
embeds_well(const struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;
	uint8_t type = plan->embeds ? plan_value_type(instance->values[plan->embed_slot]) : VALUE_NULL;

	return type == VALUE_BINXML || type == VALUE_NULL;
}

/* u32 count, the descriptors, the values. */
static bool
read_values(struct plan_record *r, struct cursor *c, struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;
	uint32_t count = cursor_u32le(c), size;
	struct slice descriptors;
	struct plan_layout *l = plan->layouts[0];

	if (count > PLAN_SLOTS)
		return false;
	descriptors = cursor_take(c, PLAN_DESCRIPTOR * (size_t)count);
	if (c->bad)
		return false;
	if (!l || !plan_layout_is_for(l, descriptors.ptr, count))
		l = plan_layout_make(r->store, instance, descriptors.ptr, count);
	size = l->size;
	if (l->embeds_last) {
		uint32_t last = load_u32le(descriptors.ptr + l->same);

		l->values[count - 1] = plan_value_make(size, last);
		size += (uint16_t)last;
	}
	instance->layout = l;
	instance->values = l->values;
	instance->base = c->rest.ptr;
	cursor_take(c, size);
	if (c->bad)
		return false;
	r->cost += 1 + l->cost;
	return embeds_well(instance) && (l->plain || weigh_all(r, instance));
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
	if (!read_head(r, c, instance) || !read_values(r, c, instance))
		return false;
	return c->rest.len == 0 || cursor_u8(c) == TOKEN_END;
}

/* The value of an embedding slot: one instance, and no further fragment behind it. */
static bool
read_embedded(struct plan_record *r)
{
	struct plan_value v = r->outer.values[r->outer.plan->embed_slot];
	struct slice bytes = slice_from(r->outer.base + plan_value_at(v), plan_value_len(v));
	struct cursor c = cursor_over(bytes, (uint64_t)(bytes.ptr - r->chunk.ptr));
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
