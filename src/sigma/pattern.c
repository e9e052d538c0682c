/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/pattern.h"

#include "base/attr.h"
#include "base/find.h"
#include "base/fold.h"
#include "base/same.h"
#include "base/utf.h"

enum element_kind {
	ELEMENT_LITERAL,
	ELEMENT_ANY,  /* one character */
	ELEMENT_DASH, /* one option sign */
};

struct element {
	enum element_kind kind;
	struct slice bytes; /* of a literal */
};

/* Elements one behind the other.  Each takes a number of bytes that the text alone decides, so a piece is matched
 * forward or backward without ever trying twice. */
struct piece {
	const struct element *elements;
	size_t count;
	size_t anchor; /* the longest literal; count when there is none */
	struct needle needle; /* of the anchor */
};

/* Did it fit?  SHORT: all that the text has agrees, but it ends too early. */
enum fit {
	FIT_NO,
	FIT_SHORT,
	FIT_YES,
};

struct segment
gapped_segment(const struct gapped *g, size_t i)
{
	size_t start = i ? g->gaps[i - 1] : 0, end = i < g->gap_count ? g->gaps[i] : g->text.len;

	if (end < start)
		end = start;
	return (struct segment){ .text = slice_sub(g->text, start, end - start), .at = start, .open_start = i > 0,
		.open_end = i < g->gap_count };
}

static enum element_kind
kind_of(uint32_t code)
{
	return code == TOKEN_ANY ? ELEMENT_ANY : code == TOKEN_DASH ? ELEMENT_DASH : ELEMENT_LITERAL;
}

static bool
make_literal(struct arena *arena, const uint32_t *codes, size_t count, bool cased, struct slice *out)
{
	struct buf b;
	bool good;

	buf_init(&b, count * 4 + 1);
	for (size_t i = 0; i < count; i++)
		utf_append_code(&b, cased ? codes[i] : fold_code(codes[i]));
	good = !b.failed && arena_copy(arena, buf_view(&b), out);
	buf_fini(&b);
	return good;
}

/* Literal characters that stand together are one element. */
static size_t
count_elements(const uint32_t *codes, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += i == 0 || kind_of(codes[i]) != ELEMENT_LITERAL || kind_of(codes[i - 1]) != ELEMENT_LITERAL;
	return n;
}

/* One piece out of tokens without runs. */
static bool
make_piece(struct arena *arena, const uint32_t *codes, size_t count, bool cased, struct piece *out)
{
	struct element *elements = ARENA_ARRAY(arena, struct element, count_elements(codes, count));
	size_t n = 0, longest = 0;

	if (!elements)
		return false;
	out->anchor = SIZE_MAX;
	for (size_t i = 0, len; i < count; i += len) {
		enum element_kind kind = kind_of(codes[i]);

		len = 1;
		elements[n].kind = kind;
		while (kind == ELEMENT_LITERAL && i + len < count && codes[i + len] < TOKEN_ANY)
			len++;
		if (kind == ELEMENT_LITERAL && !make_literal(arena, codes + i, len, cased, &elements[n].bytes))
			return false;
		if (elements[n].bytes.len > longest) {
			longest = elements[n].bytes.len;
			out->anchor = n;
		}
		n++;
	}
	out->elements = elements;
	out->count = n;
	if (out->anchor == SIZE_MAX)
		out->anchor = n;
	else
		out->needle = needle_make(elements[out->anchor].bytes);
	return true;
}

bool
pattern_compile(struct arena *arena, const struct tokens *t, bool cased, struct pattern *out)
{
	struct piece *pieces;
	size_t n = 0, runs = 0;

	for (size_t i = 0; i < t->count; i++)
		runs += t->codes[i] == TOKEN_RUN;
	pieces = ARENA_ARRAY(arena, struct piece, runs + 1);
	if (!pieces)
		return false;
	for (size_t i = 0, end; i < t->count; i = end + 1) {
		for (end = i; end < t->count && t->codes[end] != TOKEN_RUN;)
			end++;
		if (end > i && !make_piece(arena, t->codes + i, end - i, cased, &pieces[n++]))
			return false;
	}
	*out = (struct pattern){ .pieces = pieces, .count = n, .cased = cased,
		.at_start = t->count == 0 || t->codes[0] != TOKEN_RUN,
		.at_end = t->count == 0 || t->codes[t->count - 1] != TOKEN_RUN };
	return true;
}

bool
pattern_compile_literal(struct arena *arena, struct slice text, bool cased, bool front, bool back, struct pattern *out)
{
	struct {
		struct piece piece;
		struct element element;
		uint8_t bytes[];
	} *parts = arena_reserve(arena, sizeof(*parts) + text.len);

	if (!parts)
		return false;
	arena_take(arena, sizeof(*parts) + text.len);
	if (cased)
		memcpy(parts->bytes, text.ptr, text.len);
	else
		fold_ascii(text, parts->bytes);
	parts->element = (struct element){ ELEMENT_LITERAL, slice_from(parts->bytes, text.len) };
	parts->piece = (struct piece){ .elements = &parts->element, .count = 1, .needle = needle_make(parts->element.bytes) };
	*out = (struct pattern){ .pieces = &parts->piece, .count = 1, .cased = cased, .at_start = !front, .at_end = !back };
	return true;
}

bool
pattern_is_whole(const struct pattern *p)
{
	return p->at_start && p->at_end && p->count == 1;
}

bool
pattern_is_all(const struct pattern *p)
{
	return p->count == 0 && !p->at_start;
}

void
pattern_show(const struct pattern *p, struct buf *out)
{
	if (!p->at_start)
		buf_append_byte(out, '*');
	for (size_t i = 0; i < p->count; i++) {
		if (i)
			buf_append_byte(out, '*');
		for (size_t k = 0; k < p->pieces[i].count; k++) {
			const struct element *e = &p->pieces[i].elements[k];

			if (e->kind == ELEMENT_LITERAL)
				buf_append(out, e->bytes);
			else
				buf_append_text(out, e->kind == ELEMENT_ANY ? "?" : "<dash>");
		}
	}
	if (!p->at_end && p->count)
		buf_append_byte(out, '*');
}

/* The option signs other than - and / are U+2013, U+2014 and U+2015: E2 80 93 .. 95. */
static size_t
dash_len(struct slice s)
{
	if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '/'))
		return 1;
	return s.len >= 3 && s.ptr[0] == 0xE2 && s.ptr[1] == 0x80 && s.ptr[2] >= 0x93 && s.ptr[2] <= 0x95 ? 3 : 0;
}

static enum fit
fit_forward(const struct element *e, struct slice text, size_t *at)
{
	struct slice rest = slice_sub(text, *at, text.len);
	size_t shared;

	switch (e->kind) {
	case ELEMENT_LITERAL:
		shared = rest.len < e->bytes.len ? rest.len : e->bytes.len;
		if (!slice_eq(slice_sub(rest, 0, shared), slice_sub(e->bytes, 0, shared)))
			return FIT_NO;
		*at += shared;
		return shared == e->bytes.len ? FIT_YES : FIT_SHORT;
	case ELEMENT_ANY:
		if (rest.len == 0)
			return FIT_SHORT;
		utf_next(text, at);
		return FIT_YES;
	case ELEMENT_DASH:
		if (rest.len == 0)
			return FIT_SHORT;
		*at += dash_len(rest);
		return dash_len(rest) ? FIT_YES : FIT_NO;
	}
	return FIT_NO;
}

/* Where the character that ends at `end` begins. */
static size_t
character_before(struct slice text, size_t end)
{
	for (size_t back = 4; back > 1; back--) {
		size_t at = end - back;

		if (back > end)
			continue;
		utf_next(text, &at);
		if (at == end)
			return end - back;
	}
	return end - 1;
}

static enum fit
fit_backward(const struct element *e, struct slice text, size_t *end)
{
	size_t shared, start;

	switch (e->kind) {
	case ELEMENT_LITERAL:
		shared = *end < e->bytes.len ? *end : e->bytes.len;
		if (!slice_eq(slice_sub(text, *end - shared, shared), slice_sub(e->bytes, e->bytes.len - shared, shared)))
			return FIT_NO;
		*end -= shared;
		return shared == e->bytes.len ? FIT_YES : FIT_SHORT;
	case ELEMENT_ANY:
		if (*end == 0)
			return FIT_SHORT;
		*end = character_before(text, *end);
		return FIT_YES;
	case ELEMENT_DASH:
		if (*end == 0)
			return FIT_SHORT;
		start = character_before(text, *end);
		if (dash_len(slice_sub(text, start, *end - start)) != *end - start)
			return FIT_NO;
		*end = start;
		return FIT_YES;
	}
	return FIT_NO;
}

/* Elements first .. last - 1 from *at on. */
static enum fit
piece_forward(const struct piece *p, size_t first, struct slice text, size_t *at)
{
	enum fit fit = FIT_YES;

	for (size_t i = first; i < p->count && fit == FIT_YES; i++)
		fit = fit_forward(&p->elements[i], text, at);
	return fit;
}

/* Elements 0 .. count - 1, the last one ending at *end. */
static enum fit
piece_backward(const struct piece *p, size_t count, struct slice text, size_t *end)
{
	enum fit fit = FIT_YES;

	for (size_t i = count; i-- > 0 && fit == FIT_YES;)
		fit = fit_backward(&p->elements[i], text, end);
	return fit;
}

/* The first place at or after `from` where the piece fits. */
static bool
piece_find(const struct piece *p, struct slice text, size_t from, size_t *start, size_t *end)
{
	struct slice anchor = p->anchor < p->count ? p->elements[p->anchor].bytes : SLICE_EMPTY;

	for (size_t look = from; look <= text.len;) {
		size_t before, behind;

		if (anchor.len && (look = needle_find(&p->needle, text, look)) == SIZE_MAX)
			return false;
		before = look;
		behind = look;
		if (piece_backward(p, anchor.len ? p->anchor : 0, text, &before) == FIT_YES && before >= from &&
			piece_forward(p, anchor.len ? p->anchor : 0, text, &behind) == FIT_YES) {
			*start = before;
			*end = behind;
			return true;
		}
		if (look == text.len)
			return false;
		utf_next(text, &look);
	}
	return false;
}

/* Does the pattern hold within one segment whose ends, as far as the pattern needs them, are ends of the text? */
static bool
match_within(const struct pattern *p, struct slice text, struct text_range *range)
{
	size_t first = 0, last = p->count, start = 0, at = 0, limit = text.len;

	if (p->at_start && p->at_end && p->count == 0)
		return text.len == 0;
	if (p->at_start && p->count && piece_forward(&p->pieces[first++], 0, text, &at) != FIT_YES)
		return false;
	if (p->at_start && p->at_end && p->count == 1)
		return at == text.len && (*range = (struct text_range){ 0, at }, true);
	if (p->at_end && p->count) {
		const struct piece *piece = &p->pieces[--last];

		if (piece_backward(piece, piece->count, text, &limit) != FIT_YES || limit < at)
			return false;
	}
	for (size_t i = first; i < last; i++) {
		size_t found, behind;

		if (!piece_find(&p->pieces[i], slice_sub(text, 0, limit), at, &found, &behind))
			return false;
		if (i == 0)
			start = found;
		at = behind;
	}
	if (p->at_end && p->count) {
		start = p->at_start || last > 0 ? start : limit;
		at = text.len;
	}
	*range = (struct text_range){ start, at - start };
	return true;
}

/* With gaps and not found: is what is there against it? */
static bool
contradicts(const struct pattern *p, const struct gapped *text)
{
	struct segment head = gapped_segment(text, 0), tail = gapped_segment(text, text->gap_count);
	size_t at = 0, end = tail.text.len;

	if (p->at_start && p->at_end && p->count == 0)
		return text->text.len > 0;
	if (p->at_start && p->count && piece_forward(&p->pieces[0], 0, head.text, &at) == FIT_NO)
		return true;
	if (p->at_end && p->count) {
		const struct piece *piece = &p->pieces[p->count - 1];

		if (piece_backward(piece, piece->count, tail.text, &end) == FIT_NO)
			return true;
	}
	return p->at_start && p->at_end && p->count == 1 && p->pieces[0].count == 1 && p->pieces[0].anchor == 0 &&
		text->text.len > p->pieces[0].elements[0].bytes.len;
}

enum truth
pattern_match(const struct pattern *p, const struct gapped *text, struct text_range *range)
{
	for (size_t i = 0; i <= text->gap_count; i++) {
		struct segment s = gapped_segment(text, i);

		if ((p->at_start && s.open_start) || (p->at_end && s.open_end))
			continue;
		if (match_within(p, s.text, range)) {
			range->start += s.at;
			return TRUTH_TRUE;
		}
	}
	return pattern_is_impossible(p, text) ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

bool
pattern_is_impossible(const struct pattern *p, const struct gapped *text)
{
	return text->gap_count == 0 || contradicts(p, text);
}

bool
pattern_differs(const struct pattern *p, struct slice text)
{
	const struct piece *piece = p->pieces;
	struct slice literal;

	if (p->count != 1 || !(p->at_start || p->at_end) || piece->count != 1 || piece->elements[0].kind != ELEMENT_LITERAL)
		return false;
	literal = piece->elements[0].bytes;
	if (literal.len > text.len)
		return true;
	return !same_bytes(literal.ptr, p->at_start ? text.ptr : text.ptr + text.len - literal.len, literal.len);
}

static const char *const dashes[] = { "-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95" };

size_t
pattern_variants(const struct pattern *p)
{
	size_t variants = 1;

	if (p->count != 1)
		return 0;
	for (size_t i = 0; i < p->pieces[0].count; i++) {
		enum element_kind kind = p->pieces[0].elements[i].kind;

		if (kind == ELEMENT_ANY || variants > ARRAY_LEN(dashes))
			return 0;
		if (kind == ELEMENT_DASH)
			variants *= ARRAY_LEN(dashes);
	}
	return variants > ARRAY_LEN(dashes) * ARRAY_LEN(dashes) ? 0 : variants;
}

void
pattern_variant(const struct pattern *p, size_t i, struct buf *out)
{
	const struct piece *piece = &p->pieces[0];

	for (size_t k = 0; k < piece->count; k++) {
		if (piece->elements[k].kind == ELEMENT_LITERAL) {
			buf_append(out, piece->elements[k].bytes);
			continue;
		}
		buf_append_text(out, dashes[i % ARRAY_LEN(dashes)]);
		i /= ARRAY_LEN(dashes);
	}
}

struct slice
pattern_longest(const struct pattern *p)
{
	struct slice longest = SLICE_EMPTY;

	for (size_t i = 0; i < p->count; i++) {
		const struct piece *piece = &p->pieces[i];

		if (piece->anchor < piece->count && piece->elements[piece->anchor].bytes.len > longest.len)
			longest = piece->elements[piece->anchor].bytes;
	}
	return longest;
}

void
pattern_key(const struct pattern *p, struct buf *out)
{
	buf_u8(out, (uint8_t)(p->at_start | p->at_end << 1 | p->cased << 2));
	for (size_t i = 0; i < p->count; i++) {
		buf_u32le(out, (uint32_t)p->pieces[i].count);
		for (size_t k = 0; k < p->pieces[i].count; k++) {
			buf_u8(out, (uint8_t)p->pieces[i].elements[k].kind);
			buf_counted(out, p->pieces[i].elements[k].bytes);
		}
	}
}
