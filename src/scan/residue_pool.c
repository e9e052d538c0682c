/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/residue_pool.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "src/subject/logspan.h"

#include <stdlib.h>

enum { IN_MEMORY = 32 * 1024 * 1024, SURVEY_MAX = 64 * 1024 * 1024 };

/* What is known of the event of a record of residue. */
enum pool_key { KEY_NEW = 1, KEY_LIVE, KEY_TOLD };

void
residue_pool_init(struct residue_pool *p, const char *temp_folder)
{
	*p = (struct residue_pool){ .count = 0 };
	spill_init(&p->spill, IN_MEMORY, temp_folder);
	keyed_seed_fill(&p->seed);
	key_set_init(&p->wholes);
	key_set_init(&p->events);
	pool_templates_init(&p->templates);
	buf_init(&p->scratch, SURVEY_MAX);
}

void
residue_pool_fini(struct residue_pool *p)
{
	spill_fini(&p->spill);
	free(p->entries);
	key_set_fini(&p->wholes);
	key_set_fini(&p->events);
	pool_templates_fini(&p->templates);
	buf_fini(&p->scratch);
	*p = (struct residue_pool){ .count = 0 };
}

/* ---- the first pass ---- */

struct survey_parts {
	uint64_t slot;
	uint32_t count;
	struct cursor residue;
	struct cursor live;
	struct slice span; /* empty: none */
};

static bool
survey_split(struct slice payload, struct survey_parts *parts)
{
	struct cursor in = cursor_over(payload, 0);
	bool has_span;

	parts->slot = cursor_u64le(&in);
	parts->count = cursor_u32le(&in);
	if (parts->count > SURVEY_MAX / RESIDUE_WIRE)
		return false;
	parts->residue = cursor_sub(&in, (size_t)parts->count * RESIDUE_WIRE);
	parts->live = cursor_over(cursor_counted(&in), 0);
	has_span = cursor_u8(&in);
	parts->span = has_span ? in.rest : SLICE_EMPTY;
	return !in.bad && parts->live.rest.len % RECORD_KEY_WIRE == 0;
}

/* Each record of residue and the span are looked at, since a worker that gets them back would end for what another one
 * made up. */
bool
residue_survey_is_sound(struct slice payload)
{
	struct survey_parts parts;
	struct residue residue;
	struct log_span span;
	struct cursor in;

	if (payload.len > SURVEY_MAX || !survey_split(payload, &parts))
		return false;
	while (parts.residue.rest.len)
		if (!residue_decode(&parts.residue, &residue) || residue.contradicts)
			return false;
	in = cursor_over(parts.span, 0);
	return !parts.span.len || (log_span_decode(&in, &span) && in.rest.len == 0);
}

static struct pool_entry *
new_entry(struct residue_pool *p)
{
	if (p->count == p->capacity) {
		size_t capacity = p->capacity ? p->capacity * 2 : 256;
		struct pool_entry *grown = reallocarray(p->entries, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		p->entries = grown;
		p->capacity = capacity;
	}
	return &p->entries[p->count];
}

bool
residue_pool_add_survey(struct residue_pool *p, uint32_t input, struct slice payload, struct err *err)
{
	struct pool_entry *entry = new_entry(p);
	struct survey_parts parts;

	if (!entry)
		return err_nomem(err);
	if (payload.len > SURVEY_MAX || !survey_split(payload, &parts))
		return err_set(err, ERR_FORMAT, 0, "a survey that is not well formed");
	*entry = (struct pool_entry){ .input = input, .residue = parts.count, .slot = parts.slot };
	if (!spill_add(&p->spill, payload, &entry->at, err))
		return false;
	p->count++;
	return true;
}

static bool
template_split(uint32_t input, struct slice payload, struct pool_template *place, struct slice *body)
{
	struct cursor in = cursor_over(payload, 0);
	struct slice guid;

	*place = (struct pool_template){ .input = input };
	place->slot = cursor_u64le(&in);
	place->offset = cursor_u32le(&in);
	guid = cursor_take(&in, sizeof(place->guid.bytes));
	if (in.bad || in.rest.len == 0 || in.rest.len > LIMIT_TEMPLATE)
		return false;
	memcpy(place->guid.bytes, guid.ptr, guid.len);
	*body = in.rest;
	return true;
}

bool
residue_pool_add_template(struct residue_pool *p, uint32_t input, struct slice payload, struct err *err)
{
	struct pool_template place;
	struct slice body;

	if (!template_split(input, payload, &place, &body))
		return err_set(err, ERR_FORMAT, 0, "a template that is not well formed");
	return pool_templates_add(&p->templates, &place, body, err);
}

bool
residue_template_is_sound(struct slice payload)
{
	struct pool_template place;
	struct slice body;

	return template_split(0, payload, &place, &body);
}

bool
residue_pool_has_template(const struct residue_pool *p, uint32_t input, struct slice payload)
{
	struct pool_template place;
	struct slice body;

	return template_split(input, payload, &place, &body) && pool_templates_has(&p->templates, &place);
}

/* ---- between the passes ---- */

static int
by_place(const void *a, const void *b)
{
	const struct pool_entry *x = a, *y = b;

	if (x->input != y->input)
		return x->input < y->input ? -1 : 1;
	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static bool
read_survey(struct residue_pool *p, const struct pool_entry *entry, struct survey_parts *parts, struct err *err)
{
	struct slice survey;

	return spill_view(&p->spill, entry->at, &p->scratch, &survey, err) &&
	       (survey_split(survey, parts) || err_set(err, ERR_IO, 0, "a survey cannot be read back"));
}

/* What stands for record_key.whole here: what shares say of it was made without a secret. */
static uint64_t
whole_of(const struct residue_pool *p, const struct record_key *key)
{
	return keyed_hash(&p->seed, key->whole[0], slice_from((const uint8_t *)&key->whole[1], sizeof(key->whole[1]))).b;
}

/* The residue that will be looked at: the first LIMIT_RESIDUE events of it. */
static bool
collect_keys(struct residue_pool *p, struct err *err)
{
	for (size_t i = 0; i < p->count && p->wholes.count < LIMIT_RESIDUE; i++) {
		struct survey_parts parts;

		if (!p->entries[i].residue)
			continue;
		if (!read_survey(p, &p->entries[i], &parts, err))
			return false;
		for (; parts.residue.rest.len && p->wholes.count < LIMIT_RESIDUE; cursor_take(&parts.residue, RESIDUE_WIRE - RECORD_KEY_WIRE)) {
			struct record_key key = record_key_decode(&parts.residue);

			if (!key_set_add(&p->wholes, whole_of(p, &key), KEY_NEW) || !key_set_add(&p->events, key.event, KEY_NEW))
				return err_nomem(err);
		}
	}
	return true;
}

static bool
mark_live(struct residue_pool *p, struct err *err)
{
	for (size_t i = 0; i < p->count; i++) {
		struct survey_parts parts;

		if (!read_survey(p, &p->entries[i], &parts, err))
			return false;
		while (parts.live.rest.len) {
			struct record_key key = record_key_decode(&parts.live);
			struct key_slot *event = key_set_find(&p->events, key.event), *whole = event ? key_set_find(&p->wholes, whole_of(p, &key)) : NULL;

			if (event)
				event->state = KEY_LIVE;
			if (whole)
				whole->state = KEY_LIVE;
		}
	}
	return true;
}

bool
residue_pool_close(struct residue_pool *p, struct err *err)
{
	if (p->count)
		qsort(p->entries, p->count, sizeof(*p->entries), by_place);
	return collect_keys(p, err) && (p->wholes.count == 0 || mark_live(p, err));
}

/* ---- the second pass ---- */

bool
residue_pool_input(const struct residue_pool *p, uint32_t *input)
{
	if (p->next < p->count)
		*input = p->entries[p->next].input;
	return p->next < p->count;
}

bool
residue_pool_spans(struct residue_pool *p, struct buf *out, uint32_t *count, struct err *err)
{
	size_t begin = out->len;

	*count = 0;
	buf_u32le(out, 0);
	for (size_t i = p->next; i < p->count && p->entries[i].input == p->entries[p->next].input; i++) {
		struct survey_parts parts;

		if (!read_survey(p, &p->entries[i], &parts, err))
			return false;
		buf_append(out, parts.span);
		*count += parts.span.len > 0;
	}
	if (out->failed)
		return err_nomem(err);
	buf_patch_u32le(out, begin, *count);
	return true;
}

/* Whether it is to be looked at; it is told from now on. */
static bool
is_wanted(struct residue_pool *p, const struct record_key *key, struct pool_counts *counts)
{
	struct key_slot *slot = key_set_find(&p->wholes, whole_of(p, key));

	counts->found++;
	if (!slot)
		counts->left_out++;
	else if (slot->state != KEY_NEW)
		counts->copies++;
	else {
		slot->state = KEY_TOLD;
		return true;
	}
	return false;
}

static bool
contradicts_live(const struct residue_pool *p, const struct record_key *key)
{
	const struct key_slot *slot = key_set_find(&p->events, key->event);

	return slot && slot->state == KEY_LIVE;
}

static bool
batch_from_entry(struct residue_pool *p, struct buf *out, uint32_t *count, struct pool_counts *counts, struct err *err)
{
	const struct pool_entry *entry = &p->entries[p->next];
	struct survey_parts parts;

	if (entry->residue > p->next_in) {
		if (!read_survey(p, entry, &parts, err))
			return false;
		cursor_take(&parts.residue, (size_t)p->next_in * RESIDUE_WIRE);
		for (; p->next_in < entry->residue && *count < LIMIT_RESIDUE_JOB; p->next_in++) {
			struct residue one;

			if (!residue_decode(&parts.residue, &one))
				return err_set(err, ERR_IO, 0, "a survey cannot be read back");
			if (!is_wanted(p, &one.key, counts))
				continue;
			one.contradicts = contradicts_live(p, &one.key);
			residue_encode(&one, out);
			++*count;
		}
	}
	if (p->next_in >= entry->residue) {
		p->next++;
		p->next_in = 0;
	}
	return !out->failed || err_nomem(err);
}

bool
residue_pool_batch(struct residue_pool *p, struct buf *out, uint32_t *count, struct pool_counts *counts, struct err *err)
{
	uint32_t input = p->entries[p->next].input;

	*count = 0;
	while (p->next < p->count && p->entries[p->next].input == input && *count < LIMIT_RESIDUE_JOB)
		if (!batch_from_entry(p, out, count, counts, err))
			return false;
	return true;
}

bool
residue_pool_find(struct residue_pool *p, uint32_t input, uint64_t offset, struct residue *residue, bool *found,
	struct err *err)
{
	*found = false;
	for (size_t i = 0; i < p->count; i++) {
		struct survey_parts parts;

		if (p->entries[i].input != input || !p->entries[i].residue)
			continue;
		if (!read_survey(p, &p->entries[i], &parts, err))
			return false;
		while (parts.residue.rest.len && residue_decode(&parts.residue, residue)) {
			*found = residue->offset == offset;
			residue->contradicts = contradicts_live(p, &residue->key);
			if (*found)
				return true;
		}
	}
	return true;
}
