/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this module: a block as the joiner hands it to a worker.  All facts come first and all texts behind them in
 * one run, so that the joined text of a block needs no copy on either side. */
#ifndef SUBJECT_BLOCK_H
#define SUBJECT_BLOCK_H

#include "src/subject/wire.h"

enum block_flags {
	BLOCK_CONFLICT = 1 << 0,   /* some number has more than one text */
	BLOCK_VARIANT = 1 << 1,    /* one part is not the primary set's */
	BLOCK_RESIDUAL = 1 << 2,   /* a gap was filled from slack */
	BLOCK_NOT_A_PART = 1 << 3, /* one record whose number makes no sense, alone */
	BLOCK_MIXED = 1 << 4,      /* parts of other processes or threads fill gaps of the primary set */
	BLOCK_CUT = 1 << 5,        /* texts beyond LIMIT_BLOCK_TEXT are left out */
	BLOCK_NO_COMPUTER = 1 << 6, /* joined by id and total alone: a residual part had lost its Computer */
};

struct block_head {
	uint8_t flags;
	uint8_t level;
	struct guid id;
	uint32_t total;
	uint32_t variant; /* number of the part that differs; 0: none */
	struct guid activity_id;
	uint32_t process_id, thread_id;
	struct slice odd_id, computer, channel, provider, user_sid, path;
	size_t count; /* of records that follow, copies included */
};

void block_head_encode(const struct block_head *head, struct buf *out);
bool block_head_decode(struct cursor *in, struct block_head *head);

/* Behind the head, for each record: the subject_part, then its text's length, or BLOCK_COPY for another source of
 * the part before it.  Then the texts. */
#define BLOCK_COPY UINT32_MAX
enum { BLOCK_RECORD = WIRE_PART + 4 };

#endif
