/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/memory.h"

#include "base/huge.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
	LINE = 64, /* bytes that come from main memory at once */
	WAYS = 4,  /* a set is one line */
	CACHE_SETS = 8192, /* 512 KiB each cache */
	WORDS = LIMIT_SETS_MEMORY / sizeof(uint32_t),
	SLOTS = 4 * LIMIT_SETS, /* power of two */
};

struct cache_entry {
	uint64_t key; /* keyed_hash.a; of .b the set knows 13 bits.  Zero: free */
	uint32_t list, mark;
};

struct cache {
	struct cache_entry entries[CACHE_SETS][WAYS];
	uint8_t next[CACHE_SETS];
};

struct list_entry {
	uint64_t hash;
	uint32_t at, count;
};

struct memory {
	struct cache values, events, answers, quiet;
	uint32_t slots[SLOTS]; /* number of a list + 1 */
	struct keyed_seed seed;
	uint32_t generation;
	size_t word_count, list_count;
	struct list_entry lists[LIMIT_SETS];
	uint32_t words[WORDS];
};

_Static_assert(sizeof(struct cache_entry) * WAYS == LINE, "a set of a cache is more than one line");

struct memory *
memory_new(void)
{
	struct memory *m = huge_alloc(sizeof(*m)); /* looked into at random */

	if (!m)
		return NULL;
	memset(m, 0, sizeof(*m) - sizeof(m->lists) - sizeof(m->words)); /* the others are counted */
	m->generation = 1;
	keyed_seed_fill(&m->seed);
	return m;
}

void
memory_free(struct memory *m)
{
	free(m);
}

void
memory_forget(struct memory *m)
{
	memset(&m->values, 0, sizeof(m->values));
	memset(&m->events, 0, sizeof(m->events));
	memset(&m->answers, 0, sizeof(m->answers));
	memset(&m->quiet, 0, sizeof(m->quiet));
	memset(m->slots, 0, sizeof(m->slots));
	m->word_count = 0;
	m->list_count = 0;
	m->generation = m->generation == UINT32_MAX ? 1 : m->generation + 1;
}

uint32_t
memory_generation(const struct memory *m)
{
	return m->generation;
}

struct keyed_hash
memory_hash(const struct memory *m, uint64_t what, struct slice text)
{
	return keyed_hash(&m->seed, what, text);
}

static const struct cache_entry *
cache_entry(const struct cache *c, const struct keyed_hash *key)
{
	const struct cache_entry *set = c->entries[key->b % CACHE_SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == key->a)
			return &set[i];
	return NULL;
}

static uint32_t
cache_find(const struct cache *c, const struct keyed_hash *key)
{
	const struct cache_entry *found = cache_entry(c, key);

	return found ? found->list : MEMORY_NONE;
}

static void
cache_add(struct cache *c, const struct keyed_hash *key, uint32_t list)
{
	size_t set = key->b % CACHE_SETS;

	c->entries[set][c->next[set]++ % WAYS] = (struct cache_entry){ key->a, list, 0 };
}

uint32_t
memory_value(const struct memory *m, const struct keyed_hash *key, uint32_t *mark)
{
	const struct cache_entry *found = cache_entry(&m->values, key);

	*mark = found ? found->mark : 0;
	return found ? found->list : MEMORY_NONE;
}

void
memory_mark_value(struct memory *m, const struct keyed_hash *key, uint32_t mark)
{
	struct cache_entry *set = m->values.entries[key->b % CACHE_SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == key->a)
			set[i].mark = mark;
}

void
memory_add_value(struct memory *m, const struct keyed_hash *key, uint32_t list)
{
	cache_add(&m->values, key, list);
}

bool
memory_event(struct memory *m, const struct keyed_hash *key, uint32_t *list)
{
	*list = cache_find(&m->events, key);
	return *list != MEMORY_NONE;
}

void
memory_add_event(struct memory *m, const struct keyed_hash *key, uint32_t list)
{
	cache_add(&m->events, key, list);
}

bool
memory_is_quiet(const struct memory *m, const struct keyed_hash *key)
{
	return cache_entry(&m->quiet, key) != NULL;
}

void
memory_add_quiet(struct memory *m, const struct keyed_hash *key)
{
	cache_add(&m->quiet, key, 0);
}

uint32_t
memory_answer(struct memory *m, const struct keyed_hash *key)
{
	return cache_find(&m->answers, key);
}

void
memory_add_answer(struct memory *m, const struct keyed_hash *key, uint32_t answer)
{
	cache_add(&m->answers, key, answer);
}

uint32_t
memory_intern(struct memory *m, const uint32_t *numbers, size_t count)
{
	struct slice bytes = slice_from(numbers, count * sizeof(*numbers));
	uint64_t hash = memory_hash(m, 0, bytes).a;
	size_t at = hash >> 20 & (SLOTS - 1);

	for (; m->slots[at]; at = (at + 1) & (SLOTS - 1)) {
		const struct list_entry *e = &m->lists[m->slots[at] - 1];

		if (e->hash == hash && slice_eq(bytes, slice_from(m->words + e->at, e->count * sizeof(*numbers))))
			return m->slots[at] - 1;
	}
	if (m->list_count == LIMIT_SETS || count > WORDS - m->word_count)
		return MEMORY_NONE;
	m->lists[m->list_count] = (struct list_entry){ hash, (uint32_t)m->word_count, (uint32_t)count };
	if (count)
		memcpy(m->words + m->word_count, numbers, count * sizeof(*numbers));
	m->word_count += count;
	m->slots[at] = (uint32_t)++m->list_count;
	return (uint32_t)m->list_count - 1;
}

struct memory_list
memory_list(const struct memory *m, uint32_t list)
{
	return (struct memory_list){ m->words + m->lists[list].at, m->lists[list].count };
}
