/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/evtx_writer.h"

#include "base/crc32.h"
#include "tests/writer/event_body.h"
#include "tests/writer/wchunk.h"

#include <stdlib.h>

enum {
	FILE_MAX = 1 << 30,
	HEADER_CRC = 124,  /* in file and chunk headers alike */
	FLAG_DIRTY = 1,
	FLAG_NO_CRC = 4,
	CHUNK_FLAG = 1,    /* set in every chunk seen */
};

struct writer_log {
	struct writer_options options;
	struct buf chunks; /* those that are full */
	struct wchunk chunk;
	size_t count;      /* live records in all chunks */
	size_t residue_at; /* end of the residue behind the live records; 0: none */
	uint64_t next_id;
	uint64_t first_chunk_next_id; /* next_id when the first chunk was closed */
};

static uint32_t
read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
write_le(uint8_t *p, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void
writer_fix_chunk(uint8_t *chunk)
{
	uint32_t end = read_u32(chunk + 48), crc;

	if (end >= LIMIT_CHUNK_HEADER && end <= LIMIT_CHUNK)
		write_le(chunk + 52, crc32_extend(0, slice_from(chunk + 512, end - LIMIT_CHUNK_HEADER)), 4);
	crc = crc32_extend(0, slice_from(chunk, 120));
	crc = crc32_extend(crc, slice_from(chunk + 128, LIMIT_CHUNK_HEADER - 128));
	write_le(chunk + HEADER_CRC, crc, 4);
}

void
writer_fix_header(uint8_t *file)
{
	write_le(file + HEADER_CRC, crc32_extend(0, slice_from(file, 120)), 4);
}

void
writer_fix_file(struct buf *file)
{
	if (file->len >= LIMIT_FILE_HEADER)
		writer_fix_header(file->ptr);
	for (size_t at = LIMIT_FILE_HEADER; at + LIMIT_CHUNK <= file->len; at += LIMIT_CHUNK)
		if (memcmp(file->ptr + at, "ElfChnk", 8) == 0)
			writer_fix_chunk(file->ptr + at);
}

struct writer_log *
writer_log_new(const struct writer_options *options)
{
	struct writer_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	if (options)
		log->options = *options;
	buf_init(&log->chunks, FILE_MAX);
	wchunk_begin(&log->chunk, 1, false);
	log->next_id = log->first_chunk_next_id = 1;
	return log;
}

void
writer_log_free(struct writer_log *log)
{
	if (!log)
		return;
	buf_fini(&log->chunks);
	free(log);
}

size_t
writer_log_count(const struct writer_log *log)
{
	return log->count;
}

size_t
writer_log_room(const struct writer_log *log)
{
	return sizeof(log->chunk.bytes) - log->chunk.at;
}

/* The header as it was when half of the records were written: what a copy of a live log shows. */
static void
make_stale(struct wchunk *c)
{
	size_t at = LIMIT_CHUNK_HEADER, last = at, kept = c->count / 2;

	for (size_t i = 0; i < kept; i++) {
		last = at;
		at += read_u32(c->bytes + at + 4);
	}
	write_le(c->bytes + 16, c->first_number + kept - 1, 8);
	memcpy(c->bytes + 32, c->bytes + last + 8, 8);
	write_le(c->bytes + 44, last, 4);
	write_le(c->bytes + 48, at, 4);
	writer_fix_chunk(c->bytes);
}

static void
store_chunk(struct writer_log *log, bool last)
{
	bool no_crc = log->options.no_crc;

	wchunk_finish(&log->chunk, no_crc ? CHUNK_FLAG | FLAG_NO_CRC : CHUNK_FLAG);
	if (last && log->options.stale_chunk && log->chunk.count > 1)
		make_stale(&log->chunk);
	if (log->chunks.len == 0)
		log->first_chunk_next_id = log->next_id;
	buf_append(&log->chunks, slice_from(log->chunk.bytes, sizeof(log->chunk.bytes)));
}

bool
writer_log_new_chunk(struct writer_log *log)
{
	uint64_t next_number = log->chunk.first_number + log->chunk.count;

	if (log->chunk.count == 0)
		return true;
	store_chunk(log, false);
	wchunk_begin(&log->chunk, next_number, log->options.keep_slack);
	log->residue_at = 0;
	return !log->chunks.failed;
}

static uint64_t
header_id(const struct writer_event *event)
{
	return event->header_record ? event->header_record : event->record;
}

static void
event_body(struct wchunk *c, const void *event)
{
	event_body_write(c, event);
}

/* One record at the end of the chunk; false, and nothing changed but free space, when there is no room. */
static bool
put_record(struct wchunk *c, uint64_t id, uint64_t time, writer_body *body, const void *context)
{
	struct wchunk_mark mark = wchunk_mark(c);
	size_t record_at = c->record_at, before_at = c->before_at;

	wchunk_record_begin(c, id, time);
	body(c, context);
	wchunk_record_end(c, id);
	if (!c->overflow)
		return true;
	wchunk_rewind(c, &mark);
	c->record_at = record_at;
	c->before_at = before_at;
	return false;
}

bool
writer_log_add_body(struct writer_log *log, uint64_t id, uint64_t time, writer_body *body, const void *context)
{
	if (!put_record(&log->chunk, id, time, body, context)) {
		/* What was begun and given up is no residue that Windows would leave. */
		if (!log->options.keep_slack && !log->residue_at)
			memset(log->chunk.bytes + log->chunk.at, 0, writer_log_room(log));
		if (log->chunk.count == 0 || !writer_log_new_chunk(log) ||
			!put_record(&log->chunk, id, time, body, context))
			return false;
	}
	log->count++;
	log->next_id = id + 1;
	if (log->residue_at < log->chunk.at)
		log->residue_at = 0;
	return true;
}

static uint64_t
header_time(const struct writer_event *event)
{
	return event->written ? event->written : event->time;
}

bool
writer_log_add(struct writer_log *log, const struct writer_event *event)
{
	return writer_log_add_body(log, header_id(event), header_time(event), event_body, event);
}

bool
writer_log_add_residue(struct writer_log *log, const struct writer_event *event)
{
	struct wchunk *c = &log->chunk;
	struct wchunk_mark mark = wchunk_mark(c);
	size_t record_at = c->record_at, before_at = c->before_at, count = c->count;
	uint64_t first_id = c->first_id, last_id = c->last_id;
	bool put;

	if (log->residue_at)
		c->at = log->residue_at;
	put = put_record(c, header_id(event), header_time(event), event_body, event);
	if (put)
		log->residue_at = c->at;
	wchunk_rewind(c, &mark);
	c->record_at = record_at;
	c->before_at = before_at;
	c->count = count;
	c->first_id = first_id;
	c->last_id = last_id;
	return put;
}

bool
writer_log_hide_last(struct writer_log *log)
{
	struct wchunk *c = &log->chunk;
	uint32_t size;

	if (c->count < 2 || c->before_at == 0)
		return false;
	size = (uint32_t)(c->at - c->before_at);
	wchunk_patch_u32(c, c->before_at + 4, size);
	wchunk_patch_u32(c, c->at - 4, size);
	c->record_at = c->before_at;
	c->before_at = 0;
	c->count--;
	c->last_id--;
	log->count--;
	log->next_id--;
	return true;
}

static void
filler_body(struct wchunk *c, size_t units)
{
	struct wxml_element e;

	wxml_fragment(c);
	e = wxml_open(c, SLICE("Event"), WXML_NO_DEPENDENCY_FIELD, false);
	wxml_content(c, &e);
	wchunk_u8(c, 0x05);
	wchunk_u8(c, WRITER_STRING);
	wchunk_u16(c, (uint16_t)units);
	for (size_t i = 0; i < units && !c->overflow; i++)
		wchunk_u16(c, '.');
	wxml_close(c, &e);
	wxml_end(c);
}

bool
writer_log_pad_to(struct writer_log *log, uint64_t time, uint64_t record, size_t offset)
{
	struct wchunk *c = &log->chunk;
	struct wchunk_mark mark = wchunk_mark(c);
	size_t used;

	wchunk_record_begin(c, record, time);
	filler_body(c, 0);
	used = c->at + 4;
	wchunk_rewind(c, &mark);
	c->record_at = c->before_at;
	if (offset % 8 || offset < used || offset > sizeof(c->bytes))
		return false;
	wchunk_record_begin(c, record, time);
	filler_body(c, (offset - used) / 2);
	wchunk_record_end(c, record);
	log->count += !c->overflow;
	log->next_id = record + 1;
	return !c->overflow && c->at == offset;
}

/* Chunks in the order of the file: a wrapped log has its oldest one at `rotate`. */
static void
append_chunks(struct writer_log *log, struct buf *out)
{
	size_t count = log->chunks.len / LIMIT_CHUNK;

	for (size_t i = 0; i < count; i++) {
		size_t k = (i + count - log->options.rotate % count) % count;

		buf_append(out, slice_from(log->chunks.ptr + k * LIMIT_CHUNK, LIMIT_CHUNK));
	}
	for (size_t i = 0; i < log->options.zero_tail; i++) {
		uint8_t *room = buf_reserve(out, LIMIT_CHUNK);

		if (!room)
			return;
		memset(room, 0, LIMIT_CHUNK);
		out->len += LIMIT_CHUNK;
	}
}

static void
append_header(const struct writer_log *log, struct buf *out)
{
	size_t count = log->chunks.len / LIMIT_CHUNK;
	size_t rotate = count ? log->options.rotate % count : 0;
	size_t last = count ? (rotate + count - 1) % count : 0;
	bool stale = log->options.stale_file;
	uint8_t *header = buf_reserve(out, LIMIT_FILE_HEADER);

	if (!header)
		return;
	memset(header, 0, LIMIT_FILE_HEADER);
	memcpy(header, "ElfFile", 8);
	write_le(header + 8, rotate, 8);
	write_le(header + 16, stale ? 0 : last, 8);
	write_le(header + 24, stale ? log->first_chunk_next_id : log->next_id, 8);
	write_le(header + 32, 128, 4);
	write_le(header + 36, log->options.minor ? log->options.minor : 1, 2);
	write_le(header + 38, 3, 2);
	write_le(header + 40, LIMIT_FILE_HEADER, 2);
	write_le(header + 42, stale ? 1 : count, 2);
	write_le(header + 120, (log->options.dirty ? FLAG_DIRTY : 0u) | (log->options.no_crc ? FLAG_NO_CRC : 0u), 4);
	if (!log->options.no_crc)
		writer_fix_header(header);
	out->len += LIMIT_FILE_HEADER;
}

bool
writer_log_finish(struct writer_log *log, struct buf *out)
{
	if (log->chunk.count > 0 || log->chunks.len == 0)
		store_chunk(log, true);
	append_header(log, out);
	if (log->chunks.len)
		append_chunks(log, out);
	log->chunk.count = 0;
	return !log->chunks.failed && !out->failed;
}
