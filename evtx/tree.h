/* SPDX-License-Identifier: Apache-2.0 */
/* A decoded record as a tree: elements, attributes and typed values, with substitutions already applied (elements
 * that an empty optional value removes are gone, array values have repeated their element).  Both readers make this
 * one shape; fields, JSON and XML are drawn from it.  Names and string values are slices of raw UTF-16LE that point
 * into the chunk; all of it dies with the record's arena. */
#ifndef EVTX_TREE_H
#define EVTX_TREE_H

#include "evtx/value.h"

enum node_kind {
	NODE_ELEMENT,     /* name, attributes, children */
	NODE_ATTRIBUTE,   /* name, children = its value parts (NODE_VALUE only) */
	NODE_VALUE,       /* value: literal text, entity or character reference (as VALUE_STRING) or substitution */
	NODE_CDATA,       /* value (VALUE_STRING) */
	NODE_INSTRUCTION, /* processing instruction: name, value (VALUE_STRING) */
	NODE_SUBSTITUTION, /* in the tree of a template definition only: slot, optional, value.type as declared */
};

enum { NODE_NO_SLOT = 0xFFFF };

struct node {
	enum node_kind kind;
	uint16_t slot;           /* in a definition: of a substitution, or the one an element depends on */
	bool optional;           /* of a substitution */
	struct node *next;       /* sibling */
	struct slice name;       /* UTF-16LE */
	struct node *attributes; /* list of NODE_ATTRIBUTE */
	struct node *children;
	struct value value;
};

/* The child element with that ASCII name, or NULL. */
const struct node *node_child(const struct node *parent, const char *name);

/* The attribute with that ASCII name, or NULL. */
const struct node *node_attribute(const struct node *element, const char *name);

/* True when the UTF-16LE name is that ASCII text. */
bool node_is_named(const struct node *node, const char *name);

/* Appends the text of all values below the node (of its direct parts, elements left out) as WTF-8. */
void node_append_text(const struct node *node, struct buf *out);

#endif
