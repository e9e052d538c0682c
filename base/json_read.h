/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text to a tree (RFC 8259), with bounded depth and number of values.  Numbers keep their spelling; escapes of
 * texts are decoded to WTF-8, so a lone surrogate survives. */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include "base/arena.h"
#include "base/err.h"

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_TEXT,
	JSON_LIST,
	JSON_OBJECT,
};

struct json_node {
	enum json_kind kind;
	struct slice key;  /* of a member */
	struct slice text; /* of everything but lists and objects */
	const struct json_node *first, *next;
};

/* One value with nothing but blanks around it.  Errors: ERR_SYNTAX and ERR_LIMIT (err->at: offset), ERR_NOMEM. */
MUST_CHECK bool json_parse(struct slice text, struct arena *arena, const struct json_node **root, struct err *err);

/* The member of an object with that key, or NULL (also where node is NULL or no object). */
const struct json_node *json_member(const struct json_node *node, const char *key);

#endif
