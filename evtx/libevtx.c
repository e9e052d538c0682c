/* SPDX-License-Identifier: Apache-2.0 */
/* The reference library as a reader, and its verdict on a whole log: the home of libevtx and libbfio.
 *
 * The reader gives the library one chunk at a time, behind a file header of our own, as a log in memory: it finds the
 * same records as in the whole file, one bad chunk header does not hide all others from it, and logs of more than
 * 65,535 chunks can be read.  A record's XML is parsed back into a tree.  The library tells no offsets: they come from
 * our own walk over the record headers, in step with its list.  Records of the walk that it does not list are lost
 * under this reader, and told.
 *
 * What libevtx 20181227 is known to get wrong, and what is left as it says it (evtx-format.md 6):
 *
 *	no template (forwarded events)     error: attribute with unsupported type 0x05
 *	attribute of several parts         error: unsupported type 0x49
 *	normal substitution of NULL        error
 *	string ending in half a pair       error
 *	types 20, 23, arrays 8D 8E 90 93   error
 *	characters beyond U+FFFF           code point less 0x3FF
 *	lone surrogate                     U+FFFD, and the unit behind it is gone
 *	text behind a NUL                  gone
 *	negative integers                  sign and the low 31 (7, 15, 63) bits
 *	ANSI texts, attributes             not escaped: see evtx/xml.h
 *	second instance in one value       gone (RenderingInfo)
 *	a text of one LF                   looks like no text
 *	a value that is U+FEFF             crash: the caller runs it in a process of its own
 *
 * and what it merely writes in another way: FILETIME with nine digits, hexadecimal numbers with all their zeros, pointers
 * in decimal, reals in scientific notation. */
#include "base/attr.h"
#include "base/ckd.h"
#include "base/crc32.h"
#include "base/limits.h"
#include "evtx/slots.h"
#include "evtx/verdict.h"
#include "evtx/xml.h"

#include <libbfio.h>
#include <libevtx.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	BACKTRACE = 8192,
	REASON = 180,
};

struct reference {
	struct reader base;
	struct slots slots;
	struct chunk_item item; /* of our walk, not yet told */
	bool has_item;
	libbfio_handle_t *bytes;
	libevtx_file_t *file;   /* NULL: the library refuses this chunk, or there is none yet */
	char refusal[REASON];
	libevtx_record_t *held; /* of the library's list, not yet told */
	uint64_t held_id;
	int index, count;       /* in that list */
	uint8_t log[LIMIT_FILE_HEADER + LIMIT_CHUNK];
};

/* The innermost message, on one line; frees the error.  It names functions and numbers of the library, and may quote
 * the log. */
static void
take_error(libevtx_error_t **error, char *reason, size_t size)
{
	char text[BACKTRACE] = "";
	size_t len = 0;

	if (*error && libevtx_error_backtrace_sprint(*error, text, sizeof(text)) < 0)
		libevtx_error_sprint(*error, text, sizeof(text));
	libevtx_error_free(error);
	while (text[len] >= ' ' && text[len] <= '~')
		len++;
	if (len && text[len - 1] == '.')
		len--;
	snprintf(reason, size, "%.*s", len ? (int)len : (int)sizeof("no reason given") - 1, len ? text : "no reason given");
}

static void
put_le(uint8_t *at, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

/* A header that says: one chunk, behind 4,096 bytes (evtx-format.md 1.1). */
static void
make_header(uint8_t *h)
{
	memset(h, 0, LIMIT_FILE_HEADER);
	memcpy(h, "ElfFile", 8);
	put_le(h + 32, 128, 4);
	put_le(h + 36, 1, 2);
	put_le(h + 38, 3, 2);
	put_le(h + 40, LIMIT_FILE_HEADER, 2);
	put_le(h + 42, 1, 2);
	put_le(h + 124, crc32_extend(0, slice_from(h, 120)), 4);
}

static void
close_chunk(struct reference *r)
{
	r->has_item = false;
	if (r->held)
		libevtx_record_free(&r->held, NULL);
	if (!r->file)
		return;
	libevtx_file_close(r->file, NULL);
	libevtx_file_free(&r->file, NULL);
}

static void
reference_close(struct reader *reader)
{
	struct reference *r = (struct reference *)reader;

	close_chunk(r);
	if (r->bytes)
		libbfio_handle_free(&r->bytes, NULL);
	arena_fini(&reader->arena);
	free(r);
}

/* Always the whole buffer: the library reads past a shorter one (libevtx-in-a-jail.md 7). */
static bool
make_log(struct reference *r)
{
	make_header(r->log);
	return libbfio_memory_range_initialize(&r->bytes, NULL) == 1 &&
	       libbfio_memory_range_set(r->bytes, r->log, sizeof(r->log), NULL) == 1;
}

static bool
reference_open(const struct source *source, const struct reader_options *options, struct reader **reader, struct err *err)
{
	struct reference *r = calloc(1, sizeof(*r));

	if (!r)
		return err_nomem(err);
	r->base.class = &reader_libevtx;
	arena_init(&r->base.arena, LIMIT_RECORD_ARENA);
	if (!slots_open(&r->slots, source, options, &r->base, err) || (!make_log(r) && !err_nomem(err))) {
		reference_close(&r->base);
		return false;
	}
	*reader = &r->base;
	return true;
}

/* A new object for every chunk: one that failed to open can never be opened again.  What a cut-off chunk lacks is
 * zeros. */
static void
open_chunk(struct reference *r)
{
	struct slice bytes = r->slots.walk.bytes;
	libevtx_error_t *error = NULL;

	close_chunk(r);
	r->index = r->count = 0;
	memcpy(r->log + LIMIT_FILE_HEADER, bytes.ptr, bytes.len);
	memset(r->log + LIMIT_FILE_HEADER + bytes.len, 0, LIMIT_CHUNK - bytes.len);
	if (libevtx_file_initialize(&r->file, &error) == 1 &&
		libevtx_file_open_file_io_handle(r->file, r->bytes, LIBEVTX_OPEN_READ, &error) == 1 &&
		libevtx_file_get_number_of_records(r->file, &r->count, &error) == 1)
		return;
	take_error(&error, r->refusal, sizeof(r->refusal));
	if (r->file)
		libevtx_file_free(&r->file, NULL);
}

/* --- records --- */

static enum reader_step
lose_item(struct reference *r, struct reader_loss *loss, const char *reason)
{
	char text[REASON + 20];

	snprintf(text, sizeof(text), "libevtx: %s", reason);
	slots_lose_item(&r->slots, &r->item, loss, 1, text);
	r->has_item = false;
	return READER_LOST;
}

/* The record's XML, in the arena.  The call writes units of the machine's own byte order. */
static bool
read_xml(struct reference *r, struct slice *utf16, char *reason, size_t reason_size)
{
	libevtx_error_t *error = NULL;
	uint16_t *units = NULL;
	size_t size = 0;

	if (libevtx_record_get_utf16_xml_string_size(r->held, &size, &error) != 1) {
		take_error(&error, reason, reason_size);
		return false;
	}
	if (size <= LIMIT_RECORD_OUTPUT / sizeof(*units))
		units = ARENA_ARRAY(&r->base.arena, uint16_t, size + 1);
	if (!units) {
		snprintf(reason, reason_size, "%zu characters of XML are too many", size);
		return false;
	}
	if (libevtx_record_get_utf16_xml_string(r->held, units, size, &error) != 1) {
		take_error(&error, reason, reason_size);
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		uint16_t unit = units[i];

		put_le((uint8_t *)&units[i], unit, sizeof(unit));
	}
	*utf16 = slice_from(units, size ? (size - 1) * sizeof(*units) : 0); /* without its NUL */
	return true;
}

static bool
fill(struct reference *r, struct record *record, char *reason, size_t reason_size)
{
	struct err err = { .code = ERR_OK };
	struct node *root = NULL;
	struct slice utf16;

	if (!read_xml(r, &utf16, reason, reason_size))
		return false;
	if (xml_parse(utf16, &r->base.arena, &root, &err)) {
		record->root = root;
		libevtx_record_get_identifier(r->held, &record->number, NULL);
		libevtx_record_get_written_time(r->held, &record->written, NULL);
		if (record_read_system(record, &r->base.arena, &err))
			return true;
	}
	snprintf(reason, reason_size, "%.*s", (int)reason_size - 1, err.text);
	return false;
}

/* The held record at the item's place; at the chunk's, where our walk knows none. */
static enum reader_step
tell_held(struct reference *r, struct record *record, struct reader_loss *loss, bool at_item)
{
	struct chunk_item nowhere = { .len = LIMIT_CHUNK, .id = r->held_id, .has_id = true };
	char reason[REASON];
	bool ok;

	slots_describe(&r->slots, at_item ? &r->item : &nowhere, record);
	record->raw = SLICE_EMPTY;
	if (!at_item)
		record->size = 0;
	ok = fill(r, record, reason, sizeof(reason));
	libevtx_record_free(&r->held, NULL);
	if (ok) {
		r->has_item = r->has_item && !at_item;
		r->base.counts.records++;
		return READER_RECORD;
	}
	if (at_item)
		return lose_item(r, loss, reason);
	slots_lose_item(&r->slots, &nowhere, loss, 1, reason);
	return READER_LOST;
}

/* The next record of the library's list.  False when there is none, and when it cannot be fetched (*failed). */
static bool
fetch(struct reference *r, bool *failed, char *reason, size_t reason_size)
{
	libevtx_error_t *error = NULL;

	*failed = false;
	if (r->held || r->index >= r->count)
		return r->held != NULL;
	if (libevtx_file_get_record_by_index(r->file, r->index++, &r->held, &error) == 1 &&
		libevtx_record_get_identifier(r->held, &r->held_id, &error) == 1)
		return true;
	*failed = true;
	take_error(&error, reason, reason_size);
	if (r->held)
		libevtx_record_free(&r->held, NULL);
	return false;
}

/* True when our walk comes to a record of that identifier later (has_id), or to anything at all. */
static bool
comes_later(const struct slots *s, bool has_id, uint64_t id)
{
	struct chunk_walk ahead = s->walk;
	struct chunk_item item;
	enum chunk_step step;

	while (s->in_chunk && (step = chunk_walk_next(&ahead, &item)) != CHUNK_END) {
		if (!has_id || (step == CHUNK_RECORD && item.id == id))
			return true;
	}
	return false;
}

/* A record that the library cannot fetch has no identifier either: it is taken to be the one our walk is at. */
static enum reader_step
tell_item(struct reference *r, struct record *record, struct reader_loss *loss)
{
	char reason[REASON];
	bool failed;

	if (!r->file)
		return lose_item(r, loss, r->refusal);
	if (!fetch(r, &failed, reason, sizeof(reason)))
		return lose_item(r, loss, failed ? reason : "the record is not in its list");
	if (r->held_id == r->item.id)
		return tell_held(r, record, loss, true);
	if (comes_later(&r->slots, true, r->held_id))
		return lose_item(r, loss, "the record is not in its list");
	return tell_held(r, record, loss, false);
}

/* What the library lists and our walk does not know, when the walk is at the chunk's end.  READER_END: nothing. */
static enum reader_step
tell_rest(struct reference *r, struct record *record, struct reader_loss *loss)
{
	const struct chunk_item nowhere = { .len = LIMIT_CHUNK };
	char reason[REASON];
	bool failed;

	if (!r->file || comes_later(&r->slots, false, 0))
		return READER_END;
	if (fetch(r, &failed, reason, sizeof(reason)))
		return tell_held(r, record, loss, false);
	if (!failed)
		return READER_END;
	slots_lose_item(&r->slots, &nowhere, loss, 1, reason);
	return READER_LOST;
}

static enum reader_step
reference_next(struct reader *reader, struct record *record, struct reader_loss *loss, struct err *err)
{
	struct reference *r = (struct reference *)reader;
	enum reader_step step;

	(void)err; /* whatever goes wrong costs a record or a chunk, never the log */
	arena_reset(&reader->arena);
	if (!r->has_item) {
		step = tell_rest(r, record, loss);
		if (step != READER_END)
			return step;
		switch (slots_next(&r->slots, &r->item, loss)) {
		case SLOTS_CHUNK:
			open_chunk(r);
			return READER_CHUNK;
		case SLOTS_LOST:
			return READER_LOST;
		case SLOTS_END:
			close_chunk(r);
			return READER_END;
		case SLOTS_ITEM:
			r->has_item = true;
			break;
		}
	}
	return tell_item(r, record, loss);
}

const struct reader_class reader_libevtx = {
	.name = "libevtx",
	.open = reference_open,
	.next = reference_next,
	.close = reference_close,
};

/* --- the verdict, chunk by chunk: see verdict.h --- */

/* A log of one chunk in memory, its buffer, and what the library said when it opened it. */
struct judge {
	struct log_header file;
	libbfio_handle_t *bytes;
	uint8_t log[LIMIT_FILE_HEADER + LIMIT_CHUNK];
};

struct opened {
	bool opened, corrupted;
	uint64_t records, recovered;
	char reason[REASON];
};

/* `counted`: the chunk is one of those that the log's header counts; others hold recovered records only. */
static void
open_one(struct judge *j, bool counted, struct opened *o)
{
	int records = 0, recovered = 0, corrupted = 0;
	libevtx_error_t *error = NULL;
	libevtx_file_t *file = NULL;

	*o = (struct opened){ .opened = false };
	make_header(j->log);
	put_le(j->log + 42, counted, 2);
	put_le(j->log + 120, j->file.flags, 4);
	put_le(j->log + 124, crc32_extend(0, slice_from(j->log, 120)), 4);
	if (libevtx_file_initialize(&file, &error) == 1 &&
		libevtx_file_open_file_io_handle(file, j->bytes, LIBEVTX_OPEN_READ, &error) == 1) {
		corrupted = libevtx_file_is_corrupted(file, &error);
		o->opened = corrupted >= 0 && libevtx_file_get_number_of_records(file, &records, &error) == 1 &&
			libevtx_file_get_number_of_recovered_records(file, &recovered, &error) == 1;
		libevtx_file_close(file, NULL);
	}
	if (!o->opened)
		take_error(&error, o->reason, sizeof(o->reason));
	o->corrupted = corrupted > 0;
	o->records = records > 0 ? (uint64_t)records : 0;
	o->recovered = recovered > 0 ? (uint64_t)recovered : 0;
	if (file)
		libevtx_file_free(&file, NULL);
}

static void
judge_chunk(struct judge *j, uint64_t index, struct log_verdict_part *part)
{
	bool counted = index < j->file.chunk_count;
	struct opened o;

	open_one(j, true, &o);
	if (!counted && o.opened && !o.corrupted) {
		part->sound_beyond++;
		open_one(j, false, &o);
	} else if (!counted) {
		return;
	}
	part->used += counted;
	part->corrupted |= counted && o.corrupted;
	part->records += o.records;
	part->recovered += o.recovered;
	if (o.opened || part->refused)
		return;
	part->refused = true;
	snprintf(part->reason, sizeof(part->reason), "chunk %llu: %s", (unsigned long long)index, o.reason);
}

static void
judge_chunks(struct judge *j, const struct source *source, uint64_t first, uint64_t end, struct log_verdict_part *part)
{
	struct slice chunk = slice_from(j->log + LIMIT_FILE_HEADER, LIMIT_CHUNK);
	struct err ignored;

	for (uint64_t i = first; i < end; i++) {
		uint64_t offset;
		size_t got;

		if (ckd_mul(&offset, i, (uint64_t)LIMIT_CHUNK) || ckd_add(&offset, offset, (uint64_t)LIMIT_FILE_HEADER) ||
			offset >= source->size ||
			!source->read(source, offset, j->log + LIMIT_FILE_HEADER, LIMIT_CHUNK, &got, &ignored))
			return;
		if (got < LIMIT_CHUNK) /* the library leaves a chunk alone that is not all there */
			return;
		if (!chunk_is_zero(chunk))
			judge_chunk(j, i, part);
		else if (i < j->file.chunk_count)
			part->empty++;
	}
}

void
libevtx_judge(const struct source *source, uint64_t first, uint64_t end, struct log_verdict_part *part)
{
	struct judge *j = calloc(1, sizeof(*j));
	struct err why;

	*part = (struct log_verdict_part){ .asked = true };
	if (!j || !log_header_read(source, &j->file, &why) ||
		libbfio_memory_range_initialize(&j->bytes, NULL) != 1 ||
		libbfio_memory_range_set(j->bytes, j->log, sizeof(j->log), NULL) != 1) {
		part->refused = true;
		snprintf(part->reason, sizeof(part->reason), "its header cannot be read, or memory ran out");
	} else {
		judge_chunks(j, source, first, end, part);
	}
	if (j && j->bytes)
		libbfio_handle_free(&j->bytes, NULL);
	free(j);
}
