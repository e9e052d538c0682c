/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/scenario_state.h"

#include "tests/writer/words.h"

#include <inttypes.h>

const struct named_text *
scenario_text(const struct named_text *table, size_t count, struct slice name)
{
	for (size_t i = count; i-- > 0;)
		if (slice_eq(table[i].name, name))
			return &table[i];
	return NULL;
}

static bool
keep_text(struct scenario *s, struct slice name, struct slice text)
{
	struct named_text *t = &s->texts[s->text_count];

	if (s->text_count >= SCENARIO_TEXTS)
		return scenario_fail(s, "too many texts", name);
	if (!arena_copy(&s->arena, text, &t->text))
		return err_nomem(s->err);
	t->name = name;
	s->text_count++;
	return true;
}

struct block_options {
	struct slice eol;
	uint64_t repeat;
	bool escapes, last_eol;
};

static bool
block_option(struct block_options *o, struct slice word)
{
	struct slice rest = word, key, value = SLICE_EMPTY;

	slice_split(&rest, '=', &key);
	value = rest;
	if (slice_eq(word, SLICE("escapes")))
		o->escapes = true;
	else if (slice_eq(word, SLICE("last-eol")))
		o->last_eol = true;
	else if (slice_eq(word, SLICE("eol=lf")))
		o->eol = SLICE("\n");
	else if (slice_eq(word, SLICE("eol=crlf")))
		o->eol = SLICE("\r\n");
	else
		return slice_eq(key, SLICE("repeat")) && slice_to_u64(value, &o->repeat) && o->repeat <= 1000000;
	return true;
}

/* The block's lines up to the end word, joined with the line end. */
static bool
read_block(struct scenario *s, struct slice end, struct slice eol, struct buf *out)
{
	struct slice line;
	bool first = true;

	while (scenario_take_line(s, &line)) {
		if (slice_eq(line, end))
			return true;
		if (!first)
			buf_append(out, eol);
		buf_append(out, line);
		first = false;
	}
	return scenario_fail(s, "the text has no end line", end);
}

/* The block once, {n} replaced by the number of the repetition. */
static void
append_repetition(struct buf *out, struct slice block, uint64_t n)
{
	for (size_t at = 0; at < block.len;) {
		size_t hit = slice_find(block, SLICE("{n}"), at);

		buf_append(out, slice_sub(block, at, hit == SIZE_MAX ? block.len : hit - at));
		if (hit == SIZE_MAX)
			return;
		buf_printf(out, "%04" PRIu64, n);
		at = hit + 3;
	}
}

static bool
text_block(struct scenario *s, struct slice name, struct slice end, const struct block_options *o)
{
	struct buf block, out;
	struct slice plain = SLICE_EMPTY;
	bool ok;

	buf_init(&block, SCENARIO_TEXT_MAX);
	buf_init(&out, SCENARIO_TEXT_MAX);
	ok = read_block(s, end, o->eol, &block);
	plain = buf_view(&block);
	if (ok && o->escapes && !words_unescape(&s->arena, buf_view(&block), &plain))
		ok = scenario_fail(s, "bad escape in text", name);
	for (uint64_t i = 1; i <= o->repeat && ok; i++) {
		append_repetition(&out, plain, i);
		if (i < o->repeat || o->last_eol)
			buf_append(&out, o->eol);
	}
	ok = ok && keep_text(s, name, buf_view(&out));
	buf_fini(&out);
	buf_fini(&block);
	return ok;
}

static bool
text_join(struct scenario *s, struct slice name, struct slice line)
{
	struct slice word;
	struct buf out;
	bool ok = true;

	buf_init(&out, SCENARIO_TEXT_MAX);
	while (ok && words_next(&line, &word)) {
		const struct named_text *t = scenario_text(s->texts, s->text_count, word);

		if (out.len)
			buf_append_text(&out, "\r\n");
		if (t)
			buf_append(&out, t->text);
		else
			ok = scenario_fail(s, "no such text", word);
	}
	ok = ok && keep_text(s, name, buf_view(&out));
	buf_fini(&out);
	return ok;
}

/* text NAME = raw | text NAME := escaped | text NAME join A B... | text NAME [option...] <<END */
bool
scenario_do_text(struct scenario *s, struct slice line)
{
	struct block_options o = { .eol = SLICE("\r\n"), .repeat = 1 };
	struct slice name, word, plain;

	if (!words_next(&line, &name))
		return scenario_fail(s, "text needs a name", line);
	while (words_next(&line, &word)) {
		if (slice_eq(word, SLICE("=")))
			return keep_text(s, name, slice_trim(line));
		if (slice_eq(word, SLICE("join")))
			return text_join(s, name, line);
		if (slice_eq(word, SLICE(":="))) {
			if (!words_unescape(&s->arena, slice_trim(line), &plain))
				return scenario_fail(s, "bad escape", line);
			return keep_text(s, name, plain);
		}
		if (slice_starts_with(word, SLICE("<<")))
			return text_block(s, name, slice_sub(word, 2, word.len), &o);
		if (!block_option(&o, word))
			return scenario_fail(s, "no option of a text", word);
	}
	return scenario_fail(s, "text without a text", name);
}

/* Where the operator of NAME OP VALUE stands: the first of the three in the line. */
static size_t
find_operator(struct slice line, size_t *len)
{
	static const char *const operators[] = { "=", ":=", "<-" };

	for (size_t at = 0; at < line.len; at++)
		for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
			struct slice op = slice_from_text(operators[i]);
			struct slice behind = slice_sub(line, at + op.len, 1);

			if (!slice_starts_with(slice_sub(line, at, line.len), op) || at == 0 || line.ptr[at - 1] != ' ')
				continue;
			if (behind.len && behind.ptr[0] != ' ')
				continue;
			*len = op.len;
			return at;
		}
	return SIZE_MAX;
}

/* NAME = raw text | NAME := text with escapes | NAME <- name of a text */
bool
scenario_value(struct scenario *s, struct slice line, struct slice *name, struct slice *value)
{
	size_t len = 0, at = find_operator(line, &len);
	struct slice raw;
	const struct named_text *t;

	if (at == SIZE_MAX)
		return scenario_fail(s, "neither = nor := nor <-", line);
	*name = slice_trim(slice_sub(line, 0, at));
	raw = slice_trim(slice_sub(line, at + len, line.len));
	*value = raw;
	if (line.ptr[at] == ':')
		return words_unescape(&s->arena, raw, value) || scenario_fail(s, "bad escape", raw);
	if (line.ptr[at] == '=')
		return true;
	t = scenario_text(s->texts, s->text_count, raw);
	if (!t)
		return scenario_fail(s, "no such text", raw);
	*value = t->text;
	return true;
}

/* always NAME = VALUE */
bool
scenario_do_always(struct scenario *s, struct slice line)
{
	struct named_text *t = &s->always[s->always_count];

	if (s->always_count >= SCENARIO_ALWAYS)
		return scenario_fail(s, "too many fields", line);
	if (!scenario_value(s, line, &t->name, &t->text))
		return false;
	s->always_count++;
	return true;
}
