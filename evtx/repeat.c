/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/repeat.h"

#include "base/cursor.h"
#include "evtx/plan.h"

enum { WORTH = 4096 }; /* bytes; long texts hardly ever come again */

_Static_assert((int)REPEAT_SLOTS >= (int)PLAN_SLOTS, "a shape has no room for the slots of a plan");

struct asking {
	struct repeat_shape *shape;
	repeat_asked *asked;
	void *context;
};

bool
repeat_shape_is_for(const struct repeat_shape *shape, const struct record *record)
{
	const struct plan_record *p = record->plan;

	return p && shape->outer == p->outer.plan && shape->inner == p->inner.plan &&
	       shape->generation == plan_store_generation(p->store);
}

static void
ask(void *context, uint16_t slot, struct slice name)
{
	struct asking *a = context;

	if (a->asked(a->context, name))
		a->shape->looked_at[slot / 64] |= UINT64_C(1) << slot % 64;
}

void
repeat_shape_make(struct repeat_shape *shape, const struct record *record, repeat_asked *asked, void *context)
{
	struct plan_record *p = record->plan;
	struct asking asking = { shape, asked, context };

	*shape = (struct repeat_shape){ .fits = false };
	if (!p)
		return;
	shape->outer = p->outer.plan;
	shape->inner = p->inner.plan;
	shape->generation = plan_store_generation(p->store);
	shape->fits = plan_data_names(p, ask, &asking);
}

/* The descriptors of the data: kept with the layout once somebody wanted values, in the record before that.  NULL where
 * the values do not stand behind one another, or where one is an array or BinXML, whose bytes mean something else in each
 * chunk. */
static const uint8_t *
descriptors_of(const struct plan_instance *data, uint32_t *count)
{
	const struct plan_layout *layout = data->layout;

	if (!layout) {
		*count = data->count;
		return data->values ? NULL : data->descriptors;
	}
	*count = layout->count;
	return layout->plain && !layout->embeds_last ? layout->descriptors : NULL;
}

/* Values that count and stand next to one another are copied at once.  That they are there was checked when the record was
 * read. */
static size_t
copy_values(const struct repeat_shape *shape, const uint8_t *values, const uint8_t *descriptors, uint32_t count, uint8_t *to)
{
	size_t len = 0, from = 0, at = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t descriptor = load_u32le(descriptors + PLAN_DESCRIPTOR * i);
		uint8_t type = (uint8_t)(descriptor >> 16);
		bool counts = type != VALUE_NULL && (!value_is_plain(type) || shape->looked_at[i / 64] >> i % 64 & 1);

		if (!counts || i + 1 == count) {
			size_t end = counts ? at + (descriptor & 0xFFFF) : at;

			if (end - from > WORTH - len)
				return SIZE_MAX;
			if (end > from)
				memcpy(to + len, values + from, end - from);
			len += end - from;
			from = at + (descriptor & 0xFFFF);
		}
		at += descriptor & 0xFFFF;
	}
	return len;
}

bool
repeat_append(const struct repeat_shape *shape, const struct record *record, struct buf *out)
{
	const struct plan_instance *data = &record->plan->inner;
	uint32_t count = 0;
	const uint8_t *descriptors = shape->fits ? descriptors_of(data, &count) : NULL;
	uint8_t *room;
	size_t len;

	if (!descriptors || count > PLAN_SLOTS)
		return false;
	buf_counted(out, record->system.computer);
	buf_counted(out, record->system.user_sid);
	buf_u8(out, record->system.has.event_id);
	buf_append(out, slice_from(descriptors, (size_t)PLAN_DESCRIPTOR * count));
	room = buf_room(out, WORTH);
	if (!room)
		return false;
	len = copy_values(shape, data->base, descriptors, count, room);
	if (len == SIZE_MAX)
		return false;
	out->len += len;
	return !out->failed;
}
