/* SPDX-License-Identifier: Apache-2.0 */
/* Plain texts: what numbers, times, identifiers and bytes of a record read like.  Few characters and words make them all, so
 * that anything else can only stand in a text that somebody wrote.  evtx/value.c makes such texts, and its test holds
 * them against these lists; who looks for words need not look at them. */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include "base/ascii.h"
#include "base/slice.h"

/* Without case: hexadecimal digits, 0x, S-1-5, T and Z of a time, signs. */
#define PLAIN_CHARACTERS "0123456789abcdefstxz+-.:{}"

/* What else there is, whole. */
#define PLAIN_WORDS "true", "false", "nan", "-inf"

static inline bool
plain_is_part(struct slice text, struct slice word)
{
	for (size_t at = 0; at + text.len <= word.len; at++)
		if (slice_eq_nocase(text, slice_sub(word, at, text.len)))
			return true;
	return false;
}

/* Could the text stand in a plain one? */
static inline bool
plain_is(struct slice text)
{
	static const char *const words[] = { PLAIN_WORDS };
	const struct slice plain = SLICE(PLAIN_CHARACTERS);
	size_t i = 0;

	for (; i < text.len; i++) {
		if (slice_find_byte(plain, ascii_lower(text.ptr[i]), 0) == SIZE_MAX)
			break;
	}
	for (size_t w = 0; i < text.len && w < sizeof(words) / sizeof(words[0]); w++)
		if (plain_is_part(text, slice_from_text(words[w])))
			return true;
	return i == text.len;
}

#endif
