/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/json_event.h"

#include "base/filetime.h"
#include "base/json_read.h"

struct fields {
	struct arena *arena;
	struct record_field *items;
	size_t count, room;
};

static bool
add_field(struct fields *f, struct slice name, const struct json_node *value)
{
	if (f->count == f->room) {
		size_t room = f->room ? f->room * 2 : 32;
		struct record_field *grown = ARENA_ARRAY(f->arena, struct record_field, room);

		if (!grown)
			return false;
		if (f->count)
			memcpy(grown, f->items, f->count * sizeof(*grown));
		f->items = grown;
		f->room = room;
	}
	f->items[f->count++] = (struct record_field){ .name = name,
		.text = value->kind == JSON_NULL ? SLICE_EMPTY : value->text, .null = value->kind == JSON_NULL };
	return true;
}

/* Leaves below an element, by their tags; "#text" is the element itself, lists repeat it.  JSON bounds the depth. */
static bool
add_leaves(struct fields *f, struct slice name, const struct json_node *node)
{
	if (node->kind != JSON_OBJECT && node->kind != JSON_LIST)
		return add_field(f, name, node);
	for (const struct json_node *m = node->first; m; m = m->next) {
		if (slice_eq(m->key, SLICE("#attributes")) || slice_ends_with(m->key, SLICE("_attributes")))
			continue;
		if (!add_leaves(f, node->kind == JSON_LIST || slice_eq(m->key, SLICE("#text")) ? name : m->key, m))
			return false;
	}
	return true;
}

/* The text of an element, which may have attributes beside it. */
static struct slice
text_of(const struct json_node *node)
{
	const struct json_node *inner = json_member(node, "#text");

	node = inner ? inner : node;
	return !node || node->kind == JSON_NULL || node->kind == JSON_LIST || node->kind == JSON_OBJECT ? SLICE_EMPTY
		: node->text;
}

static struct slice
attribute(const struct json_node *system, const char *element, const char *name)
{
	return text_of(json_member(json_member(json_member(system, element), "#attributes"), name));
}

static uint64_t
number_of(struct slice text, uint64_t most, bool *has)
{
	uint64_t number = 0;
	bool good = slice_to_u64(text, &number) && number <= most;

	if (has)
		*has = good;
	return good ? number : 0;
}

/* The System element, or a flat object that has some of its names. */
static void
read_system(const struct json_node *system, struct record_system *s)
{
	s->provider = attribute(system, "Provider", "Name");
	if (!s->provider.len)
		s->provider = text_of(json_member(system, "Provider_Name"));
	s->channel = text_of(json_member(system, "Channel"));
	s->computer = text_of(json_member(system, "Computer"));
	s->user_sid = attribute(system, "Security", "UserID");
	s->event_id = (uint32_t)number_of(text_of(json_member(system, "EventID")), UINT32_MAX, &s->has.event_id);
	s->record_id = number_of(text_of(json_member(system, "EventRecordID")), UINT64_MAX, &s->has.record_id);
	s->process_id = (uint32_t)number_of(attribute(system, "Execution", "ProcessID"), UINT32_MAX, &s->has.process_id);
	s->thread_id = (uint32_t)number_of(attribute(system, "Execution", "ThreadID"), UINT32_MAX, &s->has.thread_id);
	s->level = (uint8_t)number_of(text_of(json_member(system, "Level")), UINT8_MAX, &s->has.level);
	s->task = (uint16_t)number_of(text_of(json_member(system, "Task")), UINT16_MAX, NULL);
	s->opcode = (uint8_t)number_of(text_of(json_member(system, "Opcode")), UINT8_MAX, NULL);
	s->version = (uint8_t)number_of(text_of(json_member(system, "Version")), UINT8_MAX, NULL);
	s->keywords = number_of(text_of(json_member(system, "Keywords")), UINT64_MAX, NULL);
	s->has.time = filetime_parse(attribute(system, "TimeCreated", "SystemTime"), &s->time);
}

bool
json_event_read(struct slice text, struct arena *arena, struct record *record, struct record_field **fields,
	size_t *count, struct err *err)
{
	struct fields f = { .arena = arena };
	const struct json_node *root, *event;

	*record = (struct record){ 0 };
	if (!json_parse(text, arena, &root, err))
		return false;
	if (root->kind != JSON_OBJECT)
		return err_set(err, ERR_SYNTAX, 0, "an event is a JSON object");
	event = json_member(root, "Event");
	if (!event)
		event = root;
	read_system(event == root ? root : json_member(event, "System"), &record->system);
	for (const struct json_node *m = event->first; m; m = m->next) {
		if (event != root && (slice_eq(m->key, SLICE("System")) || slice_eq(m->key, SLICE("#attributes"))))
			continue;
		if (!add_leaves(&f, m->key, m))
			return err_nomem(err);
	}
	*fields = f.items;
	*count = f.count;
	return true;
}
