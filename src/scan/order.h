/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the timeline on their way into order.  The order is total and depends on the evidence alone: time, computer,
 * channel, record id, place, rule.  The same row from another copy of a log is one row with several sources.  Any number
 * of rows: past a bound of memory they are sorted on disk (base/sorter.h), once by what they are, so that copies meet,
 * and once by where they belong. */
#ifndef SCAN_ORDER_H
#define SCAN_ORDER_H

#include "base/sorter.h"
#include "src/subject/subject.h"

enum { ORDER_SOURCES = 64 }; /* copies of a row that are kept by name */

struct order_key {
	uint8_t id[16];      /* same id: the same row */
	uint64_t time;
	struct slice computer, channel;
	uint64_t record_id;
	uint32_t evidence;   /* index of the input: inputs are sorted by path */
	uint64_t offset;
	uint32_t rule;
	bool residual;       /* some of it is residue: a live one goes before it */
};

struct order_place {
	uint32_t evidence;
	uint64_t offset;
};

struct order_row {
	struct order_place place;     /* the smallest of a live one, if any */
	struct order_place sources[ORDER_SOURCES]; /* further ones, ascending, residue behind the others */
	size_t source_count;
	struct slice bytes;           /* of the copy at that place */
};

struct order {
	struct sorter by_id, by_place;
	size_t memory;
	const char *temp_folder;
	struct buf key, value;
	struct buf first; /* the row whose copies are being collected */
	bool rows_stay;   /* they are still in by_id's memory, and by_place has where (struct slice) */
	/* live rows that are there in full: of a copy that goes behind one of them the place is enough */
	struct known_row *known; /* a hash table by id: open addressing, at most half full */
	size_t known_count, known_room;
	uint64_t seed[2];
};

void order_init(struct order *o, size_t memory, const char *temp_folder);
void order_fini(struct order *o);

/* Errors: ERR_NOMEM, ERR_IO, ERR_LIMIT. */
MUST_CHECK bool order_add(struct order *o, const struct order_key *key, struct slice bytes, struct err *err);

/* After the last row.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool order_sort(struct order *o, struct err *err);

/* The next row; its bytes live until the next call.  False at the end, and with *err set on ERR_IO, ERR_NOMEM. */
bool order_next(struct order *o, struct order_row *row, struct err *err);

/* order_next begins with the first row again.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool order_rewind(struct order *o, struct err *err);

#endif
