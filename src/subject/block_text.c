/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/block_text.h"

#include "src/subject/finding.h"
#include "src/subject/wire.h"

enum { GAP_BYTES = 8 };

void
block_text_encode(const struct subject *subject, struct buf *out)
{
	const struct sigma_field *field = subject->text_field < subject->event.field_count ?
		&subject->event.fields[subject->text_field] : NULL;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		size_t begin = out->len;

		if (i != COLUMN_FLAGS) {
			buf_counted(out, subject->column[i]);
			continue;
		}
		buf_u32le(out, 0);
		subject_append_flags(subject, out);
		buf_patch_u32le(out, begin, (uint32_t)(out->len - begin - 4));
	}
	buf_u32le(out, (uint32_t)subject->part_count);
	for (size_t i = 0; i < subject->part_count; i++)
		wire_put_part(out, &subject->parts[i]);
	buf_counted(out, subject->missing);
	buf_counted(out, field ? field->text : SLICE_EMPTY);
	buf_u32le(out, field ? (uint32_t)field->gap_count : 0);
	for (size_t i = 0; field && i < field->gap_count; i++)
		buf_u64le(out, field->gaps[i]);
}

static bool
decode_gaps(struct cursor *in, struct arena *arena, struct block_text *block)
{
	size_t count, *gaps;

	if (!wire_take_count(in, GAP_BYTES, &count))
		return false;
	gaps = ARENA_ARRAY(arena, size_t, count + 1);
	if (!gaps)
		return false;
	for (size_t i = 0; i < count; i++) {
		gaps[i] = (size_t)cursor_u64le(in);
		if (gaps[i] > block->text.len || (i && gaps[i] < gaps[i - 1]))
			return false;
	}
	block->missing_at = gaps;
	block->missing_at_count = count;
	return true;
}

bool
block_text_decode(struct slice encoded, struct arena *arena, struct block_text *block)
{
	struct cursor in = cursor_over(encoded, 0);
	struct subject_part *parts;

	*block = (struct block_text){ 0 };
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		block->column[i] = cursor_counted(&in);
	if (!wire_take_count(&in, WIRE_PART, &block->part_count) || block->part_count == 0)
		return false;
	parts = ARENA_ARRAY(arena, struct subject_part, block->part_count);
	if (!parts)
		return false;
	for (size_t i = 0; i < block->part_count; i++)
		parts[i] = wire_take_part(&in);
	block->parts = parts;
	block->missing = cursor_counted(&in);
	block->text = cursor_counted(&in);
	return decode_gaps(&in, arena, block) && !in.bad && in.rest.len == 0;
}
