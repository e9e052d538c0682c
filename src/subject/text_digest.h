/* SPDX-License-Identifier: Apache-2.0 */
/* What tells one script text from another: SHA-256 of its UTF-16LE with CR LF made LF, for collectors turn the one into
 * the other, and that alone makes no other text.  PowerShell logs the same scripts again and again, so the digests of the
 * texts seen last are remembered, by a hash that takes a tenth of the time. */
#ifndef SUBJECT_TEXT_DIGEST_H
#define SUBJECT_TEXT_DIGEST_H

#include "base/attr.h"
#include "base/slice.h"
#include "src/lib/digest.h"

struct text_digests;

struct text_digests *text_digests_new(void); /* NULL: out of memory */
void text_digests_free(struct text_digests *known); /* accepts NULL */

/* False: memory ran out, or SHA-256 did not work. */
MUST_CHECK bool text_digest(struct text_digests *known, struct slice utf16, uint8_t out[static DIGEST_LEN]);

/* SHA-256 of bytes as they are, remembered like those of texts; `known` may be NULL. */
MUST_CHECK bool bytes_digest(struct text_digests *known, struct slice bytes, uint8_t out[static DIGEST_LEN]);

#endif
