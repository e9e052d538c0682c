/* SPDX-License-Identifier: Apache-2.0 */
/* System fields from the slots of a plan: what the definition says, copies of the values that are what Windows usually
 * writes, and the rest by the rules of record.c. */
#include "evtx/plan.h"

#include "base/attr.h"
#include "evtx/record_rows.h"

/* The value has the size that the store asks for. */
static ALWAYS_INLINE void
store_usual(void *field, enum plan_row_store store, const uint8_t *raw)
{
	switch (store) {
	case ROW_STORE_NONE:
	case ROW_STORES:
		break;
	case ROW_STORE_1:
		*(uint8_t *)field = raw[0];
		break;
	case ROW_STORE_2:
		memcpy(field, &(uint16_t){ load_u16le(raw) }, sizeof(uint16_t));
		break;
	case ROW_STORE_2_AS_4:
		memcpy(field, &(uint32_t){ load_u16le(raw) }, sizeof(uint32_t));
		break;
	case ROW_STORE_4:
		memcpy(field, &(uint32_t){ load_u32le(raw) }, sizeof(uint32_t));
		break;
	case ROW_STORE_8:
		memcpy(field, &(uint64_t){ load_u64le(raw) }, sizeof(uint64_t));
		break;
	case ROW_STORE_16:
		memcpy(field, raw, sizeof(struct guid));
		break;
	}
}

/* All rows of one kind. */
static ALWAYS_INLINE size_t
store_rows(const struct plan_layout *l, size_t i, enum plan_row_store store, const uint8_t *base, struct record_system *system)
{
	for (; i < l->row_ends[store]; i++)
		store_usual((char *)system + l->rows[i].field, store, base + l->rows[i].at);
	return i;
}

static bool
read_other(struct plan_record *r, const struct plan_row *slot, struct record_system *system, struct err *err)
{
	struct value value = plan_value(&r->outer, slot->slot);
	const struct record_row *row = &record_rows[slot->row];

	if (value.type == VALUE_NULL)
		return true;
	if (row->kind == ROW_TEXT && cached_text_of(&r->texts->rows[slot->row], &value,
		    (struct slice *)(void *)((char *)system + slot->field)))
		return true;
	return record_set_row(system, row, &value, r->arena, err);
}

/* The same text as in the record before. */
static inline bool
read_same(const struct plan_record *r, const struct plan_system_row *row, struct record_system *system)
{
	const struct cached_text *cached = &r->texts->rows[row->cache];

	if (!row->is_text || !cached_text_is_of(cached, row->type, r->outer.base + row->at, row->len))
		return false;
	*(struct slice *)(void *)((char *)system + row->field) = slice_from(cached->text, cached->text_len);
	return true;
}

/* All values are texts. */
static bool
read_texts(struct plan_record *r, struct record_system *system, struct err *err)
{
	const struct plan *plan = r->outer.plan;

	*system = plan->system;
	for (size_t i = 0; i < plan->row_count; i++) {
		if (!read_other(r, &plan->rows[i], system, err))
			return false;
	}
	return true;
}

bool
plan_read_system(struct plan_record *r, struct record_system *system, struct err *err)
{
	const struct plan_layout *l = r->outer.layout;
	const uint8_t *base = r->outer.base;
	size_t i = 0;

	if (!l)
		return read_texts(r, system, err);
	*system = l->system;
	i = store_rows(l, i, ROW_STORE_1, base, system);
	i = store_rows(l, i, ROW_STORE_2, base, system);
	i = store_rows(l, i, ROW_STORE_4, base, system);
	i = store_rows(l, i, ROW_STORE_8, base, system);
	i = store_rows(l, i, ROW_STORE_16, base, system);
	i = store_rows(l, i, ROW_STORE_2_AS_4, base, system);
	for (; i < l->row_count; i++) {
		if (!read_same(r, &l->rows[i], system) && !read_other(r, &r->outer.plan->rows[l->rows[i].row], system, err))
			return false;
	}
	return true;
}
