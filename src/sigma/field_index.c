/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/field_index.h"

#include "base/fold.h"
#include "base/limits.h"

#include <stdlib.h>

enum {
	KEY = 8,  /* bytes of an edge's key */
	PAD = 16, /* around a folded text: words are loaded without asking for its length */
};

/* What a literal reports: the number of its atom times two, plus one when the pattern must be tried in full. */
#define TARGET(atom, verify) ((atom) << 1 | (uint32_t)(verify))

/* While an index is made. */
struct maker {
	struct arena *arena;
	struct plan_atom *atoms;
	struct buf edges[3]; /* whole, front, back */
	struct buf literals, verify, equal, numbers, networks;
	struct buf text;
	bool failed;
};

enum table_kind { TABLE_WHOLE, TABLE_FRONT, TABLE_BACK };

static uint64_t
load_up_to(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n < KEY ? n : KEY);
	return word;
}

static uint64_t
front_key(struct slice text, size_t n)
{
	return n ? load_up_to(text.ptr, n) * 0x9E3779B97F4A7C15u + n : 0;
}

static uint64_t
back_key(struct slice text, size_t n)
{
	return n ? load_up_to(text.ptr + text.len - n, n) * 0x9E3779B97F4A7C15u + n : 0;
}

/* The same of a text with PAD bytes around it. */
static inline uint64_t
padded_front_key(struct slice text, size_t n)
{
	uint64_t word;

	memcpy(&word, text.ptr, sizeof(word));
	return (word & UINT64_MAX >> (64 - 8 * n)) * 0x9E3779B97F4A7C15u + n;
}

static inline uint64_t
padded_back_key(struct slice text, size_t n)
{
	uint64_t word;

	memcpy(&word, text.ptr + text.len - n, sizeof(word));
	return (word & UINT64_MAX >> (64 - 8 * n)) * 0x9E3779B97F4A7C15u + n;
}

static uint64_t
whole_key(struct slice text)
{
	size_t n = text.len < KEY ? text.len : KEY;

	return (front_key(text, n) ^ (back_key(text, n) * 31)) + text.len;
}

static size_t
key_len(size_t len)
{
	return len < KEY ? len : KEY;
}

static uint64_t
edge_key(enum table_kind kind, struct slice text)
{
	if (kind == TABLE_WHOLE)
		return whole_key(text);
	return kind == TABLE_FRONT ? front_key(text, key_len(text.len)) : back_key(text, key_len(text.len));
}

static uint32_t
head_of(const struct edge_table *t, uint64_t key)
{
	return (uint32_t)(((key ^ key >> 29) * 0xBF58476D1CE4E5B9u) >> (64 - t->bits));
}

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
add_edge(struct maker *m, enum table_kind kind, uint32_t atom)
{
	struct slice text = keep_text(m);
	struct edge edge = { .key = m->failed ? 0 : edge_key(kind, text), .text = text.ptr, .len = (uint32_t)text.len,
		.atom = atom };

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
	literal.target = TARGET(atom, verify);
	push(m, &m->literals, &literal, sizeof(literal));
}

static void
add_variants(struct maker *m, const struct pattern *p, size_t variants, uint32_t atom)
{
	for (size_t i = 0; i < variants; i++) {
		buf_reset(&m->text);
		pattern_variant(p, i, &m->text);
		if (p->at_start && p->at_end)
			add_edge(m, TABLE_WHOLE, atom);
		else if (p->at_start || p->at_end)
			add_edge(m, p->at_start ? TABLE_FRONT : TABLE_BACK, atom);
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
			add_edge(m, TABLE_WHOLE, atom);
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

/* Where a table of lengths is asked: by the first byte of a text, or by the last where its end is what counts. */
static inline size_t
edge_byte(enum table_kind kind, struct slice text)
{
	return text.len ? text.ptr[kind == TABLE_FRONT ? 0 : text.len - 1] % EDGE_BYTES : 0;
}

static inline uint8_t
length_bit(enum table_kind kind, size_t len)
{
	return (uint8_t)(1u << (kind == TABLE_WHOLE ? len % 8 : key_len(len) - 1));
}

static bool
make_table(struct edge_table *t, struct arena *arena, const struct buf *edges, enum table_kind kind, size_t *shortest)
{
	t->count = edges->len / sizeof(*t->edges);
	if (t->count == 0)
		return true;
	for (t->bits = 4; (size_t)1 << t->bits < t->count * 2;)
		t->bits++;
	t->heads = ARENA_ARRAY(arena, uint32_t, (size_t)1 << t->bits);
	t->edges = ARENA_ARRAY(arena, struct edge, t->count);
	if (!t->heads || !t->edges)
		return false;
	memcpy(t->edges, edges->ptr, edges->len);
	for (size_t i = t->count; i-- > 0;) {
		struct edge *e = &t->edges[i];
		uint32_t *head = &t->heads[head_of(t, e->key)];

		e->next = *head;
		*head = (uint32_t)i + 1;
		t->lengths[edge_byte(kind, slice_from(e->text, e->len))] |= length_bit(kind, e->len);
		*shortest = e->len < *shortest ? e->len : *shortest;
	}
	return true;
}

static const uint32_t *
keep_list(struct maker *m, const struct buf *list, size_t *count)
{
	struct slice kept = SLICE_EMPTY;

	*count = list->len / sizeof(uint32_t);
	m->failed |= !arena_copy(m->arena, buf_view(list), &kept);
	return (const uint32_t *)(const void *)kept.ptr;
}

static int
compare_whole(const struct number *a, const struct number *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return a->magnitude < b->magnitude ? -1 : a->magnitude > b->magnitude;
}

/* Whole numbers that are asked to be equal stand first, in order of (sign, magnitude): shell sort, they are few. */
static void
sort_equal(const struct plan_atom *atoms, uint32_t *list, size_t count)
{
	for (size_t gap = count / 2; gap; gap /= 2)
		for (size_t i = gap; i < count; i++)
			for (size_t k = i; k >= gap && compare_whole(&atoms[list[k]].atom->is.number,
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
	if (!make_table(&index->whole, m->arena, &m->edges[TABLE_WHOLE], TABLE_WHOLE, &index->shortest) ||
		!make_table(&index->front, m->arena, &m->edges[TABLE_FRONT], TABLE_FRONT, &index->shortest) ||
		!make_table(&index->back, m->arena, &m->edges[TABLE_BACK], TABLE_BACK, &index->shortest) ||
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

bool
probe_init(struct probe *p, size_t literals, size_t items, size_t atoms)
{
	*p = (struct probe){ .stamp_count = atoms + 1 };
	p->stamps = calloc(p->stamp_count, sizeof(*p->stamps));
	p->bits = calloc((2 * items + 63) / 64 + 1, sizeof(*p->bits));
	p->word_count = ((2 * items + 63) / 64 + 63) / 64;
	p->words = calloc(p->word_count + 1, sizeof(*p->words));
	p->entries = calloc(2 * items + 1, sizeof(*p->entries));
	return literal_scratch_init(&p->literals, literals) && p->bits && p->words && p->entries && p->stamps;
}

void
probe_fini(struct probe *p)
{
	literal_scratch_fini(&p->literals);
	free(p->folded);
	free(p->bits);
	free(p->words);
	free(p->entries);
	free(p->stamps);
}

void
probe_begin(struct probe *p)
{
	if (++p->stamp == 0) {
		memset(p->stamps, 0, p->stamp_count * sizeof(*p->stamps));
		p->stamp = 1;
	}
}

static inline void
add_entry(struct probe *p, uint32_t entry)
{
	p->bits[entry / 64] |= (uint64_t)1 << (entry % 64);
	p->words[entry / 4096] |= (uint64_t)1 << (entry / 64 % 64);
}

void
probe_add(struct probe *p, const struct entry_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		add_entry(p, list->entries[i]);
}

void
probe_end(struct probe *p)
{
	p->count = 0;
	for (size_t i = 0; i < p->word_count; i++) {
		for (uint64_t words = p->words[i]; words; words &= words - 1) {
			size_t word = 64 * i + (size_t)__builtin_ctzll(words);

			for (uint64_t bits = p->bits[word]; bits; bits &= bits - 1)
				p->entries[p->count++] = (uint32_t)(64 * word + (size_t)__builtin_ctzll(bits));
			p->bits[word] = 0;
		}
		p->words[i] = 0;
	}
}

/* One text on its way through an index. */
struct visit {
	const struct field_index *index;
	const struct plan_atom *atoms;
	const uint32_t *items;
	struct probe *p;
	const struct segment *segment;
	struct slice folded;
};

static void
hit(const struct visit *v, const struct plan_atom *atom, bool maybe)
{
	for (uint32_t i = 0; i < atom->count; i++)
		add_entry(v->p, v->items[atom->first + i] << 1 | (uint32_t)maybe);
}

/* A pattern in full, or an expression, which only may hold. */
static void
verify(const struct visit *v, const struct plan_atom *plan_atom)
{
	const struct atom *atom = plan_atom->atom;
	const struct pattern *p = &atom->is.pattern;
	struct gapped text = { .gaps = NULL };
	struct text_range range;

	if (atom->kind == ATOM_REGEX) {
		if (v->segment->text.len >= regex_least(atom->is.regex) &&
			required_is_met(&plan_atom->required, v->folded))
			hit(v, plan_atom, true);
		return;
	}
	if ((p->at_start && v->segment->open_start) || (p->at_end && v->segment->open_end))
		return;
	text.text = p->cased ? v->segment->text : v->folded;
	if (pattern_match(p, &text, &range) == TRUTH_TRUE)
		hit(v, plan_atom, false);
}

static void
try_front(const struct visit *v, const struct edge_table *t, uint64_t key)
{
	for (uint32_t i = t->heads[head_of(t, key)]; i; i = t->edges[i - 1].next) {
		const struct edge *e = &t->edges[i - 1];

		if (e->key == key && slice_starts_with(v->folded, slice_from(e->text, e->len)))
			hit(v, &v->atoms[e->atom], false);
	}
}

static void
visit_whole(const struct visit *v)
{
	const struct edge_table *t = &v->index->whole;
	uint64_t key;

	if (!(t->lengths[edge_byte(TABLE_WHOLE, v->folded)] & length_bit(TABLE_WHOLE, v->folded.len)))
		return;
	key = whole_key(v->folded);
	for (uint32_t i = t->heads[head_of(t, key)]; i; i = t->edges[i - 1].next) {
		const struct edge *e = &t->edges[i - 1];

		if (e->key == key && slice_eq(v->folded, slice_from(e->text, e->len)))
			hit(v, &v->atoms[e->atom], false);
	}
}

/* The lengths of keys that may stand at that edge of the text, as bits. */
static inline unsigned
lengths_of(const struct edge_table *t, enum table_kind kind, struct slice text)
{
	return t->lengths[edge_byte(kind, text)] & ((1u << key_len(text.len)) - 1);
}

static void
visit_front(const struct visit *v)
{
	const struct edge_table *t = &v->index->front;

	for (unsigned lengths = lengths_of(t, TABLE_FRONT, v->folded); lengths; lengths &= lengths - 1)
		try_front(v, t, padded_front_key(v->folded, 1 + (size_t)__builtin_ctz(lengths)));
}

static void
visit_back(const struct visit *v)
{
	const struct edge_table *t = &v->index->back;

	for (unsigned lengths = lengths_of(t, TABLE_BACK, v->folded); lengths; lengths &= lengths - 1) {
		uint64_t key = padded_back_key(v->folded, 1 + (size_t)__builtin_ctz(lengths));

		for (uint32_t i = t->heads[head_of(t, key)]; i; i = t->edges[i - 1].next) {
			const struct edge *e = &t->edges[i - 1];

			if (e->key == key && slice_ends_with(v->folded, slice_from(e->text, e->len)))
				hit(v, &v->atoms[e->atom], false);
		}
	}
}

static void
visit_literals(const struct visit *v, bool plain)
{
	const struct literal_scratch *s = &v->p->literals;

	literal_set_search(&v->index->literals, &v->p->literals, v->folded, plain);
	for (size_t i = 0; i < s->found_count; i++) {
		const struct plan_atom *atom = &v->atoms[s->found[i] >> 1];

		v->p->stamps[s->found[i] >> 1] = v->p->stamp;
		if (s->found[i] & 1)
			verify(v, atom);
		else
			hit(v, atom, false);
	}
}

static bool
compares(const struct atom *atom, const struct number *number)
{
	int order = number_cmp(number, &atom->is.number);

	switch (atom->comparison) {
	case COMPARE_EQUAL:
		return order == 0;
	case COMPARE_LESS:
		return order < 0;
	case COMPARE_LESS_EQUAL:
		return order <= 0;
	case COMPARE_GREATER:
		return order > 0;
	case COMPARE_GREATER_EQUAL:
		return order >= 0;
	}
	return false;
}

/* The first of the sorted numbers that is not below. */
static size_t
lower_bound(const struct visit *v, const struct number *number)
{
	size_t low = 0, high = v->index->equal_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_whole(&v->atoms[v->index->numbers[middle]].atom->is.number, number) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
visit_numbers(const struct visit *v)
{
	const struct field_index *index = v->index;
	struct slice text = v->segment->text;
	struct number number;
	size_t i = 0, end = index->equal_count;

	if (text.len == 0 || !(memchr("+-.", text.ptr[0], 3) || (text.ptr[0] >= '0' && text.ptr[0] <= '9')) ||
		!number_parse(text, &number))
		return;
	if (!number.is_real) {
		for (i = lower_bound(v, &number); i < end; i++) {
			const struct plan_atom *atom = &v->atoms[index->numbers[i]];

			if (compare_whole(&atom->atom->is.number, &number) != 0)
				break;
			hit(v, atom, false);
		}
		i = end;
	}
	for (; i < index->number_count; i++)
		if (compares(v->atoms[index->numbers[i]].atom, &number))
			hit(v, &v->atoms[index->numbers[i]], false);
}

static void
visit_networks(const struct visit *v)
{
	struct address address;

	if (!address_parse(v->segment->text, &address))
		return;
	for (size_t i = 0; i < v->index->network_count; i++) {
		const struct plan_atom *atom = &v->atoms[v->index->networks[i]];

		if (cidr_holds(&atom->atom->is.cidr, &address))
			hit(v, atom, false);
	}
}

/* Sets v->folded; *plain: it is ASCII. */
static bool
fold_segment(struct visit *v, bool *plain)
{
	struct slice text = v->segment->text;
	size_t need = FOLD_ROOM(text.len) + 2 * PAD;
	bool moved = false;
	uint8_t *out;

	if (need > v->p->folded_room) {
		uint8_t *grown = realloc(v->p->folded, need * 2);

		if (!grown)
			return false;
		memset(grown, 0, need * 2);
		v->p->folded = grown;
		v->p->folded_room = need * 2;
	}
	out = v->p->folded + PAD;
	*plain = fold_ascii(text, out);
	v->folded = slice_from(out, *plain ? text.len : fold_write(text, out, &moved));
	return true;
}

void
field_index_probe(const struct field_index *index, const struct plan_atom *atoms, const uint32_t *items,
	struct probe *p, const struct segment *segment)
{
	struct visit v = { index, atoms, items, p, segment, SLICE_EMPTY };
	bool whole = !segment->open_start && !segment->open_end, plain;

	probe_add(p, &index->any);
	if (whole && index->number_count)
		visit_numbers(&v);
	if (whole && index->network_count)
		visit_networks(&v);
	/* A folding can be longer than the text by half. */
	if (FOLD_ROOM(segment->text.len) < index->shortest && index->verify_count == 0)
		return;
	if (!fold_segment(&v, &plain)) {
		p->failed = true;
		return;
	}
	if (whole && index->whole.count)
		visit_whole(&v);
	if (!segment->open_start && index->front.count)
		visit_front(&v);
	if (!segment->open_end && index->back.count)
		visit_back(&v);
	if (index->literals.count)
		visit_literals(&v, plain);
	for (size_t i = 0; i < index->verify_count; i++)
		verify(&v, &atoms[index->verify[i]]);
}

bool
field_index_sift(const struct field_index *index, struct probe *p, struct slice text)
{
	const struct segment segment = { .text = text };
	struct visit v = { .index = index, .p = p, .segment = &segment };
	bool plain;

	if (index->literals.count == 0)
		return true;
	if (!fold_segment(&v, &plain))
		return false;
	literal_set_search(&index->literals, &p->literals, v.folded, plain);
	for (size_t i = 0; i < p->literals.found_count; i++)
		p->stamps[p->literals.found[i] >> 1] = p->stamp;
	return true;
}
