/* SPDX-License-Identifier: Apache-2.0 */
/* A script block for the `blocks` command, with what orders and identifies it: worker -> parent. */
#ifndef SUBJECT_BLOCK_TEXT_H
#define SUBJECT_BLOCK_TEXT_H

#include "base/buf.h"
#include "src/subject/subject.h"

struct block_text {
	struct slice column[COLUMN_COUNT];
	const struct subject_part *parts;
	size_t part_count;
	struct slice text;     /* WTF-8; missing parts left out */
	struct slice missing;  /* "2-3,7" */
	const size_t *missing_at; /* where in text they were */
	size_t missing_at_count;
};

void block_text_encode(const struct subject *subject, struct buf *out);

/* Arrays lie in the arena, texts in what is decoded.  False: it is none, or memory ran out. */
bool block_text_decode(struct slice encoded, struct arena *arena, struct block_text *block);

#endif
