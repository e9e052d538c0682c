/* SPDX-License-Identifier: Apache-2.0 */
/* BinXML values: a type and raw bytes, and the text that Windows' own XML view shows for them.  The types and their
 * text are those of evtx-format.md sections 2.9 and 3 ([MS-EVEN6] 2.2.13 to 2.2.19). */
#ifndef EVTX_VALUE_H
#define EVTX_VALUE_H

#include "base/buf.h"
#include "base/guid.h"

enum value_type {
	VALUE_NULL = 0x00,
	VALUE_STRING = 0x01,
	VALUE_ANSI = 0x02,
	VALUE_INT8 = 0x03,
	VALUE_UINT8 = 0x04,
	VALUE_INT16 = 0x05,
	VALUE_UINT16 = 0x06,
	VALUE_INT32 = 0x07,
	VALUE_UINT32 = 0x08,
	VALUE_INT64 = 0x09,
	VALUE_UINT64 = 0x0A,
	VALUE_FLOAT = 0x0B,
	VALUE_DOUBLE = 0x0C,
	VALUE_BOOL = 0x0D,
	VALUE_BINARY = 0x0E,
	VALUE_GUID = 0x0F,
	VALUE_SIZE = 0x10,
	VALUE_FILETIME = 0x11,
	VALUE_SYSTEMTIME = 0x12,
	VALUE_SID = 0x13,
	VALUE_HEX32 = 0x14,
	VALUE_HEX64 = 0x15,
	VALUE_EVTHANDLE = 0x20,
	VALUE_BINXML = 0x21,
	VALUE_EVTXML = 0x23,
	VALUE_ARRAY = 0x80, /* flag: array of the base type */
};

struct value {
	uint8_t type; /* a value_type; unknown ones are rendered as hexadecimal bytes */
	struct slice raw;
};

/* Values of that type read plainly (base/plain.h): they are no texts. */
static inline bool
value_is_plain(uint8_t type)
{
	return type >= VALUE_INT8 && type <= VALUE_HEX64;
}

/* Appends the canonical text as WTF-8.  A value whose size does not fit its type is rendered as hexadecimal bytes,
 * never an error.  A string loses one trailing NUL (it is a terminator), never what follows an inner one. */
void value_append_text(const struct value *value, struct buf *out);

/* UTF-16LE without its one trailing NUL, and without half a unit. */
static inline struct slice
value_without_nul(struct slice utf16)
{
	size_t len = utf16.len & ~(size_t)1; /* half a unit is no text */

	if (len >= 2 && utf16.ptr[len - 1] == 0 && utf16.ptr[len - 2] == 0)
		len -= 2;
	return (struct slice){ utf16.ptr, len };
}

/* The raw UTF-16LE of a string value without its one trailing NUL; empty for every other type. */
static inline struct slice
value_utf16(const struct value *value)
{
	return value->type == VALUE_STRING ? value_without_nul(value->raw) : SLICE_EMPTY;
}

/* An ANSI string as UTF-16LE units, one for each byte (its own trailing NUL is the caller's to leave out). */
void value_ansi_units(struct slice ansi, uint8_t *units);

/* The little-endian number in the first eight bytes, or in all where there are fewer. */
static inline uint64_t
value_raw_number(struct slice raw)
{
	uint64_t v = 0;

	for (size_t i = raw.len < 8 ? raw.len : 8; i-- > 0;)
		v = v << 8 | raw.ptr[i];
	return v;
}

/* Numbers of any integer type, bool, size, hex, and decimal or 0x text (template-less records hold text). */
bool value_to_u64(const struct value *value, uint64_t *number);

/* FILETIME or SYSTEMTIME or text of a time. */
bool value_to_ticks(const struct value *value, uint64_t *ticks);

bool value_to_guid(const struct value *value, struct guid *guid);

/* Takes the first item off an array value (type with VALUE_ARRAY): *item is borrowed from it and has the base type.
 * False when none is left.  A last item that is too short keeps what bytes there are. */
bool value_take_item(struct value *array, struct value *item);

#endif
