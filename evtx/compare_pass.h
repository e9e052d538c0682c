/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of a comparison share (compare.c, compare_say.c). */
#ifndef EVTX_COMPARE_PASS_H
#define EVTX_COMPARE_PASS_H

#include "evtx/compare.h"

/* One comparison. */
struct pass {
	struct comparer *c;
	unsigned known;
	bool is_real; /* the text at hand is a real number, compared as one */
	bool is_ansi; /* or in a code page: not escaped */
	bool is_odd;  /* or of a size that its type does not have */
	struct difference *difference;
};

static inline bool
compare_is_text(const struct node *node)
{
	return node->kind == NODE_VALUE || node->kind == NODE_CDATA;
}

/* The text of an element or attribute as the library has it: literal text and references are one, of several values it
 * keeps the last (`only_last`). */
void compare_say(struct pass *p, const struct node *node, bool only_last, struct buf *out);

#endif
