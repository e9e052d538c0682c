/* SPDX-License-Identifier: Apache-2.0 */
/* Where a reader gets its bytes: an inherited descriptor read with pread (never mapped: a file that shrinks must
 * not kill us) or memory (tests, fuzzers). */
#ifndef EVTX_SOURCE_H
#define EVTX_SOURCE_H

#include "base/err.h"
#include "base/slice.h"

struct source {
	/* Reads up to len bytes at offset; *got is less only at the end.  Errors: ERR_IO. */
	bool (*read)(const struct source *s, uint64_t offset, uint8_t *out, size_t len, size_t *got, struct err *err);
	uint64_t size; /* when it was opened; the file may have shrunk or grown since */
	int fd;
	struct slice memory;
};

struct source source_from_fd(int fd, uint64_t size);
struct source source_from_memory(struct slice memory);

#endif
