/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/compare_pass.h"

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	PATH_MAX_BYTES = DIFFERENCE_PATH - 1,
	BEFORE = 40, /* bytes shown in front of the first that differs */
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
	compare_say(p, ours, true, a);
	if (same_bufs(a, b)) {
		p->known |= ours->children && ours->children->next ? 1u << KNOWN_PARTS : 0u;
		return true;
	}
	p->known = before;
	compare_say(p, ours, false, a);
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

		compare_say(p, a, false, &p->c->ours);
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
		if (compare_is_text(part) && part->value.raw.len)
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
