/* SPDX-License-Identifier: Apache-2.0 */
/* A whole log, or a chunk alone, by plans and by trees: both readers say the same of every record. */
#include "fuzz/visit.h"
#include "tests/plan_compare.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = source_from_memory(slice_from(data, size));
	struct plan_compared result;

	if (!plan_compare(&source, &result)) {
		fprintf(stderr, "%s\n", result.why);
		__builtin_trap();
	}
	return 0;
}
