/* SPDX-License-Identifier: Apache-2.0 */
/* A record by its plans: the heads of its instances, their value descriptors, nothing else.  The bounds are checked once
 * for each list: all descriptors fit, and the sum of all sizes fits. */
#include "evtx/plan.h"

#include "base/attr.h"
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

/* Every value that is no plain one, in a slot that is named; and where data could be embedded, nothing else is. */
static NEVER_INLINE bool
weigh_all(struct plan_record *r, const struct plan_instance *instance)
{
	const struct plan *plan = instance->plan;
	uint8_t embedded = plan->embeds ? plan_value_type(instance->values[plan->embed_slot]) : VALUE_NULL;

	if (embedded != VALUE_BINXML && embedded != VALUE_NULL)
		return false;
	for (size_t i = 0; i < plan->slot_count; i++) {
		if (plan_value_type(instance->values[i]) >= VALUE_BINXML && !weigh(r, plan_value(instance, i), &plan->slots[i]))
			return false;
	}
	return true;
}

static inline size_t
place_of(const struct plan_record *r, const uint8_t *at)
{
	return (size_t)(at - r->chunk.ptr);
}

/* u8 token, u8 1, u32 id, u32 definition offset, then the definition when it stands right there (24 bytes of header,
 * body). */
static inline bool
read_head(struct plan_record *r, struct slice *rest, struct plan_instance *instance)
{
	const uint8_t *head, *definition;
	uint32_t offset;

	if (!slice_take(rest, HEAD, &head))
		return false;
	offset = load_u32le(head + 6);
	instance->plan = plan_store_find(r->store, r->chunk, offset, load_u32le(head + 2));
	return instance->plan && (offset != place_of(r, rest->ptr) ||
		slice_take(rest, DEFINITION_HEADER + instance->plan->body.len, &definition));
}

/* u32 count, the descriptors; the values follow. */
static inline bool
read_descriptors(struct slice *rest, const uint8_t **descriptors, uint32_t *count)
{
	if (!slice_take(rest, sizeof(*count), descriptors))
		return false;
	*count = load_u32le(*descriptors);
	return cursor_has(PLAN_SLOTS, *count) && slice_take(rest, PLAN_DESCRIPTOR * (size_t)*count, descriptors);
}

static inline struct plan_layout *
layout_of(struct plan_record *r, struct plan_instance *instance, const uint8_t *descriptors, uint32_t count)
{
	struct plan_layout *l = instance->plan->layouts[0];

	return l && plan_layout_is_for(l, descriptors, count) ? l : plan_layout_make(r->store, instance, descriptors, count);
}

/* The values of an event, by their layout. */
static inline bool
take_values(struct plan_record *r, struct slice *rest, struct plan_instance *instance, struct plan_layout *l,
	const uint8_t *descriptors)
{
	uint32_t size = l->size;

	if (l->embeds_last) {
		uint32_t last = load_u32le(descriptors + l->same);

		l->values[l->count - 1] = plan_value_make(size, last);
		size += (uint16_t)last;
	}
	instance->layout = l;
	instance->values = l->values;
	r->cost += 1 + l->cost;
	return slice_take(rest, size, &instance->base) && (l->plain || weigh_all(r, instance));
}

static inline bool
read_values(struct plan_record *r, struct slice *rest, struct plan_instance *instance)
{
	const uint8_t *descriptors;
	uint32_t count;

	return read_descriptors(rest, &descriptors, &count) &&
	       take_values(r, rest, instance, layout_of(r, instance, descriptors, count), descriptors);
}

void
plan_inner_values_make(struct plan_record *r)
{
	struct plan_instance *inner = &r->inner;

	inner->plan->wanted = true;
	inner->layout = layout_of(r, inner, inner->descriptors, inner->count);
	inner->values = inner->layout->values;
}

/* The values of data: that they are there, and what they cost; where they lie if others of the template were asked for. */
static inline bool
read_data_values(struct plan_record *r, struct slice *rest, struct plan_instance *inner)
{
	struct plan_sums sums;

	if (inner->plan->wanted)
		return read_values(r, rest, inner);
	if (!read_descriptors(rest, &inner->descriptors, &inner->count))
		return false;
	sums = plan_sums_of(inner->plan, inner->descriptors, inner->count);
	inner->layout = NULL;
	inner->values = NULL;
	r->cost += 1 + (size_t)inner->count + inner->plan->nodes - sums.saved;
	if (!slice_take(rest, sums.size, &inner->base))
		return false;
	if (!sums.unusual)
		return true;
	plan_inner_values_make(r);
	return weigh_all(r, inner);
}

static NEVER_INLINE bool
read_shape(struct plan_record *r, struct slice *bytes, bool has_header, struct plan_instance *instance)
{
	size_t start = place_of(r, bytes->ptr), nodes;
	struct slice rest = *bytes;
	const uint8_t *header;

	if ((has_header && !slice_take(&rest, FRAGMENT_BYTES, &header)) ||
	    !plan_shape_read(r->store, r->chunk, start, &rest, instance, &nodes))
		return false;
	r->cost += nodes;
	*bytes = rest;
	return true;
}

/* The end token, or the end of the bytes. */
static inline bool
take_end(struct slice *rest)
{
	const uint8_t *end;

	return !rest->len || (slice_take(rest, 1, &end), *end) == TOKEN_END;
}

/* [fragment header] instance or element, up to its end token or the end of the bytes. */
static ALWAYS_INLINE bool
read_instance(struct plan_record *r, struct slice *bytes, struct plan_instance *instance, bool is_data, bool *from_template)
{
	struct slice rest = *bytes;
	const uint8_t *at;
	bool has_header = rest.len >= FRAGMENT_BYTES && rest.ptr[0] == TOKEN_FRAGMENT;

	if (has_header)
		slice_take(&rest, FRAGMENT_BYTES, &at);
	*from_template = rest.len && rest.ptr[0] == TOKEN_INSTANCE;
	if (!*from_template)
		return read_shape(r, bytes, has_header, instance);
	r->cost += 1 + has_header;
	if (!read_head(r, &rest, instance) || (is_data && !instance->plan->is_data) ||
	    !(is_data ? read_data_values : read_values)(r, &rest, instance) || !take_end(&rest))
		return false;
	*bytes = rest;
	return true;
}

enum { BEGINNING_HEAD = FRAGMENT_BYTES + HEAD + 4 /* count of descriptors */ };

/* An event that begins like the one before, which had no definition in it. */
static inline bool
read_like_before(struct plan_record *r, struct slice *bytes)
{
	const struct plan_beginning *before = plan_store_before(r->store);
	struct slice rest = *bytes;
	const uint8_t *head;
	struct plan_layout *l;

	if (!before->len || !slice_take(&rest, before->len, &head) || !same_bytes(head, before->bytes, before->len) ||
	    before->definition == place_of(r, head + FRAGMENT_BYTES + HEAD))
		return false;
	l = before->layout;
	if (l->embeds_last && (!slice_take(&rest, PLAN_DESCRIPTOR, &head) || load_u16le(head + PLAN_TYPE_AT) != l->last))
		return false;
	r->outer.plan = before->plan;
	r->from_template = true;
	r->cost = 2;
	if (!take_values(r, &rest, &r->outer, l, bytes->ptr + BEGINNING_HEAD) || !take_end(&rest))
		return false;
	*bytes = rest;
	return true;
}

/* Keeps what the event that was just read began with, unless a definition stands there. */
static inline void
keep_beginning(struct plan_record *r, struct slice bytes)
{
	struct plan_beginning *before = plan_store_before(r->store);
	const struct plan_layout *l = r->outer.layout;
	uint32_t len;

	before->len = 0;
	if (!l || l == &r->outer.own || bytes.ptr[0] != TOKEN_FRAGMENT)
		return;
	len = BEGINNING_HEAD + l->same;
	before->definition = load_u32le(bytes.ptr + FRAGMENT_BYTES + 6);
	if (len > PLAN_BEGINNING || len > bytes.len || before->definition == place_of(r, bytes.ptr + FRAGMENT_BYTES + HEAD))
		return;
	memcpy(before->bytes, bytes.ptr, len);
	before->plan = r->outer.plan;
	before->layout = r->outer.plan->layouts[0];
	before->len = len;
}

static NEVER_INLINE bool
read_event(struct plan_record *r, struct slice *bytes)
{
	struct slice all = *bytes;

	r->cost = 0;
	if (!read_instance(r, bytes, &r->outer, false, &r->from_template) || !r->outer.plan->is_event)
		return false;
	keep_beginning(r, all);
	return true;
}

/* The value of an embedding slot: one instance, and no further fragment behind it. */
static inline bool
read_embedded(struct plan_record *r)
{
	struct plan_value v = r->outer.values[r->outer.plan->embed_slot];
	struct slice bytes = slice_from(r->outer.base + plan_value_at(v), plan_value_len(v));
	bool ignored;

	if (plan_value_type(v) == VALUE_NULL)
		return true;
	if (!read_instance(r, &bytes, &r->inner, true, &ignored) || !r->inner.plan->is_data)
		return false;
	return !bytes.len || (bytes.ptr[0] != TOKEN_FRAGMENT && bytes.ptr[0] != TOKEN_INSTANCE);
}

bool
plan_read(struct plan_record *r, struct slice chunk, size_t start, size_t end, size_t budget)
{
	struct slice bytes = slice_sub(chunk, start, end > start ? end - start : 0);

	r->chunk = chunk;
	r->start = start;
	r->end = end;
	r->inner.plan = NULL;
	r->has_tree = false;
	if (!read_like_before(r, &bytes) && !read_event(r, &bytes))
		return false;
	r->read_end = place_of(r, bytes.ptr);
	if (r->outer.plan->embeds && !read_embedded(r))
		return false;
	return r->cost <= budget;
}
