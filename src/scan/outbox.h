/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker has said and not sent yet, in memory that it shares with the parent alone.  Before a worker reads a chunk
 * it says so, since that alone may be deadly; but each message that is sent wakes the parent, and on a machine whose
 * processors are all busy that takes one of them from a worker.  So what is said is laid here first, where the worker's
 * death does not touch it, and sent some chunks at a time.  The parent looks here only when the worker has ended.
 *
 * Everything that a worker says is one stream; here lies the piece of it that begins at `sent`. */
#ifndef SCAN_OUTBOX_H
#define SCAN_OUTBOX_H

#include "base/buf.h"

#include <stdatomic.h>

enum { OUTBOX_ROOM = 128 * 1024 };

struct outbox {
	_Atomic uint64_t sent; /* bytes of the stream in front of it */
	_Atomic uint64_t len;
	uint8_t bytes[OUTBOX_ROOM];
};

/* Zeroed, and shared with children.  NULL: memory ran out. */
struct outbox *outbox_new(void);
void outbox_free(struct outbox *box); /* may be NULL */

/* Children that are forked from now on do not get it: each worker has its own alone. */
MUST_CHECK bool outbox_keep_from_others(struct outbox *box);

/* --- the worker --- */

/* False when there is no room for it. */
MUST_CHECK bool outbox_put(struct outbox *box, struct slice bytes);
struct slice outbox_view(const struct outbox *box);

/* What lay here was sent, and `more` behind it. */
void outbox_clear(struct outbox *box, size_t more);

/* --- the parent, who believes nothing of it --- */

/* Where the stream ends, as far as is known. */
uint64_t outbox_end(const struct outbox *box);

/* Appends what lies here of the stream from `received` on. */
void outbox_take(const struct outbox *box, uint64_t received, struct buf *out);

#endif
