/* SPDX-License-Identifier: Apache-2.0 */
/* The condition's grammar (sigma.md 7.1), by recursive descent with a counted depth:
 *
 *   or   = and { "or" and }
 *   and  = not { "and" not }
 *   not  = "not" not | "(" or ")" | selector | identifier
 *   selector = ( "1" | "any" | "all" | N ) "of" ( "them" | pattern )
 *
 * N > 1 is no Sigma but an extension, which `rules check` points out. */
#include "src/sigma/load.h"

#include "base/ascii.h"
#include "base/limits.h"

struct parser {
	struct loader *l;
	const struct identifier *identifiers;
	struct slice text;
	size_t at;         /* behind the word at hand */
	struct slice word; /* empty at the end */
	uint64_t place;    /* of the condition, for errors */
	size_t depth;
	bool capitals;     /* a keyword was not in lower case */
};

static bool
is_word_byte(uint8_t c)
{
	return c == '_' || c == '-' || c == '.' || c == '*' || ascii_is_letter_or_digit(c);
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
is_keyword(struct parser *p, const char *keyword)
{
	struct slice wanted = slice_from_text(keyword);

	if (!slice_eq_nocase(p->word, wanted))
		return false;
	p->capitals = p->capitals || !slice_eq(p->word, wanted);
	return true;
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

/* "At least `least` of these": the first one and least - 1 of the rest, or least of the rest.  Rows of the triangle are
 * shared, so it has count * least nodes, but as many ways through it as there are choices. */
static bool
choose(struct parser *p, const struct node *all, size_t least, const struct node **out, struct err *err)
{
	size_t room = all->count - least + 1;
	const struct node **row = ARENA_ARRAY(p->l->scratch, const struct node *, room);

	if (!row)
		return err_nomem(err);
	/* row[i]: k of the children from i + least - k on; the next round makes it k + 1. */
	for (size_t k = 1; k <= least; k++) {
		for (size_t i = room; i-- > 0;) {
			const struct node *child = all->children[i + least - k];
			struct node *both = k > 1 ? node_new(p->l, NODE_AND, 2) : NULL, *either;

			if (k > 1 && !both)
				return err_nomem(err);
			if (both) {
				both->children[0] = child;
				both->children[1] = row[i];
				child = both;
			}
			if (i + 1 < room) {
				either = node_new(p->l, NODE_OR, 2);
				if (!either)
					return err_nomem(err);
				either->children[0] = child;
				either->children[1] = row[i + 1];
				child = either;
			}
			row[i] = child;
		}
	}
	*out = row[0];
	return true;
}

/* How many ways there are to choose `least` of `count`, or a number beyond the limit. */
static size_t
count_choices(size_t count, size_t least)
{
	size_t choices = 1;

	for (size_t i = 1; i <= least && choices <= LIMIT_CONDITION_CHOICES; i++)
		choices = choices * (count - least + i) / i;
	return choices;
}

static bool
select_some(struct parser *p, const struct node *all, uint64_t least, const struct node **out, struct err *err)
{
	if (least == 0 || least > all->count)
		return err_set(err, ERR_SYNTAX, p->place, "condition: %llu of %zu identifiers is never a choice",
			(unsigned long long)least, all->count);
	if (count_choices(all->count, (size_t)least) > LIMIT_CONDITION_CHOICES)
		return err_set(err, ERR_LIMIT, p->place, "condition: there are more than %d ways to choose %llu of %zu",
			LIMIT_CONDITION_CHOICES, (unsigned long long)least, all->count);
	if (!rule_notice(p->l, (uint32_t)(p->place >> 32), err,
			"'%llu of' is an extension of evtriage: other tools refuse the rule", (unsigned long long)least))
		return false;
	return choose(p, all, (size_t)least, out, err);
}

/* Behind a quantifier and "of": an OR or AND over the identifiers that fit; least is 0 unless a number was given. */
static bool
select_nodes(struct parser *p, enum node_kind kind, uint64_t least, const struct node **out, struct err *err)
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
	return least < 2 || select_some(p, node, least, out, err);
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
	bool is_number;

	if (p->word.len == 0 || !is_word_byte(p->word.ptr[0]))
		return bad_word(p, err);
	advance(&ahead);
	if (!is_keyword(&ahead, "of"))
		return parse_name(p, out, err);
	is_number = slice_to_u64(p->word, &number) && p->word.ptr[0] != '0';
	if (is_number || is_keyword(p, "any") || is_keyword(p, "all")) {
		enum node_kind kind = is_keyword(p, "all") ? NODE_AND : NODE_OR;

		advance(p);
		advance(p);
		return select_nodes(p, kind, is_number ? number : 0, out, err);
	}
	return err_set(err, ERR_SYNTAX, p->place, "condition: '%.*s of' must be 1, any, all or a number", SHOWN(p->word));
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
	if (p.word.len)
		return bad_word(&p, err);
	return !p.capitals ||
		rule_notice(l, condition->line, err, "the words of a condition are lower case: other tools refuse the rule");
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
