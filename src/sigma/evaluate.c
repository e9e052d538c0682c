/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/evaluate_atom.h"

#include <stdlib.h>

enum {
	TEXTS_MAX = 768 * 1024 * 1024, /* foldings of one event: three times the longest joined block */
	MANY_VALUES = 3,
};

bool
evaluator_init(struct evaluator *e, size_t field_names)
{
	*e = (struct evaluator){ .lookup_count = field_names };
	arena_init(&e->arena, TEXTS_MAX);
	e->lookups = calloc(field_names + 1, sizeof(*e->lookups));
	e->regex = regex_scratch_new();
	return e->lookups && e->regex;
}

void
evaluator_fini(struct evaluator *e)
{
	arena_fini(&e->arena);
	free(e->folded);
	free(e->lookups);
	regex_scratch_free(e->regex);
}

bool
evaluator_begin(struct evaluator *e, const struct sigma_event *event)
{
	size_t count = event->field_count + event->system_count;

	if (count > e->folded_capacity) {
		struct folded *grown = reallocarray(e->folded, count * 2, sizeof(*grown));

		if (!grown)
			return false;
		memset(grown + e->folded_capacity, 0, (count * 2 - e->folded_capacity) * sizeof(*grown));
		e->folded = grown;
		e->folded_capacity = count * 2;
	}
	arena_reset(&e->arena);
	e->event = event;
	e->round++;
	e->failed = false;
	return true;
}

static enum truth
eval_value(struct evaluator *e, const struct item *item, const struct value *value)
{
	enum truth truth = TRUTH_FALSE;

	for (size_t i = 0; i < value->count && (truth < TRUTH_TRUE || e->collecting); i++) {
		enum truth one = atom_truth(e, &item->field, &value->atoms[i]);

		truth = one > truth ? one : truth;
	}
	return truth;
}

static enum truth
eval_item(struct evaluator *e, const struct item *item)
{
	enum truth truth = item->all ? TRUTH_TRUE : TRUTH_FALSE, end = item->all ? TRUTH_FALSE : TRUTH_TRUE;
	size_t hits = e->hit_count;

	e->negative ^= item->negated;
	for (size_t i = 0; i < item->count && (truth != end || e->collecting); i++) {
		enum truth one = eval_value(e, item, &item->values[i]);

		if (item->all ? one < truth : one > truth)
			truth = one;
	}
	e->negative ^= item->negated;
	if (item->of_source)
		e->hit_count = hits;
	return item->negated ? (enum truth)(TRUTH_TRUE - truth) : truth;
}

/* Hits below a node that is false are no reason for anything.  The depth is that of condition and YAML. */
static enum truth
eval_node(struct evaluator *e, const struct node *node)
{
	bool and = node->kind == NODE_AND;
	enum truth truth = and ? TRUTH_TRUE : TRUTH_FALSE, end = and ? TRUTH_FALSE : TRUTH_TRUE;
	size_t hits = e->hit_count;

	if (node->kind == NODE_ITEM) {
		truth = eval_item(e, node->item);
	} else if (node->kind == NODE_NOT) {
		e->negative = !e->negative;
		truth = (enum truth)(TRUTH_TRUE - eval_node(e, node->children[0]));
		e->negative = !e->negative;
	} else {
		for (size_t i = 0; i < node->count && (truth != end || e->collecting); i++) {
			enum truth one = eval_node(e, node->children[i]);

			if (and ? one < truth : one > truth)
				truth = one;
		}
	}
	if (truth == TRUTH_FALSE)
		e->hit_count = hits;
	return truth;
}

enum truth
evaluator_run(struct evaluator *e, const struct node *root, bool unknown_is_false)
{
	e->unknown_is_false = unknown_is_false;
	e->collecting = false;
	e->negative = false;
	e->text_found = false;
	e->limit = NULL;
	e->hit_count = 0;
	return eval_node(e, root);
}

static int
compare_hits(const void *a, const void *b)
{
	const struct sigma_hit *x = a, *y = b;

	if (x->is_system != y->is_system)
		return x->is_system ? 1 : -1;
	if (x->field != y->field)
		return x->field < y->field ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->len < y->len ? -1 : x->len > y->len;
}

void
evaluator_collect_begin(struct evaluator *e, bool unknown_is_false)
{
	e->unknown_is_false = unknown_is_false;
	e->collecting = true;
	e->negative = false;
	e->text_found = false;
	e->hit_count = 0;
}

void
evaluator_collect_item(struct evaluator *e, const struct item *item)
{
	e->unknown_is_false = false;
	e->collecting = true;
	if (item->count >= MANY_VALUES)
		e->only = atom_only_text(e, &item->field);
	eval_item(e, item);
	e->only = SLICE_EMPTY;
}

void
evaluator_collect_end(struct evaluator *e)
{
	size_t kept = 0;

	e->collecting = false;
	if (e->hit_count > 1)
		qsort(e->hits, e->hit_count, sizeof(*e->hits), compare_hits);
	for (size_t i = 0; i < e->hit_count; i++)
		if (kept == 0 || compare_hits(&e->hits[kept - 1], &e->hits[i]) != 0)
			e->hits[kept++] = e->hits[i];
	e->hit_count = kept;
}

void
evaluator_collect(struct evaluator *e, const struct node *root, bool unknown_is_false)
{
	evaluator_collect_begin(e, unknown_is_false);
	eval_node(e, root);
	evaluator_collect_end(e);
}
