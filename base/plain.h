/* SPDX-License-Identifier: Apache-2.0 */
/* Plain texts: what numbers, times, identifiers and bytes of a record read like.  Few characters make them all, so that
 * a word with any other can only stand in a text that somebody wrote.  evtx/value.c makes such texts, and its test holds
 * them against this list; who looks for words need not look at them. */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include "base/slice.h"

/* Without case: hexadecimal digits, 0x, S-1-5, T and Z of a time, true, false, nan, inf, signs. */
#define PLAIN_CHARACTERS "0123456789abcdefilnrstuxz+-.:{}"

static inline bool
plain_is(struct slice text)
{
	const struct slice plain = SLICE(PLAIN_CHARACTERS);

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (slice_find_byte(plain, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c, 0) == SIZE_MAX)
			return false;
	}
	return true;
}

#endif
