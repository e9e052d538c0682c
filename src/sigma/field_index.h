/* SPDX-License-Identifier: Apache-2.0 */
/* All atoms that all rules ask of one field, arranged so that one text is held against all of them at once: whole
 * values, beginnings and ends by tables over their first and last bytes (edges.h), everything in between by its
 * literals (literals.h), numbers and networks by lists.  What a text yields is the list of items it makes true.
 * field_index_make.c files, field_index.c looks up. */
#ifndef SIGMA_FIELD_INDEX_H
#define SIGMA_FIELD_INDEX_H

#include "src/sigma/edges.h"
#include "src/sigma/literals.h"
#include "src/sigma/required.h"
#include "src/sigma/tree.h"

/* An atom with the items that have it: all[first .. first + count - 1] of its plan. */
struct plan_atom {
	const struct atom *atom;
	uint32_t first, count;
	struct required required; /* of an expression */
};

/* An entry of a list of items: the item's number times two, plus one when it only may be true: an expression or a
 * kind of atom that no table holds has to be evaluated. */
#define ENTRY_SURE(item) ((item) << 1)
#define ENTRY_MAYBE(item) ((item) << 1 | 1)

struct entry_list {
	const uint32_t *entries;
	size_t count;
};

/* What a literal reports: its atom's number times two, plus one when the pattern must be tried in full. */
#define LITERAL_TARGET(atom, verify) ((atom) << 1 | (uint32_t)(verify))
#define TARGET_ATOM(target) ((target) >> 1)
#define TARGET_VERIFY(target) ((target) & 1)

struct field_index {
	struct edge_table whole, front, back;
	struct literal_set literals;
	struct literal_hop hop; /* keywords alone: worth a look before anything else */
	const uint32_t *verify; /* atoms without a literal: a pattern or an expression */
	size_t verify_count;
	const uint32_t *numbers, *networks; /* atoms; the first equal_count numbers are whole and asked to be equal */
	size_t number_count, equal_count, network_count;
	size_t shortest;  /* a text below that length can match none of whole, front, back and literals */
	struct entry_list any;     /* what every text yields */
	struct entry_list absent;  /* what an event without the field yields */
	struct entry_list null;    /* what a field without value yields */
};

/* What one worker writes to while it looks at a text. */
struct probe {
	struct literal_scratch literals;
	uint8_t *folded;
	size_t folded_room;
	/* Entries come in any order and more than once; bits put them in order: by entry, and by word of those. */
	uint64_t *bits, *words;
	size_t word_count; /* of words */
	uint32_t *entries; /* after probe_end */
	size_t count;
	uint32_t *stamps;  /* by atom: its literal, or one of it, was found in a text of the event with that stamp */
	size_t stamp_count;
	uint32_t stamp;    /* of the event at hand */
	bool failed; /* memory ran out */
};

bool probe_init(struct probe *p, size_t literals, size_t items, size_t atoms);
void probe_fini(struct probe *p);

/* The next event: stamps of the one before are void. */
void probe_begin(struct probe *p);

/* Texts and lists may add to a list until it ends; then it is in p->entries, in order, and a new one may begin. */
void probe_add(struct probe *p, const struct entry_list *list);
void probe_end(struct probe *p);

/* Adds to the list what the text yields.  A segment whose ends lie at a gap yields only what is found inside. */
void field_index_probe(const struct field_index *index, const struct plan_atom *atoms, const uint32_t *items,
	struct probe *p, const struct segment *segment);

/* True when such an atom is found by a literal inside of texts: stamps tell where it cannot stand. */
bool field_index_sifts(const struct atom *atom);

/* Stamps each such atom of the index that may stand in the text, as probing does, too.  False: memory ran out. */
bool field_index_sift(const struct field_index *index, struct probe *p, struct slice text);

/* Files the atoms, given by number.  False: memory ran out. */
bool field_index_make(struct field_index *index, struct arena *arena, struct plan_atom *atoms,
	const uint32_t *numbers, size_t count, bool keywords, const struct rarity *rarity);

#endif
