/* SPDX-License-Identifier: Apache-2.0 */
/* The modifiers that turn a value into other bytes (sigma.md 6.1 and 6.3): UTF-16 in its spellings, and base64 as a
 * whole or as it looks inside a longer base64 text. */
#ifndef SIGMA_ENCODE_H
#define SIGMA_ENCODE_H

#include "base/arena.h"

enum encoding {
	ENCODE_UTF16LE,
	ENCODE_UTF16BE,
	ENCODE_UTF16, /* byte order mark, then little-endian */
	ENCODE_BASE64,
	ENCODE_BASE64_OFFSET, /* three values */
};

enum { ENCODE_MAX = 3 };

/* Values made of one; empty ones left out (with `contains` they would match everything).  False: memory ran out. */
bool encode_value(struct arena *arena, enum encoding encoding, struct slice bytes,
	struct slice out[static ENCODE_MAX], size_t *count);

#endif
