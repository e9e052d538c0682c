/* SPDX-License-Identifier: Apache-2.0 */
/* A whole log, or a chunk alone (the reader takes both), through the direct reader. */
#include "evtx/reader.h"
#include "fuzz/visit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = source_from_memory(slice_from(data, size));
	struct reader_options options = { .first_chunk = 0 };
	struct reader_loss loss;
	const struct node *root;
	struct record record;
	enum reader_step step;
	struct reader *r;
	struct buf out;
	struct err err;

	if (!reader_direct.open(&source, &options, &r, &err))
		return 0;
	buf_init(&out, LIMIT_RECORD_OUTPUT);
	while (step = reader_next(r, &record, &loss, &err), step != READER_END && step != READER_FAILED) {
		buf_reset(&out);
		if (step == READER_RECORD && record_tree(&record, &root, &err))
			visit(root, &out, 0);
		if (step == READER_LOST && (loss.len > size || loss.offset > size - loss.len || !loss.reason[0]))
			__builtin_trap(); /* a loss lies in the file and has a reason */
	}
	buf_fini(&out);
	reader_close(r);
	return 0;
}
