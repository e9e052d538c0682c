/* SPDX-License-Identifier: Apache-2.0 */
/* What every target does with a decoded tree: look at all of it and render each value. */
#ifndef FUZZ_VISIT_H
#define FUZZ_VISIT_H

#include "base/limits.h"
#include "evtx/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
visit(const struct node *node, struct buf *out, unsigned depth)
{
	struct value name;

	if (depth > 2 * LIMIT_ELEMENT_DEPTH)
		__builtin_trap(); /* deeper than the decoder may build */
	for (; node; node = node->next) {
		name = (struct value){ .type = VALUE_STRING, .raw = node->name };
		value_append_text(&name, out);
		value_append_text(&node->value, out);
		visit(node->attributes, out, depth + 1);
		visit(node->children, out, depth + 1);
	}
}

#endif
