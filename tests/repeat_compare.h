/* SPDX-License-Identifier: Apache-2.0 */
/* Holds evtx/repeat.h to its word: records with the same bytes have the same fields, but for plain ones at which nobody
 * looks.  Which names are looked at is up to their letters, so that of each record some are and some are not. */
#ifndef TESTS_REPEAT_COMPARE_H
#define TESTS_REPEAT_COMPARE_H

#include "base/buf.h"
#include "base/table.h"
#include "evtx/repeat.h"

enum { COMPARED_SHAPES = 64 };

struct repeat_compare {
	struct repeat_shape shapes[COMPARED_SHAPES];
	size_t shape_count;
	struct table known; /* number of the shape, bytes -> where in `said` its fields stand */
	struct buf key, said, fields;
	size_t repeats;
};

static inline void
repeat_compare_init(struct repeat_compare *c)
{
	*c = (struct repeat_compare){ .shape_count = 0 };
	table_init(&c->known);
	buf_init(&c->key, SIZE_MAX / 2);
	buf_init(&c->said, SIZE_MAX / 2);
	buf_init(&c->fields, SIZE_MAX / 2);
}

static inline void
repeat_compare_fini(struct repeat_compare *c)
{
	table_fini(&c->known);
	buf_fini(&c->key);
	buf_fini(&c->said);
	buf_fini(&c->fields);
}

static inline bool
repeat_is_looked_at(void *context, struct slice name)
{
	(void)context;
	return name.len && name.ptr[name.len - 1] % 2;
}

/* The shape of the record, or NULL once there are too many. */
static inline const struct repeat_shape *
repeat_shape_of(struct repeat_compare *c, const struct record *record, uint32_t *number)
{
	for (*number = 0; *number < c->shape_count; ++*number)
		if (repeat_shape_is_for(&c->shapes[*number], record))
			return &c->shapes[*number];
	if (c->shape_count == COMPARED_SHAPES)
		return NULL;
	repeat_shape_make(&c->shapes[c->shape_count], record, repeat_is_looked_at, NULL);
	return &c->shapes[c->shape_count++];
}

static inline void
repeat_say_fields(struct repeat_compare *c, const struct record *record, const struct record_field *fields, size_t count)
{
	buf_reset(&c->fields);
	buf_counted(&c->fields, record->system.computer);
	buf_counted(&c->fields, record->system.user_sid);
	for (size_t i = 0; i < count; i++) {
		buf_counted(&c->fields, fields[i].name);
		buf_u8(&c->fields, fields[i].null);
		if (!fields[i].plain || repeat_is_looked_at(NULL, fields[i].name))
			buf_counted(&c->fields, fields[i].text);
	}
}

/* False: another record with the same bytes has other fields. */
static inline bool
repeat_agrees(struct repeat_compare *c, const struct record *record, const struct record_field *fields, size_t count)
{
	const struct repeat_shape *shape;
	struct table_entry *entry;
	struct slice before;
	uint32_t number = 0;
	bool added;

	shape = record->plan ? repeat_shape_of(c, record, &number) : NULL;
	buf_reset(&c->key);
	buf_u32le(&c->key, number);
	if (!shape || !repeat_append(shape, record, &c->key))
		return true;
	repeat_say_fields(c, record, fields, count);
	entry = table_add(&c->known, buf_view(&c->key), c->said.len, &added);
	if (!entry)
		return true;
	if (added) {
		buf_counted(&c->said, buf_view(&c->fields));
		return true;
	}
	c->repeats++;
	before = slice_sub(buf_view(&c->said), (size_t)entry->value, c->said.len);
	return slice_starts_with(slice_sub(before, 4, before.len), buf_view(&c->fields)) &&
	       before.len >= 4 && load_u32le(before.ptr) == c->fields.len;
}

#endif
