/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/broken.h"

#include "tests/writer/wchunk.h"

const struct guid broken_guid = { { 0xF0, 0x0D, 0xCA, 0xFE, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } };

void
broken_define_data(struct wchunk *c, const struct guid *guid, uint8_t type, size_t count, bool optional)
{
	struct wxml_definition d;
	struct wxml_element event, data;

	if (!wxml_instance(c, guid, &d))
		return;
	wxml_fragment(c);
	event = wxml_open(c, SLICE("Event"), WXML_DEPENDS_ON_NOTHING, false);
	wxml_content(c, &event);
	data = wxml_open(c, SLICE("Data"), optional ? 0 : WXML_DEPENDS_ON_NOTHING, true);
	wxml_attribute(c, SLICE("Name"), false);
	wxml_value_text(c, SLICE("Value"), false);
	wxml_content(c, &data);
	for (size_t i = 0; i < count; i++)
		wxml_substitution(c, 0, type, optional);
	wxml_close(c, &data);
	wxml_close(c, &event);
	wxml_end(c);
	wxml_definition_end(c, &d);
}

static void
broken_value_body(struct wchunk *c, const void *context)
{
	const struct writer_value *value = context;

	wxml_fragment(c);
	broken_define_data(c, &broken_guid, value->type, 1, true);
	wxml_value(c, wxml_values(c, 1), 0, value->type, value->bytes);
	wxml_end(c);
}

#define RAW(type, lit) { type, { (const uint8_t *)(lit), sizeof(lit) - 1 } }
#define EIGHT "\x85\x02\x03\x04\x05\x06\x07\x88"
#define SIXTEEN EIGHT EIGHT

static const struct writer_value good_values[] = {
	RAW(WRITER_STRING, "o\0k\0"), RAW(WRITER_STRING, "o\0k\0\0\0"), RAW(WRITER_STRING, ""),
	RAW(WRITER_ANSI, "\x80 <b>&\0"), RAW(WRITER_I8, "\xFB"), RAW(WRITER_U8, "\xFB"), RAW(WRITER_I16, "\xFB\xFF"),
	RAW(WRITER_U16, "\xFB\xFF"), RAW(WRITER_I32, "\x5F\0\x04\x80"), RAW(WRITER_U32, "\x5F\0\x04\x80"),
	RAW(WRITER_I64, EIGHT), RAW(WRITER_U64, EIGHT), RAW(WRITER_FLOAT, "\xAC\xC5\x27\x37"),
	RAW(WRITER_DOUBLE, "\xB6\xF3\xFD\xD4\x78\xFE\xA8\x40"), RAW(WRITER_BOOL, "\x01\0\0\0"),
	RAW(WRITER_BOOL, "\0\0\0\x80"), RAW(WRITER_BINARY, "\0\x01\xFE\xFF"), RAW(WRITER_BINARY, ""),
	RAW(WRITER_GUID, SIXTEEN), RAW(WRITER_SIZE, EIGHT), RAW(WRITER_SIZE, "\x01\x02\x03\x04"),
	RAW(WRITER_FILETIME, "\0\0\0\0\0\0\0\0"), RAW(WRITER_FILETIME, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
	RAW(WRITER_SYSTEMTIME, "\xE8\x07\x03\0\x01\0\x04\0\x0C\0\x22\0\x38\0\x0C\x03"),
	RAW(WRITER_SYSTEMTIME, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	RAW(WRITER_SID, "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0"), RAW(WRITER_SID, "\x01\0\xFF\xFF\xFF\xFF\xFF\xFF"),
	RAW(WRITER_HEX32, "\0\0\0\0"), RAW(WRITER_HEX64, EIGHT), RAW(WRITER_NULL, ""),
};

static const struct writer_value array_values[] = {
	RAW(0x81, "a\0\0\0\0\0c\0\0\0"), RAW(0x81, "a\0\0\0no end\0"), RAW(0x81, ""), RAW(0x82, "a\0\0c\0"),
	RAW(0x83, "\x01\xFF"), RAW(0x84, "\x01\xFF"), RAW(0x85, "\x01\0\xFF\xFF"), RAW(0x86, "\x01\0\xFF\xFF"),
	RAW(0x87, EIGHT), RAW(0x88, EIGHT), RAW(0x89, SIXTEEN), RAW(0x8A, SIXTEEN), RAW(0x8B, EIGHT),
	RAW(0x8C, SIXTEEN), RAW(0x8D, "\x01\0\0\0\0\0\0\0"), RAW(0x8E, EIGHT), RAW(0x8F, SIXTEEN SIXTEEN),
	RAW(0x90, SIXTEEN), RAW(0x91, SIXTEEN), RAW(0x92, SIXTEEN SIXTEEN),
	RAW(0x93, "\x01\x01\0\0\0\0\0\x05\x12\0\0\0\x01\x01\0\0\0\0\0\x05\x13\0\0\0"), RAW(0x94, EIGHT),
	RAW(0x95, SIXTEEN),
};

static const struct writer_value wrong_values[] = {
	RAW(WRITER_STRING, "x\0y"), RAW(WRITER_U8, ""), RAW(WRITER_U8, "\x01\x02"), RAW(WRITER_I16, "\x01"),
	RAW(WRITER_U16, "\x01\x02\x03"), RAW(WRITER_I32, "\x01\x02"), RAW(WRITER_U32, EIGHT), RAW(WRITER_I64, "\x01"),
	RAW(WRITER_U64, SIXTEEN), RAW(WRITER_FLOAT, EIGHT), RAW(WRITER_DOUBLE, "\x01\x02\x03\x04"),
	RAW(WRITER_BOOL, "\x01"), RAW(WRITER_BOOL, "\x01\0"), RAW(WRITER_BOOL, EIGHT), RAW(WRITER_BOOL, ""),
	RAW(WRITER_GUID, EIGHT), RAW(WRITER_GUID, SIXTEEN "\x01"), RAW(WRITER_SIZE, ""), RAW(WRITER_SIZE, "\x01\x02"),
	RAW(WRITER_FILETIME, "\x01\x02\x03\x04"), RAW(WRITER_SYSTEMTIME, EIGHT),
	RAW(WRITER_SYSTEMTIME, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
	RAW(WRITER_SID, "\x01"), RAW(WRITER_SID, "\x01\xFF\0\0\0\0\0\x05\x20\0\0\0"),
	RAW(WRITER_SID, "\x01\x01\0\0\0\0\0\x05\x20\0\0\0extra"), RAW(WRITER_HEX32, EIGHT), RAW(WRITER_HEX64, "\x01"),
	RAW(0x16, EIGHT), RAW(0x20, EIGHT), RAW(0x23, "x\0"), RAW(0x27, EIGHT), RAW(0x28, EIGHT), RAW(0x7F, EIGHT),
	RAW(0x80, EIGHT), RAW(0x86, "\x01\x02\x03"), RAW(0x8F, SIXTEEN "\x01"), RAW(0x93, "\x01\x0F\0\0\0\0\0\x05"),
	RAW(0xA1, EIGHT), RAW(0xFF, EIGHT), RAW(WRITER_BINXML, ""), RAW(WRITER_BINXML, "\xFF\xFF"),
	RAW(WRITER_BINXML, "\x0F\x01\x01"), RAW(WRITER_BINXML, "\x0F\x01\x01\x00\x0C\x01"),
};

static const struct writer_value text_values[] = {
	RAW(WRITER_STRING, "\xFE\xFF"), RAW(WRITER_STRING, "\xFF\xFE"), RAW(WRITER_STRING, "\xFF\xFE" "a\0"),
	RAW(WRITER_STRING, "a\0\0\0b\0\0\0"), RAW(WRITER_STRING, "a\0\x00\xD8"), RAW(WRITER_STRING, "\x00\xD8" "b\0"),
	RAW(WRITER_STRING, "\x00\xDC" "b\0"), RAW(WRITER_STRING, "\x00\xDC\x00\xD8"),
	RAW(WRITER_STRING, "\x3D\xD8\x00\xDE"), RAW(WRITER_STRING, "\x1B\0[\0" "3\0" "1\0m\0"),
	RAW(WRITER_STRING, "\n\0"), RAW(WRITER_STRING, "\0\0\0\0"), RAW(WRITER_STRING, " \0 \0x\0 \0"),
};

/* Each value has a chunk's first record to itself where its template is, the others refer back to it. */
bool
broken_build_values(struct writer_log *log, const void *context)
{
	const struct broken_values *list = context;

	for (size_t i = 0; i < list->count; i++)
		if (!writer_log_add_body(log, i + 1, BROKEN_TIME + i, broken_value_body, &list->values[i]))
			return false;
	return broken_add_event(log, list->count + 1, SLICE("behind"));
}

const struct broken_values broken_values[BROKEN_VALUE_LISTS] = {
	[BROKEN_VALUES_GOOD] = { good_values, ARRAY_LEN(good_values) },
	[BROKEN_VALUES_ARRAYS] = { array_values, ARRAY_LEN(array_values) },
	[BROKEN_VALUES_WRONG] = { wrong_values, ARRAY_LEN(wrong_values) },
	[BROKEN_VALUES_TEXTS] = { text_values, ARRAY_LEN(text_values) },
};
