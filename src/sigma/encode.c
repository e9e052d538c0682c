/* SPDX-License-Identifier: Apache-2.0 */
#include "src/sigma/encode.h"

#include "base/base64.h"
#include "base/utf.h"

static void
append_utf16(struct buf *b, enum encoding encoding, struct slice text)
{
	size_t start;

	if (encoding == ENCODE_UTF16)
		buf_u16le(b, 0xFEFF);
	start = b->len;
	utf_append_as_utf16le(b, text);
	if (encoding != ENCODE_UTF16BE || b->failed)
		return;
	for (size_t i = start; i + 1 < b->len; i += 2) {
		uint8_t low = b->ptr[i];

		b->ptr[i] = b->ptr[i + 1];
		b->ptr[i + 1] = low;
	}
}

/* base64 of `shift` unknown bytes and then these, without the characters that depend on what stands around. */
static void
append_offset(struct buf *b, size_t shift, struct slice bytes)
{
	static const size_t from[] = { 0, 2, 3 }, cut[] = { 0, 3, 2 };
	struct buf shifted;
	size_t end;

	buf_init(&shifted, bytes.len + 2);
	for (size_t i = 0; i < shift; i++)
		buf_append_byte(&shifted, 0);
	buf_append(&shifted, bytes);
	base64_append(b, buf_view(&shifted));
	b->failed |= shifted.failed;
	end = cut[(bytes.len + shift) % 3];
	buf_fini(&shifted);
	if (b->failed)
		return;
	b->len = b->len > from[shift] + end ? b->len - end : from[shift];
	memmove(b->ptr, b->ptr + from[shift], b->len - from[shift]);
	b->len -= from[shift];
}

bool
encode_value(struct arena *arena, enum encoding encoding, struct slice bytes, struct slice out[static ENCODE_MAX],
	size_t *count)
{
	size_t variants = encoding == ENCODE_BASE64_OFFSET ? 3 : 1;
	bool good = true;

	*count = 0;
	for (size_t i = 0; i < variants && good && bytes.len; i++) {
		struct buf b;

		buf_init(&b, bytes.len * 3 + 16);
		if (encoding == ENCODE_BASE64_OFFSET)
			append_offset(&b, i, bytes);
		else if (encoding == ENCODE_BASE64)
			base64_append(&b, bytes);
		else
			append_utf16(&b, encoding, bytes);
		good = !b.failed && (b.len == 0 || arena_copy(arena, buf_view(&b), &out[(*count)++]));
		buf_fini(&b);
	}
	return good;
}
