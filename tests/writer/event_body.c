/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/event_body.h"

#include "tests/writer/event_data.h"
#include "tests/writer/evtx_writer.h"
#include "tests/writer/wchunk.h"

enum { BODY_ARENA = 4 * 1024 * 1024, SLOT_TEXT_MAX = 1 << 20 };

/* What System can say. */
enum slot {
	SLOT_LEVEL,
	SLOT_OPCODE,
	SLOT_TASK,
	SLOT_EVENT_ID,
	SLOT_QUALIFIERS,
	SLOT_KEYWORDS,
	SLOT_TIME,
	SLOT_ACTIVITY,
	SLOT_PROCESS,
	SLOT_THREAD,
	SLOT_RECORD,
	SLOT_VERSION,
	SLOT_USER,
	SLOT_RELATED,
	SLOT_PROVIDER,
	SLOT_GUID,
	SLOT_CHANNEL,
	SLOT_DATA,
	SLOT_SESSION,
	SLOT_PROCESSOR,
	SLOT_KERNEL,
	SLOT_USER_TIME,
	SLOT_PROCESSOR_TIME,
	SLOT_SOURCE,   /* always a literal */
	SLOT_COMPUTER, /* always a literal */
	SLOTS,
	NO_SLOT = SLOTS,
};

enum { LITERAL = -1, NOWHERE = -2 };

/* Which value of the outer template holds a slot (evtx-format.md 2.10) and the type the template declares. */
static const struct {
	uint8_t type;
	int index[2]; /* by enum writer_layout */
} slots[SLOTS] = {
	[SLOT_LEVEL] = { WRITER_U8, { 0, 0 } },
	[SLOT_OPCODE] = { WRITER_U8, { 1, 1 } },
	[SLOT_TASK] = { WRITER_U16, { 2, 2 } },
	[SLOT_EVENT_ID] = { WRITER_U16, { 3, 3 } },
	[SLOT_QUALIFIERS] = { WRITER_U16, { 4, 4 } },
	[SLOT_KEYWORDS] = { WRITER_HEX64, { 5, 5 } },
	[SLOT_TIME] = { WRITER_FILETIME, { 6, 6 } },
	[SLOT_ACTIVITY] = { WRITER_GUID, { 7, 7 } },
	[SLOT_PROCESS] = { WRITER_U32, { 8, 8 } },
	[SLOT_THREAD] = { WRITER_U32, { 9, 9 } },
	[SLOT_RECORD] = { WRITER_U64, { 10, 10 } },
	[SLOT_VERSION] = { WRITER_U8, { 11, 11 } },
	[SLOT_USER] = { WRITER_SID, { 12, 12 } },
	[SLOT_RELATED] = { WRITER_GUID, { 13, 18 } },
	[SLOT_PROVIDER] = { WRITER_STRING, { 14, LITERAL } },
	[SLOT_GUID] = { WRITER_GUID, { 15, LITERAL } },
	[SLOT_CHANNEL] = { WRITER_STRING, { 16, LITERAL } },
	[SLOT_DATA] = { WRITER_BINXML, { 17, 19 } },
	[SLOT_SESSION] = { WRITER_U32, { NOWHERE, 13 } },
	[SLOT_PROCESSOR] = { WRITER_U8, { NOWHERE, 14 } },
	[SLOT_KERNEL] = { WRITER_U32, { NOWHERE, 15 } },
	[SLOT_USER_TIME] = { WRITER_U32, { NOWHERE, 16 } },
	[SLOT_PROCESSOR_TIME] = { WRITER_U64, { NOWHERE, 17 } },
	[SLOT_SOURCE] = { WRITER_STRING, { LITERAL, LITERAL } },
	[SLOT_COMPUTER] = { WRITER_STRING, { LITERAL, LITERAL } },
};

enum { ROW_ATTRIBUTES = 7 };

/* System in its order.  bare: also in events of classic providers; always: written even when all in it is absent. */
static const struct row {
	const char *element;
	enum slot content;
	bool bare, always;
	struct {
		const char *name;
		enum slot slot;
	} attributes[ROW_ATTRIBUTES];
} rows[] = {
	{ "Provider", NO_SLOT, true, true,
		{ { "Name", SLOT_PROVIDER }, { "Guid", SLOT_GUID }, { "EventSourceName", SLOT_SOURCE } } },
	{ "EventID", SLOT_EVENT_ID, true, true, { { "Qualifiers", SLOT_QUALIFIERS } } },
	{ "Version", SLOT_VERSION, false, false, { { NULL, NO_SLOT } } },
	{ "Level", SLOT_LEVEL, true, false, { { NULL, NO_SLOT } } },
	{ "Task", SLOT_TASK, true, false, { { NULL, NO_SLOT } } },
	{ "Opcode", SLOT_OPCODE, false, false, { { NULL, NO_SLOT } } },
	{ "Keywords", SLOT_KEYWORDS, true, false, { { NULL, NO_SLOT } } },
	{ "TimeCreated", NO_SLOT, true, true, { { "SystemTime", SLOT_TIME } } },
	{ "EventRecordID", SLOT_RECORD, true, false, { { NULL, NO_SLOT } } },
	{ "Correlation", NO_SLOT, false, true,
		{ { "ActivityID", SLOT_ACTIVITY }, { "RelatedActivityID", SLOT_RELATED } } },
	{ "Execution", NO_SLOT, false, true,
		{ { "ProcessID", SLOT_PROCESS }, { "ThreadID", SLOT_THREAD }, { "SessionID", SLOT_SESSION },
			{ "ProcessorID", SLOT_PROCESSOR }, { "KernelTime", SLOT_KERNEL },
			{ "UserTime", SLOT_USER_TIME }, { "ProcessorTime", SLOT_PROCESSOR_TIME } } },
	{ "Channel", SLOT_CHANNEL, true, true, { { NULL, NO_SLOT } } },
	{ "Computer", SLOT_COMPUTER, true, true, { { NULL, NO_SLOT } } },
	{ "Security", NO_SLOT, true, true, { { "UserID", SLOT_USER } } },
};

struct body {
	struct pen pen;
	struct writer_value values[SLOTS];
	struct arena arena;
};

static struct writer_value
number(struct body *p, enum slot slot, int64_t v)
{
	if (v < 0)
		return (struct writer_value){ WRITER_NULL, SLICE_EMPTY };
	return writer_int(&p->arena, slots[slot].type, (uint64_t)v);
}

static struct writer_value
guid_value(struct body *p, const struct guid *g)
{
	return g ? writer_guid(&p->arena, g) : (struct writer_value){ WRITER_NULL, SLICE_EMPTY };
}

static void
fill_values(struct body *p)
{
	const struct writer_event *e = p->pen.event;
	struct writer_value *v = p->values;

	v[SLOT_LEVEL] = number(p, SLOT_LEVEL, e->level);
	v[SLOT_OPCODE] = number(p, SLOT_OPCODE, e->opcode);
	v[SLOT_TASK] = number(p, SLOT_TASK, e->task);
	v[SLOT_EVENT_ID] = number(p, SLOT_EVENT_ID, e->id);
	v[SLOT_QUALIFIERS] = number(p, SLOT_QUALIFIERS, e->qualifiers);
	v[SLOT_KEYWORDS] = writer_int(&p->arena, WRITER_HEX64, e->keywords);
	v[SLOT_TIME] = writer_int(&p->arena, WRITER_FILETIME, e->time);
	v[SLOT_ACTIVITY] = guid_value(p, e->activity);
	v[SLOT_PROCESS] = number(p, SLOT_PROCESS, e->pid);
	v[SLOT_THREAD] = number(p, SLOT_THREAD, e->tid);
	v[SLOT_RECORD] = writer_int(&p->arena, WRITER_U64, e->record);
	v[SLOT_VERSION] = number(p, SLOT_VERSION, e->version);
	v[SLOT_USER] = e->user;
	v[SLOT_RELATED] = guid_value(p, e->related);
	v[SLOT_PROVIDER] = writer_string(&p->arena, e->provider);
	v[SLOT_GUID] = guid_value(p, e->provider_guid);
	v[SLOT_CHANNEL] = writer_string(&p->arena, e->channel);
	v[SLOT_COMPUTER] = writer_string(&p->arena, e->computer);
	if (e->source.len)
		v[SLOT_SOURCE] = writer_string(&p->arena, e->source);
}

static int
slot_index(const struct body *p, enum slot slot)
{
	return p->pen.plain ? LITERAL : slots[slot].index[p->pen.event->layout];
}

static struct slice
slot_text(struct body *p, enum slot slot)
{
	struct buf raw;
	struct slice copy = SLICE_EMPTY;

	buf_init(&raw, SLOT_TEXT_MAX);
	writer_value_render(p->values[slot], &raw);
	if (!arena_copy(&p->arena, buf_view(&raw), &copy))
		p->pen.c->overflow = true;
	buf_fini(&raw);
	return copy;
}

/* The value of a slot at this place: a substitution, or its text where the layout has it as a literal. */
static void
put_slot(struct body *p, enum slot slot, bool attribute)
{
	int index = slot_index(p, slot);
	struct slice text;

	if (index >= 0) {
		wxml_substitution(p->pen.c, (uint16_t)index, slots[slot].type, true);
		return;
	}
	text = slot_text(p, slot);
	if (p->pen.plain)
		wxml_escaped_text(p->pen.c, text, attribute);
	else if (text.len)
		wxml_value_text(p->pen.c, text, false);
}

/* A place exists when it is filled at run time, or when there is something to write now. */
static bool
slot_is_there(const struct body *p, enum slot slot)
{
	if (slot == NO_SLOT)
		return false;
	if (slot_index(p, slot) == NOWHERE)
		return false;
	return slot_index(p, slot) >= 0 || p->values[slot].type != WRITER_NULL;
}

static size_t
row_attributes(const struct body *p, const struct row *row, size_t there[ROW_ATTRIBUTES])
{
	size_t count = 0;

	for (size_t i = 0; i < ROW_ATTRIBUTES && row->attributes[i].name; i++)
		if (slot_is_there(p, row->attributes[i].slot))
			there[count++] = i;
	return count;
}

static void
put_row(struct body *p, const struct row *row)
{
	size_t there[ROW_ATTRIBUTES], count = row_attributes(p, row, there);
	bool content = slot_is_there(p, row->content);
	int32_t dependency = p->pen.plain ? WXML_NO_DEPENDENCY_FIELD : WXML_DEPENDS_ON_NOTHING;
	struct wxml_element e;

	if ((p->pen.event->bare_system && !row->bare) || (!content && !count && !row->always))
		return;
	if (content && slot_index(p, row->content) >= 0)
		dependency = slot_index(p, row->content);
	e = wxml_open(p->pen.c, slice_from_text(row->element), dependency, count > 0);
	for (size_t i = 0; i < count; i++) {
		wxml_attribute(p->pen.c, slice_from_text(row->attributes[there[i]].name), i + 1 < count);
		put_slot(p, row->attributes[there[i]].slot, true);
	}
	if (!content) {
		wxml_close_empty(p->pen.c, &e);
		return;
	}
	wxml_content(p->pen.c, &e);
	put_slot(p, row->content, false);
	wxml_close(p->pen.c, &e);
}

/* Where the data goes: directly below Event, or below UserData (evtx-format.md 2.10). */
static void
put_data_place(struct body *p, int32_t data_index)
{
	bool user = p->pen.event->body == WRITER_USER_DATA;
	struct wxml_element e = { 0 };

	if (p->pen.event->body == WRITER_NO_DATA)
		return;
	if (user) {
		e = wxml_open(p->pen.c, SLICE("UserData"), p->pen.plain ? WXML_NO_DEPENDENCY_FIELD : data_index, false);
		wxml_content(p->pen.c, &e);
	}
	if (p->pen.plain)
		event_data_write(&p->pen);
	else
		wxml_substitution(p->pen.c, (uint16_t)data_index, WRITER_BINXML, true);
	if (user)
		wxml_close(p->pen.c, &e);
}

static void
put_rendering_info(struct body *p)
{
	struct wxml_element root, e;

	if (!p->pen.plain || p->pen.event->message.len == 0)
		return;
	root = event_open_with(&p->pen, "RenderingInfo", WXML_NO_DEPENDENCY_FIELD, "Culture", SLICE("en-US"));
	e = wxml_open(p->pen.c, SLICE("Message"), WXML_NO_DEPENDENCY_FIELD, false);
	wxml_content(p->pen.c, &e);
	wxml_escaped_text(p->pen.c, p->pen.event->message, false);
	wxml_close(p->pen.c, &e);
	event_plain_element(&p->pen, SLICE("Channel"), p->values[SLOT_CHANNEL]);
	event_plain_element(&p->pen, SLICE("Provider"), p->values[SLOT_PROVIDER]);
	wxml_close(p->pen.c, &root);
}

static void
put_event(struct body *p)
{
	int32_t data_index = p->pen.plain ? WXML_NO_DEPENDENCY_FIELD : slot_index(p, SLOT_DATA);
	int32_t none = p->pen.plain ? WXML_NO_DEPENDENCY_FIELD : WXML_DEPENDS_ON_NOTHING;
	bool direct = p->pen.event->body == WRITER_EVENT_DATA || p->pen.event->body == WRITER_CLASSIC_DATA;
	struct wxml_element event, system;

	event = event_open_with(&p->pen, "Event", direct ? data_index : none, "xmlns",
		SLICE("http://schemas.microsoft.com/win/2004/08/events/event"));
	system = wxml_open(p->pen.c, SLICE("System"), none, false);
	wxml_content(p->pen.c, &system);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		put_row(p, &rows[i]);
	wxml_close(p->pen.c, &system);
	put_data_place(p, data_index);
	put_rendering_info(p);
	wxml_close(p->pen.c, &event);
}

/* All that is literal in the outer template. */
static struct guid
outer_guid(const struct body *p)
{
	const struct writer_event *e = p->pen.event;
	uint8_t shape[] = { (uint8_t)e->layout, e->body == WRITER_USER_DATA, e->body == WRITER_NO_DATA, e->bare_system };
	uint64_t state[2] = { 0x84222325CBF29CE4u, 1 };

	event_hash(state, slice_from(shape, sizeof(shape)));
	for (size_t s = 0; s < SLOTS; s++)
		if (slots[s].index[e->layout] == LITERAL && p->values[s].type != WRITER_NULL)
			event_hash(state, p->values[s].bytes);
	return event_hash_guid(state);
}

static void
put_outer_values(struct body *p)
{
	enum writer_layout layout = p->pen.event->layout;
	uint32_t count = layout == WRITER_LAYOUT_18 ? 18 : 20;
	size_t descriptors = wxml_values(p->pen.c, count);

	for (int index = 0; index < (int)count; index++) {
		size_t s = 0;

		while (s < SLOTS && slots[s].index[layout] != index)
			s++;
		if (s == SLOT_DATA && p->pen.event->body != WRITER_NO_DATA) {
			size_t began = p->pen.c->at;

			event_data_instance(&p->pen);
			wxml_value_is(p->pen.c, descriptors, (size_t)index, WRITER_BINXML, began);
		} else if (s < SLOTS) {
			wxml_value(p->pen.c, descriptors, (size_t)index, p->values[s].type, p->values[s].bytes);
		}
	}
}

void
event_body_write(struct wchunk *c, const struct writer_event *event)
{
	struct body p = { .pen = { c, event, event->layout == WRITER_LAYOUT_PLAIN } };

	arena_init(&p.arena, BODY_ARENA);
	fill_values(&p);
	wxml_fragment(c);
	if (p.pen.plain) {
		put_event(&p);
	} else {
		struct guid guid = outer_guid(&p);
		struct wxml_definition d;

		if (wxml_instance(c, &guid, &d)) {
			wxml_fragment(c);
			put_event(&p);
			wxml_end(c);
			wxml_definition_end(c, &d);
		}
		put_outer_values(&p);
	}
	wxml_end(c);
	arena_fini(&p.arena);
}
