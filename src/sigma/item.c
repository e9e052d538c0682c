/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/load.h"

#include "base/limits.h"
#include "src/sigma/encode.h"

enum modifier {
	MOD_CONTAINS = 1 << 0,
	MOD_STARTSWITH = 1 << 1,
	MOD_ENDSWITH = 1 << 2,
	MOD_ALL = 1 << 3,
	MOD_RE = 1 << 4,
	MOD_CASELESS = 1 << 5,
	MOD_MULTILINE = 1 << 6,
	MOD_DOTALL = 1 << 7,
	MOD_CASED = 1 << 8,
	MOD_WINDASH = 1 << 9,
	MOD_ENCODE = 1 << 10,
	MOD_CIDR = 1 << 11,
	MOD_COMPARE = 1 << 12,
	MOD_NEQ = 1 << 13,
	MOD_EXISTS = 1 << 14,
	MOD_FIELDREF = 1 << 15,

	MOD_WRAP = MOD_CONTAINS | MOD_STARTSWITH | MOD_ENDSWITH,
	MOD_REGEX_FLAG = MOD_CASELESS | MOD_MULTILINE | MOD_DOTALL,
	MOD_TEXT = MOD_WRAP | MOD_CASED | MOD_WINDASH | MOD_ENCODE,
	MOD_FREE = MOD_ALL | MOD_NEQ, /* go with everything and may stand anywhere */
};

enum { STEPS_MAX = 4 };

struct modifiers {
	unsigned set;
	enum comparison comparison;
	enum encoding steps[STEPS_MAX];
	size_t step_count;
};

struct modifier_row {
	const char *name;
	unsigned bit;
	unsigned allowed; /* what may stand before it, besides MOD_FREE */
	unsigned needed;  /* what must stand before it */
	int detail;       /* comparison or encoding */
};

/* clang-format off */
static const struct modifier_row modifier_rows[] = {
	{ "contains", MOD_CONTAINS, MOD_TEXT | MOD_FIELDREF | MOD_RE | MOD_REGEX_FLAG, 0, 0 },
	{ "startswith", MOD_STARTSWITH, MOD_TEXT | MOD_FIELDREF, 0, 0 },
	{ "endswith", MOD_ENDSWITH, MOD_TEXT | MOD_FIELDREF, 0, 0 },
	{ "all", MOD_ALL, ~0u, 0, 0 },
	{ "neq", MOD_NEQ, ~0u & ~(unsigned)MOD_EXISTS, 0, 0 },
	{ "re", MOD_RE, 0, 0, 0 },
	{ "i", MOD_CASELESS, MOD_RE | MOD_REGEX_FLAG, MOD_RE, 0 },
	{ "ignorecase", MOD_CASELESS, MOD_RE | MOD_REGEX_FLAG, MOD_RE, 0 },
	{ "m", MOD_MULTILINE, MOD_RE | MOD_REGEX_FLAG, MOD_RE, 0 },
	{ "multiline", MOD_MULTILINE, MOD_RE | MOD_REGEX_FLAG, MOD_RE, 0 },
	{ "s", MOD_DOTALL, MOD_RE | MOD_REGEX_FLAG, MOD_RE, 0 },
	{ "dotall", MOD_DOTALL, MOD_RE | MOD_REGEX_FLAG, MOD_RE, 0 },
	{ "cased", MOD_CASED, MOD_TEXT | MOD_FIELDREF, 0, 0 },
	{ "windash", MOD_WINDASH, MOD_WRAP | MOD_CASED, 0, 0 },
	{ "base64", MOD_ENCODE, MOD_ENCODE | MOD_CASED, 0, ENCODE_BASE64 },
	{ "base64offset", MOD_ENCODE, MOD_ENCODE | MOD_CASED, 0, ENCODE_BASE64_OFFSET },
	{ "wide", MOD_ENCODE, MOD_CASED, 0, ENCODE_UTF16LE },
	{ "utf16le", MOD_ENCODE, MOD_CASED, 0, ENCODE_UTF16LE },
	{ "utf16be", MOD_ENCODE, MOD_CASED, 0, ENCODE_UTF16BE },
	{ "utf16", MOD_ENCODE, MOD_CASED, 0, ENCODE_UTF16 },
	{ "cidr", MOD_CIDR, 0, 0, 0 },
	{ "lt", MOD_COMPARE, 0, 0, COMPARE_LESS },
	{ "lte", MOD_COMPARE, 0, 0, COMPARE_LESS_EQUAL },
	{ "gt", MOD_COMPARE, 0, 0, COMPARE_GREATER },
	{ "gte", MOD_COMPARE, 0, 0, COMPARE_GREATER_EQUAL },
	{ "exists", MOD_EXISTS, 0, 0, 0 },
	{ "fieldref", MOD_FIELDREF, MOD_WRAP | MOD_CASED, 0, 0 },
};
/* clang-format on */

/* Good Sigma, but not (yet) for this program. */
static const struct {
	const char *name;
	const char *why;
} unsupported_rows[] = {
	{ "expand", "its %placeholders% have no values here" },
	{ "minute", "parts of times cannot be compared" },
	{ "hour", "parts of times cannot be compared" },
	{ "day", "parts of times cannot be compared" },
	{ "week", "parts of times cannot be compared" },
	{ "month", "parts of times cannot be compared" },
	{ "year", "parts of times cannot be compared" },
};

static bool
unknown_modifier(struct slice name, uint64_t at, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(unsupported_rows); i++)
		if (slice_eq(name, slice_from_text(unsupported_rows[i].name)))
			return err_set(err, ERR_UNSUPPORTED, at, "modifier '%s': %s", unsupported_rows[i].name,
				unsupported_rows[i].why);
	return err_set(err, ERR_SYNTAX, at, "unknown modifier '%.*s'", SHOWN(name));
}

static bool
add_modifier(struct modifiers *m, const struct modifier_row *row, uint64_t at, struct err *err)
{
	if ((m->set & row->needed) != row->needed)
		return err_set(err, ERR_SYNTAX, at, "modifier '%s' needs 're' before it", row->name);
	if (m->set & ~(row->allowed | MOD_FREE))
		return err_set(err, ERR_SYNTAX, at, "modifier '%s' cannot stand behind the one before it", row->name);
	m->set |= row->bit;
	if (row->bit == MOD_COMPARE)
		m->comparison = (enum comparison)row->detail;
	if (row->bit != MOD_ENCODE)
		return true;
	if (m->step_count == STEPS_MAX)
		return err_set(err, ERR_SYNTAX, at, "more than %d encodings", STEPS_MAX);
	m->steps[m->step_count++] = (enum encoding)row->detail;
	return true;
}

static bool
parse_modifiers(struct slice rest, struct modifiers *m, uint64_t at, struct err *err)
{
	struct slice name;

	while (slice_split(&rest, '|', &name)) {
		const struct modifier_row *row = NULL;

		for (size_t i = 0; i < ARRAY_LEN(modifier_rows) && !row; i++)
			if (slice_eq(name, slice_from_text(modifier_rows[i].name)))
				row = &modifier_rows[i];
		if (!row)
			return unknown_modifier(name, at, err);
		if (!add_modifier(m, row, at, err))
			return false;
	}
	if (m->step_count && m->steps[m->step_count - 1] < ENCODE_BASE64)
		return err_set(err, ERR_UNSUPPORTED, at, "UTF-16 modifier without base64 or base64offset behind it");
	return true;
}

static bool
name_field(struct loader *l, struct slice name, struct field_name *out, struct err *err)
{
	const struct table_entry *entry = table_add(l->fields, name, l->fields->count, NULL);

	if (!entry || !arena_copy(l->keep, name, &out->name))
		return err_nomem(err);
	out->number = (uint32_t)entry->value;
	return true;
}

static bool
text_atom(struct loader *l, const struct modifiers *m, struct tokens *t, struct atom *out, struct err *err)
{
	bool contains = m->set & MOD_CONTAINS;
	/* The text of base64 carries its case. */
	bool cased = m->set & (MOD_CASED | MOD_ENCODE);

	out->kind = ATOM_TEXT;
	if (!tokens_wrap(l->scratch, t, contains || m->set & MOD_ENDSWITH, contains || m->set & MOD_STARTSWITH))
		return err_nomem(err);
	return pattern_compile(l->keep, t, cased, &out->is.pattern) || err_nomem(err);
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

		if (*count > 1)
			return err_set(err, ERR_SYNTAX, at, "no encoding can follow 'base64offset'");
		if (!encode_value(l->scratch, m->steps[i], bytes, out, count))
			return err_nomem(err);
	}
	if (*count == 0)
		return err_set(err, ERR_SYNTAX, at, "nothing to encode: the value is empty or too short");
	return true;
}

static bool
encoded_value(struct loader *l, const struct modifiers *m, const struct tokens *t, struct value *out, uint64_t at,
	struct err *err)
{
	struct slice text, variants[ENCODE_MAX];
	struct atom *atoms = ARENA_ARRAY(l->keep, struct atom, ENCODE_MAX);
	bool plain;

	if (!atoms || !tokens_text(l->scratch, t, &text, &plain))
		return err_nomem(err);
	if (!plain)
		return err_set(err, ERR_SYNTAX, at, "a value with wildcards cannot be encoded");
	if (!encode_steps(l, m, text, variants, &out->count, at, err))
		return false;
	out->atoms = atoms;
	for (size_t i = 0; i < out->count; i++) {
		struct tokens encoded;

		if (!tokens_literal(l->scratch, variants[i], &encoded))
			return err_nomem(err);
		if (!text_atom(l, m, &encoded, &atoms[i], err))
			return false;
	}
	return true;
}

static bool
load_text(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct atom *atom, struct err *err)
{
	struct tokens t;

	if (!tokens_parse(l->scratch, node->text, &t))
		return err_nomem(err);
	if (m->step_count)
		return encoded_value(l, m, &t, out, AT_NODE(node), err);
	if (m->set & MOD_WINDASH)
		tokens_mark_dashes(&t);
	return text_atom(l, m, &t, atom, err);
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

static bool
load_regex(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct atom *atom,
	struct err *err)
{
	if (compile_regex(l, node->text, m->set, atom, err))
		return true;
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
	return load_text(l, m, node, out, atom, err);
}

static bool
load_value(struct loader *l, const struct modifiers *m, const struct yaml_node *node, struct value *out,
	struct err *err)
{
	struct atom *atom;

	if (node->kind != YAML_SCALAR)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "a value must be a word or number, not a list or map");
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
	if (m->set & MOD_COMPARE)
		return load_number(m, node, atom, err);
	if (m->set & MOD_EXISTS)
		return load_exists(node, atom, err);
	if (m->set & MOD_FIELDREF)
		return load_ref(l, m, node, atom, err);
	return load_typed(l, m, node, out, atom, err);
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

	if (m->set & (MOD_EXISTS | MOD_FIELDREF | MOD_COMPARE))
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "this modifier needs a field");
	for (; value; value = node->kind == YAML_LIST ? value->next : NULL)
		if (value->kind == YAML_SCALAR && value->type == YAML_NULL)
			return err_set(err, ERR_SYNTAX, AT_NODE(value), "a keyword cannot be null");
	if (node->kind == YAML_LIST && node->count == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(node), "an empty list of keywords");
	return true;
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
	if (!parse_modifiers(rest, &m, at, err))
		return false;
	if (name.len == 0) {
		if (!check_keywords(&m, member, err))
			return false;
		if (!(m.set & (MOD_RE | MOD_CIDR)))
			m.set |= MOD_CONTAINS;
	}
	*out = item;
	return name_field(l, name, &item->field, err) && load_values(l, &m, member, item, err);
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
item_for_search(struct loader *l, struct slice pattern, bool is_regex, const struct item **out, struct err *err)
{
	const struct modifiers m = { .set = MOD_CONTAINS };
	struct item *item = ARENA_NEW(l->keep, struct item);
	struct value *value = ARENA_NEW(l->keep, struct value);
	struct atom *atom = ARENA_NEW(l->keep, struct atom);
	struct tokens t;

	if (!item || !value || !atom || !tokens_literal(l->scratch, pattern, &t))
		return err_nomem(err);
	*value = (struct value){ .atoms = atom, .count = 1 };
	item->values = value;
	item->count = 1;
	*out = item;
	if (!name_field(l, SLICE_EMPTY, &item->field, err))
		return false;
	return is_regex ? compile_regex(l, pattern, 0, atom, err) : text_atom(l, &m, &t, atom, err);
}
