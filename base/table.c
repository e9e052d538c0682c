/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include "base/attr.h"

#include <stdlib.h>

enum { SLOTS_KEPT = 1024 };

static uint64_t
hash_of(const struct table *t, struct slice key)
{
	return keyed_hash(&t->seed, 0, key).b;
}

void
table_init(struct table *t)
{
	*t = (struct table){ 0 };
	arena_init(&t->keys, SIZE_MAX / 2);
	keyed_seed_fill(&t->seed);
}

void
table_fini(struct table *t)
{
	arena_fini(&t->keys);
	free(t->entries);
	free(t->slots);
	*t = (struct table){ .keys = t->keys };
}

void
table_reset(struct table *t)
{
	arena_reset(&t->keys);
	t->count = 0;
	if (t->slot_count <= SLOTS_KEPT) {
		if (t->slots)
			memset(t->slots, 0, t->slot_count * sizeof(*t->slots));
		return;
	}
	free(t->entries);
	free(t->slots);
	t->entries = NULL;
	t->slots = NULL;
	t->capacity = t->slot_count = 0;
}

static size_t
slot_for(const struct table *t, struct slice key, uint64_t hash)
{
	size_t mask = t->slot_count - 1;

	for (size_t at = hash & mask;; at = (at + 1) & mask) {
		const struct table_entry *entry;

		if (t->slots[at] == 0)
			return at;
		entry = &t->entries[t->slots[at] - 1];
		if (entry->hash == hash && slice_eq(entry->key, key))
			return at;
	}
}

struct table_entry *
table_find(const struct table *t, struct slice key)
{
	size_t at;

	if (t->count == 0)
		return NULL;
	at = slot_for(t, key, hash_of(t, key));
	return t->slots[at] ? &t->entries[t->slots[at] - 1] : NULL;
}

static bool
grow_slots(struct table *t)
{
	size_t count = t->slot_count ? t->slot_count * 2 : 64;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < t->count; i++) {
		size_t at = t->entries[i].hash & (count - 1);

		while (slots[at])
			at = (at + 1) & (count - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	return true;
}

static bool
make_room(struct table *t)
{
	if (t->count >= UINT32_MAX / 2)
		return false;
	if (t->count == t->capacity) {
		size_t capacity = t->capacity ? t->capacity * 2 : 32;
		struct table_entry *grown = reallocarray(t->entries, capacity, sizeof(*grown));

		if (!grown)
			return false;
		t->entries = grown;
		t->capacity = capacity;
	}
	return t->count * 4 < t->slot_count * 3 || grow_slots(t);
}

struct table_entry *
table_add(struct table *t, struct slice key, uint64_t value, bool *added)
{
	uint64_t hash;
	struct slice copy;
	size_t at;

	if (!make_room(t))
		return NULL;
	hash = hash_of(t, key);
	at = slot_for(t, key, hash);
	if (added)
		*added = t->slots[at] == 0;
	if (t->slots[at])
		return &t->entries[t->slots[at] - 1];
	if (!arena_copy(&t->keys, key, &copy))
		return NULL;
	t->entries[t->count] = (struct table_entry){ copy, hash, value };
	t->slots[at] = (uint32_t)++t->count;
	return &t->entries[t->count - 1];
}
