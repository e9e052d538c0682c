/* SPDX-License-Identifier: Apache-2.0 */
/* The definitions of a run, within a budget.  What is kept are the first of the evidence that fit, whatever the order
 * of arrival: when room runs out the last ones go, and what lies behind them is not taken any more. */
#include "src/scan/residue_pool.h"

#include "base/limits.h"

#include <stdlib.h>

void
pool_templates_init(struct pool_templates *t)
{
	*t = (struct pool_templates){ .limit = LIMIT_TEMPLATES_MEMORY };
	table_init(&t->guids);
}

void
pool_templates_fini(struct pool_templates *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i].body);
	free(t->items);
	table_fini(&t->guids);
	*t = (struct pool_templates){ .items = NULL };
}

static int
compare_places(const struct pool_template *a, const struct pool_template *b)
{
	if (a->input != b->input)
		return a->input < b->input ? -1 : 1;
	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void
drop(struct pool_templates *t, struct pool_template *item)
{
	t->bytes -= item->len + sizeof(*item);
	free(item->body);
	item->body = NULL;
	item->len = 0;
}

static void
make_room(struct pool_templates *t)
{
	while (t->bytes > t->limit) {
		struct pool_template *last = NULL;

		for (size_t i = 0; i < t->count; i++)
			if (t->items[i].body && (!last || compare_places(&t->items[i], last) > 0))
				last = &t->items[i];
		if (!last)
			return;
		t->cut = true;
		t->ceiling = *last;
		drop(t, last);
	}
}

static struct pool_template *
item_for(struct pool_templates *t, const struct guid *guid)
{
	struct table_entry *entry;
	bool added;

	if (t->count == t->capacity) {
		size_t capacity = t->capacity ? t->capacity * 2 : 256;
		struct pool_template *grown = reallocarray(t->items, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		t->items = grown;
		t->capacity = capacity;
	}
	entry = table_add(&t->guids, slice_from(guid->bytes, sizeof(guid->bytes)), t->count, &added);
	if (!entry)
		return NULL;
	if (added)
		t->items[t->count++] = (struct pool_template){ .guid = *guid };
	return &t->items[entry->value];
}

bool
pool_templates_has(const struct pool_templates *t, const struct pool_template *place)
{
	const struct table_entry *entry;

	if (t->cut && compare_places(place, &t->ceiling) >= 0)
		return true;
	entry = table_find(&t->guids, slice_from(place->guid.bytes, sizeof(place->guid.bytes)));
	return entry && t->items[entry->value].body && compare_places(&t->items[entry->value], place) <= 0;
}

bool
pool_templates_add(struct pool_templates *t, const struct pool_template *place, struct slice body, struct err *err)
{
	struct pool_template *item;
	uint8_t *copy;

	if (pool_templates_has(t, place))
		return true;
	item = item_for(t, &place->guid);
	if (!item)
		return err_nomem(err);
	copy = malloc(body.len + 1);
	if (!copy)
		return err_nomem(err);
	memcpy(copy, body.ptr, body.len);
	if (item->body)
		drop(t, item);
	*item = *place;
	item->body = copy;
	item->len = (uint32_t)body.len;
	t->bytes += body.len + sizeof(*item);
	make_room(t);
	return true;
}

static int
by_place(const void *a, const void *b)
{
	return compare_places(*(const struct pool_template *const *)a, *(const struct pool_template *const *)b);
}

bool
residue_pool_store(const struct residue_pool *p, struct template_store *store, struct err *err)
{
	const struct pool_templates *t = &p->templates;
	const struct pool_template **order = calloc(t->count + 1, sizeof(*order));
	size_t count = 0;
	bool added = order != NULL;

	for (size_t i = 0; added && i < t->count; i++)
		if (t->items[i].body)
			order[count++] = &t->items[i];
	if (count)
		qsort(order, count, sizeof(const struct pool_template *), by_place);
	for (size_t i = 0; added && i < count; i++)
		added = template_store_add(store, &order[i]->guid, slice_from(order[i]->body, order[i]->len), TEMPLATE_MET);
	free(order);
	return (added && template_store_add_built_in(store)) || err_nomem(err);
}
