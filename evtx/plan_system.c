/* SPDX-License-Identifier: Apache-2.0 */
/* System fields from the slots of a plan: what the definition says, copies of the values that are what Windows usually
 * writes, and the rest by the rules of record.c. */
#include "evtx/plan.h"

#include "evtx/record_rows.h"

/* The value has the size that the store asks for. */
static inline void
store_usual(void *field, enum plan_row_store store, const uint8_t *raw)
{
	switch (store) {
	case ROW_STORE_NONE:
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

static bool
read_other(struct plan_record *r, const struct plan_row *slot, struct record_system *system, struct err *err)
{
	struct value value = plan_value(&r->outer, slot->slot);
	const struct record_row *row = &record_rows[slot->row];
	void *field = (char *)system + slot->field;

	if (value.type == VALUE_NULL)
		return true;
	if (row->kind == ROW_TEXT && cached_text_of(&plan_store_texts(r->store)->rows[slot->row], &value, field))
		return true;
	return record_set_row(system, row, &value, r->arena, err);
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
	size_t i;

	if (!l)
		return read_texts(r, system, err);
	*system = l->system;
	for (i = 0; i < l->usual_count; i++)
		store_usual((char *)system + l->rows[i].field, l->rows[i].store, r->outer.base + l->rows[i].at);
	for (; i < l->row_count; i++) {
		if (!read_other(r, &r->outer.plan->rows[l->rows[i].row], system, err))
			return false;
	}
	return true;
}
