/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from byte keys to numbers (usually an index into an array of the caller's).  Entries keep the order
 * in which they came, so that walking the table is deterministic; the hash is keyed with random bytes, so that
 * evidence cannot choose keys that collide.  Entries are never removed. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/arena.h"
#include "base/keyed.h"

struct table_entry {
	struct slice key; /* owned by the table */
	uint64_t hash;
	uint64_t value;
};

struct table {
	struct table_entry *entries; /* in order of arrival */
	size_t count;
	size_t capacity;
	uint32_t *slots; /* index + 1 of an entry, 0: free; power of two many */
	size_t slot_count;
	struct keyed_seed seed;
	struct arena keys;
};

void table_init(struct table *t);
void table_fini(struct table *t);
void table_reset(struct table *t); /* empty again, in the same memory unless that is much, with the same random bytes */

/* The entry with that key, or NULL.  Valid until the next table_add. */
struct table_entry *table_find(const struct table *t, struct slice key);

/* The entry with that key, made with `value` when there was none (*added tells); NULL when memory ran out or the
 * table has 2^31 entries.  The key is copied. */
struct table_entry *table_add(struct table *t, struct slice key, uint64_t value, bool *added);

#endif
