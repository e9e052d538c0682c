/* SPDX-License-Identifier: Apache-2.0 */
/* Rows on their way to the outputs.  By then all workers have ended, and two threads are all that there is to be had: both
 * format pieces of a batch, whoever is free the next one, and the second thread writes what is whole while the first one
 * gets the next batch ready.  What is written does not depend on who did what. */
#ifndef CLI_ROW_WRITER_H
#define CLI_ROW_WRITER_H

#include "src/cli/tee.h"
#include "src/output/sink.h"

struct row_channel {
	const struct sink_class *sink;
	struct sink_options options;
	struct tee *file;
};

struct row_writer;

/* The channels stay the caller's, who does not touch their files before the end.  `threads` 1: there is no second thread.
 * NULL: memory ran out. */
struct row_writer *row_writer_new(const struct row_channel *channels, size_t count, size_t threads);

/* When it returns, the rows are done with; a failure to write them may show in a later call.  Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool row_writer_put(struct row_writer *w, const struct finding *const *rows, size_t count, struct err *err);

/* Waits until all is written.  Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool row_writer_end(struct row_writer *w, struct err *err);

void row_writer_free(struct row_writer *w); /* may be NULL; what is not written is dropped */

#endif
