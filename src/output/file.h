/* SPDX-License-Identifier: Apache-2.0 */
/* An output that is complete or absent: written to a temporary file beside the target, synced, renamed.  Standard
 * output is the one that cannot be taken back.  A write that fails (disk full, closed pipe) is remembered and told
 * once. */
#ifndef OUTPUT_FILE_H
#define OUTPUT_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/stat.h>
#include <sys/types.h>

/* Files and folders no output may be, or lie in: the evidence. */
struct output_guard {
	struct output_place {
		dev_t device;
		ino_t inode;
		bool is_folder;
	} *places;
	size_t count;
};

/* True when it is that file or folder. */
bool output_guard_holds(const struct output_guard *guard, const struct stat *st, bool is_folder);

/* True when neither the folder nor one above it is evidence.  Errors: ERR_IO (it is, or that cannot be seen), ERR_LIMIT. */
MUST_CHECK bool output_guard_allows(const struct output_guard *guard, int folder, struct err *err);

struct output; /* opaque */

/* "-" and "/dev/stdout": what is written there cannot be taken back, and may be a terminal. */
bool output_is_stdout(const char *path);

/* Errors: ERR_IO (also: the target exists and `force` is false; it is evidence or lies in
 * an evidence folder, force or not; it is a folder), ERR_NOMEM. */
MUST_CHECK bool output_open(const char *path, const struct output_guard *guard, bool force, struct output **output,
	struct err *err);

/* Collects and writes in large pieces.  After a failure every call fails with the same words.  Errors: ERR_IO (a
 * closed pipe only where SIGPIPE is ignored), ERR_NOMEM. */
MUST_CHECK bool output_write(struct output *o, struct slice bytes, struct err *err);

/* True when both would end up in one place: the later one would take the place of the earlier. */
bool output_is_same(const struct output *a, const struct output *b);

/* Flush, sync, rename into place, close.  The output is gone either way.  Errors: ERR_IO. */
MUST_CHECK bool output_commit(struct output *o, struct err *err);

/* Removes the temporary file, close.  Accepts NULL. */
void output_abandon(struct output *o);

#endif
