/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make a plan share: plan.c, plan_nodes.c (trees to nodes), plan_gates.c, plan_fields.c (indexes). */
#ifndef SIGMA_PLAN_MAKE_H
#define SIGMA_PLAN_MAKE_H

#include "src/sigma/plan.h"

/* Which node of the plan a rule's node became, by group.  Its address is the key: rules alone decide where nodes lie, and they
 * cannot choose. */
struct known_node {
	const struct node *node;
	uint32_t group, number;
};

struct plan_maker {
	struct plan *plan;
	struct rarity *rarity;
	struct table group_table, keyword_table, atom_table, item_table;
	uint32_t *named_fields; /* field + 1 by number of its name */
	struct known_node *known; /* by hash, 1 << known_bits places, a quarter of them free */
	size_t known_count;
	unsigned known_bits;
	/* growing arrays of what the plan has */
	struct buf groups, fields, atoms, atom_fields, items, item_atoms, nodes, children;
	struct buf openings, rule_fields, rule_ids;
	struct buf key, alternatives; /* for a while */
	uint32_t group;      /* of the rule at hand */
	uint32_t memo_count;
	bool failed;
};

#define PLAN_LIST(type, list) ((type *)(void *)(list).ptr)

void plan_push(struct plan_maker *m, struct buf *list, const void *what, size_t size);

/* Rules that ask for the same sources are one group. */
uint32_t plan_group_of(struct plan_maker *m, const struct logsource *source);

/* The node of a rule of group m->group, and all below it. */
uint32_t plan_compile_node(struct plan_maker *m, const struct node *node);

/* How often an atom will be true. */
float plan_atom_cost(const struct atom *atom);

/* Each sets m->failed when memory runs out. */
void plan_order_steps(struct plan_maker *m);
void plan_make_gates(struct plan_maker *m);
void plan_list_ids(struct plan_maker *m); /* behind the gates */
void plan_make_indexes(struct plan_maker *m);
void plan_find_words(struct plan_maker *m); /* last: which rules are of words */

#endif
