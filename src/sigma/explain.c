/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/explain.h"

#include "src/sigma/evaluate.h"
#include "src/sigma/set.h"
#include "src/sigma/show_parts.h"

#include <stdlib.h>

enum {
	LINES_MAX = 2000,   /* of one event: a condition may choose in many ways */
	VALUES_SHOWN = 12,  /* values that do not hold, of one item */
};

struct explainer {
	struct evaluator evaluator;
	const struct rule_tree *tree;
	const struct explain_listener *listener;
	struct buf line;
	size_t lines;
};

struct explainer *
explainer_new(const struct ruleset *set)
{
	struct explainer *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	buf_init(&x->line, 1 << 20);
	if (evaluator_init(&x->evaluator, set->fields.count))
		return x;
	explainer_free(x);
	return NULL;
}

void
explainer_free(struct explainer *x)
{
	if (!x)
		return;
	evaluator_fini(&x->evaluator);
	buf_fini(&x->line);
	free(x);
}

static void
put(struct explainer *x, const struct explained *line)
{
	if (x->lines++ < LINES_MAX)
		x->listener->line(x->listener->context, line);
	else if (x->lines == LINES_MAX + 1)
		x->listener->line(x->listener->context, &(struct explained){ .text = SLICE("... and more") });
}

/* What is in x->line, which is emptied. */
static void
put_line(struct explainer *x, size_t depth, const char *truth)
{
	put(x, &(struct explained){ .depth = depth, .truth = truth, .text = buf_view(&x->line) });
	buf_reset(&x->line);
}

static const char *
truth_word(enum truth truth)
{
	return truth == TRUTH_TRUE ? "true" : truth == TRUTH_FALSE ? "false" : "unknown";
}

static void
put_hit(struct explainer *x, size_t depth, const struct sigma_hit *hit)
{
	const struct sigma_event *event = x->evaluator.event;

	put(x, &(struct explained){ .depth = depth, .field = hit->is_system ? &event->system[hit->field] :
		&event->fields[hit->field], .start = hit->start, .len = hit->len });
}

static void
put_hits(struct explainer *x, size_t depth, const struct node *node)
{
	evaluator_collect(&x->evaluator, node, false);
	for (size_t i = 0; i < x->evaluator.hit_count; i++)
		put_hit(x, depth, &x->evaluator.hits[i]);
}

/* Each value for itself, as if it were the only one.  Those that hold are shown all, others as far as they fit. */
static void
explain_values(struct explainer *x, const struct item *item, size_t depth)
{
	size_t left_out = 0, shown = 0;

	for (size_t i = 0; i < item->count; i++) {
		const struct item one = { .field = item->field, .values = &item->values[i], .count = 1 };
		const struct node leaf = { .kind = NODE_ITEM, .item = &one };
		enum truth truth = evaluator_run(&x->evaluator, &leaf, false);
		const char *limit = x->evaluator.limit;

		if (truth != TRUTH_TRUE && !limit && shown++ >= VALUES_SHOWN) {
			left_out++;
			continue;
		}
		show_value(&item->values[i], &x->line);
		if (limit)
			buf_printf(&x->line, " (undecided: %s)", limit);
		put_line(x, depth, truth_word(truth));
		if (truth == TRUTH_TRUE)
			put_hits(x, depth + 1, &leaf);
	}
	if (left_out) {
		buf_printf(&x->line, "... and %zu more that do not hold", left_out);
		put_line(x, depth, NULL);
	}
}

static bool
has_field(const struct explainer *x, struct slice name)
{
	size_t at = 0;

	return name.len == 0 || sigma_event_field(x->evaluator.event, name, &at) != NULL;
}

static void
explain_item(struct explainer *x, const struct item *item, size_t depth, enum truth truth)
{
	if (item->source.len)
		buf_append(&x->line, item->source);
	else
		buf_append_text(&x->line, "keywords");
	if (!has_field(x, item->field.name))
		buf_append_text(&x->line, ": the event has no such field");
	put_line(x, depth, truth_word(truth));
	explain_values(x, item, depth + 1);
}

/* Down to the names where by_name, else into them. */
static void
explain_node(struct explainer *x, const struct node *node, bool by_name, size_t depth)
{
	static const char *const words[] = { [NODE_AND] = "all of", [NODE_OR] = "one of", [NODE_NOT] = "not" };
	const struct named_node *named = by_name ? show_name_of(x->tree, node) : NULL;
	enum truth truth = evaluator_run(&x->evaluator, node, false);

	if (x->lines > LINES_MAX)
		return;
	if (!named && node->kind == NODE_ITEM) {
		explain_item(x, node->item, depth, truth);
		return;
	}
	if (named)
		buf_append(&x->line, named->name);
	else
		buf_append_text(&x->line, words[node->kind]);
	put_line(x, depth, truth_word(truth));
	for (size_t i = 0; !named && i < node->count; i++)
		explain_node(x, node->children[i], by_name, depth + 1);
}

static enum verdict
find_verdict(struct explainer *x)
{
	struct evaluator *e = &x->evaluator;

	switch (evaluator_run(e, x->tree->root, false)) {
	case TRUTH_FALSE:
		return VERDICT_NONE;
	case TRUTH_TRUE:
		return VERDICT_MATCH;
	case TRUTH_UNKNOWN:
		break;
	}
	return e->limit || evaluator_run(e, x->tree->root, true) != TRUTH_TRUE ? VERDICT_UNDECIDED : VERDICT_MATCH_ON_PARTIAL;
}

bool
explain_event(struct explainer *x, const struct rule *rule, const struct sigma_event *event,
	const struct explain_listener *listener, enum verdict *verdict, struct err *err)
{
	if (!evaluator_begin(&x->evaluator, event))
		return err_nomem(err);
	x->tree = rule->tree;
	x->listener = listener;
	x->lines = 0;
	*verdict = find_verdict(x);
	buf_append_text(&x->line, "condition");
	put_line(x, 0, truth_word(evaluator_run(&x->evaluator, x->tree->root, false)));
	explain_node(x, x->tree->root, true, 1);
	for (size_t i = 0; i < x->tree->name_count; i++) {
		buf_append(&x->line, x->tree->names[i].name);
		put_line(x, 0, truth_word(evaluator_run(&x->evaluator, x->tree->names[i].node, false)));
		explain_node(x, x->tree->names[i].node, false, 1);
	}
	return (!x->evaluator.failed && !x->line.failed) || err_nomem(err);
}
