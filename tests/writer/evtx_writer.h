/* SPDX-License-Identifier: Apache-2.0 */
/* Our own writer of event logs, for tests and for the example evidence.  An event goes in as plain values; out comes
 * a log as the Windows service lays it down: names and templates once per chunk, chunks of 64 KiB, checksums, and -
 * where a test asks for it - residue, wrapped order, stale headers.  It shares no code with the reader but base/, so
 * that the two check each other; a third opinion is libevtx (tests/writer.sh). */
#ifndef TESTS_WRITER_EVTX_WRITER_H
#define TESTS_WRITER_EVTX_WRITER_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/guid.h"
#include "base/slice.h"

/* Value types as they stand in the file (evtx-format.md 2.9). */
enum writer_type {
	WRITER_NULL = 0x00,
	WRITER_STRING = 0x01,
	WRITER_ANSI = 0x02,
	WRITER_I8 = 0x03,
	WRITER_U8 = 0x04,
	WRITER_I16 = 0x05,
	WRITER_U16 = 0x06,
	WRITER_I32 = 0x07,
	WRITER_U32 = 0x08,
	WRITER_I64 = 0x09,
	WRITER_U64 = 0x0A,
	WRITER_FLOAT = 0x0B,
	WRITER_DOUBLE = 0x0C,
	WRITER_BOOL = 0x0D,
	WRITER_BINARY = 0x0E,
	WRITER_GUID = 0x0F,
	WRITER_SIZE = 0x10,
	WRITER_FILETIME = 0x11,
	WRITER_SYSTEMTIME = 0x12,
	WRITER_SID = 0x13,
	WRITER_HEX32 = 0x14,
	WRITER_HEX64 = 0x15,
	WRITER_BINXML = 0x21,
	WRITER_ARRAY = 0x80, /* added to one of the above */
};

/* A value and its bytes as they go into the file; any bytes, also wrong ones. */
struct writer_value {
	uint8_t type;
	struct slice bytes;
};

/* --- values: the bytes live in the arena; on lack of memory they are WRITER_NULL --- */
struct writer_value writer_string(struct arena *a, struct slice text); /* WTF-8 in, UTF-16LE without terminator */
struct writer_value writer_int(struct arena *a, enum writer_type type, uint64_t v); /* every fixed-size integer */
struct writer_value writer_strings(struct arena *a, const struct slice *items, size_t count); /* type 81 */
struct writer_value writer_guid(struct arena *a, const struct guid *g);

/* From text: numbers decimal or 0x..., GUID, SID as S-1-..., times as in base/filetime.h, binary and every array
 * but that of strings as hexadecimal digits, items of a string array divided by U+0000.  False when it is none. */
bool writer_value_parse(struct arena *a, uint8_t type, struct slice text, struct writer_value *value) MUST_CHECK;

/* The type with that name (string, u32, hex64, sid, strings ...) or number (x81); false when there is none. */
bool writer_type_named(struct slice name, uint8_t *type) MUST_CHECK;

/* Appends the text that Windows renders (evtx-format.md 3), for records without templates. */
void writer_value_render(struct writer_value value, struct buf *out);

/* --- events --- */
struct writer_field {
	struct slice name; /* empty: <Data> without Name */
	struct writer_value value;
	uint8_t declared; /* type the template declares; 0: that of the value */
};

enum writer_layout {
	WRITER_LAYOUT_18,    /* outer template with 18 values: provider and channel are values */
	WRITER_LAYOUT_20,    /* 20 values: provider and channel are literals of the template */
	WRITER_LAYOUT_PLAIN, /* no template: everything is text, as collected and forwarded logs have it */
};

enum writer_body {
	WRITER_EVENT_DATA,
	WRITER_CLASSIC_DATA, /* one string array (fields[0]) and, when it has bytes, Binary (fields[1]) */
	WRITER_USER_DATA,    /* root element of that name, one child for each field */
	WRITER_NO_DATA,
};

struct writer_event {
	struct slice provider, source, channel, computer; /* WTF-8; source: EventSourceName, may be empty */
	const struct guid *provider_guid;                 /* NULL: none; so with the other GUIDs */
	uint16_t id;
	int32_t qualifiers, version, level, task, opcode; /* -1: absent */
	uint64_t keywords;
	uint64_t time;    /* FILETIME */
	uint64_t written; /* FILETIME of the record header; 0: like time */
	uint64_t record;  /* EventRecordID */
	uint64_t header_record; /* the id in the record header; 0: like record */
	const struct guid *activity, *related;
	int64_t pid, tid; /* -1: absent */
	struct writer_value user; /* a SID, or WRITER_NULL; or anything else, as a forger would */
	bool bare_system; /* a System without Version, Opcode, Correlation, Execution (classic providers) */
	enum writer_layout layout;
	enum writer_body body;
	struct slice user_data_root, user_data_namespace;
	const struct writer_field *fields;
	size_t field_count;
	const struct guid *template_guid; /* of the data's template; NULL: made from the names and types */
	struct slice message; /* WRITER_LAYOUT_PLAIN: adds a RenderingInfo with this message */
};

/* All absent that can be. */
struct writer_event writer_event_blank(void);

/* --- logs --- */
struct writer_options {
	uint16_t minor;    /* version of the file header: 1 (also 0) or 2 */
	bool dirty;        /* sets the flag: header and current chunk may be stale */
	bool stale_file;   /* the header still has the counts of when the first chunk was current */
	bool stale_chunk;  /* the last chunk's header has the counts of half of its records */
	bool no_crc;       /* flag 4 in file and chunks, checksums zero */
	bool keep_slack;   /* a chunk's buffer starts with what the chunk before left, as in the service */
	size_t rotate;     /* the oldest chunk stands at this position: a circular log that wrapped */
	size_t zero_tail;  /* preallocated empty chunk slots at the end */
};

struct writer_log;

struct writer_log *writer_log_new(const struct writer_options *options); /* NULL: no memory */
void writer_log_free(struct writer_log *log);

/* Appends the event, in a new chunk when it does not fit the current one.  False when it fits none. */
bool writer_log_add(struct writer_log *log, const struct writer_event *event) MUST_CHECK;

/* Writes the event behind the live records without counting it: residue, until a live record overwrites it.  False
 * when there is no room in the current chunk. */
bool writer_log_add_residue(struct writer_log *log, const struct writer_event *event) MUST_CHECK;

/* The last record becomes part of the one before it, as a log editor hides it (evtx-format.md 7.3). */
bool writer_log_hide_last(struct writer_log *log) MUST_CHECK;

/* The next record starts a new chunk. */
bool writer_log_new_chunk(struct writer_log *log) MUST_CHECK;

/* Adds a record without template that ends at this chunk offset exactly (a multiple of 8). */
bool writer_log_pad_to(struct writer_log *log, uint64_t time, uint64_t record, size_t offset) MUST_CHECK;

size_t writer_log_count(const struct writer_log *log); /* live records */
size_t writer_log_room(const struct writer_log *log);  /* bytes left in the current chunk */

/* A record with this id whose body - all from the fragment header to the last 00 - comes from a function, for what
 * events cannot say (see wchunk.h).  False when it fits no chunk. */
struct wchunk;
typedef void writer_body(struct wchunk *c, const void *context);
bool writer_log_add_body(struct writer_log *log, uint64_t id, uint64_t time, writer_body *body,
	const void *context) MUST_CHECK;

/* Appends the whole file. */
bool writer_log_finish(struct writer_log *log, struct buf *out) MUST_CHECK;

/* --- after the fact: files made by writer_log_finish, changed by a test --- */
void writer_fix_chunk(uint8_t *chunk); /* both checksums of a chunk; the free space offset must be sane */
void writer_fix_header(uint8_t *file);
void writer_fix_file(struct buf *file); /* all of them */

#endif
