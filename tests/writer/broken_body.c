/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/broken.h"

#include "base/limits.h"
#include "tests/writer/wchunk.h"

enum {
	NO_DEP = WXML_NO_DEPENDENCY_FIELD,
	DEP_NONE = WXML_DEPENDS_ON_NOTHING,
	DEEP = 4900,         /* elements in one another: as many as a record holds */
	ARRAY_ELEMENTS = 1000,
	ARRAY_ITEMS = 20000, /* empty strings of two bytes each */
	VALUE_COUNT_WRAP = 0x40000000, /* times four wraps in 32 bits */
};

static const struct guid other_guid = { { 0xBA, 0xDD, 0xCA, 0xFE, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } };

/* A form is a body; a good record stands before and behind it, so that a test sees what the damage costs. */
struct body_form {
	writer_body *body;
	const void *context;
};

static bool
build_around(struct writer_log *log, const void *context)
{
	const struct body_form *form = context;

	return broken_add_event(log, 1, SLICE("before")) &&
		writer_log_add_body(log, 2, BROKEN_TIME, form->body, form->context) &&
		broken_add_event(log, 3, SLICE("behind"));
}

/* The same, but the bad one has the chunk to itself: it is too large for company. */
static bool
build_alone(struct writer_log *log, const void *context)
{
	const struct body_form *form = context;

	return broken_add_event(log, 1, SLICE("before")) && writer_log_new_chunk(log) &&
		writer_log_add_body(log, 2, BROKEN_TIME, form->body, form->context) && writer_log_new_chunk(log) &&
		broken_add_event(log, 3, SLICE("behind"));
}

/* --- records without template -------------------------------------------------------------------------------- */

static struct wxml_element
plain_open(struct wchunk *c, struct slice name)
{
	struct wxml_element e = wxml_open(c, name, NO_DEP, false);

	wxml_content(c, &e);
	return e;
}

/* The context is the raw bytes that stand as content of <Event><Data>. */
static void
plain_content(struct wchunk *c, const void *context)
{
	const struct slice *raw = context;
	struct wxml_element event, data;

	wxml_fragment(c);
	event = plain_open(c, SLICE("Event"));
	data = plain_open(c, SLICE("Data"));
	wxml_value_text(c, SLICE("before "), true);
	wchunk_bytes(c, *raw);
	wxml_close(c, &data);
	wxml_close(c, &event);
	wxml_end(c);
}

static void
plain_references(struct wchunk *c, const void *context)
{
	struct wxml_element event, data;

	(void)context;
	wxml_fragment(c);
	event = plain_open(c, SLICE("Event"));
	data = wxml_open(c, SLICE("Data"), NO_DEP, true);
	wxml_attribute(c, SLICE("Name"), true);
	wxml_entity(c, SLICE("quot"), true);
	wxml_value_text(c, SLICE("in quotes"), true);
	wxml_entity(c, SLICE("quot"), true);
	wxml_value_text(c, SLICE_EMPTY, false);
	wxml_attribute(c, SLICE("Empty"), true);
	wxml_attribute(c, SLICE("Blank"), false);
	wxml_value_text(c, SLICE_EMPTY, false);
	wxml_content(c, &data);
	wxml_escaped_text(c, SLICE("a & b < c > d"), false);
	wxml_close(c, &data);
	wxml_close(c, &event);
	wxml_end(c);
}

static void
plain_pi(struct wchunk *c, const void *context)
{
	struct wxml_element event;

	(void)context;
	wxml_fragment(c);
	event = plain_open(c, SLICE("Event"));
	wchunk_u8(c, 0x0A);
	wxml_name(c, SLICE("target"));
	wchunk_bytes(c, SLICE("\x0B\x02\x00" "p\0i\0"));
	wxml_entity(c, SLICE("nosuch"), false);
	wxml_close(c, &event);
	wxml_end(c);
}

static void
plain_deep(struct wchunk *c, const void *context)
{
	const size_t *depth = context;
	struct wxml_element open[DEEP];

	wxml_fragment(c);
	for (size_t i = 0; i < *depth; i++)
		open[i] = plain_open(c, SLICE("A"));
	for (size_t i = *depth; i-- > 0;)
		wxml_close(c, &open[i]);
	wxml_end(c);
}

/* An element whose name reference is the number given: not made by any writer. */
static void
plain_name_at(struct wchunk *c, const void *context)
{
	const uint32_t *offset = context;

	wxml_fragment(c);
	wchunk_u8(c, 0x01);
	wchunk_u32(c, 6);
	wchunk_u32(c, *offset);
	wchunk_u8(c, 0x02);
	wchunk_u8(c, 0x04);
	wxml_end(c);
}

/* Its own next-in-bucket: who follows the chain never ends. */
static void
plain_name_loop(struct wchunk *c, const void *context)
{
	size_t name;

	(void)context;
	wxml_fragment(c);
	wchunk_u8(c, 0x01);
	wchunk_u32(c, 4 + 12 + 2);
	name = c->at + 4;
	wchunk_u32(c, (uint32_t)name);
	wchunk_u32(c, (uint32_t)name);
	wchunk_bytes(c, SLICE("\x41\x00\x01\x00" "A\0\0\0"));
	wchunk_bytes(c, SLICE("\x02\x04\x00"));
}

/* A name that says it has 65,535 characters. */
static void
plain_name_long(struct wchunk *c, const void *context)
{
	(void)context;
	wxml_fragment(c);
	wchunk_u8(c, 0x01);
	wchunk_u32(c, 18);
	wchunk_u32(c, (uint32_t)c->at + 4);
	wchunk_bytes(c, SLICE("\0\0\0\0\x41\x00\xFF\xFF" "A\0\0\0\x02\x04\x00"));
}

/* The context is the size that the element claims. */
static void
plain_element_size(struct wchunk *c, const void *context)
{
	const uint32_t *size = context;
	struct wxml_element event, data;

	wxml_fragment(c);
	event = plain_open(c, SLICE("Event"));
	data = plain_open(c, SLICE("Data"));
	wxml_value_text(c, SLICE("text"), false);
	wxml_close(c, &data);
	wxml_close(c, &event);
	wxml_end(c);
	wchunk_patch_u32(c, data.size_at, *size);
}

static void
plain_list_size(struct wchunk *c, const void *context)
{
	const uint32_t *size = context;
	struct wxml_element event = { 0 };
	size_t list_at;

	wxml_fragment(c);
	event = wxml_open(c, SLICE("Event"), NO_DEP, true);
	list_at = event.list_at;
	wxml_attribute(c, SLICE("k"), false);
	wxml_value_text(c, SLICE("v"), false);
	wxml_content(c, &event);
	wxml_close(c, &event);
	wxml_end(c);
	wchunk_patch_u32(c, list_at, *size);
}

static void
raw_body(struct wchunk *c, const void *context)
{
	wchunk_bytes(c, *(const struct slice *)context);
}

/* --- templates ----------------------------------------------------------------------------------------------- */

static void
normal_null(struct wchunk *c, const void *context)
{
	(void)context;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, false);
	wxml_values(c, 1);
	wxml_end(c);
}

/* No values at all: index 0 is out of range, which reads as NULL. */
static void
no_values(struct wchunk *c, const void *context)
{
	(void)context;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true);
	wxml_values(c, 0);
	wxml_end(c);
}

/* Two values; the first is NULL and has bytes all the same (evtx-format.md 2.6). */
static void
null_with_size(struct wchunk *c, const void *context)
{
	struct wxml_definition d;
	size_t descriptors;

	(void)context;
	wxml_fragment(c);
	if (wxml_instance(c, &broken_guid, &d)) {
		struct wxml_element event;

		wxml_fragment(c);
		event = wxml_open(c, SLICE("Event"), 1, false);
		wxml_content(c, &event);
		wxml_substitution(c, 1, WRITER_STRING, true);
		wxml_close(c, &event);
		wxml_end(c);
		wxml_definition_end(c, &d);
	}
	descriptors = wxml_values(c, 2);
	wxml_value(c, descriptors, 0, WRITER_NULL, SLICE("\xDE\xAD\xDE\xAD\xDE\xAD\xDE\xAD\xDE\xAD\xDE\xAD\xDE\xAD\xDE\xAD"));
	wxml_value(c, descriptors, 1, WRITER_STRING, SLICE("o\0k\0"));
	wxml_end(c);
}

static void
value_count(struct wchunk *c, const void *context)
{
	const uint32_t *count = context;

	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true);
	wchunk_u32(c, *count);
	wchunk_bytes(c, SLICE("\x02\0\x01\0" "x\0\0"));
}

/* Descriptors that promise more than the record has. */
static void
value_beyond(struct wchunk *c, const void *context)
{
	size_t descriptors;

	(void)context;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true);
	descriptors = wxml_values(c, 1);
	wxml_value(c, descriptors, 0, WRITER_STRING, SLICE("x\0"));
	wchunk_patch_u16(c, descriptors, 0xFFFE);
	wxml_end(c);
}

/* Value 0 is BinXML that substitutes value 0 again. */
static void
self_reference(struct wchunk *c, const void *context)
{
	struct wxml_element e;
	size_t descriptors, began;

	(void)context;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_BINXML, 1, true);
	descriptors = wxml_values(c, 1);
	began = c->at;
	e = plain_open(c, SLICE("Again"));
	wxml_substitution(c, 0, WRITER_BINXML, false);
	wxml_close(c, &e);
	wxml_end(c);
	wxml_value_is(c, descriptors, 0, WRITER_BINXML, began);
	wxml_end(c);
}

struct bomb {
	size_t width, depth; /* k substitutions in each of n levels: k^n leaves */
};

static void
bomb_level(struct wchunk *c, const struct bomb *bomb, size_t depth_limit)
{
	size_t descriptors[64], began[64], depth = bomb->depth < depth_limit ? bomb->depth : depth_limit;

	for (size_t i = 0; i < depth; i++) {
		broken_define_data(c, &broken_guid, WRITER_BINXML, bomb->width, true);
		descriptors[i] = wxml_values(c, 1);
		began[i] = c->at;
	}
	for (size_t i = depth; i-- > 0;) {
		wxml_end(c);
		wxml_value_is(c, descriptors[i], 0, WRITER_BINXML, began[i]);
	}
}

static void
expansion_bomb(struct wchunk *c, const void *context)
{
	wxml_fragment(c);
	bomb_level(c, context, 64);
	wxml_end(c);
}

static void
array_bomb(struct wchunk *c, const void *context)
{
	struct wxml_definition d;
	size_t descriptors, began;

	(void)context;
	wxml_fragment(c);
	if (wxml_instance(c, &broken_guid, &d)) {
		struct wxml_element event;

		wxml_fragment(c);
		event = wxml_open(c, SLICE("Event"), DEP_NONE, false);
		wxml_content(c, &event);
		for (size_t i = 0; i < ARRAY_ELEMENTS; i++) {
			struct wxml_element e = wxml_open(c, SLICE("A"), 0, false);

			wxml_content(c, &e);
			wxml_substitution(c, 0, WRITER_STRING | WRITER_ARRAY, true);
			wxml_close(c, &e);
		}
		wxml_close(c, &event);
		wxml_end(c);
		wxml_definition_end(c, &d);
	}
	descriptors = wxml_values(c, 1);
	began = c->at;
	for (size_t i = 0; i < ARRAY_ITEMS; i++)
		wchunk_u16(c, 0);
	wxml_value_is(c, descriptors, 0, WRITER_STRING | WRITER_ARRAY, began);
	wxml_end(c);
}

/* An instance whose id is not that of the definition it points at. */
static void
template_mismatch(struct wchunk *c, const void *context)
{
	size_t at;

	(void)context;
	wxml_fragment(c);
	at = c->at + 2;
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true);
	wchunk_patch_u32(c, at, 0x11223344);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
	wxml_end(c);
}

/* The context is an offset; the instance says its definition lies there. */
static void
template_at(struct wchunk *c, const void *context)
{
	const uint32_t *offset = context;

	wxml_fragment(c);
	wchunk_bytes(c, SLICE("\x0C\x01\xF0\x0D\xCA\xFE"));
	wchunk_u32(c, *offset);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
	wxml_end(c);
}

/* The definition lies behind the instance, inside its own value: legal bytes that no writer makes. */
static void
template_forward(struct wchunk *c, const void *context)
{
	size_t offset_at, descriptors, began;

	(void)context;
	wxml_fragment(c);
	wchunk_bytes(c, SLICE("\x0C\x01\xF0\x0D\xCA\xFE"));
	offset_at = c->at;
	wchunk_u32(c, 0);
	descriptors = wxml_values(c, 1);
	began = c->at;
	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true);
	wchunk_patch_u32(c, offset_at, (uint32_t)began + 4 + 10);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
	wxml_end(c);
	wxml_value_is(c, descriptors, 0, WRITER_BINXML, began);
	wxml_end(c);
}

/* Its own next-in-bucket, and a body size that leaves the chunk. */
static void
template_loop(struct wchunk *c, const void *context)
{
	size_t header;

	(void)context;
	wxml_fragment(c);
	header = c->at + 10;
	broken_define_data(c, &broken_guid, WRITER_STRING, 1, true);
	wchunk_patch_u32(c, header, (uint32_t)header);
	wchunk_patch_u32(c, header + 20, 0x7FFFFFFF);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, SLICE("x\0"));
	wxml_end(c);
}

static void
small_instance(struct wchunk *c, const struct guid *guid, struct slice utf16)
{
	wxml_fragment(c);
	broken_define_data(c, guid, WRITER_STRING, 1, true);
	wxml_value(c, wxml_values(c, 1), 0, WRITER_STRING, utf16);
}

/* A 0x21 value made of two instances, as TraceLogging events have it, or of bare elements, as CAPI2 has it. */
static void
embedded(struct wchunk *c, const void *context)
{
	const bool *bare = context;
	size_t descriptors, began;

	wxml_fragment(c);
	broken_define_data(c, &broken_guid, WRITER_BINXML, 1, true);
	descriptors = wxml_values(c, 1);
	began = c->at;
	if (*bare) {
		struct wxml_element e = plain_open(c, SLICE("Bare"));

		wxml_value_text(c, SLICE("no dependency id here"), false);
		wxml_close(c, &e);
	} else {
		small_instance(c, &other_guid, SLICE("1\0"));
		small_instance(c, &other_guid, SLICE("2\0"));
	}
	wxml_end(c);
	wxml_value_is(c, descriptors, 0, WRITER_BINXML, began);
	wxml_end(c);
}

/* Text next to a substitution, and two of them in one element. */
static void
mixed_content(struct wchunk *c, const void *context)
{
	struct wxml_definition d;
	size_t descriptors;

	(void)context;
	wxml_fragment(c);
	if (wxml_instance(c, &broken_guid, &d)) {
		struct wxml_element event;

		wxml_fragment(c);
		event = wxml_open(c, SLICE("Event"), 1, true);
		wxml_attribute(c, SLICE("k"), false);
		wxml_value_text(c, SLICE("text and "), true);
		wxml_substitution(c, 0, WRITER_STRING, true);
		wxml_content(c, &event);
		wxml_value_text(c, SLICE("before "), true);
		wxml_substitution(c, 0, WRITER_STRING, true);
		wxml_value_text(c, SLICE(" between "), true);
		wxml_substitution(c, 1, WRITER_U32, true);
		wxml_close(c, &event);
		wxml_end(c);
		wxml_definition_end(c, &d);
	}
	descriptors = wxml_values(c, 2);
	wxml_value(c, descriptors, 0, WRITER_STRING, SLICE("v\0"));
	wxml_value(c, descriptors, 1, WRITER_U32, SLICE("\x07\0\0\0"));
	wxml_end(c);
}

static const struct slice raws[] = {
	{ (const uint8_t *)"\x07\x05\0<\0[\0a\0&\0]\0", 13 },
	{ (const uint8_t *)"\x47\x01\0a\0\x07\x01\0b\0", 10 },
	{ (const uint8_t *)"\x08\x41\x00\x48\x00\xD8\x08\x00\x00", 9 },
	{ (const uint8_t *)"\x1F\x2F\x3F", 3 },
	{ (const uint8_t *)"\x05\x01\xFF\xFF" "x\0", 6 },
	{ (const uint8_t *)"\x05\x02\x01\x00x\0", 6 },
	{ (const uint8_t *)"\x0F\x01\x01\x00", 4 },
	{ (const uint8_t *)"\x0F\x09\x09\x09\x01", 5 },
	{ (const uint8_t *)"", 0 },
	{ (const uint8_t *)"\x00\x00\x00\x00", 4 },
	{ (const uint8_t *)"\x0D\x00\x00\x01\x0E\x00\x00\x01", 8 },
};

static const size_t depths[] = { DEEP, 250, 1000 };
static const uint32_t offsets[] = { 0, 64, 65535, 0xFFFFFFF0, 300, 65530, 700 };
static const uint32_t sizes[] = { 0, 3, 0x7FFFFFFF, 0xFFFFFFFF, VALUE_COUNT_WRAP, 4097 };
static const struct bomb bombs[] = { { 8, 5 }, { 8, 8 }, { 2, 20 }, { 10, 60 }, { 1, 60 } };
static const bool yes_no[] = { false, true };

#define AROUND(function, data) .build = build_around, .context = &(const struct body_form){ function, data }
#define ALONE(function, data) .build = build_alone, .context = &(const struct body_form){ function, data }

/* clang-format off */
static const struct broken_form forms[] = {
	{ "value-types", "every type with its right size", .build = broken_build_values,
		.context = &broken_values[BROKEN_VALUES_GOOD] },
	{ "value-arrays", "every type as an array", .build = broken_build_values,
		.context = &broken_values[BROKEN_VALUES_ARRAYS] },
	{ "value-wrong", "sizes that no value of the type has, types that do not exist", .build = broken_build_values,
		.context = &broken_values[BROKEN_VALUES_WRONG] },
	{ "value-texts", "byte order marks alone (libevtx crashes), inner NUL, lone surrogates, ESC", .build = broken_build_values,
		.context = &broken_values[BROKEN_VALUES_TEXTS] },
	{ "value-null-sized", "a NULL descriptor with 16 bytes, which must be skipped: content is ok", AROUND(null_with_size, NULL) },
	{ "value-normal-null", "normal substitution of NULL: empty text, element stays", AROUND(normal_null, NULL) },
	{ "value-none", "index out of range: reads as NULL", AROUND(no_values, NULL) },
	{ "value-beyond", "a descriptor says 65,534 bytes", AROUND(value_beyond, NULL) },
	{ "value-count-wrap", "0x40000000 values: times four is 0 in 32 bits (24 GB in libevtx)", AROUND(value_count, &sizes[4]) },
	{ "value-count-max", "2^32-1 values", AROUND(value_count, &sizes[3]) },
	{ "value-count-4097", "4,097 values where there is one", AROUND(value_count, &sizes[5]) },
	{ "value-self", "a BinXML value that substitutes itself (stack overflow in libevtx)", AROUND(self_reference, NULL) },
	{ "embedded-two", "two template instances in one BinXML value: both count", AROUND(embedded, &yes_no[0]) },
	{ "embedded-bare", "a BinXML value that is a bare element without dependency ids", AROUND(embedded, &yes_no[1]) },
	{ "bomb-8-5", "8 substitutions in each of 5 levels: 0.6 MB of XML", AROUND(expansion_bomb, &bombs[0]) },
	{ "bomb-8-8", "8 in 8 levels", AROUND(expansion_bomb, &bombs[1]) },
	{ "bomb-2-20", "2 in 20 levels", AROUND(expansion_bomb, &bombs[2]) },
	{ "bomb-10-60", "10 in 60 levels", AROUND(expansion_bomb, &bombs[3]) },
	{ "bomb-1-60", "60 instances in one another, without multiplication", AROUND(expansion_bomb, &bombs[4]) },
	{ "bomb-array", "1,000 elements that each repeat 20,000 strings", ALONE(array_bomb, NULL) },
	{ "deep-250", "250 elements in one another", AROUND(plain_deep, &depths[1]) },
	{ "deep-1000", "1,000 elements in one another", AROUND(plain_deep, &depths[2]) },
	{ "deep-4900", "4,900 elements in one another", ALONE(plain_deep, &depths[0]) },
	{ "plain-references", "no template; attributes of several parts, of none, of an empty text", AROUND(plain_references, NULL) },
	{ "plain-cdata", "a CDATA section", AROUND(plain_content, &raws[0]) },
	{ "plain-cdata-chain", "two CDATA sections, the first with the more bit", AROUND(plain_content, &raws[1]) },
	{ "plain-char", "character references: A, a lone surrogate, NUL", AROUND(plain_content, &raws[2]) },
	{ "plain-pi", "processing instruction, and an entity that does not exist", AROUND(plain_pi, NULL) },
	{ "plain-token", "tokens that do not exist", AROUND(plain_content, &raws[3]) },
	{ "plain-text-long", "a text that leaves the chunk", AROUND(plain_content, &raws[4]) },
	{ "plain-text-type", "a value text of another type than string", AROUND(plain_content, &raws[5]) },
	{ "plain-substitution", "substitutions where there are no values", AROUND(plain_content, &raws[10]) },
	{ "body-header-only", "a fragment header and nothing", AROUND(raw_body, &raws[6]) },
	{ "body-header-odd", "a fragment header of version 9.9", AROUND(raw_body, &raws[7]) },
	{ "body-empty", "no BinXML at all", AROUND(raw_body, &raws[8]) },
	{ "body-ends", "only end tokens", AROUND(raw_body, &raws[9]) },
	{ "element-size-zero", "element size 0", AROUND(plain_element_size, &sizes[0]) },
	{ "element-size-small", "element size 3", AROUND(plain_element_size, &sizes[1]) },
	{ "element-size-huge", "element size 2^31-1", AROUND(plain_element_size, &sizes[2]) },
	{ "list-size-zero", "attribute list size 0", AROUND(plain_list_size, &sizes[0]) },
	{ "list-size-huge", "attribute list size 2^32-1", AROUND(plain_list_size, &sizes[3]) },
	{ "name-zero", "name at offset 0", AROUND(plain_name_at, &offsets[0]) },
	{ "name-header", "name inside the chunk header", AROUND(plain_name_at, &offsets[1]) },
	{ "name-end", "name at the last byte of the chunk", AROUND(plain_name_at, &offsets[2]) },
	{ "name-outside", "name far outside the chunk", AROUND(plain_name_at, &offsets[3]) },
	{ "name-foreign", "name inside the bytes of another record", AROUND(plain_name_at, &offsets[6]) },
	{ "name-loop", "a name that is next to itself in its bucket", AROUND(plain_name_loop, NULL) },
	{ "name-long", "a name of 65,535 characters", AROUND(plain_name_long, NULL) },
	{ "template-mismatch", "instance id is not that of the definition", AROUND(template_mismatch, NULL) },
	{ "template-zero", "definition at offset 0", AROUND(template_at, &offsets[0]) },
	{ "template-outside", "definition outside the chunk", AROUND(template_at, &offsets[3]) },
	{ "template-end", "definition header leaves the chunk", AROUND(template_at, &offsets[5]) },
	{ "template-foreign", "definition inside the chunk's tables", AROUND(template_at, &offsets[4]) },
	{ "template-forward", "definition behind the instance, inside its own value", AROUND(template_forward, NULL) },
	{ "template-loop", "definition next to itself, body size 2^31-1", AROUND(template_loop, NULL) },
	{ "content-mixed", "text and two substitutions in one element, and in an attribute", AROUND(mixed_content, NULL) },
};
/* clang-format on */

const struct broken_form *
broken_body(size_t i)
{
	return i < ARRAY_LEN(forms) ? &forms[i] : NULL;
}
