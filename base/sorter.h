/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting more than memory holds: entries collect in memory up to a limit, then leave it as a sorted run in a
 * temporary file; in the end the runs are merged, each with its next key and no more than the beginning of what goes with it.  An entry is a key and bytes that go with it; the order is that of
 * the key's bytes, then of the bytes, so it does not depend on the order of arrival. */
#ifndef BASE_SORTER_H
#define BASE_SORTER_H

#include "base/arena.h"
#include "base/spill.h"

struct sorter_run;
struct sorter_item;

struct sorter {
	struct arena memory;       /* entries that are in no run: u32 key length, u32 length, key, bytes */
	struct sorter_item *items; /* them, in order once sorted */
	size_t count, capacity;
	size_t limit;              /* bytes in memory */
	struct spill spill;
	struct sorter_run *runs;
	size_t run_count, run_capacity;
	size_t *heap;              /* runs that have an entry left, the smallest first */
	size_t heap_count;
	size_t next;               /* item to hand out */
	bool merging;
	struct err broken;         /* of a comparison that could not be made */
};

void sorter_init(struct sorter *s, size_t limit, const char *folder);
void sorter_fini(struct sorter *s);

/* Errors: ERR_NOMEM, ERR_IO, ERR_LIMIT (longer than 4 GiB). */
MUST_CHECK bool sorter_add(struct sorter *s, struct slice key, struct slice bytes, struct err *err);

/* Whether all of it is in memory: then what sorter_next hands out stays until sorter_fini. */
static inline bool
sorter_stays(const struct sorter *s)
{
	return s->run_count == 0;
}

/* After the last sorter_add.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool sorter_sort(struct sorter *s, struct err *err);

/* The next entry in order, valid until the next call.  False at the end, and with *err set on ERR_IO, ERR_NOMEM. */
bool sorter_next(struct sorter *s, struct slice *key, struct slice *bytes, struct err *err);

/* Bytes that a run has in memory while runs are merged; for tests. */
size_t sorter_memory_of(const struct sorter *s, size_t run);

/* Hands out everything from the first entry on again.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool sorter_rewind(struct sorter *s, struct err *err);

#endif
