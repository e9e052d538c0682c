/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/draft.h"

#include "base/filetime.h"
#include "base/limits.h"
#include "base/name.h"
#include "src/subject/events.h"

enum { NUMBER_TEXT = 24, SYSTEM_FIELDS = 16 };

void
draft_init(struct draft *d, struct arena *arena, struct subject *subject, const struct record_field *own,
	size_t own_count)
{
	*subject = (struct subject){ .text_field = UINT32_MAX };
	*d = (struct draft){ .arena = arena, .subject = subject, .own = own, .own_count = own_count };
	d->flags = ARENA_ARRAY(arena, struct slice, DRAFT_FLAGS);
	d->room = own_count + 24;
	d->fields = ARENA_ARRAY(arena, struct sigma_field, d->room);
	subject->flags = d->flags;
	if (!d->fields || !d->flags) {
		d->failed = true;
		d->room = 0;
		return;
	}
	for (size_t i = 0; i < own_count; i++)
		d->fields[i] = (struct sigma_field){ .name = own[i].name, .mark = own[i].mark, .text = own[i].text, .null = own[i].null,
			.plain = own[i].plain };
	d->count = own_count;
}

static bool
make_room(struct draft *d)
{
	struct sigma_field *grown;

	if (d->failed)
		return false;
	if (d->count < d->room)
		return true;
	grown = ARENA_ARRAY(d->arena, struct sigma_field, d->room * 2);
	if (!grown) {
		d->failed = true;
		return false;
	}
	memcpy(grown, d->fields, d->count * sizeof(*grown));
	d->fields = grown;
	d->room *= 2;
	return true;
}

void
draft_add(struct draft *d, struct slice name, struct slice text)
{
	if (text.len && make_room(d))
		d->fields[d->count++] = (struct sigma_field){ .name = name, .text = text };
}

size_t
draft_find(const struct draft *d, const char *name)
{
	struct slice wanted = slice_from_text(name);

	for (size_t i = 0; i < d->count; i++)
		if (slice_eq(d->fields[i].name, wanted))
			return i;
	return SIZE_MAX;
}

struct slice
draft_text(const struct draft *d, const char *name)
{
	size_t at = draft_find(d, name);

	return at == SIZE_MAX ? SLICE_EMPTY : d->fields[at].text;
}

static uint8_t *
draft_bytes(struct draft *d, size_t len)
{
	uint8_t *bytes = d->failed ? NULL : arena_alloc(d->arena, len, 1);

	if (!bytes)
		d->failed = true;
	return bytes;
}

/* Every record needs a handful of these, so they are not worth a printf each. */
struct slice
draft_number(struct draft *d, uint64_t number)
{
	/* Levels, opcodes, versions, tasks: most numbers need no memory of their own. */
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
		"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
		"8081828384858687888990919293949596979899";
	uint8_t text[NUMBER_TEXT], *copy;
	size_t at = NUMBER_TEXT;

	for (; number >= 100; number /= 100)
		memcpy(text + (at -= 2), pairs + 2 * (number % 100), 2);
	if (at == NUMBER_TEXT) {
		size_t skipped = number < 10;

		return slice_from(pairs + 2 * number + skipped, 2 - skipped);
	}
	text[--at] = (uint8_t)pairs[2 * number + 1];
	if (number >= 10)
		text[--at] = (uint8_t)pairs[2 * number];
	copy = draft_bytes(d, NUMBER_TEXT);
	if (!copy)
		return SLICE_EMPTY;
	memcpy(copy, text + at, NUMBER_TEXT - at);
	return slice_from(copy, NUMBER_TEXT - at);
}

struct slice
draft_hex(struct draft *d, uint64_t number, size_t digits)
{
	static const char digit[] = "0123456789abcdef";
	size_t len = digits < 16 ? digits : 16;
	uint8_t *text = draft_bytes(d, NUMBER_TEXT);

	if (!text)
		return SLICE_EMPTY;
	while (len < 16 && number >> (4 * len))
		len++;
	text[0] = '0';
	text[1] = 'x';
	for (size_t i = 0; i < len; i++)
		text[2 + i] = (uint8_t)digit[number >> (4 * (len - 1 - i)) & 15];
	return slice_from(text, 2 + len);
}

struct slice
draft_join(struct draft *d, struct slice a, struct slice b, struct slice c)
{
	const struct slice pieces[] = { a, b, c };
	uint8_t *text = draft_bytes(d, a.len + b.len + c.len + 1);
	size_t len = 0;

	if (!text)
		return SLICE_EMPTY;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		if (pieces[i].len)
			memcpy(text + len, pieces[i].ptr, pieces[i].len);
		len += pieces[i].len;
	}
	return slice_from(text, len);
}

void
draft_flag(struct draft *d, struct slice text)
{
	for (size_t i = 0; i < d->subject->flag_count; i++)
		if (slice_eq(d->flags[i], text))
			return;
	if (d->flags && d->subject->flag_count < DRAFT_FLAGS)
		d->flags[d->subject->flag_count++] = text;
}

void
draft_record_flags(struct draft *d, unsigned flags)
{
	const char *name;

	while ((name = record_flag_name(&flags)))
		draft_flag(d, slice_from_text(name));
}

static struct slice
time_text(struct draft *d, uint64_t ticks)
{
	uint8_t *text = draft_bytes(d, FILETIME_TEXT);

	return text ? slice_from(text, filetime_text(ticks, (char *)text)) : SLICE_EMPTY;
}

static struct slice
guid_column(struct draft *d, const struct guid *guid)
{
	uint8_t *text = draft_bytes(d, GUID_TEXT);

	if (!text)
		return SLICE_EMPTY;
	guid_text(guid, (char *)text);
	return slice_from(text, GUID_TEXT - 1);
}

static void
system_columns(struct draft *d, const struct record_system *s)
{
	struct slice *column = d->subject->column;

	column[COLUMN_CHANNEL] = s->channel;
	column[COLUMN_PROVIDER] = s->provider;
	column[COLUMN_COMPUTER] = s->computer;
	column[COLUMN_USER_SID] = s->user_sid;
	if (s->has.activity_id)
		column[COLUMN_ACTIVITY_ID] = guid_column(d, &s->activity_id);
	d->subject->event.channel = s->channel;
	d->subject->event.provider = s->provider;
	d->subject->event.event_id = s->event_id;
}

enum system_name {
	NAME_EVENT_ID,
	NAME_LEVEL,
	NAME_EVENT_RECORD_ID,
	NAME_EXECUTION_PROCESS_ID,
	NAME_EXECUTION_THREAD_ID,
	NAME_CHANNEL,
	NAME_COMPUTER,
	NAME_COMPUTER_NAME,
	NAME_PROVIDER_NAME,
	NAME_SECURITY_USER_ID,
	NAME_TIME_CREATED_SYSTEM_TIME,
	NAME_TASK,
	NAME_OPCODE,
	NAME_KEYWORDS,
	NAME_VERSION,
};

static struct {
	struct slice name;
	uint64_t mark;
} system_names[] = {
	[NAME_EVENT_ID] = { { (const uint8_t *)"EventID", 7 }, 0 },
	[NAME_LEVEL] = { { (const uint8_t *)"Level", 5 }, 0 },
	[NAME_EVENT_RECORD_ID] = { { (const uint8_t *)"EventRecordID", 13 }, 0 },
	[NAME_EXECUTION_PROCESS_ID] = { { (const uint8_t *)"Execution_ProcessID", 19 }, 0 },
	[NAME_EXECUTION_THREAD_ID] = { { (const uint8_t *)"Execution_ThreadID", 18 }, 0 },
	[NAME_CHANNEL] = { { (const uint8_t *)"Channel", 7 }, 0 },
	[NAME_COMPUTER] = { { (const uint8_t *)"Computer", 8 }, 0 },
	[NAME_COMPUTER_NAME] = { { (const uint8_t *)"ComputerName", 12 }, 0 },
	[NAME_PROVIDER_NAME] = { { (const uint8_t *)"Provider_Name", 13 }, 0 },
	[NAME_SECURITY_USER_ID] = { { (const uint8_t *)"Security_UserID", 15 }, 0 },
	[NAME_TIME_CREATED_SYSTEM_TIME] = { { (const uint8_t *)"TimeCreated_SystemTime", 22 }, 0 },
	[NAME_TASK] = { { (const uint8_t *)"Task", 4 }, 0 },
	[NAME_OPCODE] = { { (const uint8_t *)"Opcode", 6 }, 0 },
	[NAME_KEYWORDS] = { { (const uint8_t *)"Keywords", 8 }, 0 },
	[NAME_VERSION] = { { (const uint8_t *)"Version", 7 }, 0 },
};

/* All that are added as plain ones, but for EventID. */
static const enum system_name varying[] = { NAME_LEVEL, NAME_EVENT_RECORD_ID, NAME_EXECUTION_PROCESS_ID, NAME_EXECUTION_THREAD_ID,
	NAME_TIME_CREATED_SYSTEM_TIME, NAME_TASK, NAME_OPCODE, NAME_KEYWORDS, NAME_VERSION };

struct slice
subject_varying_name(size_t i)
{
	return i < ARRAY_LEN(varying) ? system_names[varying[i]].name : SLICE_EMPTY;
}

/* Once a process. */
static void
mark_system_names(void)
{
	if (system_names[0].mark)
		return;
	for (size_t i = ARRAY_LEN(system_names); i-- > 0;)
		system_names[i].mark = name_mark(system_names[i].name);
}

/* The System fields of the record at hand, in memory that is all zeros.  Every record has them, so they are written one by
 * one, not by way of tables. */
struct system_fields {
	struct draft *draft;
	struct sigma_field *list;
	size_t count;
};

static struct slice
add_plain(struct system_fields *f, enum system_name name, struct slice text)
{
	struct sigma_field *field = &f->list[f->count++];

	field->name = system_names[name].name;
	field->mark = system_names[name].mark;
	field->text = text;
	field->plain = true;
	return text;
}

static struct slice
add_number(struct system_fields *f, enum system_name name, uint64_t number)
{
	return add_plain(f, name, draft_number(f->draft, number));
}

static void
add_text(struct system_fields *f, enum system_name name, struct slice text)
{
	if (text.len)
		f->list[f->count++] = (struct sigma_field){ .name = system_names[name].name, .mark = system_names[name].mark,
			.text = text };
}

/* Those that are always numbers once there is a System element. */
static void
add_system_numbers(struct system_fields *f, const struct record_system *s)
{
	add_number(f, NAME_TASK, s->task);
	add_number(f, NAME_OPCODE, s->opcode);
	add_plain(f, NAME_KEYWORDS, draft_hex(f->draft, s->keywords, 16));
	add_number(f, NAME_VERSION, s->version);
}

/* The classic log and some collectors write process 0, which says nothing; so do 0 as a thread and as an event id. */
static void
add_numbers(struct system_fields *f, const struct record_system *s)
{
	struct slice *column = f->draft->subject->column, text;

	if (s->has.event_id) {
		text = add_number(f, NAME_EVENT_ID, s->event_id);
		column[COLUMN_EVENT_ID] = s->event_id ? text : SLICE_EMPTY;
	}
	if (s->has.level)
		add_number(f, NAME_LEVEL, s->level);
	if (s->has.record_id)
		add_number(f, NAME_EVENT_RECORD_ID, s->record_id);
	if (s->has.process_id) {
		text = add_number(f, NAME_EXECUTION_PROCESS_ID, s->process_id);
		column[COLUMN_PROCESS_ID] = s->process_id ? text : SLICE_EMPTY;
	}
	if (s->has.thread_id) {
		text = add_number(f, NAME_EXECUTION_THREAD_ID, s->thread_id);
		column[COLUMN_THREAD_ID] = s->thread_id ? text : SLICE_EMPTY;
	}
}

void
draft_system(struct draft *d, const struct record_system *s, bool joined)
{
	struct system_fields f = { .draft = d, .list = d->failed ? NULL : ARENA_ARRAY(d->arena, struct sigma_field, SYSTEM_FIELDS) };

	if (!f.list) {
		d->failed = true;
		return;
	}
	mark_system_names();
	system_columns(d, s);
	add_numbers(&f, s);
	add_text(&f, NAME_CHANNEL, s->channel);
	add_text(&f, NAME_COMPUTER, s->computer);
	add_text(&f, NAME_COMPUTER_NAME, s->computer);
	add_text(&f, NAME_PROVIDER_NAME, s->provider);
	add_text(&f, NAME_SECURITY_USER_ID, s->user_sid);
	if (s->has.time)
		add_plain(&f, NAME_TIME_CREATED_SYSTEM_TIME, time_text(d, s->time));
	if (!joined)
		add_system_numbers(&f, s);
	d->subject->event.system = f.list;
	d->subject->event.system_count = f.count;
}

bool
parts_columns(const struct subject_part *parts, size_t count, struct arena *arena,
	struct slice column[static COLUMN_COUNT])
{
	struct draft d = { .arena = arena };
	uint64_t first = UINT64_MAX, last = 0;
	size_t ids = 0, len = 0, i;
	uint8_t *list;

	for (i = 0; i < count; i++) {
		first = parts[i].time < first ? parts[i].time : first;
		last = parts[i].time > last ? parts[i].time : last;
		ids += i == 0 || parts[i].number != parts[i - 1].number;
	}
	if (ids == 0)
		return true;
	column[COLUMN_TIMESTAMP] = time_text(&d, first);
	column[COLUMN_END_TIME] = first == last ? column[COLUMN_TIMESTAMP] : time_text(&d, last);
	list = draft_bytes(&d, (ids < LIMIT_RECORD_IDS ? ids : LIMIT_RECORD_IDS) * 21);
	for (i = 0, ids = 0; list && i < count && ids < LIMIT_RECORD_IDS; i++) {
		struct slice id;

		if (i && parts[i].number == parts[i - 1].number)
			continue;
		id = draft_number(&d, parts[i].record_id);
		if (id.len)
			memcpy(list + len, id.ptr, id.len);
		len += id.len + 1; /* the arena gave zeros: each item ends with a NUL */
		ids++;
	}
	column[COLUMN_RECORD_IDS] = list ? slice_from(list, len) : SLICE_EMPTY;
	column[COLUMN_OFFSET] = draft_number(&d, parts[0].offset);
	return !d.failed;
}

/* Columns that tell of the parts are made where the row is written; a list that does not hold them all is told here. */
static void
flag_of_parts(struct draft *d)
{
	const struct subject *s = d->subject;
	size_t ids = 0;

	for (size_t i = 0; i < s->part_count; i++)
		ids += i == 0 || s->parts[i].number != s->parts[i - 1].number;
	if (ids > LIMIT_RECORD_IDS)
		draft_flag(d, SLICE("record-ids-cut"));
}

void
draft_finish_event(struct draft *d)
{
	d->subject->event.fields = d->fields;
	d->subject->event.field_count = d->count;
}

bool
draft_finish_columns(struct draft *d, struct err *err)
{
	event_columns(d);
	return !d->failed || err_nomem(err);
}

bool
draft_finish(struct draft *d, struct err *err)
{
	const struct subject *s = d->subject;

	draft_finish_event(d);
	flag_of_parts(d);
	if (!parts_columns(s->parts, s->part_count, d->arena, d->subject->column))
		d->failed = true;
	return draft_finish_columns(d, err);
}
