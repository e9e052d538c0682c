/* SPDX-License-Identifier: Apache-2.0 */
/* A draft is a subject in the making.  Fields are appended to it by name, running out of memory is remembered and
 * asked for once, in the end; so the code for each event type reads like the list of its fields. */
#ifndef SUBJECT_DRAFT_H
#define SUBJECT_DRAFT_H

#include "src/subject/subject.h"

enum { DRAFT_FLAGS = 24 };

struct draft {
	struct arena *arena;
	struct subject *subject;
	const struct record_field *own; /* the record's fields: the first own_count of `fields` */
	size_t own_count;
	struct sigma_field *fields;
	size_t count, room;
	struct slice *flags;
	bool failed; /* the arena gave no more memory */
};

/* Everything empty; fields begin with copies of the record's own (texts borrowed). */
void draft_init(struct draft *d, struct arena *arena, struct subject *subject, const struct record_field *own,
	size_t own_count);

/* Appends a field; empty texts are left out, as a rule's null test expects of what is not known. */
void draft_add(struct draft *d, struct slice name, struct slice text);

/* The text of the first field of that name; empty where there is none. */
struct slice draft_text(const struct draft *d, const char *name);

/* Index of the first field of that name; SIZE_MAX. */
size_t draft_find(const struct draft *d, const char *name);

/* Texts made in the arena; empty when that failed. */
struct slice draft_number(struct draft *d, uint64_t number);
struct slice draft_join(struct draft *d, struct slice a, struct slice b, struct slice c);
struct slice draft_hex(struct draft *d, uint64_t number, size_t digits); /* 0x + at least that many digits */

void draft_flag(struct draft *d, struct slice text);
void draft_record_flags(struct draft *d, unsigned flags); /* those of record_flags */

/* The System fields and the columns they fill.  Joined blocks have no task, opcode, keywords and version. */
void draft_system(struct draft *d, const struct record_system *system, bool joined);

/* Timestamp, EndTime, RecordIds (of equal numbers the first counts) and Offset, made in the arena.  False: no memory. */
MUST_CHECK bool parts_columns(const struct subject_part *parts, size_t count, struct arena *arena,
	struct slice column[static COLUMN_COUNT]);

/* Gives the event its fields; and fills the columns that come from them.  Errors: ERR_NOMEM. */
void draft_finish_event(struct draft *d);
MUST_CHECK bool draft_finish_columns(struct draft *d, struct err *err);

/* Both, and parts_columns. */
MUST_CHECK bool draft_finish(struct draft *d, struct err *err);

#endif
