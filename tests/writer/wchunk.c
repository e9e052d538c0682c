/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/wchunk.h"

#include "base/attr.h"
#include "base/utf.h"
#include "tests/writer/evtx_writer.h"

enum {
	NAME_FIXED = 8,        /* next name, hash, count */
	DEFINITION_HEADER = 24 /* next definition, GUID, body size */
};

void
wchunk_begin(struct wchunk *c, uint64_t first_number, bool keep_slack)
{
	if (!keep_slack)
		memset(c->bytes, 0, sizeof(c->bytes));
	memset(c->names, 0, sizeof(c->names));
	memset(c->templates, 0, sizeof(c->templates));
	c->at = LIMIT_CHUNK_HEADER;
	c->overflow = false;
	c->record_at = c->before_at = 0;
	c->count = 0;
	c->first_number = first_number;
	c->first_id = c->last_id = 0;
}

void
wchunk_bytes(struct wchunk *c, struct slice s)
{
	if (s.len > sizeof(c->bytes) - c->at)
		c->overflow = true;
	if (c->overflow || s.len == 0)
		return;
	memcpy(c->bytes + c->at, s.ptr, s.len);
	c->at += s.len;
}

static void
put_le(struct wchunk *c, uint64_t v, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(v >> (8 * i));
	wchunk_bytes(c, slice_from(bytes, size));
}

void
wchunk_u8(struct wchunk *c, uint8_t v)
{
	put_le(c, v, 1);
}

void
wchunk_u16(struct wchunk *c, uint16_t v)
{
	put_le(c, v, 2);
}

void
wchunk_u32(struct wchunk *c, uint32_t v)
{
	put_le(c, v, 4);
}

void
wchunk_u64(struct wchunk *c, uint64_t v)
{
	put_le(c, v, 8);
}

static void
patch_le(struct wchunk *c, size_t at, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size && at + i < sizeof(c->bytes) && !c->overflow; i++)
		c->bytes[at + i] = (uint8_t)(v >> (8 * i));
}

void
wchunk_patch_u16(struct wchunk *c, size_t at, uint16_t v)
{
	patch_le(c, at, v, 2);
}

void
wchunk_patch_u32(struct wchunk *c, size_t at, uint32_t v)
{
	patch_le(c, at, v, 4);
}

static uint32_t
get_u32(const struct wchunk *c, size_t at)
{
	const uint8_t *p = c->bytes + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

struct wchunk_mark
wchunk_mark(const struct wchunk *c)
{
	struct wchunk_mark mark = { .at = c->at };

	memcpy(mark.names, c->names, sizeof(mark.names));
	memcpy(mark.templates, c->templates, sizeof(mark.templates));
	return mark;
}

void
wchunk_rewind(struct wchunk *c, const struct wchunk_mark *mark)
{
	c->at = mark->at;
	c->overflow = false;
	memcpy(c->names, mark->names, sizeof(mark->names));
	memcpy(c->templates, mark->templates, sizeof(mark->templates));
}

void
wchunk_record_begin(struct wchunk *c, uint64_t id, uint64_t written)
{
	c->before_at = c->record_at;
	c->record_at = c->at;
	wchunk_bytes(c, SLICE("**\0\0"));
	wchunk_u32(c, 0);
	wchunk_u64(c, id);
	wchunk_u64(c, written);
}

void
wchunk_record_size(struct wchunk *c)
{
	size_t size;

	while ((c->at - c->record_at + 4) % 8 != 0 && !c->overflow)
		wchunk_u8(c, 0);
	size = c->at - c->record_at + 4;
	wchunk_u32(c, (uint32_t)size);
	wchunk_patch_u32(c, c->record_at + 4, (uint32_t)size);
}

void
wchunk_record_end(struct wchunk *c, uint64_t id)
{
	wchunk_record_size(c);
	if (c->overflow)
		return;
	if (c->count++ == 0)
		c->first_id = id;
	c->last_id = id;
}

void
wchunk_finish(struct wchunk *c, uint32_t flags)
{
	size_t end = c->at;
	uint64_t last_number = c->first_number + c->count - 1;

	/* An empty log: all counters -1 but the first record number (evtx-format.md 1.2). */
	if (c->count == 0)
		last_number = c->first_id = c->last_id = UINT64_MAX;
	c->at = 0;
	memset(c->bytes, 0, LIMIT_CHUNK_HEADER);
	wchunk_bytes(c, SLICE("ElfChnk\0"));
	wchunk_u64(c, c->first_number);
	wchunk_u64(c, last_number);
	wchunk_u64(c, c->first_id);
	wchunk_u64(c, c->last_id);
	wchunk_u32(c, 128);
	wchunk_u32(c, (uint32_t)c->record_at);
	wchunk_u32(c, (uint32_t)end);
	c->at = 120;
	wchunk_u32(c, flags);
	c->at = 128;
	for (size_t i = 0; i < WCHUNK_NAMES; i++)
		wchunk_u32(c, c->names[i]);
	for (size_t i = 0; i < WCHUNK_TEMPLATES; i++)
		wchunk_u32(c, c->templates[i]);
	c->at = end;
	if (!(flags & 4))
		writer_fix_chunk(c->bytes);
}

/* --- BinXML ------------------------------------------------------------------------------------------------ */

void
wxml_fragment(struct wchunk *c)
{
	wchunk_bytes(c, SLICE("\x0F\x01\x01\x00"));
}

void
wxml_end(struct wchunk *c)
{
	wchunk_u8(c, 0x00);
}

/* h = h * 65599 + unit, over UTF-16 units (evtx-format.md 2.3; the bucket takes all 32 bits for names of which only
 * 16 are stored: modulo 64 both are the same). */
static uint32_t
name_hash(struct slice utf16)
{
	uint32_t h = 0;

	for (size_t i = 0; i + 1 < utf16.len; i += 2)
		h = h * 65599 + (uint32_t)(utf16.ptr[i] | utf16.ptr[i + 1] << 8);
	return h;
}

static uint32_t
find_name(const struct wchunk *c, uint32_t hash, struct slice utf16)
{
	for (uint32_t at = c->names[hash % WCHUNK_NAMES]; at; at = get_u32(c, at)) {
		size_t count = (size_t)(c->bytes[at + 6] | c->bytes[at + 7] << 8);

		if (count * 2 == utf16.len && slice_eq(slice_from(c->bytes + at + NAME_FIXED, utf16.len), utf16))
			return at;
	}
	return 0;
}

void
wxml_name(struct wchunk *c, struct slice name)
{
	struct buf utf16;
	uint32_t hash, known;

	buf_init(&utf16, LIMIT_CHUNK * 4);
	utf_append_as_utf16le(&utf16, name);
	hash = name_hash(buf_view(&utf16));
	known = find_name(c, hash, buf_view(&utf16));
	if (known) {
		wchunk_u32(c, known);
	} else {
		uint32_t here = (uint32_t)c->at + 4;

		wchunk_u32(c, here);
		wchunk_u32(c, c->names[hash % WCHUNK_NAMES]);
		wchunk_u16(c, (uint16_t)hash);
		wchunk_u16(c, (uint16_t)(utf16.len / 2));
		wchunk_bytes(c, buf_view(&utf16));
		wchunk_u16(c, 0);
		if (!c->overflow)
			c->names[hash % WCHUNK_NAMES] = here;
	}
	buf_fini(&utf16);
}

struct wxml_element
wxml_open(struct wchunk *c, struct slice name, int32_t dependency, bool attributes)
{
	struct wxml_element e = { 0 };

	wchunk_u8(c, attributes ? 0x41 : 0x01);
	if (dependency != WXML_NO_DEPENDENCY_FIELD)
		wchunk_u16(c, (uint16_t)dependency);
	e.size_at = c->at;
	wchunk_u32(c, 0);
	wxml_name(c, name);
	if (attributes) {
		e.list_at = c->at;
		wchunk_u32(c, 0);
	}
	return e;
}

void
wxml_attribute(struct wchunk *c, struct slice name, bool more)
{
	wchunk_u8(c, more ? 0x46 : 0x06);
	wxml_name(c, name);
}

static void
close_list(struct wchunk *c, const struct wxml_element *e)
{
	if (e->list_at)
		wchunk_patch_u32(c, e->list_at, (uint32_t)(c->at - e->list_at - 4));
}

void
wxml_content(struct wchunk *c, struct wxml_element *e)
{
	close_list(c, e);
	wchunk_u8(c, 0x02);
	e->list_at = 0;
}

void
wxml_close(struct wchunk *c, const struct wxml_element *e)
{
	wchunk_u8(c, 0x04);
	wchunk_patch_u32(c, e->size_at, (uint32_t)(c->at - e->size_at - 4));
}

void
wxml_close_empty(struct wchunk *c, const struct wxml_element *e)
{
	close_list(c, e);
	wchunk_u8(c, 0x03);
	wchunk_patch_u32(c, e->size_at, (uint32_t)(c->at - e->size_at - 4));
}

void
wxml_value_text(struct wchunk *c, struct slice text, bool more)
{
	struct buf utf16;

	buf_init(&utf16, LIMIT_CHUNK * 4);
	utf_append_as_utf16le(&utf16, text);
	if (utf16.failed || utf16.len / 2 > UINT16_MAX)
		c->overflow = true;
	wchunk_u8(c, more ? 0x45 : 0x05);
	wchunk_u8(c, WRITER_STRING);
	wchunk_u16(c, (uint16_t)(utf16.len / 2));
	wchunk_bytes(c, buf_view(&utf16));
	buf_fini(&utf16);
}

void
wxml_entity(struct wchunk *c, struct slice name, bool more)
{
	wchunk_u8(c, more ? 0x49 : 0x09);
	wxml_name(c, name);
}

void
wxml_substitution(struct wchunk *c, uint16_t index, uint8_t type, bool optional)
{
	wchunk_u8(c, optional ? 0x0E : 0x0D);
	wchunk_u16(c, index);
	wchunk_u8(c, type);
}

static struct slice
entity_of(uint8_t c, bool attribute)
{
	static const struct {
		uint8_t c;
		const char *name;
		bool attributes_only;
	} entities[] = { { '&', "amp", false }, { '<', "lt", false }, { '>', "gt", false }, { '"', "quot", true } };

	for (size_t i = 0; i < ARRAY_LEN(entities); i++)
		if (entities[i].c == c && (attribute || !entities[i].attributes_only))
			return slice_from_text(entities[i].name);
	return SLICE_EMPTY;
}

void
wxml_escaped_text(struct wchunk *c, struct slice text, bool attribute)
{
	size_t from = 0;
	bool chained = false;

	for (size_t i = 0; i < text.len; i++) {
		struct slice entity = entity_of(text.ptr[i], attribute);

		if (entity.len == 0)
			continue;
		if (i > from)
			wxml_value_text(c, slice_sub(text, from, i - from), true);
		wxml_entity(c, entity, true);
		from = i + 1;
		chained = true;
	}
	/* After an entity Windows closes the chain with a text, which may be empty. */
	if (from < text.len || chained)
		wxml_value_text(c, slice_sub(text, from, text.len), false);
}

static uint32_t
find_definition(const struct wchunk *c, uint32_t bucket, const struct guid *guid)
{
	for (uint32_t at = c->templates[bucket]; at; at = get_u32(c, at))
		if (memcmp(c->bytes + at + 4, guid->bytes, sizeof(guid->bytes)) == 0)
			return at;
	return 0;
}

bool
wxml_instance(struct wchunk *c, const struct guid *guid, struct wxml_definition *d)
{
	struct slice raw = slice_from(guid->bytes, sizeof(guid->bytes));
	uint32_t bucket = name_hash(raw) % WCHUNK_TEMPLATES, known = find_definition(c, bucket, guid);

	wchunk_u8(c, 0x0C);
	wchunk_u8(c, 1);
	wchunk_bytes(c, slice_sub(raw, 0, 4));
	d->header_at = c->at + 4;
	wchunk_u32(c, known ? known : (uint32_t)d->header_at);
	if (known)
		return false;
	wchunk_u32(c, c->templates[bucket]);
	wchunk_bytes(c, raw);
	wchunk_u32(c, 0);
	if (!c->overflow)
		c->templates[bucket] = (uint32_t)d->header_at;
	return true;
}

void
wxml_definition_end(struct wchunk *c, const struct wxml_definition *d)
{
	size_t body = d->header_at + DEFINITION_HEADER;

	wchunk_patch_u32(c, body - 4, (uint32_t)(c->at - body));
}

size_t
wxml_values(struct wchunk *c, uint32_t count)
{
	size_t descriptors;

	wchunk_u32(c, count);
	descriptors = c->at;
	for (uint32_t i = 0; i < count; i++)
		wchunk_u32(c, 0);
	return descriptors;
}

void
wxml_value_is(struct wchunk *c, size_t descriptors, size_t index, uint8_t type, size_t began)
{
	size_t size = c->at - began;

	if (size > UINT16_MAX) {
		c->overflow = true;
		return;
	}
	wchunk_patch_u16(c, descriptors + index * 4, (uint16_t)size);
	wchunk_patch_u16(c, descriptors + index * 4 + 2, type);
}

void
wxml_value(struct wchunk *c, size_t descriptors, size_t index, uint8_t type, struct slice bytes)
{
	size_t began = c->at;

	wchunk_bytes(c, bytes);
	wxml_value_is(c, descriptors, index, type, began);
}
