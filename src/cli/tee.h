/* SPDX-License-Identifier: Apache-2.0 */
/* An output file together with what the manifest tells of it: bytes, rows, SHA-256.  What goes to a terminal is
 * made harmless on the way, whatever the format lets through. */
#ifndef CLI_TEE_H
#define CLI_TEE_H

#include "src/lib/digest.h"
#include "src/output/file.h"
#include "src/scan/manifest.h"

struct tee {
	const char *path;
	struct output *output;
	struct digest *digest; /* NULL unless tee_hash was called */
	struct manifest_output told;
	bool to_terminal; /* and in a format that does not know terminals */
};

/* `knows_terminals`: the format escapes for terminals itself.  Errors: those of output_open. */
MUST_CHECK bool tee_open(struct tee *t, const char *path, const struct output_guard *guard, bool force,
	bool knows_terminals, struct err *err);
/* Before the first write: what is written is hashed for told.sha256, which costs more than all the rest of a dump.
 * Errors: ERR_NOMEM. */
MUST_CHECK bool tee_hash(struct tee *t, struct err *err);
MUST_CHECK bool tee_write(struct tee *t, struct slice bytes, struct err *err);
MUST_CHECK bool tee_commit(struct tee *t, struct err *err);
void tee_abandon(struct tee *t); /* does nothing to one that was committed or never opened */

/* All of it at once to standard output.  Errors: ERR_IO, ERR_NOMEM when text->failed. */
MUST_CHECK bool tee_print(const struct buf *text, bool knows_terminals, struct err *err);

#endif
