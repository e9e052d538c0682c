/* SPDX-License-Identifier: Apache-2.0 */
/* How an index comes to be: each atom is filed where a text that may match it will be looked up, by the cheapest way that
 * finds all of them.  A pattern that is the whole, the beginning or the end of a text goes to a table of edges, one inside by
 * its literals, an expression by a literal that it requires; what has none of these is tried on every text. */
#include "src/sigma/field_index.h"

#include "base/fold.h"
#include "base/limits.h"

/* While an index is made. */
struct maker {
	struct arena *arena;
	struct plan_atom *atoms;
	struct buf edges[EDGE_KINDS];
	struct buf literals, verify, equal, numbers, networks;
	struct buf text;
	bool failed;
};

static void
push(struct maker *m, struct buf *list, const void *what, size_t size)
{
	buf_append(list, slice_from(what, size));
	m->failed |= list->failed;
}

static struct slice
keep_text(struct maker *m)
{
	struct slice kept = SLICE_EMPTY;

	m->failed |= m->text.failed || !arena_copy(m->arena, buf_view(&m->text), &kept);
	return kept;
}

static void
add_edge(struct maker *m, enum edge_kind kind, uint32_t atom)
{
	struct slice text = keep_text(m);
	struct edge edge = edge_of(kind, m->failed ? SLICE_EMPTY : text, atom);

	push(m, &m->edges[kind], &edge, sizeof(edge));
}

/* A very long literal is filed by its beginning, and the pattern tried in full: searching for it is linear then. */
static void
add_literal(struct maker *m, uint32_t atom, bool verify)
{
	struct literal literal = { 0 };

	if (m->text.len > LIMIT_LITERAL_WINDOWS) {
		m->text.len = LIMIT_LITERAL_WINDOWS;
		verify = true;
	}
	literal.text = keep_text(m);
	literal.target = LITERAL_TARGET(atom, verify);
	push(m, &m->literals, &literal, sizeof(literal));
}

static void
add_variants(struct maker *m, const struct pattern *p, size_t variants, uint32_t atom)
{
	for (size_t i = 0; i < variants; i++) {
		buf_reset(&m->text);
		pattern_variant(p, i, &m->text);
		if (p->at_start && p->at_end)
			add_edge(m, EDGE_WHOLE, atom);
		else if (p->at_start || p->at_end)
			add_edge(m, p->at_start ? EDGE_FRONT : EDGE_BACK, atom);
		else
			add_literal(m, atom, false);
	}
}

/* How a pattern is found in a text. */
enum filing {
	FILED_NOT,     /* in the list of what every text yields */
	FILED_EDGES,   /* as a whole, a beginning or an end */
	FILED_INSIDE,  /* by a literal that is all of it */
	FILED_LONGEST, /* by its longest literal, then tried in full */
	FILED_VERIFY,  /* tried on every text */
};

static enum filing
filing_of(const struct pattern *p)
{
	if (pattern_is_all(p))
		return FILED_NOT;
	if (p->count == 0)
		return FILED_EDGES;
	if (!p->cased && pattern_variants(p))
		return p->at_start || p->at_end ? FILED_EDGES : FILED_INSIDE;
	return pattern_longest(p).len ? FILED_LONGEST : FILED_VERIFY;
}

bool
field_index_sifts(const struct atom *atom)
{
	enum filing filing = atom->kind == ATOM_TEXT ? filing_of(&atom->is.pattern) : FILED_NOT;

	return filing == FILED_INSIDE || filing == FILED_LONGEST;
}

static void
add_text(struct maker *m, const struct pattern *p, uint32_t atom)
{
	buf_reset(&m->text);
	switch (filing_of(p)) {
	case FILED_NOT:
		break;
	case FILED_EDGES:
		if (p->count == 0)
			add_edge(m, EDGE_WHOLE, atom);
		else
			add_variants(m, p, pattern_variants(p), atom);
		break;
	case FILED_INSIDE:
		add_variants(m, p, pattern_variants(p), atom);
		break;
	case FILED_LONGEST:
		fold_append(&m->text, pattern_longest(p));
		add_literal(m, atom, true);
		break;
	case FILED_VERIFY:
		push(m, &m->verify, &atom, sizeof(atom));
		break;
	}
}

static void
add_regex(struct maker *m, const struct regex *regex, uint32_t atom)
{
	buf_reset(&m->text);
	m->atoms[atom].required = required_of(regex_expression(regex), &m->text);
	if (m->text.len)
		add_literal(m, atom, true);
	else
		push(m, &m->verify, &atom, sizeof(atom));
}

static void
add_atom(struct maker *m, uint32_t number)
{
	const struct atom *atom = m->atoms[number].atom;

	if (atom->kind == ATOM_TEXT)
		add_text(m, &atom->is.pattern, number);
	else if (atom->kind == ATOM_REGEX)
		add_regex(m, atom->is.regex, number);
	else if (atom->kind == ATOM_NUMBER && atom->comparison == COMPARE_EQUAL && !atom->is.number.is_real)
		push(m, &m->equal, &number, sizeof(number));
	else if (atom->kind == ATOM_NUMBER)
		push(m, &m->numbers, &number, sizeof(number));
	else if (atom->kind == ATOM_CIDR)
		push(m, &m->networks, &number, sizeof(number));
}

static const uint32_t *
keep_list(struct maker *m, const struct buf *list, size_t *count)
{
	struct slice kept = SLICE_EMPTY;

	*count = list->len / sizeof(uint32_t);
	m->failed |= !arena_copy(m->arena, buf_view(list), &kept);
	return (const uint32_t *)(const void *)kept.ptr;
}

/* Whole numbers that are asked to be equal stand first, in order: shell sort, they are few. */
static void
sort_equal(const struct plan_atom *atoms, uint32_t *list, size_t count)
{
	for (size_t gap = count / 2; gap; gap /= 2)
		for (size_t i = gap; i < count; i++)
			for (size_t k = i; k >= gap && number_cmp_whole(&atoms[list[k]].atom->is.number,
						       &atoms[list[k - gap]].atom->is.number) < 0; k -= gap) {
				uint32_t swap = list[k];

				list[k] = list[k - gap];
				list[k - gap] = swap;
			}
}

static bool
finish(struct maker *m, struct field_index *index, bool keywords, const struct rarity *rarity)
{
	const struct literal *literals = (const struct literal *)(const void *)m->literals.ptr;
	size_t literal_count = m->literals.len / sizeof(*literals);

	index->shortest = SIZE_MAX;
	for (size_t i = 0; i < literal_count; i++)
		if (literals[i].text.len < index->shortest)
			index->shortest = literals[i].text.len;
	if (!edge_table_make(&index->whole, m->arena, &m->edges[EDGE_WHOLE], EDGE_WHOLE, &index->shortest) ||
		!edge_table_make(&index->front, m->arena, &m->edges[EDGE_FRONT], EDGE_FRONT, &index->shortest) ||
		!edge_table_make(&index->back, m->arena, &m->edges[EDGE_BACK], EDGE_BACK, &index->shortest) ||
		!literal_set_make(&index->literals, m->arena, literals, literal_count, rarity))
		return false;
	index->verify = keep_list(m, &m->verify, &index->verify_count);
	index->networks = keep_list(m, &m->networks, &index->network_count);
	index->equal_count = m->equal.len / sizeof(uint32_t);
	sort_equal(m->atoms, (uint32_t *)(void *)m->equal.ptr, index->equal_count);
	push(m, &m->equal, m->numbers.ptr, m->numbers.len);
	index->numbers = keep_list(m, &m->equal, &index->number_count);
	if (keywords && index->whole.count + index->front.count + index->back.count + index->verify_count +
			index->number_count + index->network_count == 0)
		return literal_hop_make(&index->hop, m->arena, literals, literal_count);
	return true;
}

bool
field_index_make(struct field_index *index, struct arena *arena, struct plan_atom *atoms,
	const uint32_t *numbers, size_t count, bool keywords, const struct rarity *rarity)
{
	struct maker m = { .arena = arena, .atoms = atoms };
	struct buf *lists[] = { &m.edges[0], &m.edges[1], &m.edges[2], &m.literals, &m.verify, &m.equal, &m.numbers,
		&m.networks, &m.text };
	bool made;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		buf_init(lists[i], LIMIT_RULE_MEMORY);
	for (size_t i = 0; i < count; i++)
		add_atom(&m, numbers[i]);
	made = !m.failed && finish(&m, index, keywords, rarity) && !m.failed;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		buf_fini(lists[i]);
	return made;
}
