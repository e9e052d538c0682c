/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/event.h"

/* The ways a name can lead to a field, best first. */
enum way {
	WAY_EXACT,
	WAY_NO_BLANKS,
	WAY_NO_CASE,
	WAY_COUNT,
};

bool
sigma_name_has_blanks(struct slice field, struct slice name)
{
	size_t n = 0;

	if (field.len <= name.len)
		return false;
	for (size_t i = 0; i < field.len; i++) {
		if (field.ptr[i] == ' ')
			continue;
		if (n == name.len || field.ptr[i] != name.ptr[n++])
			return false;
	}
	return n == name.len;
}

static bool
leads_to(struct slice name, struct slice field, size_t way)
{
	if (way == WAY_EXACT)
		return slice_eq(name, field);
	return way == WAY_NO_BLANKS ? sigma_name_has_blanks(field, name) : slice_eq_nocase(name, field);
}

/* *at is the way (in 0 .. 5: payload ways, then system ways) plus 6 times the number of the next field to look at.
 * Once a way has led to a field, only more of that way come. */
const struct sigma_field *
sigma_event_field(const struct sigma_event *event, struct slice name, size_t *at)
{
	bool started = *at != 0;
	size_t way = *at % (2 * WAY_COUNT), next = *at / (2 * WAY_COUNT);

	if (!started && slice_eq_nocase(name, SLICE("EventID")))
		way = WAY_COUNT;
	for (; way < 2 * WAY_COUNT; way++, next = 0) {
		bool system = way >= WAY_COUNT;
		const struct sigma_field *fields = system ? event->system : event->fields;
		size_t count = system ? event->system_count : event->field_count;

		for (size_t i = next; i < count; i++) {
			if (!leads_to(name, fields[i].name, way % WAY_COUNT))
				continue;
			*at = (i + 1) * 2 * WAY_COUNT + way;
			return &fields[i];
		}
		if (started)
			return NULL;
	}
	return NULL;
}
