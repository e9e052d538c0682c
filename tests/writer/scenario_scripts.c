/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/scenario_state.h"

#include "base/utf.h"
#include "tests/writer/words.h"

enum {
	WHOLE_BELOW = 20000, /* units from which on PowerShell splits (evtx-format.md 9.1) */
	SHORTEST_PART = 10000,
	PARTS_LISTED = 1024, /* parts that a line can name */
	PART_GAP = 10000,    /* ticks between two parts: 1 ms */
};

struct script {
	struct slice id, text, path;
	struct slice utf16;
	uint64_t split;       /* length of every part but the last; 0: whole */
	uint64_t cuts[PARTS_LISTED]; /* or the unit at which each part but the first starts */
	size_t cut_count;
	uint64_t parts[PARTS_LISTED]; /* numbers to write, in this order; none: all */
	size_t part_count;
	uint64_t total; /* 0: as it is */
	bool has_path, quiet;
};

static bool
number_list(struct slice text, uint64_t *list, size_t *count)
{
	struct slice item;

	while (slice_split(&text, ',', &item)) {
		if (*count >= PARTS_LISTED || !slice_to_u64(item, &list[*count]))
			return false;
		++*count;
	}
	return *count > 0;
}

static bool
script_key(struct scenario *s, struct script *script, struct slice key, struct slice value, bool *ok)
{
	const struct named_text *t;

	if (slice_eq(key, SLICE("id"))) {
		script->id = value;
	} else if (slice_eq(key, SLICE("path"))) {
		script->has_path = !slice_eq(value, SLICE("-"));
		script->path = value;
	} else if (slice_eq(key, SLICE("text"))) {
		t = scenario_text(s->texts, s->text_count, value);
		*ok = t != NULL;
		script->text = t ? t->text : SLICE_EMPTY;
	} else if (slice_eq(key, SLICE("line"))) {
		script->text = value;
	} else if (slice_eq(key, SLICE("split"))) {
		*ok = slice_to_u64(value, &script->split) && script->split > 0;
	} else if (slice_eq(key, SLICE("cut"))) {
		*ok = number_list(value, script->cuts, &script->cut_count);
	} else if (slice_eq(key, SLICE("parts"))) {
		*ok = number_list(value, script->parts, &script->part_count);
	} else if (slice_eq(key, SLICE("total"))) {
		*ok = slice_to_u64(value, &script->total);
	} else if (slice_eq(key, SLICE("expect"))) {
		script->quiet = slice_eq(value, SLICE("no"));
	} else {
		return false;
	}
	return true;
}

static bool
take_keys(struct scenario *s, struct script *script, struct writer_event *e, struct slice line)
{
	struct slice word, key, value;
	bool ok = true;

	while (words_next(&line, &word)) {
		if (!words_pair(&s->arena, word, &key, &value))
			return scenario_fail(s, "not KEY=VALUE", word);
		if (!script_key(s, script, key, value, &ok) && !scenario_key(s, e, key, value, &ok))
			return scenario_fail(s, "no such key", key);
		if (!ok)
			return scenario_fail(s, "bad value", word);
	}
	if (script->id.len == 0)
		return scenario_fail(s, "script needs an id", line);
	return true;
}

/* Between 10,000 and 19,999, always the same for one id. */
static uint64_t
length_from_id(struct slice id)
{
	uint32_t h = 0;

	for (size_t i = 0; i < id.len; i++)
		h = h * 31 + id.ptr[i];
	return SHORTEST_PART + h % SHORTEST_PART;
}

static uint64_t
count_parts(struct script *script)
{
	uint64_t units = script->utf16.len / 2;

	if (script->cut_count)
		return script->cut_count + 1;
	if (!script->split && units < WHOLE_BELOW)
		return 1;
	if (!script->split)
		script->split = length_from_id(script->id);
	return units / script->split + 1;
}

static struct slice
part_text(const struct script *script, uint64_t number)
{
	uint64_t units = script->utf16.len / 2, start, end;

	if (script->cut_count) {
		start = number > 1 ? script->cuts[number - 2] : 0;
		end = number <= script->cut_count ? script->cuts[number - 1] : units;
	} else if (script->split) {
		start = (number - 1) * script->split;
		end = start + script->split;
	} else {
		start = 0;
		end = units;
	}
	if (end < start)
		end = start;
	return slice_sub(script->utf16, (size_t)start * 2, (size_t)(end - start) * 2);
}

static bool
put_part(struct scenario *s, const struct script *script, const struct writer_event *model, uint64_t number,
	uint64_t total)
{
	struct arena *a = &s->arena;
	struct writer_field fields[] = {
		{ SLICE("MessageNumber"), writer_int(a, WRITER_I32, number), WRITER_I32 },
		{ SLICE("MessageTotal"), writer_int(a, WRITER_I32, total), WRITER_I32 },
		{ SLICE("ScriptBlockText"), { WRITER_STRING, part_text(script, number) }, WRITER_STRING },
		{ SLICE("ScriptBlockId"), writer_string(a, script->id), WRITER_STRING },
		{ SLICE("Path"), writer_string(a, script->path), WRITER_STRING },
	};
	struct writer_event e = *model;

	e.fields = fields;
	e.field_count = script->has_path ? 5 : 4;
	e.record = model->record ? model->record + number - 1 : 0;
	return scenario_put(s, &e);
}

static bool
put_parts(struct scenario *s, struct script *script, const struct writer_event *e)
{
	uint64_t count = count_parts(script), step = s->step;
	size_t written = script->part_count ? script->part_count : (size_t)count;
	bool ok = true;

	s->step = PART_GAP;
	for (size_t i = 0; i < written && ok; i++) {
		uint64_t number = script->part_count ? script->parts[i] : i + 1;

		if (number == 0 || number > count)
			ok = scenario_fail(s, "the text has no such part", script->id);
		else
			ok = put_part(s, script, e, number, script->total ? script->total : count);
	}
	s->step = step;
	s->now += step;
	return ok;
}

/* The sink hears of each id once, with the text of its first line. */
static bool
tell_text(struct scenario *s, const struct script *script)
{
	for (size_t i = 0; i < s->told_count; i++)
		if (slice_eq(s->told[i], script->id))
			return true;
	if (script->quiet || !s->sink->text || s->told_count >= SCENARIO_TEXTS)
		return true;
	s->told[s->told_count++] = script->id;
	return s->sink->text(s->sink->context, script->id, script->text, s->err);
}

/* script id=GUID text=NAME [path=...] [split=N|cut=N,N...] [parts=N,N...] [total=N] [event's keys...] */
bool
scenario_do_script(struct scenario *s, struct slice line)
{
	struct script *script = ARENA_NEW(&s->arena, struct script);
	struct writer_event e = s->event;
	struct slice channel = e.channel;
	struct buf utf16;
	bool ok;

	if (!script)
		return err_nomem(s->err);
	script->has_path = true;
	if (!scenario_preset(s, event_preset_find(SLICE("4104")), &e))
		return false;
	if (slice_eq(channel, SLICE("PowerShellCore/Operational")))
		scenario_key(s, &e, SLICE("channel"), SLICE("powershellcore"), &ok);
	if (!take_keys(s, script, &e, line))
		return false;
	if (!script->has_path) {
		scenario_key(s, &e, SLICE("template"), slice_from_text(event_preset_find(SLICE("4104-4.0"))->template_guid),
			&ok);
		e.task = 102;
	}
	buf_init(&utf16, SCENARIO_TEXT_MAX);
	utf_append_as_utf16le(&utf16, script->text);
	ok = arena_copy(&s->arena, buf_view(&utf16), &script->utf16) || err_nomem(s->err);
	buf_fini(&utf16);
	return ok && put_parts(s, script, &e) && tell_text(s, script);
}
