/* SPDX-License-Identifier: Apache-2.0 */
/* The event ids that a rule can hold for, where its condition asks for some of a list in any case: a look into the list
 * spares a walk through the tree for each rule and each kind of event. */
#include "src/sigma/plan_make.h"

enum { IDS_MOST = 64 };

struct ids {
	uint32_t list[IDS_MOST];
	size_t count;
};

static bool
add_atom(struct ids *ids, const struct atom *atom)
{
	const struct pattern *p = &atom->is.pattern;
	struct slice text = SLICE_EMPTY;
	uint64_t id = UINT64_MAX;

	if (atom->kind == ATOM_NUMBER && atom->comparison == COMPARE_EQUAL && !atom->is.number.is_real && !atom->is.number.negative)
		id = atom->is.number.magnitude;
	else if (atom->kind == ATOM_TEXT && pattern_is_whole(p) && pattern_variants(p) == 1)
		text = pattern_longest(p);
	if ((text.len && !slice_to_u64(text, &id)) || id > UINT32_MAX || ids->count == IDS_MOST)
		return false;
	ids->list[ids->count++] = (uint32_t)id;
	return true;
}

static bool
add_item(const struct plan *p, const struct plan_item *item, struct ids *ids)
{
	bool listed = item->event_id;

	for (uint32_t i = 0; i < item->atom_count && listed; i++)
		listed = add_atom(ids, p->atoms[p->item_atoms[item->atom_first + i]].atom);
	return listed;
}

/* Adds the ids without which the node is false; false when there is no such list.  The depth is that of condition and YAML. */
static bool
add_node(const struct plan *p, uint32_t number, struct ids *ids)
{
	const struct plan_node *node = &p->nodes[number];
	size_t before = ids->count;
	bool bounded = node->kind == PLAN_OR;

	switch (node->kind) {
	case PLAN_ITEM:
		bounded = add_item(p, &p->items[node->first], ids);
		break;
	case PLAN_OR:
		for (uint32_t i = 0; i < node->count && bounded; i++)
			bounded = add_node(p, p->children[node->first + i], ids);
		break;
	case PLAN_AND:
		for (uint32_t i = 0; i < node->count && !bounded; i++)
			bounded = add_node(p, p->children[node->first + i], ids);
		break;
	case PLAN_NOT:
		break;
	}
	if (!bounded)
		ids->count = before;
	return bounded;
}

void
plan_list_ids(struct plan_maker *m)
{
	struct plan *p = m->plan;

	for (size_t i = 0; i < p->set->count; i++) {
		struct plan_rule *rule = &p->rules[i];
		struct ids ids = { .count = 0 };

		if (rule->root == PLAN_NONE || !rule->event_id || !add_node(p, rule->root, &ids))
			continue;
		rule->id_first = (uint32_t)(m->rule_ids.len / sizeof(uint32_t));
		rule->id_count = (uint32_t)ids.count;
		plan_push(m, &m->rule_ids, ids.list, ids.count * sizeof(*ids.list));
	}
	p->rule_ids = arena_alloc(&p->arena, m->rule_ids.len + 1, 1);
	m->failed |= !p->rule_ids;
	if (p->rule_ids && m->rule_ids.len)
		memcpy(p->rule_ids, m->rule_ids.ptr, m->rule_ids.len);
}
