/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/subject.h"

#include "src/subject/alias.h"
#include "src/subject/events.h"
#include "src/subject/fields.h"

bool
subject_is_known(struct slice channel, struct slice provider, uint32_t event_id)
{
	return event_type_of(channel, provider, event_id) != NULL;
}

/* MessageNumber and MessageTotal are int32; a forged one may be anything, which then reads as a huge number. */
uint32_t
fields_number(const struct record_field *fields, size_t count, const char *name)
{
	struct slice text = fields_text(fields, count, name);
	bool minus = text.len > 1 && text.ptr[0] == '-';
	uint64_t number = 0;

	if (!slice_to_u64(minus ? slice_sub(text, 1, text.len) : text, &number) || number > UINT32_MAX)
		return UINT32_MAX;
	return minus ? 0 - (uint32_t)number : (uint32_t)number;
}

struct slice
fields_text(const struct record_field *fields, size_t count, const char *name)
{
	struct slice wanted = slice_from_text(name);

	for (size_t i = 0; i < count; i++)
		if (slice_eq(fields[i].name, wanted))
			return fields[i].text;
	return SLICE_EMPTY;
}

struct subject_part
part_of_record(const struct record *record, const struct subject_context *context, uint32_t number)
{
	return (struct subject_part){ .record_id = record->system.record_id, .time = record->system.time,
		.offset = record->offset, .evidence = context->evidence, .number = number, .flags = record->flags };
}

/* The exact UTF-16LE of the text field: the record's own where it is a plain string, else made from the text. */
static bool
exact_text(struct draft *d)
{
	uint32_t at = d->subject->text_field;
	struct slice text = d->fields[at].text;
	struct buf units;

	if (at < d->own_count && d->own[at].utf16.len) {
		d->subject->text_utf16 = d->own[at].utf16;
		return true;
	}
	buf_init(&units, text.len * 2); /* a byte of text is at most one unit */
	utf_append_as_utf16le(&units, text);
	d->failed |= units.failed || !arena_copy(d->arena, buf_view(&units), &d->subject->text_utf16);
	buf_fini(&units);
	return !d->failed;
}

static void
choose_text(struct draft *d, const struct event_type *type)
{
	for (size_t i = 0; i < ARRAY_LEN(type->texts) && type->texts[i]; i++) {
		size_t at = draft_find(d, type->texts[i]);

		if (at == SIZE_MAX || (d->fields[at].text.len == 0 && !type->is_script_block))
			continue;
		d->subject->text_field = (uint32_t)at;
		d->subject->column[COLUMN_TEXT] = d->fields[at].text;
		exact_text(d);
		return;
	}
}

static enum subject_kind
script_kind(const struct record_field *fields, size_t count)
{
	uint32_t number = fields_number(fields, count, "MessageNumber");
	uint32_t total = fields_number(fields, count, "MessageTotal");

	if (number == 0 && total == 0)
		return SUBJECT_NOTICE;
	/* Numbers that make no sense (5 of 3, -1 of 2, 2 of 1) go to the joiner, too: it counts them and gives each
	 * back as a subject of its own. */
	return number == 1 && total == 1 ? SUBJECT_SCRIPT_BLOCK : SUBJECT_SCRIPT_PART;
}

static void
script_columns(struct draft *d, enum subject_kind kind)
{
	if (kind == SUBJECT_SCRIPT_BLOCK)
		d->subject->column[COLUMN_PARTS] = SLICE("1/1");
	if (kind == SUBJECT_NOTICE)
		draft_flag(d, SLICE("notice"));
	if (slice_starts_with(draft_text(d, "ScriptBlockText"), SLICE("-----BEGIN CMS-----")))
		draft_flag(d, SLICE("encrypted"));
}

static void
further_names(struct draft *d, const struct record *record, const struct subject_context *context)
{
	const struct record_system *s = &record->system;
	struct event_kind kind;

	if (context->kind)
		alias_fields(d, context->kind);
	else if (context->mapping && event_kind_make(&kind, context->mapping, s->channel, s->provider, s->event_id, d->arena))
		alias_fields(d, &kind);
	else
		d->failed |= context->mapping != NULL;
}

static const struct draft *
keep_draft(const struct draft *d)
{
	struct draft *copy = d->failed ? NULL : ARENA_NEW(d->arena, struct draft);

	if (copy)
		*copy = *d;
	return copy;
}

bool
subject_from_fields(const struct record *record, const struct event_type *type, const struct record_field *fields,
	size_t count, const struct subject_context *context, struct arena *arena, struct subject *subject,
	struct err *err)
{
	struct subject_part *part = ARENA_NEW(arena, struct subject_part);
	enum subject_kind kind = type && type->is_script_block ? script_kind(fields, count) : SUBJECT_RECORD;
	const struct record_system whole = record_whole_system(record);
	struct draft d;

	if (!part)
		return err_nomem(err);
	*part = part_of_record(record, context, 1);
	draft_init(&d, arena, subject, fields, count);
	subject->kind = kind;
	subject->parts = part;
	subject->part_count = 1;
	if (kind == SUBJECT_SCRIPT_PART) {
		subject->own = fields;
		subject->own_count = count;
		return !d.failed || err_nomem(err);
	}
	draft_system(&d, &whole, false);
	draft_record_flags(&d, record->flags);
	if (type && type->derive)
		type->derive(&d);
	further_names(&d, record, context);
	if (type && !d.failed)
		choose_text(&d, type);
	if (type && type->is_script_block)
		script_columns(&d, kind);
	if (!context->columns_later || kind == SUBJECT_SCRIPT_BLOCK)
		return draft_finish(&d, err);
	draft_finish_event(&d);
	subject->draft = keep_draft(&d);
	return (!d.failed && subject->draft) || err_nomem(err);
}

bool
subject_complete(struct subject *subject, struct err *err)
{
	struct draft d;

	if (!subject->draft)
		return true;
	d = *subject->draft;
	d.subject = subject;
	subject->draft = NULL;
	return draft_finish_columns(&d, err);
}

bool
subject_from_record(const struct record *record, const struct subject_context *context, struct arena *arena,
	struct subject *subject, struct err *err)
{
	const struct record_system *s = &record->system;
	const struct event_type *type = context->kind ? context->kind->type
		: event_type_of(s->channel, s->provider, s->event_id);
	struct record_field *fields;
	size_t count;

	return record_read_fields(record, arena, &fields, &count, err) &&
		subject_from_fields(record, type, fields, count, context, arena, subject, err);
}
