/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/item_text.h"

#include "base/limits.h"

enum { SHORT_VARIANT = 4 };

/* Where the modifiers put wildcards, and whether case counts. */
static bool
has_front(const struct modifiers *m)
{
	return m->set & (MOD_CONTAINS | MOD_ENDSWITH);
}

static bool
has_back(const struct modifiers *m)
{
	return m->set & (MOD_CONTAINS | MOD_STARTSWITH);
}

static bool
is_cased(const struct modifiers *m)
{
	return m->set & MOD_CASED || modifiers_end_in_base64(m);
}

static bool
token_atom(struct loader *l, const struct modifiers *m, struct tokens *t, struct atom *out, struct err *err)
{
	out->kind = ATOM_TEXT;
	if (!tokens_wrap(l->scratch, t, has_front(m), has_back(m)))
		return err_nomem(err);
	return pattern_compile(l->keep, t, is_cased(m), &out->is.pattern) || err_nomem(err);
}

/* An ASCII text of which every character is itself. */
static bool
ascii_atom(struct loader *l, const struct modifiers *m, struct slice text, struct atom *out, struct err *err)
{
	out->kind = ATOM_TEXT;
	return pattern_compile_literal(l->keep, text, is_cased(m), has_front(m), has_back(m), &out->is.pattern) ||
		err_nomem(err);
}

bool
item_text_atom(struct loader *l, const struct modifiers *m, struct slice text, struct atom *out, struct err *err)
{
	struct tokens t;

	if (tokens_are_ascii(text))
		return ascii_atom(l, m, text, out, err);
	return (tokens_literal(l->scratch, text, &t) || err_nomem(err)) && token_atom(l, m, &t, out, err);
}

/* Runs the encodings one behind the other; only base64offset, which ends the list, makes several values. */
static bool
encode_steps(struct loader *l, const struct modifiers *m, struct slice text, struct slice out[static ENCODE_MAX],
	size_t *count, uint64_t at, struct err *err)
{
	out[0] = text;
	*count = 1;
	for (size_t i = 0; i < m->step_count && *count; i++) {
		struct slice bytes = out[0];

		if (!encode_value(l->scratch, m->steps[i], bytes, out, count))
			return err_nomem(err);
	}
	if (*count == 0)
		return err_set(err, ERR_SYNTAX, at, "nothing to encode: the value is empty or too short");
	return true;
}

/* UTF-16 without base64 behind it is looked for as bytes of the text: NULs between ASCII characters.  Bytes from 0x80
 * on, as the byte order mark has, are no text of any event. */
static bool
check_wide(const struct modifiers *m, struct slice bytes, uint64_t at, struct err *err)
{
	if (modifiers_end_in_base64(m))
		return true;
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.ptr[i] >= 0x80)
			return err_set(err, ERR_UNSUPPORTED, at,
				"UTF-16 of this value has bytes that no text holds: put base64 or base64offset behind the modifier");
	return true;
}

static bool
notice_short(struct loader *l, const struct modifiers *m, struct slice bytes, const struct yaml_node *node, struct err *err)
{
	return bytes.len >= SHORT_VARIANT || !(m->set & MOD_CONTAINS) ||
		rule_notice(l, node->line, err, "'%.*s' is only %zu bytes of base64: it will be found by chance",
			SHOWN(bytes), bytes.len);
}

/* The atoms of one text behind those that *out has; remarks are made of the value's first text only. */
static bool
encode_text(struct loader *l, const struct modifiers *m, struct slice text, const struct yaml_node *node, struct atom *atoms,
	struct value *out, struct err *err)
{
	struct slice encoded[ENCODE_MAX];
	size_t count;
	bool first = out->count == 0;

	if (!encode_steps(l, m, text, encoded, &count, AT_NODE(node), err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!check_wide(m, encoded[i], AT_NODE(node), err) || (first && !notice_short(l, m, encoded[i], node, err)) ||
			!item_text_atom(l, m, encoded[i], &atoms[out->count++], err))
			return false;
	return true;
}

static const uint32_t dashes[] = { '-', '/', 0x2013, 0x2014, 0x2015 };

/* How many texts the option signs stand for; 0: too many. */
static size_t
count_variants(const struct tokens *t)
{
	size_t signs = 0, variants = 1;

	for (size_t i = 0; i < t->count; i++) {
		if (t->codes[i] != TOKEN_DASH)
			continue;
		if (++signs > LIMIT_ENCODED_DASHES)
			return 0;
		variants *= ARRAY_LEN(dashes);
	}
	return variants;
}

/* Puts the signs of variant `number` in the places of those in `from`. */
static void
choose_dashes(const struct tokens *from, size_t number, struct tokens *to)
{
	for (size_t i = 0; i < from->count; i++) {
		to->codes[i] = from->codes[i];
		if (from->codes[i] != TOKEN_DASH)
			continue;
		to->codes[i] = dashes[number % ARRAY_LEN(dashes)];
		number /= ARRAY_LEN(dashes);
	}
}

/* Every text that the value stands for, encoded: with an option sign these are five. */
static bool
encoded_value(struct loader *l, const struct modifiers *m, const struct tokens *t, const struct yaml_node *node,
	struct value *out, struct err *err)
{
	size_t variants = count_variants(t);
	struct tokens one = { ARENA_ARRAY(l->scratch, uint32_t, t->count + 1), t->count };
	struct atom *atoms = ARENA_ARRAY(l->keep, struct atom, variants * ENCODE_MAX + 1);
	struct slice text;
	bool plain;

	if (!atoms || !one.codes)
		return err_nomem(err);
	if (variants == 0 || (l->values += variants - 1) > LIMIT_RULE_VALUES)
		return err_set(err, ERR_LIMIT, AT_NODE(node), "more than %d option signs in an encoded value, or more than %d "
			"values in one rule", LIMIT_ENCODED_DASHES, LIMIT_RULE_VALUES);
	*out = (struct value){ .atoms = atoms };
	for (size_t i = 0; i < variants; i++) {
		choose_dashes(t, i, &one);
		if (!tokens_text(l->scratch, &one, &text, &plain))
			return err_nomem(err);
		if (!plain)
			return err_set(err, ERR_SYNTAX, AT_NODE(node), "a value with wildcards cannot be encoded");
		if (!encode_text(l, m, text, node, atoms, out, err))
			return false;
	}
	return true;
}

bool
item_text(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct atom *atom, struct err *err)
{
	struct tokens t;

	if (m->step_count == 0 && !(m->set & MOD_WINDASH) && tokens_are_literal(node->text))
		return ascii_atom(l, m, node->text, atom, err);
	if (!tokens_parse(l->scratch, node->text, &t))
		return err_nomem(err);
	if (m->set & MOD_WINDASH)
		tokens_mark_dashes(&t);
	return m->step_count ? encoded_value(l, m, &t, node, out, err) : token_atom(l, m, &t, atom, err);
}
