/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/logfact.h"

#include "base/filetime.h"
#include "base/limits.h"
#include "src/subject/events.h"
#include "src/subject/fields.h"

#include <stdlib.h>

enum { TICKS_PER_SECOND = 10000000, FACT_FIELDS = 16, TEXT_MAX = 400 };

static const struct fact_row {
	const char *name, *explanation;
} fact_rows[LOG_FACT_KINDS] = {
	[LOG_HIDDEN] = { "hidden-record", "The record is longer than the event in it: what lies behind was hidden by "
		"enlarging this record, as log editors do it." },
	[LOG_GAP] = { "record-gap", "Record numbers are missing inside the log: records were taken out, or the log was "
		"copied while it was written." },
	[LOG_REPEAT] = { "record-repeat", "A record number comes a second time or goes back: records were put in, or the log "
		"is made of several." },
	[LOG_TIME_BACKWARDS] = { "time-backwards", "The record was written at an earlier time than the one in front of it: the "
		"clock was set back, or records were moved." },
	[LOG_CHECKSUM] = { "checksum", "The checksum of the chunk does not fit although the log was closed: bytes were "
		"changed after Windows wrote them." },
	[LOG_HEADER_RANGE] = { "header-range", "The chunk's header gives other record numbers than its records have." },
	[LOG_RECORD_ID] = { "record-id", "The event's own record id is not the record's number, while nearly all others in "
		"this log agree: records were renumbered." },
};

/* The explanation is the text: it tells facts about one record apart. */
static const struct event_type fact_type = { .texts = { "Explanation", NULL } };

const char *
log_fact_name(enum log_fact_kind kind)
{
	return fact_rows[kind].name;
}

/* ---- between chunks ---- */

static int
by_number(const void *a, const void *b)
{
	const struct log_span *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->chunk < y->chunk ? -1 : x->chunk > y->chunk;
}

static void
add_fact(struct log_facts *facts, size_t room, struct log_fact fact)
{
	if (facts->count < room)
		facts->items[facts->count++] = fact;
	else
		facts->left_out++;
}

static void
compare_spans(struct log_facts *facts, size_t room, const struct log_span *a, const struct log_span *b)
{
	struct log_fact fact = { .offset = b->first_offset, .chunk = b->chunk, .expected = a->last + 1, .found = b->first,
		.number = b->first };

	if (b->first != a->last + 1 && !a->losses && !b->losses) {
		fact.kind = b->first > a->last ? LOG_GAP : LOG_REPEAT;
		add_fact(facts, room, fact);
	}
	if (!b->first_written || b->first_written >= a->last_written)
		return;
	fact.kind = LOG_TIME_BACKWARDS;
	fact.expected = a->last_written;
	fact.found = b->first_written;
	add_fact(facts, room, fact);
}

/* One record in a hundred that does not agree is odd; more of them are an export, or a log made in another way. */
static void
compare_ids(struct log_facts *facts, size_t room, const struct log_span *spans, size_t count)
{
	uint64_t same = 0, other = 0;

	for (size_t i = 0; i < count; i++) {
		same += spans[i].same_id;
		other += spans[i].other_id;
	}
	facts->renumbered = other > same / 100;
	for (size_t i = 0; i < count && !facts->renumbered; i++)
		if (spans[i].other_id)
			add_fact(facts, room, (struct log_fact){ .kind = LOG_RECORD_ID, .offset = spans[i].odd_offset,
				.chunk = spans[i].chunk, .expected = spans[i].odd_number, .found = spans[i].odd_id,
				.number = spans[i].odd_number });
}

bool
log_facts_find(struct log_span *spans, size_t count, bool closed, struct arena *arena, struct log_facts *facts,
	struct err *err)
{
	const struct log_span *before = NULL;
	size_t room = LIMIT_LOG_FACTS;

	*facts = (struct log_facts){ .closed = closed, .items = ARENA_ARRAY(arena, struct log_fact, room) };
	if (!facts->items)
		return err_nomem(err);
	if (count)
		qsort(spans, count, sizeof(*spans), by_number);
	for (size_t i = 0; i < count; i++) {
		facts->left_out += spans[i].facts_left_out;
		for (size_t k = 0; k < spans[i].fact_count; k++)
			add_fact(facts, room, spans[i].facts[k]);
		if (!spans[i].count)
			continue;
		if (before)
			compare_spans(facts, room, before, &spans[i]);
		before = &spans[i];
	}
	compare_ids(facts, room, spans, count);
	return true;
}

/* ---- a fact as an event ---- */

struct writer {
	struct arena *arena;
	struct record_field *fields;
	size_t count;
	bool failed;
};

static void
put_text(struct writer *w, const char *name, struct slice text)
{
	struct slice copy = SLICE_EMPTY;

	if (!text.len)
		return;
	w->failed |= !arena_copy(w->arena, text, &copy);
	w->fields[w->count++] = (struct record_field){ .name = slice_from_text(name), .text = copy };
}

static void
put_number(struct writer *w, const char *name, uint64_t number)
{
	uint8_t digits[24];
	struct buf text = { .ptr = digits, .capacity = sizeof(digits), .max = sizeof(digits) };

	buf_printf(&text, "%llu", (unsigned long long)number);
	put_text(w, name, buf_view(&text));
}

static void
put_time(struct writer *w, const char *name, uint64_t ticks)
{
	char text[FILETIME_TEXT];
	size_t len = filetime_text(ticks, text);

	put_text(w, name, slice_from(text, len));
}

/* What the kind has to tell. */
static void
put_details(struct writer *w, const struct log_fact *f)
{
	switch ((enum log_fact_kind)f->kind) {
	case LOG_HIDDEN:
		put_number(w, "GapBytes", f->bytes);
		if (f->found)
			put_number(w, "HiddenRecordId", f->found);
		return;
	case LOG_TIME_BACKWARDS:
		put_time(w, "TimeBefore", f->expected);
		put_time(w, "TimeFound", f->found);
		put_number(w, "SecondsBack", (f->expected - f->found) / TICKS_PER_SECOND);
		return;
	case LOG_CHECKSUM:
		put_text(w, "Checksum", f->found == CHUNK_HEADER_CHECKSUM_BAD ? SLICE("header") :
			f->found == CHUNK_RECORDS_CHECKSUM_BAD ? SLICE("records") : SLICE("header and records"));
		return;
	case LOG_GAP:
		put_number(w, "MissingRecords", f->found - f->expected);
		break;
	case LOG_REPEAT:
	case LOG_HEADER_RANGE:
	case LOG_RECORD_ID:
	case LOG_FACT_KINDS:
		break;
	}
	put_number(w, "ExpectedRecordId", f->expected);
	put_number(w, "FoundRecordId", f->found);
}

bool
log_fact_subject(const struct log_facts *facts, const struct log_fact *fact, const struct record_system *anchor,
	uint32_t evidence, struct arena *arena, struct subject *subject, struct err *err)
{
	struct writer w = { .arena = arena, .fields = ARENA_ARRAY(arena, struct record_field, FACT_FIELDS) };
	struct subject_context context = { .evidence = evidence };
	struct record record = { .offset = fact->offset, .flags = RECORD_IS_FACT };

	if (!w.fields)
		return err_nomem(err);
	record.system = (struct record_system){ .provider = SLICE(LOG_FACT_PROVIDER), .channel = SLICE(LOG_FACT_CHANNEL),
		.computer = anchor->computer, .time = anchor->time, .record_id = fact->number,
		.has = { .time = anchor->has.time, .record_id = true } };
	put_text(&w, "Fact", slice_from_text(fact_rows[fact->kind].name));
	put_text(&w, "LogChannel", anchor->channel);
	put_number(&w, "RecordNumber", fact->number);
	put_number(&w, "FactOffset", fact->offset);
	put_number(&w, "ChunkOffset", fact->chunk);
	put_details(&w, fact);
	put_text(&w, "Renumbered", facts->renumbered ? SLICE("true") : SLICE("false"));
	put_text(&w, "Closed", facts->closed ? SLICE("true") : SLICE("false"));
	put_text(&w, "Explanation", slice_from_text(fact_rows[fact->kind].explanation));
	*subject = (struct subject){ .kind = SUBJECT_RECORD, .text_field = UINT32_MAX };
	if (w.failed || !subject_from_fields(&record, &fact_type, w.fields, w.count, &context, arena, subject, err))
		return err_nomem(err);
	return true;
}
