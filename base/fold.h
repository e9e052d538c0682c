/* SPDX-License-Identifier: Apache-2.0 */
/* Case folding, so that two texts can be compared without case: Unicode's simple folding, one code point to one
 * code point, no locale.  The bytes of a text may become more or fewer by it, hence the way back. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/buf.h"

/* The most bytes the folding of len bytes can have: U+023A, two bytes, becomes U+2C65, three. */
#define FOLD_ROOM(len) ((len) + (len) / 2)

uint32_t fold_code(uint32_t code);

/* True when the text is ASCII without capital letters, and so is its own folding. */
bool fold_is_plain(struct slice text);

/* True when a character beyond ASCII folds to an ASCII one: U+017F to s or U+212A to k. */
bool fold_hides_ascii(struct slice text);

/* Writes the folding of a text that is ASCII to out, which has room for text.len, and returns true; false, and rubbish
 * in out, when it is not. */
bool fold_ascii(struct slice text, uint8_t *out);

/* Writes the folding to out, which has room for FOLD_ROOM(text.len), and returns its length.  Stray bytes stay.
 * *moved is set (never cleared) when some position in the folding differs from the one in text. */
size_t fold_write(struct slice text, uint8_t *out, bool *moved);

void fold_append(struct buf *out, struct slice text);

/* Walks from a pair of positions in text and its folding to a later one in the folding: for ranges found in the
 * folding.  A position inside a character becomes the one behind it. */
struct fold_at {
	size_t text, folded;
};
void fold_walk(struct slice text, struct fold_at *at, size_t folded);

#endif
