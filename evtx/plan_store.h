/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a plan store that is looked into for every record: which definitions of the chunk at hand are known. */
#ifndef EVTX_PLAN_STORE_H
#define EVTX_PLAN_STORE_H

#include "evtx/plan.h"

enum {
	PLAN_PLACES = 256,    /* definitions of one chunk; power of two; 5 in a usual one */
	PLAN_BEGINNING = 128, /* 98 bytes with the 20 values of a usual event */
};

struct plan_place {
	uint32_t epoch;
	uint32_t definition; /* chunk offset */
	uint32_t id;         /* the first four bytes of its GUID */
	struct plan *plan;   /* NULL: not for plans */
};

/* What the event before began with: fragment header, head and descriptors, as far as its layout says that they are the
 * same.  An event that begins so, too, is an instance of the same template with the same layout. */
struct plan_beginning {
	uint32_t len; /* 0: none is known */
	uint32_t definition;
	struct plan *plan;
	struct plan_layout *layout;
	uint8_t bytes[PLAN_BEGINNING];
};

/* A store begins with this. */
struct plan_places {
	uint32_t epoch; /* of this chunk: places of another are empty */
	struct plan_beginning before; /* in this chunk */
	struct plan_place at[PLAN_PLACES];
};

static inline size_t
plan_place_of(size_t definition)
{
	return (definition * 0x9E5u >> 4) % PLAN_PLACES;
}

struct plan *plan_store_find_slowly(struct plan_store *store, struct slice chunk, size_t definition, uint32_t id);

/* The plan of the definition at that chunk offset, if it has that id; NULL where there is none.  It lives until the next
 * chunk begins. */
static inline struct plan *
plan_store_find(struct plan_store *store, struct slice chunk, size_t definition, uint32_t id)
{
	const struct plan_places *places = (const struct plan_places *)store;
	const struct plan_place *first = &places->at[plan_place_of(definition)];

	if (first->epoch != places->epoch || first->definition != definition)
		return plan_store_find_slowly(store, chunk, definition, id);
	return first->id == id ? first->plan : NULL;
}

static inline struct plan_beginning *
plan_store_before(struct plan_store *store)
{
	return &((struct plan_places *)store)->before;
}

#endif
