/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of eight bytes, each with a small state.  For the keys of residue (residue_pool.h), which are asked about once for each
 * live record of the evidence: one look at one line of memory, where base/table.h takes three.  Keyed like that one, so
 * that evidence cannot choose numbers that collide. */
#ifndef SCAN_KEY_SET_H
#define SCAN_KEY_SET_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_slot {
	uint64_t key;
	uint32_t state; /* 0: a free slot */
};

struct key_set {
	struct key_slot *slots;
	size_t count, room; /* room: a power of two */
	uint64_t seed[2];
};

void key_set_init(struct key_set *set);
void key_set_fini(struct key_set *set);

/* NULL: it is not there.  Valid until the next key_set_add. */
struct key_slot *key_set_find(const struct key_set *set, uint64_t key);

/* Puts it there with that state, which is not 0, unless it is there.  False: memory ran out. */
MUST_CHECK bool key_set_add(struct key_set *set, uint64_t key, uint32_t state);

#endif
