/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/opinion.h"

#include "base/attr.h"
#include "base/limits.h"
#include "evtx/chunk_log.h"
#include "evtx/xml.h"

#include <stdio.h>
#include <stdlib.h>

/* --- what it is known not to read --- */

static bool
has_no_template(const struct record *record)
{
	return record->flags & RECORD_NO_TEMPLATE;
}

static bool
any_record(const struct record *record)
{
	(void)record;
	return true;
}

/* True when the test holds for some value of the tree below (and beside) the node. */
static bool
any_value(const struct node *node, bool in_attribute, unsigned depth, bool (*test)(const struct node *value, bool in_attribute))
{
	if (depth > LIMIT_ELEMENT_DEPTH)
		return false;
	for (; node; node = node->next) {
		if (node->kind == NODE_VALUE && test(node, in_attribute))
			return true;
		if (any_value(node->attributes, true, depth + 1, test) ||
			any_value(node->children, node->kind == NODE_ATTRIBUTE, depth + 1, test))
			return true;
	}
	return false;
}

/* NULL where it cannot be decoded: then nothing is found in it. */
static const struct node *
tree_of(const struct record *record)
{
	const struct node *root;
	struct err err;

	return record_tree(record, &root, &err) ? root : NULL;
}

static bool
is_one_of_several(const struct node *value, bool in_attribute)
{
	return in_attribute && value->next;
}

static bool
has_attribute_of_parts(const struct record *record)
{
	return any_value(tree_of(record), false, 0, is_one_of_several);
}

static bool
is_nothing(const struct node *value, bool in_attribute)
{
	(void)in_attribute;
	return value->value.type == VALUE_NULL;
}

static bool
has_null(const struct record *record)
{
	return any_value(tree_of(record), false, 0, is_nothing);
}

static bool
ends_in_half_a_pair(const struct node *value, bool in_attribute)
{
	struct slice text = value_utf16(&value->value);

	(void)in_attribute;
	return text.len >= 2 && text.ptr[text.len - 1] >= 0xD8 && text.ptr[text.len - 1] < 0xDC;
}

static bool
has_half_a_pair(const struct record *record)
{
	return any_value(tree_of(record), false, 0, ends_in_half_a_pair);
}

/* Why libevtx 20181227 does not read a record (evtx-format.md 6.1, 6.3): what its innermost message holds, what has to
 * be so in the record, and what we say.  The first row that fits is the reason. */
static const struct refusal {
	const char *message;
	bool (*fits)(const struct record *record);
	const char *reason;
} refusals[] = {
	/* the library expects a dependency id in them, and reads the first attribute list two bytes off */
	{ "libfwevt_xml_document_read_", has_no_template, "0x05 in attribute (record without template)" },
	{ "read_attribute: invalid binary XML sub token - unsupported type: 0x49", has_attribute_of_parts,
		"0x49 in attribute (several parts)" },
	{ "read_normal_substitution: unable to substitute", has_null, "normal substitution of NULL" },
	{ "missing surrogate UTF-16 character bytes", has_half_a_pair, "text that ends in half a surrogate pair" },
	{ "read_attribute: invalid binary XML token - unsupported type: 0x0e", any_record, "text beside a substitution" },
	{ "unsupported value type: 0x", any_record, "value type it does not know" },
	{ "unsupported value data size", any_record, "value of another size than its type" },
	{ "unsupported byte stream size", any_record, "value of another size than its type" },
	{ "byte stream too small", any_record, "value of another size than its type" },
	{ "missing UTF-16 stream value", any_record, "value of another size than its type" },
	{ "get_string_size: invalid data size value too small", any_record, "value of another size than its type" },
	{ "invalid template value size value out of bounds", any_record, "value of another size than its type" },
	{ "get_entry_by_index: invalid entry index", any_record, "substitution of a value that is not there" },
	{ "substitute_template_value: invalid binary XML token", any_record, "embedded BinXML without an element" },
	{ "invalid template definition data offset", any_record, "template definition inside a value" },
	{ "libevtx_chunk_read: ", any_record, "chunk header it does not accept" },
};

struct entry {
	uint64_t id, written;
	bool fetched;
};

struct second {
	struct chunk_log *log;
	bool refused;          /* the chunk is */
	struct comparer comparer;
	struct arena arena;    /* of one record */
	struct slice xml;
	struct entry *entries; /* of the list, once a record was not where it was expected */
	bool has_entries;
};

struct second *
second_new(void)
{
	struct second *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	comparer_init(&s->comparer);
	arena_init(&s->arena, LIMIT_RECORD_ARENA);
	s->log = chunk_log_new();
	if (s->log)
		return s;
	second_free(s);
	return NULL;
}

void
second_free(struct second *s)
{
	if (!s)
		return;
	chunk_log_free(s->log);
	comparer_fini(&s->comparer);
	arena_fini(&s->arena);
	free(s->entries);
	free(s);
}

void
second_open(struct second *s, struct slice chunk)
{
	free(s->entries);
	s->entries = NULL;
	s->has_entries = false;
	s->xml = SLICE_EMPTY;
	s->refused = !chunk_log_open(s->log, chunk);
}

void
second_close(struct second *s)
{
	chunk_log_close(s->log);
}

static void
refuse(struct opinion *o, enum opinion_kind kind, const char *reason)
{
	o->kind = kind;
	snprintf(o->reason, sizeof(o->reason), "%.*s", OPINION_REASON - 1, reason);
}

/* The library's message in our words where it is one that we know. */
static void
judge_refusal(const struct second *s, const struct record *record, struct opinion *o)
{
	const char *message = chunk_log_reason(s->log);

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const struct refusal *r = &refusals[i];

		if (!strstr(message, r->message) || !r->fits(record))
			continue;
		refuse(o, OPINION_REFUSED, r->reason);
		return;
	}
	refuse(o, OPINION_NONE, *message ? message : "no reason given");
}

/* --- finding it --- */

static bool
is_held(const struct second *s, const struct record *record)
{
	return chunk_log_id(s->log) == record->number && chunk_log_written(s->log) == record->written;
}

/* Fetches the whole list once: what is where in it. */
static bool
list_entries(struct second *s)
{
	int count = chunk_log_count(s->log);

	if (s->has_entries)
		return s->entries != NULL;
	s->has_entries = true;
	s->entries = calloc((size_t)count + 1, sizeof(*s->entries));
	for (int i = 0; s->entries && i < count; i++) {
		s->entries[i].fetched = chunk_log_fetch(s->log, i);
		s->entries[i].id = chunk_log_id(s->log);
		s->entries[i].written = chunk_log_written(s->log);
	}
	return s->entries != NULL;
}

/* Where the record is in the library's list, when it is not at its own place; -1: nowhere. */
static int
find(struct second *s, const struct record *record)
{
	if (!list_entries(s))
		return -1;
	for (int i = 0; i < chunk_log_count(s->log); i++) {
		const struct entry *e = &s->entries[i];

		if (e->fetched && e->id == record->number && e->written == record->written)
			return i;
	}
	return -1;
}

/* Holds the record.  One that the library cannot fetch has no identifier: where a fetch fails at the record's place,
 * that is taken to be the record. */
static bool
hold(struct second *s, size_t ordinal, const struct record *record, struct opinion *o)
{
	bool there = ordinal < (size_t)chunk_log_count(s->log);
	int at;

	if (there && !chunk_log_fetch(s->log, (int)ordinal)) {
		judge_refusal(s, record, o);
		return false;
	}
	if (there && is_held(s, record))
		return true;
	at = find(s, record);
	if (at >= 0 && chunk_log_fetch(s->log, at) && is_held(s, record))
		return true;
	refuse(o, OPINION_REFUSED, "not in its list of records");
	return false;
}

/* Up to `most` nodes of these and below. */
static size_t
count_nodes(const struct node *node, size_t most)
{
	size_t count = 0;

	for (; node && count < most; node = node->next) {
		count += 1 + count_nodes(node->attributes, most - count - 1);
		count += count < most ? count_nodes(node->children, most - count) : 0;
	}
	return count;
}

/* libevtx takes a thousand times as long for a record made to be large as for any other.  One that cannot be made a tree of is
 * none of these. */
static bool
is_too_large(const struct node *own)
{
	return count_nodes(own, LIMIT_OPINION_NODES + 1) > LIMIT_OPINION_NODES;
}

void
second_read(struct second *s, size_t ordinal, const struct record *record, struct opinion *opinion)
{
	const struct node *own = NULL;
	struct node *root = NULL;
	struct err err = { .code = ERR_OK };
	bool has_tree;

	*opinion = (struct opinion){ .kind = OPINION_NONE };
	arena_reset(&s->arena);
	s->xml = SLICE_EMPTY;
	if (s->refused) {
		judge_refusal(s, record, opinion);
		return;
	}
	has_tree = record_tree(record, &own, &err);
	if (has_tree && is_too_large(own)) {
		char reason[OPINION_REASON];

		snprintf(reason, sizeof(reason), "not asked, for the record has more than %d nodes", LIMIT_OPINION_NODES);
		refuse(opinion, OPINION_NONE, reason);
		return;
	}
	if (!hold(s, ordinal, record, opinion))
		return;
	if (!chunk_log_xml(s->log, &s->arena, &s->xml)) {
		judge_refusal(s, record, opinion);
	} else if (!has_tree || !xml_parse(s->xml, &s->arena, &root, &err)) {
		refuse(opinion, OPINION_NONE, err.text);
	} else if (!compare_trees(&s->comparer, own, root, &opinion->known, &opinion->difference)) {
		opinion->kind = OPINION_DIFFERS;
	} else {
		opinion->kind = opinion->known ? OPINION_KNOWN : OPINION_AGREES;
	}
	chunk_log_drop(s->log);
}

struct slice
second_xml(const struct second *s)
{
	return s->xml;
}

void
opinion_append(const struct opinion *opinion, struct buf *out)
{
	bool any = false;

	switch (opinion->kind) {
	case OPINION_AGREES:
	case OPINION_KINDS:
		return;
	case OPINION_REFUSED:
	case OPINION_NONE:
		buf_append_text(out, opinion->reason);
		return;
	case OPINION_DIFFERS:
		buf_printf(out, "differs in %s", opinion->difference.path);
		return;
	case OPINION_KNOWN:
		break;
	}
	for (unsigned i = 0; i < KNOWN_ERRORS; i++) {
		if (!(opinion->known >> i & 1))
			continue;
		buf_printf(out, "%s%s", any ? ", " : "", known_error_name((enum known_error)i));
		any = true;
	}
}
