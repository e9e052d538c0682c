/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/field_index.h"

#include "base/ascii.h"
#include "base/fold.h"

#include <stdlib.h>

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
visit_whole(const struct visit *v)
{
	const struct edge_table *t = &v->index->whole;
	uint64_t key;

	if (!edge_whole_may(t, v->folded))
		return;
	key = edge_whole_key(v->folded);
	for (const struct edge *e = edge_first(t, key); e; e = edge_next(t, e))
		if (e->key == key && slice_eq(v->folded, edge_text(e)))
			hit(v, &v->atoms[e->atom], false);
}

static void
visit_front(const struct visit *v)
{
	const struct edge_table *t = &v->index->front;

	for (unsigned lengths = edge_lengths(t, EDGE_FRONT, v->folded); lengths; lengths &= lengths - 1) {
		uint64_t key = edge_padded_front_key(v->folded, 1 + (size_t)__builtin_ctz(lengths));

		for (const struct edge *e = edge_first(t, key); e; e = edge_next(t, e))
			if (e->key == key && slice_starts_with(v->folded, edge_text(e)))
				hit(v, &v->atoms[e->atom], false);
	}
}

static void
visit_back(const struct visit *v)
{
	const struct edge_table *t = &v->index->back;

	for (unsigned lengths = edge_lengths(t, EDGE_BACK, v->folded); lengths; lengths &= lengths - 1) {
		uint64_t key = edge_padded_back_key(v->folded, 1 + (size_t)__builtin_ctz(lengths));

		for (const struct edge *e = edge_first(t, key); e; e = edge_next(t, e))
			if (e->key == key && slice_ends_with(v->folded, edge_text(e)))
				hit(v, &v->atoms[e->atom], false);
	}
}

static void
visit_literals(const struct visit *v, bool plain)
{
	const struct literal_scratch *s = &v->p->literals;

	literal_set_search(&v->index->literals, &v->p->literals, v->folded, plain);
	for (size_t i = 0; i < s->found_count; i++) {
		uint32_t number = TARGET_ATOM(s->found[i]);
		const struct plan_atom *atom = &v->atoms[number];

		v->p->stamps[number] = v->p->stamp;
		if (TARGET_VERIFY(s->found[i]))
			verify(v, atom);
		else
			hit(v, atom, false);
	}
}

/* The first of the sorted numbers that is not below. */
static size_t
lower_bound(const struct visit *v, const struct number *number)
{
	size_t low = 0, high = v->index->equal_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number_cmp_whole(&v->atoms[v->index->numbers[middle]].atom->is.number, number) < 0)
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

	if (text.len == 0 || !(memchr("+-.", text.ptr[0], 3) || ascii_is_digit(text.ptr[0])) ||
		!number_parse(text, &number))
		return;
	if (!number.is_real) {
		for (i = lower_bound(v, &number); i < end; i++) {
			const struct plan_atom *atom = &v->atoms[index->numbers[i]];

			if (number_cmp_whole(&atom->atom->is.number, &number) != 0)
				break;
			hit(v, atom, false);
		}
		i = end;
	}
	for (; i < index->number_count; i++) {
		const struct plan_atom *atom = &v->atoms[index->numbers[i]];

		if (number_compares(&number, atom->atom->comparison, &atom->atom->is.number))
			hit(v, atom, false);
	}
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
	size_t need = FOLD_ROOM(text.len) + 2 * EDGE_PAD;
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
	out = v->p->folded + EDGE_PAD;
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
		p->stamps[TARGET_ATOM(p->literals.found[i])] = p->stamp;
	return true;
}
