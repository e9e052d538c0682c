/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/plan.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "evtx/record_rows.h"

enum { NODES = 8192, DEPTH = 64, NAME = 512, ATTRIBUTE_NODES = 4, LEAF_NODES = 2 };

/* What classifying a definition finds out. */
struct shape {
	struct plan_slot slots[PLAN_SLOTS];
	uint16_t slot_count;
	uint32_t nodes;
	bool embeds; /* somewhere: in this slot */
	uint16_t embed_slot;
	bool root_embeds;
};

static bool
name_slot(struct shape *s, uint16_t slot)
{
	if (slot >= PLAN_SLOTS)
		return false;
	if (slot >= s->slot_count)
		s->slot_count = slot + 1;
	return true;
}

static bool
use_slot(struct shape *s, const struct node *substitution, enum plan_use use, uint16_t saved, uint32_t weight)
{
	struct plan_slot *slot;

	if (!name_slot(s, substitution->slot))
		return false;
	slot = &s->slots[substitution->slot];
	*slot = (struct plan_slot){ .use = (uint8_t)(slot->use == PLAN_UNUSED ? use : PLAN_MANY),
		.optional = substitution->optional, .weight = weight,
		.saved = (uint16_t)(slot->saved + (substitution->optional ? saved : 0)) };
	return true;
}

static bool
all_are(const struct node *list, enum node_kind kind)
{
	for (; list; list = list->next) {
		if (list->kind != kind)
			return false;
	}
	return true;
}

/* Literal text, or one slot.  *plain stays set when an array may repeat the attribute's element: its nodes are then
 * always ATTRIBUTE_NODES. */
static bool
attribute_shape(struct shape *s, const struct node *attribute, bool *plain)
{
	const struct node *parts = attribute->children;

	if (attribute->name.len > NAME)
		return false;
	if (plan_is_slot(parts)) {
		*plain = false;
		return use_slot(s, parts, PLAN_ATTRIBUTE, 2, 0);
	}
	*plain = *plain && parts && !parts->next;
	return all_are(parts, NODE_VALUE);
}

static bool
embed_shape(struct shape *s, const struct node *substitution)
{
	if (s->embeds || !substitution->optional)
		return false;
	s->embeds = true;
	s->embed_slot = substitution->slot;
	s->nodes--; /* its own node: what stands in its place is counted where it is read */
	return use_slot(s, substitution, PLAN_EMBED, 0, 0);
}

/* Elements, behind which the root may have embedded data. */
static bool
elements_shape(struct shape *s, const struct node *list, bool is_root)
{
	for (; list; list = list->next) {
		if (list->kind == NODE_ELEMENT)
			continue;
		if (!is_root || list->next || list->kind != NODE_SUBSTITUTION || list->value.type != VALUE_BINXML)
			return false;
		s->root_embeds = true;
		return embed_shape(s, list);
	}
	return true;
}

static bool
element_shape(struct shape *s, const struct node *element, unsigned depth)
{
	const struct node *content = element->children;
	uint32_t weight = LEAF_NODES;
	bool plain = true;

	if (depth > DEPTH || element->name.len > NAME || (element->slot != NODE_NO_SLOT && !name_slot(s, element->slot)))
		return false;
	for (const struct node *a = element->attributes; a; a = a->next, weight += ATTRIBUTE_NODES) {
		if (!attribute_shape(s, a, &plain))
			return false;
	}
	if (all_are(content, NODE_VALUE))
		return true;
	if (plan_is_slot(content))
		return content->value.type == VALUE_BINXML ? embed_shape(s, content)
			: use_slot(s, content, plain && depth > 1 ? PLAN_LEAF : PLAN_SINGLE, 1, weight);
	if (!elements_shape(s, content, depth == 1))
		return false;
	for (const struct node *child = content; child; child = child->next) {
		if (child->kind == NODE_ELEMENT && !element_shape(s, child, depth + 1))
			return false;
	}
	return true;
}

static bool
is_named_twice(const struct node *list)
{
	for (const struct node *a = list; a; a = a->next) {
		for (const struct node *b = a->next; b; b = b->next) {
			if (slice_eq(a->name, b->name))
				return true;
		}
	}
	return false;
}

/* The row of an element's own text, or of an attribute of it. */
static const struct record_row *
row_of(const struct node *element, const struct node *attribute)
{
	for (size_t i = 0; i < RECORD_ROWS; i++) {
		const struct record_row *row = &record_rows[i];

		if (!node_is_named(element, row->element))
			continue;
		if (row->attribute ? attribute && node_is_named(attribute, row->attribute) : !attribute)
			return row;
	}
	return NULL;
}

/* A value of the declared type that can be stored in the field as it is: what Windows writes. */
static void
usual_value(struct plan_row *out, const struct record_row *row, uint8_t type)
{
	static const struct {
		uint8_t kind, type, size, field_size, store;
	} usual[] = {
		{ ROW_NUMBER, VALUE_UINT8, 1, 1, ROW_STORE_1 },
		{ ROW_NUMBER, VALUE_UINT16, 2, 2, ROW_STORE_2 },
		{ ROW_NUMBER, VALUE_UINT16, 2, 4, ROW_STORE_2_AS_4 },
		{ ROW_NUMBER, VALUE_UINT32, 4, 4, ROW_STORE_4 },
		{ ROW_NUMBER, VALUE_UINT64, 8, 8, ROW_STORE_8 },
		{ ROW_NUMBER, VALUE_HEX64, 8, 8, ROW_STORE_8 },
		{ ROW_TIME, VALUE_FILETIME, 8, 0, ROW_STORE_8 },
		{ ROW_GUID, VALUE_GUID, 16, 0, ROW_STORE_16 },
	};

	for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
		if (usual[i].kind != row->kind || usual[i].type != type || usual[i].field_size != row->size)
			continue;
		out->store = usual[i].store;
		out->usual = usual[i].size | (uint32_t)type << 16;
	}
}

static bool
add_row(struct plan *plan, const struct record_row *row, const struct node *content)
{
	if (!row || !plan_is_slot(content))
		return true;
	if (plan->row_count == PLAN_ROWS)
		return false;
	plan->rows[plan->row_count] = (struct plan_row){ .slot = content->slot, .row = (uint8_t)(row - record_rows),
		.field = (uint16_t)row->field, .has = (uint16_t)row->has };
	usual_value(&plan->rows[plan->row_count++], row, content->value.type);
	return true;
}

/* System fields are read from a slot or from the definition.  An element that comes and goes by another slot than its
 * own content is neither; nor is one that takes a field in an attribute along. */
static bool
system_shape(struct shape *s, struct plan *plan, const struct node *system)
{
	if (system->slot != NODE_NO_SLOT || !all_are(system->children, NODE_ELEMENT) || is_named_twice(system->children))
		return false;
	for (const struct node *child = system->children; child; child = child->next) {
		const struct node *content = child->children;
		bool alone = plan_is_slot(content), comes_and_goes = child->slot != NODE_NO_SLOT || (alone && content->optional);

		if ((child->slot != NODE_NO_SLOT && !(alone && content->slot == child->slot)) || is_named_twice(child->attributes))
			return false;
		if (alone && s->slots[content->slot].use == PLAN_LEAF)
			s->slots[content->slot].use = PLAN_SINGLE;
		if (!add_row(plan, row_of(child, NULL), content))
			return false;
		for (const struct node *a = child->attributes; a; a = a->next) {
			const struct record_row *row = row_of(child, a);

			if ((row && comes_and_goes) || !add_row(plan, row, a->children))
				return false;
		}
	}
	return true;
}

static bool
is_named_any(const struct node *element, const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (node_is_named(element, names[i]))
			return true;
	}
	return false;
}

/* What the template can stand for.  Names that mean something beside an outer System are left to the tree. */
static void
classify(struct shape *s, struct plan *plan, const struct node *root)
{
	static const char *const outer_names[] = { "System", "Data", "RenderingInfo" };
	const struct node *system = node_child(root, "System");

	plan->is_data = !s->embeds && !is_named_any(root, outer_names, ARRAY_LEN(outer_names));
	plan->is_event = system && all_are(root->children, NODE_ELEMENT) == !s->root_embeds && system_shape(s, plan, system);
}

/* --- copies that outlive the chunk --- */

static bool
copy_raw(struct arena *memory, struct slice *raw)
{
	return raw->len == 0 || arena_copy(memory, *raw, raw);
}

/* Depth is bounded: the shape has been looked at. */
static bool
copy_list(struct arena *memory, const struct node *from, struct node **to)
{
	for (; from; from = from->next, to = &(*to)->next) {
		struct node *node = ARENA_NEW(memory, struct node), *attributes = NULL, *children = NULL;

		if (!node)
			return false;
		*node = *from;
		node->next = NULL;
		if (!copy_raw(memory, &node->name) || !copy_raw(memory, &node->value.raw) ||
		    !copy_list(memory, from->attributes, &attributes) || !copy_list(memory, from->children, &children))
			return false;
		node->attributes = attributes;
		node->children = children;
		*to = node;
	}
	return true;
}

static bool
copy_slots(struct arena *memory, const struct shape *s, struct plan *plan)
{
	struct plan_slot *copy = ARENA_ARRAY(memory, struct plan_slot, s->slot_count);
	uint32_t *saved = ARENA_ARRAY(memory, uint32_t, s->slot_count + 3u);

	if (!copy || !saved)
		return false;
	memcpy(copy, s->slots, s->slot_count * sizeof(*copy));
	for (size_t i = 0; i < s->slot_count; i++)
		saved[i] = copy[i].saved;
	plan->slots = copy;
	plan->saved = saved;
	plan->slot_count = s->slot_count;
	plan->nodes = s->nodes;
	plan->embeds = s->embeds;
	plan->embed_slot = s->embed_slot;
	return true;
}

static bool
read_literals(struct arena *memory, struct plan *plan, struct err *err)
{
	struct record record = { .tree = plan->root };

	if (plan->is_event && !record_read_system(&record, memory, err))
		return false;
	plan->system = record.system;
	return true;
}

bool
plan_make(const struct node *root, uint32_t nodes, struct arena *memory, struct plan **plan, struct err *err)
{
	struct shape s = { .nodes = nodes };
	struct node *copy = NULL;
	struct plan *made;

	*plan = NULL;
	if (!element_shape(&s, root, 1) || (s.embeds && s.slots[s.embed_slot].use != PLAN_EMBED))
		return true;
	made = ARENA_NEW(memory, struct plan);
	if (!made || !copy_list(memory, root, &copy))
		return err_nomem(err);
	made->root = copy;
	classify(&s, made, copy);
	if (!copy_slots(memory, &s, made))
		return err_nomem(err);
	if (!made->is_event && !made->is_data)
		return true;
	*plan = made;
	return read_literals(memory, made, err);
}

bool
plan_compile(struct slice chunk, size_t start, size_t end, struct arena *memory, struct arena *scratch, struct plan **plan,
	struct err *err)
{
	struct binxml b = { .chunk = chunk, .arena = scratch, .budget = NODES };
	struct binxml_definition definition;

	*plan = NULL;
	if (!binxml_decode_definition(&b, start, end, &definition, err))
		return err->code != ERR_NOMEM;
	if (!plan_make(definition.root, (uint32_t)definition.nodes, memory, plan, err))
		return false;
	return !*plan || plan_keep_body(*plan, slice_sub(chunk, start, end - start), &definition, memory) || err_nomem(err);
}
