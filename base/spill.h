/* SPDX-License-Identifier: Apache-2.0 */
/* A heap of byte strings that are written once and read later: texts that wait for their missing parts, findings
 * that wait for their place in the order.  Up to a limit they stay in memory; past it they go to one temporary
 * file without a name, so that a big case costs disk and not the machine. */
#ifndef BASE_SPILL_H
#define BASE_SPILL_H

#include "base/buf.h"
#include "base/err.h"

struct spill {
	struct buf memory;   /* the bytes from 0 on */
	size_t limit;        /* bytes that may stay in memory */
	const char *folder;  /* for the temporary file; borrowed */
	int fd;              /* -1: not yet needed */
	uint64_t file_len;   /* bytes in the file: positions limit.. of the heap */
	struct buf pending;  /* tail of the file that has not been written yet */
};

/* Where a string lies. */
struct spill_at {
	uint64_t offset;
	uint32_t len;
};

void spill_init(struct spill *s, size_t limit, const char *folder);
void spill_fini(struct spill *s);

/* Errors: ERR_IO (the temporary file could not be made or written; says where), ERR_NOMEM. */
MUST_CHECK bool spill_add(struct spill *s, struct slice bytes, struct spill_at *at, struct err *err);

/* Appends the string to out.  Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool spill_get(struct spill *s, struct spill_at at, struct buf *out, struct err *err);

/* The same without a copy where it is in memory: *view lives until the next spill_add, or until room is used for something else.
 * Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool spill_view(struct spill *s, struct spill_at at, struct buf *room, struct slice *view, struct err *err);

#endif
