/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/chunk_log.h"

#include "base/buf.h"
#include "base/crc32.h"
#include "base/heap.h"
#include "base/limits.h"
#include "base/units.h"
#include "evtx/library_heap.h"

#include <libbfio.h>
#include <libevtx.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	BACKTRACE = 8192,
	REASON = 180,
	ROOM = 2 * LIMIT_CHUNK, /* units; the XML of nearly every record */
};

/* What the library made for the open chunk lives in a heap of its own, so every call of it stands between
 * library_heap_enter and library_heap_leave. */
struct chunk_log {
	struct library_heap *heap;
	libbfio_handle_t *bytes; /* over `log`, whole, always: the library reads past a shorter range */
	libevtx_file_t *file;    /* NULL: no chunk is open */
	libevtx_record_t *held;
	int index;     /* of the record asked for last; -1: none since the chunk was opened */
	bool is_first; /* it was the first one */
	uint64_t id, written; /* of the held record */
	int count;
	char reason[REASON];
	uint8_t log[LIMIT_FILE_HEADER + LIMIT_CHUNK];
	uint16_t room[ROOM];
};

/* Keeps the library's words for its error, and frees that. */
static bool
fail(struct chunk_log *c, libevtx_error_t **error)
{
	char text[BACKTRACE] = "";
	size_t len = 0;

	/* Where in the library memory was short says nothing. */
	if (library_heap_refused(c->heap)) {
		libevtx_error_free(error);
		snprintf(c->reason, sizeof(c->reason), "it asks for more memory than it is given: %d MiB, %d MiB at once",
			LIMIT_LIBRARY_MEMORY / 1024 / 1024, HEAP_LARGEST / 1024 / 1024);
		return false;
	}
	if (*error && libevtx_error_backtrace_sprint(*error, text, sizeof(text)) < 0)
		libevtx_error_sprint(*error, text, sizeof(text));
	libevtx_error_free(error);
	while (text[len] >= ' ' && text[len] <= '~')
		len++;
	if (len && text[len - 1] == '.')
		len--;
	snprintf(c->reason, sizeof(c->reason), "%.*s", len ? (int)len : (int)sizeof("no reason given") - 1,
		len ? text : "no reason given");
	return false;
}

/* A header that says: one chunk, behind 4,096 bytes (evtx-format.md 1.1). */
static void
make_header(uint8_t *h, uint32_t flags, bool counted)
{
	memset(h, 0, LIMIT_FILE_HEADER);
	memcpy(h, "ElfFile", 8);
	buf_put_le(h + 32, 128, 4);
	buf_put_le(h + 36, 1, 2);
	buf_put_le(h + 38, 3, 2);
	buf_put_le(h + 40, LIMIT_FILE_HEADER, 2);
	buf_put_le(h + 42, counted, 2);
	buf_put_le(h + 120, flags, 4);
	buf_put_le(h + 124, crc32_extend(0, slice_from(h, 120)), 4);
}

/* The library's checksum, by our routine.  libevtx calls its own by this name through the linker's table, or from its
 * archive, so that the one of the program comes first; byte by byte it is a fifth of a scan under `auto`.  What it says is
 * checked against the library's own in tests/test_libevtx.c; where a libevtx has no such name, it is not called. */
int libevtx_checksum_calculate_little_endian_crc32(
	uint32_t *crc, const uint8_t *bytes, size_t len, uint32_t before, libevtx_error_t **error);

int
libevtx_checksum_calculate_little_endian_crc32(
	uint32_t *crc, const uint8_t *bytes, size_t len, uint32_t before, libevtx_error_t **error)
{
	(void)error;
	if (!crc || !bytes || len > PTRDIFF_MAX)
		return -1;
	*crc = crc32_extend(before, slice_from(bytes, len));
	return 1;
}

struct chunk_log *
chunk_log_new(void)
{
	struct chunk_log *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	make_header(c->log, 0, true);
	c->heap = library_heap_new();
	return c;
}

void
chunk_log_free(struct chunk_log *log)
{
	if (!log)
		return;
	chunk_log_close(log);
	library_heap_delete(log->heap);
	free(log);
}

/* --- within the heap --- */

static void
drop(struct chunk_log *c)
{
	if (c->held && !library_heap_has_room(c->heap))
		libevtx_record_free(&c->held, NULL);
	c->held = NULL;
}

static void
close_chunk(struct chunk_log *c)
{
	drop(c);
	c->count = 0;
	if (!c->heap) {
		if (c->file) {
			libevtx_file_close(c->file, NULL);
			libevtx_file_free(&c->file, NULL);
		}
		if (c->bytes)
			libbfio_handle_free(&c->bytes, NULL);
	}
	c->file = NULL;
	c->bytes = NULL;
	library_heap_drop(c->heap);
}

/* New objects for every chunk: a file that failed to open can never be opened again. */
static bool
open_chunk(struct chunk_log *c, struct slice chunk)
{
	libevtx_error_t *error = NULL;

	close_chunk(c);
	chunk = slice_sub(chunk, 0, LIMIT_CHUNK);
	if (chunk.len && chunk.ptr != c->log + LIMIT_FILE_HEADER)
		memcpy(c->log + LIMIT_FILE_HEADER, chunk.ptr, chunk.len);
	memset(c->log + LIMIT_FILE_HEADER + chunk.len, 0, LIMIT_CHUNK - chunk.len);
	if (libbfio_memory_range_initialize(&c->bytes, &error) == 1 &&
		libbfio_memory_range_set(c->bytes, c->log, sizeof(c->log), &error) == 1 &&
		libevtx_file_initialize(&c->file, &error) == 1 &&
		libevtx_file_open_file_io_handle(c->file, c->bytes, LIBEVTX_OPEN_READ, &error) == 1 &&
		libevtx_file_get_number_of_records(c->file, &c->count, &error) == 1) {
		c->index = -1;
		return true;
	}
	fail(c, &error);
	close_chunk(c);
	return false;
}

static bool
view(struct chunk_log *c, struct slice chunk, struct chunk_log_view *view)
{
	libevtx_error_t *error = NULL;
	int corrupted, recovered = 0;

	if (!open_chunk(c, chunk))
		return false;
	corrupted = libevtx_file_is_corrupted(c->file, &error);
	if (corrupted < 0 || libevtx_file_get_number_of_recovered_records(c->file, &recovered, &error) != 1)
		return fail(c, &error);
	*view = (struct chunk_log_view){ .corrupted = corrupted > 0, .records = (uint64_t)c->count,
		.recovered = recovered > 0 ? (uint64_t)recovered : 0 };
	return true;
}

static bool
fetch(struct chunk_log *c, int index)
{
	libevtx_error_t *error = NULL;

	drop(c);
	c->is_first = c->index < 0;
	c->index = index;
	if (libevtx_file_get_record_by_index(c->file, index, &c->held, &error) == 1 &&
		libevtx_record_get_identifier(c->held, &c->id, &error) == 1 &&
		libevtx_record_get_written_time(c->held, &c->written, &error) == 1)
		return true;
	drop(c);
	return fail(c, &error);
}

/* What a record comes to must not hang on which ones of its chunk were asked for before it: where these have left too little
 * memory, it is asked for in a chunk opened anew. */
static bool
fetch_afresh(struct chunk_log *c)
{
	int index = c->index;

	return library_heap_refused(c->heap) && !c->is_first &&
		open_chunk(c, slice_from(c->log + LIMIT_FILE_HEADER, LIMIT_CHUNK)) && fetch(c, index);
}

/* --- for others --- */

void
chunk_log_drop(struct chunk_log *log)
{
	library_heap_enter(log->heap);
	drop(log);
	library_heap_leave();
}

void
chunk_log_close(struct chunk_log *log)
{
	library_heap_enter(log->heap);
	close_chunk(log);
	library_heap_leave();
}

uint8_t *
chunk_log_room(struct chunk_log *log)
{
	chunk_log_close(log);
	return log->log + LIMIT_FILE_HEADER;
}

bool
chunk_log_open(struct chunk_log *log, struct slice chunk)
{
	bool done;

	library_heap_enter(log->heap);
	done = open_chunk(log, chunk);
	library_heap_leave();
	return done;
}

bool
chunk_log_view(struct chunk_log *log, struct slice chunk, uint32_t flags, bool counted, struct chunk_log_view *out)
{
	bool done;

	*out = (struct chunk_log_view){ .corrupted = false };
	make_header(log->log, flags, counted);
	library_heap_enter(log->heap);
	done = view(log, chunk, out);
	library_heap_leave();
	make_header(log->log, 0, true);
	return done;
}

bool
chunk_log_fetch(struct chunk_log *log, int index)
{
	bool done;

	library_heap_enter(log->heap);
	done = fetch(log, index) || fetch_afresh(log);
	library_heap_leave();
	return done;
}

int
chunk_log_count(const struct chunk_log *log)
{
	return log->count;
}

uint64_t
chunk_log_id(const struct chunk_log *log)
{
	return log->id;
}

uint64_t
chunk_log_written(const struct chunk_log *log)
{
	return log->written;
}

/* The call writes units of the machine's own byte order. */
static void
make_little_endian(uint16_t *units, size_t count)
{
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		return;
	for (size_t i = 0; i < count; i++) {
		uint16_t unit = units[i];

		buf_put_le((uint8_t *)&units[i], unit, sizeof(unit));
	}
}

/* Asking for the size first makes the library print everything twice, so most records are printed straight into a room
 * of our own.  It does not tell how much it wrote: that is up to the first NUL, if the root ends there. */
static bool
print_once(struct chunk_log *c, struct slice *utf16)
{
	size_t len;
	bool printed;

	library_heap_enter(c->heap);
	printed = libevtx_record_get_utf16_xml_string(c->held, c->room, ROOM, NULL) == 1;
	library_heap_leave();
	len = printed ? units_find((const uint8_t *)c->room, 0, ROOM, 0) : 0;
	if (len < 3 || len == ROOM || c->room[len - 1] != '\n' || c->room[len - 2] != '>')
		return false;
	make_little_endian(c->room, len);
	*utf16 = slice_from(c->room, len * sizeof(*c->room));
	return true;
}

/* The XML in `units`, or its size alone where there are none. */
static bool
print(struct chunk_log *c, uint16_t *units, size_t *size)
{
	libevtx_error_t *error = NULL;
	bool done;

	library_heap_enter(c->heap);
	done = (units ? libevtx_record_get_utf16_xml_string(c->held, units, *size, &error) :
			libevtx_record_get_utf16_xml_string_size(c->held, size, &error)) == 1 || fail(c, &error);
	library_heap_leave();
	return done;
}

static bool
print_all(struct chunk_log *log, struct arena *arena, struct slice *utf16)
{
	uint16_t *units = NULL;
	size_t size = 0;

	if (print_once(log, utf16))
		return true;
	if (!print(log, NULL, &size))
		return false;
	if (size <= LIMIT_RECORD_OUTPUT / sizeof(*units))
		units = ARENA_ARRAY(arena, uint16_t, size + 1);
	if (!units) {
		snprintf(log->reason, sizeof(log->reason), "%zu characters of XML are too many", size);
		return false;
	}
	if (!print(log, units, &size))
		return false;
	make_little_endian(units, size);
	*utf16 = slice_from(units, size ? (size - 1) * sizeof(*units) : 0);
	return true;
}

bool
chunk_log_xml(struct chunk_log *log, struct arena *arena, struct slice *utf16)
{
	bool again;

	if (print_all(log, arena, utf16))
		return true;
	library_heap_enter(log->heap);
	again = fetch_afresh(log);
	library_heap_leave();
	return again && print_all(log, arena, utf16);
}

const char *
chunk_log_reason(const struct chunk_log *log)
{
	return log->reason;
}

const char *
chunk_log_library(void)
{
	return libevtx_get_version();
}
