/* SPDX-License-Identifier: Apache-2.0 */
/* The words behind a field's name, `Field|mod|mod`: which there are, what may follow what (sigma.md 6), and what a
 * rule's author is told who got it wrong. */
#ifndef SIGMA_MODIFIERS_H
#define SIGMA_MODIFIERS_H

#include "src/sigma/encode.h"
#include "src/sigma/tree.h"

enum modifier {
	MOD_CONTAINS = 1 << 0,
	MOD_STARTSWITH = 1 << 1,
	MOD_ENDSWITH = 1 << 2,
	MOD_ALL = 1 << 3,
	MOD_RE = 1 << 4,
	MOD_CASELESS = 1 << 5,
	MOD_MULTILINE = 1 << 6,
	MOD_DOTALL = 1 << 7,
	MOD_CASED = 1 << 8,
	MOD_WINDASH = 1 << 9,
	MOD_ENCODE = 1 << 10,
	MOD_CIDR = 1 << 11,
	MOD_COMPARE = 1 << 12,
	MOD_NEQ = 1 << 13,
	MOD_EXISTS = 1 << 14,
	MOD_FIELDREF = 1 << 15,
	MOD_EXPAND = 1 << 16,
	MOD_TIME = 1 << 17,

	MOD_WRAP = MOD_CONTAINS | MOD_STARTSWITH | MOD_ENDSWITH,
	MOD_REGEX = MOD_RE | MOD_CASELESS | MOD_MULTILINE | MOD_DOTALL,
	MOD_TEXT = MOD_WRAP | MOD_CASED | MOD_WINDASH | MOD_ENCODE,
	MOD_FREE = MOD_ALL | MOD_NEQ, /* go with everything but `exists` and may stand anywhere */
};

enum { STEPS_MAX = 4 };

struct modifiers {
	unsigned set;
	enum comparison comparison;
	enum time_part part;
	enum encoding steps[STEPS_MAX]; /* in order */
	size_t step_count;
};

/* Reads "contains|all" and the like.  Errors: ERR_SYNTAX, with `at` as place. */
MUST_CHECK bool modifiers_parse(struct slice text, struct modifiers *m, uint64_t at, struct err *err);

/* True when the value, once encoded, is base64: its text carries its case. */
bool modifiers_end_in_base64(const struct modifiers *m);

#endif
