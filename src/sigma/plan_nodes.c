/* SPDX-License-Identifier: Apache-2.0 */
/* The trees of rules as nodes of a plan: items and atoms each stored once, for all rules. */
#include "src/sigma/plan_make.h"

#include <math.h>
#include <stdlib.h>

enum { ORDERED_MOST = 64 }; /* children of a node whose order is worth the work */

/* The number of a thing by its key in a table that counts; *added when it is new. */
static uint32_t
number_of(struct plan_maker *m, struct table *t, struct slice key, bool *added)
{
	const struct table_entry *entry = table_add(t, key, t->count, added);

	if (!entry || t->count >= PLAN_NONE / 4) {
		m->failed = true;
		*added = false;
		return 0;
	}
	return (uint32_t)entry->value;
}

void
plan_push(struct plan_maker *m, struct buf *list, const void *what, size_t size)
{
	buf_append(list, slice_from(what, size));
	m->failed |= list->failed;
}

static void
push_number(struct plan_maker *m, struct buf *list, uint32_t number)
{
	plan_push(m, list, &number, sizeof(number));
}

static void
list_sources(struct buf *key, const struct source_list *list)
{
	buf_u32le(key, (uint32_t)list->count);
	buf_append(key, slice_from(list->items, list->count * sizeof(*list->items)));
}

/* Rules that ask for the same sources are one group. */
uint32_t
plan_group_of(struct plan_maker *m, const struct logsource *source)
{
	bool added;
	uint32_t group;

	buf_reset(&m->key);
	list_sources(&m->key, &source->category);
	list_sources(&m->key, &source->service);
	m->failed |= m->key.failed;
	group = number_of(m, &m->group_table, buf_view(&m->key), &added);
	if (added)
		plan_push(m, &m->groups, &source, sizeof(source));
	return group;
}

static uint32_t
push_field(struct plan_maker *m, const struct field_name *name, uint32_t group)
{
	struct plan_field field = { .name = *name, .group = group };

	plan_push(m, &m->fields, &field, sizeof(field));
	return (uint32_t)(m->fields.len / sizeof(field)) - 1;
}

/* Keywords are a field of their own in each group. */
static uint32_t
keywords_of(struct plan_maker *m, const struct field_name *name)
{
	bool added = false;
	struct table_entry *entry = table_add(&m->keyword_table, slice_from(&m->group, sizeof(m->group)), 0, &added);

	if (!entry) {
		m->failed = true;
		return 0;
	}
	if (added)
		entry->value = push_field(m, name, m->group);
	return (uint32_t)entry->value;
}

static uint32_t
field_of(struct plan_maker *m, const struct field_name *name)
{
	uint32_t *number = &m->named_fields[name->number];

	if (name->name.len == 0)
		return keywords_of(m, name);
	if (*number == 0)
		*number = push_field(m, name, 0) + 1;
	return *number - 1;
}

/* Bytes that are equal for equal atoms; a kind that is not known here is equal to itself alone. */
static void
atom_key(const struct atom *atom, struct buf *key)
{
	buf_u8(key, (uint8_t)atom->kind);
	if (atom->kind == ATOM_TEXT) {
		pattern_key(&atom->is.pattern, key);
	} else if (atom->kind == ATOM_REGEX) {
		buf_u8(key, (uint8_t)regex_flags(atom->is.regex));
		buf_append(key, regex_expression(atom->is.regex));
	} else if (atom->kind == ATOM_NUMBER) {
		buf_u8(key, (uint8_t)atom->comparison);
		buf_u8(key, (uint8_t)(atom->is.number.negative << 1 | atom->is.number.is_real));
		buf_u64le(key, atom->is.number.magnitude);
		buf_append(key, slice_from(&atom->is.number.real, sizeof(atom->is.number.real)));
	} else if (atom->kind == ATOM_CIDR) {
		buf_u8(key, atom->is.cidr.len);
		buf_u8(key, atom->is.cidr.bits);
		buf_append(key, slice_from(atom->is.cidr.bytes, sizeof(atom->is.cidr.bytes)));
	} else if (atom->kind == ATOM_EXISTS) {
		buf_u8(key, atom->is.exists);
	} else if (atom->kind != ATOM_NULL) {
		uintptr_t self = (uintptr_t)atom;

		buf_append(key, slice_from(&self, sizeof(self)));
	}
}

static uint32_t
atom_of(struct plan_maker *m, uint32_t field, const struct atom *atom)
{
	bool added;
	uint32_t number;

	buf_reset(&m->key);
	buf_u32le(&m->key, field);
	atom_key(atom, &m->key);
	m->failed |= m->key.failed;
	number = number_of(m, &m->atom_table, buf_view(&m->key), &added);
	/* The set is ours until it is closed. */
	((struct atom *)(uintptr_t)atom)->sieve = field_index_sifts(atom) ? number + 1 : 0;
	if (added) {
		struct plan_atom plan_atom = { .atom = atom };

		plan_push(m, &m->atoms, &plan_atom, sizeof(plan_atom));
		push_number(m, &m->atom_fields, field);
		if (atom->kind == ATOM_TEXT)
			rarity_add(m->rarity, pattern_longest(&atom->is.pattern));
	}
	return number;
}

static void
push_item(struct plan_maker *m, const struct field_name *name, uint32_t field, const uint32_t *atoms, size_t count)
{
	struct plan_item item = { .field = field, .atom_first = (uint32_t)(m->item_atoms.len / sizeof(uint32_t)),
		.atom_count = (uint32_t)count, .event_id = name->is_event_id, .expressions = name->name.len > 0 };

	plan_push(m, &m->item_atoms, atoms, count * sizeof(*atoms));
	if (m->failed)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct atom *atom = PLAN_LIST(struct plan_atom, m->atoms)[atoms[i]].atom;

		item.expressions &= plan_atom_is_quick(atom) || atom->kind == ATOM_REGEX;
		item.texts |= atom->kind == ATOM_REGEX || atom->kind == ATOM_TEXT;
		item.cost += plan_atom_cost(atom);
	}
	if (item.event_id)
		item.cost = INFINITY; /* classes of events know it: no gate */
	plan_push(m, &m->items, &item, sizeof(item));
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Atoms that no other rule has come in order. */
static bool
are_sorted(const uint32_t *numbers, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (numbers[i] < numbers[i - 1])
			return false;
	return true;
}

/* The item with the atoms collected in m->alternatives. */
static uint32_t
item_of(struct plan_maker *m, const struct field_name *name, uint32_t field)
{
	uint32_t *atoms = (uint32_t *)(void *)m->alternatives.ptr, number;
	size_t count = m->alternatives.len / sizeof(*atoms), kept = 0;
	bool added;

	if (m->failed || !atoms)
		return 0;
	if (!are_sorted(atoms, count))
		qsort(atoms, count, sizeof(*atoms), compare_numbers);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || atoms[i] != atoms[kept - 1])
			atoms[kept++] = atoms[i];
	number = number_of(m, &m->item_table, slice_from(atoms, kept * sizeof(*atoms)), &added);
	if (added)
		push_item(m, name, field, atoms, kept);
	return number;
}

static struct plan_node *
node_at(struct plan_maker *m, uint32_t number)
{
	return &PLAN_LIST(struct plan_node, m->nodes)[number];
}

/* Adds a node over the numbers of children at `children`. */
static uint32_t
push_node(struct plan_maker *m, enum plan_kind kind, const uint32_t *children, size_t count)
{
	struct plan_node node = { .kind = kind, .first = (uint32_t)(m->children.len / sizeof(uint32_t)),
		.count = (uint32_t)count, .memo = PLAN_NONE, .gate_cost = kind == PLAN_OR ? 0 : INFINITY };

	for (size_t i = 0; i < count && !m->failed; i++) {
		float cost = node_at(m, children[i])->gate_cost;

		if (kind == PLAN_OR)
			node.gate_cost += cost;
		else if (kind == PLAN_AND && cost < node.gate_cost)
			node.gate_cost = cost;
	}
	plan_push(m, &m->children, children, count * sizeof(*children));
	plan_push(m, &m->nodes, &node, sizeof(node));
	return (uint32_t)(m->nodes.len / sizeof(node)) - 1;
}

static uint32_t
push_leaf(struct plan_maker *m, uint32_t item)
{
	struct plan_node node = { .kind = PLAN_ITEM, .first = item, .memo = PLAN_NONE };

	if (!m->failed)
		node.gate_cost = PLAN_LIST(struct plan_item, m->items)[item].cost;
	plan_push(m, &m->nodes, &node, sizeof(node));
	return (uint32_t)(m->nodes.len / sizeof(node)) - 1;
}

static void
add_alternatives(struct plan_maker *m, uint32_t field, const struct value *value)
{
	for (size_t i = 0; i < value->count && !m->failed; i++)
		push_number(m, &m->alternatives, atom_of(m, field, &value->atoms[i]));
}

static uint32_t
compile_all(struct plan_maker *m, const struct item *item, uint32_t field)
{
	uint32_t *leaves = calloc(item->count + 1, sizeof(*leaves)), node;

	if (!leaves) {
		m->failed = true;
		return 0;
	}
	for (size_t i = 0; i < item->count && !m->failed; i++) {
		buf_reset(&m->alternatives);
		add_alternatives(m, field, &item->values[i]);
		leaves[i] = push_leaf(m, item_of(m, &item->field, field));
	}
	node = push_node(m, PLAN_AND, leaves, item->count);
	free(leaves);
	return node;
}

static uint32_t
compile_item(struct plan_maker *m, const struct item *item)
{
	uint32_t field = field_of(m, &item->field), node;

	if (item->all) {
		node = compile_all(m, item, field);
	} else {
		buf_reset(&m->alternatives);
		for (size_t i = 0; i < item->count && !m->failed; i++)
			add_alternatives(m, field, &item->values[i]);
		node = push_leaf(m, item_of(m, &item->field, field));
	}
	return item->negated ? push_node(m, PLAN_NOT, &node, 1) : node;
}

static uint32_t
compile_children(struct plan_maker *m, const struct node *node)
{
	uint32_t *children = calloc(node->count + 1, sizeof(*children)), number;

	if (!children) {
		m->failed = true;
		return 0;
	}
	for (size_t i = 0; i < node->count && !m->failed; i++)
		children[i] = plan_compile_node(m, node->children[i]);
	number = push_node(m, node->kind == NODE_AND ? PLAN_AND : node->kind == NODE_OR ? PLAN_OR : PLAN_NOT, children,
		node->count);
	free(children);
	return number;
}

/* The place of a node, or the free one where it belongs. */
static struct known_node *
known_place(const struct plan_maker *m, const struct node *node, uint32_t group)
{
	uint64_t hash = ((uint64_t)(uintptr_t)node + group) * 0x9E3779B97F4A7C15u;
	size_t mask = ((size_t)1 << m->known_bits) - 1;

	for (size_t i = hash >> (64 - m->known_bits);; i = (i + 1) & mask) {
		struct known_node *place = &m->known[i];

		if (!place->node || (place->node == node && place->group == group))
			return place;
	}
}

static void
know_node(struct plan_maker *m, const struct node *node, uint32_t number)
{
	if (m->known_count * 4 >= (size_t)3 << m->known_bits) {
		struct plan_maker grown = { .known_bits = m->known_bits + 1 };

		grown.known = calloc((size_t)1 << grown.known_bits, sizeof(*grown.known));
		if (!grown.known) {
			m->failed = true;
			return;
		}
		for (size_t i = 0; i < (size_t)1 << m->known_bits; i++)
			if (m->known[i].node)
				*known_place(&grown, m->known[i].node, m->known[i].group) = m->known[i];
		free(m->known);
		m->known = grown.known;
		m->known_bits = grown.known_bits;
	}
	*known_place(m, node, m->group) = (struct known_node){ node, m->group, number };
	m->known_count++;
}

/* A node that was met before stays one node.  The depth is that of condition and YAML. */
uint32_t
plan_compile_node(struct plan_maker *m, const struct node *node)
{
	const struct known_node *place = known_place(m, node, m->group);
	uint32_t number = place->number;

	if (place->node && !m->failed) {
		struct plan_node *known = node_at(m, number);

		if (known->memo == PLAN_NONE && known->kind != PLAN_ITEM)
			known->memo = m->memo_count++;
		return number;
	}
	number = node->kind == NODE_ITEM ? compile_item(m, node->item) : compile_children(m, node);
	know_node(m, node, number);
	return number;
}

/* Event ids are no gates, but there are many of them. */
static float
likelihood(const struct plan *p, const struct plan_node *node)
{
	return node->kind == PLAN_ITEM && p->items[node->first].event_id ? 0 : node->gate_cost;
}

/* Alternatives are tried from the likeliest on; what must all hold, from the least likely on. */
static bool
stands_before(const struct plan *p, const struct plan_node *node, uint32_t a, uint32_t b)
{
	float x = likelihood(p, &p->nodes[a]), y = likelihood(p, &p->nodes[b]);

	return node->kind == PLAN_OR ? x > y : x < y;
}

/* Insertion, for most lists are short; a long one stays as it is. */
static void
order_children(struct plan *p, const struct plan_node *node)
{
	uint32_t *steps = &p->steps[node->first];

	for (uint32_t i = 0; i < node->count; i++) {
		uint32_t child = p->children[node->first + i], at = i;

		for (; at > 0 && node->count <= ORDERED_MOST && stands_before(p, node, child, steps[at - 1]); at--)
			steps[at] = steps[at - 1];
		steps[at] = child;
	}
}

void
plan_order_steps(struct plan_maker *m)
{
	struct plan *p = m->plan;
	size_t count = m->children.len / sizeof(uint32_t);

	p->steps = ARENA_ARRAY(&p->arena, uint32_t, count + 1);
	m->failed |= !p->steps;
	for (size_t i = 0; i < p->node_count && p->steps; i++) {
		const struct plan_node *node = &p->nodes[i];

		if (node->kind == PLAN_ITEM)
			continue;
		order_children(p, node);
		for (uint32_t k = 0; k < node->count; k++) {
			uint32_t *step = &p->steps[node->first + k];

			if (p->nodes[*step].kind == PLAN_ITEM)
				*step = p->nodes[*step].first | PLAN_STEP_ITEM;
		}
	}
}
