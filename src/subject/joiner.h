/* SPDX-License-Identifier: Apache-2.0 */
/* The joiner collects the parts of split script blocks over all evidence and puts each block together before
 * anything is matched (design section 4).  It runs in the parent and never looks into a text: key, number and
 * digest decide.  Texts wait in a spill, so memory stays bounded; what it keeps for a record that holds a part is
 * about 250 bytes. */
#ifndef SUBJECT_JOINER_H
#define SUBJECT_JOINER_H

#include "base/spill.h"
#include "src/subject/part.h"

struct joiner;

/* What the run tells about blocks in the end. */
struct joiner_counts {
	uint64_t whole;        /* blocks of several parts that are complete */
	uint64_t partial;
	uint64_t conflicts;    /* blocks with a number that has more than one text */
	uint64_t parts;        /* distinct parts kept */
	uint64_t duplicates;   /* the same part again: another file, an export */
	uint64_t not_parts;    /* MessageNumber 0 or above MessageTotal */
	uint64_t dropped;      /* parts and variants beyond a limit: reported, too */
};

/* Keeps up to so many records of parts, the first to come.  NULL: out of memory. */
struct joiner *joiner_new(const char *temp_folder, size_t most_parts);
void joiner_free(struct joiner *j);

/* Takes one encoded part (part_encode).  Errors: ERR_NOMEM, ERR_IO (spill), ERR_FORMAT (no part). */
MUST_CHECK bool joiner_add(struct joiner *j, struct slice encoded, struct err *err);

/* After the last part: fixes the order of blocks (by first time, computer, id, total), independent of arrival. */
MUST_CHECK bool joiner_close(struct joiner *j, struct err *err);

/* Encodes the next block, one variant a call, into out (reset first): what block_subject reads.  False with
 * err->code ERR_OK at the end.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool joiner_next(struct joiner *j, struct buf *out, struct err *err);

struct joiner_counts joiner_counts(const struct joiner *j);

/* Of an encoded block, without a look at its texts: "script block ID of COMPUTER" (cut where it does not fit), and its first
 * record.  False: it is none. */
bool joiner_name_block(struct slice encoded, char *name, size_t size, struct subject_part *first);

/* In a worker: the joined block as a subject, everything in the arena.  Texts are joined as UTF-16 units and only
 * then converted; a missing part is a gap of the text.  text_utf16 and texts of the head point into `encoded`, which
 * must live as long as the subject.  Of parts with equal numbers the first is the one that was joined, the others are
 * copies of it elsewhere.  Errors: ERR_FORMAT, ERR_NOMEM. */
MUST_CHECK bool block_subject(struct slice encoded, struct arena *arena, struct subject *subject, struct err *err);

#endif
