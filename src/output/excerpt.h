/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a text worth showing where it cannot be shown whole: what stands around its first match.  A cut never
 * splits a character, and both sides know whether they were cut, so that the reader is told. */
#ifndef OUTPUT_EXCERPT_H
#define OUTPUT_EXCERPT_H

#include "src/subject/finding.h"

struct excerpt {
	struct slice text;
	size_t hit, hit_len; /* the first match, as bytes of text, clipped to it; hit_len 0: none */
	bool cut_front, cut_back;
};

/* At most count characters of text (count of at least 8) around the bytes from start on; a fourth of them before. */
struct excerpt excerpt_around(struct slice text, size_t start, size_t len, size_t count);

/* The first match within the text of that field of the finding; NULL where there is none. */
const struct finding_hit *excerpt_first_hit(const struct finding *finding, uint32_t field);

#endif
