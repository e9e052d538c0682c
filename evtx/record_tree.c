/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a record that was read by plans, for those who need all of it. */
#include "evtx/plan.h"

#include "base/limits.h"

bool
record_tree(const struct record *record, const struct node **root, struct err *err)
{
	struct plan_record *p = record->plan;
	struct binxml_tree tree;

	*root = record->tree;
	if (record->tree || !p)
		return true;
	if (!p->has_tree) {
		struct binxml b = { .chunk = p->chunk, .arena = p->arena, .budget = LIMIT_RECORD_NODES };

		if (!binxml_decode(&b, p->start, p->end, &tree, err))
			return false;
		p->tree = tree.root;
		p->has_tree = true;
	}
	*root = p->tree;
	return true;
}

static bool
tree_has_data(const struct node *root, const char *name)
{
	const struct node *data = root ? node_child(root, "EventData") : NULL;

	for (data = data ? data->children : NULL; data; data = data->next) {
		const struct node *attribute = data->kind == NODE_ELEMENT ? node_attribute(data, "Name") : NULL;
		struct node named = { .kind = NODE_VALUE };

		if (!attribute || !attribute->children)
			continue;
		named.name = value_utf16(&attribute->children->value);
		for (const struct node *part = node_is_named(&named, name) ? data->children : NULL; part; part = part->next) {
			if (value_utf16(&part->value).len)
				return true;
		}
	}
	return false;
}

/* An Event with its System, and the EventData as the definition's one slot beside it: what Windows writes. */
static const struct node *
embedded_data(const struct plan_record *p)
{
	const struct node *root = p->inner.plan ? p->inner.plan->root : NULL;
	unsigned slots = 0;

	for (const struct node *part = p->outer.plan->root->children; part; part = part->next) {
		if (part->kind == NODE_SUBSTITUTION)
			slots++;
		else if (!node_is_named(part, "System"))
			return NULL;
	}
	return root && slots == 1 && root->slot == NODE_NO_SLOT && node_is_named(root, "EventData") ? root : NULL;
}

static bool
has_text(const struct plan_record *p, const struct node *data, bool *told)
{
	bool has = false;

	*told &= data->slot == NODE_NO_SLOT || plan_is_slot(data->children);
	for (const struct node *part = data->children; part; part = part->next) {
		struct value value = part->value;

		if (part->kind == NODE_SUBSTITUTION)
			value = plan_value(&p->inner, part->slot);
		*told &= !(value.type & VALUE_ARRAY) && value.type != VALUE_BINXML;
		has |= value_utf16(&value).len > 0;
	}
	return has;
}

/* What tree_has_data would say, from the definitions and the values alone; *told is false where only the tree can tell. */
static bool
plan_has_data(struct plan_record *p, const char *name, bool *told)
{
	const struct node *data = embedded_data(p);
	bool has = false;

	*told = data != NULL;
	if (data)
		plan_inner_values(p);
	for (data = data ? data->children : NULL; data && *told; data = data->next) {
		const struct node *attribute = data->kind == NODE_ELEMENT ? node_attribute(data, "Name") : NULL;
		struct node named = { .kind = NODE_VALUE };

		*told = data->kind == NODE_ELEMENT && !(attribute && plan_is_slot(attribute->children));
		if (!*told || !attribute || !attribute->children)
			continue;
		named.name = value_utf16(&attribute->children->value);
		has |= node_is_named(&named, name) && has_text(p, data, told);
	}
	return has;
}

bool
record_has_data(const struct record *record, const char *name)
{
	const struct node *root;
	struct err err;
	bool told = false, has = false;

	if (record->plan && !record->plan->has_tree)
		has = plan_has_data(record->plan, name, &told);
	return told ? has : record_tree(record, &root, &err) && tree_has_data(root, name);
}

struct record_system
record_whole_system(const struct record *record)
{
	struct record_system whole = record->system;

	if (record->plan)
		plan_read_details(record->plan, &whole);
	return whole;
}
