/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include "base/attr.h"
#include "base/seed.h"

#include <stdlib.h>

enum { SLOTS_KEPT = 1024 };

static uint64_t
rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

/* SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF"; one round a word, three at the end). */
static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t
hash_of(const struct table *t, struct slice key)
{
	uint64_t v[4] = { t->seed[0] ^ 0x736f6d6570736575u, t->seed[1] ^ 0x646f72616e646f6du,
		t->seed[0] ^ 0x6c7967656e657261u, t->seed[1] ^ 0x7465646279746573u };
	uint64_t word;
	size_t i;

	for (i = 0; i + 8 <= key.len; i += 8) {
		memcpy(&word, key.ptr + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)key.len << 56;
	for (size_t k = 0; i + k < key.len; k++)
		word |= (uint64_t)key.ptr[i + k] << (8 * k);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int k = 0; k < 3; k++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
table_init(struct table *t)
{
	*t = (struct table){ 0 };
	arena_init(&t->keys, SIZE_MAX / 2);
	seed_fill(t->seed, sizeof(t->seed) / sizeof(*t->seed));
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
