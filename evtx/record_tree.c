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

bool
record_has_data(const struct record *record, const char *name)
{
	const struct node *root;
	struct err err;

	return record_tree(record, &root, &err) && tree_has_data(root, name);
}

struct record_system
record_whole_system(const struct record *record)
{
	struct record_system whole = record->system;

	if (record->plan)
		plan_read_details(record->plan, &whole);
	return whole;
}
