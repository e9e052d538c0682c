/* SPDX-License-Identifier: Apache-2.0 */
/* Trees for tests, written as XML in one line.  A text or attribute that begins with @ is a typed value: @08:10000000 is
 * the u32 16; a text with | in it becomes several values side by side, as text and entity tokens do. */
#ifndef TESTS_TREE_HELP_H
#define TESTS_TREE_HELP_H

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf.h"
#include "evtx/record.h"
#include "evtx/xml.h"

#include <check.h>
#include <stdlib.h>

static inline unsigned
tree_digit(uint8_t c)
{
	return c <= '9' ? c - (unsigned)'0' : (c | 0x20u) - 'a' + 10u;
}

/* @TT:HEX of a UTF-16LE text. */
static inline void
tree_type(struct node *node, struct arena *arena)
{
	struct slice text = node->value.raw;
	uint8_t *bytes = ARENA_ARRAY(arena, uint8_t, text.len / 4 + 1);

	ck_assert(bytes && text.len >= 8 && text.len % 4 == 0);
	node->value.type = (uint8_t)(tree_digit(text.ptr[2]) << 4 | tree_digit(text.ptr[4]));
	for (size_t i = 8; i < text.len; i += 4)
		bytes[(i - 8) / 4] = (uint8_t)(tree_digit(text.ptr[i]) << 4 | tree_digit(text.ptr[i + 2]));
	node->value.raw = slice_from(bytes, (text.len - 8) / 4);
}

static inline void
tree_split(struct node *node, struct arena *arena)
{
	for (size_t i = 0; i + 1 < node->value.raw.len; i += 2) {
		struct node *rest;

		if (node->value.raw.ptr[i] != '|' || node->value.raw.ptr[i + 1])
			continue;
		rest = ARENA_NEW(arena, struct node);
		ck_assert(rest);
		*rest = *node;
		rest->value.raw = slice_sub(node->value.raw, i + 2, SIZE_MAX);
		node->value.raw = slice_sub(node->value.raw, 0, i);
		node->next = rest;
		return; /* the caller comes to the rest next */
	}
}

static inline void
tree_values(struct node *node, struct arena *arena)
{
	for (; node; node = node->next) {
		if (node->kind == NODE_VALUE) {
			tree_split(node, arena);
			if (node->value.raw.len && node->value.raw.ptr[0] == '@')
				tree_type(node, arena);
		}
		tree_values(node->attributes, arena);
		tree_values(node->children, arena);
	}
}

/* The parser wants children on lines of their own. */
static inline void
tree_lines(const char *xml, struct buf *out)
{
	bool start = false;

	for (; *xml; xml++) {
		if (*xml == '<')
			start = xml[1] != '/';
		buf_append_byte(out, (uint8_t)*xml);
		if (*xml == '/' && xml[1] == '>')
			start = false;
		if (*xml == '>' && xml[1] == '<' && !(start && xml[2] == '/'))
			buf_append_byte(out, '\n');
	}
}

/* The tree lives in the arena. */
static inline struct node *
tree_make(const char *xml, struct arena *arena)
{
	struct node *root = NULL;
	struct buf lines, utf16;
	struct slice copy;
	struct err err = { 0 };

	buf_init(&lines, 1 << 24);
	buf_init(&utf16, 1 << 24);
	tree_lines(xml, &lines);
	utf_append_as_utf16le(&utf16, buf_view(&lines));
	ck_assert(arena_copy(arena, buf_view(&utf16), &copy));
	ck_assert_msg(xml_parse(copy, arena, &root, &err), "%s: %s", xml, err.text);
	buf_fini(&lines);
	buf_fini(&utf16);
	tree_values(root, arena);
	return root;
}

/* <a><a> ... </a></a>, depth of them. */
static inline struct node *
tree_deep(size_t depth, struct arena *arena)
{
	struct node *root = NULL;

	while (depth--) {
		struct node *node = ARENA_NEW(arena, struct node);

		ck_assert(node);
		node->name = slice_from("a\0", 2);
		node->children = root;
		root = node;
	}
	return root;
}

/* An Event with an EventData of `count` Data elements that share one text of `len` ASCII characters. */
static inline struct node *
tree_wide(size_t count, size_t len, struct arena *arena)
{
	struct node *root = tree_make("<Event><EventData><Data>x</Data></EventData></Event>", arena);
	struct node *data = root->children->children;
	uint8_t *text = ARENA_ARRAY(arena, uint8_t, 2 * len);

	ck_assert(text);
	for (size_t i = 0; i < len; i++)
		text[2 * i] = 'x';
	data->children->value.raw = slice_from(text, 2 * len);
	while (--count) {
		struct node *twin = ARENA_NEW(arena, struct node);

		ck_assert(twin);
		*twin = *data;
		data->next = twin;
	}
	return root;
}

#endif
