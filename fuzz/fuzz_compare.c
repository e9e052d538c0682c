/* SPDX-License-Identifier: Apache-2.0 */
/* Two trees against one another: both halves of the input as the library's XML, and the first against itself, which has to
 * come out as the same without any known error. */
#include "base/limits.h"
#include "evtx/compare.h"
#include "evtx/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
ends(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!text[i])
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 4 * 2;
	struct node *a = NULL, *b = NULL;
	struct comparer comparer;
	struct difference d;
	struct arena arena;
	unsigned known = 0;
	struct err err;

	arena_init(&arena, LIMIT_RECORD_ARENA);
	comparer_init(&comparer);
	if (xml_parse(slice_from(data, size), &arena, &a, &err) && (!compare_trees(&comparer, a, a, &known, &d) || known))
		__builtin_trap();
	if (xml_parse(slice_from(data, half), &arena, &a, &err) &&
		xml_parse(slice_from(data + half, size - half), &arena, &b, &err) && !compare_trees(&comparer, a, b, &known, &d) &&
		(known || !ends(d.path, sizeof(d.path)) || !ends(d.ours, sizeof(d.ours)) || !ends(d.theirs, sizeof(d.theirs))))
		__builtin_trap();
	comparer_fini(&comparer);
	arena_fini(&arena);
	return 0;
}
