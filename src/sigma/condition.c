/* SPDX-License-Identifier: Apache-2.0 */
/* The condition's grammar (sigma.md 7.1), by recursive descent with a counted depth:
 *
 *   or   = and { "or" and }
 *   and  = not { "and" not }
 *   not  = "not" not | "(" or ")" | selector | identifier
 *   selector = ( "1" | "any" | "all" ) "of" ( "them" | pattern )
 */
#include "src/sigma/load.h"

#include "base/limits.h"

struct parser {
	struct loader *l;
	const struct identifier *identifiers;
	struct slice text;
	size_t at;         /* behind the word at hand */
	struct slice word; /* empty at the end */
	uint64_t place;    /* of the condition, for errors */
	size_t depth;
};

static bool
is_word_byte(uint8_t c)
{
	return c == '_' || c == '-' || c == '.' || c == '*' || (c >= '0' && c <= '9') ||
		((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Moves to the next word: a name, a parenthesis, or whatever single byte stands there. */
static void
advance(struct parser *p)
{
	size_t start;

	while (p->at < p->text.len && is_blank(p->text.ptr[p->at]))
		p->at++;
	start = p->at;
	while (p->at < p->text.len && is_word_byte(p->text.ptr[p->at]))
		p->at++;
	if (p->at == start && p->at < p->text.len)
		p->at++;
	p->word = slice_sub(p->text, start, p->at - start);
}

/* Old rules write AND and OR. */
static bool
is_keyword(const struct parser *p, const char *keyword)
{
	return slice_eq_nocase(p->word, slice_from_text(keyword));
}

static bool
bad_word(const struct parser *p, struct err *err)
{
	if (p->word.len == 0)
		return err_set(err, ERR_SYNTAX, p->place, "condition ends too early");
	if (p->word.ptr[0] == '|')
		return err_set(err, ERR_UNSUPPORTED, p->place,
			"aggregation behind '|' in the condition: this is what correlation rules are for now");
	return err_set(err, ERR_SYNTAX, p->place, "condition: unexpected '%.*s'", SHOWN(p->word));
}

struct node *
node_new(struct loader *l, enum node_kind kind, size_t count)
{
	struct node *node = ARENA_NEW(l->keep, struct node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->count = count;
	node->children = ARENA_ARRAY(l->keep, const struct node *, count ? count : 1);
	return node->children ? node : NULL;
}

/* pattern with * for any run, against the whole name.  The usual walk with one point of return. */
static bool
name_fits(struct slice pattern, struct slice name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, from = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.len && pattern.ptr[p] == name.ptr[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

static bool
is_selected(const struct identifier *id, struct slice pattern, bool them)
{
	bool hidden = id->name.len && id->name.ptr[0] == '_';

	if (them)
		return !hidden;
	return name_fits(pattern, id->name) && (!hidden || pattern.ptr[0] == '_');
}

/* Behind "1", "any" or "all" and "of": an OR or AND over the identifiers that fit. */
static bool
select_nodes(struct parser *p, enum node_kind kind, const struct node **out, struct err *err)
{
	struct slice pattern = p->word;
	bool them = is_keyword(p, "them");
	struct node *node;
	size_t count = 0;

	if (pattern.len == 0 || !is_word_byte(pattern.ptr[0]))
		return bad_word(p, err);
	for (const struct identifier *id = p->identifiers; id; id = id->next)
		count += is_selected(id, pattern, them);
	if (count == 0)
		return err_set(err, ERR_SYNTAX, p->place, "condition: no identifier fits '%.*s'", SHOWN(pattern));
	node = node_new(p->l, kind, count);
	if (!node)
		return err_nomem(err);
	count = 0;
	for (const struct identifier *id = p->identifiers; id; id = id->next)
		if (is_selected(id, pattern, them))
			node->children[count++] = id->node;
	*out = node;
	advance(p);
	return true;
}

static bool
parse_name(struct parser *p, const struct node **out, struct err *err)
{
	static const char *const reserved[] = { "and", "or", "of", "them", "near" };

	for (const struct identifier *id = p->identifiers; id; id = id->next) {
		if (slice_eq(id->name, p->word)) {
			*out = id->node;
			advance(p);
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (is_keyword(p, reserved[i]))
			return bad_word(p, err);
	return err_set(err, ERR_SYNTAX, p->place, "condition: no identifier '%.*s' in the detection", SHOWN(p->word));
}

/* A quantifier is one only if "of" follows: "1" could be the name of an identifier. */
static bool
parse_primary(struct parser *p, const struct node **out, struct err *err)
{
	struct parser ahead = *p;
	uint64_t number;

	if (p->word.len == 0 || !is_word_byte(p->word.ptr[0]))
		return bad_word(p, err);
	advance(&ahead);
	if (!is_keyword(&ahead, "of"))
		return parse_name(p, out, err);
	if (is_keyword(p, "1") || is_keyword(p, "any") || is_keyword(p, "all")) {
		enum node_kind kind = is_keyword(p, "all") ? NODE_AND : NODE_OR;

		advance(p);
		advance(p);
		return select_nodes(p, kind, out, err);
	}
	if (slice_to_u64(p->word, &number))
		return err_set(err, ERR_UNSUPPORTED, p->place, "condition: '%.*s of': only 1, any and all are Sigma",
			SHOWN(p->word));
	return err_set(err, ERR_SYNTAX, p->place, "condition: '%.*s of' must be 1, any or all", SHOWN(p->word));
}

static bool parse_or(struct parser *p, const struct node **out, struct err *err);

static bool
parse_group(struct parser *p, const struct node **out, struct err *err)
{
	advance(p);
	if (!parse_or(p, out, err))
		return false;
	if (!slice_eq(p->word, SLICE(")")))
		return p->word.len ? bad_word(p, err)
			: err_set(err, ERR_SYNTAX, p->place, "condition: a parenthesis is not closed");
	advance(p);
	return true;
}

static bool
parse_not(struct parser *p, const struct node **out, struct err *err)
{
	struct node *node;
	bool good;

	if (++p->depth > LIMIT_CONDITION_DEPTH)
		return err_set(err, ERR_LIMIT, p->place, "condition nested deeper than %d", LIMIT_CONDITION_DEPTH);
	if (slice_eq(p->word, SLICE("("))) {
		good = parse_group(p, out, err);
	} else if (is_keyword(p, "not")) {
		advance(p);
		node = node_new(p->l, NODE_NOT, 1);
		if (!node)
			return err_nomem(err);
		good = parse_not(p, &node->children[0], err);
		*out = node;
	} else {
		good = parse_primary(p, out, err);
	}
	p->depth--;
	return good;
}

/* What was parsed so far, linked on the stack of nobody: the number is not known beforehand. */
struct operand {
	const struct node *node;
	struct operand *next;
};

static bool
parse_chain(struct parser *p, enum node_kind kind, const struct node **out, struct err *err)
{
	struct operand *first = NULL, **end = &first;
	struct node *node;
	size_t count = 0;

	for (;;) {
		struct operand *operand = ARENA_NEW(p->l->scratch, struct operand);

		if (!operand)
			return err_nomem(err);
		if (!(kind == NODE_OR ? parse_chain(p, NODE_AND, &operand->node, err)
				: parse_not(p, &operand->node, err)))
			return false;
		*end = operand;
		end = &operand->next;
		count++;
		if (!is_keyword(p, kind == NODE_OR ? "or" : "and"))
			break;
		advance(p);
	}
	*out = first->node;
	if (count == 1)
		return true;
	node = node_new(p->l, kind, count);
	if (!node)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++, first = first->next)
		node->children[i] = first->node;
	*out = node;
	return true;
}

static bool
parse_or(struct parser *p, const struct node **out, struct err *err)
{
	return parse_chain(p, NODE_OR, out, err);
}

static bool
load_one(struct loader *l, const struct yaml_node *condition, const struct identifier *identifiers,
	const struct node **root, struct err *err)
{
	struct parser p = { .l = l, .identifiers = identifiers, .text = condition->text, .place = AT_NODE(condition) };

	if (condition->kind != YAML_SCALAR)
		return err_set(err, ERR_SYNTAX, AT_NODE(condition), "a condition must be a text");
	l->condition_len += condition->text.len;
	if (l->condition_len > LIMIT_CONDITION_LENGTH)
		return err_set(err, ERR_LIMIT, AT_NODE(condition), "condition longer than %d bytes",
			LIMIT_CONDITION_LENGTH);
	advance(&p);
	if (p.word.len == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(condition), "the condition is empty");
	if (!parse_or(&p, root, err))
		return false;
	return p.word.len == 0 || bad_word(&p, err);
}

bool
condition_load(struct loader *l, const struct yaml_node *condition, const struct identifier *identifiers,
	const struct node **root, struct err *err)
{
	struct node *node;
	size_t n = 0;

	if (condition->kind != YAML_LIST)
		return load_one(l, condition, identifiers, root, err);
	if (condition->count == 0)
		return err_set(err, ERR_SYNTAX, AT_NODE(condition), "the list of conditions is empty");
	node = node_new(l, NODE_OR, condition->count);
	if (!node)
		return err_nomem(err);
	for (const struct yaml_node *one = condition->first; one; one = one->next)
		if (!load_one(l, one, identifiers, &node->children[n++], err))
			return false;
	*root = node;
	return true;
}
