/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/compare.h"

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	PATH_MAX_BYTES = DIFFERENCE_PATH - 1,
	BEFORE = 40, /* bytes shown in front of the first that differs */
	PAIR_ERROR = 0x3FF,
	NUMBER_TEXT = 64,
};

static const char *const names[KNOWN_ERRORS] = {
	[KNOWN_PAIR] = "characters beyond U+FFFF",
	[KNOWN_SURROGATE] = "surrogate without partner",
	[KNOWN_BOM] = "byte order mark",
	[KNOWN_NUL] = "NULs at the end of a text",
	[KNOWN_NEGATIVE] = "negative number",
	[KNOWN_MARKUP] = "markup not escaped",
	[KNOWN_PARTS] = "several values in one place",
	[KNOWN_INSTANCE] = "second template instance",
	[KNOWN_TIME] = "time out of range",
	[KNOWN_SIZE] = "value of another size",
	[KNOWN_REAL] = "small real number",
};

const char *
known_error_name(enum known_error which)
{
	return (size_t)which < ARRAY_LEN(names) ? names[which] : "";
}

void
comparer_init(struct comparer *c)
{
	buf_init(&c->ours, LIMIT_RECORD_OUTPUT);
	buf_init(&c->theirs, LIMIT_RECORD_OUTPUT);
	buf_init(&c->path, PATH_MAX_BYTES);
}

void
comparer_fini(struct comparer *c)
{
	buf_fini(&c->ours);
	buf_fini(&c->theirs);
	buf_fini(&c->path);
}

/* One comparison. */
struct pass {
	struct comparer *c;
	unsigned known;
	bool is_real; /* the text at hand is a real number, compared as one */
	bool is_ansi; /* or in a code page: not escaped */
	bool is_odd;  /* or of a size that its type does not have */
	struct difference *difference;
};

/* --- our values as libevtx prints them --- */

static uint32_t
unit_at(struct slice utf16, size_t at)
{
	return at + 2 <= utf16.len ? (uint32_t)(utf16.ptr[at] | utf16.ptr[at + 1] << 8) : 0;
}

/* A surrogate at `at`: how many bytes the library takes for it. */
static size_t
say_surrogate(struct pass *p, struct slice text, size_t at, struct buf *out)
{
	uint32_t unit = unit_at(text, at), next = unit_at(text, at + 2);

	if (unit >= 0xDC00) {
		p->known |= 1u << KNOWN_SURROGATE;
		utf_append_code(out, 0xFFFD);
		return 2;
	}
	if (next >= 0xDC00 && next < 0xE000) {
		p->known |= 1u << KNOWN_PAIR;
		utf_append_code(out, 0x10000 + ((unit & 0x3FF) << 10 | (next & 0x3FF)) - PAIR_ERROR);
	} else {
		p->known |= 1u << KNOWN_SURROGATE;
		utf_append_code(out, 0xFFFD);
	}
	return 4;
}

static void
say_string(struct pass *p, const struct value *value, struct buf *out)
{
	struct slice text = value_utf16(value);
	uint32_t mark = unit_at(text, 0);
	bool marked = mark == 0xFEFF || mark == 0xFFFE;

	for (; text.len >= 2 && unit_at(text, text.len - 2) == 0; text.len -= 2)
		p->known |= 1u << KNOWN_NUL;
	if (marked)
		p->known |= 1u << KNOWN_BOM;
	for (size_t at = marked ? 2 : 0; at + 2 <= text.len;) {
		uint32_t unit = unit_at(text, at);

		if (utf_is_surrogate(unit)) {
			at += say_surrogate(p, text, at, out);
			continue;
		}
		utf_append_code(out, unit);
		at += 2;
	}
}

static void
say_ansi(struct pass *p, const struct value *value, struct buf *out)
{
	p->is_ansi = true;
	value_append_text(value, out);
}

static void
say_signed(struct pass *p, const struct value *value, struct buf *out)
{
	uint64_t v = value_raw_number(value->raw), sign = UINT64_C(1) << (8 * value->raw.len - 1);

	if (v & sign)
		p->known |= 1u << KNOWN_NEGATIVE;
	buf_printf(out, v & sign ? "-%llu" : "%llu", (unsigned long long)(v & ~sign));
}

static void
say_real(struct pass *p, const struct value *value, struct buf *out)
{
	p->is_real = true;
	value_append_text(value, out);
}

static void
say_decimal(struct pass *p, const struct value *value, struct buf *out)
{
	(void)p;
	buf_printf(out, "%llu", (unsigned long long)value_raw_number(value->raw));
}

static void
say_hex(struct pass *p, const struct value *value, struct buf *out)
{
	(void)p;
	buf_printf(out, "0x%0*llx", 2 * (int)value->raw.len, (unsigned long long)value_raw_number(value->raw));
}

static void
say_time(struct pass *p, const struct value *value, struct buf *out)
{
	size_t begin = out->len;
	uint64_t ticks;

	if (value_to_ticks(value, &ticks))
		value_append_text(value, out);
	if (!out->failed && out->len > begin && out->ptr[out->len - 1] == 'Z') {
		size_t digits = value->type == VALUE_FILETIME ? 2 : 0;

		out->len--;
		buf_append(out, slice_sub(SLICE("000000"), 0, digits));
		buf_append_byte(out, 'Z');
		return;
	}
	p->known |= 1u << KNOWN_TIME;
	out->len = begin;
	buf_append_byte(out, '(');
	for (size_t i = 0; i < value->raw.len; i += value->type == VALUE_FILETIME ? 4 : 2) {
		if (value->type == VALUE_FILETIME)
			buf_printf(out, "%s0x%08llx", i ? " " : "",
				(unsigned long long)value_raw_number(slice_sub(value->raw, value->raw.len - 4 - i, 4)));
		else
			buf_printf(out, "%s0x%04llx", i ? " " : "",
				(unsigned long long)value_raw_number(slice_sub(value->raw, i, 2)) >> 2);
	}
	buf_append_byte(out, ')');
}

static void
say_same(struct pass *p, const struct value *value, struct buf *out)
{
	(void)p;
	value_append_text(value, out);
}

/* Types whose text is not our own; a size of 0 is any. */
static const struct {
	uint8_t type, size;
	void (*say)(struct pass *p, const struct value *value, struct buf *out);
} sayings[] = {
	{ VALUE_STRING, 0, say_string },
	{ VALUE_ANSI, 0, say_ansi },
	{ VALUE_INT8, 1, say_signed },
	{ VALUE_INT16, 2, say_signed },
	{ VALUE_INT32, 4, say_signed },
	{ VALUE_INT64, 8, say_signed },
	{ VALUE_FLOAT, 4, say_real },
	{ VALUE_DOUBLE, 8, say_real },
	{ VALUE_SIZE, 4, say_decimal },
	{ VALUE_SIZE, 8, say_decimal },
	{ VALUE_FILETIME, 8, say_time },
	{ VALUE_SYSTEMTIME, 16, say_time },
	{ VALUE_HEX32, 4, say_hex },
	{ VALUE_HEX64, 8, say_hex },
	/* only whether the size is right: */
	{ VALUE_UINT8, 1, say_same },
	{ VALUE_UINT16, 2, say_same },
	{ VALUE_UINT32, 4, say_same },
	{ VALUE_UINT64, 8, say_same },
	{ VALUE_GUID, 16, say_same },
};

/* A SID says its own length. */
static bool
is_odd_sid(const struct value *value)
{
	return value->type == VALUE_SID && (value->raw.len < 8 || value->raw.len != 8 + 4u * value->raw.ptr[1]);
}

static void
say_value(struct pass *p, const struct value *value, struct buf *out)
{
	bool has_row = false;

	for (size_t i = 0; i < ARRAY_LEN(sayings); i++) {
		if (sayings[i].type != value->type)
			continue;
		has_row = true;
		if (sayings[i].size && sayings[i].size != value->raw.len)
			continue;
		sayings[i].say(p, value, out);
		return;
	}
	p->is_odd |= has_row || is_odd_sid(value);
	value_append_text(value, out);
}

static bool
is_text(const struct node *node)
{
	return node->kind == NODE_VALUE || node->kind == NODE_CDATA;
}

/* The text of an element or attribute as the library has it: literal text and references are one, of several values it
 * keeps the last (`only_last`). */
static void
say_node(struct pass *p, const struct node *node, bool only_last, struct buf *out)
{
	p->is_real = p->is_ansi = p->is_odd = false;
	buf_reset(out);
	for (const struct node *part = node->children; part; part = part->next) {
		if (!is_text(part))
			continue;
		if (only_last)
			buf_reset(out);
		say_value(p, &part->value, out);
	}
	if (slice_eq(buf_view(out), SLICE("\n")))
		buf_reset(out); /* as Windows' own view has it */
}

/* --- texts --- */

/* The library prints six digits behind the point of d.dddddde+ddd. */
static bool
same_real(struct pass *p, const struct buf *ours, const struct buf *theirs)
{
	char a[NUMBER_TEXT], b[NUMBER_TEXT];
	double x, y;

	if (ours->len >= sizeof(a) || theirs->len >= sizeof(b) || !ours->len || !theirs->len)
		return false;
	if (slice_find_byte(buf_view(theirs), ':', 0) != SIZE_MAX) {
		p->known |= 1u << KNOWN_REAL;
		return true;
	}
	snprintf(a, sizeof(a), "%.*s", (int)ours->len, (const char *)ours->ptr);
	snprintf(b, sizeof(b), "%.*s", (int)theirs->len, (const char *)theirs->ptr);
	x = strtod(a, NULL);
	y = strtod(b, NULL);
	return fabs(x - y) <= 1e-6 * fabs(x);
}

/* What could be read as markup or as a reference. */
static bool
holds_markup(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '<' || text.ptr[i] == '&' || text.ptr[i] == '"')
			return true;
	}
	return false;
}

static void
cut(struct slice text, size_t from, char *out)
{
	struct slice part;

	while (from > 0 && from < text.len && (text.ptr[from] & 0xC0) == 0x80)
		from--;
	part = slice_sub(text, from, DIFFERENCE_TEXT - 8);
	while (part.len && from + part.len < text.len && (text.ptr[from + part.len] & 0xC0) == 0x80)
		part.len--;
	/* a NUL would end it here */
	for (size_t i = 0; i < part.len; i++) {
		if (part.ptr[i] == 0)
			part.len = i;
	}
	snprintf(out, DIFFERENCE_TEXT, "%s%.*s%s", from ? "\xE2\x80\xA6" : "", (int)part.len, part.len ? (const char *)part.ptr : "",
		from + part.len < text.len ? "\xE2\x80\xA6" : "");
}

static bool
differ(struct pass *p, struct slice ours, struct slice theirs)
{
	size_t same = 0;

	while (same < ours.len && same < theirs.len && ours.ptr[same] == theirs.ptr[same])
		same++;
	same = same > BEFORE ? same - BEFORE : 0;
	cut(ours, same, p->difference->ours);
	cut(theirs, same, p->difference->theirs);
	snprintf(p->difference->path, sizeof(p->difference->path), "%.*s", (int)p->c->path.len, (const char *)p->c->path.ptr);
	return false;
}

/* The usual case, decided without a copy: one string of ours, one of theirs, the same units. */
static bool
same_units(const struct node *ours, const struct node *theirs)
{
	const struct node *a = ours->children, *b = theirs->children;

	return a && b && !a->next && !b->next && a->kind == NODE_VALUE && b->kind == NODE_VALUE &&
	       a->value.type == VALUE_STRING && slice_eq(value_utf16(&a->value), value_utf16(&b->value));
}

static bool
same_bufs(const struct buf *a, const struct buf *b)
{
	return !a->failed && !b->failed && slice_eq(buf_view(a), buf_view(b));
}

/* `is_attribute`: the library does not escape it. */
static bool
compare_texts(struct pass *p, const struct node *ours, const struct node *theirs, bool is_attribute)
{
	struct buf *a = &p->c->ours, *b = &p->c->theirs;
	unsigned before = p->known;

	if (same_units(ours, theirs))
		return true;
	buf_reset(b);
	node_append_text(theirs, b);
	say_node(p, ours, true, a);
	if (same_bufs(a, b)) {
		p->known |= ours->children && ours->children->next ? 1u << KNOWN_PARTS : 0u;
		return true;
	}
	p->known = before;
	say_node(p, ours, false, a);
	if (same_bufs(a, b))
		return true;
	p->known = before;
	if (p->is_real && same_real(p, a, b))
		return true;
	if (p->is_odd) {
		p->known |= 1u << KNOWN_SIZE;
		return true;
	}
	if ((is_attribute || p->is_ansi) && holds_markup(buf_view(a))) {
		p->known |= 1u << KNOWN_MARKUP;
		return true;
	}
	return differ(p, buf_view(a), buf_view(b));
}

/* --- elements --- */

/* Goes one step down; returns the length for leave. */
static size_t
enter(struct pass *p, const struct node *element, const struct node *attribute)
{
	struct buf *path = &p->c->path;
	const struct node *name = element ? node_attribute(element, "Name") : NULL;
	size_t before = path->len;

	if (element && before)
		buf_append_byte(path, '/');
	if (element)
		utf_append_utf16le(path, element->name);
	if (element && name && node_is_named(element, "Data")) {
		buf_append_byte(path, '[');
		node_append_text(name, path);
		buf_append_byte(path, ']');
	}
	if (attribute) {
		buf_append_byte(path, '@');
		utf_append_utf16le(path, attribute->name);
	}
	return before;
}

static void
leave(struct pass *p, size_t before)
{
	p->c->path.len = before;
	p->c->path.failed = false;
}

static bool
differ_at(struct pass *p, const struct node *element, const struct node *attribute, struct slice ours, struct slice theirs)
{
	size_t before = enter(p, element, attribute);

	differ(p, ours, theirs);
	leave(p, before);
	return false;
}

/* Attributes without data are left out by the library; an array in one repeats its name, which is not seen in
 * real logs. */
static bool
compare_attributes(struct pass *p, const struct node *ours, const struct node *theirs)
{
	const struct node *b = theirs->attributes;

	for (const struct node *a = ours->attributes; a; a = a->next) {
		size_t before = enter(p, NULL, a);
		unsigned known = p->known;
		bool same;

		say_node(p, a, false, &p->c->ours);
		if (p->c->ours.len == 0 && !p->c->ours.failed && !(b && slice_eq(a->name, b->name))) {
			leave(p, before);
			continue;
		}
		p->known = known; /* what is compared says for itself what excuses it needs */
		same = b && slice_eq(a->name, b->name) ? compare_texts(p, a, b, true)
			: differ(p, buf_view(&p->c->ours), SLICE("(no such attribute)"));
		leave(p, before);
		if (!same)
			return false;
		b = b->next;
	}
	return !b || differ_at(p, NULL, b, SLICE("(no such attribute)"), SLICE("(there)"));
}

static const struct node *
next_element(const struct node *node)
{
	while (node && node->kind != NODE_ELEMENT)
		node = node->next;
	return node;
}

static bool
has_text(const struct node *element)
{
	for (const struct node *part = element->children; part; part = part->next) {
		if (is_text(part) && part->value.raw.len)
			return true;
	}
	return false;
}

static bool compare_elements(struct pass *p, const struct node *ours, const struct node *theirs, unsigned depth);

/* A second instance in the value below Event is not there for the library. */
static bool
is_left_out(struct pass *p, const struct node *element, unsigned depth)
{
	if (depth != 1 || !node_is_named(element, "RenderingInfo"))
		return false;
	p->known |= 1u << KNOWN_INSTANCE;
	return true;
}

static bool
compare_children(struct pass *p, const struct node *ours, const struct node *theirs, unsigned depth)
{
	const struct node *a = next_element(ours->children), *b = next_element(theirs->children);

	if (a && has_text(ours))
		p->known |= 1u << KNOWN_PARTS;
	for (; a; a = next_element(a->next)) {
		if (!b || !slice_eq(a->name, b->name)) {
			if (is_left_out(p, a, depth))
				continue;
			return differ_at(p, a, NULL, SLICE("(there)"), SLICE("(no such element)"));
		}
		if (!compare_elements(p, a, b, depth + 1))
			return false;
		b = next_element(b->next);
	}
	return !b || differ_at(p, b, NULL, SLICE("(no such element)"), SLICE("(there)"));
}

static bool
compare_elements(struct pass *p, const struct node *ours, const struct node *theirs, unsigned depth)
{
	size_t before = p->c->path.len;
	bool same;

	if (depth > 1) /* every path would begin with Event */
		enter(p, ours, NULL);
	if (depth > LIMIT_ELEMENT_DEPTH)
		same = differ(p, SLICE("(too deep)"), SLICE("(too deep)"));
	else
		same = compare_attributes(p, ours, theirs) &&
		       (next_element(ours->children) || next_element(theirs->children)
				       ? compare_children(p, ours, theirs, depth)
				       : compare_texts(p, ours, theirs, false));
	leave(p, before);
	return same;
}

bool
compare_trees(struct comparer *c, const struct node *ours, const struct node *theirs, unsigned *known,
	struct difference *difference)
{
	struct pass p = { .c = c, .difference = difference };
	bool same;

	buf_reset(&c->path);
	*difference = (struct difference){ .path = "" };
	if (!ours || !theirs)
		same = differ(&p, ours ? SLICE("(there)") : SLICE("(nothing)"), theirs ? SLICE("(there)") : SLICE("(nothing)"));
	else if (!slice_eq(ours->name, theirs->name))
		same = differ_at(&p, ours, NULL, SLICE("(there)"), SLICE("(another root)"));
	else
		same = compare_elements(&p, ours, theirs, 1);
	*known = same ? p.known : 0;
	return same;
}
