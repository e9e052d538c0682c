/* SPDX-License-Identifier: Apache-2.0 */
/* One 4104 record that holds a part of a script block, as it travels: worker -> parent (which keeps it as opaque
 * bytes and joins by key) -> worker (which joins the texts and matches). */
#ifndef SUBJECT_PART_H
#define SUBJECT_PART_H

#include "base/cursor.h"
#include "src/subject/subject.h"
#include "src/subject/text_digest.h"

struct script_part {
	struct slice computer;   /* WTF-8, as recorded */
	struct guid block;       /* ScriptBlockId; zero with `odd_id` when it is no GUID */
	struct slice odd_id;     /* the id's text when it is no GUID */
	uint32_t total, number;  /* MessageTotal, MessageNumber: as recorded, any value */
	struct subject_part record;
	enum record_class class;
	struct guid activity_id;
	uint32_t process_id, thread_id;
	uint8_t level;
	struct slice channel, provider, user_sid, path; /* WTF-8 */
	uint8_t digest[DIGEST_LEN]; /* text_digest */
	struct slice text;       /* UTF-16LE, exactly as recorded */
};

void part_encode(const struct script_part *part, struct buf *out);

/* Slices point into what the cursor reads.  False when the bytes are no part. */
bool part_decode(struct cursor *in, struct script_part *part);

/* Fills part from the fields of a record that subject_from_record called SUBJECT_SCRIPT_PART (subject.own); texts that
 * are not the fields' are made in the arena.  Errors: ERR_NOMEM. */
MUST_CHECK bool part_from_fields(const struct record *record, const struct record_field *fields, size_t count,
	const struct subject_context *context, struct text_digests *texts, struct arena *arena, struct script_part *part,
	struct err *err);

/* As finding_move, of an encoded part. */
MUST_CHECK bool part_move(uint8_t *encoded, size_t len, uint32_t from, uint32_t to);

#endif
