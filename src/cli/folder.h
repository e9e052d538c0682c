/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of results that is complete or absent: it is filled under a temporary name beside its place and put
 * there at the end.  Into a folder that has files already (--force) they are moved one by one. */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

#include "base/table.h"
#include "src/output/file.h"

struct folder {
	char *path;       /* as the user wrote it, without slashes at the end */
	char *temp;       /* beside it */
	int fd;           /* of temp; -1: none */
	struct table names; /* of the files written, in order; value 1: a folder */
};

/* Errors: ERR_IO (path is no folder, lies within evidence, or is not empty and `force` is false), ERR_NOMEM. */
MUST_CHECK bool folder_begin(struct folder *f, const char *path, const struct output_guard *guard, bool force,
	struct err *err);

/* name may have one '/' in it: a folder within.  Errors: ERR_IO (also: the name is taken), ERR_NOMEM. */
MUST_CHECK bool folder_write(struct folder *f, const char *name, struct slice bytes, struct err *err);

/* Adds to a file that folder_write made.  Errors: ERR_IO. */
MUST_CHECK bool folder_append(struct folder *f, const char *name, struct slice bytes, struct err *err);

MUST_CHECK bool folder_commit(struct folder *f, struct err *err);

/* Removes what was written, unless committed; frees.  Right after a failed folder_begin as well. */
void folder_end(struct folder *f);

#endif
