/* SPDX-License-Identifier: Apache-2.0 */
/* A record as Windows' own XML view has it: one line, attributes in single quotes, no blank before "/>"
 * (evtx-format.md 3).  Attributes without data are left out, as [MS-EVEN6] says.  Line ends and what XML cannot hold are
 * escaped by base/escape.h. */
#include "evtx/render.h"

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

static void
append_attribute(struct xml *x, const struct node *attribute)
{
	size_t before = x->out->len;

	buf_append_byte(x->out, ' ');
	append_name(x, attribute->name);
	buf_append_text(x->out, "='");
	buf_reset(&x->text);
	node_append_text(attribute, &x->text);
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
		value_append_text(&node->value, &x->text);
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
	size_t begin;

	if (depth > LIMIT_ELEMENT_DEPTH) {
		x->too_deep = x->out->failed = true;
		return;
	}
	buf_append_byte(x->out, '<');
	append_name(x, element->name);
	for (const struct node *a = element->attributes; a; a = a->next)
		append_attribute(x, a);
	buf_append_byte(x->out, '>');
	begin = x->out->len;
	for (const struct node *child = element->children; child && !x->out->failed; child = child->next)
		append_node(x, child, depth + 1);
	if (x->out->len == begin && !x->out->failed) {
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
