/* SPDX-License-Identifier: Apache-2.0 */
/* A needle is a text that is looked for in many others.  Sixteen places at a time are asked for two of its bytes, the
 * ones that are least often met in paths, command lines and scripts, so that few places are looked at closer. */
#ifndef BASE_FIND_H
#define BASE_FIND_H

#include "base/slice.h"

struct needle {
	struct slice bytes;
	size_t first, second; /* offsets of the two bytes */
};

/* How often a byte is met in such texts, by guess: 0 is rare. */
unsigned find_commonness(uint8_t byte);

/* The bytes are borrowed. */
struct needle needle_make(struct slice bytes);

/* Offset of the first needle at or after `from`, SIZE_MAX if there is none; an empty needle stands everywhere.  Takes
 * time linear in both, whatever they hold. */
size_t needle_find(const struct needle *needle, struct slice text, size_t from);

#endif
