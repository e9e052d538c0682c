/* SPDX-License-Identifier: Apache-2.0 */
/* System fields from the slots of a plan: what the definition says, copies of the values that are what Windows usually
 * writes, and the rest by the rules of record.c. */
#include "evtx/plan.h"

#include "base/attr.h"
#include "evtx/record_rows.h"

/* The value has the size that the store asks for. */
static inline void
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

/* The text of a SID is dear, and users take turns: it is looked for among those of all records, and copied, since these
 * last only until the next one. */
static bool
cached_row_text(struct plan_record *r, size_t row, const struct value *value, struct slice *text)
{
	struct cached_text *place = &r->texts->rows[row], *sid;

	if (value->type == VALUE_SID && !cached_text_is_of(place, VALUE_SID, value->raw.ptr, value->raw.len)) {
		sid = cached_sid_place(r->texts->sids, value->raw);
		if (!cached_text_of(sid, value, text))
			return false;
		*place = *sid;
	}
	return cached_text_of(place, value, text);
}

static bool
read_other(struct plan_record *r, const struct plan_row *slot, struct record_system *system, struct err *err)
{
	struct value value = plan_value(&r->outer, slot->slot);
	const struct record_row *row = &record_rows[slot->row];

	if (value.type == VALUE_NULL)
		return true;
	if (row->kind == ROW_TEXT && cached_row_text(r, slot->row, &value, (struct slice *)(void *)((char *)system + slot->field)))
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
	const struct plan_system *s = r->outer.layout ? r->outer.layout->system : NULL;
	const uint8_t *base = r->outer.base;
	const struct plan_system_row *row;

	if (!s)
		return read_texts(r, system, err);
	*system = s->fields;
	for (row = s->rows; row < s->rows + s->eights; row++)
		store_usual((char *)system + row->field, ROW_STORE_8, base + row->at);
	for (; row < s->rows + s->copies; row++)
		store_usual((char *)system + row->field, ROW_STORE_2_AS_4, base + row->at);
	for (; row < s->rows + s->row_count; row++) {
		if (!read_same(r, row, system) && !read_other(r, &r->outer.plan->rows[row->row], system, err))
			return false;
	}
	return true;
}

void
plan_read_details(const struct plan_record *r, struct record_system *system)
{
	const struct plan_system *s = r->outer.layout ? r->outer.layout->system : NULL;

	for (size_t i = 0; s && i < s->detail_count; i++) {
		const struct plan_system_detail *d = &s->details[i];

		store_usual((char *)system + d->field, (enum plan_row_store)d->store, r->outer.base + d->at);
	}
}
