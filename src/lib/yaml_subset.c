/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/yaml_subset_parts.h"

#include "base/limits.h"
#include "src/lib/yaml_tree.h"

enum { KEY_MOST = 1000 }; /* bytes: libyaml gives a key without ? 1,024 characters */

struct key {
	struct slice text;
	uint32_t line, column;
};

static struct yaml_node *read_node(struct yaml_subset *s, ptrdiff_t parent, bool beside_key);

/* From the colon of a key or the dash of a member to what belongs to it: beside it, or below and deeper, or nothing.  A list may
 * stand below its key without being deeper. */
static struct yaml_node *
read_value(struct yaml_subset *s, ptrdiff_t column, bool of_key)
{
	uint32_t line = s->line + 1, place;
	struct yaml_node *nothing;

	s->at++;
	place = subset_column(s, s->at);
	subset_skip_blanks(s);
	if (s->at < s->line_end && subset_peek(s, 0) != '#')
		return read_node(s, column, of_key);
	if (!subset_end_line(s))
		return NULL;
	if (s->indent > column || (of_key && s->indent == column && subset_is_dash(s)))
		return read_node(s, column, false);
	nothing = subset_node(s, YAML_SCALAR);
	if (!nothing)
		return NULL;
	nothing->type = YAML_NULL;
	nothing->line = line;
	nothing->column = place;
	nothing->text = slice_sub(s->text, 0, 0);
	return nothing;
}

static bool
read_list(struct yaml_subset *s, struct yaml_node *list)
{
	ptrdiff_t column = (ptrdiff_t)list->column - 1;
	struct yaml_node *last = NULL, *member;

	if (s->depth++ == LIMIT_YAML_DEPTH)
		return false;
	list->kind = YAML_LIST;
	do {
		member = read_value(s, column, false);
		if (!member)
			return false;
		yaml_add_member(list, &last, member);
	} while (s->indent == column && subset_is_dash(s));
	s->depth--;
	return s->indent <= column;
}

/* The token at hand as a key, up to its colon. */
static bool
read_key(struct yaml_subset *s, struct key *key)
{
	size_t start = s->at;
	struct subset_word word;

	key->line = s->line + 1;
	key->column = subset_column(s, s->at);
	if (!subset_word(s, &word))
		return false;
	key->text = word.text;
	s->nodes++;
	return subset_is_colon(s) && s->at - start <= KEY_MOST;
}

static bool
read_map(struct yaml_subset *s, struct yaml_node *map, struct key key)
{
	ptrdiff_t column = (ptrdiff_t)map->column - 1;
	struct yaml_node *last = NULL, *member;

	if (s->depth++ == LIMIT_YAML_DEPTH)
		return false;
	map->kind = YAML_MAP;
	for (;;) {
		member = read_value(s, column, true);
		if (!member)
			return false;
		member->key = key.text;
		member->key_line = key.line;
		member->key_column = key.column;
		yaml_add_member(map, &last, member);
		if (s->indent < column)
			break;
		if (s->indent > column || !read_key(s, &key))
			return false;
	}
	s->depth--;
	return yaml_check_keys(s->arena, map, NULL);
}

/* A word, and when it is a key the map that begins with it. */
static bool
read_word(struct yaml_subset *s, ptrdiff_t parent, bool beside_key, struct yaml_node *node)
{
	size_t start = s->at;
	struct subset_word word;

	if (!subset_word(s, &word))
		return false;
	if (!subset_is_colon(s))
		return parent >= 0 && subset_finish_scalar(s, &word, parent, node);
	if (beside_key || s->at - start > KEY_MOST)
		return false;
	s->nodes++;
	return read_map(s, node, (struct key){ word.text, node->line, node->column });
}

/* The node at hand; `parent` is the column of the key or dash it belongs to, -1 of a document.  Beside a key no map and no list
 * of dashes can begin.  A depth of YAML bounds the recursion. */
static struct yaml_node *
read_node(struct yaml_subset *s, ptrdiff_t parent, bool beside_key)
{
	struct yaml_node *node = subset_node(s, YAML_SCALAR);
	uint8_t c = subset_peek(s, 0);
	bool good;

	if (!node)
		return NULL;
	if (subset_is_dash(s))
		good = !beside_key && read_list(s, node);
	else if (c == '[')
		good = parent >= 0 && subset_flow_list(s, node);
	else if (c == '|' || c == '>')
		good = parent >= 0 && subset_block_scalar(s, parent, node);
	else
		good = read_word(s, parent, beside_key, node);
	return good ? node : NULL;
}

void
yaml_subset_init(struct yaml_subset *s, struct slice text)
{
	*s = (struct yaml_subset){ .text = text };
	buf_init(&s->joined, text.len + 16);
}

void
yaml_subset_fini(struct yaml_subset *s)
{
	buf_fini(&s->joined);
}

static bool
begin(struct yaml_subset *s)
{
	s->begun = true;
	if (!subset_may_read(s->text, &s->ascii))
		return false;
	subset_enter_line(s, 0);
	subset_find_token(s);
	return true;
}

/* Behind the three dashes or dots, which stand alone in their line. */
static bool
pass_mark(struct yaml_subset *s)
{
	s->at += 3;
	return subset_end_line(s);
}

/* Where nothing stands between two marks, the document is a null at the second one. */
static const struct yaml_node *
read_document(struct yaml_subset *s)
{
	struct yaml_node *node;

	if (s->indent >= 0) {
		node = read_node(s, -1, false);
		return node && s->indent < 0 ? node : NULL;
	}
	node = subset_node(s, YAML_SCALAR);
	if (!node)
		return NULL;
	node->type = YAML_NULL;
	node->text = slice_sub(s->text, 0, 0);
	return node;
}

enum subset_step
yaml_subset_next(struct yaml_subset *s, struct arena *arena, const struct yaml_node **root)
{
	const struct yaml_node *node;

	if (!s->begun && !begin(s))
		return SUBSET_OUTSIDE;
	if (s->mark == MARK_END)
		return SUBSET_END;
	s->arena = arena;
	s->depth = 0;
	if (s->mark == MARK_DOCUMENT_END || (s->mark == MARK_DOCUMENT && !pass_mark(s)))
		return SUBSET_OUTSIDE;
	node = read_document(s);
	if (!node)
		return SUBSET_OUTSIDE;
	if (s->mark == MARK_DOCUMENT_END && (!pass_mark(s) || s->mark == MARK_NONE || s->mark == MARK_DOCUMENT_END))
		return SUBSET_OUTSIDE;
	*root = node;
	return SUBSET_DOCUMENT;
}
