/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/tree.h"

bool
node_is_named(const struct node *node, const char *name)
{
	size_t len;

	/* Most names that are asked for differ in the first letter. */
	if (!node->name.len || node->name.ptr[0] != (uint8_t)name[0])
		return false;
	len = strlen(name);
	if (node->name.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (node->name.ptr[2 * i] != (uint8_t)name[i] || node->name.ptr[2 * i + 1] != 0)
			return false;
	}
	return true;
}

static const struct node *
find(const struct node *list, enum node_kind kind, const char *name)
{
	for (; list; list = list->next) {
		if (list->kind == kind && node_is_named(list, name))
			return list;
	}
	return NULL;
}

const struct node *
node_child(const struct node *parent, const char *name)
{
	return find(parent->children, NODE_ELEMENT, name);
}

const struct node *
node_attribute(const struct node *element, const char *name)
{
	return find(element->attributes, NODE_ATTRIBUTE, name);
}

static bool
is_text(const struct node *node)
{
	return node->kind == NODE_VALUE || node->kind == NODE_CDATA;
}

void
node_append_text(const struct node *node, struct buf *out)
{
	if (is_text(node)) {
		value_append_text(&node->value, out);
		return;
	}
	for (const struct node *part = node->children; part; part = part->next) {
		if (is_text(part))
			value_append_text(&part->value, out);
	}
}
