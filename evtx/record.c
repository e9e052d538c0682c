/* SPDX-License-Identifier: Apache-2.0 */
/* From a record's tree to what the rest of the program asks for: the System fields as numbers and texts, and the
 * payload as a list of named texts (evtx-format.md 2.10, 2.11 and 8).
 *
 * What becomes a field, in document order: every element below the root's children (System and RenderingInfo left
 * out) that holds no other element, named by its tag, or by its Name attribute where it is a Data; its other attributes
 * as Tag_Attribute.  Attributes that only name or declare something (xmlns, Name and Type of Data, those of EventData
 * and its like) are no fields.  RenderingInfo repeats the event in one language, so its words would be matched a second
 * time, between words of a message file; it is read only where an event has nothing else, and then as
 * RenderingInfo.Message and so on. */
#include "evtx/record.h"

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf.h"
#include "evtx/plan.h"
#include "evtx/record_rows.h"

#include <stddef.h>

enum { SHORT_TEXT = 256 }; /* a SID, a time, a number: longer ones take the slow way */

/* In the order in which Windows writes them. */
const struct record_row record_rows[RECORD_ROWS] = {
#define NUMBER(member) ROW_NUMBER, sizeof(((struct record_system *)NULL)->member), offsetof(struct record_system, member)
#define OTHER(kind, member) kind, 0, offsetof(struct record_system, member)
#define HAS(member) offsetof(struct record_system, has.member)
	{ "Provider", "Name", OTHER(ROW_TEXT, provider), 0 },
	{ "EventID", NULL, NUMBER(event_id), HAS(event_id) },
	{ "Version", NULL, NUMBER(version), 0 },
	{ "Level", NULL, NUMBER(level), HAS(level) },
	{ "Task", NULL, NUMBER(task), 0 },
	{ "Opcode", NULL, NUMBER(opcode), 0 },
	{ "Keywords", NULL, NUMBER(keywords), 0 },
	{ "TimeCreated", "SystemTime", OTHER(ROW_TIME, time), HAS(time) },
	{ "EventRecordID", NULL, NUMBER(record_id), HAS(record_id) },
	{ "Correlation", "ActivityID", OTHER(ROW_GUID, activity_id), HAS(activity_id) },
	{ "Correlation", "RelatedActivityID", OTHER(ROW_GUID, related_activity_id), 0 },
	{ "Execution", "ProcessID", NUMBER(process_id), HAS(process_id) },
	{ "Execution", "ThreadID", NUMBER(thread_id), HAS(thread_id) },
	{ "Channel", NULL, OTHER(ROW_TEXT, channel), 0 },
	{ "Computer", NULL, OTHER(ROW_TEXT, computer), 0 },
	{ "Security", "UserID", OTHER(ROW_TEXT, user_sid), 0 },
#undef NUMBER
#undef OTHER
#undef HAS
};

static bool
is_text(const struct node *node)
{
	return node->kind == NODE_VALUE || node->kind == NODE_CDATA;
}

/* The first value of an element or attribute that is not NULL; its only one, in every real record. */
static const struct value *
first_value(const struct node *node)
{
	for (const struct node *part = node->children; part; part = part->next) {
		if (is_text(part) && part->value.type != VALUE_NULL)
			return &part->value;
	}
	return NULL;
}

static bool
arena_full(const struct arena *arena, size_t len, struct err *err)
{
	if (len < arena->limit - arena->used)
		return err_nomem(err);
	return err_set(err, ERR_LIMIT, 0, "the texts of the record need more than %zu bytes", arena->limit);
}

static bool
long_text(const struct node *node, struct arena *arena, struct slice *text, struct err *err)
{
	struct buf whole;
	bool ok;

	buf_init(&whole, LIMIT_RECORD_OUTPUT);
	node_append_text(node, &whole);
	ok = whole.failed ? err_set(err, ERR_LIMIT, 0, "a text of more than %d bytes in System", LIMIT_RECORD_OUTPUT)
			  : arena_copy(arena, buf_view(&whole), text) || arena_full(arena, whole.len, err);
	buf_fini(&whole);
	return ok;
}

/* Straight into the arena: a unit of UTF-16 is at most three bytes of WTF-8, everything else here is short. */
static bool
read_text(const struct node *node, struct arena *arena, struct slice *text, struct err *err)
{
	const struct node *only = node->children;
	bool is_string = only && !only->next && only->kind == NODE_VALUE && only->value.type == VALUE_STRING;
	size_t room = is_string ? only->value.raw.len / 2 * 3 : SHORT_TEXT;
	struct buf out = { .capacity = room, .max = room };

	if (!only || !room)
		return true;
	out.ptr = arena_alloc(arena, room, 1);
	if (!out.ptr)
		return arena_full(arena, room, err);
	node_append_text(node, &out);
	if (out.failed)
		return long_text(node, arena, text, err);
	*text = buf_view(&out);
	return true;
}

/* A number that does not fit its field is none. */
static bool
store_number(uint64_t number, uint8_t size, void *field)
{
	uint8_t u8 = (uint8_t)number;
	uint16_t u16 = (uint16_t)number;
	uint32_t u32 = (uint32_t)number;

	switch (size) {
	case 1:
		memcpy(field, &u8, sizeof(u8));
		return u8 == number;
	case 2:
		memcpy(field, &u16, sizeof(u16));
		return u16 == number;
	case 4:
		memcpy(field, &u32, sizeof(u32));
		return u32 == number;
	default:
		memcpy(field, &number, sizeof(number));
		return true;
	}
}

static bool
read_number(const struct value *value, const struct record_row *row, void *field)
{
	uint64_t number;

	if (!value || !value_to_u64(value, &number))
		return false;
	if (store_number(number, row->size, field))
		return true;
	store_number(0, row->size, field);
	return false;
}

static bool
read_field(const struct node *node, const struct record_row *row, struct record_system *system, struct arena *arena, struct err *err)
{
	void *field = (char *)system + row->field;
	const struct value *value = first_value(node);
	bool there = false;

	switch (row->kind) {
	case ROW_NUMBER:
		there = read_number(value, row, field);
		break;
	case ROW_TIME:
		there = value && value_to_ticks(value, field);
		break;
	case ROW_GUID:
		there = value && value_to_guid(value, field);
		break;
	case ROW_TEXT:
		return read_text(node, arena, field, err);
	}
	if (row->has)
		*(bool *)((char *)system + row->has) = there;
	return true;
}

bool
record_set_row(struct record_system *system, const struct record_row *row, const struct value *value, struct arena *arena,
	struct err *err)
{
	struct node part = { .kind = NODE_VALUE, .value = *value }, holder = { .kind = NODE_ATTRIBUTE, .children = &part };

	return read_field(&holder, row, system, arena, err);
}

/* All rows of one element; *seen keeps a second element of that name from replacing the first. */
static bool
read_element(const struct node *element, size_t first, uint32_t *seen, struct record_system *system, struct arena *arena,
	struct err *err)
{
	for (size_t i = first; i < RECORD_ROWS && strcmp(record_rows[i].element, record_rows[first].element) == 0; i++) {
		const struct node *node = record_rows[i].attribute ? node_attribute(element, record_rows[i].attribute) : element;

		if (!node || *seen >> i & 1)
			continue;
		*seen |= UINT32_C(1) << i;
		if (!read_field(node, &record_rows[i], system, arena, err))
			return false;
	}
	return true;
}

bool
record_read_system(struct record *record, struct arena *arena, struct err *err)
{
	const struct node *system = record->tree ? node_child(record->tree, "System") : NULL;
	const struct node *child = system ? system->children : NULL;
	uint32_t seen = 0;

	record->system = (struct record_system){ .time = 0 };
	for (size_t at = 0; child; child = child->next) {
		if (child->kind != NODE_ELEMENT)
			continue;
		/* The search begins where the last one ended, so that the usual order needs no search. */
		for (size_t tried = 0; tried < RECORD_ROWS; tried++, at = (at + 1) % RECORD_ROWS) {
			if (!node_is_named(child, record_rows[at].element))
				continue;
			if (!read_element(child, at, &seen, &record->system, arena, err))
				return false;
			break;
		}
	}
	return true;
}

/* --- the payload --- */

/* Texts are collected in one buffer, in the order of the fields, name before text; the slices get their pointers when
 * it is complete. */
struct fields {
	struct buf texts;
	struct record_field *list; /* NULL while they are only counted */
	size_t count;
	const char *prefix; /* in front of every name */
	bool too_deep;
};

static bool
holds_elements(const struct node *element)
{
	for (const struct node *child = element->children; child; child = child->next) {
		if (child->kind == NODE_ELEMENT)
			return true;
	}
	return false;
}

/* Anything but blanks: an element with children may be laid out with line ends between them. */
static bool
holds_text(const struct node *element)
{
	for (const struct node *part = element->children; part; part = part->next) {
		for (size_t i = 0; is_text(part) && i < part->value.raw.len; i++) {
			uint8_t byte = part->value.raw.ptr[i];

			if (byte != 0 && byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n')
				return true;
		}
	}
	return false;
}

/* NULL is a value that is there and says "nothing"; no value at all is empty text. */
static bool
is_null(const struct node *element)
{
	bool any = false;

	for (const struct node *part = element->children; part; part = part->next) {
		if (part->kind != NODE_VALUE || part->value.type != VALUE_NULL)
			return false;
		any = true;
	}
	return any;
}

static struct slice
exact_text(const struct node *node)
{
	const struct node *only = node->children;

	return only && !only->next && only->kind == NODE_VALUE ? value_utf16(&only->value) : SLICE_EMPTY;
}

static void
append_name(struct fields *f, const struct node *element, const struct node *attribute)
{
	buf_append_text(&f->texts, f->prefix);
	utf_append_utf16le(&f->texts, element->name);
	if (attribute) {
		buf_append_byte(&f->texts, '_');
		utf_append_utf16le(&f->texts, attribute->name);
	}
}

/* `source` holds the text: the element, or its attribute. */
static void
add(struct fields *f, const struct node *element, const struct node *attribute, const struct node *named_by)
{
	const struct node *source = attribute ? attribute : element;
	size_t begin = f->texts.len, middle;

	f->count++;
	if (!f->list)
		return;
	if (named_by)
		node_append_text(named_by, &f->texts);
	if (f->texts.len == begin)
		append_name(f, element, attribute);
	middle = f->texts.len;
	node_append_text(source, &f->texts);
	if (f->texts.failed)
		return;
	f->list[f->count - 1] = (struct record_field){
		.name.len = middle - begin,
		.text.len = f->texts.len - middle,
		.utf16 = exact_text(source),
		.null = is_null(source),
	};
}

bool
record_is_payload_attribute(const struct node *attribute, bool is_data)
{
	static const uint8_t xmlns[] = { 'x', 0, 'm', 0, 'l', 0, 'n', 0, 's', 0 };

	if (attribute->kind != NODE_ATTRIBUTE || slice_starts_with(attribute->name, slice_from(xmlns, sizeof(xmlns))))
		return false;
	return !is_data || !(node_is_named(attribute, "Name") || node_is_named(attribute, "Type"));
}

/* An element whose data stands in its attributes has no text to tell of; one without either is there, and empty. */
static void
add_element(struct fields *f, const struct node *element, bool is_leaf)
{
	bool is_data = node_is_named(element, "Data"), only_attributes = false;

	for (const struct node *a = element->attributes; a; a = a->next)
		only_attributes |= record_is_payload_attribute(a, is_data);
	if (holds_text(element) || (is_leaf && (is_data || !only_attributes)))
		add(f, element, NULL, is_data ? node_attribute(element, "Name") : NULL);
	for (const struct node *a = element->attributes; a; a = a->next) {
		if (record_is_payload_attribute(a, is_data))
			add(f, element, a, NULL);
	}
}

static void
walk(struct fields *f, const struct node *element, unsigned depth)
{
	if (depth > LIMIT_ELEMENT_DEPTH) {
		f->too_deep = true;
		return;
	}
	for (const struct node *child = element->children; child && !f->texts.failed; child = child->next) {
		bool is_leaf;

		if (child->kind != NODE_ELEMENT)
			continue;
		is_leaf = !holds_elements(child);
		add_element(f, child, is_leaf);
		if (!is_leaf)
			walk(f, child, depth + 1);
	}
}

/* EventData, UserData and their like: text directly in them, which none should have, is a field too. */
static void
walk_part(struct fields *f, const struct node *part)
{
	if (holds_text(part))
		add(f, part, NULL, NULL);
	walk(f, part, 1);
}

static void
walk_payload(struct fields *f, const struct node *root)
{
	const struct node *rendering = NULL;

	f->count = 0;
	f->prefix = "";
	for (const struct node *part = root->children; part; part = part->next) {
		if (part->kind != NODE_ELEMENT || node_is_named(part, "System"))
			continue;
		if (node_is_named(part, "RenderingInfo"))
			rendering = part;
		else
			walk_part(f, part);
	}
	if (f->count || !rendering)
		return;
	f->prefix = "RenderingInfo.";
	walk_part(f, rendering);
}

static void
point_into(struct slice texts, struct record_field *fields, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		fields[i].name.ptr = texts.ptr + at;
		at += fields[i].name.len;
		fields[i].text.ptr = texts.ptr + at;
		at += fields[i].text.len;
	}
}

bool
record_read_words(const struct record *record, struct buf *out)
{
	return record->plan && plan_read_words(record->plan, out);
}

bool
record_read_fields(const struct record *record, struct arena *arena, struct record_field **fields, size_t *count,
	struct err *err)
{
	struct fields f = { .list = NULL };
	const struct node *root = NULL;
	struct slice texts;
	bool ok = true, done = false;

	*count = 0;
	*fields = NULL;
	if (record->plan && !plan_read_fields(record->plan, arena, fields, count, &done, err))
		return false;
	if (done)
		return true;
	if (!record_tree(record, &root, err))
		return false;
	if (!root)
		return true;
	buf_init(&f.texts, LIMIT_RECORD_OUTPUT);
	walk_payload(&f, root);
	if (f.too_deep)
		return err_set(err, ERR_LIMIT, 0, "more than %d elements inside one another", LIMIT_ELEMENT_DEPTH);
	f.list = ARENA_ARRAY(arena, struct record_field, f.count + 1);
	if (!f.list)
		return arena_full(arena, f.count * sizeof(*f.list), err);
	walk_payload(&f, root);
	if (f.texts.failed)
		ok = err_set(err, ERR_LIMIT, 0, "the fields have more than %d bytes of text", LIMIT_RECORD_OUTPUT);
	else if (!arena_copy(arena, buf_view(&f.texts), &texts))
		ok = arena_full(arena, f.texts.len, err);
	if (ok) {
		point_into(texts, f.list, f.count);
		*fields = f.list;
		*count = f.count;
	}
	buf_fini(&f.texts);
	return ok;
}

const char *
record_flag_name(unsigned *flags)
{
	static const char *const names[] = { "beyond-free-space", "bad-chunk-checksum", "dirty-log", "no-template", "long-padding",
		"bad-chunk-header", "size-copy-differs", "residual", "hidden", "template-from-elsewhere", "template-built-in",
		"carved", "torn-text", [14] = "contradicts-live", "other-reader" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i] && *flags >> i & 1) {
			*flags &= ~(1u << i);
			return names[i];
		}
	}
	return NULL;
}
