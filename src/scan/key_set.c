/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/key_set.h"

#include "base/seed.h"
#include "base/word.h"

#include <stdlib.h>

enum { LEAST = 1024 };

void
key_set_init(struct key_set *set)
{
	*set = (struct key_set){ .count = 0 };
	seed_fill(set->seed, sizeof(set->seed) / sizeof(*set->seed));
}

void
key_set_fini(struct key_set *set)
{
	free(set->slots);
	*set = (struct key_set){ .count = 0 };
}

/* The slot of that key, or the free one where it belongs. */
static struct key_slot *
slot_of(const struct key_set *set, uint64_t key)
{
	uint64_t hash = word_fold(word_fold(key ^ set->seed[0], set->seed[1] ^ 0x9E3779B97F4A7C15u) ^ key, set->seed[0] ^ 0xBF58476D1CE4E5B9u);
	size_t mask = set->room - 1, at = (size_t)hash & mask;

	while (set->slots[at].state && set->slots[at].key != key)
		at = (at + 1) & mask;
	return &set->slots[at];
}

struct key_slot *
key_set_find(const struct key_set *set, uint64_t key)
{
	struct key_slot *slot = set->count ? slot_of(set, key) : NULL;

	return slot && slot->state ? slot : NULL;
}

static bool
grow(struct key_set *set)
{
	struct key_set larger = *set;

	larger.room = set->room ? set->room * 2 : LEAST;
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < set->room; i++)
		if (set->slots[i].state)
			*slot_of(&larger, set->slots[i].key) = set->slots[i];
	free(set->slots);
	*set = larger;
	return true;
}

bool
key_set_add(struct key_set *set, uint64_t key, uint32_t state)
{
	struct key_slot *slot;

	if (set->count * 2 >= set->room && !grow(set))
		return false;
	slot = slot_of(set, key);
	if (!slot->state) {
		*slot = (struct key_slot){ key, state };
		set->count++;
	}
	return true;
}
