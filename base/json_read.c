/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf.h"

struct parser {
	struct arena *arena;
	struct slice text;
	size_t at, nodes, depth;
	struct err *err;
};

static bool
bad(struct parser *p, const char *what)
{
	return err_set(p->err, ERR_SYNTAX, p->at, "JSON at byte %zu: %s", p->at, what);
}

static void
skip_blanks(struct parser *p)
{
	while (p->at < p->text.len && memchr(" \t\r\n", p->text.ptr[p->at], 4))
		p->at++;
}

static bool
take(struct parser *p, char byte)
{
	skip_blanks(p);
	if (p->at == p->text.len || p->text.ptr[p->at] != (uint8_t)byte)
		return false;
	p->at++;
	return true;
}

static bool
hex4(struct parser *p, uint32_t *code)
{
	*code = 0;
	for (size_t i = 0; i < 4; i++, p->at++) {
		int digit = p->at < p->text.len ? ascii_hex_value(p->text.ptr[p->at]) : -1;

		if (digit < 0)
			return bad(p, "\\u needs four hexadecimal digits");
		*code = *code << 4 | (uint32_t)digit;
	}
	return true;
}

/* Behind the backslash.  Two escapes that are a surrogate pair are one character. */
static bool
escape(struct parser *p, struct buf *out)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	uint8_t c = p->at < p->text.len ? p->text.ptr[p->at++] : 0;
	const char *known = c ? strchr(letters, c) : NULL;
	uint32_t code, low;

	if (known) {
		buf_append_byte(out, (uint8_t)bytes[known - letters]);
		return true;
	}
	if (c != 'u')
		return bad(p, "unknown escape");
	if (!hex4(p, &code))
		return false;
	if (code >= 0xD800 && code < 0xDC00 && slice_starts_with(slice_sub(p->text, p->at, 2), SLICE("\\u"))) {
		size_t before = p->at;

		p->at += 2;
		if (!hex4(p, &low))
			return false;
		if (low >= 0xDC00 && low < 0xE000)
			code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
		else
			p->at = before;
	}
	utf_append_code(out, code);
	return true;
}

static bool
parse_text(struct parser *p, struct slice *out)
{
	struct buf b;
	bool good = true, closed = false;

	if (!take(p, '"'))
		return bad(p, "a text in double quotes is missing");
	buf_init(&b, p->text.len + 4);
	while (good && !closed && p->at < p->text.len) {
		uint8_t c = p->text.ptr[p->at++];

		if (c == '"')
			closed = true;
		else if (c == '\\')
			good = escape(p, &b);
		else
			buf_append_byte(&b, c);
	}
	if (good && !closed)
		good = bad(p, "a text is not closed");
	good = good && ((!b.failed && arena_copy(p->arena, buf_view(&b), out)) || err_nomem(p->err));
	buf_fini(&b);
	return good;
}

/* true, false, null or a number: any run of the bytes these are made of. */
static bool
parse_word(struct parser *p, struct json_node *node)
{
	size_t start = p->at;

	while (p->at < p->text.len && memchr("+-.0123456789Eaeflnrstu", p->text.ptr[p->at], 23))
		p->at++;
	node->text = slice_sub(p->text, start, p->at - start);
	if (slice_eq(node->text, SLICE("null")))
		node->kind = JSON_NULL;
	else if (slice_eq(node->text, SLICE("true")) || slice_eq(node->text, SLICE("false")))
		node->kind = JSON_BOOL;
	else if (node->text.len && (node->text.ptr[0] == '-' || ascii_is_digit(node->text.ptr[0])))
		node->kind = JSON_NUMBER;
	else
		return bad(p, "no value");
	return true;
}

static bool parse_value(struct parser *p, struct json_node *node);

/* Behind the bracket. */
static bool
parse_members(struct parser *p, struct json_node *node, char close)
{
	const struct json_node **end = &node->first;

	if (++p->depth > LIMIT_JSON_DEPTH)
		return err_set(p->err, ERR_LIMIT, p->at, "JSON nested deeper than %d", LIMIT_JSON_DEPTH);
	if (take(p, close)) {
		p->depth--;
		return true;
	}
	for (;;) {
		struct json_node *member = ARENA_NEW(p->arena, struct json_node);

		if (!member)
			return err_nomem(p->err);
		if (node->kind == JSON_OBJECT && (!parse_text(p, &member->key) || !(take(p, ':') || bad(p, "':' is missing"))))
			return false;
		if (!parse_value(p, member))
			return false;
		*end = member;
		end = &member->next;
		if (take(p, close))
			break;
		if (!take(p, ','))
			return bad(p, "',' or the end of the list or object is missing");
	}
	p->depth--;
	return true;
}

static bool
parse_value(struct parser *p, struct json_node *node)
{
	if (++p->nodes > LIMIT_JSON_NODES)
		return err_set(p->err, ERR_LIMIT, p->at, "more than %d values in JSON", LIMIT_JSON_NODES);
	if (take(p, '{')) {
		node->kind = JSON_OBJECT;
		return parse_members(p, node, '}');
	}
	if (take(p, '[')) {
		node->kind = JSON_LIST;
		return parse_members(p, node, ']');
	}
	if (p->at < p->text.len && p->text.ptr[p->at] == '"') {
		node->kind = JSON_TEXT;
		return parse_text(p, &node->text);
	}
	return parse_word(p, node);
}

bool
json_parse(struct slice text, struct arena *arena, const struct json_node **root, struct err *err)
{
	struct parser p = { .arena = arena, .text = text, .err = err };
	struct json_node *node = ARENA_NEW(arena, struct json_node);

	if (!node)
		return err_nomem(err);
	if (!parse_value(&p, node))
		return false;
	skip_blanks(&p);
	if (p.at != text.len)
		return bad(&p, "something follows the value");
	*root = node;
	return true;
}

const struct json_node *
json_member(const struct json_node *node, const char *key)
{
	struct slice wanted = slice_from_text(key);

	if (!node || node->kind != JSON_OBJECT)
		return NULL;
	for (const struct json_node *m = node->first; m; m = m->next)
		if (slice_eq(m->key, wanted))
			return m;
	return NULL;
}
