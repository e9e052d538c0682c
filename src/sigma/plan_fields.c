/* SPDX-License-Identifier: Apache-2.0 */
/* The index of each field, and what follows from a field's being there or not. */
#include "src/sigma/plan_make.h"

#include "base/limits.h"

#include <stdlib.h>

enum { HOP_SHARED_STEP = 6 };

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

static void
list_items(struct plan_maker *m, struct buf *list, const struct plan_atom *atom, unsigned how)
{
	for (uint32_t i = 0; i < atom->count && how; i++) {
		uint32_t item = m->plan->atom_items[atom->first + i];
		uint32_t entry = how == 1 ? ENTRY_SURE(item) : ENTRY_MAYBE(item);

		plan_push(m, list, &entry, sizeof(entry));
	}
}

static void
keep_entries(struct plan_maker *m, const struct buf *list, struct entry_list *out)
{
	struct slice kept = SLICE_EMPTY;

	m->failed |= !arena_copy(&m->plan->arena, buf_view(list), &kept);
	out->entries = (const uint32_t *)(const void *)kept.ptr;
	out->count = list->len / sizeof(uint32_t);
}

static void
make_index(struct plan_maker *m, struct plan_field *field, const uint32_t *atoms, size_t count)
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
	m->failed |= !field_index_make(&field->index, &p->arena, p->atoms, atoms, count, field->name.name.len == 0,
		m->rarity);
	keep_entries(m, &lists.any, &field->index.any);
	keep_entries(m, &lists.absent, &field->index.absent);
	keep_entries(m, &lists.null, &field->index.null);
	buf_fini(&lists.any);
	buf_fini(&lists.absent);
	buf_fini(&lists.null);
	if (field->index.literals.count > p->literals_most)
		p->literals_most = field->index.literals.count;
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

void
plan_make_indexes(struct plan_maker *m)
{
	struct plan *p = m->plan;
	const uint32_t *field_of = PLAN_LIST(uint32_t, m->atom_fields);
	uint32_t *starts = calloc(p->field_count + 2, sizeof(*starts));
	uint32_t *sorted = calloc(p->atom_count + 1, sizeof(*sorted));

	m->failed |= !starts || !sorted;
	for (size_t i = 0; i < p->atom_count && !m->failed; i++)
		starts[field_of[i] + 2]++;
	for (size_t i = 2; i < p->field_count + 2 && !m->failed; i++)
		starts[i] += starts[i - 1];
	for (uint32_t i = 0; i < p->atom_count && !m->failed; i++)
		sorted[starts[field_of[i] + 1]++] = i;
	for (size_t i = 0; i < p->field_count && !m->failed; i++)
		make_index(m, &p->fields[i], sorted + starts[i], starts[i + 1] - starts[i]);
	free(starts);
	free(sorted);
	if (!m->failed)
		make_hop(m);
}
