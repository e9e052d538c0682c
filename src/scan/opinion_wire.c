/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/opinion_wire.h"

void
job_opinion_encode(const struct job_opinion *job, struct buf *out)
{
	buf_u8(out, (uint8_t)job->kind);
	buf_u32le(out, job->input);
	buf_u64le(out, job->size);
	buf_u64le(out, job->first_chunk);
	buf_u64le(out, job->chunks);
	if (job->kind == SHOW_RESIDUE) {
		buf_u8(out, job->carved);
		residue_encode(&job->residue, out);
	}
	buf_append(out, job->offsets);
}

bool
job_opinion_decode(struct cursor *in, struct job_opinion *job)
{
	uint8_t kind = cursor_u8(in);

	*job = (struct job_opinion){ .kind = kind };
	job->input = cursor_u32le(in);
	job->size = cursor_u64le(in);
	job->first_chunk = cursor_u64le(in);
	job->chunks = cursor_u64le(in);
	if (kind == SHOW_RESIDUE) {
		job->carved = cursor_u8(in);
		return residue_decode(in, &job->residue) && !in->rest.len;
	}
	job->offsets = cursor_take(in, in->rest.len);
	return !in->bad && kind < JOB_OPINION_KINDS && job->offsets.len % 8 == 0 &&
		(kind == ASK_RANGE || job->offsets.len > 0);
}

uint64_t
job_opinion_offset(const struct job_opinion *job, size_t i)
{
	struct cursor at = cursor_over(slice_sub(job->offsets, 8 * i, 8), 0);

	return cursor_u64le(&at);
}

void
opinion_entry_encode(const struct opinion_entry *entry, struct buf *out)
{
	buf_u64le(out, entry->offset);
	buf_u64le(out, entry->record_id);
	buf_u8(out, (uint8_t)entry->kind);
	buf_u32le(out, entry->known);
	buf_counted(out, entry->words);
	buf_counted(out, entry->path);
	buf_counted(out, entry->ours);
	buf_counted(out, entry->theirs);
}

bool
opinion_entry_decode(struct cursor *in, struct opinion_entry *entry)
{
	uint8_t kind;

	*entry = (struct opinion_entry){ .offset = cursor_u64le(in) };
	entry->record_id = cursor_u64le(in);
	kind = cursor_u8(in);
	entry->kind = (enum opinion_kind)kind;
	entry->known = cursor_u32le(in);
	entry->words = cursor_counted(in);
	entry->path = cursor_counted(in);
	entry->ours = cursor_counted(in);
	entry->theirs = cursor_counted(in);
	return !in->bad && kind < OPINION_KINDS && entry->known >> KNOWN_ERRORS == 0 &&
		(entry->words.len || kind == OPINION_AGREES) && slice_find_byte(entry->words, 0, 0) == SIZE_MAX;
}

void
opinion_head_encode(const struct opinion_head *head, struct buf *out)
{
	buf_u64le(out, head->chunk);
	buf_u8(out, head->done);
	for (size_t i = 0; i < OPINION_KINDS; i++)
		buf_u64le(out, head->kinds[i]);
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		buf_u64le(out, head->known[i]);
}

bool
opinion_head_decode(struct cursor *in, struct opinion_head *head)
{
	*head = (struct opinion_head){ .chunk = cursor_u64le(in) };
	head->done = cursor_u8(in);
	for (size_t i = 0; i < OPINION_KINDS; i++)
		head->kinds[i] = cursor_u64le(in);
	for (size_t i = 0; i < KNOWN_ERRORS; i++)
		head->known[i] = cursor_u64le(in);
	return !in->bad;
}

void
opinion_row_encode(const struct opinion_row *row, struct buf *out)
{
	buf_u64le(out, row->place);
	buf_u32le(out, (uint32_t)row->bytes.len + 1);
	buf_u8(out, (uint8_t)row->kind);
	buf_append(out, row->bytes);
}

static bool
are_words(struct slice words)
{
	return words.len > 0 && words.len < sizeof(((struct err *)NULL)->text) && slice_find_byte(words, 0, 0) == SIZE_MAX;
}

static bool
is_chunk(struct cursor in, uint64_t chunk)
{
	struct opinion_head head;
	struct opinion_entry entry;
	bool fine = opinion_head_decode(&in, &head) && head.done && head.chunk == chunk;

	while (fine && in.rest.len)
		fine = opinion_entry_decode(&in, &entry);
	return fine;
}

static bool
row_is_sound(const struct opinion_row *row)
{
	struct cursor in = cursor_over(row->bytes, 0);
	struct opinion_entry entry;

	switch (row->kind) {
	case ROW_AGREES:
		return row->bytes.len == 0;
	case ROW_SAID:
		return opinion_entry_decode(&in, &entry) && in.rest.len == 0 && entry.offset == row->place &&
			entry.kind != OPINION_AGREES;
	case ROW_DIED:
	case ROW_UNHEARD:
		return are_words(row->bytes);
	case ROW_CHUNK:
		return is_chunk(in, row->place);
	case ROW_CHUNKS_LOST:
		return cursor_u64le(&in) > 0 && !in.bad && are_words(in.rest);
	case ROW_KINDS:
		break;
	}
	return false;
}

bool
opinion_row_decode(struct cursor *in, struct opinion_row *row)
{
	struct cursor body;
	uint8_t kind;

	row->place = cursor_u64le(in);
	body = cursor_over(cursor_counted(in), 0);
	kind = cursor_u8(&body);
	if (in->bad || body.bad || kind == 0 || kind >= ROW_KINDS)
		return false;
	row->kind = (enum opinion_row_kind)kind;
	row->bytes = body.rest;
	return row_is_sound(row);
}

void
exhibit_encode(const struct exhibit *exhibit, struct buf *out)
{
	buf_u64le(out, exhibit->offset);
	buf_u64le(out, exhibit->chunk_offset);
	buf_u32le(out, exhibit->size);
	buf_u64le(out, exhibit->number);
	buf_u64le(out, exhibit->written);
	buf_u64le(out, exhibit->record_id);
	buf_u64le(out, exhibit->time);
	buf_u32le(out, exhibit->flags);
	opinion_entry_encode(&exhibit->opinion, out);
	buf_counted(out, exhibit->direct_xml);
	buf_counted(out, exhibit->libevtx_xml);
}

bool
exhibit_decode(struct cursor *in, struct exhibit *exhibit)
{
	*exhibit = (struct exhibit){ .offset = cursor_u64le(in) };
	exhibit->chunk_offset = cursor_u64le(in);
	exhibit->size = cursor_u32le(in);
	exhibit->number = cursor_u64le(in);
	exhibit->written = cursor_u64le(in);
	exhibit->record_id = cursor_u64le(in);
	exhibit->time = cursor_u64le(in);
	exhibit->flags = cursor_u32le(in);
	if (!opinion_entry_decode(in, &exhibit->opinion))
		return false;
	exhibit->direct_xml = cursor_counted(in);
	exhibit->libevtx_xml = cursor_counted(in);
	return !in->bad && in->rest.len == 0;
}
