/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/order.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/seed.h"
#include "base/sort_key.h"
#include "base/word.h"

#include <stdlib.h>

enum { ID_LEN = 16, PLACE_AT = ID_LEN + 1, PLACE_LEN = 12, KNOWN_LEAST = 256 };

void
order_init(struct order *o, size_t memory, const char *temp_folder)
{
	*o = (struct order){ .memory = memory, .temp_folder = temp_folder };
	sorter_init(&o->by_id, memory, temp_folder);
	sorter_init(&o->by_place, memory, temp_folder);
	buf_init(&o->key, LIMIT_MESSAGE);
	buf_init(&o->value, 2 * (size_t)LIMIT_MESSAGE);
	buf_init(&o->first, 2 * (size_t)LIMIT_MESSAGE);
	seed_fill(o->seed, sizeof(o->seed) / sizeof(*o->seed));
}

void
order_fini(struct order *o)
{
	sorter_fini(&o->by_id);
	sorter_fini(&o->by_place);
	buf_fini(&o->key);
	buf_fini(&o->value);
	buf_fini(&o->first);
	free(o->known);
}

/* --- keys --- */

static void
put_place(struct buf *out, uint32_t evidence, uint64_t offset)
{
	sort_key_number(out, evidence, 4);
	sort_key_number(out, offset, 8);
}

static struct order_place
take_place(struct slice bytes)
{
	return (struct order_place){ (uint32_t)sort_key_take(bytes.ptr, 4), sort_key_take(bytes.ptr + 4, 8) };
}

static int
compare_places(const struct order_place *a, const struct order_place *b)
{
	if (a->evidence != b->evidence)
		return a->evidence < b->evidence ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* Half a line of the processor's cache: each row is asked for, and most of these looks miss it. */
struct known_row {
	uint8_t id[ID_LEN];
	struct order_place place;
};

enum { NO_EVIDENCE = LIMIT_INPUTS }; /* of a free slot; no input has that number */

/* The row of that id, or the free slot where it belongs.  Ids come from workers, so the hash has a key. */
static struct known_row *
known_slot(const struct order *o, const uint8_t id[static ID_LEN])
{
	uint64_t hash = word_fold(word_eight(id) ^ o->seed[0], word_eight(id + 8) ^ o->seed[1]);
	size_t mask = o->known_room - 1, at = (size_t)word_fold(hash ^ o->seed[1], o->seed[0] ^ 0x9E3779B97F4A7C15u) & mask;

	while (o->known[at].place.evidence != NO_EVIDENCE && memcmp(o->known[at].id, id, ID_LEN) != 0)
		at = (at + 1) & mask;
	return &o->known[at];
}

static bool
make_room_for_known(struct order *o)
{
	struct order larger = *o;

	if (o->known_count * 2 < o->known_room)
		return true;
	larger.known_room = o->known_room ? o->known_room * 2 : KNOWN_LEAST;
	larger.known = reallocarray(NULL, larger.known_room, sizeof(*larger.known));
	if (!larger.known)
		return false;
	for (size_t i = 0; i < larger.known_room; i++)
		larger.known[i].place.evidence = NO_EVIDENCE;
	for (size_t i = 0; i < o->known_room; i++)
		if (o->known[i].place.evidence != NO_EVIDENCE)
			*known_slot(&larger, o->known[i].id) = o->known[i];
	free(o->known);
	o->known = larger.known;
	o->known_room = larger.known_room;
	return true;
}

/* Copies come by the dozen where evidence holds shadow copies and exports of one log, nearly always behind the row that will
 * be shown.  True when the row is one of them; else it is known from now on. */
static bool
is_known(struct order *o, const struct order_key *key, bool *failed)
{
	struct order_place place = { key->evidence, key->offset };
	struct known_row *row;

	*failed = !make_room_for_known(o);
	if (*failed)
		return false;
	row = known_slot(o, key->id);
	if (row->place.evidence != NO_EVIDENCE) {
		if (key->residual || compare_places(&place, &row->place) > 0)
			return true;
		row->place = place;
		return false;
	}
	if (key->residual || o->known_count == LIMIT_ROWS_KNOWN)
		return false;
	memcpy(row->id, key->id, ID_LEN);
	row->place = place;
	o->known_count++;
	return false;
}

/* By id, what is live first, then place; with it go the front of the final key, the rule and the row, or nothing when it is
 * known to be a copy. */
bool
order_add(struct order *o, const struct order_key *key, struct slice bytes, struct err *err)
{
	struct buf *k = &o->key, *v = &o->value;
	bool failed;

	buf_reset(v);
	if (!is_known(o, key, &failed)) {
		buf_reset(k);
		sort_key_number(k, key->time, 8);
		sort_key_text(k, key->computer);
		sort_key_text(k, key->channel);
		sort_key_number(k, key->record_id, 8);
		buf_counted(v, buf_view(k));
		sort_key_number(v, key->rule, 4);
		buf_append(v, bytes);
	}
	buf_reset(k);
	buf_append(k, slice_from(key->id, ID_LEN));
	buf_u8(k, key->residual);
	put_place(k, key->evidence, key->offset);
	if (failed || k->failed || v->failed)
		return err_nomem(err);
	return sorter_add(&o->by_id, buf_view(k), buf_view(v), err);
}

/* --- copies of one row meet --- */

/* A row in the memory of this process, as bytes and back. */
static void
put_pointer(struct buf *out, struct slice row)
{
	uint8_t bytes[sizeof(row)];

	memcpy(bytes, &row, sizeof(row));
	buf_append(out, slice_from(bytes, sizeof(bytes)));
}

static struct slice
take_pointer(struct cursor *in)
{
	struct slice bytes = cursor_take(in, sizeof(struct slice)), row = SLICE_EMPTY;

	if (!in->bad)
		memcpy(&row, bytes.ptr, sizeof(row));
	return row;
}

struct group {
	uint8_t id[ID_LEN];
	struct slice bytes; /* of the row at the place: in order.first, unless rows stay */
	struct order_place place, last;
	uint8_t sources[ORDER_SOURCES * PLACE_LEN];
	size_t source_count;
};

static bool
end_group(struct order *o, const struct group *g, struct err *err)
{
	struct cursor in = cursor_over(g->bytes, 0);
	struct slice front = cursor_counted(&in), rule = cursor_take(&in, 4);

	buf_reset(&o->key);
	buf_append(&o->key, front);
	put_place(&o->key, g->place.evidence, g->place.offset);
	buf_append(&o->key, rule);
	buf_append(&o->key, slice_from(g->id, ID_LEN));
	buf_reset(&o->value);
	put_place(&o->value, g->place.evidence, g->place.offset);
	buf_counted(&o->value, slice_from(g->sources, g->source_count * PLACE_LEN));
	if (o->rows_stay)
		put_pointer(&o->value, in.rest);
	else
		buf_append(&o->value, in.rest);
	if (o->key.failed || o->value.failed)
		return err_nomem(err);
	return sorter_add(&o->by_place, buf_view(&o->key), buf_view(&o->value), err);
}

static bool
begin_group(struct order *o, struct group *g, struct slice key, struct slice bytes, struct err *err)
{
	memcpy(g->id, key.ptr, ID_LEN);
	g->place = g->last = take_place(slice_sub(key, PLACE_AT, PLACE_LEN));
	g->source_count = 0;
	g->bytes = bytes;
	if (o->rows_stay)
		return true;
	buf_reset(&o->first);
	buf_append(&o->first, bytes);
	g->bytes = buf_view(&o->first);
	return !o->first.failed || err_nomem(err);
}

static void
add_source(struct group *g, struct slice key)
{
	struct slice bytes = slice_sub(key, PLACE_AT, PLACE_LEN);
	struct order_place place = take_place(bytes);

	if ((place.evidence == g->last.evidence && place.offset == g->last.offset) || g->source_count == ORDER_SOURCES)
		return;
	memcpy(g->sources + g->source_count++ * PLACE_LEN, bytes.ptr, PLACE_LEN);
	g->last = place;
}

bool
order_sort(struct order *o, struct err *err)
{
	struct slice key, bytes;
	struct group g = { 0 };
	bool begun = false;

	if (!sorter_sort(&o->by_id, err))
		return false;
	o->rows_stay = sorter_stays(&o->by_id);
	while (sorter_next(&o->by_id, &key, &bytes, err)) {
		if (begun && memcmp(g.id, key.ptr, ID_LEN) == 0) {
			add_source(&g, key);
			continue;
		}
		if ((begun && !end_group(o, &g, err)) || !begin_group(o, &g, key, bytes, err))
			return false;
		begun = true;
	}
	if (err->code != ERR_OK || (begun && !end_group(o, &g, err)))
		return false;
	if (!o->rows_stay) {
		sorter_fini(&o->by_id);
		sorter_init(&o->by_id, o->memory, o->temp_folder);
	}
	return sorter_sort(&o->by_place, err);
}

bool
order_next(struct order *o, struct order_row *row, struct err *err)
{
	struct slice key, bytes, sources;
	struct cursor in;

	if (!sorter_next(&o->by_place, &key, &bytes, err))
		return false;
	in = cursor_over(bytes, 0);
	row->place = take_place(cursor_take(&in, PLACE_LEN));
	sources = cursor_counted(&in);
	row->source_count = sources.len / PLACE_LEN;
	for (size_t i = 0; i < row->source_count; i++)
		row->sources[i] = take_place(slice_sub(sources, i * PLACE_LEN, PLACE_LEN));
	row->bytes = o->rows_stay ? take_pointer(&in) : in.rest;
	return true;
}

bool
order_rewind(struct order *o, struct err *err)
{
	return sorter_rewind(&o->by_place, err);
}
