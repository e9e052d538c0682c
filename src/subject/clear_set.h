/* SPDX-License-Identifier: Apache-2.0 */
/* How often a log was cleared: events that say so, each once, however many copies of their log there are. */
#ifndef SUBJECT_CLEAR_SET_H
#define SUBJECT_CLEAR_SET_H

#include "base/attr.h"
#include "base/cursor.h"
#include "base/buf.h"

struct clear_event {
	uint64_t time, record_id; /* of the record that tells of it */
};

/* All zero: none. */
struct clear_set {
	struct clear_event *events; /* ascending */
	size_t count, room;
	uint64_t more; /* that came when there were LIMIT_COVERAGE_CLEARS, copies and all */
};

void clear_set_fini(struct clear_set *set);

/* False: memory ran out. */
MUST_CHECK bool clear_set_add(struct clear_set *set, struct clear_event event);

uint64_t clear_set_count(const struct clear_set *set);

void clear_set_encode(const struct clear_set *set, struct buf *out);

/* Adds what was encoded.  False: memory ran out, or in->bad: the bytes are damaged. */
MUST_CHECK bool clear_set_merge(struct clear_set *set, struct cursor *in);

#endif
