/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/early.h"

#include <stdlib.h>

enum { TEXTS_MAX = 1 << 30 };

void
early_init(struct early *e)
{
	*e = (struct early){ 0 };
	arena_init(&e->texts, TEXTS_MAX);
}

void
early_fini(struct early *e)
{
	free(e->items);
	arena_fini(&e->texts);
}

bool
early_add(struct early *e, const struct notice *notice, struct err *err)
{
	struct notice copy = *notice;

	if (e->count == e->capacity) {
		size_t capacity = e->capacity ? e->capacity * 2 : 16;
		struct notice *grown = reallocarray(e->items, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		e->items = grown;
		e->capacity = capacity;
	}
	if (!arena_copy(&e->texts, notice->path, &copy.path) || !arena_copy(&e->texts, notice->reason, &copy.reason))
		return err_nomem(err);
	e->items[e->count++] = copy;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;
	int order = slice_cmp(x->path, y->path);

	if (order == 0 && x->kind != y->kind)
		order = x->kind < y->kind ? -1 : 1;
	return order ? order : slice_cmp(x->reason, y->reason);
}

void
early_sort(struct early *e)
{
	if (e->count)
		qsort(e->items, e->count, sizeof(*e->items), compare);
}
