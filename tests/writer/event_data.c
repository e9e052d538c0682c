/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/event_data.h"

#include "tests/writer/evtx_writer.h"

enum { TEXT_MAX = 1 << 20 };

struct wxml_element
event_open_with(struct pen *p, const char *element, int32_t dependency, const char *name, struct slice text)
{
	struct wxml_element e = wxml_open(p->c, slice_from_text(element), dependency, name != NULL);

	if (name) {
		wxml_attribute(p->c, slice_from_text(name), false);
		if (p->plain)
			wxml_escaped_text(p->c, text, true);
		else
			wxml_value_text(p->c, text, false);
	}
	wxml_content(p->c, &e);
	return e;
}

static uint8_t
declared_type(const struct writer_field *f)
{
	return f->declared ? f->declared : f->value.type;
}

void
event_hash(uint64_t state[2], struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		state[0] = (state[0] ^ s.ptr[i]) * 0x100000001B3u;
		state[1] = (state[1] + s.ptr[i]) * 0x9E3779B97F4A7C15u + (state[0] >> 29);
	}
	state[0] = (state[0] ^ 0xFF) * 0x100000001B3u; /* divides the parts */
}

struct guid
event_hash_guid(const uint64_t state[2])
{
	struct guid g;

	for (size_t i = 0; i < 16; i++)
		g.bytes[i] = (uint8_t)(state[i / 8] >> (8 * (i % 8)));
	return g;
}

static struct guid
data_guid(const struct writer_event *e)
{
	uint64_t state[2] = { 0xCBF29CE484222325u, (uint64_t)e->body };

	if (e->template_guid)
		return *e->template_guid;
	event_hash(state, e->user_data_root);
	event_hash(state, e->user_data_namespace);
	for (size_t i = 0; i < e->field_count && e->body != WRITER_CLASSIC_DATA; i++) {
		uint8_t type = declared_type(&e->fields[i]);

		event_hash(state, e->fields[i].name);
		event_hash(state, slice_from(&type, 1));
	}
	return event_hash_guid(state);
}

static void
put_rendered(struct pen *p, struct writer_value value)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	writer_value_render(value, &text);
	wxml_escaped_text(p->c, buf_view(&text), false);
	buf_fini(&text);
}

static void
put_named_data(struct pen *p, const struct writer_field *f, size_t index)
{
	int32_t dependency = p->plain ? WXML_NO_DEPENDENCY_FIELD : (int32_t)index;
	struct wxml_element e = event_open_with(p, "Data", dependency, f->name.len ? "Name" : NULL, f->name);

	if (p->plain)
		put_rendered(p, f->value);
	else
		wxml_substitution(p->c, (uint16_t)index, declared_type(f), true);
	wxml_close(p->c, &e);
}

static void
put_event_data(struct pen *p)
{
	const struct writer_event *e = p->event;
	struct wxml_element root = wxml_open(p->c, SLICE("EventData"),
		p->plain ? WXML_NO_DEPENDENCY_FIELD : WXML_DEPENDS_ON_NOTHING, false);

	wxml_content(p->c, &root);
	for (size_t i = 0; i < e->field_count; i++)
		put_named_data(p, &e->fields[i], i);
	wxml_close(p->c, &root);
}

/* One element whose whole content is one optional value: what Windows repeats for each item of an array. */
static void
put_optional(struct pen *p, const char *name, uint16_t index, uint8_t type)
{
	struct wxml_element e = wxml_open(p->c, slice_from_text(name), index, false);

	wxml_content(p->c, &e);
	wxml_substitution(p->c, index, type, true);
	wxml_close(p->c, &e);
}

void
event_plain_element(struct pen *p, struct slice name, struct writer_value value)
{
	struct wxml_element e = wxml_open(p->c, name, WXML_NO_DEPENDENCY_FIELD, false);

	wxml_content(p->c, &e);
	put_rendered(p, value);
	wxml_close(p->c, &e);
}

/* The items of a string array, one element each. */
static void
put_plain_items(struct pen *p, struct slice array)
{
	for (size_t at = 0; at + 1 < array.len;) {
		size_t end = at;

		while (end + 1 < array.len && (array.ptr[end] || array.ptr[end + 1]))
			end += 2;
		event_plain_element(p, SLICE("Data"),
			(struct writer_value){ WRITER_STRING, slice_sub(array, at, end - at) });
		at = end + 2;
	}
}

static void
put_classic_data(struct pen *p)
{
	const struct writer_event *e = p->event;
	struct wxml_element root = wxml_open(p->c, SLICE("EventData"),
		p->plain ? WXML_NO_DEPENDENCY_FIELD : WXML_DEPENDS_ON_NOTHING, false);

	wxml_content(p->c, &root);
	if (p->plain) {
		if (e->field_count > 0)
			put_plain_items(p, e->fields[0].value.bytes);
		if (e->field_count > 1 && e->fields[1].value.type != WRITER_NULL)
			event_plain_element(p, SLICE("Binary"), e->fields[1].value);
	} else {
		put_optional(p, "Data", 0, WRITER_STRING | WRITER_ARRAY);
		put_optional(p, "Binary", 2, WRITER_BINARY);
	}
	wxml_close(p->c, &root);
}

static void
put_user_data(struct pen *p)
{
	const struct writer_event *e = p->event;
	int32_t dependency = p->plain ? WXML_NO_DEPENDENCY_FIELD : WXML_DEPENDS_ON_NOTHING;
	struct wxml_element root = wxml_open(p->c, e->user_data_root, dependency, e->user_data_namespace.len > 0);

	if (e->user_data_namespace.len) {
		wxml_attribute(p->c, SLICE("xmlns"), false);
		wxml_value_text(p->c, e->user_data_namespace, false);
	}
	wxml_content(p->c, &root);
	for (size_t i = 0; i < e->field_count; i++) {
		if (p->plain) {
			event_plain_element(p, e->fields[i].name, e->fields[i].value);
		} else {
			struct wxml_element f = wxml_open(p->c, e->fields[i].name, (int32_t)i, false);

			wxml_content(p->c, &f);
			wxml_substitution(p->c, (uint16_t)i, declared_type(&e->fields[i]), true);
			wxml_close(p->c, &f);
		}
	}
	wxml_close(p->c, &root);
}

void
event_data_write(struct pen *p)
{
	static void (*const bodies[])(struct pen *) = {
		[WRITER_EVENT_DATA] = put_event_data,
		[WRITER_CLASSIC_DATA] = put_classic_data,
		[WRITER_USER_DATA] = put_user_data,
		[WRITER_NO_DATA] = NULL,
	};

	if (bodies[p->event->body])
		bodies[p->event->body](p);
}

static void
put_data_values(struct pen *p)
{
	const struct writer_event *e = p->event;
	size_t descriptors;

	if (e->body == WRITER_CLASSIC_DATA) {
		/* Three values, the second one unused (evtx-format.md 2.10). */
		descriptors = wxml_values(p->c, 3);
		if (e->field_count > 0)
			wxml_value(p->c, descriptors, 0, e->fields[0].value.type, e->fields[0].value.bytes);
		if (e->field_count > 1)
			wxml_value(p->c, descriptors, 2, e->fields[1].value.type, e->fields[1].value.bytes);
		return;
	}
	descriptors = wxml_values(p->c, (uint32_t)e->field_count);
	for (size_t i = 0; i < e->field_count; i++)
		wxml_value(p->c, descriptors, i, e->fields[i].value.type, e->fields[i].value.bytes);
}

void
event_data_instance(struct pen *p)
{
	struct guid guid = data_guid(p->event);
	struct wxml_definition d;

	wxml_fragment(p->c);
	if (wxml_instance(p->c, &guid, &d)) {
		wxml_fragment(p->c);
		event_data_write(p);
		wxml_end(p->c);
		wxml_definition_end(p->c, &d);
	}
	put_data_values(p);
	wxml_end(p->c);
}
