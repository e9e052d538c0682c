/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as a tree that remembers lines.  What rules are written in is read by yaml_subset.c, and the moment anything is not
 * plainly within that, by libyaml's event interface: the library is the judge of all else.  Rule files come from strangers:
 * nesting, nodes and bytes are bounded while the events come, anchors and aliases are refused (no rule needs them,
 * and they are how small files become big), so are duplicate keys, because readers disagree on which one counts. */
#ifndef LIB_YAML_H
#define LIB_YAML_H

#include "base/arena.h"
#include "base/err.h"

enum yaml_kind {
	YAML_SCALAR,
	YAML_LIST,
	YAML_MAP,
};

/* What a plain scalar stands for, by the core schema of YAML 1.2 (section 10.3.2): `yes` and `on` are text.  A
 * quoted scalar is always text. */
enum yaml_type {
	YAML_TEXT,
	YAML_NULL,
	YAML_BOOL,
	YAML_INT,
	YAML_FLOAT,
};

struct yaml_node {
	enum yaml_kind kind;
	enum yaml_type type;    /* of a scalar */
	uint32_t line, column;  /* from 1 */
	struct slice text;      /* of a scalar, decoded; valid UTF-8 */
	struct slice key;       /* of a member of a map */
	uint32_t key_line, key_column;
	const struct yaml_node *first; /* members of a list or map, in order */
	const struct yaml_node *next;  /* after this one in its list or map */
	size_t count;                  /* of members */
};

enum yaml_step {
	YAML_DOCUMENT,
	YAML_END,
	YAML_REFUSED, /* this document is none; the next one can be asked for */
	YAML_BROKEN,  /* nothing more can be read */
};

struct yaml_reader;

/* The text must outlive the reader and the trees.  NULL: out of memory. */
struct yaml_reader *yaml_open(struct slice text);
struct yaml_reader *yaml_open_library(struct slice text); /* the same by libyaml alone: what the tests compare with */
void yaml_close(struct yaml_reader *r); /* accepts NULL */

/* The next document, its tree in the arena.  An empty one is a scalar of type YAML_NULL.  Errors (err->at: line << 32
 * | column): ERR_SYNTAX, ERR_LIMIT, ERR_UNSUPPORTED (anchor, alias), ERR_NOMEM. */
enum yaml_step yaml_next(struct yaml_reader *r, struct arena *arena, const struct yaml_node **root, struct err *err);

/* The member of a map with that key, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, struct slice key);

#endif
