/* SPDX-License-Identifier: Apache-2.0 */
/* Random texts in the shape of rules, and changes of them: for holding one reader of YAML against the other. */
#ifndef TESTS_YAML_MAKER_H
#define TESTS_YAML_MAKER_H

#include "base/attr.h"
#include "base/buf.h"

#include <stdio.h>

struct yaml_maker {
	uint64_t state;
	bool wild; /* with indentation and yaml_values that may be wrong */
	struct buf text;
};

static inline uint32_t
yaml_below(struct yaml_maker *r, uint32_t limit)
{
	uint64_t x = r->state += 0x9E3779B97F4A7C15u;

	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (uint32_t)((x ^ x >> 31) % limit);
}

#define YAML_PICK(r, list) ((list)[yaml_below((r), (uint32_t)ARRAY_LEN(list))])

static const char *const yaml_keys[] = { "title", "detection", "selection_img", "Image|endswith", "|all", "a b", "condition", "-x",
	"\xC3\xA4" };
static const char *const yaml_quotes[] = { "", "", "", "'", "\"" };
static const char *const yaml_values[] = { "a", "'\\cmd.exe'", "\" -enc \\\"x\\\"\"", "http://x/y#z", "12", "null",
	"''", "*a*x", "'it''s'", "1 of selection_*", "[a, 'b', c]", "[]", "~", "a b  c", "\xE2\x82\xAC x", "-1", "true" };
static const char *const yaml_wild_values[] = { "- x", "{a: b}", "&a b", "a: b", "'a", "\"\\x41\"", "[a: b]", "? a",
	"!t a", "a:", "#a" };
static const char *const yaml_ends[] = { "\n", "\n", "\n", "\n", " \n", " # c\n", "\n\n", "\r\n", "\n# c\n", "\n  # c\n" };
static const char *const yaml_blocks[] = { "|", ">", "|-", ">-", "|+", ">+", "|1", ">2-" };

static inline void
yaml_put(struct yaml_maker *r, const char *text)
{
	buf_append_text(&r->text, text);
}

static inline void
yaml_put_indent(struct yaml_maker *r, uint32_t indent)
{
	for (uint32_t i = r->wild && yaml_below(r, 20) == 0 ? yaml_below(r, 8) : indent; i; i--)
		yaml_put(r, " ");
}

static inline const char *
yaml_value(struct yaml_maker *r)
{
	return r->wild && yaml_below(r, 8) == 0 ? YAML_PICK(r, yaml_wild_values) : YAML_PICK(r, yaml_values);
}

static inline void
yaml_put_block(struct yaml_maker *r, uint32_t indent)
{
	yaml_put(r, YAML_PICK(r, yaml_blocks));
	yaml_put(r, YAML_PICK(r, yaml_ends));
	for (uint32_t n = yaml_below(r, 5); n; n--) {
		yaml_put_indent(r, indent + (yaml_below(r, 5) ? 0 : yaml_below(r, 4)));
		yaml_put(r, yaml_below(r, 6) ? yaml_value(r) : "");
		yaml_put(r, "\n");
	}
}

static inline void
yaml_put_scalar(struct yaml_maker *r, uint32_t indent)
{
	if (yaml_below(r, 8) == 0) {
		yaml_put_block(r, indent);
		return;
	}
	yaml_put(r, yaml_value(r));
	if (r->wild && yaml_below(r, 8) == 0) {
		yaml_put(r, "\n");
		yaml_put_indent(r, indent);
		yaml_put(r, yaml_value(r));
	}
	yaml_put(r, YAML_PICK(r, yaml_ends));
}

static inline void
yaml_put_key(struct yaml_maker *r)
{
	const char *quote = YAML_PICK(r, yaml_quotes), *key = YAML_PICK(r, yaml_keys);
	char number[16];

	quote = key[0] == '|' && !r->wild ? "'" : quote;
	snprintf(number, sizeof(number), "%u", yaml_below(r, 10000));
	yaml_put(r, quote);
	yaml_put(r, key);
	yaml_put(r, number);
	yaml_put(r, quote);
	yaml_put(r, ":");
}

static inline void yaml_put_members(struct yaml_maker *r, uint32_t indent, uint32_t depth);

/* What stands behind a key or a dash. */
static inline void
yaml_put_value(struct yaml_maker *r, uint32_t indent, uint32_t depth, bool dash)
{
	if (depth && yaml_below(r, 3) == 0) {
		yaml_put(r, YAML_PICK(r, yaml_ends));
		yaml_put_members(r, indent + (dash ? 2 : 1 + yaml_below(r, 4)), depth - 1);
	} else if (yaml_below(r, 12) == 0) {
		yaml_put(r, YAML_PICK(r, yaml_ends));
	} else {
		yaml_put(r, " ");
		yaml_put_scalar(r, indent + 2);
	}
}

static inline void
yaml_put_members(struct yaml_maker *r, uint32_t indent, uint32_t depth)
{
	bool list = yaml_below(r, 2);

	for (uint32_t n = 1 + yaml_below(r, 4); n; n--) {
		yaml_put_indent(r, indent);
		if (list)
			yaml_put(r, "-");
		else
			yaml_put_key(r);
		if (list && depth && yaml_below(r, 4) == 0) {
			yaml_put(r, " ");
			yaml_put_key(r);
			yaml_put_value(r, indent + 2, depth - 1, false);
		} else {
			yaml_put_value(r, indent, depth, list);
		}
	}
}

static inline void
yaml_make_text(struct yaml_maker *r)
{
	buf_reset(&r->text);
	r->wild = yaml_below(r, 2);
	for (uint32_t n = yaml_below(r, 4) ? 1 : 2; n; n--) {
		if (n > 1 || yaml_below(r, 4) == 0)
			yaml_put(r, "---\n");
		yaml_put_members(r, 0, 3);
	}
	if (yaml_below(r, 10) == 0)
		yaml_put(r, "...\n");
}

/* Puts a piece in, takes bytes out, or writes one over. */
static inline void
yaml_mutate(struct yaml_maker *r, struct buf *out)
{
	static const char *const pieces[] = { ":", " ", "#", "\n", "-", "'", "\"", "\\", "[", "]", ",", "|", ">", "\t", "\r", "- ", ": ",
		" #", "\n\n", "\n ", "\n  ", "---\n", "...\n", "?", "!", "&", "*", "%", "@", "`", "{", "}", "''", "\xC3\xA4", "\xC3", "\x80",
		"\xEF\xBB\xBF", "\1" };
	struct slice text = buf_view(&r->text);

	buf_reset(out);
	for (uint32_t n = 1 + yaml_below(r, 3); n; n--) {
		size_t at = yaml_below(r, (uint32_t)text.len + 1), rest = at + (yaml_below(r, 2) ? yaml_below(r, 4) : 0);

		buf_reset(out);
		buf_append(out, slice_sub(text, 0, at));
		if (yaml_below(r, 4))
			buf_append_text(out, YAML_PICK(r, pieces));
		buf_append(out, slice_sub(text, rest, SIZE_MAX));
		buf_reset(&r->text);
		buf_append(&r->text, buf_view(out));
		text = buf_view(&r->text);
	}
}

#endif
