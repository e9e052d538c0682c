/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/xml.h"

#include "base/attr.h"
#include "base/limits.h"
#include "base/units.h"

enum {
	ATTRIBUTE_MAX = 2 * LIMIT_CHUNK, /* units of an attribute's value: more than a chunk can hold, even as hex */
	REFERENCE_MAX = 10,              /* units of the longest reference, &#x10FFFF; */
	NOTHING = 0x10000,               /* no unit of UTF-16: behind the end */
};

struct parser {
	struct slice text;
	size_t units;
	size_t at; /* in units */
	struct arena *arena;
	struct err *err;
	size_t nodes;
};

/* What a start tag at some place would be. */
struct tag {
	struct slice name;
	struct node *attributes;
	size_t end; /* behind its > */
	bool empty; /* /> */
};

static uint32_t
unit(const struct parser *p, size_t at)
{
	return at < p->units ? (uint32_t)(p->text.ptr[2 * at] | p->text.ptr[2 * at + 1] << 8) : NOTHING;
}

static struct slice
span(const struct parser *p, size_t start, size_t end)
{
	return slice_sub(p->text, 2 * start, 2 * (end - start));
}

static bool
is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Names come from the log and may hold nearly anything; these would make a tag unreadable. */
static bool
is_name(uint32_t c)
{
	return c != NOTHING && c > ' ' && c != '<' && c != '>' && c != '/' && c != '=' && c != '"' && c != '&';
}

static size_t
skip_blanks(const struct parser *p, size_t at)
{
	while (is_blank(unit(p, at)))
		at++;
	return at;
}

static size_t
skip_name(const struct parser *p, size_t at)
{
	while (is_name(unit(p, at)))
		at++;
	return at;
}

static struct node *
new_node(struct parser *p, enum node_kind kind)
{
	struct node *node = p->nodes < LIMIT_RECORD_NODES ? ARENA_NEW(p->arena, struct node) : NULL;

	if (node) {
		p->nodes++;
		node->kind = kind;
		return node;
	}
	if (p->nodes == LIMIT_RECORD_NODES || p->arena->limit - p->arena->used < sizeof(*node))
		err_set(p->err, ERR_LIMIT, 2 * p->at, "XML: no room for more than %zu nodes", p->nodes);
	else
		err_nomem(p->err);
	return NULL;
}

/* --- references --- */

/* The character that a reference stands for and its length; 0 where the & is only a character. */
static size_t
read_reference(const struct parser *p, size_t at, size_t end, uint32_t *code)
{
	static const struct {
		const char *name;
		uint32_t code;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' } };
	char name[REFERENCE_MAX + 1] = "";
	uint64_t number = 0;
	size_t len = 0;

	for (at++; at < end && len < REFERENCE_MAX && unit(p, at) != ';'; at++) {
		if (unit(p, at) < '#' || unit(p, at) > 'z')
			return 0;
		name[len++] = (char)unit(p, at);
	}
	if (at == end || unit(p, at) != ';')
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(name, known[i].name) == 0) {
			*code = known[i].code;
			return len + 2;
		}
	}
	if (name[0] != '#')
		return 0;
	if (name[1] == 'x')
		name[0] = '0';
	if (!slice_to_u64(slice_from_text(name[1] == 'x' ? name : name + 1), &number) || number > 0x10FFFF)
		return 0;
	*code = (uint32_t)number;
	return len + 2;
}

static size_t
put(uint8_t *out, size_t len, uint32_t code)
{
	if (code > 0xFFFF) {
		len = put(out, len, 0xD800 + ((code - 0x10000) >> 10));
		code = 0xDC00 + ((code - 0x10000) & 0x3FF);
	}
	out[len] = (uint8_t)code;
	out[len + 1] = (uint8_t)(code >> 8);
	return len + 2;
}

/* A text with its references resolved: never longer than it was. */
static bool
resolve(struct parser *p, size_t start, size_t end, struct slice *text)
{
	size_t first = units_find(p->text.ptr, start, end, '&'), len = 0;
	uint8_t *out = NULL;

	for (size_t at = first; at < end;) {
		uint32_t code = unit(p, at);
		size_t taken = code == '&' ? read_reference(p, at, end, &code) : 0;

		if (taken && !out) {
			out = arena_alloc(p->arena, 2 * (end - start), 1);
			if (!out)
				return err_set(p->err, ERR_LIMIT, 2 * at, "XML: no memory for a text of %zu units", end - start);
			len = 2 * (at - start);
			memcpy(out, span(p, start, at).ptr, len);
		}
		if (out)
			len = put(out, len, code);
		at += taken ? taken : 1;
	}
	*text = out ? slice_from(out, len) : span(p, start, end);
	return true;
}

/* --- tags --- */

/* A quote ends a value when the tag ends there or the next attribute begins; others belong to the value. */
static bool
ends_value(const struct parser *p, size_t at)
{
	uint32_t c = unit(p, at + 1);
	size_t name;

	if (c == '>' || (c == '/' && unit(p, at + 2) == '>'))
		return true;
	if (!is_blank(c))
		return false;
	name = skip_blanks(p, at + 1);
	at = skip_name(p, name);
	return at > name && unit(p, at) == '=' && unit(p, at + 1) == '"';
}

/* Blanks, name="value".  False without an error (node NULL) where there is none; values are verbatim, since libevtx
 * does not escape them. */
static bool
read_attribute(struct parser *p, size_t *at, struct node **node)
{
	size_t name = skip_blanks(p, *at), name_end = skip_name(p, name), value = name_end + 2, end = value;
	struct node *part;

	*node = NULL;
	if (name == *at || name_end == name || unit(p, name_end) != '=' || unit(p, name_end + 1) != '"')
		return true;
	while (end < p->units && end - value < ATTRIBUTE_MAX && !(unit(p, end) == '"' && ends_value(p, end)))
		end++;
	if (unit(p, end) != '"')
		return true;
	*node = new_node(p, NODE_ATTRIBUTE);
	part = *node ? new_node(p, NODE_VALUE) : NULL;
	if (!part)
		return false;
	part->value = (struct value){ VALUE_STRING, span(p, value, end) };
	(*node)->name = span(p, name, name_end);
	(*node)->children = part;
	*at = end + 1;
	return true;
}

/* Reads the start tag at p->at without moving; tag->end is 0 where there is none. */
static bool
read_start(struct parser *p, struct tag *tag)
{
	size_t name = p->at + 1, at = skip_name(p, name);
	struct node **tail = &tag->attributes, *node;

	*tag = (struct tag){ .name = span(p, name, at) };
	if (unit(p, p->at) != '<' || at == name)
		return true;
	do {
		if (!read_attribute(p, &at, &node))
			return false;
		*tail = node;
		if (node)
			tail = &node->next;
	} while (node);
	at = skip_blanks(p, at);
	tag->empty = unit(p, at) == '/';
	at += tag->empty;
	if (unit(p, at) == '>')
		tag->end = at + 1;
	return true;
}

/* `</name>` with a line end or nothing behind it: where libevtx ends an element. */
static bool
is_end_tag(const struct parser *p, size_t at, struct slice name, size_t *end)
{
	size_t name_at = at + 2, behind = name_at + name.len / 2;

	if (unit(p, at) != '<' || unit(p, at + 1) != '/' || behind > p->units)
		return false;
	if (!slice_eq(span(p, name_at, behind), name) || unit(p, behind) != '>')
		return false;
	*end = behind + 1;
	return is_blank(unit(p, *end)) || unit(p, *end) == NOTHING;
}

static bool
append_text(struct parser *p, size_t start, size_t end, struct node **to)
{
	struct node *node;
	struct slice text;

	if (start == end)
		return true;
	node = new_node(p, NODE_VALUE);
	if (!node || !resolve(p, start, end, &text))
		return false;
	node->value = (struct value){ VALUE_STRING, text };
	*to = node;
	return true;
}

/* A child of the open element: a start tag on a line of its own.  None (tag->end 0) where the element holds text or
 * ends.  Something there that begins like a tag and is none is an error, so that an odd name cannot turn its parent's
 * other children into text. */
static bool
find_child(struct parser *p, struct tag *tag)
{
	size_t start = p->at, at = skip_blanks(p, start);
	bool own_line = at > start && (unit(p, start) == '\n' || unit(p, start) == '\r');

	*tag = (struct tag){ .end = 0 };
	if (!own_line || unit(p, at) != '<' || !is_name(unit(p, at + 1)))
		return true;
	p->at = at;
	if (!read_start(p, tag))
		return false;
	return tag->end || err_set(p->err, ERR_FORMAT, 2 * at, "XML: a start tag that cannot be read");
}

static bool
read_text(struct parser *p, struct node *element)
{
	size_t start = p->at, end;

	for (; (p->at = units_find(p->text.ptr, p->at, p->units, '<')) < p->units; p->at++) {
		if (!is_end_tag(p, p->at, element->name, &end))
			continue;
		if (!append_text(p, start, p->at, &element->children))
			return false;
		p->at = end;
		return true;
	}
	return err_set(p->err, ERR_TRUNCATED, 2 * start, "XML: an element is not closed");
}

static struct node *
new_element(struct parser *p, const struct tag *tag)
{
	struct node *element = new_node(p, NODE_ELEMENT);

	if (element) {
		element->name = tag->name;
		element->attributes = tag->attributes;
		p->at = tag->end;
	}
	return element;
}

/* Everything behind the start tag of `element`: children up to its end tag, or text. */
static bool
read_inside(struct parser *p, struct node *element, unsigned depth)
{
	struct node **tail = &element->children;
	struct tag tag;
	size_t end;

	if (depth > LIMIT_ELEMENT_DEPTH)
		return err_set(p->err, ERR_LIMIT, 2 * p->at, "XML: more than %d elements inside one another", LIMIT_ELEMENT_DEPTH);
	for (;;) {
		if (!find_child(p, &tag))
			return false;
		if (!tag.end)
			break;
		*tail = new_element(p, &tag);
		if (!*tail || (!tag.empty && !read_inside(p, *tail, depth + 1)))
			return false;
		tail = &(*tail)->next;
	}
	if (!element->children)
		return read_text(p, element);
	p->at = skip_blanks(p, p->at);
	if (!is_end_tag(p, p->at, element->name, &end))
		return err_set(p->err, ERR_FORMAT, 2 * p->at, "XML: neither a child nor the end of an element");
	p->at = end;
	return true;
}

bool
xml_parse(struct slice utf16, struct arena *arena, struct node **root, struct err *err)
{
	struct parser p = { .text = utf16, .units = utf16.len / 2, .arena = arena, .err = err };
	struct node *element;
	struct tag tag;

	p.at = skip_blanks(&p, 0);
	if (!read_start(&p, &tag))
		return false;
	if (!tag.end)
		return err_set(err, ERR_FORMAT, 2 * p.at, "XML: no element");
	element = new_element(&p, &tag);
	if (!element || (!tag.empty && !read_inside(&p, element, 1)))
		return false;
	*root = element;
	return true;
}
