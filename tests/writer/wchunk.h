/* SPDX-License-Identifier: Apache-2.0 */
/* A chunk that is being filled, and the BinXML tokens to fill it with.  The string and template tables are the only
 * index: a name or template is looked up by walking its bucket's chain in the chunk's own bytes, as a reader could.
 * Past the end nothing is written and `overflow` is set: write a whole record, ask once, rewind when it is. */
#ifndef TESTS_WRITER_WCHUNK_H
#define TESTS_WRITER_WCHUNK_H

#include "base/guid.h"
#include "base/limits.h"
#include "base/slice.h"

enum { WCHUNK_NAMES = 64, WCHUNK_TEMPLATES = 32 };

/* Dependency ids: only elements of a template definition have one. */
enum { WXML_NO_DEPENDENCY_FIELD = -1, WXML_DEPENDS_ON_NOTHING = 0xFFFF };

struct wchunk_mark {
	size_t at;
	uint32_t names[WCHUNK_NAMES], templates[WCHUNK_TEMPLATES]; /* heads of the buckets */
};

struct wchunk {
	uint8_t bytes[LIMIT_CHUNK];
	size_t at; /* where the next byte goes */
	bool overflow;
	uint32_t names[WCHUNK_NAMES], templates[WCHUNK_TEMPLATES];
	size_t record_at;  /* the record being written or last written */
	size_t before_at;  /* the record before it */
	size_t count;
	uint64_t first_number, first_id, last_id;
};

/* An element whose sizes are still open. */
struct wxml_element {
	size_t size_at;
	size_t list_at; /* 0: no attribute list */
};

/* --- bytes --- */
void wchunk_begin(struct wchunk *c, uint64_t first_number, bool keep_slack);
void wchunk_bytes(struct wchunk *c, struct slice s);
void wchunk_u8(struct wchunk *c, uint8_t v);
void wchunk_u16(struct wchunk *c, uint16_t v);
void wchunk_u32(struct wchunk *c, uint32_t v);
void wchunk_u64(struct wchunk *c, uint64_t v);
void wchunk_patch_u16(struct wchunk *c, size_t at, uint16_t v);
void wchunk_patch_u32(struct wchunk *c, size_t at, uint32_t v);
struct wchunk_mark wchunk_mark(const struct wchunk *c);
void wchunk_rewind(struct wchunk *c, const struct wchunk_mark *mark);

/* --- records: begin, body, end; end pads, patches the size and counts the record --- */
void wchunk_record_begin(struct wchunk *c, uint64_t id, uint64_t written);
void wchunk_record_end(struct wchunk *c, uint64_t id);
void wchunk_record_size(struct wchunk *c); /* the padding and both sizes alone */

/* Header with tables and checksums. */
void wchunk_finish(struct wchunk *c, uint32_t flags);

/* --- BinXML; texts are WTF-8 --- */
void wxml_fragment(struct wchunk *c); /* 0F 01 01 00 */
void wxml_end(struct wchunk *c);      /* 00 */
void wxml_name(struct wchunk *c, struct slice name); /* reference, and the name itself when it is new */
struct wxml_element wxml_open(struct wchunk *c, struct slice name, int32_t dependency, bool attributes);
void wxml_attribute(struct wchunk *c, struct slice name, bool more);
void wxml_content(struct wchunk *c, struct wxml_element *e);           /* > */
void wxml_close(struct wchunk *c, const struct wxml_element *e);       /* </x> */
void wxml_close_empty(struct wchunk *c, const struct wxml_element *e); /* /> */
void wxml_value_text(struct wchunk *c, struct slice text, bool more);
void wxml_entity(struct wchunk *c, struct slice name, bool more);
void wxml_substitution(struct wchunk *c, uint16_t index, uint8_t type, bool optional);

/* Text with & < > (and " in attributes) as entity tokens between text tokens, the way Windows writes records
 * without template; an empty text writes nothing. */
void wxml_escaped_text(struct wchunk *c, struct slice text, bool attribute);

/* Template instance: true when the definition is new and its body must follow, closed by wxml_definition_end. */
struct wxml_definition {
	size_t header_at;
};
bool wxml_instance(struct wchunk *c, const struct guid *guid, struct wxml_definition *d);
void wxml_definition_end(struct wchunk *c, const struct wxml_definition *d);

/* The values of an instance: begin gives the place of the descriptors; each value then appends its bytes, or writes
 * them itself and calls wxml_value_is with where it began. */
size_t wxml_values(struct wchunk *c, uint32_t count);
void wxml_value(struct wchunk *c, size_t descriptors, size_t index, uint8_t type, struct slice bytes);
void wxml_value_is(struct wchunk *c, size_t descriptors, size_t index, uint8_t type, size_t began);

#endif
