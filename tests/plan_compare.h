/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a log twice, by plans without its slack and by trees with all of it, and holds every step of one against the other: the same records and
 * losses in the same order, and of each record the same System fields, the same payload fields and the same JSON.
 * Shared by the unit test, the fuzz target and the program that goes through whole folders. */
#ifndef TESTS_PLAN_COMPARE_H
#define TESTS_PLAN_COMPARE_H

#include "base/plain.h"
#include "base/attr.h"
#include "base/limits.h"
#include "evtx/plan.h"
#include "evtx/reader.h"
#include "evtx/render.h"
#include "tests/repeat_compare.h"

#include <stdio.h>

struct plan_compared {
	size_t records, lost, planned, with_fields, with_json, with_words, repeats; /* planned: read by plans; the others: by their programs */
	char why[512]; /* the first difference; empty: none */
};

struct plan_side {
	struct reader *reader;
	struct record record;
	struct reader_loss loss;
	struct arena arena;
	struct record_field *fields;
	size_t field_count;
	struct buf json, words;
	bool has_fields, has_json;
};

static inline bool
plan_differs(struct plan_compared *result, const struct plan_side *side, const char *what)
{
	snprintf(result->why, sizeof(result->why), "record %llu at 0x%llx: %s", (unsigned long long)side->record.number,
		(unsigned long long)side->record.offset, what);
	return false;
}

static inline bool
plan_same_system(const struct record_system *a, const struct record_system *b)
{
	return slice_eq(a->provider, b->provider) && slice_eq(a->channel, b->channel) && slice_eq(a->computer, b->computer) &&
	       slice_eq(a->user_sid, b->user_sid) && a->time == b->time && a->record_id == b->record_id &&
	       a->keywords == b->keywords && memcmp(&a->activity_id, &b->activity_id, sizeof(a->activity_id)) == 0 &&
	       memcmp(&a->related_activity_id, &b->related_activity_id, sizeof(a->related_activity_id)) == 0 &&
	       a->event_id == b->event_id && a->process_id == b->process_id && a->thread_id == b->thread_id &&
	       a->task == b->task && a->level == b->level && a->opcode == b->opcode && a->version == b->version &&
	       memcmp(&a->has, &b->has, sizeof(a->has)) == 0;
}

static inline bool
plan_same_field(const struct record_field *x, const struct record_field *y)
{
	return slice_eq(x->name, y->name) && slice_eq(x->text, y->text) && slice_eq(x->utf16, y->utf16) && x->null == y->null;
}

static inline int
plan_shown(struct slice text)
{
	return text.len < 100 ? (int)text.len : 100;
}

static inline void
plan_render(struct plan_side *side)
{
	struct err err;

	arena_reset(&side->arena);
	buf_reset(&side->json);
	side->fields = NULL;
	side->field_count = 0;
	side->has_fields = record_read_fields(&side->record, &side->arena, &side->fields, &side->field_count, &err);
	side->has_json = render_json(&side->record, &side->json, &err);
}

static inline bool
plan_same_record(struct plan_side *a, struct plan_side *b, struct plan_compared *result)
{
	const struct record_system a_system = record_whole_system(&a->record), b_system = record_whole_system(&b->record);
	static char text[sizeof(result->why) - 64];

	if (a->record.offset != b->record.offset || a->record.size != b->record.size || a->record.number != b->record.number)
		return plan_differs(result, a, "another place");
	if (a->record.flags != b->record.flags)
		return plan_differs(result, a, "other flags");
	if (!plan_same_system(&a_system, &b_system))
		return plan_differs(result, a, "other System fields");
	plan_render(a);
	plan_render(b);
	if (a->has_fields != b->has_fields || a->field_count != b->field_count) {
		snprintf(text, sizeof(text), "%zu payload fields / %zu", a->field_count, b->field_count);
		return plan_differs(result, a, text);
	}
	for (size_t i = 0; i < a->field_count; i++) {
		if (!plan_same_field(&a->fields[i], &b->fields[i])) {
			snprintf(text, sizeof(text), "payload field %.*s / %.*s: '%.*s' / '%.*s', %d / %d, %zu / %zu units", SLICE_ARGS(a->fields[i].name),
				SLICE_ARGS(b->fields[i].name), plan_shown(a->fields[i].text), (const char *)a->fields[i].text.ptr,
				plan_shown(b->fields[i].text), (const char *)b->fields[i].text.ptr, a->fields[i].null, b->fields[i].null,
				a->fields[i].utf16.len, b->fields[i].utf16.len);
			return plan_differs(result, a, text);
		}
	}
	if (a->has_json == b->has_json && slice_eq(buf_view(&a->json), buf_view(&b->json)))
		return true;
	snprintf(text, sizeof(text), "other JSON: %.*s / %.*s", a->json.len < 200 ? (int)a->json.len : 200,
		a->json.ptr ? (const char *)a->json.ptr : "", b->json.len < 200 ? (int)b->json.len : 200,
		b->json.ptr ? (const char *)b->json.ptr : "");
	return plan_differs(result, a, text);
}

/* The words of a record are the texts of its fields, in order, but for such as are plain. */
static inline bool
plan_same_words(struct plan_side *side, struct plan_compared *result)
{
	struct slice rest;

	buf_reset(&side->words);
	if (!record_read_words(&side->record, &side->words))
		return true;
	result->with_words++;
	rest = buf_view(&side->words);
	for (size_t i = 0; i < side->field_count; i++) {
		struct slice text = side->fields[i].text, word;
		size_t len = text.len;

		if (side->fields[i].plain && !plain_is(text))
			return plan_differs(result, side, "a field that is called plain is not");
		word = slice_sub(rest, 0, len + 1);
		if (len && word.len == len + 1 && slice_eq(slice_sub(word, 0, len), text) && word.ptr[len] == 0)
			rest = slice_sub(rest, len + 1, rest.len);
		else if (!plain_is(text))
			return plan_differs(result, side, "a text is missing among the words");
	}
	return rest.len == 0 || plan_differs(result, side, "words that no field has");
}

/* Whether there is a text under a name: asked for names that events have, and for the record's own. */
static inline bool
plan_same_data(struct plan_side *a, struct plan_side *b, struct plan_compared *result)
{
	static const char *const names[] = { "CommandLine", "ScriptBlockText", "TargetUserName", "Text", "" };
	char own[64];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (record_has_data(&a->record, names[i]) != record_has_data(&b->record, names[i]))
			return plan_differs(result, a, "data under a name is there for one");
	}
	for (size_t i = 0; i < a->field_count && i < 8; i++) {
		snprintf(own, sizeof(own), "%.*s", SLICE_ARGS(slice_sub(a->fields[i].name, 0, sizeof(own) - 1)));
		if (record_has_data(&a->record, own) != record_has_data(&b->record, own))
			return plan_differs(result, a, "data under a name of its own is there for one");
	}
	return true;
}

/* What the plans themselves said, without the tree that helps out. */
static inline void
plan_count(struct plan_side *side, struct plan_compared *result)
{
	struct err err;
	bool done = false;

	result->records++;
	if (!side->record.plan)
		return;
	result->planned++;
	if (plan_read_fields(side->record.plan, &side->arena, &side->fields, &side->field_count, &done, &err) && done)
		result->with_fields++;
	buf_reset(&side->json);
	if (plan_render_json(side->record.plan, &side->json))
		result->with_json++;
}

static inline bool
plan_compare_steps(struct plan_side *a, struct plan_side *b, struct repeat_compare *known, struct plan_compared *result)
{
	struct err err;

	for (;;) {
		enum reader_step one = reader_next(a->reader, &a->record, &a->loss, &err);
		enum reader_step two = reader_next(b->reader, &b->record, &b->loss, &err);

		if (one != two)
			return plan_differs(result, one == READER_RECORD ? a : b, "one reader has a record, the other not");
		if (one == READER_LOST) {
			result->lost++;
			if (a->loss.offset != b->loss.offset || a->loss.len != b->loss.len || strcmp(a->loss.reason, b->loss.reason) != 0)
				return plan_differs(result, a, "another loss");
		}
		if (one == READER_RECORD) {
			if (!plan_same_record(a, b, result) || !plan_same_words(a, result) || !plan_same_data(a, b, result))
				return false;
			if (!repeat_agrees(known, &a->record, a->fields, a->field_count))
				return plan_differs(result, a, "the bytes of a record before, but not its fields");
			plan_count(a, result);
		}
		if (one == READER_END || one == READER_FAILED)
			return true;
	}
}

static inline bool
plan_side_open(struct plan_side *side, const struct source *source, bool trees_only)
{
	struct reader_options options = { .trees_only = trees_only, .live_only = !trees_only };
	struct err err;

	*side = (struct plan_side){ .reader = NULL };
	arena_init(&side->arena, LIMIT_RECORD_ARENA);
	buf_init(&side->json, LIMIT_RECORD_OUTPUT);
	buf_init(&side->words, LIMIT_RECORD_OUTPUT);
	return reader_direct.open(source, &options, &side->reader, &err);
}

static inline void
plan_side_close(struct plan_side *side)
{
	reader_close(side->reader);
	arena_fini(&side->arena);
	buf_fini(&side->json);
	buf_fini(&side->words);
}

/* False: result->why tells the difference. */
static inline bool
plan_compare(const struct source *source, struct plan_compared *result)
{
	struct plan_side plans, trees;
	struct repeat_compare known;
	bool same;

	repeat_compare_init(&known);
	*result = (struct plan_compared){ .records = 0 };
	same = plan_side_open(&plans, source, false);
	if (plan_side_open(&trees, source, true) != same) {
		snprintf(result->why, sizeof(result->why), "one reader opens the log, the other not");
		same = false;
	} else {
		same = !same || plan_compare_steps(&plans, &trees, &known, result);
	}
	result->repeats = known.repeats;
	repeat_compare_fini(&known);
	plan_side_close(&plans);
	plan_side_close(&trees);
	return same;
}

#endif
