/* SPDX-License-Identifier: Apache-2.0 */
/* One chunk as a small log of its own, in memory, opened by libevtx: what the libevtx reader walks and what a second
 * opinion is taken from.  Behind a file header of our own the library finds the same records as in the whole file
 * (libevtx-in-a-jail.md 2); a chunk that it refuses costs that chunk, and logs of more than 65,535 chunks can be read.
 * It may crash or eat memory on a hostile chunk, from the first chunk_log_fetch on: call it in a worker only. */
#ifndef EVTX_CHUNK_LOG_H
#define EVTX_CHUNK_LOG_H

#include "base/arena.h"
#include "base/attr.h"

struct chunk_log;

struct chunk_log *chunk_log_new(void); /* NULL: out of memory */
void chunk_log_free(struct chunk_log *log); /* accepts NULL */

/* Room for the bytes of a chunk, 64 KiB: one that is put there need not be copied to be opened.  What stood there, opened or
 * not, is gone with it. */
uint8_t *chunk_log_room(struct chunk_log *log);

/* Takes a copy of the chunk (at most 64 KiB; what a cut-off one lacks is zeros) and opens it.  False: the library
 * refuses it, chunk_log_reason tells why, and it has no records. */
MUST_CHECK bool chunk_log_open(struct chunk_log *log, struct slice chunk);
void chunk_log_close(struct chunk_log *log);

/* The same with a header that says something else, for what the library makes of the whole log: that log's flags, and
 * whether the chunk is one of those that its header counts; records of others are all recovered ones.  False: it is
 * refused, reason and counts as above. */
struct chunk_log_view {
	bool corrupted;
	uint64_t records, recovered;
};
MUST_CHECK bool chunk_log_view(struct chunk_log *log, struct slice chunk, uint32_t flags, bool counted,
	struct chunk_log_view *view);

/* How many records are in the library's list. */
int chunk_log_count(const struct chunk_log *log);

/* Fetches a record of the list; it stays held until it is dropped, another one is fetched or the chunk is closed. */
MUST_CHECK bool chunk_log_fetch(struct chunk_log *log, int index);
void chunk_log_drop(struct chunk_log *log);

/* The identifier and the time in the header of the held record. */
uint64_t chunk_log_id(const struct chunk_log *log);
uint64_t chunk_log_written(const struct chunk_log *log);

/* The XML of the held record as the library prints it, UTF-16LE without a NUL behind it, until the next call or the
 * arena's end. */
MUST_CHECK bool chunk_log_xml(struct chunk_log *log, struct arena *arena, struct slice *utf16);

/* Why the last call that failed did: the library's innermost message, printable ASCII on one line. */
const char *chunk_log_reason(const struct chunk_log *log);

/* The version of libevtx that the program runs with. */
const char *chunk_log_library(void);

#endif
