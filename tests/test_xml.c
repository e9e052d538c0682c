/* SPDX-License-Identifier: Apache-2.0 */
/* libevtx's XML back into a tree, also where it is none. */
#include "evtx/xml.h"

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	const char *name, *xml;
	const char *tree; /* name(attribute=value,)[children]"text"; NULL: an error */
	enum err_code code;
} cases[] = {
	{ "empty element", "<E/>\n", "E", ERR_OK },
	{ "text", "<E>x</E>\n", "E\"x\"", ERR_OK },
	{ "no text", "<E></E>", "E", ERR_OK },
	{ "attributes", "<E a=\"1\" b=\"\"/>", "E(a=1,b=,)", ERR_OK },
	{ "children", "<E>\n  <A>x</A>\n  <B/>\n</E>\n", "E[A\"x\"B]", ERR_OK },
	{ "children of children", "<E>\n  <A>\n    <B>x</B>\n  </A>\n</E>", "E[A[B\"x\"]]", ERR_OK },
	{ "CR and LF", "<E>\r\n  <A/>\r\n</E>\r\n", "E[A]", ERR_OK },
	{ "blanks in front", "\n\n <E/>", "E", ERR_OK },
	{ "references", "<E>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;</E>", "E\"<>&\"'AB\"", ERR_OK },
	{ "reference beyond the BMP", "<E>&#x1F600;</E>", "E\"\xf0\x9f\x98\x80\"", ERR_OK },
	{ "an & that is no reference", "<E>a & b &x; &amp &#; &#xG; &#x110000; &</E>",
		"E\"a & b &x; &amp &#; &#xG; &#x110000; &\"", ERR_OK },
	{ "references resolved once", "<E>&amp;lt;</E>", "E\"&lt;\"", ERR_OK },
	{ "ANSI text with markup in it", "<E>\n  <A>a<b>c</b> </c> d < e</A>\n</E>", "E[A\"a<b>c</b> </c> d < e\"]", ERR_OK },
	{ "ANSI text with its own end tag", "<E>\n  <A>x</A>y</A>\n</E>", "E[A\"x</A>y\"]", ERR_OK },
	{ "text that begins with markup", "<E><b/></E>", "E\"<b/>\"", ERR_OK },
	{ "attribute with quotes and markup", "<E a=\"x\" y<>&amp;\" b=\"2\">z</E>", "E(a=x\" y<>&amp;,b=2,)\"z\"", ERR_OK },
	{ "text of one line end", "<E>\n</E>", "E\"\n\"", ERR_OK },
	{ "lines of text", "<E>a\n b\n</E>", "E\"a\n b\n\"", ERR_OK },
	{ "a line that begins with <, in text", "<E>a\n<b\n</E>", "E\"a\n<b\n\"", ERR_OK },
	{ "blanks alone", "<E>  </E>", "E\"  \"", ERR_OK },
	{ "nothing", "", NULL, ERR_FORMAT },
	{ "text alone", "x", NULL, ERR_FORMAT },
	{ "half a tag", "<E a=\"1", NULL, ERR_FORMAT },
	{ "attribute without value", "<E a>x</E>", NULL, ERR_FORMAT },
	{ "single quotes", "<E a='1'/>", NULL, ERR_FORMAT },
	{ "a child whose tag cannot be read", "<E>\n  <A a='1'/>\n  <B/>\n</E>", NULL, ERR_FORMAT },
	{ "not closed", "<E>x", NULL, ERR_TRUNCATED },
	{ "closed by another", "<E>x</F>", NULL, ERR_TRUNCATED },
	{ "text between children", "<E>\n  <A/>\nx\n</E>", NULL, ERR_FORMAT },
	{ "parent not closed", "<E>\n  <A/>\n", NULL, ERR_FORMAT },
};

static void
show(const struct node *node, struct buf *out)
{
	for (; node; node = node->next) {
		if (node->kind == NODE_VALUE) {
			buf_append_byte(out, '"');
			value_append_text(&node->value, out);
			buf_append_byte(out, '"');
			continue;
		}
		utf_append_utf16le(out, node->name);
		for (const struct node *a = node->attributes; a; a = a->next) {
			buf_append_text(out, a == node->attributes ? "(" : "");
			utf_append_utf16le(out, a->name);
			buf_append_byte(out, '=');
			node_append_text(a, out);
			buf_append_text(out, a->next ? "," : ",)");
		}
		if (node->children && node->children->kind == NODE_ELEMENT) {
			buf_append_byte(out, '[');
			show(node->children, out);
			buf_append_byte(out, ']');
		} else {
			show(node->children, out);
		}
	}
}

START_TEST(test_parse)
{
	struct buf utf16, tree;
	struct node *root = NULL;
	struct arena arena;
	struct err err = { 0 };
	bool ok;

	buf_init(&utf16, 1 << 20);
	buf_init(&tree, 1 << 20);
	arena_init(&arena, 1 << 20);
	utf_append_as_utf16le(&utf16, slice_from_text(cases[_i].xml));
	ok = xml_parse(buf_view(&utf16), &arena, &root, &err);
	ck_assert_msg(ok == (cases[_i].tree != NULL), "%s: %s", cases[_i].name, err.text);
	ck_assert_msg(err.code == cases[_i].code, "%s: code %d", cases[_i].name, (int)err.code);
	show(root, &tree);
	buf_append_byte(&tree, 0);
	if (cases[_i].tree)
		ck_assert_msg(strcmp((char *)tree.ptr, cases[_i].tree) == 0, "%s: %s", cases[_i].name, (char *)tree.ptr);
	else
		ck_assert_msg(!root, "%s: no tree", cases[_i].name);
	buf_fini(&utf16);
	buf_fini(&tree);
	arena_fini(&arena);
}
END_TEST

/* Cut anywhere, a document is an error, unless only line ends are missing. */
START_TEST(test_every_start)
{
	static const char xml[] = "<E a=\"1\">\n  <A k=\"v\" l=\"\">x&amp;y</A>\n  <B/>\n  <C>\n    <D>z</D>\n  </C>\n</E>";
	struct arena arena;
	struct buf utf16;

	arena_init(&arena, 1 << 20);
	buf_init(&utf16, 1 << 20);
	utf_append_as_utf16le(&utf16, slice_from_text(xml));
	for (size_t len = 0; len <= utf16.len; len++) {
		uint8_t *copy = malloc(len ? len : 1); /* of its own, so that a sanitizer sees its end */
		struct node *root = NULL;
		struct err err;

		ck_assert(copy);
		memcpy(copy, utf16.ptr, len);
		ck_assert_msg(xml_parse(slice_from(copy, len), &arena, &root, &err) == (len == utf16.len), "%zu bytes", len);
		free(copy);
		arena_reset(&arena);
	}
	buf_fini(&utf16);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *name;
	const char *first, *again, *close, *last; /* `again` and `close` count times each */
	size_t count, limit;
	enum err_code code;
} limits[] = {
	{ "deep", "", "<A>\n", "</A>\n", "", LIMIT_ELEMENT_DEPTH, 1 << 20, ERR_OK },
	{ "too deep", "", "<A>\n", "</A>\n", "", LIMIT_ELEMENT_DEPTH + 1, 1 << 20, ERR_LIMIT },
	{ "many elements", "<E>", "\n<A/>", "", "\n</E>", LIMIT_RECORD_NODES - 1, LIMIT_RECORD_ARENA, ERR_OK },
	{ "too many elements", "<E>", "\n<A/>", "", "\n</E>", LIMIT_RECORD_NODES, LIMIT_RECORD_ARENA, ERR_LIMIT },
	{ "arena too small", "<E>", "\n<A/>", "", "\n</E>", 1000, 10000, ERR_LIMIT },
	{ "long text", "<E>", "&lt;<A", "", "</E>", 100000, 1 << 22, ERR_OK },
	{ "no room for a text with references", "<E>", "&lt;<A", "", "</E>", 100000, 100000, ERR_LIMIT },
	{ "attribute that never ends", "<E a=\"", "xxxxxxxx", "", "", 100000, 1 << 20, ERR_FORMAT },
	{ "quotes in an attribute", "<E a=\"", "\" b ", "", "\"/>", 20000, 1 << 20, ERR_OK },
	{ "many attributes", "<E", " a=\"\"", "", "/>", LIMIT_RECORD_NODES, LIMIT_RECORD_ARENA, ERR_LIMIT },
};

START_TEST(test_limits)
{
	struct buf xml, utf16;
	struct node *root;
	struct arena arena;
	struct err err = { 0 };

	buf_init(&xml, 1 << 24);
	buf_init(&utf16, 1 << 24);
	arena_init(&arena, limits[_i].limit);
	buf_append_text(&xml, limits[_i].first);
	for (size_t i = 0; i < limits[_i].count; i++)
		buf_append_text(&xml, limits[_i].again);
	for (size_t i = 0; i < limits[_i].count; i++)
		buf_append_text(&xml, limits[_i].close);
	buf_append_text(&xml, limits[_i].last);
	utf_append_as_utf16le(&utf16, buf_view(&xml));
	ck_assert_msg(xml_parse(buf_view(&utf16), &arena, &root, &err) == (limits[_i].code == ERR_OK), "%s: %s", limits[_i].name,
		err.text);
	ck_assert_msg(err.code == limits[_i].code, "%s: %s", limits[_i].name, err.text);
	buf_fini(&xml);
	buf_fini(&utf16);
	arena_fini(&arena);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("xml");
	TCase *tc = tcase_create("xml");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_parse, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, test_every_start);
	tcase_add_loop_test(tc, test_limits, 0, (int)ARRAY_LEN(limits));
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
