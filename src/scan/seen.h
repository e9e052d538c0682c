/* SPDX-License-Identifier: Apache-2.0 */
/* Which script blocks of one record were seen, and with which text: 16 bytes a block, so that overlapping exports
 * are counted once and one id with two texts is noticed.  Bounded: past the cap blocks are counted as they come. */
#ifndef SCAN_SEEN_H
#define SCAN_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen {
	struct seen_slot {
		uint64_t key, text; /* key 0: free */
	} *slots;
	size_t count, size;
};

enum seen_result { SEEN_NEW, SEEN_AGAIN, SEEN_OTHER_TEXT, SEEN_UNKNOWN };

enum { SEEN_MAX = 1 << 21 };

void seen_init(struct seen *s);
void seen_fini(struct seen *s);

/* SEEN_UNKNOWN: the set is full (or memory is), so the block cannot be told from others. */
enum seen_result seen_add(struct seen *s, uint64_t key, uint64_t text);

#endif
