/* SPDX-License-Identifier: Apache-2.0 */
/* A definition is found in two steps.  Within a chunk by its offset, in a small table that is emptied by counting up;
 * a definition that is not for plans has its place there, too, so that no record asks twice.  Across chunks by GUID and
 * size: the plans with the same are compared with the bytes at hand, never trusted (a hostile log may use one GUID for
 * several definitions; offsets of names differ from chunk to chunk, so the bytes alone would never be found again). */
#include "evtx/plan_store.h"

#include "evtx/plan_shape.h"

#include "base/cursor.h"
#include "base/limits.h"

#include <stdlib.h>

enum {
	PLACES_MOST = PLAN_PLACES / 4 * 3,
	BUCKETS = 1024,
	HEADER = 24, /* u32 next, GUID, u32 body size */
	ID_AT = 4,
	SCRATCH = 4 * 1024 * 1024,
};

struct plan_store {
	struct plan_places places; /* first: plan_store.h looks into it */
	struct arena memory, scratch;
	struct plan *buckets[BUCKETS];
	size_t count;
	uint32_t generation; /* how often all plans were forgotten */
	size_t looked_at; /* bytes of definitions, in this chunk */
	size_t places_taken;
	struct plan_texts texts;
	struct plan_shapes *shapes;
};

struct plan_store *
plan_store_new(void)
{
	struct plan_store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->shapes = plan_shapes_new();
	if (!s->shapes) {
		free(s);
		return NULL;
	}
	s->places.epoch = 1;
	arena_init_large(&s->memory, LIMIT_PLAN_MEMORY);
	arena_init(&s->scratch, SCRATCH);
	return s;
}

void
plan_store_free(struct plan_store *s)
{
	if (!s)
		return;
	arena_fini(&s->memory);
	arena_fini(&s->scratch);
	plan_shapes_free(s->shapes);
	free(s);
}

struct arena *
plan_store_memory(struct plan_store *s)
{
	return &s->memory;
}

struct arena *
plan_store_scratch(struct plan_store *s)
{
	return &s->scratch;
}

struct plan_texts *
plan_store_texts(struct plan_store *s)
{
	return &s->texts;
}

struct plan_shapes *
plan_store_shapes(struct plan_store *s)
{
	return s->shapes;
}

uint32_t
plan_store_generation(const struct plan_store *s)
{
	return s->generation;
}

/* Half of the memory is kept free for what one chunk can add: its definitions are bounded in all. */
void
plan_store_begin_chunk(struct plan_store *s)
{
	if (s->count >= LIMIT_PLANS || s->memory.used > s->memory.limit / 2) {
		arena_reset(&s->memory);
		memset(s->buckets, 0, sizeof(s->buckets));
		plan_shapes_reset(s->shapes);
		s->count = 0;
		s->generation++;
	}
	plan_shapes_begin_chunk(s->shapes);
	s->places.before.len = 0;
	s->looked_at = 0;
	s->places_taken = 0;
	if (++s->places.epoch == 0)
		s->places = (struct plan_places){ .epoch = 1 };
}

static struct plan **
bucket_of(struct plan_store *s, const struct guid *guid, size_t size)
{
	uint32_t hash = (uint32_t)size;

	for (size_t i = 0; i < sizeof(guid->bytes); i++)
		hash = hash * 31 + guid->bytes[i];
	return &s->buckets[(hash ^ hash >> 16) % BUCKETS];
}

/* What is charged is the work that a definition can cause: comparing it with each variant, and compiling it. */
static bool
charge(struct plan_store *s, size_t size)
{
	if (size > LIMIT_PLAN_BYTES - s->looked_at)
		return false;
	s->looked_at += size;
	return true;
}

bool
plan_store_may_compile(struct plan_store *s, size_t bytes)
{
	return charge(s, bytes);
}

static struct plan *
compile(struct plan_store *s, struct plan **bucket, struct slice chunk, size_t start, size_t end, const struct guid *guid)
{
	struct plan *plan = NULL;
	struct err err;

	arena_reset(&s->scratch);
	if (!plan_compile(chunk, start, end, &s->memory, &s->scratch, &plan, &err) || !plan)
		return NULL;
	plan->guid = *guid;
	plan->next = *bucket;
	*bucket = plan;
	s->count++;
	return plan;
}

static struct plan *
find_or_compile(struct plan_store *s, struct slice chunk, size_t definition)
{
	struct cursor c = cursor_over(slice_sub(chunk, definition, HEADER), definition);
	struct plan **bucket, *plan;
	struct guid guid = { { 0 } };
	struct slice bytes;
	size_t size, start = definition + HEADER, variants = 0;

	cursor_take(&c, 4);
	bytes = cursor_take(&c, sizeof(guid.bytes));
	size = cursor_u32le(&c);
	if (c.bad || size > chunk.len - start)
		return NULL;
	memcpy(guid.bytes, bytes.ptr, sizeof(guid.bytes));
	bucket = bucket_of(s, &guid, size);
	for (plan = *bucket; plan; plan = plan->next) {
		if (plan->body.len != size || memcmp(plan->guid.bytes, guid.bytes, sizeof(guid.bytes)) != 0)
			continue;
		if (!charge(s, size) || ++variants > LIMIT_PLAN_VARIANTS)
			return NULL;
		if (plan_fits(plan, chunk, start, start + size))
			return plan;
	}
	if (variants >= LIMIT_PLAN_VARIANTS || !charge(s, size))
		return NULL;
	return compile(s, bucket, chunk, start, start + size, &guid);
}

struct plan *
plan_store_find_slowly(struct plan_store *s, struct slice chunk, size_t definition, uint32_t id)
{
	struct plan_place *place;

	for (size_t at = plan_place_of(definition);; at = (at + 1) % PLAN_PLACES) {
		place = &s->places.at[at];
		if (place->epoch != s->places.epoch)
			break;
		if (place->definition == definition)
			return place->id == id ? place->plan : NULL;
	}
	if (s->places_taken >= PLACES_MOST || definition < LIMIT_CHUNK_HEADER || definition > chunk.len ||
	    slice_u32le(chunk, definition + ID_AT) != id)
		return NULL;
	s->places_taken++;
	*place = (struct plan_place){ .epoch = s->places.epoch, .definition = (uint32_t)definition, .id = id,
		.plan = find_or_compile(s, chunk, definition) };
	return place->plan;
}
