/* SPDX-License-Identifier: Apache-2.0 */
/* Making a plan: rules into groups, their trees into nodes, their items and atoms each stored once; then the lists
 * between them, the gates, and an index for every field. */
#include "src/sigma/plan.h"

#include "base/fold.h"
#include "base/limits.h"
#include "src/sigma/plan_make.h"

#include <math.h>
#include <stdlib.h>

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
static uint32_t
group_of(struct plan_maker *m, const struct logsource *source)
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
field_of(struct plan_maker *m, const struct field_name *name)
{
	bool added;
	uint32_t key[2] = { name->number, name->name.len ? 0 : m->group };
	uint32_t number = number_of(m, &m->field_table, slice_from(key, sizeof(key)), &added);

	if (added) {
		struct plan_field field = { .name = *name, .group = key[1] };

		plan_push(m, &m->fields, &field, sizeof(field));
	}
	return number;
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
		.atom_count = (uint32_t)count, .event_id = slice_eq_nocase(name->name, SLICE("EventID")), .expressions = name->name.len > 0 };

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

static uint32_t compile_node(struct plan_maker *m, const struct node *node);

static uint32_t
compile_children(struct plan_maker *m, const struct node *node)
{
	uint32_t *children = calloc(node->count + 1, sizeof(*children)), number;

	if (!children) {
		m->failed = true;
		return 0;
	}
	for (size_t i = 0; i < node->count && !m->failed; i++)
		children[i] = compile_node(m, node->children[i]);
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
static uint32_t
compile_node(struct plan_maker *m, const struct node *node)
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

static void
compile_rule(struct plan_maker *m, size_t index)
{
	const struct rule *rule = m->plan->set->entries[index].rule;
	struct plan_rule *out = &m->plan->rules[index];

	out->root = PLAN_NONE;
	if (rule->state != RULE_READY)
		return;
	out->group = m->group = group_of(m, &rule->tree->source);
	out->root = compile_node(m, rule->tree->root);
}

static struct buf *
list_of(struct plan_maker *m, size_t i)
{
	struct buf *lists[] = { &m->groups, &m->fields, &m->atoms, &m->atom_fields, &m->items, &m->item_atoms, &m->nodes,
		&m->children, &m->key, &m->alternatives, &m->openings, &m->rule_fields };

	return i < ARRAY_LEN(lists) ? lists[i] : NULL;
}

static struct table *
table_of(struct plan_maker *m, size_t i)
{
	struct table *tables[] = { &m->group_table, &m->field_table, &m->atom_table, &m->item_table };

	return i < ARRAY_LEN(tables) ? tables[i] : NULL;
}

static void *
keep(struct plan_maker *m, const struct buf *list, size_t size, size_t *count)
{
	struct slice kept = SLICE_EMPTY;

	m->failed |= !arena_copy(&m->plan->arena, buf_view(list), &kept);
	if (count)
		*count = list->len / size;
	return (void *)(uintptr_t)kept.ptr;
}

static void
keep_lists(struct plan_maker *m)
{
	struct plan *p = m->plan;

	p->groups = keep(m, &m->groups, sizeof(*p->groups), &p->group_count);
	p->fields = keep(m, &m->fields, sizeof(*p->fields), &p->field_count);
	p->atoms = keep(m, &m->atoms, sizeof(*p->atoms), &p->atom_count);
	p->items = keep(m, &m->items, sizeof(*p->items), &p->item_count);
	p->item_atoms = keep(m, &m->item_atoms, sizeof(uint32_t), NULL);
	p->nodes = keep(m, &m->nodes, sizeof(*p->nodes), &p->node_count);
	p->children = keep(m, &m->children, sizeof(uint32_t), NULL);
	p->memo_count = m->memo_count;
}

/* From atoms to the items that have them. */
static void
link_atoms(struct plan_maker *m)
{
	struct plan *p = m->plan;
	size_t total = m->item_atoms.len / sizeof(uint32_t);
	uint32_t sum = 0;

	p->atom_items = ARENA_ARRAY(&p->arena, uint32_t, total + 1);
	if (!p->atom_items) {
		m->failed = true;
		return;
	}
	for (size_t i = 0; i < total; i++)
		p->atoms[p->item_atoms[i]].count++;
	for (size_t i = 0; i < p->atom_count; i++) {
		p->atoms[i].first = sum;
		sum += p->atoms[i].count;
		p->atoms[i].count = 0;
	}
	for (uint32_t item = 0; item < p->item_count; item++)
		for (uint32_t i = 0; i < p->items[item].atom_count; i++) {
			struct plan_atom *atom = &p->atoms[p->item_atoms[p->items[item].atom_first + i]];

			p->atom_items[atom->first + atom->count++] = item;
		}
}

static void
list_groups(struct plan_maker *m)
{
	struct plan *p = m->plan;
	uint32_t sum = 0;

	p->group_starts = ARENA_ARRAY(&p->arena, uint32_t, p->group_count + 1);
	p->group_rules = ARENA_ARRAY(&p->arena, uint32_t, p->set->count + 1);
	if (!p->group_starts || !p->group_rules) {
		m->failed = true;
		return;
	}
	for (size_t i = 0; i < p->set->count; i++)
		if (p->rules[i].root != PLAN_NONE)
			p->group_starts[p->rules[i].group]++;
	for (size_t i = 0; i <= p->group_count; i++) {
		uint32_t count = p->group_starts[i];

		p->group_starts[i] = sum;
		sum += count;
	}
	for (uint32_t i = 0; i < p->set->count; i++)
		if (p->rules[i].root != PLAN_NONE)
			p->group_rules[p->group_starts[p->rules[i].group]++] = i;
	for (size_t i = p->group_count; i > 0; i--)
		p->group_starts[i] = p->group_starts[i - 1];
	p->group_starts[0] = 0;
}

static void
link_names(struct plan_maker *m)
{
	struct plan *p = m->plan;
	const struct table *names = &p->set->fields;

	p->name_count = names->count;
	for (p->name_bits = 6; (size_t)1 << p->name_bits < 2 * names->count;)
		p->name_bits++;
	p->name_heads = ARENA_ARRAY(&p->arena, uint32_t, (size_t)1 << p->name_bits);
	p->name_next = ARENA_ARRAY(&p->arena, uint32_t, names->count + 1);
	if (!p->name_heads || !p->name_next) {
		m->failed = true;
		return;
	}
	for (size_t i = 0; i < names->count; i++) {
		uint32_t *head = &p->name_heads[plan_name_hash(names->entries[i].key, p->name_bits)];

		p->name_next[i] = *head;
		*head = (uint32_t)i + 1;
	}
}

struct plan *
plan_new(const struct ruleset *set)
{
	struct plan *p = calloc(1, sizeof(*p));
	struct plan_maker *m = calloc(1, sizeof(*m));
	bool failed = true;

	if (p && m) {
		p->set = set;
		arena_init_large(&p->arena, LIMIT_RULE_MEMORY);
		m->plan = p;
		m->rarity = calloc(1, sizeof(*m->rarity));
		for (size_t i = 0; list_of(m, i); i++)
			buf_init(list_of(m, i), LIMIT_RULE_MEMORY);
		for (size_t i = 0; table_of(m, i); i++)
			table_init(table_of(m, i));
		p->rules = ARENA_ARRAY(&p->arena, struct plan_rule, set->count);
		m->known_bits = 12;
		m->known = calloc((size_t)1 << m->known_bits, sizeof(*m->known));
		m->failed = !p->rules || !m->rarity || !m->known;
		for (size_t i = 0; i < set->count && !m->failed; i++)
			compile_rule(m, i);
		for (void (*const *step)(struct plan_maker *) = (void (*const[])(struct plan_maker *)){ keep_lists,
				link_atoms, list_groups, link_names, plan_make_gates, plan_make_indexes, plan_find_words, NULL };
			*step && !m->failed; step++)
			(*step)(m);
		failed = m->failed;
		for (size_t i = 0; table_of(m, i); i++)
			table_fini(table_of(m, i));
		for (size_t i = 0; list_of(m, i); i++)
			buf_fini(list_of(m, i));
		free(m->rarity);
		free(m->known);
	}
	free(m);
	if (!failed)
		return p;
	plan_free(p);
	return NULL;
}

void
plan_free(struct plan *plan)
{
	if (!plan)
		return;
	arena_fini(&plan->arena);
	free(plan);
}

void
ruleset_plan_facts(const struct ruleset *set, struct plan_facts *facts)
{
	const struct plan *p = set->plan;

	*facts = (struct plan_facts){ .rules = ruleset_count_state(set, RULE_READY), .items = p->item_count,
		.atoms = p->atom_count, .fields = p->field_count, .bytes = p->arena.used + sizeof(*p) };
}
