/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the known word that is nearest to a mistyped one, by the number of letters to add, drop, change
 * or swap. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include "base/slice.h"

struct suggestion {
	const char *word; /* NULL: nothing near enough so far */
	size_t distance;
};

/* Keeps `word` when it is nearer to what was typed than the best so far, and near enough to be meant. */
void suggest(struct suggestion *best, struct slice typed, const char *word);

#endif
