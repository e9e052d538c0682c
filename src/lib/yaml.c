/* SPDX-License-Identifier: Apache-2.0 */
#include "src/lib/yaml.h"

#include "base/limits.h"
#include "src/lib/yaml_subset.h"
#include "src/lib/yaml_tree.h"

#include <stdlib.h>
#include <yaml.h>

/* A list or map that is being read. */
struct open_node {
	struct yaml_node *node;
	struct yaml_node *last;
	struct yaml_node *key; /* of a map: waits for its value */
};

/* libyaml at work. */
struct library {
	yaml_parser_t parser;
	struct slice text;
	size_t nodes; /* in all documents */
	struct open_node open[LIMIT_YAML_DEPTH];
	size_t depth;
	bool ended;
};

struct yaml_reader {
	struct slice text;
	struct yaml_subset subset;
	size_t documents; /* that the subset has given */
	bool ended;
	struct library *library; /* once it is needed */
};

static bool
start_library(struct yaml_reader *reader)
{
	struct library *r = calloc(1, sizeof(*r));

	if (!r || !yaml_parser_initialize(&r->parser)) {
		free(r);
		return false;
	}
	r->text = reader->text;
	yaml_parser_set_input_string(&r->parser, r->text.len ? r->text.ptr : (const uint8_t *)"", r->text.len);
	reader->library = r;
	return true;
}

struct yaml_reader *
yaml_open(struct slice text)
{
	struct yaml_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->text = text;
	yaml_subset_init(&r->subset, text);
	return r;
}

struct yaml_reader *
yaml_open_library(struct slice text)
{
	struct yaml_reader *r = yaml_open(text);

	if (r && start_library(r))
		return r;
	yaml_close(r);
	return NULL;
}

void
yaml_close(struct yaml_reader *r)
{
	if (!r)
		return;
	if (r->library)
		yaml_parser_delete(&r->library->parser);
	free(r->library);
	yaml_subset_fini(&r->subset);
	free(r);
}

static uint64_t
place(const yaml_mark_t *mark)
{
	return (uint64_t)(mark->line + 1) << 32 | (uint32_t)(mark->column + 1);
}

static struct yaml_node *
new_node(struct library *r, struct arena *arena, const yaml_event_t *event, enum yaml_kind kind, struct err *err)
{
	struct yaml_node *node;

	if (++r->nodes > LIMIT_YAML_NODES) {
		err_set(err, ERR_LIMIT, place(&event->start_mark), "more than %d YAML nodes", LIMIT_YAML_NODES);
		return NULL;
	}
	node = ARENA_NEW(arena, struct yaml_node);
	if (!node) {
		err_nomem(err);
		return NULL;
	}
	node->kind = kind;
	node->line = (uint32_t)event->start_mark.line + 1;
	node->column = (uint32_t)event->start_mark.column + 1;
	return node;
}

/* Puts a finished or just opened node where it belongs: document, list, key or value of a map. */
static bool
attach(struct library *r, struct yaml_node *node, struct yaml_node **root, struct err *err)
{
	struct open_node *in = r->depth ? &r->open[r->depth - 1] : NULL;

	if (!in) {
		*root = node;
		return true;
	}
	if (in->node->kind == YAML_MAP && !in->key) {
		if (node->kind != YAML_SCALAR)
			return err_set(err, ERR_SYNTAX, (uint64_t)node->line << 32 | node->column,
				"a key must be a word, not a list or map");
		in->key = node;
		return true;
	}
	if (in->key) {
		node->key = in->key->text;
		node->key_line = in->key->line;
		node->key_column = in->key->column;
		in->key = NULL;
	}
	yaml_add_member(in->node, &in->last, node);
	return true;
}

static bool
add_scalar(struct library *r, struct arena *arena, const yaml_event_t *event, struct yaml_node **root,
	struct err *err)
{
	struct yaml_node *node = new_node(r, arena, event, YAML_SCALAR, err);
	struct slice text = slice_from(event->data.scalar.value, event->data.scalar.length);

	if (!node)
		return false;
	if (!arena_copy(arena, text, &node->text))
		return err_nomem(err);
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && event->data.scalar.plain_implicit)
		node->type = yaml_plain_type(text);
	return attach(r, node, root, err);
}

static bool
add_open(struct library *r, struct arena *arena, const yaml_event_t *event, enum yaml_kind kind,
	struct yaml_node **root, struct err *err)
{
	struct yaml_node *node;

	if (r->depth == LIMIT_YAML_DEPTH)
		return err_set(err, ERR_LIMIT, place(&event->start_mark), "YAML nested deeper than %d",
			LIMIT_YAML_DEPTH);
	node = new_node(r, arena, event, kind, err);
	if (!node || !attach(r, node, root, err))
		return false;
	r->open[r->depth++] = (struct open_node){ .node = node };
	return true;
}

static bool
close_node(struct library *r, struct arena *arena, struct err *err)
{
	const struct yaml_node *node = r->open[--r->depth].node;

	return node->kind != YAML_MAP || yaml_check_keys(arena, node, err);
}

static const yaml_char_t *
anchor_of(const yaml_event_t *event)
{
	switch ((int)event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor;
	case YAML_ALIAS_EVENT:
		return event->data.alias.anchor;
	default:
		return NULL;
	}
}

static bool
take_event(struct library *r, struct arena *arena, const yaml_event_t *event, struct yaml_node **root,
	struct err *err)
{
	if (anchor_of(event))
		return err_set(err, ERR_UNSUPPORTED, place(&event->start_mark), "YAML %s '%c%.60s': not used in rules",
			event->type == YAML_ALIAS_EVENT ? "alias" : "anchor", event->type == YAML_ALIAS_EVENT ? '*' : '&',
			(const char *)anchor_of(event));
	switch ((int)event->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(r, arena, event, root, err);
	case YAML_SEQUENCE_START_EVENT:
		return add_open(r, arena, event, YAML_LIST, root, err);
	case YAML_MAPPING_START_EVENT:
		return add_open(r, arena, event, YAML_MAP, root, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_node(r, arena, err);
	default:
		return true;
	}
}

/* libyaml reads ahead: its mark is not where bytes are bad, only their offset is. */
static uint64_t
place_of_offset(struct slice text, size_t offset)
{
	uint64_t line = 1, column = 1;

	for (size_t i = 0; i < offset && i < text.len; i++, column++) {
		if (text.ptr[i] != '\n')
			continue;
		line++;
		column = 0;
	}
	return line << 32 | column;
}

static enum yaml_step
parser_failed(struct library *r, struct err *err)
{
	const yaml_parser_t *p = &r->parser;

	r->ended = true;
	if (p->error == YAML_MEMORY_ERROR)
		err_nomem(err);
	else if (p->error == YAML_READER_ERROR)
		err_set(err, ERR_SYNTAX, place_of_offset(r->text, p->problem_offset), "YAML: %s at byte %zu", p->problem, p->problem_offset);
	else
		err_set(err, ERR_SYNTAX, place(&p->problem_mark), "YAML: %s%s%s", p->context ? p->context : "",
			p->context ? ": " : "", p->problem ? p->problem : "cannot be read");
	return YAML_BROKEN;
}

/* Depth of nesting without a tree, to find the end of a refused document.  Deep nesting ends the reading: libyaml
 * is quadratic in it. */
static enum yaml_step
skip_document(struct library *r, size_t depth)
{
	for (;;) {
		yaml_event_t event;
		int type;

		if (!yaml_parser_parse(&r->parser, &event)) {
			r->ended = true;
			return YAML_REFUSED; /* the first error is the one to tell */
		}
		type = (int)event.type;
		yaml_event_delete(&event);
		if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
			depth++;
		else if (type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT)
			depth--;
		r->ended = depth > LIMIT_YAML_DEPTH || type == YAML_STREAM_END_EVENT || ++r->nodes > LIMIT_YAML_NODES;
		if (r->ended || type == YAML_DOCUMENT_END_EVENT)
			return YAML_REFUSED;
	}
}

static enum yaml_step
refused(struct library *r, int type, const struct err *err)
{
	size_t depth = r->depth;

	/* A start that was refused is not among the open ones. */
	if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
		depth++;
	if (err && (err->code == ERR_NOMEM || err->code == ERR_LIMIT)) {
		r->ended = true;
		return YAML_BROKEN;
	}
	return skip_document(r, depth);
}

static enum yaml_step
library_next(struct library *r, struct arena *arena, const struct yaml_node **root, struct err *err)
{
	struct yaml_node *top = NULL;
	struct err own = { 0 };

	r->depth = 0;
	while (!r->ended) {
		yaml_event_t event;
		int type;
		bool taken;

		if (!yaml_parser_parse(&r->parser, &event))
			return parser_failed(r, err);
		type = (int)event.type;
		taken = take_event(r, arena, &event, &top, &own);
		yaml_event_delete(&event);
		if (!taken) {
			if (err)
				*err = own;
			return refused(r, type, &own);
		}
		if (type == YAML_STREAM_END_EVENT)
			r->ended = true;
		if (type == YAML_DOCUMENT_END_EVENT && top) {
			*root = top;
			return YAML_DOCUMENT;
		}
	}
	return YAML_END;
}

/* The library begins with the text; the documents that the subset gave are passed over. */
static enum yaml_step
turn_to_library(struct yaml_reader *reader, size_t nodes, struct err *err)
{
	struct library *r;

	if (!start_library(reader)) {
		reader->ended = true;
		err_nomem(err);
		return YAML_BROKEN;
	}
	r = reader->library;
	for (size_t passed = 0; passed < reader->documents;) {
		yaml_event_t event;

		if (!yaml_parser_parse(&r->parser, &event))
			return parser_failed(r, err);
		passed += event.type == YAML_DOCUMENT_END_EVENT;
		yaml_event_delete(&event);
	}
	r->nodes = nodes;
	return YAML_DOCUMENT;
}

enum yaml_step
yaml_next(struct yaml_reader *r, struct arena *arena, const struct yaml_node **root, struct err *err)
{
	size_t nodes = r->subset.nodes;

	if (!r->library) {
		enum subset_step step = r->ended ? SUBSET_END : yaml_subset_next(&r->subset, arena, root);

		r->documents += step == SUBSET_DOCUMENT;
		if (step != SUBSET_OUTSIDE)
			return step == SUBSET_DOCUMENT ? YAML_DOCUMENT : YAML_END;
		if (turn_to_library(r, nodes, err) != YAML_DOCUMENT)
			return YAML_BROKEN;
	}
	return library_next(r->library, arena, root, err);
}
