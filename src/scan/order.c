/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/order.h"

#include "base/limits.h"

#include <stdlib.h>

enum { MAX_ROWS = INT32_MAX };

void
order_init(struct order *o, size_t memory, const char *temp_folder)
{
	*o = (struct order){ 0 };
	table_init(&o->ids);
	table_init(&o->names);
	spill_init(&o->spill, memory, temp_folder);
	buf_init(&o->bytes, UINT32_MAX);
}

void
order_fini(struct order *o)
{
	free(o->rows);
	free(o->sources);
	table_fini(&o->ids);
	table_fini(&o->names);
	spill_fini(&o->spill);
	buf_fini(&o->bytes);
}

/* One lasting copy of each name. */
static bool
keep_name(struct order *o, struct slice *name)
{
	struct table_entry *entry = table_add(&o->names, *name, 0, NULL);

	if (entry)
		*name = entry->key;
	return entry != NULL;
}

static bool
add_source(struct order *o, struct order_row *row, uint32_t evidence, uint64_t offset)
{
	if (o->source_count == o->source_capacity) {
		size_t capacity = o->source_capacity ? o->source_capacity * 2 : 64;
		struct order_source *grown = capacity > MAX_ROWS ? NULL :
			reallocarray(o->sources, capacity, sizeof(*grown));

		if (!grown)
			return false;
		o->sources = grown;
		o->source_capacity = capacity;
	}
	o->sources[o->source_count++] = (struct order_source){ evidence, offset, row->sources };
	row->sources = (uint32_t)o->source_count;
	return true;
}

static bool
is_before(uint32_t evidence_a, uint64_t offset_a, uint32_t evidence_b, uint64_t offset_b)
{
	return evidence_a != evidence_b ? evidence_a < evidence_b : offset_a < offset_b;
}

static bool
goes_before(const struct order_key *a, const struct order_key *b)
{
	return a->residual != b->residual ? b->residual : is_before(a->evidence, a->offset, b->evidence, b->offset);
}

/* The row's own place is the smallest of all, a live one if there is any; its bytes are kept. */
static bool
merge(struct order *o, struct order_row *row, const struct order_key *key, struct slice bytes, struct err *err)
{
	uint32_t evidence = key->evidence;
	uint64_t offset = key->offset;

	if (evidence == row->key.evidence && offset == row->key.offset)
		return true;
	if (goes_before(key, &row->key)) {
		evidence = row->key.evidence;
		offset = row->key.offset;
		row->key.evidence = key->evidence;
		row->key.offset = key->offset;
		row->key.residual = key->residual;
		if (!spill_add(&o->spill, bytes, &row->bytes, err))
			return false;
	}
	return add_source(o, row, evidence, offset) || err_nomem(err);
}

bool
order_add(struct order *o, const struct order_key *key, struct slice bytes, bool *is_new, struct err *err)
{
	struct table_entry *entry = table_add(&o->ids, slice_from(key->id, sizeof(key->id)), o->count, is_new);
	struct order_row *row;

	if (!entry)
		return err_nomem(err);
	if (!*is_new)
		return merge(o, &o->rows[entry->value], key, bytes, err);
	if (o->count == o->capacity) {
		size_t capacity = o->capacity ? o->capacity * 2 : 256;
		struct order_row *grown = capacity > MAX_ROWS ? NULL : reallocarray(o->rows, capacity, sizeof(*grown));

		if (!grown)
			return err_nomem(err);
		o->rows = grown;
		o->capacity = capacity;
	}
	row = &o->rows[o->count];
	*row = (struct order_row){ .key = *key };
	if (!keep_name(o, &row->key.computer) || !keep_name(o, &row->key.channel))
		return err_nomem(err);
	if (!spill_add(&o->spill, bytes, &row->bytes, err))
		return false;
	o->count++;
	return true;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct order_key *x = &((const struct order_row *)a)->key, *y = &((const struct order_row *)b)->key;
	int order = compare_numbers(x->time, y->time);

	order = order ? order : slice_cmp(x->computer, y->computer);
	order = order ? order : slice_cmp(x->channel, y->channel);
	order = order ? order : compare_numbers(x->record_id, y->record_id);
	order = order ? order : compare_numbers(x->evidence, y->evidence);
	order = order ? order : compare_numbers(x->offset, y->offset);
	order = order ? order : compare_numbers(x->rule, y->rule);
	return order ? order : memcmp(x->id, y->id, sizeof(x->id));
}

void
order_sort(struct order *o)
{
	if (o->count)
		qsort(o->rows, o->count, sizeof(*o->rows), compare_rows);
}

bool
order_get(struct order *o, size_t i, struct slice *bytes, struct err *err)
{
	buf_reset(&o->bytes);
	if (!spill_get(&o->spill, o->rows[i].bytes, &o->bytes, err))
		return false;
	*bytes = buf_view(&o->bytes);
	return true;
}
