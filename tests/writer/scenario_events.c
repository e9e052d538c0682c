/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/scenario_state.h"

#include "base/filetime.h"
#include "tests/writer/words.h"

bool
scenario_preset(struct scenario *s, const struct event_preset *preset, struct writer_event *e)
{
	bool ok = true;

	if (preset->channel && !scenario_key(s, e, SLICE("channel"), slice_from_text(preset->channel), &ok))
		return false;
	e->id = preset->id;
	e->version = preset->version;
	e->level = preset->level;
	e->task = preset->task;
	e->opcode = preset->opcode;
	e->keywords = preset->keywords;
	e->body = preset->body;
	e->user_data_root = slice_from_text(preset->user_data_root);
	e->user_data_namespace = slice_from_text(preset->user_data_namespace);
	if (e->bare_system) {
		e->qualifiers = 0;
		e->pid = e->tid = -1;
	}
	if (preset->template_guid)
		scenario_key(s, e, SLICE("template"), slice_from_text(preset->template_guid), &ok);
	return ok;
}

/* Sysmon says the time once more, as text: yyyy-mm-dd hh:mm:ss.mmm */
static struct slice
sysmon_time(struct scenario *s)
{
	char text[FILETIME_TEXT];
	struct slice copy = SLICE_EMPTY;

	filetime_text(s->now, text);
	text[10] = ' ';
	arena_copy(&s->arena, slice_from(text, 23), &copy);
	return copy;
}

static void
preset_drafts(struct scenario *s, const struct event_preset *preset, struct drafts *drafts)
{
	for (size_t i = 0; i < PRESET_FIELDS && preset->fields[i].name; i++) {
		const struct preset_field *f = &preset->fields[i];
		struct slice name = slice_from_text(f->name);
		const struct named_text *other = scenario_text(s->always, s->always_count, name);

		drafts->items[drafts->count++] = (struct draft){
			.name = name,
			.type = f->type,
			.text = other ? other->text : slice_from_text(f->text),
		};
		if (slice_eq(name, SLICE("UtcTime")))
			drafts->items[drafts->count - 1].text = sysmon_time(s);
	}
}

static struct draft *
draft_named(struct drafts *drafts, struct slice name)
{
	for (size_t i = 0; i < drafts->count; i++)
		if (name.len && slice_eq(drafts->items[i].name, name))
			return &drafts->items[i];
	return NULL;
}

/* A type behind the last colon: Name:u32. */
static void
split_type(struct slice *name, uint8_t *type, bool *typed)
{
	size_t colon = name->len;
	struct slice word;

	while (colon > 0 && name->ptr[colon - 1] != ':')
		colon--;
	word = slice_sub(*name, colon, name->len);
	*typed = colon > 0 && writer_type_named(word, type);
	if (*typed)
		*name = slice_sub(*name, 0, colon - 1);
}

/* Names with escapes when they hold a backslash; a lone '.' is no name at all. */
static bool
final_name(struct scenario *s, struct slice *name)
{
	if (slice_eq(*name, SLICE(".")))
		*name = SLICE_EMPTY;
	if (slice_find_byte(*name, '\\', 0) == SIZE_MAX)
		return true;
	return words_unescape(&s->arena, *name, name) || scenario_fail(s, "bad escape", *name);
}

/* An indented line: NAME[:type] OP VALUE, +NAME OP VALUE for a parameter, !NAME to leave a field out. */
static bool
take_field(struct scenario *s, struct drafts *drafts, struct slice line)
{
	struct slice name, value;
	struct draft *d, *added;
	uint8_t type = WRITER_STRING;
	bool typed;

	if (line.ptr[0] == '!') {
		d = draft_named(drafts, slice_sub(line, 1, line.len));
		if (!d)
			return scenario_fail(s, "no such field", line);
		d->absent = true;
		return true;
	}
	if (!scenario_value(s, line, &name, &value))
		return false;
	if (drafts->count >= COMPOSE_FIELDS || drafts->parameter_count >= COMPOSE_FIELDS)
		return scenario_fail(s, "too many fields", line);
	if (name.ptr[0] == '+') {
		added = &drafts->parameters[drafts->parameter_count++];
		*added = (struct draft){ .name = slice_sub(name, 1, name.len), .text = value };
		return true;
	}
	split_type(&name, &type, &typed);
	if (!final_name(s, &name))
		return false;
	d = draft_named(drafts, name);
	if (!d) {
		d = &drafts->items[drafts->count++];
		*d = (struct draft){ .name = name, .type = type };
	}
	if (typed)
		d->type = type;
	d->text = value;
	return true;
}

static bool
take_fields(struct scenario *s, struct drafts *drafts)
{
	struct slice line;

	while (scenario_line_continues(s) && scenario_take_line(s, &line)) {
		line = slice_trim(line);
		if (line.len && line.ptr[0] != '#' && !take_field(s, drafts, line))
			return false;
	}
	return true;
}

static bool
take_keys(struct scenario *s, struct writer_event *e, struct slice line)
{
	struct slice word, key, value;
	bool ok = true;

	while (words_next(&line, &word)) {
		if (!words_pair(&s->arena, word, &key, &value))
			return scenario_fail(s, "not KEY=VALUE", word);
		if (!scenario_key(s, e, key, value, &ok))
			return scenario_fail(s, "no such key", key);
		if (!ok)
			return scenario_fail(s, "bad value", word);
	}
	return true;
}

/* The template of real hosts stands for the fields of real hosts only. */
static bool
same_shape(const struct event_preset *preset, const struct drafts *drafts)
{
	size_t i = 0;

	for (; i < PRESET_FIELDS && preset->fields[i].name; i++)
		if (drafts->items[i].absent || drafts->items[i].type != preset->fields[i].type)
			return false;
	return i == drafts->count;
}

bool
scenario_put(struct scenario *s, struct writer_event *e)
{
	struct log_file *f = scenario_file_for(s, e);
	bool put;

	if (!f)
		return false;
	if (!e->time)
		e->time = s->now;
	s->now += s->step;
	if (!e->record)
		e->record = f->next_record;
	if (f->next_header && !e->header_record)
		e->header_record = f->next_header++;
	put = s->residue ? writer_log_add_residue(f->log, e) : writer_log_add(f->log, e);
	if (!put)
		return scenario_fail(s, "no room for the event in", f->name);
	f->next_record = e->record + 1;
	return true;
}

/* event PRESET|NUMBER [KEY=VALUE...], then indented fields */
bool
scenario_do_event(struct scenario *s, struct slice line)
{
	struct writer_event e = s->event;
	struct drafts *drafts = ARENA_NEW(&s->arena, struct drafts);
	const struct event_preset *preset;
	struct slice word, bad = SLICE_EMPTY;
	uint64_t number;

	if (!drafts)
		return err_nomem(s->err);
	if (!words_next(&line, &word))
		return scenario_fail(s, "event needs a name or number", line);
	preset = event_preset_find(word);
	if (preset) {
		preset_drafts(s, preset, drafts);
		if (!scenario_preset(s, preset, &e))
			return scenario_fail(s, "preset", word);
	} else if (slice_to_u64(word, &number) && number <= UINT16_MAX) {
		e.id = (uint16_t)number;
	} else {
		return scenario_fail(s, "no such event", word);
	}
	if (!take_keys(s, &e, line) || !take_fields(s, drafts))
		return false;
	if (preset && preset->shape == SHAPE_FIELDS && !same_shape(preset, drafts))
		e.template_guid = NULL;
	if (!compose_fields(&s->arena, preset ? preset->shape : SHAPE_FIELDS, drafts, &e, &bad))
		return scenario_fail(s, "bad value for field", bad);
	return scenario_put(s, &e);
}
