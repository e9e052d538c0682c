/* SPDX-License-Identifier: Apache-2.0 */
/* A record as Windows' own XML view has it (EvtRender, wevtutil; evtx-format.md 3): one line, attributes in single quotes,
 * no blank before "/>".  An element that has nothing in it is <Correlation/>, one whose value is empty is
 * <Data Name='Path'></Data>.  Attributes without data are left out, as [MS-EVEN6] says.  Times have seven digits and GUIDs
 * are in lower case, as since Windows 10 2004.  Line ends and what XML cannot hold are escaped by base/escape.h. */
#include "evtx/render.h"

#include "base/ascii.h"
#include "base/escape.h"
#include "base/limits.h"
#include "base/utf.h"

struct xml {
	struct buf *out;
	struct buf text; /* one text before it is escaped */
	bool too_deep;
};

/* Escaping knows attributes in double quotes: the single ones are added here. */
static void
append_quoted(struct xml *x, struct slice text)
{
	struct slice part;

	for (bool first = true; slice_split(&text, '\'', &part); first = false) {
		if (!first)
			buf_append_text(x->out, "&apos;");
		escape_xml(x->out, part, ESCAPE_XML_ATTRIBUTE);
	}
}

/* One line a record: a line end inside a text becomes a reference. */
static void
append_escaped(struct xml *x, struct slice text)
{
	struct slice part;

	for (bool first = true; slice_split(&text, '\n', &part); first = false) {
		if (!first)
			buf_append_text(x->out, "&#xA;");
		escape_xml(x->out, part, 0);
	}
}

/* A character of a name that would end it becomes a low line: names come from the log and may hold anything. */
static void
append_name(struct xml *x, struct slice utf16)
{
	size_t at = 0;

	buf_reset(&x->text);
	utf_append_utf16le(&x->text, utf16);
	while (at < x->text.len) {
		size_t begin = at;
		uint32_t code = utf_next(buf_view(&x->text), &at);
		bool good = code > 0x9F ? code >> 31 == 0 && !utf_is_surrogate(code) && code < 0xFFFE
					: code > ' ' && code < 0x7F && !strchr("<>&\"'/=", (int)code);

		buf_append(x->out, good ? slice_sub(buf_view(&x->text), begin, at - begin) : SLICE("_"));
	}
	if (x->text.len == 0)
		buf_append_byte(x->out, '_');
}

/* Builds of Windows that write times with seven digits, as we do, write GUIDs in lower case. */
static void
append_value(struct buf *out, const struct value *value)
{
	size_t begin = out->len;

	value_append_text(value, out);
	if ((value->type & (uint8_t)~VALUE_ARRAY) != VALUE_GUID)
		return;
	for (size_t i = begin; i < out->len; i++)
		out->ptr[i] = ascii_lower(out->ptr[i]);
}

static bool
is_content(const struct node *node)
{
	return node->kind == NODE_VALUE || node->kind == NODE_CDATA;
}

static void
append_attribute(struct xml *x, const struct node *attribute)
{
	size_t before = x->out->len;

	buf_append_byte(x->out, ' ');
	append_name(x, attribute->name);
	buf_append_text(x->out, "='");
	buf_reset(&x->text);
	for (const struct node *part = attribute->children; part; part = part->next) {
		if (is_content(part))
			append_value(&x->text, &part->value);
	}
	if (x->text.len == 0 && !x->out->failed) {
		x->out->len = before;
		return;
	}
	append_quoted(x, buf_view(&x->text));
	buf_append_byte(x->out, '\'');
}

static void append_element(struct xml *x, const struct node *element, unsigned depth);

static void
append_node(struct xml *x, const struct node *node, unsigned depth)
{
	switch (node->kind) {
	case NODE_ELEMENT:
		append_element(x, node, depth);
		return;
	case NODE_VALUE:
	case NODE_CDATA:
		buf_reset(&x->text);
		append_value(&x->text, &node->value);
		append_escaped(x, buf_view(&x->text));
		return;
	case NODE_ATTRIBUTE:
	case NODE_SUBSTITUTION:
	case NODE_INSTRUCTION: /* for programs that read a document, which this is not */
		return;
	}
}

static void
append_element(struct xml *x, const struct node *element, unsigned depth)
{
	bool is_empty = true;

	if (depth > LIMIT_ELEMENT_DEPTH) {
		x->too_deep = x->out->failed = true;
		return;
	}
	buf_append_byte(x->out, '<');
	append_name(x, element->name);
	for (const struct node *a = element->attributes; a; a = a->next)
		append_attribute(x, a);
	buf_append_byte(x->out, '>');
	for (const struct node *child = element->children; child && !x->out->failed; child = child->next) {
		append_node(x, child, depth + 1);
		is_empty = is_empty && !is_content(child) && child->kind != NODE_ELEMENT;
	}
	if (is_empty && !x->out->failed) {
		x->out->len--;
		buf_append_text(x->out, "/>");
		return;
	}
	buf_append_text(x->out, "</");
	append_name(x, element->name);
	buf_append_byte(x->out, '>');
}

bool
render_xml(const struct record *record, struct buf *out, struct err *err)
{
	struct xml x = { .out = out };
	size_t begin = out->len, max = out->max;
	const struct node *root;
	bool ok;

	if (!record_tree(record, &root, err))
		return false;
	buf_init(&x.text, LIMIT_RECORD_OUTPUT);
	if (max - begin > LIMIT_RECORD_OUTPUT)
		out->max = begin + LIMIT_RECORD_OUTPUT;
	if (root)
		append_element(&x, root, 1);
	out->max = max;
	ok = !out->failed && !x.text.failed;
	buf_fini(&x.text);
	if (ok)
		return true;
	out->len = begin;
	if (x.too_deep)
		return err_set(err, ERR_LIMIT, 0, "more than %d elements inside one another", LIMIT_ELEMENT_DEPTH);
	return err_set(err, ERR_LIMIT, 0, "the record takes more than %d bytes as XML", LIMIT_RECORD_OUTPUT);
}
