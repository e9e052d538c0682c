/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over the expression that knows concatenation, groups, alternatives and repeats, takes what it does not know
 * as a place where anything may stand, and gives up on syntax that changes how the rest reads.  Only ASCII becomes
 * part of a literal, so that PCRE2's idea of case and ours cannot differ. */
#include "src/sigma/required.h"

#include "base/ascii.h"
#include "base/limits.h"

enum { REPEAT_MOST = 1000, COUNT_MOST = 20000 };

struct run {
	size_t at, len;
};

struct walk {
	struct slice text;
	size_t at;
	bool failed;     /* syntax that is not read here */
	struct buf all;  /* every run of literal characters, one behind the other */
	size_t run;      /* where the one that grows begins */
	struct run best;
	uint16_t counts[128]; /* how often a character must occur */
};

/* What is known before something that may turn out not to be needed. */
struct known {
	struct run best;
	uint16_t counts[128];
};

static struct known
save(const struct walk *w)
{
	struct known known = { .best = w->best };

	memcpy(known.counts, w->counts, sizeof(known.counts));
	return known;
}

static void
restore(struct walk *w, const struct known *known)
{
	w->best = known->best;
	memcpy(w->counts, known->counts, sizeof(w->counts));
}

static int
peek(const struct walk *w, size_t ahead)
{
	return w->at + ahead < w->text.len ? w->text.ptr[w->at + ahead] : -1;
}

static void
end_run(struct walk *w)
{
	if (w->all.len - w->run > w->best.len)
		w->best = (struct run){ w->run, w->all.len - w->run };
	w->run = w->all.len;
}

/* A repeat at w->at: moves behind it.  *least is how often at least; 1 and false when there is
 * none. */
static bool
take_repeat(struct walk *w, size_t *least)
{
	int c = peek(w, 0);
	size_t end = w->at + 1;

	*least = 1;
	if (c == '{') {
		if (!ascii_is_digit((uint8_t)peek(w, 1)) && peek(w, 1) != ',')
			return false; /* a brace that is a character */
		while (end < w->text.len && (ascii_is_digit(w->text.ptr[end]) || w->text.ptr[end] == ','))
			end++;
		if (end == w->text.len || w->text.ptr[end] != '}') {
			w->failed = true;
			return false;
		}
		*least = 0;
		for (size_t i = w->at + 1; i < end && w->text.ptr[i] != ',' && *least < REPEAT_MOST; i++)
			*least = *least * 10 + (size_t)(w->text.ptr[i] - '0');
		end++;
	} else if (c == '*' || c == '?') {
		*least = 0;
	} else if (c != '+') {
		return false;
	}
	w->at = end;
	if (peek(w, 0) == '?' || peek(w, 0) == '+') /* lazy or possessive */
		w->at++;
	return true;
}

static void
take_character(struct walk *w, uint8_t c)
{
	size_t least;

	bool repeat;

	c = ascii_lower(c);
	buf_append_byte(&w->all, c);
	repeat = take_repeat(w, &least);
	if (w->counts[c] < COUNT_MOST)
		w->counts[c] = (uint16_t)(w->counts[c] + least);
	if (!repeat)
		return;
	if (least == 0 && !w->all.failed)
		w->all.len--;
	end_run(w);
}

/* Anything may stand here. */
static void
take_unknown(struct walk *w)
{
	size_t least;

	end_run(w);
	take_repeat(w, &least);
}

static void
skip_braces(struct walk *w)
{
	while (w->at < w->text.len && w->text.ptr[w->at] != '}')
		w->at++;
	if (w->at < w->text.len)
		w->at++;
	else
		w->failed = true;
}

static void
take_escape(struct walk *w)
{
	int c = peek(w, 1);

	w->at += 2;
	if (c < 0 || c >= 0x80 || memchr("QEkgcoN", c, 7)) {
		w->failed = true;
	} else if (!ascii_is_letter_or_digit((uint8_t)c)) {
		take_character(w, (uint8_t)c);
	} else {
		if (peek(w, 0) == '{' && memchr("xpP", c, 3))
			skip_braces(w);
		else if (c == 'p' || c == 'P')
			w->at++;
		else if (c == 'x')
			for (int i = 0; i < 2 && peek(w, 0) >= 0 && ascii_hex_value((uint8_t)peek(w, 0)) >= 0; i++)
				w->at++;
		else if (ascii_is_digit((uint8_t)c))
			while (peek(w, 0) >= 0 && ascii_is_digit((uint8_t)peek(w, 0)))
				w->at++;
		take_unknown(w);
	}
}

/* [...]: a first ] is a character; [:name:] inside. */
static void
take_class(struct walk *w)
{
	w->at++;
	if (peek(w, 0) == '^')
		w->at++;
	if (peek(w, 0) == ']')
		w->at++;
	while (w->at < w->text.len && w->text.ptr[w->at] != ']') {
		if (w->text.ptr[w->at] == '\\') {
			w->failed |= peek(w, 1) == 'Q' || peek(w, 1) == 'E';
			w->at++;
		} else if (w->text.ptr[w->at] == '[' && (peek(w, 1) == ':' || peek(w, 1) == '.' || peek(w, 1) == '=')) {
			size_t end = slice_find(w->text, SLICE(":]"), w->at + 2);

			w->failed |= peek(w, 1) != ':' || end == SIZE_MAX;
			w->at = end == SIZE_MAX ? w->text.len : end + 1;
		}
		w->at++;
	}
	if (w->at >= w->text.len)
		w->failed = true;
	w->at++;
	take_unknown(w);
}

/* Behind "(?": what kind of group it is.  False for anything but plain groups and options that leave the syntax
 * alone; *options tells that there is no group at all, as in (?i). */
static bool
take_group_head(struct walk *w, bool *options)
{
	*options = false;
	while (peek(w, 0) >= 0 && memchr("imsU-", peek(w, 0), 5))
		w->at++;
	*options = peek(w, 0) == ')';
	return *options || peek(w, 0) == ':';
}

static void take_alternatives(struct walk *w, unsigned depth);

static void
take_group(struct walk *w, unsigned depth)
{
	struct known before;
	bool options = false;
	size_t least;

	end_run(w);
	before = save(w);
	w->at++;
	if (peek(w, 0) == '?') {
		w->at++;
		w->failed |= !take_group_head(w, &options);
		if (!options)
			w->at++;
	}
	w->failed |= peek(w, 0) == '*' || depth > LIMIT_REGEX_WALK_DEPTH;
	if (w->failed)
		return;
	take_alternatives(w, depth);
	w->failed |= peek(w, 0) != ')';
	w->at++;
	if (take_repeat(w, &least) && least == 0)
		restore(w, &before);
}

static void
take_one(struct walk *w, uint8_t c, unsigned depth)
{
	if (c == '(') {
		take_group(w, depth + 1);
	} else if (c == '[') {
		take_class(w);
	} else if (c == '\\') {
		take_escape(w);
	} else if (c == '*' || c == '+' || c == '?') {
		w->failed = true; /* nothing to repeat */
	} else {
		w->at++;
		if (c == '.' || c == '^' || c == '$' || c >= 0x80)
			take_unknown(w);
		else
			take_character(w, c);
	}
}

/* Alternatives up to a closing bracket or the end; where there are several, nothing in them is required. */
static void
take_alternatives(struct walk *w, unsigned depth)
{
	struct known before = save(w);
	bool several = false;

	while (w->at < w->text.len && !w->failed && w->text.ptr[w->at] != ')') {
		uint8_t c = w->text.ptr[w->at];

		if (c == '|') {
			several = true;
			end_run(w);
			w->at++;
		} else {
			take_one(w, c, depth);
		}
	}
	end_run(w);
	if (several)
		restore(w, &before);
}

struct required
required_of(struct slice expression, struct buf *out)
{
	struct walk w = { .text = expression };
	struct required most = { 0, 0 };

	buf_init(&w.all, expression.len + 1);
	take_alternatives(&w, 0);
	if (!w.failed && !w.all.failed && w.at == expression.len) {
		buf_append(out, slice_sub(buf_view(&w.all), w.best.at, w.best.len));
		for (uint8_t c = 0; c < 128; c++)
			if (w.counts[c] > most.count)
				most = (struct required){ c, w.counts[c] };
	}
	buf_fini(&w.all);
	return most;
}

bool
required_is_met(const struct required *r, struct slice folded)
{
	size_t at = 0;

	for (uint32_t n = 0; n < r->count; n++) {
		at = slice_find_byte(folded, r->byte, at);
		if (at == SIZE_MAX)
			return false;
		at++;
	}
	return true;
}
