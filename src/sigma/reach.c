/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/reach.h"

#include "base/attr.h"
#include "src/sigma/event_id.h"

static const struct source_list *
list_of(const struct rule *rule)
{
	const struct logsource *s = &rule->tree->source;

	return s->category.count ? &s->category : &s->service;
}

size_t
reach_sources(const struct rule *rule)
{
	return rule->tree ? list_of(rule)->count : 0;
}

const char *
reach_name(enum reach reach)
{
	static const char *const names[] = { [REACH_WHOLE] = "whole", [REACH_PART] = "part", [REACH_NEVER] = "never" };

	return names[reach];
}

bool
reach_fits(const struct rule *rule, struct slice channel, struct slice provider, uint32_t event_id)
{
	return rule->tree && logsource_fits(&rule->tree->source, channel, provider, event_id);
}

bool
reach_no_log(const struct rule *rule, struct slice *about)
{
	return rule->tree && !logsource_has_log(&rule->tree->source, about);
}

static void
add_missing(struct source_reach *r, struct slice field)
{
	for (size_t i = 0; i < r->missing_count; i++)
		if (slice_eq(r->missing[i], field))
			return;
	if (r->missing_count < REACH_FIELDS)
		r->missing[r->missing_count++] = field;
	r->reach = REACH_PART;
}

static bool
can_have(struct source_reach *r, struct slice field)
{
	if (field.len == 0 || mapping_source_has_field(r->source, field))
		return true;
	add_missing(r, field);
	return false;
}

/* An atom over a field that is never there. */
static enum truth
atom_without_field(const struct atom *atom)
{
	bool holds = atom->kind == ATOM_NULL || (atom->kind == ATOM_EXISTS && !atom->is.exists);

	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth
atom_truth(struct source_reach *r, const struct item *item, const struct atom *atom)
{
	if (!can_have(r, item->field.name))
		return atom_without_field(atom);
	if (atom->kind == ATOM_FIELDREF && !can_have(r, atom->is.ref.field.name))
		return TRUTH_FALSE;
	return TRUTH_UNKNOWN;
}

static enum truth
item_truth(struct source_reach *r, const struct item *item)
{
	enum truth truth = item->all ? TRUTH_TRUE : TRUTH_FALSE;

	for (size_t i = 0; i < item->count; i++) {
		enum truth one = TRUTH_FALSE;

		for (size_t k = 0; k < item->values[i].count; k++) {
			enum truth atom = atom_truth(r, item, &item->values[i].atoms[k]);

			one = atom > one ? atom : one;
		}
		if (item->all ? one < truth : one > truth)
			truth = one;
	}
	return item->negated ? (enum truth)(TRUTH_TRUE - truth) : truth;
}

/* With the fields that can be there unknown.  The depth is that of condition and YAML. */
static enum truth
node_truth(struct source_reach *r, const struct node *node, uint32_t event_id)
{
	bool and = node->kind == NODE_AND;
	enum truth truth = and ? TRUTH_TRUE : TRUTH_FALSE;

	if (node->kind == NODE_ITEM) {
		truth = tree_with_event_id(node, event_id);
		return truth == TRUTH_UNKNOWN ? item_truth(r, node->item) : truth;
	}
	if (node->kind == NODE_NOT)
		return (enum truth)(TRUTH_TRUE - node_truth(r, node->children[0], event_id));
	for (size_t i = 0; i < node->count; i++) {
		enum truth one = node_truth(r, node->children[i], event_id);

		if (and ? one < truth : one > truth)
			truth = one;
	}
	return truth;
}

struct source_reach
reach_of(const struct rule *rule, size_t index)
{
	struct source_reach r = { .source = list_of(rule)->items[index] };
	bool ever = r.source->event_count == 0;

	for (size_t i = 0; i < r.source->event_count; i++)
		for (uint32_t id = r.source->events[i].first; id <= r.source->events[i].last; id++)
			ever |= node_truth(&r, rule->tree->root, id) != TRUTH_FALSE;
	if (!ever)
		r.reach = REACH_NEVER;
	return r;
}
