/* SPDX-License-Identifier: Apache-2.0 */
/* A record as one JSON object, in the shape of evtx_dump 0.12 -o jsonl: what an element holds is null, a text or a
 * number, or an object with "#attributes", "#text" and a member for each child; a name that comes again gets _1, _2;
 * in EventData and UserData, Data elements become members named by their Name attribute, or one list where none has a
 * name.  Where that tool loses something, we do not: text behind a NUL stays, Data without a name beside named ones
 * stays, and Data elements of one name get a suffix, too. */
#include "evtx/render.h"

#include "evtx/plan.h"
#include "base/escape.h"
#include "base/filetime.h"
#include "base/limits.h"
#include "base/table.h"
#include "base/utf.h"

#include <stdio.h>

struct json {
	struct buf *out;
	struct buf text; /* one text before it is escaped */
	struct buf key;  /* name of a member */
	bool too_deep;
	bool no_memory;
};

/* The names of one object's members: a filter that says "surely new" for nearly all of them, and a table, made at the
 * first doubt: making one costs a system call. */
enum { SEEN_WORDS = 16 };
struct names {
	uint64_t seen[SEEN_WORDS];
	struct table table;
	bool exact;
};

static bool
is_text(const struct node *node)
{
	return node->kind == NODE_VALUE || node->kind == NODE_CDATA;
}

static bool
is_empty(const struct value *value)
{
	if (value->type == VALUE_NULL || value->raw.len == 0)
		return true;
	return value->type == VALUE_STRING && value_utf16(value).len == 0;
}

static bool
holds_text(const struct node *list)
{
	for (; list; list = list->next) {
		if (is_text(list) && !is_empty(&list->value))
			return true;
	}
	return false;
}

static bool
holds_elements(const struct node *list)
{
	for (; list; list = list->next) {
		if (list->kind == NODE_ELEMENT)
			return true;
	}
	return false;
}

static bool
any_attribute(const struct node *element)
{
	for (const struct node *a = element->attributes; a; a = a->next) {
		if (holds_text(a->children))
			return true;
	}
	return false;
}

/* --- values --- */

/* Integers and booleans stand without quotes, when their bytes are a number of that type: the sizes of each, as bits. */
static const uint8_t bare_sizes[] = {
	[VALUE_INT8] = 1, [VALUE_UINT8] = 1, [VALUE_INT16] = 2, [VALUE_UINT16] = 2, [VALUE_INT32] = 4,
	[VALUE_UINT32] = 4, [VALUE_INT64] = 8, [VALUE_UINT64] = 8, [VALUE_BOOL] = 1 | 2 | 4 | 8,
};

static bool
append_bare(struct json *j, const struct value *value)
{
	size_t size = value->raw.len;
	uint64_t number;

	if (value->type >= ARRAY_LEN(bare_sizes) || size > 8 || (size & (size - 1)) || !(bare_sizes[value->type] & size))
		return false;
	if (value->type != VALUE_BOOL && value_to_u64(value, &number))
		buf_decimal(j->out, number);
	else
		value_append_text(value, j->out);
	return true;
}

static void
append_string(struct json *j, struct slice utf16)
{
	uint8_t *room;

	if (ESCAPE_JSON_ROOM(utf16.len) > j->out->max - j->out->len) { /* it may still fit exactly */
		buf_reset(&j->text);
		utf_append_utf16le(&j->text, utf16);
		escape_json(j->out, buf_view(&j->text));
		return;
	}
	room = buf_room(j->out, ESCAPE_JSON_ROOM(utf16.len));
	if (room)
		j->out->len += escape_json_utf16(room, utf16, utf16.len);
}

static void
append_guid(struct json *j, const struct value *value)
{
	struct guid guid;
	char text[GUID_TEXT];

	if (!value_to_guid(value, &guid)) {
		value_append_text(value, j->out);
		return;
	}
	guid_text_upper(&guid, text);
	buf_append_text(j->out, text);
}

/* Microseconds, as evtx_dump has them: six digits of FILETIME's seven, and three zeros behind SYSTEMTIME's. */
static void
append_time(struct json *j, const struct value *value)
{
	char text[FILETIME_TEXT];
	uint64_t ticks;
	size_t len;

	if (!value_to_ticks(value, &ticks)) {
		value_append_text(value, j->out);
		return;
	}
	len = filetime_text(ticks, text);
	if (text[len - 1] == 'Z')
		text[len - 2] = 'Z', len--;
	buf_append(j->out, slice_from(text, len));
}

/* Inside quotes.  Only texts hold something to escape; the rest is digits, letters and signs. */
static void
append_value(struct json *j, const struct value *value)
{
	switch ((enum value_type)value->type) {
	case VALUE_STRING:
		append_string(j, value_utf16(value));
		return;
	case VALUE_GUID:
		append_guid(j, value);
		return;
	case VALUE_FILETIME:
	case VALUE_SYSTEMTIME:
		append_time(j, value);
		return;
	case VALUE_NULL: case VALUE_ANSI: case VALUE_INT8: case VALUE_UINT8: case VALUE_INT16: case VALUE_UINT16:
	case VALUE_INT32: case VALUE_UINT32: case VALUE_INT64: case VALUE_UINT64: case VALUE_FLOAT: case VALUE_DOUBLE:
	case VALUE_BOOL: case VALUE_BINARY: case VALUE_SIZE: case VALUE_SID: case VALUE_HEX32: case VALUE_HEX64:
	case VALUE_EVTHANDLE: case VALUE_BINXML: case VALUE_EVTXML: case VALUE_ARRAY:
		break;
	}
	buf_reset(&j->text);
	value_append_text(value, &j->text);
	escape_json(j->out, buf_view(&j->text));
}

/* The text among the nodes; elements in between are left out.  One number alone is a JSON number. */
static void
append_content(struct json *j, const struct node *list)
{
	const struct node *only = NULL;
	size_t count = 0;

	for (const struct node *node = list; node; node = node->next) {
		if (is_text(node) && !is_empty(&node->value)) {
			only = node;
			count++;
		}
	}
	if (count == 1 && append_bare(j, &only->value))
		return;
	buf_append_byte(j->out, '"');
	for (const struct node *node = list; node; node = node->next) {
		if (is_text(node))
			append_value(j, &node->value);
	}
	buf_append_byte(j->out, '"');
}

/* --- names --- */

static const struct node *
name_of_data(const struct node *child)
{
	const struct node *name = node_is_named(child, "Data") ? node_attribute(child, "Name") : NULL;

	return name && holds_text(name->children) ? name : NULL;
}

/* The name of the child's member as UTF-16LE: the element's name or one text, as they stand; a Name put together of
 * several parts is made in j->key. */
static struct slice
key_of(struct json *j, const struct node *child, bool in_container)
{
	const struct node *name = in_container ? name_of_data(child) : NULL;
	const struct node *only = name ? name->children : NULL;

	if (!name)
		return child->name;
	if (!only->next && only->kind == NODE_VALUE && only->value.type == VALUE_STRING)
		return value_utf16(&only->value);
	buf_reset(&j->text);
	buf_reset(&j->key);
	node_append_text(name, &j->text);
	utf_append_as_utf16le(&j->key, buf_view(&j->text));
	j->out->failed |= j->text.failed || j->key.failed;
	return buf_view(&j->key);
}

static uint64_t
count_name(struct json *j, struct names *names, struct slice key)
{
	bool added;
	struct table_entry *entry = table_add(&names->table, key, 1, &added);

	if (!entry) {
		j->no_memory = true;
		return 0;
	}
	return added ? 0 : entry->value++;
}

/* Bits of the filter: length and four bytes tell nearly all names of one record apart. */
static bool
maybe_seen(struct names *names, struct slice key)
{
	uint32_t h = (uint32_t)key.len;
	uint64_t *word, bit;
	bool seen;

	for (size_t i = 0; i < 4 && key.len; i++)
		h = h * 31 + key.ptr[(key.len - 1) * i / 3];
	word = &names->seen[(h >> 6) % SEEN_WORDS];
	bit = UINT64_C(1) << (h & 63);
	seen = (*word & bit) != 0;
	*word |= bit;
	return seen;
}

/* How many members of that name the object has already; `key` is that of `child`. */
static uint64_t
suffix_of(struct json *j, struct names *names, const struct node *first, const struct node *child, bool in_container)
{
	struct slice key = key_of(j, child, in_container);
	bool maybe = maybe_seen(names, key);

	if (!names->exact && !maybe)
		return 0;
	if (!names->exact) {
		table_init(&names->table);
		for (; first != child; first = first->next) {
			if (first->kind == NODE_ELEMENT)
				count_name(j, names, key_of(j, first, in_container));
		}
		names->exact = true;
	}
	return count_name(j, names, key_of(j, child, in_container));
}

/* --- elements --- */

/* What stands between { and }: a comma before every member but the first. */
static void
append_comma(struct json *j, size_t begin)
{
	if (j->out->len > begin)
		buf_append_byte(j->out, ',');
}

static void
append_attributes(struct json *j, const struct node *element)
{
	size_t begin;

	buf_append_text(j->out, "\"#attributes\":{");
	begin = j->out->len;
	for (const struct node *a = element->attributes; a; a = a->next) {
		if (!holds_text(a->children))
			continue;
		append_comma(j, begin);
		buf_append_byte(j->out, '"');
		append_string(j, a->name);
		buf_append_text(j->out, "\":");
		append_content(j, a->children);
	}
	buf_append_byte(j->out, '}');
}

static void append_element(struct json *j, const struct node *element, bool is_container, unsigned depth);

/* Empty Data is an empty text, other empty elements are null. */
static void
append_data(struct json *j, const struct node *data, unsigned depth)
{
	if (holds_elements(data->children))
		append_element(j, data, false, depth);
	else
		append_content(j, data->children);
}

static bool
is_plain_data(const struct node *node)
{
	return node->kind == NODE_ELEMENT && node_is_named(node, "Data") && !name_of_data(node);
}

/* All Data without a name, where the first of them stands. */
static void
append_list(struct json *j, const struct node *first, unsigned depth)
{
	size_t count = 0, begin;

	for (const struct node *node = first; node; node = node->next)
		count += is_plain_data(node);
	buf_append_text(j->out, "{\"#text\":");
	if (count > 1)
		buf_append_byte(j->out, '[');
	begin = j->out->len;
	for (const struct node *node = first; node; node = node->next) {
		if (!is_plain_data(node))
			continue;
		append_comma(j, begin);
		append_data(j, node, depth);
	}
	buf_append_text(j->out, count > 1 ? "]}" : "}");
}

static void
append_key(struct json *j, struct slice key, uint64_t suffix)
{
	buf_append_byte(j->out, '"');
	append_string(j, key);
	if (suffix) {
		buf_append_byte(j->out, '_');
		buf_decimal(j->out, suffix);
	}
	buf_append_text(j->out, "\":");
}

static void
append_members(struct json *j, const struct node *element, bool is_container, size_t begin, unsigned depth)
{
	struct names names = { .exact = false };
	bool listed = false;

	for (const struct node *child = element->children; child && !j->out->failed; child = child->next) {
		bool is_data, plain;
		uint64_t suffix;

		if (child->kind != NODE_ELEMENT)
			continue;
		is_data = is_container && node_is_named(child, "Data");
		plain = is_data && is_plain_data(child);
		if (plain && listed)
			continue;
		append_comma(j, begin);
		suffix = suffix_of(j, &names, element->children, child, is_container);
		append_key(j, key_of(j, child, is_container), suffix);
		listed |= plain;
		if (plain)
			append_list(j, child, depth + 1);
		else if (is_data)
			append_data(j, child, depth + 1);
		else
			append_element(j, child, node_is_named(child, "EventData") || node_is_named(child, "UserData"), depth + 1);
	}
	if (names.exact)
		table_fini(&names.table);
}

static void
append_object(struct json *j, const struct node *element, bool is_container, bool has_attributes, unsigned depth)
{
	size_t begin;

	buf_append_byte(j->out, '{');
	begin = j->out->len;
	if (has_attributes)
		append_attributes(j, element);
	if (holds_text(element->children)) {
		append_comma(j, begin);
		buf_append_text(j->out, "\"#text\":");
		append_content(j, element->children);
	}
	append_members(j, element, is_container, begin, depth);
	buf_append_byte(j->out, '}');
}

static void
append_element(struct json *j, const struct node *element, bool is_container, unsigned depth)
{
	bool has_attributes = any_attribute(element);

	if (depth > LIMIT_ELEMENT_DEPTH)
		j->too_deep = j->out->failed = true;
	else if (has_attributes || holds_elements(element->children))
		append_object(j, element, is_container, has_attributes, depth);
	else if (holds_text(element->children))
		append_content(j, element->children);
	else
		buf_append_text(j->out, "null");
}

static void
append_root(struct json *j, const struct node *root)
{
	if (!root) {
		buf_append_text(j->out, "{}");
		return;
	}
	buf_append_byte(j->out, '{');
	append_key(j, key_of(j, root, false), 0);
	append_element(j, root, false, 1);
	buf_append_byte(j->out, '}');
}

static bool
tell(const struct json *j, struct err *err)
{
	if (j->too_deep)
		return err_set(err, ERR_LIMIT, 0, "more than %d elements inside one another", LIMIT_ELEMENT_DEPTH);
	if (j->no_memory)
		return err_nomem(err);
	return err_set(err, ERR_LIMIT, 0, "the record takes more than %d bytes as JSON", LIMIT_RECORD_OUTPUT);
}

static bool
render_tree(const struct record *record, struct buf *out, struct err *err)
{
	struct json j = { .out = out };
	size_t begin = out->len, max = out->max;
	const struct node *root;
	bool ok;

	if (!record_tree(record, &root, err))
		return false;
	buf_init(&j.text, LIMIT_RECORD_OUTPUT);
	buf_init(&j.key, LIMIT_RECORD_OUTPUT);
	if (max - begin > LIMIT_RECORD_OUTPUT)
		out->max = begin + LIMIT_RECORD_OUTPUT;
	append_root(&j, root);
	out->max = max;
	ok = !out->failed && !j.text.failed && !j.no_memory;
	buf_fini(&j.text);
	buf_fini(&j.key);
	if (ok)
		return true;
	out->len = begin;
	return tell(&j, err);
}

bool
render_json(const struct record *record, struct buf *out, struct err *err)
{
	return (record->plan && plan_render_json(record->plan, out)) || render_tree(record, out, err);
}
