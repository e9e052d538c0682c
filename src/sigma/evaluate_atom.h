/* SPDX-License-Identifier: Apache-2.0 */
/* What the walk over a tree (evaluate.c) asks of its atoms. */
#ifndef SIGMA_EVALUATE_ATOM_H
#define SIGMA_EVALUATE_ATOM_H

#include "src/sigma/evaluate.h"

/* As the flags of the walk in e ask for it; hits are added when it collects. */
enum truth atom_search(struct evaluator *e, const struct field_name *name, const struct atom *atom);

/* The same, but what is known to stand nowhere is told here, where most values of a long list end. */
static inline enum truth
atom_truth(struct evaluator *e, const struct field_name *name, const struct atom *atom)
{
	if (e->sieve && atom->sieve && e->sieve[atom->sieve - 1] != e->stamp)
		return TRUTH_FALSE;
	if (e->only.ptr && atom->kind == ATOM_TEXT && !atom->is.pattern.cased && pattern_differs(&atom->is.pattern, e->only))
		return TRUTH_FALSE;
	return atom_search(e, name, atom);
}

/* The text without case of the name's field, where it is known that the event has just one, and that without gaps; else NULL. */
struct slice atom_only_text(struct evaluator *e, const struct field_name *name);

#endif
