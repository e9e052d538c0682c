/* SPDX-License-Identifier: Apache-2.0 */
/* XML as libevtx might print it (given here as UTF-8), parsed and rendered in both ways.  What was rendered as XML has
 * no line ends in it, whatever the text. */
#include "base/limits.h"
#include "base/utf.h"
#include "evtx/render.h"
#include "evtx/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
use(struct record *record, struct arena *arena)
{
	struct record_field *fields;
	struct buf out;
	struct err err;
	size_t count;

	buf_init(&out, LIMIT_RECORD_OUTPUT);
	if (record_read_system(record, arena, &err) && record_read_fields(record, arena, &fields, &count, &err)) {
		for (size_t i = 0; i < count; i++)
			buf_append(&out, fields[i].text);
	}
	buf_reset(&out);
	if (render_json(record, &out, &err) && slice_find_byte(buf_view(&out), '\n', 0) != SIZE_MAX)
		__builtin_trap();
	buf_reset(&out);
	if (render_xml(record, &out, &err) && (slice_find_byte(buf_view(&out), '\n', 0) != SIZE_MAX || !utf_is_strict(buf_view(&out))))
		__builtin_trap();
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record = { .number = 1 };
	struct node *root = NULL;
	struct arena arena;
	struct buf utf16;
	struct err err;

	arena_init(&arena, LIMIT_RECORD_ARENA);
	buf_init(&utf16, 4 * LIMIT_RECORD_OUTPUT);
	utf_append_as_utf16le(&utf16, slice_from(data, size));
	if (xml_parse(buf_view(&utf16), &arena, &root, &err)) {
		record.tree = root;
		use(&record, &arena);
	}
	buf_fini(&utf16);
	arena_fini(&arena);
	return 0;
}
