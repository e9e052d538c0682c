/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files read and taken apart ahead of the loader.  Half of the time that loading takes goes by before there are trees, and one
 * file has nothing to do with the next: a second thread works on the files to come, while the loader makes rules of the trees, in
 * the order of the files, and lends a hand where they are not ready.  The thread ends before the loader returns, so
 * it never meets a fork. */
#ifndef SIGMA_AHEAD_H
#define SIGMA_AHEAD_H

#include "base/arena.h"
#include "base/buf.h"
#include "src/lib/digest.h"
#include "src/lib/yaml.h"

struct parsed_document {
	enum yaml_step step; /* never YAML_END */
	const struct yaml_node *root;
	struct err why;
};

/* One file, valid until the next one is taken. */
struct parsed_file {
	struct buf text;
	struct err why;        /* when it could not be read; else ERR_OK */
	bool parsed;           /* false: it is too long, or there are too many documents, to be held; the text has to do */
	uint8_t digest[DIGEST_LEN];
	struct arena arena;    /* of the trees */
	struct buf documents;  /* struct parsed_document */
};

struct ahead;

/* The paths must outlive it.  NULL: out of memory. */
struct ahead *ahead_new(const char *const *paths, size_t count);
void ahead_free(struct ahead *a); /* accepts NULL */

/* The next file in order; there must be one. */
const struct parsed_file *ahead_next(struct ahead *a);

#endif
