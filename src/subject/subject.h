/* SPDX-License-Identifier: Apache-2.0 */
/* A subject is what a rule is applied to: one record, or a script block joined from its 4104 records.  This module
 * turns records into subjects by one table (events.c): which records are of interest, which names their fields
 * answer to, which columns of the timeline they fill. */
#ifndef SUBJECT_SUBJECT_H
#define SUBJECT_SUBJECT_H

#include "evtx/record.h"
#include "src/sigma/event.h"
#include "src/sigma/mapping.h"
#include "src/subject/columns.h"

/* One record that a subject stands on.  The identity of an event is (Computer, Channel, record_id, time). */
struct subject_part {
	uint64_t record_id; /* System/EventRecordID */
	uint64_t time;      /* FILETIME ticks */
	uint64_t offset;    /* in its file */
	uint32_t evidence;  /* index of the input */
	uint32_t number;    /* MessageNumber of a script block's part; 1 otherwise */
	unsigned flags;     /* record_flags */
};

enum subject_kind {
	SUBJECT_RECORD,       /* complete in itself */
	SUBJECT_SCRIPT_BLOCK, /* 4104, 1 of 1, or joined */
	SUBJECT_SCRIPT_PART,  /* 4104, one of several, or with numbers that make no sense: goes to the joiner (part.h),
	                       * which gives the latter back as blocks of their own, flagged "not-a-part" */
	SUBJECT_NOTICE,       /* 4104, 0 of 0: a message of the logging itself; matched like a record */
};

struct subject {
	enum subject_kind kind;
	struct sigma_event event;            /* for the matcher; payload fields named as Sigma uses them */
	struct slice column[COLUMN_COUNT];   /* those that come from the subject; the others are empty */
	const struct subject_part *parts;    /* ascending by number, then as the primary set has them */
	size_t part_count;
	uint32_t text_field;                 /* index in event.fields of what the Text column shows; UINT32_MAX: none */
	struct slice text_utf16;             /* exact UTF-16LE of that text */
	const struct slice *flags;           /* texts for the Flags column */
	size_t flag_count;
	struct slice missing;                /* "2-3,7": the missing part numbers of a partial block, else empty */
	const struct record_field *own;      /* SUBJECT_SCRIPT_PART, which has nothing else: the record's fields as read */
	size_t own_count;
	const struct draft *draft;           /* subject_complete has columns to fill; NULL: all are there */
	struct {
		bool made, lossy;
		uint8_t sha256[32];
		uint8_t fields[32];          /* SHA-256 of all fields, but for a script block, which is its text */
	} strict;                            /* of the text as it leaves the program; finding_encode makes all of it once */
};

struct event_type;

/* What channel, provider and event id alone say of a record's subject: looked up once, and good for all such records. */
struct event_kind {
	const struct event_type *type;                /* its row in the table; NULL: none */
	const struct mapping_source *const *sources;  /* those that give its fields further names, in order */
	size_t source_count;
};

/* The list is in the arena; the mapping (which may be NULL) must outlive the kind.  False: memory ran out. */
MUST_CHECK bool event_kind_make(struct event_kind *kind, const struct mapping *mapping, struct slice channel,
	struct slice provider, uint32_t event_id, struct arena *arena);

/* How a subject is made. */
struct subject_context {
	uint32_t evidence; /* index of the input the record comes from */
	const struct mapping *mapping;  /* further names of fields; NULL: none */
	/* Columns that no rule asks for wait for subject_complete: most records end at the rules. */
	bool columns_later;
	/* Of the record, by the same mapping, where somebody keeps kinds; NULL: looked up. */
	const struct event_kind *kind;
};

/* True when the table has a row for such records (script blocks, module log, process creations ...): what `search`,
 * `blocks` and the coverage line look at. */
bool subject_is_known(struct slice channel, struct slice provider, uint32_t event_id);

/* Makes the subject of a record, a plain SUBJECT_RECORD where the table has no row for it (rules may ask for any log: the
 * caller knows which are wanted); everything in the arena, which must live as long as the subject, as must the record
 * (its own texts are borrowed).  Damaged or
 * missing fields make empty texts, never an error.  Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK bool subject_from_record(const struct record *record, const struct subject_context *context,
	struct arena *arena, struct subject *subject, struct err *err);

/* Names of the System fields that change from event to event of one kind and say numbers and times only, one by one; empty
 * past the last. */
struct slice subject_varying_name(size_t i);

/* Fills the columns that were left for later, but for those that the parts decide (finding_complete); the arena and the
 * record must still be there.  Errors: ERR_NOMEM. */
MUST_CHECK bool subject_complete(struct subject *subject, struct err *err);

#endif
