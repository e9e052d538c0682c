/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/plan_json_make.h"

#include "base/escape.h"
#include "base/limits.h"
#include "base/utf.h"

#include <stdio.h>

enum { CHILDREN = 512, PENDING = 16 };

/* --- literals --- */

static void
say(struct compiler *c, const char *text)
{
	buf_append_text(&c->literals, text);
}

static void
say_text(struct compiler *c, struct slice utf16)
{
	struct buf text;

	buf_init(&text, LIMIT_RECORD_OUTPUT);
	utf_append_utf16le(&text, utf16);
	escape_json(&c->literals, buf_view(&text));
	c->failed |= text.failed;
	buf_fini(&text);
}

static struct json_step *
step(struct compiler *c, enum json_step_kind kind, uint16_t slot)
{
	struct json_step *s = &c->steps[c->count++];

	*s = (struct json_step){ .kind = (uint8_t)kind, .slot = slot, .literal = (uint32_t)c->pending,
		.literal_len = (uint32_t)(c->literals.len - c->pending) };
	c->pending = c->literals.len;
	return s;
}

/* What was said so far must not go with a step that comes and goes. */
void
plan_json_flush(struct compiler *c)
{
	if (c->literals.len > c->pending)
		step(c, JSON_LITERAL, NODE_NO_SLOT);
}

/* --- what a part of the definition is --- */

static bool
is_literal(const struct node *content)
{
	return content && content->kind == NODE_VALUE;
}

static bool
any_text(const struct node *list)
{
	for (; list; list = list->next) {
		if (list->kind == NODE_VALUE && value_utf16(&list->value).len)
			return true;
	}
	return false;
}

static bool
is_plain_data(const struct node *node)
{
	const struct node *name = node_is_named(node, "Data") ? node_attribute(node, "Name") : NULL;

	return node_is_named(node, "Data") && !(name && any_text(name->children));
}

static bool
is_named_by_slot(const struct node *node)
{
	const struct node *name = node_is_named(node, "Data") ? node_attribute(node, "Name") : NULL;

	return name && plan_is_slot(name->children);
}

/* May the element be absent from a record? */
static bool
comes_and_goes(const struct node *element)
{
	return element->slot != NODE_NO_SLOT || (plan_is_slot(element->children) && element->children->optional);
}

/* --- names of members --- */

static const struct node *
key_source(const struct node *element, bool in_container)
{
	return in_container && node_is_named(element, "Data") && !is_plain_data(element) ? node_attribute(element, "Name")
		: NULL;
}

/* False when it is put together of several texts. */
static bool
key_of(const struct node *element, bool in_container, struct slice *key)
{
	const struct node *source = key_source(element, in_container);

	*key = source ? value_utf16(&source->children->value) : element->name;
	return !source || !source->children->next;
}

/* How many siblings before have the same name; false when that depends on the record. */
static bool
count_before(const struct node *first, const struct node *element, bool in_container, unsigned *before)
{
	bool in_list = in_container && is_plain_data(element);
	struct slice mine, other;

	*before = 0;
	if (!key_of(element, in_container, &mine))
		return false;
	for (; first != element; first = first->next) {
		if (first->kind != NODE_ELEMENT || (in_list && is_plain_data(first)))
			continue;
		if (!key_of(first, in_container, &other) || !slice_eq(mine, other))
			continue;
		++*before;
		if (in_list || comes_and_goes(first) || comes_and_goes(element) || (in_container && is_plain_data(first)))
			return false;
	}
	return true;
}

/* "name": */
static void
say_key(struct compiler *c, const struct node *element, bool in_container, unsigned before)
{
	char suffix[PENDING];
	struct slice key;

	key_of(element, in_container, &key);
	say(c, "\"");
	say_text(c, key);
	if (before) {
		snprintf(suffix, sizeof(suffix), "_%u", before);
		say(c, suffix);
	}
	say(c, "\":");
}

static void
say_literal(struct compiler *c, const struct node *list)
{
	say(c, "\"");
	for (; list; list = list->next)
		say_text(c, value_utf16(&list->value));
	say(c, "\"");
}

/* --- attributes --- */

static bool
any_slot(const struct node *attributes)
{
	for (; attributes; attributes = attributes->next) {
		if (plan_is_slot(attributes->children))
			return true;
	}
	return false;
}

static bool
any_attribute(const struct node *attributes)
{
	for (; attributes; attributes = attributes->next) {
		if (any_text(attributes->children))
			return true;
	}
	return false;
}

static void
say_attribute_name(struct compiler *c, const struct node *attribute)
{
	say(c, "\"");
	say_text(c, attribute->name);
	say(c, "\":");
}

static void
say_attributes(struct compiler *c, const struct node *a)
{
	say(c, "\"#attributes\":{");
	for (bool first = true; a; a = a->next) {
		if (!any_text(a->children))
			continue;
		if (!first)
			say(c, ",");
		first = false;
		say_attribute_name(c, a);
		say_literal(c, a->children);
	}
	say(c, "}");
}

static void
attribute_steps(struct compiler *c, const struct node *a)
{
	step(c, JSON_ATTRIBUTES, NODE_NO_SLOT);
	for (; a; a = a->next) {
		if (plan_is_slot(a->children)) {
			plan_json_flush(c);
			say_attribute_name(c, a);
			step(c, JSON_ATTRIBUTE, a->children->slot);
		} else if (any_text(a->children)) {
			say_attribute_name(c, a);
			say_literal(c, a->children);
			say(c, ",");
		}
	}
	plan_json_flush(c);
}

/* --- elements --- */

static bool members(struct compiler *c, const struct node *element, bool in_container);

static bool
members_inside(struct compiler *c, const struct node *element)
{
	return members(c, element, node_is_named(element, "EventData") || node_is_named(element, "UserData"));
}

/* Some attribute is a slot; the key is said. */
static bool
element_with_slots(struct compiler *c, const struct node *element)
{
	const struct node *content = element->children;

	attribute_steps(c, element->attributes);
	if (content && content->kind == NODE_ELEMENT) {
		step(c, JSON_END_OPEN, NODE_NO_SLOT);
		if (!members_inside(c, element))
			return false;
		step(c, JSON_CLOSE, NODE_NO_SLOT);
		return true;
	}
	if (plan_is_slot(content)) {
		step(c, JSON_END_VALUE, content->slot);
	} else if (is_literal(content) && any_text(content)) {
		say_literal(c, content);
		step(c, JSON_END_TEXT, NODE_NO_SLOT);
	} else {
		step(c, JSON_END_EMPTY, NODE_NO_SLOT);
	}
	return !content || is_literal(content) || (plan_is_slot(content) && content->value.type != VALUE_BINXML);
}

/* Attributes are literals; the key is said. */
static bool
element_with_attributes(struct compiler *c, const struct node *element)
{
	const struct node *content = element->children;

	say(c, "{");
	say_attributes(c, element->attributes);
	if (plan_is_slot(content) && content->value.type != VALUE_BINXML) {
		plan_json_flush(c);
		say(c, ",\"#text\":");
		step(c, JSON_TEXT, content->slot);
		return true;
	}
	if (!content || is_literal(content)) {
		if (any_text(content)) {
			say(c, ",\"#text\":");
			say_literal(c, content);
		}
		say(c, "},");
		return true;
	}
	say(c, ",");
	step(c, JSON_OPEN, NODE_NO_SLOT);
	if (!members_inside(c, element))
		return false;
	step(c, JSON_CLOSE_SURE, NODE_NO_SLOT);
	return true;
}

/* The key is said, and is not flushed. */
static bool
plain_element(struct compiler *c, const struct node *element)
{
	const struct node *content = element->children;

	if (plan_is_slot(content) && content->value.type != VALUE_BINXML) {
		step(c, JSON_VALUE, content->slot)->optional = content->optional;
		return true;
	}
	if (!content || is_literal(content)) {
		if (any_text(content))
			say_literal(c, content);
		else
			say(c, "null");
		say(c, ",");
		return true;
	}
	say(c, "{");
	step(c, JSON_OPEN, NODE_NO_SLOT);
	if (!members_inside(c, element))
		return false;
	step(c, JSON_CLOSE, NODE_NO_SLOT);
	return true;
}

static bool
data(struct compiler *c, const struct node *element)
{
	const struct node *content = element->children;

	if (plan_is_slot(content)) {
		step(c, JSON_DATA, content->slot)->optional = content->optional;
		return content->value.type != VALUE_BINXML;
	}
	if (content && !is_literal(content))
		return false;
	say_literal(c, content);
	say(c, ",");
	return true;
}

/* Data without names, one after the other: a list. */
static bool
list(struct compiler *c, const struct node *element, const struct node **last)
{
	struct json_step *head;
	size_t at = c->count;

	plan_json_flush(c);
	at = c->count;
	say(c, "\"Data\":{\"#text\":");
	step(c, JSON_LIST, NODE_NO_SLOT);
	for (; element && element->kind == NODE_ELEMENT && is_plain_data(element); element = element->next) {
		const struct node *content = element->children;
		bool is_slot = plan_is_slot(content);

		if (element->slot != NODE_NO_SLOT && !(is_slot && content->optional && content->slot == element->slot))
			return false;
		if (is_named_by_slot(element) || (is_slot ? content->value.type == VALUE_BINXML : content && !is_literal(content)))
			return false;
		if (!is_slot)
			say_literal(c, content);
		step(c, JSON_ITEM, is_slot ? content->slot : NODE_NO_SLOT)->optional = is_slot && content->optional;
		*last = element;
	}
	head = &c->steps[at];
	head->skip = (uint32_t)(c->count - at - 1);
	for (; element; element = element->next) {
		if (element->kind == NODE_ELEMENT && is_plain_data(element))
			return false; /* its place would depend on the record */
	}
	return true;
}

static bool
member(struct compiler *c, const struct node *first, const struct node *element, bool in_container)
{
	const struct node *content = element->children;
	bool is_slot = plan_is_slot(content), is_data = in_container && node_is_named(element, "Data");
	bool slots = any_slot(element->attributes), good;
	bool stays = element->slot == NODE_NO_SLOT || (is_slot && content->slot == element->slot && content->optional);
	unsigned before;
	size_t skip;

	if ((is_data && is_named_by_slot(element)) || !count_before(first, element, in_container, &before))
		return false;
	if (comes_and_goes(element))
		plan_json_flush(c);
	skip = c->count;
	if (!stays || (is_slot && content->optional && !is_data && (slots || any_attribute(element->attributes) ||
		    content->value.type == VALUE_BINXML)))
		step(c, JSON_SKIP, stays ? content->slot : element->slot);
	else
		skip = SIZE_MAX;
	if (!stays && is_slot && content->optional && content->slot != element->slot)
		return false;
	say_key(c, element, in_container, before);
	good = is_data ? data(c, element) : slots ? element_with_slots(c, element)
		: any_attribute(element->attributes) ? element_with_attributes(c, element) : plain_element(c, element);
	if (skip != SIZE_MAX) {
		plan_json_flush(c);
		c->steps[skip].skip = (uint32_t)(c->count - skip - 1);
	}
	return good;
}

static bool
members(struct compiler *c, const struct node *element, bool in_container)
{
	size_t count = 0;

	for (const struct node *child = element->children; child; child = child->next) {
		if (++count > CHILDREN)
			return false;
		if (child->kind == NODE_SUBSTITUTION) {
			plan_json_flush(c);
			step(c, JSON_EMBED, child->slot);
			continue;
		}
		if (in_container && is_plain_data(child)) {
			unsigned before;

			if (!count_before(element->children, child, true, &before) || before || !list(c, child, &child))
				return false;
			continue;
		}
		if (!member(c, element->children, child, in_container))
			return false;
	}
	plan_json_flush(c);
	return true;
}

/* The embedded element could have the name of any sibling but System. */
static bool
embeds_beside_others(const struct node *root)
{
	bool others = false, embeds = false;

	for (const struct node *child = root->children; child; child = child->next) {
		embeds |= child->kind == NODE_SUBSTITUTION;
		others |= child->kind == NODE_ELEMENT && !node_is_named(child, "System");
	}
	return others && embeds;
}

bool
plan_json_program(struct compiler *c, const struct plan *plan)
{
	const struct node *root = plan->root;

	if (!plan->is_event)
		return member(c, root, root, false);
	if (embeds_beside_others(root) || any_slot(root->attributes))
		return false;
	say(c, "{");
	say_key(c, root, false, 0);
	say(c, "{");
	if (any_attribute(root->attributes)) {
		say_attributes(c, root->attributes);
		say(c, ",");
	}
	step(c, JSON_OPEN, NODE_NO_SLOT);
	if (!members(c, root, false))
		return false;
	step(c, JSON_CLOSE_SURE, NODE_NO_SLOT);
	return true;
}
