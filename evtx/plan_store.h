/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a plan store that is looked into for every record: which definitions of the chunk at hand are known. */
#ifndef EVTX_PLAN_STORE_H
#define EVTX_PLAN_STORE_H

#include "evtx/plan.h"

enum { PLAN_PLACES = 256 /* definitions of one chunk; power of two; 5 in a usual one */ };

struct plan_place {
	uint32_t epoch;
	uint32_t definition; /* chunk offset */
	uint32_t id;         /* the first four bytes of its GUID */
	struct plan *plan;   /* NULL: not for plans */
};

/* A store begins with this. */
struct plan_places {
	uint32_t epoch; /* of this chunk: places of another are empty */
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

#endif
