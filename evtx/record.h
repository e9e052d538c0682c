/* SPDX-License-Identifier: Apache-2.0 */
/* One decoded event record: where it lies, its System fields, its tree, and its data as named texts.  A record and
 * all slices in it live until the reader's next step. */
#ifndef EVTX_RECORD_H
#define EVTX_RECORD_H

#include "base/arena.h"
#include "base/err.h"
#include "evtx/tree.h"

enum record_class {
	RECORD_LIVE,
	RECORD_RESIDUAL, /* from slack or carved: never replaces a live one */
	RECORD_HIDDEN,   /* inside another record */
};

/* What is unusual about a record or its surroundings; shown in the Flags column by these names (record_flag_name). */
enum record_flags {
	RECORD_BEYOND_FREE_SPACE = 1 << 0, /* lies behind the free-space offset of a stale chunk header */
	RECORD_BAD_CHUNK_CHECKSUM = 1 << 1,
	RECORD_DIRTY_LOG = 1 << 2,
	RECORD_NO_TEMPLATE = 1 << 3, /* written as literal XML: forwarded or re-imported */
	RECORD_LONG_PADDING = 1 << 4, /* 8 or more bytes behind its BinXML: something may be hidden there */
	RECORD_BAD_CHUNK_HEADER = 1 << 5, /* the chunk's own header does not fit; found by its records */
	RECORD_OTHER_READER = 1 << 15, /* read by the reader that was not asked for: its chunk killed the other */
	RECORD_SIZE_COPY_DIFFERS = 1 << 6,
	RECORD_IS_RESIDUAL = 1 << 7, /* the class again, so that it shows */
	RECORD_IS_HIDDEN = 1 << 8,
	RECORD_TEMPLATE_MET = 1 << 9,       /* its own definition is gone: one met elsewhere in this run */
	RECORD_TEMPLATE_BUILT_IN = 1 << 10, /* ... one of ours: no computer where that is the outer one */
	RECORD_CARVED = 1 << 11,            /* found by its signature in a file that is no log */
	RECORD_TEXT_TORN = 1 << 12,         /* residue: control characters in a text, so other bytes may lie in it */
	RECORD_CONTRADICTS_LIVE = 1 << 14,  /* residue: a live record bears its number and time and says something else */
	RECORD_IS_FACT = 1 << 13,           /* no record: what a log tells of itself, at that place; has no name in Flags */

	/* What no log counts among its records: libevtx, which knows those alone, cannot be asked about it. */
	RECORD_NOT_COUNTED = RECORD_IS_RESIDUAL | RECORD_IS_HIDDEN | RECORD_CARVED | RECORD_IS_FACT,
};

/* The System element.  Texts are WTF-8 in the record's arena; `has` says which numbers were present.  Of a record that a
 * reader made, the details may not be there yet: ask record_whole_system for them. */
struct record_system {
	struct slice provider;
	struct slice channel;
	struct slice computer;
	struct slice user_sid;
	uint64_t time;      /* TimeCreated, FILETIME ticks; 0 when absent */
	uint64_t record_id; /* EventRecordID: identifies the event; the header's number may be an export's */
	uint32_t event_id;
	/* details */
	uint64_t keywords;
	struct guid activity_id;
	struct guid related_activity_id;
	uint32_t process_id;
	uint32_t thread_id;
	uint16_t task;
	uint8_t level;
	uint8_t opcode;
	uint8_t version;
	struct {
		bool time, record_id, event_id, process_id, thread_id, level, activity_id;
	} has;
};

struct plan_record;

struct record {
	uint64_t offset; /* in the file, of the record's first byte */
	uint32_t size;
	uint64_t number; /* record identifier in the record header */
	uint64_t written; /* header time, FILETIME ticks */
	uint64_t chunk; /* index of the 64 KiB slot in the file */
	enum record_class class;
	unsigned flags; /* record_flags */
	struct slice raw; /* the record's bytes; empty under the libevtx reader */
	const struct node *tree; /* the Event element; NULL where plan has it: ask record_tree */
	struct plan_record *plan; /* how the direct reader holds most records (plan.h); NULL: only as a tree */
	struct record_system system;
};

/* One named text of the record's payload.  Names as the record has them: the Name attribute of Data elements,
 * "Data" for those without one, the tag of leaf elements in UserData and others. */
struct record_field {
	struct slice name;  /* WTF-8 */
	uint64_t mark;      /* name_mark of the name, where it was worked out */
	struct slice text;  /* WTF-8 */
	struct slice utf16; /* the exact UTF-16LE when the field is one plain string value, else empty */
	bool null;          /* the element is there but its value is of type NULL */
	bool plain;         /* known to be a plain text (base/plain.h) */
};

/* The Event element, made when it is first asked for and living as long as the record; *root is NULL for a record
 * without any.  Most of what one needs of a record is cheaper to have from the functions below.  Errors: ERR_NOMEM,
 * ERR_LIMIT. */
MUST_CHECK bool record_tree(const struct record *record, const struct node **root, struct err *err);

/* record->system with its details. */
struct record_system record_whole_system(const struct record *record);

/* True when EventData holds a Data element of that name with a text. */
bool record_has_data(const struct record *record, const char *name);

/* Fills record->system from record->tree (texts in the arena).  A record without a System element gives empty
 * fields, not an error.  Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK bool record_read_system(struct record *record, struct arena *arena, struct err *err);

/* The payload fields in document order (EventData, UserData, ... everything but System).  Errors: ERR_NOMEM,
 * ERR_LIMIT. */
MUST_CHECK bool record_read_fields(const struct record *record, struct arena *arena, struct record_field **fields,
	size_t *count, struct err *err);

/* Appends the texts of the payload that may hold words, each with a NUL behind it: those of all fields but such as can
 * only be plain (base/plain.h).  Far cheaper than the fields, for who only looks whether a word stands anywhere.  False
 * when this cannot be told of that record, and the fields have to be read; what `out` holds then says nothing.  Where it
 * is true, record_read_fields would not have failed but for want of memory. */
bool record_read_words(const struct record *record, struct buf *out);

/* The name of the lowest flag set in *flags, which it removes; NULL when none is left. */
const char *record_flag_name(unsigned *flags);

#endif
