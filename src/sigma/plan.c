/* SPDX-License-Identifier: Apache-2.0 */
/* Making a plan: the trees of all rules into nodes (plan_nodes.c); then the lists between them, the gates (plan_gates.c), and
 * an index for every field (plan_fields.c). */
#include "src/sigma/plan.h"

#include "base/limits.h"
#include "src/sigma/plan_make.h"

#include <stdlib.h>

static void
compile_rule(struct plan_maker *m, size_t index)
{
	const struct rule *rule = m->plan->set->entries[index].rule;
	struct plan_rule *out = &m->plan->rules[index];

	out->root = PLAN_NONE;
	if (rule->state != RULE_READY)
		return;
	out->group = m->group = plan_group_of(m, &rule->tree->source);
	out->root = plan_compile_node(m, rule->tree->root);
}

static struct buf *
list_of(struct plan_maker *m, size_t i)
{
	struct buf *lists[] = { &m->groups, &m->fields, &m->atoms, &m->atom_fields, &m->items, &m->item_atoms, &m->nodes,
		&m->children, &m->key, &m->alternatives, &m->openings, &m->rule_fields, &m->rule_ids };

	return i < ARRAY_LEN(lists) ? lists[i] : NULL;
}

static struct table *
table_of(struct plan_maker *m, size_t i)
{
	struct table *tables[] = { &m->group_table, &m->keyword_table, &m->atom_table, &m->item_table };

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

static void
mark_compared(struct plan_maker *m)
{
	struct plan *p = m->plan;

	p->compared = ARENA_ARRAY(&p->arena, uint8_t, p->name_count + 1);
	m->failed |= !p->compared;
	for (size_t i = 0; i < p->atom_count && !m->failed; i++)
		if (p->atoms[i].atom->kind == ATOM_FIELDREF)
			p->compared[p->atoms[i].atom->is.ref.field.number] = true;
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
		arena_init_large(&p->second_arena, LIMIT_RULE_MEMORY);
		m->plan = p;
		m->rarity = calloc(1, sizeof(*m->rarity));
		for (size_t i = 0; list_of(m, i); i++)
			buf_init(list_of(m, i), LIMIT_RULE_MEMORY);
		for (size_t i = 0; table_of(m, i); i++)
			table_init(table_of(m, i));
		p->rules = ARENA_ARRAY(&p->arena, struct plan_rule, set->count);
		m->known_bits = 12;
		m->known = calloc((size_t)1 << m->known_bits, sizeof(*m->known));
		m->named_fields = calloc(set->fields.count + 1, sizeof(*m->named_fields));
		m->failed = !p->rules || !m->rarity || !m->known || !m->named_fields;
		for (size_t i = 0; i < set->count && !m->failed; i++)
			compile_rule(m, i);
		for (void (*const *step)(struct plan_maker *) = (void (*const[])(struct plan_maker *)){ keep_lists,
				link_atoms, list_groups, link_names, mark_compared, plan_order_steps, plan_make_gates, plan_list_ids, plan_make_indexes, plan_find_words, NULL };
			*step && !m->failed; step++)
			(*step)(m);
		failed = m->failed;
		for (size_t i = 0; table_of(m, i); i++)
			table_fini(table_of(m, i));
		for (size_t i = 0; list_of(m, i); i++)
			buf_fini(list_of(m, i));
		free(m->rarity);
		free(m->known);
		free(m->named_fields);
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
	arena_fini(&plan->second_arena);
	free(plan);
}

void
ruleset_plan_facts(const struct ruleset *set, struct plan_facts *facts)
{
	const struct plan *p = set->plan;

	*facts = (struct plan_facts){ .rules = ruleset_count_state(set, RULE_READY), .items = p->item_count,
		.atoms = p->atom_count, .fields = p->field_count, .bytes = p->arena.used + p->second_arena.used + sizeof(*p) };
}
