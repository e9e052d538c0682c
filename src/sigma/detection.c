/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes a search identifier can have (sigma.md section 2): a map is an AND of items, a list of maps an OR, a
 * list of words keywords.  YAML's depth limit bounds the recursion. */
#include "src/sigma/load.h"

#include "base/limits.h"

enum { NAME_MAX_LEN = 256 };

static bool load_shape(struct loader *l, const struct yaml_node *node, const struct node **out, struct err *err);

static bool
load_map(struct loader *l, const struct yaml_node *map, const struct node **out, struct err *err)
{
	struct node *node = node_new(l, NODE_AND, map->count);
	size_t n = 0;

	if (!node)
		return err_nomem(err);
	for (const struct yaml_node *member = map->first; member; member = member->next) {
		struct node *leaf = node_new(l, NODE_ITEM, 0);

		if (!leaf)
			return err_nomem(err);
		if (!item_load(l, member, &leaf->item, err))
			return false;
		node->children[n++] = leaf;
	}
	*out = n == 1 ? node->children[0] : node;
	return true;
}

static bool
load_keywords(struct loader *l, const struct yaml_node *list, const struct node **out, struct err *err)
{
	struct node *leaf = node_new(l, NODE_ITEM, 0);

	if (!leaf)
		return err_nomem(err);
	*out = leaf;
	return item_load_keywords(l, list, &leaf->item, err);
}

static bool
load_list(struct loader *l, const struct yaml_node *list, const struct node **out, struct err *err)
{
	struct node *node;
	size_t scalars = 0, n = 0;

	for (const struct yaml_node *member = list->first; member; member = member->next)
		scalars += member->kind == YAML_SCALAR;
	if (scalars == list->count)
		return load_keywords(l, list, out, err);
	node = node_new(l, NODE_OR, list->count);
	if (!node)
		return err_nomem(err);
	for (const struct yaml_node *member = list->first; member; member = member->next)
		if (!load_shape(l, member, &node->children[n++], err))
			return false;
	*out = node;
	return true;
}

static bool
load_shape(struct loader *l, const struct yaml_node *node, const struct node **out, struct err *err)
{
	if (node->kind == YAML_SCALAR)
		return load_keywords(l, node, out, err);
	if (node->count == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "an empty %s says nothing",
			node->kind == YAML_MAP ? "map" : "list");
	return node->kind == YAML_MAP ? load_map(l, node, out, err) : load_list(l, node, out, err);
}

static bool
is_reserved(struct slice key)
{
	return slice_eq(key, SLICE("condition")) || slice_eq(key, SLICE("timeframe"));
}

/* The names stay for those who explain a verdict. */
static bool
keep_names(struct loader *l, const struct identifier *first, size_t count, struct rule_tree *tree, struct err *err)
{
	struct named_node *names = ARENA_ARRAY(l->keep, struct named_node, count);
	size_t n = 0;

	if (!names)
		return err_nomem(err);
	for (const struct identifier *id = first; id; id = id->next, n++) {
		names[n].node = id->node;
		if (!arena_copy(l->keep, id->name, &names[n].name))
			return err_nomem(err);
	}
	tree->names = names;
	tree->name_count = count;
	return true;
}

bool
detection_load(struct loader *l, const struct yaml_node *detection, struct rule_tree *tree, struct err *err)
{
	const struct yaml_node *condition = yaml_get(detection, SLICE("condition"));
	struct identifier *first = NULL, **end = &first;
	size_t count = 0;

	if (detection->kind != YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(detection), "'detection' must be a map");
	if (!condition)
		return err_set(err, ERR_SYNTAX, AT_NODE(detection), "the detection has no condition");
	for (const struct yaml_node *member = detection->first; member; member = member->next) {
		struct identifier *id;

		if (is_reserved(member->key))
			continue;
		if (++count > LIMIT_IDENTIFIERS || member->key.len > NAME_MAX_LEN)
			return err_set(err, ERR_LIMIT, AT_NODE(member), "more than %d identifiers, or a name over %d bytes",
				LIMIT_IDENTIFIERS, NAME_MAX_LEN);
		id = ARENA_NEW(l->scratch, struct identifier);
		if (!id)
			return err_nomem(err);
		id->name = member->key;
		if (!load_shape(l, member, &id->node, err))
			return false;
		*end = id;
		end = &id->next;
	}
	if (!first)
		return err_set(err, ERR_SYNTAX, AT_NODE(detection), "the detection has no identifier but its condition");
	return keep_names(l, first, count, tree, err) && condition_load(l, condition, first, &tree->root, err);
}
