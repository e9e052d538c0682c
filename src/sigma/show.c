/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/show.h"

#include "base/attr.h"
#include "src/sigma/show_parts.h"

enum { SHOWN_VALUES = 1000 };

static const char *const comparisons[] = {
	[COMPARE_EQUAL] = "=",   [COMPARE_LESS] = "<",           [COMPARE_LESS_EQUAL] = "<=",
	[COMPARE_GREATER] = ">", [COMPARE_GREATER_EQUAL] = ">=",
};

static const char *const time_parts[] = { [TIME_MINUTE] = "minute", [TIME_HOUR] = "hour", [TIME_DAY] = "day",
	[TIME_WEEK] = "week", [TIME_MONTH] = "month", [TIME_YEAR] = "year" };

const struct named_node *
show_name_of(const struct rule_tree *tree, const struct node *node)
{
	for (size_t i = 0; i < tree->name_count; i++)
		if (tree->names[i].node == node)
			return &tree->names[i];
	return NULL;
}

static void
show_number(const struct number *n, struct buf *out)
{
	if (n->is_real)
		buf_printf(out, "%g", n->real);
	else
		buf_printf(out, "%s%llu", n->negative ? "-" : "", (unsigned long long)n->magnitude);
}

static void
show_ref(const struct field_ref *ref, struct buf *out)
{
	buf_printf(out, "field %s", ref->front ? "*" : "");
	buf_append(out, ref->field.name);
	buf_printf(out, "%s%s", ref->back ? "*" : "", ref->cased ? " cased" : "");
}

static void
show_atom(const struct atom *atom, struct slice source, struct buf *out)
{
	switch (atom->kind) {
	case ATOM_TEXT:
		buf_append_byte(out, '"');
		pattern_show(&atom->is.pattern, out);
		buf_append_text(out, atom->is.pattern.cased ? "\"c" : "\"");
		break;
	case ATOM_REGEX:
		buf_append_byte(out, '/');
		buf_append(out, source);
		buf_append_byte(out, '/');
		break;
	case ATOM_NUMBER:
		if (atom->comparison != COMPARE_EQUAL)
			buf_printf(out, "%s ", comparisons[atom->comparison]);
		show_number(&atom->is.number, out);
		break;
	case ATOM_CIDR:
		buf_append_text(out, "network ");
		buf_append(out, source);
		break;
	case ATOM_FIELDREF:
		show_ref(&atom->is.ref, out);
		break;
	case ATOM_NULL:
		buf_append_text(out, "null");
		break;
	case ATOM_EXISTS:
		buf_append_text(out, atom->is.exists ? "present" : "absent");
		break;
	case ATOM_TIME:
		buf_printf(out, "%s %s ", time_parts[atom->is.time.part], comparisons[atom->comparison]);
		show_number(&atom->is.time.number, out);
		break;
	}
}

void
show_value(const struct value *value, struct buf *out)
{
	if (value->count > 1)
		buf_append_byte(out, '(');
	for (size_t i = 0; i < value->count; i++) {
		if (i)
			buf_append_text(out, " | ");
		show_atom(&value->atoms[i], value->source, out);
	}
	if (value->count > 1)
		buf_append_byte(out, ')');
}

static void
show_item(const struct item *item, struct buf *out)
{
	if (item->field.name.len)
		buf_append(out, item->field.name);
	else
		buf_append_text(out, "keywords");
	buf_append_text(out, item->negated ? " not " : " is ");
	for (size_t i = 0; i < item->count && i < SHOWN_VALUES; i++) {
		if (i)
			buf_append_text(out, item->all ? " & " : " | ");
		show_value(&item->values[i], out);
	}
	if (item->count > SHOWN_VALUES)
		buf_printf(out, " ... %zu values in all", item->count);
}

static void
show_node(const struct rule_tree *tree, const struct node *node, bool by_name, struct buf *out)
{
	const struct named_node *named = by_name ? show_name_of(tree, node) : NULL;

	if (named) {
		buf_append(out, named->name);
	} else if (node->kind == NODE_ITEM) {
		show_item(node->item, out);
	} else if (node->kind == NODE_NOT) {
		buf_append_text(out, "not ");
		show_node(tree, node->children[0], true, out);
	} else {
		buf_append_byte(out, '(');
		for (size_t i = 0; i < node->count; i++) {
			if (i)
				buf_append_text(out, node->kind == NODE_AND ? " and " : " or ");
			show_node(tree, node->children[i], true, out);
		}
		buf_append_byte(out, ')');
	}
}

void
show_tree(const struct rule_tree *tree, struct buf *out)
{
	for (size_t i = 0; i < tree->name_count; i++) {
		buf_append(out, tree->names[i].name);
		buf_append_text(out, ": ");
		show_node(tree, tree->names[i].node, false, out);
		buf_append_byte(out, '\n');
	}
	buf_append_text(out, "condition: ");
	show_node(tree, tree->root, true, out);
	buf_append_byte(out, '\n');
}

void
show_rule(const struct rule *rule, struct buf *out)
{
	show_tree(rule->tree, out);
}
