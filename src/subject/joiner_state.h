/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the joiner share: joiner.c collects parts and orders them in the end, joiner_next.c puts blocks together. */
#ifndef SUBJECT_JOINER_STATE_H
#define SUBJECT_JOINER_STATE_H

#include "base/table.h"
#include "src/subject/joiner.h"

/* One record that holds a part. */
struct instance {
	struct subject_part record;
	struct spill_at strings; /* computer, channel, provider, user_sid, path, odd_id: six counted slices */
	struct guid activity_id;
	uint32_t process_id, thread_id;
	uint32_t block;          /* index in blocks */
	uint32_t text;           /* index in texts: the same block, number and digest */
	uint8_t level;
	uint8_t class;
};

struct block {
	struct slice key; /* owned by the table: computer, id, total; odd single records also number and digest; where the id begins */
	size_t id_at;     /* there */
	struct guid id;
	uint32_t total;
	uint32_t rank;    /* place in the final order */
	uint64_t first_time;
	size_t count, start; /* instances; from joiner_close on the block's own stretch of them */
	bool alone;       /* a record whose number makes no sense */
	bool nameless;    /* only residual parts without a Computer */
	bool lent;        /* has got such parts */
};

/* A part of the block being given out: the record it stands on; its copies follow it in the order of instances. */
struct choice {
	size_t instance, end; /* end: behind the last instance of that number */
};

struct joiner {
	struct spill spill;
	struct table block_keys, text_keys;
	struct block *blocks;
	size_t block_room;
	struct spill_at *texts; /* by text index */
	size_t text_room;
	struct instance *instances;
	size_t count, room, most;
	struct buf key, strings, scratch;
	struct spill_at strings_at; /* of what `strings` holds */
	struct joiner_counts counts;
	/* giving out */
	uint32_t *order;        /* blocks in final order */
	uint32_t *seen;         /* by text index: already met in the block being given out */
	struct choice *choices; /* of the block at hand, ascending by number */
	size_t choice_count;
	struct choice *variants;
	size_t variant_count;
	size_t next_block, next_variant;
	uint8_t flags;
};

/* What stands first among records of one number: live before residual, then time, record id, source. */
int joiner_compare_records(const struct instance *a, const struct instance *b);

static inline int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

#endif
