/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/item_text.h"

#include "base/buf.h"
#include "base/limits.h"

#include <stdarg.h>
#include <stdio.h>

bool
rule_notice(struct loader *l, uint32_t line, struct err *err, const char *format, ...)
{
	struct rule_notice *notice = ARENA_NEW(l->keep, struct rule_notice), **end = &l->notices;
	char text[200];
	va_list args;
	size_t count;

	for (count = 0; *end; count++)
		end = &(*end)->next;
	if (count == LIMIT_RULE_NOTICES)
		return true;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!notice || !arena_copy(l->keep, slice_from_text(text), &notice->text))
		return err_nomem(err);
	notice->line = line;
	*end = notice;
	return true;
}

/* The name is the table's, which lives as long as the set. */
static bool
name_field(struct loader *l, struct slice name, struct field_name *out, struct err *err)
{
	const struct table_entry *entry = table_add(l->fields, name, l->fields->count, NULL);

	if (!entry)
		return err_nomem(err);
	*out = (struct field_name){ entry->key, (uint32_t)entry->value, slice_eq_nocase(entry->key, SLICE("EventID")) };
	return true;
}

static bool
compile_regex(struct loader *l, struct slice expression, unsigned set, struct atom *atom, struct err *err)
{
	struct regex_link *link = ARENA_NEW(l->keep, struct regex_link);
	unsigned flags = (set & MOD_CASELESS ? REGEX_CASELESS : 0u) | (set & MOD_MULTILINE ? REGEX_MULTILINE : 0u) |
		(set & MOD_DOTALL ? REGEX_DOTALL : 0u);

	if (!link)
		return err_nomem(err);
	link->regex = regex_new(expression, (enum regex_flags)flags, err);
	if (!link->regex)
		return false;
	link->next = *l->regexes;
	*l->regexes = link;
	atom->kind = ATOM_REGEX;
	atom->is.regex = link->regex;
	return true;
}

/* An expression is searched for, so `contains` says nothing new; startswith and endswith tie it to that end of the
 * whole text. */
static bool
anchored(struct loader *l, const struct modifiers *m, struct slice expression, struct slice *out, struct err *err)
{
	bool start = m->set & MOD_STARTSWITH, end = m->set & MOD_ENDSWITH;
	struct buf b;
	bool good;

	*out = expression;
	if (start == end)
		return true;
	buf_init(&b, expression.len + 16);
	buf_append_text(&b, start ? "\\A(?:" : "(?:");
	buf_append(&b, expression);
	buf_append_text(&b, end ? ")\\z" : ")");
	good = !b.failed && arena_copy(l->scratch, buf_view(&b), out);
	buf_fini(&b);
	return good || err_nomem(err);
}

static bool
load_regex(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct atom *atom,
	struct err *err)
{
	struct slice expression;

	/* Compiled as it stands first: what is wrong with it must not hide behind the parentheses. */
	if (compile_regex(l, node->text, m->set, atom, err)) {
		if (!anchored(l, m, node->text, &expression, err))
			return false;
		if (expression.len == node->text.len || compile_regex(l, expression, m->set, atom, err))
			return true;
	}
	if (err)
		err->at = AT_NODE(node);
	return false;
}

static bool
load_ref(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct atom *atom,
	struct err *err)
{
	struct tokens t;
	struct slice name;
	bool plain, contains = m->set & MOD_CONTAINS;

	if (!tokens_parse(l->scratch, node->text, &t) || !tokens_text(l->scratch, &t, &name, &plain))
		return err_nomem(err);
	if (!plain || name.len == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'fieldref' needs the name of a field");
	atom->kind = ATOM_FIELDREF;
	atom->is.ref.front = contains || m->set & MOD_ENDSWITH;
	atom->is.ref.back = contains || m->set & MOD_STARTSWITH;
	atom->is.ref.cased = m->set & MOD_CASED;
	return name_field(l, name, &atom->is.ref.field, err);
}

static bool
load_cidr(const struct yaml_node *node, struct atom *atom, struct err *err)
{
	atom->kind = ATOM_CIDR;
	if (cidr_parse(node->text, &atom->is.cidr, err))
		return true;
	if (err)
		err->at = AT_NODE(node);
	return false;
}

static bool
load_number(const struct modifiers *m, const struct yaml_node *node, struct atom *atom, struct err *err)
{
	atom->kind = ATOM_NUMBER;
	atom->comparison = m->comparison;
	if (number_parse(node->text, &atom->is.number))
		return true;
	return err_set(err, ERR_SYNTAX, AT_NODE(node), "'%.*s' is no number", SHOWN(node->text));
}

static bool
load_exists(const struct yaml_node *node, struct atom *atom, struct err *err)
{
	if (node->type != YAML_BOOL)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'exists' needs true or false");
	atom->kind = ATOM_EXISTS;
	atom->is.exists = (node->text.ptr[0] | 0x20) == 't';
	return true;
}

static bool
load_time(const struct modifiers *m, const struct yaml_node *node, struct atom *atom, struct err *err)
{
	static const struct {
		const char *name;
		unsigned least, most;
	} parts[] = {
		[TIME_MINUTE] = { "minute", 0, 59 }, [TIME_HOUR] = { "hour", 0, 23 },    [TIME_DAY] = { "day", 1, 31 },
		[TIME_WEEK] = { "week", 1, 53 },     [TIME_MONTH] = { "month", 1, 12 }, [TIME_YEAR] = { "year", 1601, 9999 },
	};
	struct number *n = &atom->is.time.number;

	atom->kind = ATOM_TIME;
	atom->comparison = m->comparison;
	atom->is.time.part = m->part;
	if (number_parse(node->text, n) && !n->is_real && !n->negative && n->magnitude >= parts[m->part].least &&
		n->magnitude <= parts[m->part].most)
		return true;
	return err_set(err, ERR_SYNTAX, AT_NODE(node), "'%s' needs a whole number from %u to %u", parts[m->part].name,
		parts[m->part].least, parts[m->part].most);
}

/* A value without a modifier that reads it in its own way: what YAML says it is. */
static bool
load_typed(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct atom *atom, struct err *err)
{
	bool texts = m->set & MOD_TEXT;
	struct number number;

	if (node->type == YAML_NULL && texts)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "null has no text to look for");
	if (node->type == YAML_NULL) {
		atom->kind = ATOM_NULL;
		return true;
	}
	if ((node->type == YAML_INT || node->type == YAML_FLOAT) && !texts && number_parse(node->text, &number))
		return load_number(m, node, atom, err);
	return item_text(l, m, node, out, atom, err);
}

/* One scalar: one atom, or several where it is encoded. */
static bool
load_scalar(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct err *err)
{
	struct atom *atom;

	if (++l->values > LIMIT_RULE_VALUES)
		return err_set(err, ERR_LIMIT, AT_NODE(node), "more than %d values in one rule", LIMIT_RULE_VALUES);
	atom = ARENA_NEW(l->keep, struct atom);
	if (!atom)
		return err_nomem(err);
	*out = (struct value){ .atoms = atom, .count = 1 };
	if (m->set & MOD_RE)
		return load_regex(l, m, node, atom, err);
	if (m->set & MOD_CIDR)
		return load_cidr(node, atom, err);
	if (m->set & MOD_TIME)
		return load_time(m, node, atom, err);
	if (m->set & MOD_COMPARE)
		return load_number(m, node, atom, err);
	if (m->set & MOD_EXISTS)
		return load_exists(node, atom, err);
	if (m->set & MOD_FIELDREF)
		return load_ref(l, m, node, atom, err);
	return load_typed(l, m, node, out, atom, err);
}

static enum expand_context
context_of(const struct modifiers *m)
{
	return m->set & MOD_RE ? EXPAND_REGEX : m->set & MOD_CIDR ? EXPAND_PLAIN : EXPAND_TEXT;
}

static bool
join_atoms(struct loader *l, const struct value *values, size_t count, struct value *out, struct err *err)
{
	struct atom *atoms;
	size_t total = 0, n = 0;

	for (size_t i = 0; i < count; i++)
		total += values[i].count;
	atoms = ARENA_ARRAY(l->keep, struct atom, total);
	if (!atoms)
		return err_nomem(err);
	for (size_t i = 0; i < count; n += values[i++].count)
		memcpy(atoms + n, values[i].atoms, values[i].count * sizeof(*atoms));
	*out = (struct value){ .atoms = atoms, .count = n };
	return true;
}

/* A value with placeholders: the atoms of all texts it can stand for, as alternatives. */
static bool
load_expanded(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct err *err)
{
	struct slice *texts;
	struct value *values;
	size_t count;
	bool found;

	if (!expand_value(l->placeholders, node->text, context_of(m), LIMIT_RULE_VALUES - l->values, l->scratch, &texts,
			&count, &found, AT_NODE(node), err))
		return false;
	if (!found && !rule_notice(l, node->line, err, "'expand' without a %%placeholder%% in '%.*s'", SHOWN(node->text)))
		return false;
	values = ARENA_ARRAY(l->scratch, struct value, count);
	if (!values)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct yaml_node one = *node;

		one.text = texts[i];
		one.type = YAML_TEXT;
		if (!load_scalar(l, m, &one, &values[i], err))
			return false;
	}
	return join_atoms(l, values, count, out, err);
}

static bool
load_value(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct err *err)
{
	if (node->kind == YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "a value must be a word or number, not a map: one with "
			"': ' in it needs quotes");
	if (node->kind != YAML_SCALAR)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "a value must be a word or number, not a list in a list");
	if (!(m->set & MOD_EXPAND ? load_expanded : load_scalar)(l, m, node, out, err))
		return false;
	return arena_copy(l->keep, node->text, &out->source) || err_nomem(err);
}

/* What is legal but probably not meant. */
static bool
notice_values(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct err *err)
{
	const struct yaml_node *value = node->kind == YAML_LIST ? node->first : NULL;

	if (m->set & MOD_ALL && !(node->kind == YAML_LIST && node->count > 1) &&
		!rule_notice(l, node->line, err, "'all' has one value only, and so no effect"))
		return false;
	for (; value && node->count > 1; value = value->next)
		if (value->kind == YAML_SCALAR && value->type == YAML_NULL)
			return rule_notice(l, value->line, err, "null in a list of values: read as 'or the field is absent'");
	return true;
}

/* One scalar, or the members of a list; an empty list is null (sigma.md section 2). */
static bool
load_values(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct item *item,
	struct err *err)
{
	static const struct yaml_node null = { .kind = YAML_SCALAR, .type = YAML_NULL };
	const struct yaml_node *value = node->kind == YAML_LIST ? node->first : node;
	struct value *values;
	size_t n = node->kind == YAML_LIST && node->count ? node->count : 1;

	if (!value)
		value = &null;
	if (node->kind == YAML_MAP)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "the value of a field cannot be a map");
	if (m->set & MOD_EXISTS && n > 1)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "'exists' has one value, true or false");
	if (!notice_values(l, m, node, err))
		return false;
	values = ARENA_ARRAY(l->keep, struct value, n);
	if (!values)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++, value = value->next)
		if (!load_value(l, m, value, &values[i], err))
			return false;
	item->values = values;
	item->count = n;
	item->all = m->set & MOD_ALL;
	item->negated = m->set & MOD_NEQ;
	return true;
}

static bool
check_keywords(const struct modifiers *m, const struct yaml_node *node, struct err *err)
{
	const struct yaml_node *value = node->kind == YAML_LIST ? node->first : node;

	if (m->set & (MOD_EXISTS | MOD_FIELDREF | MOD_COMPARE | MOD_TIME))
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "this modifier needs a field");
	for (; value; value = node->kind == YAML_LIST ? value->next : NULL)
		if (value->kind == YAML_SCALAR && value->type == YAML_NULL)
			return err_set(err, ERR_SYNTAX, AT_NODE(value), "a keyword cannot be null");
	if (node->kind == YAML_LIST && node->count == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "an empty list of keywords");
	return true;
}

/* Then a finding quotes the text of the field, whichever of the atoms it was. */
static bool
is_whole(const struct item *item)
{
	bool whole = item->field.name.len > 0 && !item->negated;

	for (size_t i = 0; i < item->count; i++)
		for (size_t k = 0; k < item->values[i].count; k++) {
			const struct atom *atom = &item->values[i].atoms[k];

			if (atom->kind == ATOM_TEXT)
				whole &= pattern_is_whole(&atom->is.pattern);
			else
				whole &= atom->kind == ATOM_NUMBER || atom->kind == ATOM_CIDR || atom->kind == ATOM_TIME;
		}
	return whole;
}

bool
item_load(struct loader *l, const struct yaml_node *member, const struct item **out, struct err *err)
{
	uint64_t at = (uint64_t)member->key_line << 32 | member->key_column;
	struct slice rest = member->key, name = SLICE_EMPTY;
	struct modifiers m = { 0 };
	struct item *item = ARENA_NEW(l->keep, struct item);

	if (!item)
		return err_nomem(err);
	slice_split(&rest, '|', &name);
	if (!modifiers_parse(rest, &m, at, err))
		return false;
	if (!arena_copy(l->keep, member->key, &item->source))
		return err_nomem(err);
	if (name.len == 0) {
		if (!check_keywords(&m, member, err))
			return false;
		if (!(m.set & (MOD_RE | MOD_CIDR)))
			m.set |= MOD_CONTAINS;
	}
	*out = item;
	if (!name_field(l, name, &item->field, err) || !load_values(l, &m, member, item, err))
		return false;
	item->whole = is_whole(item);
	return true;
}

bool
item_load_keywords(struct loader *l, const struct yaml_node *node, const struct item **out, struct err *err)
{
	const struct modifiers m = { .set = MOD_CONTAINS };
	struct item *item = ARENA_NEW(l->keep, struct item);

	if (!item)
		return err_nomem(err);
	*out = item;
	return check_keywords(&m, node, err) && name_field(l, SLICE_EMPTY, &item->field, err) &&
		load_values(l, &m, node, item, err);
}

bool
item_of_texts(struct loader *l, struct slice field, const struct slice *texts, size_t count, const struct item **out,
	struct err *err)
{
	const struct modifiers m = { 0 };
	struct item *item = ARENA_NEW(l->keep, struct item);
	struct value *values = ARENA_ARRAY(l->keep, struct value, count ? count : 1);
	struct atom *atoms = ARENA_ARRAY(l->keep, struct atom, count ? count : 1);

	if (!item || !values || !atoms)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		values[i] = (struct value){ .atoms = &atoms[i], .count = 1 };
		if (!arena_copy(l->keep, texts[i], &values[i].source))
			return err_nomem(err);
		/* libevtx writes 0x00000002 where Windows has 0x2. */
		if (slice_starts_with(texts[i], SLICE("0x")) && number_parse(texts[i], &atoms[i].is.number))
			atoms[i].kind = ATOM_NUMBER;
		else if (!item_text_atom(l, &m, texts[i], &atoms[i], err))
			return false;
	}
	item->of_source = true;
	item->values = values;
	item->count = count;
	*out = item;
	return (arena_copy(l->keep, field, &item->source) || err_nomem(err)) && name_field(l, field, &item->field, err);
}

bool
item_for_search(struct loader *l, struct slice pattern, bool is_regex, const struct item **out, struct err *err)
{
	const struct modifiers m = { .set = MOD_CONTAINS };
	struct item *item = ARENA_NEW(l->keep, struct item);
	struct value *value = ARENA_NEW(l->keep, struct value);
	struct atom *atom = ARENA_NEW(l->keep, struct atom);

	if (!item || !value || !atom)
		return err_nomem(err);
	*value = (struct value){ .atoms = atom, .count = 1 };
	item->values = value;
	item->count = 1;
	*out = item;
	if (!name_field(l, SLICE_EMPTY, &item->field, err))
		return false;
	return is_regex ? compile_regex(l, pattern, 0, atom, err) : item_text_atom(l, &m, pattern, atom, err);
}
