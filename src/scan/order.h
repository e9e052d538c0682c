/* SPDX-License-Identifier: Apache-2.0 */
/* Rows (findings, script blocks) come in the order in which evidence is read and leave in the order of the
 * timeline: time, computer, channel, record id, path, offset.  The same row from several files is one row with
 * several sources.  Only what orders a row stays in memory; its bytes wait in a spill. */
#ifndef SCAN_ORDER_H
#define SCAN_ORDER_H

#include "base/arena.h"
#include "base/spill.h"
#include "base/table.h"
#include "src/subject/subject.h"

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

struct order_source {
	uint32_t evidence;
	uint64_t offset;
	uint32_t next;       /* index + 1 of the row's next further source, 0: none */
};

struct order_row {
	struct order_key key;
	struct spill_at bytes;
	uint32_t sources;    /* index + 1 of the first further source */
};

struct order {
	struct order_row *rows;
	size_t count, capacity;
	struct order_source *sources;
	size_t source_count, source_capacity;
	struct table ids;
	struct table names;  /* computers and channels, kept once */
	struct spill spill;
	struct buf bytes;    /* of the row order_get read last */
};

void order_init(struct order *o, size_t memory, const char *temp_folder);
void order_fini(struct order *o);

/* Adds a row.  One that is there already gives it another source; which of the two is kept does not depend on the
 * order of arrival.  *is_new tells.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool order_add(struct order *o, const struct order_key *key, struct slice bytes, bool *is_new,
	struct err *err);

/* After the last row. */
void order_sort(struct order *o);

/* The bytes of row i, until the next call.  Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool order_get(struct order *o, size_t i, struct slice *bytes, struct err *err);

#endif
