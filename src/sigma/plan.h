/* SPDX-License-Identifier: Apache-2.0 */
/* All rules of a set as one plan.  Rules share items (a field with its values and modifiers), items share atoms, and
 * every field has one index over all atoms that any rule asks of it.  A rule has a gate: a cheapest set of items of
 * which one must be true for the rule to hold, so that only rules whose gate opened are looked at.  The plan is made
 * when the set is closed and read-only from then on: workers share it. */
#ifndef SIGMA_PLAN_H
#define SIGMA_PLAN_H

#include "base/ascii.h"
#include "base/table.h"
#include "src/sigma/field_index.h"
#include "src/sigma/set.h"

#define PLAN_NONE UINT32_MAX

/* One field with alternatives.  A list under `all` is one item a value, `neq` a NOT above. */
struct plan_item {
	uint32_t field;              /* in plan->fields */
	uint32_t atom_first, atom_count; /* in plan->item_atoms */
	bool texts;                  /* some atom is a text that a finding would quote */
	bool event_id;
	bool expressions;            /* slow atoms are expressions over one field: what they say hangs on its texts */
	float cost;                  /* how often it will be true, roughly: 1 is every time */
};

enum plan_kind { PLAN_AND, PLAN_OR, PLAN_NOT, PLAN_ITEM };

struct plan_node {
	enum plan_kind kind;
	uint32_t first;  /* in plan->children; the item of PLAN_ITEM */
	uint32_t count;
	uint32_t memo;   /* number among nodes with several parents, or PLAN_NONE */
	float gate_cost; /* INFINITY: no gate */
};

/* Rules that an item opens, of one group. */
struct plan_gate {
	uint32_t group;
	uint32_t first, count; /* in plan->gate_rules */
};

struct plan_rule {
	uint32_t root;  /* PLAN_NONE unless the rule is ready */
	uint32_t group; /* of rules with the same log source */
	bool event_id;  /* asks for an event id: see tree_with_event_id */
	bool gated;
	bool of_words;  /* its gate is made of keywords that a hop finds and no plain text holds */
	uint32_t field_first, field_count; /* in plan->rule_fields */
	uint32_t id_first, id_count; /* in plan->rule_ids: it holds for no other event id; none: not known */
};

struct plan_field {
	struct field_name name; /* empty: keywords, which have an index for each group */
	uint32_t group;
	bool hopped; /* keywords whose literals are in plan->hop: where that finds nothing, none of them stands */
	struct field_index index;
};

struct plan {
	const struct ruleset *set;
	struct arena arena, second_arena; /* the second: of indexes that a helping thread made */
	struct plan_rule *rules; /* as in the set */
	const struct logsource **groups;
	uint32_t *group_starts, *group_rules; /* the rules of each group, in order; one start more than groups */
	struct plan_field *fields;
	struct plan_item *items;
	struct plan_atom *atoms;
	struct plan_node *nodes;
	struct plan_gate *gates;
	uint32_t *gate_starts; /* by item: its gates; one start more than items */
	uint32_t *children, *gate_rules, *rule_fields, *rule_ids;
	uint32_t *steps;       /* the children of each node once more, in the order that decides soonest */
	uint32_t *item_atoms;  /* atoms by item */
	uint32_t *atom_items;  /* items by atom: what plan_atom.first leads to */
	size_t group_count, field_count, item_count, atom_count, node_count, memo_count, gate_count;
	size_t literals_most;  /* of any one index */
	struct literal_hop hop; /* over the keywords of most groups at once */
	/* Names of fields by plan_name_hash.  Not keyed: rules alone decide what is chained. */
	uint32_t *name_heads; /* number of a name + 1 */
	uint32_t *name_next;  /* the same, by number */
	unsigned name_bits;
	size_t name_count;
	uint8_t *compared;     /* by number of a name: some rule compares another field with that one */
};

/* A step that is an item itself, and the item; any other is a node. */
#define PLAN_STEP_ITEM 0x80000000u

/* What looks for a field's keywords before anything else does. */
static inline const struct literal_hop *
plan_hop(const struct plan *plan, const struct plan_field *field)
{
	return field->hopped ? &plan->hop : &field->index.hop;
}

/* Of a name without case. */
static inline uint32_t
plan_name_hash(struct slice name, unsigned bits)
{
	uint64_t hash = name.len;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ ascii_lower(name.ptr[i])) * 0x100000001B3u;
	return (uint32_t)((hash * 0x9E3779B97F4A7C15u) >> (64 - bits));
}

/* Kinds whose truth the indexes tell; all others are slow: evaluated when nothing else decides. */
static inline bool
plan_atom_is_quick(const struct atom *atom)
{
	return atom->kind == ATOM_TEXT || atom->kind == ATOM_NUMBER || atom->kind == ATOM_CIDR || atom->kind == ATOM_NULL ||
		atom->kind == ATOM_EXISTS;
}

/* The set must be closed, and outlive the plan.  NULL: memory ran out. */
struct plan *plan_new(const struct ruleset *set);
void plan_free(struct plan *plan); /* accepts NULL */

#endif
