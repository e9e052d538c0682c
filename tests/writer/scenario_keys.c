/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/scenario_state.h"

#include "base/filetime.h"

#include <stddef.h>

enum key_kind { KEY_TEXT, KEY_NUMBER, KEY_ID, KEY_PID, KEY_WIDE, KEY_TIME, KEY_GUID };

static const struct {
	const char *name;
	enum key_kind kind;
	size_t offset;
} keys[] = {
	{ "computer", KEY_TEXT, offsetof(struct writer_event, computer) },
	{ "provider", KEY_TEXT, offsetof(struct writer_event, provider) },
	{ "source", KEY_TEXT, offsetof(struct writer_event, source) },
	{ "message", KEY_TEXT, offsetof(struct writer_event, message) },
	{ "root", KEY_TEXT, offsetof(struct writer_event, user_data_root) },
	{ "xmlns", KEY_TEXT, offsetof(struct writer_event, user_data_namespace) },
	{ "eventid", KEY_ID, offsetof(struct writer_event, id) },
	{ "qualifiers", KEY_NUMBER, offsetof(struct writer_event, qualifiers) },
	{ "version", KEY_NUMBER, offsetof(struct writer_event, version) },
	{ "level", KEY_NUMBER, offsetof(struct writer_event, level) },
	{ "task", KEY_NUMBER, offsetof(struct writer_event, task) },
	{ "opcode", KEY_NUMBER, offsetof(struct writer_event, opcode) },
	{ "keywords", KEY_WIDE, offsetof(struct writer_event, keywords) },
	{ "record", KEY_WIDE, offsetof(struct writer_event, record) },
	{ "header", KEY_WIDE, offsetof(struct writer_event, header_record) },
	{ "time", KEY_TIME, offsetof(struct writer_event, time) },
	{ "written", KEY_TIME, offsetof(struct writer_event, written) },
	{ "pid", KEY_PID, offsetof(struct writer_event, pid) },
	{ "tid", KEY_PID, offsetof(struct writer_event, tid) },
	{ "guid", KEY_GUID, offsetof(struct writer_event, provider_guid) },
	{ "activity", KEY_GUID, offsetof(struct writer_event, activity) },
	{ "related", KEY_GUID, offsetof(struct writer_event, related) },
	{ "template", KEY_GUID, offsetof(struct writer_event, template_guid) },
};

static bool
to_guid(struct scenario *s, struct slice text, const struct guid **out)
{
	struct guid *g = ARENA_NEW(&s->arena, struct guid);

	*out = g;
	return g && guid_parse(text, g);
}

/* Writes through memcpy: the table gives offsets into the event, each of the type its kind says. */
static bool
apply_kind(struct scenario *s, enum key_kind kind, uint8_t *place, struct slice value)
{
	bool absent = slice_eq(value, SLICE("-")), ok = true;
	const struct guid *g = NULL;
	uint64_t v = 0;
	int64_t wide;
	int32_t narrow;
	uint16_t id;

	if (kind == KEY_NUMBER || kind == KEY_ID || kind == KEY_PID || kind == KEY_WIDE)
		ok = absent || slice_to_u64(value, &v);
	switch (kind) {
	case KEY_TEXT:
		memcpy(place, &value, sizeof(value));
		return true;
	case KEY_NUMBER:
		narrow = absent ? -1 : (int32_t)v;
		memcpy(place, &narrow, sizeof(narrow));
		return ok;
	case KEY_ID:
		id = (uint16_t)v;
		memcpy(place, &id, sizeof(id));
		return ok;
	case KEY_PID:
		wide = absent ? -1 : (int64_t)v;
		memcpy(place, &wide, sizeof(wide));
		return ok;
	case KEY_TIME:
		ok = slice_to_u64(value, &v) || filetime_parse(value, &v);
		memcpy(place, &v, sizeof(v));
		return ok;
	case KEY_WIDE:
		memcpy(place, &v, sizeof(v));
		return ok;
	case KEY_GUID:
		ok = absent || to_guid(s, value, &g);
		memcpy(place, &g, sizeof(g));
		return ok;
	}
	return false;
}

static bool
apply_channel(struct scenario *s, struct writer_event *e, struct slice word)
{
	const struct channel_preset *preset = channel_preset_find(word);

	if (!preset) {
		e->channel = word;
		return true;
	}
	e->channel = slice_from_text(preset->channel);
	e->provider = slice_from_text(preset->provider);
	e->bare_system = preset->bare_system;
	e->provider_guid = NULL;
	return !preset->guid || to_guid(s, slice_from_text(preset->guid), &e->provider_guid);
}

/* A SID, "-" for none, or "text:..." for what Windows never writes there. */
static bool
apply_user(struct scenario *s, struct writer_event *e, struct slice value)
{
	const struct slice text = SLICE("text:");
	uint8_t type = slice_eq(value, SLICE("-")) ? WRITER_NULL : WRITER_SID;

	if (slice_starts_with(value, text))
		return writer_value_parse(&s->arena, WRITER_STRING, slice_sub(value, text.len, value.len), &e->user);
	return writer_value_parse(&s->arena, type, value, &e->user);
}

struct word_number {
	const char *word;
	int number;
};

static bool
lookup(const struct word_number *table, size_t count, struct slice word, int *number)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(word, slice_from_text(table[i].word))) {
			*number = table[i].number;
			return true;
		}
	return false;
}

static bool
apply_layout(struct writer_event *e, struct slice value)
{
	static const struct word_number layouts[] = {
		{ "18", WRITER_LAYOUT_18 }, { "20", WRITER_LAYOUT_20 }, { "plain", WRITER_LAYOUT_PLAIN }
	};
	int number = 0;
	bool ok = lookup(layouts, ARRAY_LEN(layouts), value, &number);

	e->layout = (enum writer_layout)number;
	return ok;
}

static bool
apply_body(struct writer_event *e, struct slice value)
{
	static const struct word_number bodies[] = { { "data", WRITER_EVENT_DATA }, { "classic", WRITER_CLASSIC_DATA },
		{ "user", WRITER_USER_DATA }, { "none", WRITER_NO_DATA } };
	int number = 0;
	bool ok = lookup(bodies, ARRAY_LEN(bodies), value, &number);

	e->body = (enum writer_body)number;
	return ok;
}

bool
scenario_key(struct scenario *s, struct writer_event *e, struct slice key, struct slice value, bool *ok)
{
	if (slice_eq(key, SLICE("channel")))
		*ok = apply_channel(s, e, value);
	else if (slice_eq(key, SLICE("user")))
		*ok = apply_user(s, e, value);
	else if (slice_eq(key, SLICE("layout")))
		*ok = apply_layout(e, value);
	else if (slice_eq(key, SLICE("body")))
		*ok = apply_body(e, value);
	else {
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (slice_eq(key, slice_from_text(keys[i].name))) {
				*ok = apply_kind(s, keys[i].kind, (uint8_t *)e + keys[i].offset, value);
				return true;
			}
		return false;
	}
	return true;
}
