/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/yaml_subset_parts.h"

#include "base/limits.h"
#include "base/utf.h"

/* Sixteen bytes of which none has to be looked at: ASCII, no control character but LF. */
static inline bool
is_usual(const uint8_t *p)
{
	subset_bytes v;

	memcpy(&v, p, sizeof(v));
	return !subset_any(((subset_bytes)(v < 0x20) & (subset_bytes)(v != '\n')) | (subset_bytes)(v >= 0x7F));
}

/* Characters that libyaml takes, without its rarer line breaks (NEL, LS, PS, a lone CR) and byte order marks. */
static bool
is_fine(struct slice text, size_t *at, bool *ascii)
{
	uint8_t c = text.ptr[*at];
	uint32_t code;

	if (c < 0x80) {
		++*at;
		if (c == '\r')
			return *at < text.len && text.ptr[*at] == '\n';
		return (c >= 0x20 && c != 0x7F) || c == '\n' || c == '\t';
	}
	*ascii = false;
	code = utf_next(text, at);
	return code >= 0xA0 && code <= 0x10FFFF && !utf_is_surrogate(code) && code != 0x2028 && code != 0x2029 &&
		code != 0xFEFF && code != 0xFFFE && code != 0xFFFF;
}

bool
subset_may_read(struct slice text, bool *ascii)
{
	*ascii = true;
	for (size_t at = 0; at < text.len;) {
		if (text.len - at >= sizeof(subset_bytes) && is_usual(text.ptr + at))
			at += sizeof(subset_bytes);
		else if (!is_fine(text, &at, ascii))
			return false;
	}
	return true;
}

void
subset_enter_line(struct yaml_subset *s, size_t start)
{
	size_t end = slice_find_byte(s->text, '\n', start);

	s->at = s->line_start = s->counted = start;
	s->count = 0;
	s->next_start = end == SIZE_MAX ? SIZE_MAX : end + 1;
	s->line_end = end == SIZE_MAX ? s->text.len : end;
	if (end != SIZE_MAX && end > start && s->text.ptr[end - 1] == '\r')
		s->line_end--;
}

bool
subset_next_line(struct yaml_subset *s)
{
	if (s->next_start == SIZE_MAX)
		return false;
	s->line++;
	subset_enter_line(s, s->next_start);
	return true;
}

static enum subset_mark
mark_at_margin(const struct yaml_subset *s)
{
	struct slice three = slice_sub(s->text, s->at, 3);

	if (three.len < 3 || !subset_is_space(subset_peek(s, 3)))
		return MARK_NONE;
	if (memcmp(three.ptr, "---", 3) == 0)
		return MARK_DOCUMENT;
	return memcmp(three.ptr, "...", 3) == 0 ? MARK_DOCUMENT_END : MARK_NONE;
}

/* The end is a line of its own. */
static void
find_end(struct yaml_subset *s)
{
	if (s->line_end > s->line_start) {
		s->line++;
		s->line_start = s->line_end = s->counted = s->text.len;
		s->count = 0;
	}
	s->at = s->text.len;
	s->mark = MARK_END;
	s->indent = -1;
}

void
subset_find_token(struct yaml_subset *s)
{
	for (;;) {
		subset_skip_blanks(s);
		if (s->at < s->line_end && s->text.ptr[s->at] != '#')
			break;
		if (!subset_next_line(s)) {
			find_end(s);
			return;
		}
	}
	s->indent = (ptrdiff_t)(s->at - s->line_start);
	s->mark = s->indent == 0 ? mark_at_margin(s) : MARK_NONE;
	if (s->mark != MARK_NONE)
		s->indent = -1;
}

bool
subset_end_line(struct yaml_subset *s)
{
	subset_skip_blanks(s);
	if (s->at < s->line_end && !(s->text.ptr[s->at] == '#' && subset_is_space(s->text.ptr[s->at - 1])))
		return false;
	s->at = s->line_end;
	subset_find_token(s);
	return true;
}

/* Places are asked for from left to right. */
uint32_t
subset_column(struct yaml_subset *s, size_t at)
{
	if (s->ascii)
		return (uint32_t)(at - s->line_start) + 1;
	for (; s->counted < at; s->counted++)
		s->count += (s->text.ptr[s->counted] & 0xC0) != 0x80;
	return (uint32_t)s->count + 1;
}

struct yaml_node *
subset_node(struct yaml_subset *s, enum yaml_kind kind)
{
	struct yaml_node *node = ++s->nodes > LIMIT_YAML_NODES ? NULL : ARENA_NEW(s->arena, struct yaml_node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->line = s->line + 1;
	node->column = subset_column(s, s->at);
	return node;
}
