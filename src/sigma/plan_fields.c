/* SPDX-License-Identifier: Apache-2.0 */
/* The index of each field, and what follows from a field's being there or not. */
#include "src/sigma/plan_make.h"

#include "base/limits.h"
#include "base/thread.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { HOP_SHARED_STEP = 6, WORTH_A_THREAD = 2000 /* atoms: some milliseconds */ };

/* What an atom says of every text, of a field that is absent, of one without value: 0 nothing, 1 true, 2 may be. */
struct presence {
	unsigned any, absent, null;
};

static struct presence
presence_of(const struct atom *atom)
{
	if (atom->kind == ATOM_TEXT)
		return (struct presence){ .any = pattern_is_all(&atom->is.pattern) };
	if (atom->kind == ATOM_REGEX || atom->kind == ATOM_NUMBER || atom->kind == ATOM_CIDR)
		return (struct presence){ 0 };
	if (atom->kind == ATOM_NULL)
		return (struct presence){ .absent = 1, .null = 1 };
	if (atom->kind == ATOM_EXISTS)
		return atom->is.exists ? (struct presence){ .any = 1, .null = 1 } : (struct presence){ .absent = 1 };
	return (struct presence){ 2, 2, 2 }; /* no table holds it */
}

struct lists {
	struct buf any, absent, null;
};

/* What one of two threads makes indexes with: no field's index hangs on another's. */
struct index_maker {
	struct plan *plan;
	const struct rarity *rarity;
	struct arena *arena;
	const uint32_t *atoms, *starts; /* by field */
	const uint64_t *order;          /* fields as they are made, in the lower half */
	atomic_size_t *next;            /* of them, which is nobody's yet */
	size_t literals_most;
	bool failed;
};

static void
list_items(struct index_maker *m, struct buf *list, const struct plan_atom *atom, unsigned how)
{
	for (uint32_t i = 0; i < atom->count && how; i++) {
		uint32_t item = m->plan->atom_items[atom->first + i];
		uint32_t entry = how == 1 ? ENTRY_SURE(item) : ENTRY_MAYBE(item);

		buf_append(list, slice_from(&entry, sizeof(entry)));
	}
}

static void
keep_entries(struct index_maker *m, struct buf *list, struct entry_list *out)
{
	struct slice kept = SLICE_EMPTY;

	m->failed |= list->failed || !arena_copy(m->arena, buf_view(list), &kept);
	out->entries = (const uint32_t *)(const void *)kept.ptr;
	out->count = list->len / sizeof(uint32_t);
	buf_fini(list);
}

static void
make_index(struct index_maker *m, struct plan_field *field, const uint32_t *atoms, size_t count)
{
	struct plan *p = m->plan;
	struct lists lists;

	buf_init(&lists.any, SIZE_MAX / 2);
	buf_init(&lists.absent, SIZE_MAX / 2);
	buf_init(&lists.null, SIZE_MAX / 2);
	for (size_t i = 0; i < count; i++) {
		const struct plan_atom *atom = &p->atoms[atoms[i]];
		struct presence presence = presence_of(atom->atom);

		list_items(m, &lists.any, atom, presence.any);
		list_items(m, &lists.absent, atom, presence.absent);
		list_items(m, &lists.null, atom, presence.null);
	}
	m->failed |= !field_index_make(&field->index, m->arena, p->atoms, atoms, count, field->name.name.len == 0,
		m->rarity);
	keep_entries(m, &lists.any, &field->index.any);
	keep_entries(m, &lists.absent, &field->index.absent);
	keep_entries(m, &lists.null, &field->index.null);
	if (field->index.literals.count > m->literals_most)
		m->literals_most = field->index.literals.count;
}

/* Keywords of most log sources in one: an event is looked through once, not once for each.  Those with short literals,
 * which would make every hop short, stay alone. */
static void
make_hop(struct plan_maker *m)
{
	struct plan *p = m->plan;
	struct buf literals;

	buf_init(&literals, LIMIT_RULE_MEMORY);
	for (size_t i = 0; i < p->field_count; i++) {
		const struct literal_set *set = &p->fields[i].index.literals;

		if (p->fields[i].index.hop.step < HOP_SHARED_STEP || set->beyond ||
			literals.len / sizeof(struct literal) + set->count > LIMIT_HOP_LITERALS)
			continue;
		p->fields[i].hopped = true;
		for (size_t k = 0; k < set->entry_count * set->step; k++)
			if (!set->entries[k].again)
				plan_push(m, &literals, &(struct literal){ slice_from(set->entries[k].text, set->entries[k].len), 0 },
					sizeof(struct literal));
	}
	m->failed |= !literal_hop_make(&p->hop, &p->arena, (const struct literal *)(const void *)literals.ptr,
		literals.len / sizeof(struct literal));
	buf_fini(&literals);
}

/* Whether a hop looks for all of a field's keywords, none of which a plain text could hold. */
static bool
is_of_words(const struct plan *p, const struct plan_field *f)
{
	const struct literal_hop *hop = plan_hop(p, f);

	return f->name.name.len == 0 && f->index.any.count + f->index.null.count == 0 && hop->step && hop->of_words;
}

void
plan_find_words(struct plan_maker *m)
{
	struct plan *p = m->plan;

	for (size_t i = 0; i < p->set->count; i++)
		p->rules[i].of_words = p->rules[i].gated;
	for (size_t i = 0; i < p->item_count; i++) {
		const struct plan_item *item = &p->items[i];

		for (uint32_t k = p->gate_starts[i]; k < p->gate_starts[i + 1] && !is_of_words(p, &p->fields[item->field]); k++) {
			const struct plan_gate *gate = &p->gates[k];

			for (uint32_t rule = 0; rule < gate->count; rule++)
				p->rules[p->gate_rules[gate->first + rule]].of_words = false;
		}
	}
}

static void *
make_next(void *context)
{
	struct index_maker *m = context;

	for (size_t i; !m->failed && (i = atomic_fetch_add(m->next, 1)) < m->plan->field_count;) {
		uint32_t field = (uint32_t)m->order[i], first = m->starts[field];

		make_index(m, &m->plan->fields[field], m->atoms + first, m->starts[field + 1] - first);
	}
	return NULL;
}

/* Indexes of large sets of rules take as long as all else of a plan. */
static void
make_by_two(struct plan_maker *m, struct index_maker *first)
{
	struct plan *p = m->plan;
	struct index_maker second = *first;
	pthread_t thread;
	bool helped;

	second.arena = &p->second_arena;
	helped = p->atom_count >= WORTH_A_THREAD && thread_start(&thread, 0, make_next, &second);
	make_next(first);
	if (helped)
		pthread_join(thread, NULL);
	/* Two arenas, one limit: whose field it was is chance. */
	m->failed |= first->failed || second.failed || p->arena.used + p->second_arena.used > LIMIT_RULE_MEMORY;
	p->literals_most = first->literals_most > second.literals_most ? first->literals_most : second.literals_most;
}

static int
compare_falling(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x < *y) - (*x > *y);
}

/* Those with most atoms first, so that no thread begins a large one when the other is done.  The number of the field is in the
 * lower half. */
static void
order_fields(uint64_t *order, const uint32_t *starts, size_t count)
{
	for (uint32_t i = 0; i < count; i++)
		order[i] = (uint64_t)(starts[i + 1] - starts[i]) << 32 | i;
	qsort(order, count, sizeof(*order), compare_falling);
}

void
plan_make_indexes(struct plan_maker *m)
{
	struct plan *p = m->plan;
	const uint32_t *field_of = PLAN_LIST(uint32_t, m->atom_fields);
	uint32_t *starts = calloc(p->field_count + 2, sizeof(*starts));
	uint32_t *sorted = calloc(p->atom_count + 1, sizeof(*sorted));
	uint64_t *order = calloc(p->field_count + 1, sizeof(*order));
	atomic_size_t next = 0;
	struct index_maker maker = { .plan = p, .rarity = m->rarity, .arena = &p->arena, .atoms = sorted, .starts = starts,
		.order = order, .next = &next };

	m->failed |= !starts || !sorted || !order;
	for (size_t i = 0; i < p->atom_count && !m->failed; i++)
		starts[field_of[i] + 2]++;
	for (size_t i = 2; i < p->field_count + 2 && !m->failed; i++)
		starts[i] += starts[i - 1];
	for (uint32_t i = 0; i < p->atom_count && !m->failed; i++)
		sorted[starts[field_of[i] + 1]++] = i;
	if (!m->failed) {
		order_fields(order, starts, p->field_count);
		make_by_two(m, &maker);
	}
	free(starts);
	free(sorted);
	free(order);
	if (!m->failed)
		make_hop(m);
}
