/* SPDX-License-Identifier: Apache-2.0 */
/* Gates.  An item is its own gate; an AND needs only its cheapest child's, an OR all of its children's, below a NOT
 * there is none.  A rule without one is looked at for every event of its log source. */
#include "src/sigma/plan_make.h"

#include <math.h>
#include <stdlib.h>

/* An item opens a rule. */
struct opening {
	uint32_t item, group, rule;
};

/* Guesses (reference measurements found them good enough): how often such an atom is true. */
static float
text_cost(const struct pattern *p)
{
	size_t len = pattern_longest(p).len;

	if (pattern_is_all(p))
		return 1;
	if (p->at_start && p->at_end)
		return 0.004f;
	if (p->at_start || p->at_end)
		return len < 5 ? 0.2f : 0.01f;
	if (len >= 9)
		return 0.003f;
	if (len >= 6)
		return 0.01f;
	return len >= 4 ? 0.05f : len == 3 ? 0.3f : 0.6f;
}

float
plan_atom_cost(const struct atom *atom)
{
	if (atom->kind == ATOM_TEXT)
		return text_cost(&atom->is.pattern);
	if (atom->kind == ATOM_NUMBER && atom->comparison == COMPARE_EQUAL)
		return 0.1f;
	if (atom->kind == ATOM_CIDR || atom->kind == ATOM_NULL || atom->kind == ATOM_REGEX)
		return 0.3f;
	return 1;
}

static void
open_by(struct plan_maker *m, uint32_t item, uint32_t rule)
{
	struct opening opening = { item, m->plan->rules[rule].group, rule };

	plan_push(m, &m->openings, &opening, sizeof(opening));
}

static uint32_t
cheapest(const struct plan *p, const struct plan_node *node)
{
	uint32_t best = p->children[node->first];

	for (uint32_t i = 1; i < node->count; i++)
		if (p->nodes[p->children[node->first + i]].gate_cost < p->nodes[best].gate_cost)
			best = p->children[node->first + i];
	return best;
}

/* `seen` has the last rule each node was met for. */
static void
make_gate(struct plan_maker *m, uint32_t number, uint32_t rule, uint32_t *seen)
{
	const struct plan *p = m->plan;
	const struct plan_node *node = &p->nodes[number];

	if (seen[number] == rule + 1)
		return;
	seen[number] = rule + 1;
	switch (node->kind) {
	case PLAN_ITEM:
		open_by(m, node->first, rule);
		break;
	case PLAN_AND:
		make_gate(m, cheapest(p, node), rule, seen);
		break;
	case PLAN_OR:
		for (uint32_t i = 0; i < node->count; i++)
			make_gate(m, p->children[node->first + i], rule, seen);
		break;
	case PLAN_NOT:
		break; /* has no gate: nobody comes here */
	}
}

/* The fields a rule asks for. */
static void
visit_items(struct plan_maker *m, uint32_t number, uint32_t rule, uint32_t *seen, uint32_t *fields)
{
	struct plan *p = m->plan;
	const struct plan_node *node = &p->nodes[number];

	if (seen[number] == rule + 1)
		return;
	seen[number] = rule + 1;
	if (node->kind == PLAN_ITEM) {
		const struct plan_item *item = &p->items[node->first];

		p->rules[rule].event_id |= item->event_id;
		if (fields[item->field] != rule + 1) {
			fields[item->field] = rule + 1;
			plan_push(m, &m->rule_fields, &item->field, sizeof(item->field));
			p->rules[rule].field_count++;
		}
		return;
	}
	for (uint32_t i = 0; i < node->count; i++)
		visit_items(m, p->children[node->first + i], rule, seen, fields);
}

static int
compare_openings(const void *a, const void *b)
{
	const struct opening *x = a, *y = b;

	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* Runs of one item and group become gates. */
static void
keep_gates(struct plan_maker *m)
{
	struct plan *p = m->plan;
	struct opening *openings = PLAN_LIST(struct opening, m->openings);
	size_t count = m->openings.len / sizeof(*openings);

	p->gates = ARENA_ARRAY(&p->arena, struct plan_gate, count + 1);
	p->gate_rules = ARENA_ARRAY(&p->arena, uint32_t, count + 1);
	p->gate_starts = ARENA_ARRAY(&p->arena, uint32_t, p->item_count + 1);
	if (!p->gates || !p->gate_rules || !p->gate_starts) {
		m->failed = true;
		return;
	}
	if (count)
		qsort(openings, count, sizeof(*openings), compare_openings);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || openings[i - 1].item != openings[i].item || openings[i - 1].group != openings[i].group) {
			p->gate_starts[openings[i].item + 1]++;
			p->gates[p->gate_count++] = (struct plan_gate){ openings[i].group, (uint32_t)i, 0 };
		}
		p->gates[p->gate_count - 1].count++;
		p->gate_rules[i] = openings[i].rule;
	}
	for (size_t i = 0; i < p->item_count; i++)
		p->gate_starts[i + 1] += p->gate_starts[i];
}

void
plan_make_gates(struct plan_maker *m)
{
	struct plan *p = m->plan;
	uint32_t *seen = calloc(2 * p->node_count + 1, sizeof(*seen)), *gate_seen = seen ? seen + p->node_count : NULL;
	uint32_t *fields = calloc(p->field_count + 1, sizeof(*fields));

	m->failed |= !seen || !fields;
	for (uint32_t i = 0; i < p->set->count && !m->failed; i++) {
		struct plan_rule *rule = &p->rules[i];

		if (rule->root == PLAN_NONE)
			continue;
		rule->field_first = (uint32_t)(m->rule_fields.len / sizeof(uint32_t));
		visit_items(m, rule->root, i, seen, fields);
		rule->gated = isfinite(p->nodes[rule->root].gate_cost);
		if (rule->gated)
			make_gate(m, rule->root, i, gate_seen);
	}
	free(seen);
	free(fields);
	if (m->failed)
		return;
	p->rule_fields = arena_alloc(&p->arena, m->rule_fields.len + 1, 1);
	if (p->rule_fields && m->rule_fields.len)
		memcpy(p->rule_fields, m->rule_fields.ptr, m->rule_fields.len);
	m->failed |= !p->rule_fields;
	keep_gates(m);
}
