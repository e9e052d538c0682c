/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that a source of the mapping puts on its records (`when` in evtriage-mapping(5)): Sysmon's event 12 is
 * both a key made and a key deleted, and which it is stands in a field.  They become a part of the rule's tree, "not
 * this event, or the field says so", so that whatever walks trees minds them without knowing of sources. */
#include "src/sigma/load.h"

#include <stdio.h>

static bool
new_leaf(struct loader *l, const struct item *item, const struct node **out, struct err *err)
{
	struct node *leaf = node_new(l, NODE_ITEM, 0);

	if (!leaf)
		return err_nomem(err);
	leaf->item = item;
	*out = leaf;
	return true;
}

/* Numbers as texts, in the scratch arena. */
static bool
event_texts(struct loader *l, const struct mapping_source *source, struct slice **out, size_t *count, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < source->event_count; i++)
		n += source->events[i].last - source->events[i].first + 1;
	*out = ARENA_ARRAY(l->scratch, struct slice, n ? n : 1);
	*count = n;
	if (!*out)
		return err_nomem(err);
	n = 0;
	for (size_t i = 0; i < source->event_count; i++) {
		for (uint32_t id = source->events[i].first; id <= source->events[i].last; id++) {
			char text[16];

			snprintf(text, sizeof(text), "%u", id);
			if (!arena_copy(l->scratch, slice_from_text(text), &(*out)[n++]))
				return err_nomem(err);
		}
	}
	return true;
}

/* EventID is one of the source's. */
static bool
event_node(struct loader *l, const struct mapping_source *source, const struct node **out, struct err *err)
{
	const struct item *item;
	struct slice *texts;
	size_t count;

	return event_texts(l, source, &texts, &count, err) &&
		item_of_texts(l, SLICE("EventID"), texts, count, &item, err) && new_leaf(l, item, out, err);
}

/* Not this event, or the field has one of the values. */
static bool
condition_node(struct loader *l, const struct mapping_source *source, const struct source_condition *condition,
	const struct node **out, struct err *err)
{
	struct node *either = node_new(l, NODE_OR, 2), *other = node_new(l, NODE_NOT, 1);
	const struct item *item;

	if (!either || !other)
		return err_nomem(err);
	either->children[0] = other;
	*out = either;
	return event_node(l, source, &other->children[0], err) &&
		item_of_texts(l, condition->field, condition->values, condition->count, &item, err) &&
		new_leaf(l, item, &either->children[1], err);
}

static size_t
count_conditions(const struct source_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i]->condition_count;
	return count;
}

static bool
add_conditions(struct loader *l, const struct source_list *list, struct node *all, size_t *n, struct err *err)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < list->items[i]->condition_count; k++)
			if (!condition_node(l, list->items[i], &list->items[i]->conditions[k], &all->children[(*n)++], err))
				return false;
	return true;
}

bool
gate_load(struct loader *l, struct rule_tree *tree, struct err *err)
{
	size_t count = count_conditions(&tree->source.category) + count_conditions(&tree->source.service), n = 0;
	struct node *all;

	if (count == 0)
		return true;
	all = node_new(l, NODE_AND, count + 1);
	if (!all)
		return err_nomem(err);
	all->children[n++] = tree->root;
	if (!add_conditions(l, &tree->source.category, all, &n, err) ||
		!add_conditions(l, &tree->source.service, all, &n, err))
		return false;
	tree->root = all;
	return true;
}
