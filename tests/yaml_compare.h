/* SPDX-License-Identifier: Apache-2.0 */
/* One text by the subset reader, by libyaml alone, and by both together as the program reads it: they must say the same, trees,
 * places and errors alike. */
#ifndef TESTS_YAML_COMPARE_H
#define TESTS_YAML_COMPARE_H

#include "base/limits.h"
#include "src/lib/yaml_subset.h"

#include <stdio.h>

struct yaml_facts {
	size_t texts, ours; /* ours: that the subset read to their ends */
	size_t documents;   /* that the subset gave */
};

static inline bool
yaml_differs(const char *what, const struct yaml_node *a, const struct yaml_node *b)
{
	fprintf(stderr, "# %s differs: %u:%u and %u:%u, %zu and %zu bytes\n", what, a->line, a->column, b->line, b->column,
		a->text.len, b->text.len);
	return false;
}

/* The depth of both is bounded by their readers. */
static inline bool
yaml_same_tree(const struct yaml_node *a, const struct yaml_node *b)
{
	const struct yaml_node *x = a->first, *y = b->first;

	if (a->kind != b->kind || a->type != b->type || a->count != b->count)
		return yaml_differs("kind", a, b);
	if (a->line != b->line || a->column != b->column || a->key_line != b->key_line || a->key_column != b->key_column)
		return yaml_differs("place", a, b);
	if (!slice_eq(a->text, b->text) || !slice_eq(a->key, b->key))
		return yaml_differs("text", a, b);
	/* some callers ask for the address of an empty text */
	if (a->kind == YAML_SCALAR && !a->text.ptr)
		return yaml_differs("no text", a, b);
	for (; x && y; x = x->next, y = y->next)
		if (!yaml_same_tree(x, y))
			return false;
	return x == y;
}

static inline bool
yaml_same_error(const struct err *a, const struct err *b)
{
	if (a->code == b->code && a->at == b->at && strcmp(a->text, b->text) == 0)
		return true;
	fprintf(stderr, "# errors differ: %d '%s' at %llx, %d '%s' at %llx\n", (int)a->code, a->text, (unsigned long long)a->at,
		(int)b->code, b->text, (unsigned long long)b->at);
	return false;
}

struct yaml_comparison {
	struct yaml_subset subset;
	struct yaml_reader *library, *both;
	struct arena arenas[3];
	enum subset_step last; /* of the subset; it is asked as long as it gives documents */
};

/* One step of all; *more tells whether there is another one. */
static inline bool
yaml_compare_step(struct yaml_comparison *c, struct yaml_facts *facts, bool *more)
{
	const struct yaml_node *roots[3] = { NULL, NULL, NULL };
	struct err errs[2] = { { 0 }, { 0 } };
	enum yaml_step wanted = yaml_next(c->library, &c->arenas[0], &roots[0], &errs[0]);
	enum yaml_step got = yaml_next(c->both, &c->arenas[1], &roots[1], &errs[1]);

	*more = wanted == YAML_DOCUMENT || wanted == YAML_REFUSED;
	if (wanted != got || !yaml_same_error(&errs[0], &errs[1])) {
		fprintf(stderr, "# step %d, but libyaml alone %d\n", (int)got, (int)wanted);
		return false;
	}
	if (wanted == YAML_DOCUMENT && !yaml_same_tree(roots[1], roots[0]))
		return false;
	if (c->last != SUBSET_DOCUMENT)
		return true;
	c->last = yaml_subset_next(&c->subset, &c->arenas[2], &roots[2]);
	if (c->last == SUBSET_DOCUMENT) {
		facts->documents++;
		return wanted == YAML_DOCUMENT && yaml_same_tree(roots[2], roots[0]);
	}
	return c->last == SUBSET_OUTSIDE || wanted == YAML_END;
}

/* False when they differ, with a word on standard error. */
static inline bool
yaml_compare(struct slice text, struct yaml_facts *facts)
{
	struct yaml_comparison c = { .library = yaml_open_library(text), .both = yaml_open(text), .last = SUBSET_DOCUMENT };
	bool same = true, more = c.library && c.both;

	yaml_subset_init(&c.subset, text);
	for (size_t i = 0; i < 3; i++)
		arena_init(&c.arenas[i], LIMIT_RULE_MEMORY);
	while (same && more)
		same = yaml_compare_step(&c, facts, &more);
	facts->texts++;
	facts->ours += c.last == SUBSET_END;
	for (size_t i = 0; i < 3; i++)
		arena_fini(&c.arenas[i]);
	yaml_subset_fini(&c.subset);
	yaml_close(c.both);
	yaml_close(c.library);
	return same;
}

#endif
