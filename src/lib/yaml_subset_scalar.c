/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/yaml_subset_parts.h"

#include "base/limits.h"
#include "src/lib/yaml_tree.h"

/* Where a plain scalar can begin, outside of flow collections. */
static bool
begins_plain(const struct yaml_subset *s)
{
	static const bool indicators[256] = { [0] = true, [' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, [','] = true,
		['['] = true, [']'] = true, ['{'] = true, ['}'] = true, ['#'] = true, ['&'] = true, ['*'] = true, ['!'] = true,
		['|'] = true, ['>'] = true, ['\''] = true, ['"'] = true, ['%'] = true, ['@'] = true, ['`'] = true };
	uint8_t c = subset_peek(s, 0);

	if (c == '-' || c == '?' || c == ':')
		return !subset_is_space(subset_peek(s, 1));
	return !indicators[c];
}

/* The next colon or number sign of the line, or its end. */
static size_t
find_stop(const struct yaml_subset *s, size_t at)
{
	const uint8_t *text = s->text.ptr;

	for (; s->line_end - at >= sizeof(subset_bytes); at += sizeof(subset_bytes)) {
		subset_bytes v;

		memcpy(&v, text + at, sizeof(v));
		if (subset_any((subset_bytes)(v == ':') | (subset_bytes)(v == '#')))
			break;
	}
	while (at < s->line_end && text[at] != ':' && text[at] != '#')
		at++;
	return at;
}

/* What the line says of a plain scalar: up to a colon that ends a key, a comment or its end; blanks in front of these
 * are none of it. */
static struct slice
plain_in_line(struct yaml_subset *s)
{
	const uint8_t *text = s->text.ptr;
	size_t start = s->at, end;

	for (; (s->at = find_stop(s, s->at)) < s->line_end; s->at++)
		if ((text[s->at] == ':' && subset_is_space(subset_peek(s, 1))) ||
			(text[s->at] == '#' && s->at > start && (text[s->at - 1] == ' ' || text[s->at - 1] == '\t')))
			break;
	for (end = s->at; end > start && (text[end - 1] == ' ' || text[end - 1] == '\t');)
		end--;
	return slice_sub(s->text, start, end - start);
}

/* Characters that stand for others behind a backslash; libyaml knows more of them. */
static int
unescaped(uint8_t c)
{
	static const char from[] = "abtnvfre \"/\\", to[] = "\a\b\t\n\v\f\r\x1B \"/\\";
	const char *found = c ? strchr(from, c) : NULL;

	return found ? to[found - from] : -1;
}

/* The text between quotes with what is escaped put in; never longer. */
static bool
decode_quoted(struct yaml_subset *s, struct slice raw, bool single, struct slice *out)
{
	uint8_t *room = arena_reserve(s->arena, raw.len + 1);
	size_t len = 0;

	if (!room)
		return false;
	for (size_t i = 0; i < raw.len; i++) {
		int c = raw.ptr[i];

		if (single)
			i += c == '\''; /* the second one follows */
		else if (c == '\\')
			c = unescaped(++i < raw.len ? raw.ptr[i] : 0);
		if (c < 0)
			return false;
		room[len++] = (uint8_t)c;
	}
	arena_take(s->arena, len);
	*out = slice_from(room, len);
	return true;
}

/* The closing quote, or where the line ends. */
static size_t
end_of_single(const struct yaml_subset *s, size_t at, bool *escapes)
{
	const uint8_t *text = s->text.ptr;

	for (;;) {
		const uint8_t *hit = at < s->line_end ? memchr(text + at, '\'', s->line_end - at) : NULL;

		if (!hit)
			return s->line_end;
		at = (size_t)(hit - text);
		if (at + 1 == s->line_end || text[at + 1] != '\'')
			return at;
		*escapes = true;
		at += 2;
	}
}

static size_t
end_of_double(const struct yaml_subset *s, size_t at, bool *escapes)
{
	for (; at < s->line_end && s->text.ptr[at] != '"'; at++) {
		if (s->text.ptr[at] != '\\')
			continue;
		*escapes = true;
		at++;
	}
	return at;
}

/* Up to the closing quote, which must stand in the same line. */
static bool
quoted_word(struct yaml_subset *s, struct slice *out)
{
	bool single = s->text.ptr[s->at] == '\'', escapes = false;
	size_t start = s->at + 1, end = (single ? end_of_single : end_of_double)(s, start, &escapes);

	if (end >= s->line_end)
		return false;
	s->at = end + 1;
	*out = slice_sub(s->text, start, end - start);
	return !escapes || decode_quoted(s, *out, single, out);
}

bool
subset_word(struct yaml_subset *s, struct subset_word *word)
{
	uint8_t c = subset_peek(s, 0);

	word->quoted = c == '\'' || c == '"';
	if (!word->quoted) {
		if (!begins_plain(s))
			return false;
		word->text = plain_in_line(s);
		return true;
	}
	if (!quoted_word(s, &word->text))
		return false;
	subset_skip_blanks(s);
	return true;
}

/* Lines that go on with a plain scalar are those that are deeper; a comment ends it.  They are joined by a blank, or by as many
 * line breaks as there are empty lines between them. */
static bool
continue_plain(struct yaml_subset *s, ptrdiff_t parent, struct slice *text)
{
	size_t breaks = 0;
	bool more = false;

	while (s->at == s->line_end && subset_next_line(s)) {
		subset_skip_blanks(s);
		if (s->at == s->line_end) {
			breaks++;
			continue;
		}
		if ((ptrdiff_t)(s->at - s->line_start) <= parent || subset_peek(s, 0) == '#')
			break;
		if (subset_peek(s, 0) == '\t')
			return false;
		if (!more)
			buf_reset(&s->joined);
		if (!more)
			buf_append(&s->joined, *text);
		more = true;
		if (breaks == 0)
			buf_append_byte(&s->joined, ' ');
		for (; breaks; breaks--)
			buf_append_byte(&s->joined, '\n');
		buf_append(&s->joined, plain_in_line(s));
		if (s->at < s->line_end && subset_peek(s, 0) == ':')
			return false;
	}
	return !more || (!s->joined.failed && arena_copy(s->arena, buf_view(&s->joined), text));
}

bool
subset_finish_scalar(struct yaml_subset *s, const struct subset_word *word, ptrdiff_t parent, struct yaml_node *node)
{
	node->text = word->text;
	if (word->quoted)
		return subset_end_line(s);
	if (!continue_plain(s, parent, &node->text))
		return false;
	node->type = yaml_plain_type(node->text);
	subset_find_token(s);
	return true;
}

/* --- literal and folded --- */

struct block {
	ptrdiff_t parent, indent; /* indent: 0 while it is not known */
	bool folded, strip, keep;
	size_t breaks;            /* empty lines that wait */
	bool leading_break;       /* the one at the end of the line before waits */
	bool leading_blank;       /* that line began with a blank */
};

static bool
block_header(struct yaml_subset *s, struct block *b)
{
	b->folded = subset_peek(s, 0) == '>';
	s->at++;
	for (int i = 0; i < 2; i++) {
		uint8_t c = subset_peek(s, 0);

		if ((c == '-' || c == '+') && !b->strip && !b->keep) {
			b->strip = c == '-';
			b->keep = c == '+';
		} else if (c >= '1' && c <= '9' && b->indent == 0) {
			b->indent = (b->parent < 0 ? 0 : b->parent) + (c - '0');
		} else {
			break;
		}
		s->at++;
	}
	subset_skip_blanks(s);
	if (s->at < s->line_end && !(subset_peek(s, 0) == '#' && s->text.ptr[s->at - 1] == ' '))
		return false;
	s->at = s->line_end;
	return true;
}

/* Skips empty lines and the indentation of the first that is not.  Where nothing said so, the deepest of these tells how deep
 * the text stands.  False when there is a tab in the way. */
static bool
block_breaks(struct yaml_subset *s, struct block *b, bool *more)
{
	ptrdiff_t deepest = 0;

	for (*more = true;;) {
		ptrdiff_t column;

		while (s->at < s->line_end && s->text.ptr[s->at] == ' ' &&
			(b->indent == 0 || (ptrdiff_t)(s->at - s->line_start) < b->indent))
			s->at++;
		column = (ptrdiff_t)(s->at - s->line_start);
		deepest = column > deepest ? column : deepest;
		if (s->at < s->line_end && s->text.ptr[s->at] == '\t' && (b->indent == 0 || column < b->indent))
			return false;
		if (s->at < s->line_end)
			break;
		if (!subset_next_line(s)) {
			*more = false;
			break;
		}
		b->breaks++;
	}
	if (b->indent == 0)
		b->indent = deepest > b->parent + 1 ? deepest : b->parent + 1;
	if (b->indent < 1)
		b->indent = 1;
	return true;
}

static void
append_breaks(struct yaml_subset *s, struct block *b)
{
	for (; b->breaks; b->breaks--)
		buf_append_byte(&s->joined, '\n');
}

/* One line of the text, with what joins it to those before. */
static void
block_line(struct yaml_subset *s, struct block *b)
{
	bool blank = subset_peek(s, 0) == ' ' || subset_peek(s, 0) == '\t';

	if (!b->folded || b->leading_blank || blank || !b->leading_break) {
		if (b->leading_break)
			buf_append_byte(&s->joined, '\n');
	} else if (b->breaks == 0) {
		buf_append_byte(&s->joined, ' ');
	}
	append_breaks(s, b);
	buf_append(&s->joined, slice_sub(s->text, s->at, s->line_end - s->at));
	s->at = s->line_end;
	b->leading_blank = blank;
}

bool
subset_block_scalar(struct yaml_subset *s, ptrdiff_t parent, struct yaml_node *node)
{
	struct block b = { .parent = parent };
	bool more;

	if (!block_header(s, &b))
		return false;
	buf_reset(&s->joined);
	more = subset_next_line(s);
	if (more && !block_breaks(s, &b, &more))
		return false;
	while (more && (ptrdiff_t)(s->at - s->line_start) == b.indent) {
		block_line(s, &b);
		b.leading_break = more = subset_next_line(s);
		if (more && !block_breaks(s, &b, &more))
			return false;
	}
	if (!b.strip && b.leading_break)
		buf_append_byte(&s->joined, '\n');
	if (b.keep)
		append_breaks(s, &b);
	subset_find_token(s);
	return !s->joined.failed && arena_copy(s->arena, buf_view(&s->joined), &node->text);
}

/* --- flow lists --- */

/* Narrower than libyaml: nothing that is, or may be in some version of YAML, an indicator. */
static bool
flow_plain(struct yaml_subset *s, struct slice *out)
{
	const uint8_t *text = s->text.ptr;
	size_t start = s->at, end;
	uint8_t c = subset_peek(s, 0);

	if (!begins_plain(s) || c == '?' || c == ':' || (c == '-' && strchr(",[]{}#", subset_peek(s, 1))))
		return false;
	for (; s->at < s->line_end && text[s->at] != ',' && text[s->at] != ']'; s->at++) {
		c = subset_peek(s, 1);
		if (strchr("[{}#?\t", text[s->at]) || (text[s->at] == ':' && (subset_is_space(c) || strchr(",?[]{}", c))))
			return false;
	}
	for (end = s->at; end > start && text[end - 1] == ' ';)
		end--;
	*out = slice_sub(s->text, start, end - start);
	return true;
}

static struct yaml_node *
flow_member(struct yaml_subset *s)
{
	struct yaml_node *node = subset_node(s, YAML_SCALAR);
	uint8_t c = subset_peek(s, 0);

	if (!node || !(c == '\'' || c == '"' ? quoted_word(s, &node->text) : flow_plain(s, &node->text)))
		return NULL;
	if (c != '\'' && c != '"')
		node->type = yaml_plain_type(node->text);
	subset_skip_blanks(s);
	return node;
}

bool
subset_flow_list(struct yaml_subset *s, struct yaml_node *list)
{
	struct yaml_node *last = NULL;

	if (s->depth == LIMIT_YAML_DEPTH)
		return false;
	list->kind = YAML_LIST;
	do {
		struct yaml_node *member;

		s->at++;
		subset_skip_blanks(s);
		if (subset_peek(s, 0) == ']')
			break; /* also behind a comma */
		member = flow_member(s);
		if (!member)
			return false;
		yaml_add_member(list, &last, member);
	} while (subset_peek(s, 0) == ',');
	if (s->at >= s->line_end || subset_peek(s, 0) != ']')
		return false;
	s->at++;
	return subset_end_line(s);
}
