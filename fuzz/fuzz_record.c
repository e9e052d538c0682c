/* SPDX-License-Identifier: Apache-2.0 */
/* The BinXML of one record, which stands where the first record of a chunk has it (offset 536). */
#include "base/limits.h"
#include "evtx/binxml.h"
#include "evtx/chunk.h"
#include "fuzz/visit.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t start = LIMIT_CHUNK_HEADER + RECORD_HEADER;
	struct arena arena;
	struct binxml_tree tree;
	struct err err;
	uint8_t *chunk;
	struct buf out;

	if (size > LIMIT_CHUNK - start)
		return 0;
	chunk = calloc(1, start + size);
	if (!chunk)
		return 0;
	if (size)
		memcpy(chunk + start, data, size);
	arena_init(&arena, LIMIT_RECORD_ARENA);
	buf_init(&out, LIMIT_RECORD_OUTPUT);
	if (binxml_decode(&(struct binxml){ .chunk = slice_from(chunk, start + size), .arena = &arena,
			.budget = LIMIT_RECORD_NODES }, start, start + size, &tree, &err))
		visit(tree.root, &out, 0);
	buf_fini(&out);
	arena_fini(&arena);
	free(chunk);
	return 0;
}
