/* SPDX-License-Identifier: Apache-2.0 */
#include "src/subject/part.h"

#include "src/subject/fields.h"
#include "src/subject/wire.h"

enum { PART_MAGIC = 'P', RECORD_AT = 1 + 16 + 4 + 4 };

void
part_encode(const struct script_part *part, struct buf *out)
{
	buf_u8(out, PART_MAGIC);
	wire_put_guid(out, &part->block);
	buf_u32le(out, part->total);
	buf_u32le(out, part->number);
	wire_put_part(out, &part->record);
	buf_u8(out, (uint8_t)part->class);
	wire_put_guid(out, &part->activity_id);
	buf_u32le(out, part->process_id);
	buf_u32le(out, part->thread_id);
	buf_u8(out, part->level);
	buf_append(out, slice_from(part->digest, sizeof(part->digest)));
	buf_counted(out, part->computer);
	buf_counted(out, part->odd_id);
	buf_counted(out, part->channel);
	buf_counted(out, part->provider);
	buf_counted(out, part->user_sid);
	buf_counted(out, part->path);
	buf_counted(out, part->text);
}

bool
part_decode(struct cursor *in, struct script_part *part)
{
	struct script_part p = { 0 };
	uint8_t magic = cursor_u8(in), class;
	struct slice digest;

	p.block = wire_take_guid(in);
	p.total = cursor_u32le(in);
	p.number = cursor_u32le(in);
	p.record = wire_take_part(in);
	class = cursor_u8(in);
	p.activity_id = wire_take_guid(in);
	p.process_id = cursor_u32le(in);
	p.thread_id = cursor_u32le(in);
	p.level = cursor_u8(in);
	digest = cursor_take(in, sizeof(p.digest));
	p.computer = cursor_counted(in);
	p.odd_id = cursor_counted(in);
	p.channel = cursor_counted(in);
	p.provider = cursor_counted(in);
	p.user_sid = cursor_counted(in);
	p.path = cursor_counted(in);
	p.text = cursor_counted(in);
	if (in->bad || magic != PART_MAGIC || class > RECORD_HIDDEN || p.text.len % 2)
		return false;
	p.class = (enum record_class)class;
	memcpy(p.digest, digest.ptr, digest.len);
	*part = p;
	return true;
}

/* The text as UTF-16: the record's own, else (literal text, no plain string) made from what was decoded. */
static bool
part_text(const struct record_field *fields, size_t count, struct arena *arena, struct slice *text)
{
	struct slice decoded = fields_text(fields, count, "ScriptBlockText");
	struct buf units;
	bool fine;

	for (size_t i = 0; i < count; i++) {
		if (slice_eq(fields[i].name, SLICE("ScriptBlockText")) && fields[i].utf16.len) {
			*text = slice_sub(fields[i].utf16, 0, fields[i].utf16.len & ~(size_t)1);
			return true;
		}
	}
	buf_init(&units, decoded.len * 2);
	utf_append_as_utf16le(&units, decoded);
	fine = !units.failed && arena_copy(arena, buf_view(&units), text);
	buf_fini(&units);
	return fine;
}

bool
part_from_fields(const struct record *record, const struct record_field *fields, size_t count,
	const struct subject_context *context, struct text_digests *texts, struct arena *arena, struct script_part *part,
	struct err *err)
{
	const struct record_system whole = record_whole_system(record), *s = &whole;
	struct slice id = fields_text(fields, count, "ScriptBlockId");
	uint32_t number = fields_number(fields, count, "MessageNumber");

	*part = (struct script_part){ .computer = s->computer, .channel = s->channel, .provider = s->provider,
		.user_sid = s->user_sid, .path = fields_text(fields, count, "Path"), .class = record->class,
		.activity_id = s->activity_id, .process_id = s->process_id, .thread_id = s->thread_id,
		.level = s->level, .number = number, .total = fields_number(fields, count, "MessageTotal"),
		.record = part_of_record(record, context, number) };
	if (!guid_parse(id, &part->block))
		part->odd_id = id.len ? id : SLICE("?"); /* never empty, so that it is told from a GUID */
	return (part_text(fields, count, arena, &part->text) && text_digest(texts, part->text, part->digest)) || err_nomem(err);
}

bool
part_move(uint8_t *encoded, size_t len, uint32_t from, uint32_t to)
{
	return len >= RECORD_AT + WIRE_PART && encoded[0] == PART_MAGIC && wire_move_part(encoded + RECORD_AT, from, to);
}
