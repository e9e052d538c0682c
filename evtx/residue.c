/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/residue.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/utf.h"
#include "base/word.h"
#include "evtx/binxml.h"
#include "evtx/chunk.h"

#include <stddef.h>

enum {
	FRAGMENT_AT = RECORD_HEADER,
	INSTANCE_AT = FRAGMENT_AT + 4,
	DEFINITION_AT = INSTANCE_AT + 10, /* token, 1, id, offset */
	LAYOUT_SHORT = 18,
	LAYOUT_LONG = 20,
	PADDING = 8,
	CONTRADICTS = 0x80, /* beside the class, on its way */
};

void
record_key_encode(const struct record_key *key, struct buf *out)
{
	buf_u64le(out, key->event);
	buf_u64le(out, key->whole[0]);
	buf_u64le(out, key->whole[1]);
}

struct record_key
record_key_decode(struct cursor *in)
{
	struct record_key key = { .event = cursor_u64le(in) };

	key.whole[0] = cursor_u64le(in);
	key.whole[1] = cursor_u64le(in);
	return key;
}

void
residue_encode(const struct residue *residue, struct buf *out)
{
	record_key_encode(&residue->key, out);
	buf_u64le(out, residue->offset);
	buf_u64le(out, residue->chunk);
	buf_u32le(out, residue->len);
	buf_u8(out, (uint8_t)(residue->class | (residue->contradicts ? CONTRADICTS : 0)));
}

bool
residue_decode(struct cursor *in, struct residue *residue)
{
	uint8_t class;

	residue->key = record_key_decode(in);
	residue->offset = cursor_u64le(in);
	residue->chunk = cursor_u64le(in);
	residue->len = cursor_u32le(in);
	class = cursor_u8(in);
	residue->contradicts = class & CONTRADICTS;
	class &= (uint8_t)~CONTRADICTS;
	residue->class = (enum record_class)class;
	return !in->bad && class > RECORD_LIVE && class <= RECORD_HIDDEN && residue->offset >= residue->chunk &&
	       residue->offset - residue->chunk < LIMIT_CHUNK &&
	       residue->len <= LIMIT_CHUNK - (residue->offset - residue->chunk);
}

/* ---- without templates ---- */

/* Which values are looked at: slots 0 to 12 mean the same in both layouts (evtx-format.md 2.10). */
static const struct peek_row {
	uint8_t slot, type, size;
	size_t field;
} peek_rows[] = {
	{ 3, VALUE_UINT16, 2, offsetof(struct record_peek, event_id) },
	{ 6, VALUE_FILETIME, 8, offsetof(struct record_peek, time) },
	{ 8, VALUE_UINT32, 4, offsetof(struct record_peek, process_id) },
	{ 9, VALUE_UINT32, 4, offsetof(struct record_peek, thread_id) },
	{ 10, VALUE_UINT64, 8, offsetof(struct record_peek, record_id) },
};

enum { DESCRIPTOR = 4, TYPE_AT = 2 }; /* u16 size, u8 type, u8 */

/* False: another type or size than that of System's value. */
static bool
peek_value(struct record_peek *peek, const struct peek_row *row, const uint8_t *descriptor, struct slice value)
{
	struct cursor c = cursor_over(value, 0);
	uint64_t number;

	if (descriptor[TYPE_AT] == VALUE_NULL)
		return true;
	if (descriptor[TYPE_AT] != row->type || value.len != row->size)
		return false;
	number = cursor_number(&c, value.len);
	memcpy((char *)peek + row->field, &number, sizeof(number));
	return true;
}

/* The definition stands inline when its GUID begins with the id that the instance names; where it does not, the count
 * of values stands here, and what follows that is no GUID.  Moves behind it; 0: there is none. */
static size_t
pass_definition(struct cursor *c, uint32_t id)
{
	struct cursor ahead = *c;
	size_t at = (size_t)c->at;
	uint32_t found;

	cursor_take(&ahead, 4);
	found = cursor_u32le(&ahead);
	cursor_take(&ahead, 12);
	cursor_take(&ahead, cursor_u32le(&ahead));
	if (ahead.bad || found != id)
		return 0;
	*c = ahead;
	return at;
}

/* The data is a template instance of its own, with a fragment header in front or without. */
static void
peek_data(struct record_peek *peek, struct cursor data)
{
	uint32_t id;

	peek->data = data.rest;
	if (cursor_peek(&data) == 0x0F)
		cursor_take(&data, 4);
	if (cursor_u8(&data) != 0x0C)
		return;
	cursor_u8(&data);
	id = cursor_u32le(&data);
	cursor_take(&data, 4);
	peek->data_id = id;
	peek->data_definition = pass_definition(&data, id);
	peek->data = data.rest; /* a definition in front of it is no part of the event */
	peek->is_instance = true;
}

/* Of one of the two layouts, whose values begin with what all events have in the same slots. */
static bool
peek_system(struct record_peek *peek, const uint8_t *descriptors, struct slice values)
{
	size_t at = 0, slot = 0;
	bool fits = true;

	for (size_t i = 0; i < ARRAY_LEN(peek_rows); i++) {
		const struct peek_row *row = &peek_rows[i];

		for (; slot < row->slot; slot++)
			at += load_u16le(descriptors + DESCRIPTOR * slot);
		fits &= peek_value(peek, row, descriptors + DESCRIPTOR * slot,
			slice_sub(values, at, load_u16le(descriptors + DESCRIPTOR * slot)));
	}
	return fits && peek->event_id && peek->time;
}

/* u32 count, descriptors, values; moves the cursor behind them. */
static bool
peek_values(struct cursor *c, struct record_peek *peek)
{
	uint32_t count = cursor_u32le(c), last = 0;
	struct slice descriptors = cursor_take(c, count <= LIMIT_VALUES ? DESCRIPTOR * (size_t)count : SIZE_MAX), values;
	size_t size = 0;

	for (size_t i = 0; i < descriptors.len; i += DESCRIPTOR)
		size += last = load_u16le(descriptors.ptr + i);
	values = cursor_take(c, size);
	if (c->bad)
		return false;
	if (count == LAYOUT_SHORT || count == LAYOUT_LONG)
		peek->has_system = peek_system(peek, descriptors.ptr, values);
	peek->values = values;
	peek->shape = descriptors;
	if (count == 0 || descriptors.ptr[descriptors.len - DESCRIPTOR + TYPE_AT] != VALUE_BINXML)
		return true;
	peek->values.len -= last;
	peek->shape.len -= DESCRIPTOR;
	peek_data(peek, cursor_over(slice_sub(values, size - last, last), c->at - last));
	return true;
}

void
record_peek(struct slice raw, struct record_peek *peek)
{
	struct cursor c = cursor_over(raw, 0);
	uint32_t id;

	*peek = (struct record_peek){ .end = 0 };
	cursor_take(&c, 8);
	peek->number = cursor_u64le(&c);
	peek->written = cursor_u64le(&c);
	cursor_take(&c, 4);
	if (cursor_u8(&c) != 0x0C)
		return;
	cursor_u8(&c);
	id = cursor_u32le(&c);
	peek->definition_offset = cursor_u32le(&c);
	peek->id = id;
	peek->definition = pass_definition(&c, id);
	if (!peek_values(&c, peek) || cursor_u8(&c) != 0x00 || c.bad)
		return;
	peek->end = (size_t)c.at;
}

/* ---- keys ---- */

enum { EVENT_NUMBERS = 5 /* the first ones of struct told */ };

/* What a record says of its event - without System's values others stand in their place - and of itself beside that. */
struct told {
	uint64_t event_id, record_id, time, process_id, thread_id, definitions, is_instance;
	struct slice shape, values, data;
};

static struct told
told_by(struct slice raw, const struct record_peek *peek)
{
	if (peek->has_system)
		return (struct told){ peek->event_id, peek->record_id, peek->time, peek->process_id, peek->thread_id,
			(uint64_t)peek->id << 32 | peek->data_id, peek->is_instance, peek->shape, peek->values, peek->data };
	/* a hidden record has another size behind it than the same one elsewhere; no event has such an id */
	return (struct told){ .event_id = UINT32_MAX, .record_id = peek->number, .time = peek->written, .process_id = raw.len,
		.values = slice_sub(raw, RECORD_HEADER, raw.len - RECORD_HEADER - RECORD_SIZE_COPY) };
}

/* Made for each live record, so as little as a hash with a secret needs. */
static struct record_key
secret_key(const struct keyed_seed *seed, const struct told *t)
{
	const uint64_t *s = seed->words;
	uint64_t event = word_fold(word_fold(t->record_id ^ s[0], (t->process_id << 32 | t->thread_id) ^ s[1]) ^ t->event_id ^ s[3],
		t->time ^ s[2]);
	struct keyed_hash of = keyed_hash(seed, event ^ word_fold(t->definitions ^ s[2], t->is_instance ^ s[1]), t->shape);

	of = keyed_hash(seed, of.a ^ of.b, t->values);
	of = keyed_hash(seed, of.a ^ of.b, t->data);
	return (struct record_key){ event, { of.a, of.b } };
}

static struct record_key
digest_key(const struct record_keys *keys, const struct told *t)
{
	uint64_t numbers[] = { t->event_id, t->record_id, t->time, t->process_id, t->thread_id, t->definitions, t->is_instance };
	struct slice bytes[] = { t->shape, t->values, t->data };
	uint8_t all[sizeof(numbers) + ARRAY_LEN(bytes) * RECORD_DIGEST], digest[RECORD_DIGEST];
	uint64_t event;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		buf_put_le(all + sizeof(*numbers) * i, numbers[i], sizeof(*numbers));
	keys->digest(slice_from(all, EVENT_NUMBERS * sizeof(*numbers)), digest);
	event = load_u64le(digest);
	for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
		keys->digest(bytes[i], all + sizeof(numbers) + RECORD_DIGEST * i);
	keys->digest(slice_from(all, sizeof(all)), digest);
	return (struct record_key){ event, { load_u64le(digest), load_u64le(digest + sizeof(uint64_t)) } };
}

struct record_key
record_key(const struct record_keys *keys, struct slice raw, const struct record_peek *peek)
{
	struct told told = told_by(raw, peek);

	return keys->digest ? digest_key(keys, &told) : secret_key(&keys->seed, &told);
}

/* Where a newer record was written into an older one, both ends of the older one are still there.  Text cannot look like
 * this: it is UTF-16. */
static bool
holds_another(struct slice raw)
{
	for (size_t at = RECORD_HEADER; at + RECORD_HEADER < raw.len; at += 8) {
		struct cursor c = cursor_over(slice_sub(raw, at, 8), 0);
		uint32_t size;

		if (raw.ptr[at] != 0x2a || cursor_u32le(&c) != 0x2a2a)
			continue;
		size = cursor_u32le(&c);
		if (size >= LIMIT_RECORD_MIN && size < LIMIT_CHUNK && size % 8 == 0)
			return true;
	}
	return false;
}

bool
record_is_plausible(struct slice raw)
{
	struct cursor c = cursor_over(raw, 0);
	struct slice signature = cursor_take(&c, 4), fragment;
	uint32_t size = cursor_u32le(&c);

	cursor_take(&c, 16);
	fragment = cursor_take(&c, 4);
	return !c.bad && slice_eq(signature, SLICE("\x2a\x2a\0\0")) && size == raw.len && size % 8 == 0 &&
	       slice_eq(fragment, SLICE("\x0f\x01\x01\x00")) &&
	       (cursor_peek(&c) == 0x0C || (cursor_peek(&c) & ~0x40) == 0x01) && !holds_another(raw);
}

/* ---- with templates ---- */

/* 1 January 1990 and 2200: outside of it no event log was written. */
static bool
time_is_sane(uint64_t ticks)
{
	return ticks > UINT64_C(122761440000000000) && ticks < UINT64_C(189000000000000000);
}

/* Names of providers and channels are words: other bytes that lie there by now hardly ever are. */
static bool
is_name(struct slice text)
{
	for (size_t at = 0; at < text.len;) {
		uint32_t code = utf_next(text, &at);

		if (code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0xD800 && code <= 0xF8FF) || code >= 0xFFFD)
			return false;
	}
	return text.len > 0;
}

/* A chimera has the words of one event and the values of another: its template does not put the values where every
 * outer layout has them, or what it makes is no event. */
static bool
is_event(const struct record *record, const struct record_peek *peek)
{
	const struct record_system *s = &record->system;

	if (!s->has.event_id || !s->has.time || !time_is_sane(s->time) || !is_name(s->provider) ||
	    (s->channel.len && !is_name(s->channel)))
		return false;
	if (peek->has_system &&
	    (s->event_id != peek->event_id || s->time != peek->time || s->record_id != peek->record_id))
		return false;
	return peek->end == 0 || peek->has_system;
}

static unsigned
flags_of(const struct residue *residue, const struct binxml *b, const struct binxml_tree *tree)
{
	return (residue->class == RECORD_HIDDEN ? RECORD_IS_HIDDEN : RECORD_IS_RESIDUAL) |
	       (tree->from_template ? 0u : RECORD_NO_TEMPLATE) |
	       (b->odd_text ? RECORD_TEXT_TORN : 0u) |
	       (residue->contradicts ? RECORD_CONTRADICTS_LIVE : 0u) |
	       (b->origins & 1u << TEMPLATE_MET ? RECORD_TEMPLATE_MET : 0u) |
	       (b->origins & 1u << TEMPLATE_BUILT_IN ? RECORD_TEMPLATE_BUILT_IN : 0u);
}

bool
residue_read(struct slice chunk, const struct residue *residue, const struct template_store *store,
	struct template_memo *memo, struct arena *arena, struct record *record, struct err *err)
{
	size_t at = (size_t)(residue->offset - residue->chunk), end = at + residue->len - RECORD_SIZE_COPY;
	struct binxml b = { .chunk = chunk, .arena = arena, .budget = LIMIT_RECORD_NODES, .strict = store,
		.memo = memo };
	struct slice raw = slice_sub(chunk, at, residue->len);
	struct record_peek peek;
	struct binxml_tree tree;

	if (residue->len < LIMIT_RECORD_MIN || raw.len != residue->len || !record_is_plausible(raw))
		return err_set(err, ERR_FORMAT, residue->offset, "no record");
	record_peek(raw, &peek);
	if (!binxml_decode(&b, at + RECORD_HEADER, end, &tree, err))
		return false;
	if (end - tree.end >= PADDING)
		return err_set(err, ERR_FORMAT, residue->offset, "its BinXML ends %zu bytes before the record", end - tree.end);
	*record = (struct record){ .offset = residue->offset, .size = residue->len, .number = peek.number,
		.written = peek.written, .class = residue->class, .flags = flags_of(residue, &b, &tree), .raw = raw,
		.tree = tree.root };
	if (!record_read_system(record, arena, err))
		return false;
	return is_event(record, &peek) ||
	       err_set(err, ERR_FORMAT, residue->offset, "values of one event in the words of another");
}
