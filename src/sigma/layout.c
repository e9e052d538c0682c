/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/layout.h"

#include "base/buf.h"
#include "base/name.h"
#include "base/same.h"

#include <stdlib.h>

/* As in event.c: the ways of the payload, best first, then those of the system fields. */
enum { WAY_EXACT, WAY_NO_BLANKS, WAY_NO_CASE, WAYS };

/* A wanted field (by its place among the wanted) can be reached at a place of the event. */
struct reach {
	uint32_t slot, way, place;
};

struct work {
	const struct plan *plan;
	const struct sigma_event *event;
	uint32_t *slot_of; /* by number of a name: place among the wanted + 1 */
	uint8_t *best;     /* way, by slot */
	const uint32_t *wanted;
	struct buf reached, name;
};

static inline bool
is_name(const struct layout_name *n, const struct sigma_field *field)
{
	return n->plain == field->plain && (field->mark ? n->mark == field->mark : same_slices(n->name, field->name));
}

static inline bool
are_names(const struct layout_name *names, const struct sigma_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_name(&names[i], &fields[i]))
			return false;
	return true;
}

bool
layout_fits(const struct layout *l, const struct sigma_event *event)
{
	return l->field_count == event->field_count && l->system_count == event->system_count &&
		are_names(l->names, event->fields, l->field_count) &&
		are_names(l->names + l->field_count, event->system, l->system_count);
}

static void
reach(struct work *w, size_t name, uint32_t way, uint32_t place)
{
	struct reach reached = { w->slot_of[name], way, place };

	if (reached.slot-- == 0)
		return;
	if (way < WAYS && w->plan->fields[w->wanted[reached.slot]].name.is_event_id)
		return; /* never the payload's */
	if (way < w->best[reached.slot])
		w->best[reached.slot] = (uint8_t)way;
	buf_append(&w->reached, slice_from(&reached, sizeof(reached)));
}

static void
reach_all(struct work *w, struct slice name, uint32_t system, uint32_t place)
{
	const struct plan *p = w->plan;
	const struct table_entry *names = p->set->fields.entries, *entry;

	for (uint32_t n = p->name_heads[plan_name_hash(name, p->name_bits)]; n; n = p->name_next[n - 1])
		if (slice_eq_nocase(names[n - 1].key, name))
			reach(w, n - 1, system + (slice_eq(names[n - 1].key, name) ? WAY_EXACT : WAY_NO_CASE), place);
	if (slice_find_byte(name, ' ', 0) == SIZE_MAX)
		return;
	buf_reset(&w->name);
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] != ' ')
			buf_append_byte(&w->name, name.ptr[i]);
	entry = table_find(&p->set->fields, buf_view(&w->name));
	if (entry)
		reach(w, entry->value, system + WAY_NO_BLANKS, place);
}

static bool
copy_names(struct layout *l, const struct sigma_event *event)
{
	size_t total = 0, count = event->field_count + event->system_count;
	uint8_t *bytes;

	for (size_t i = 0; i < count; i++)
		total += layout_field(event, (uint32_t)i)->name.len;
	l->names = malloc(count * sizeof(*l->names) + total + 1);
	l->wordy = calloc(count + 1, sizeof(*l->wordy));
	if (!l->names || !l->wordy)
		return false;
	bytes = (uint8_t *)(l->names + count);
	for (size_t i = 0; i < count; i++) {
		struct slice name = layout_field(event, (uint32_t)i)->name;

		if (name.len)
			memcpy(bytes, name.ptr, name.len);
		l->names[i] = (struct layout_name){ .name = slice_from(bytes, name.len), .mark = name_mark(name),
			.plain = layout_field(event, (uint32_t)i)->plain };
		if (!l->names[i].plain)
			l->wordy[l->wordy_count++] = (uint32_t)i;
		bytes += name.len;
	}
	l->field_count = event->field_count;
	l->system_count = event->system_count;
	return true;
}

/* Of what was reached, the best way of each; places came in order. */
static bool
fill(struct layout *l, const struct work *w, size_t wanted_count)
{
	const struct reach *reached = (const struct reach *)(const void *)w->reached.ptr;
	size_t count = w->reached.len / sizeof(*reached);

	l->starts = calloc(wanted_count + 2, sizeof(*l->starts));
	l->places = calloc(count + 1, sizeof(*l->places));
	l->recent = calloc(count + 1, sizeof(*l->recent));
	l->keys = calloc(count + 1, sizeof(*l->keys));
	l->changed = calloc(count + 1, sizeof(*l->changed));
	l->quiet = calloc(l->field_count + l->system_count + 1, sizeof(*l->quiet));
	if (!l->starts || !l->places || !l->recent || !l->keys || !l->changed || !l->quiet)
		return false;
	for (size_t i = 0; i < count; i++)
		if (reached[i].way == w->best[reached[i].slot])
			l->starts[reached[i].slot + 2]++;
	for (size_t i = 2; i < wanted_count + 2; i++)
		l->starts[i] += l->starts[i - 1];
	for (size_t i = 0; i < count; i++)
		if (reached[i].way == w->best[reached[i].slot])
			l->places[l->starts[reached[i].slot + 1]++] = reached[i].place;
	return true;
}

static bool
make(struct layout *l, struct work *w, size_t wanted_count)
{
	const struct sigma_event *event = w->event;

	for (size_t i = 0; i < wanted_count; i++) {
		w->slot_of[w->plan->fields[w->wanted[i]].name.number] = (uint32_t)i + 1;
		w->best[i] = UINT8_MAX;
	}
	for (size_t i = 0; i < event->field_count + event->system_count; i++)
		reach_all(w, layout_field(event, (uint32_t)i)->name, i < event->field_count ? 0 : WAYS, (uint32_t)i);
	return !w->reached.failed && !w->name.failed && copy_names(l, event) && fill(l, w, wanted_count);
}

struct layout *
layout_new(const struct plan *plan, const uint32_t *wanted, size_t wanted_count, const struct sigma_event *event)
{
	struct layout *l = calloc(1, sizeof(*l));
	struct work w = { .plan = plan, .event = event, .wanted = wanted };
	bool made = false;

	buf_init(&w.reached, SIZE_MAX / 2);
	buf_init(&w.name, SIZE_MAX / 2);
	w.slot_of = calloc(plan->name_count + 1, sizeof(*w.slot_of));
	w.best = calloc(wanted_count + 1, sizeof(*w.best));
	if (l && w.slot_of && w.best)
		made = make(l, &w, wanted_count);
	free(w.slot_of);
	free(w.best);
	buf_fini(&w.reached);
	buf_fini(&w.name);
	if (made)
		return l;
	layout_free(l);
	return NULL;
}

void
layout_free(struct layout *l)
{
	if (!l)
		return;
	free(l->names);
	free(l->wordy);
	free(l->starts);
	free(l->places);
	free(l->recent);
	free(l->keys);
	free(l->changed);
	free(l->quiet);
	free(l);
}
