/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes through every escape function: what comes out is valid UTF-8 without control characters, says truly
 * whether something was lost, and UTF-16 made of it comes back as it was. */
#include "base/escape.h"
#include "base/utf.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct buf *out, uint32_t allowed)
{
	struct slice s = buf_view(out);

	assert(!out->failed && utf_is_strict(s));
	for (size_t at = 0; at < s.len;) {
		uint32_t code = utf_next(s, &at);

		assert(code >= 0x20 || code == allowed || (allowed && code == '\t'));
		assert(!(code >= 0x7F && code <= 0x9F) && !(code >= 0x202A && code <= 0x202E));
	}
	buf_reset(out);
}

static void
check_utf16(struct slice text, struct buf *out)
{
	struct buf back;

	buf_init(&back, SIZE_MAX / 2);
	utf_append_utf16le(out, text);
	utf_append_as_utf16le(&back, buf_view(out));
	assert(slice_eq(buf_view(&back), slice_sub(text, 0, text.len & ~(size_t)1)));
	buf_fini(&back);
	buf_reset(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_from(data, size);
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	assert(escape_json_string(&out, text) == utf_is_strict(text));
	check(&out, 0);
	escape_csv_cell(&out, text, (enum escape_csv_flags)0);
	check(&out, 0);
	escape_csv_cell(&out, text, ESCAPE_CSV_RAW);
	check(&out, 0);
	escape_terminal(&out, text);
	check(&out, 0);
	escape_xml(&out, text, (enum escape_xml_flags)0);
	check(&out, '\n');
	escape_xml(&out, text, ESCAPE_XML_ATTRIBUTE);
	check(&out, 0);
	escape_file_name(&out, text, 32);
	assert(out.len > 0 && out.len <= 32 && out.ptr[0] != '.' && out.ptr[0] != '-');
	check(&out, 0);
	check_utf16(text, &out);
	buf_fini(&out);
	return 0;
}
