/* SPDX-License-Identifier: Apache-2.0 */
/* YAML from a stranger: what our reader says of it, libyaml says too. */
#include "tests/yaml_compare.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_facts facts = { 0 };

	if (!yaml_compare(slice_from(data, size), &facts))
		abort();
	return 0;
}
