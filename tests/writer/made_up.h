/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that nobody logged: what somebody may write in front of a true chunk, so that a search for it and its records
 * wears out.  They are pieces for tests to put together, not logs. */
#ifndef TESTS_WRITER_MADE_UP_H
#define TESTS_WRITER_MADE_UP_H

#include "base/buf.h"

struct made_up {
	const char *name;
	bool (*make)(struct buf *out);
};

/* NULL behind the last one. */
const struct made_up *made_up_piece(size_t index);

#endif
