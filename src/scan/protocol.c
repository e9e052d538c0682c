/* SPDX-License-Identifier: Apache-2.0 */
#include "src/scan/protocol.h"

size_t
frame_begin(struct buf *out, enum frame_type type)
{
	size_t begin = out->len;

	buf_u32le(out, 0);
	buf_u8(out, (uint8_t)type);
	return begin;
}

void
frame_end(struct buf *out, size_t begin)
{
	buf_patch_u32le(out, begin, (uint32_t)(out->len - begin - 4));
}

void
job_file_encode(const struct job_file *job, struct buf *out)
{
	buf_u32le(out, job->input);
	buf_u64le(out, job->size);
	buf_u64le(out, job->first_chunk);
	buf_u64le(out, job->end_chunk);
	buf_u8(out, job->want_verdict);
	buf_u8(out, job->carve);
	buf_u8(out, job->count_chunk_before);
	buf_u8(out, job->alone);
	buf_u8(out, job->other_reader);
	buf_u8(out, job->survey_alone);
}

bool
job_file_decode(struct cursor *in, struct job_file *job)
{
	job->input = cursor_u32le(in);
	job->size = cursor_u64le(in);
	job->first_chunk = cursor_u64le(in);
	job->end_chunk = cursor_u64le(in);
	job->want_verdict = cursor_u8(in);
	job->carve = cursor_u8(in);
	job->count_chunk_before = cursor_u8(in);
	job->alone = cursor_u8(in);
	job->other_reader = cursor_u8(in);
	job->survey_alone = cursor_u8(in);
	return !in->bad;
}

void
job_counts_encode(const struct job_counts *counts, struct buf *out)
{
	const struct reader_counts *r = &counts->reader;
	const uint64_t numbers[] = { r->chunks, r->empty_chunks, r->foreign_chunks, r->first_foreign, r->bad_checksums,
		r->tail_bytes, r->records, r->lost, counts->subjects, counts->open_verdicts, counts->residual,
		counts->residue_left };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		buf_u64le(out, numbers[i]);
}

bool
job_counts_decode(struct cursor *in, struct job_counts *counts)
{
	struct reader_counts *r = &counts->reader;
	uint64_t *const numbers[] = { &r->chunks, &r->empty_chunks, &r->foreign_chunks, &r->first_foreign,
		&r->bad_checksums, &r->tail_bytes, &r->records, &r->lost, &counts->subjects, &counts->open_verdicts,
		&counts->residual, &counts->residue_left };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		*numbers[i] = cursor_u64le(in);
	return !in->bad;
}

void
log_header_encode(const struct log_header *header, struct buf *out)
{
	buf_u8(out, header->signature_ok);
	buf_u8(out, header->checksum_ok);
	buf_u16le(out, header->major);
	buf_u16le(out, header->minor);
	buf_u64le(out, header->first_chunk);
	buf_u64le(out, header->last_chunk);
	buf_u64le(out, header->next_record);
	buf_u16le(out, header->header_block_size);
	buf_u16le(out, header->chunk_count);
	buf_u32le(out, header->flags);
}

bool
log_header_decode(struct cursor *in, struct log_header *header)
{
	header->signature_ok = cursor_u8(in);
	header->checksum_ok = cursor_u8(in);
	header->major = cursor_u16le(in);
	header->minor = cursor_u16le(in);
	header->first_chunk = cursor_u64le(in);
	header->last_chunk = cursor_u64le(in);
	header->next_record = cursor_u64le(in);
	header->header_block_size = cursor_u16le(in);
	header->chunk_count = cursor_u16le(in);
	header->flags = cursor_u32le(in);
	return !in->bad;
}

void
log_verdict_encode(const struct log_verdict_part *part, struct buf *out)
{
	const uint64_t numbers[] = { part->used, part->empty, part->sound_beyond, part->records, part->recovered };

	buf_u8(out, part->refused);
	buf_counted(out, slice_from_text(part->reason));
	buf_u8(out, part->corrupted);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		buf_u64le(out, numbers[i]);
}

bool
log_verdict_decode(struct cursor *in, struct log_verdict_part *part)
{
	uint64_t *const numbers[] = { &part->used, &part->empty, &part->sound_beyond, &part->records, &part->recovered };
	struct slice reason;

	*part = (struct log_verdict_part){ .asked = true };
	part->refused = cursor_u8(in);
	reason = slice_sub(cursor_counted(in), 0, sizeof(part->reason) - 1);
	if (reason.len)
		memcpy(part->reason, reason.ptr, reason.len);
	part->corrupted = cursor_u8(in);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		*numbers[i] = cursor_u64le(in);
	return !in->bad;
}

void
notice_encode(const struct notice *notice, struct buf *out)
{
	buf_u8(out, (uint8_t)notice->kind);
	buf_u8(out, notice->has_offset);
	buf_u8(out, notice->has_number);
	buf_u32le(out, notice->input);
	buf_u64le(out, notice->offset);
	buf_u64le(out, notice->len);
	buf_u64le(out, notice->number);
	buf_u64le(out, notice->records);
	buf_counted(out, notice->reason);
}

bool
notice_decode(struct cursor *in, struct notice *notice)
{
	uint8_t kind = cursor_u8(in);

	*notice = (struct notice){ .kind = kind };
	notice->has_offset = cursor_u8(in);
	notice->has_number = cursor_u8(in);
	notice->input = cursor_u32le(in);
	notice->offset = cursor_u64le(in);
	notice->len = cursor_u64le(in);
	notice->number = cursor_u64le(in);
	notice->records = cursor_u64le(in);
	notice->reason = cursor_counted(in);
	return !in->bad && kind <= NOTICE_SKIPPED;
}
