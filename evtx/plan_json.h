/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of a record as a program: each step copies a text of its own (commas, names and braces are in it) and then shows
 * its slot.  Every member ends in a comma, which a closing brace takes the place of; so nothing has to look ahead to
 * know what comes.  plan_json.c compiles, plan_json_run.c runs. */
#ifndef EVTX_PLAN_JSON_H
#define EVTX_PLAN_JSON_H

#include "evtx/plan.h"

enum json_step_kind {
	JSON_LITERAL,
	JSON_VALUE,          /* what an element holds; null where it is empty */
	JSON_DATA,           /* the same in Data; "" where it is empty */
	JSON_TEXT,           /* behind #attributes: the literal and the value where it is not empty, then } */
	JSON_SKIP,           /* the next `skip` steps go when the slot is NULL */
	JSON_OPEN,           /* literal up to { */
	JSON_CLOSE,          /* }, or null for an object without members */
	JSON_CLOSE_SURE,     /* of an object that has #attributes */
	JSON_ATTRIBUTES,     /* literal "name":, then {"#attributes":{ */
	JSON_ATTRIBUTE,      /* literal and value where it is not empty */
	JSON_END_EMPTY,      /* ends JSON_ATTRIBUTES of an element that holds nothing, */
	JSON_END_VALUE,      /* a slot */
	JSON_END_TEXT,       /* the literal */
	JSON_END_OPEN,       /* other elements, up to JSON_CLOSE */
	JSON_LIST,           /* literal; the next `skip` steps are its JSON_ITEMs */
	JSON_ITEM,           /* a slot, or the literal where slot is NODE_NO_SLOT */
	JSON_EMBED,
};

struct json_step {
	uint8_t kind;
	bool optional;      /* the step goes when the slot is NULL */
	uint16_t slot;      /* 0 where none is needed, NODE_NO_SLOT in a JSON_ITEM */
	uint32_t literal;   /* offset in the program's literals */
	uint32_t literal_len;
	uint32_t skip;
};

enum {
	JSON_DEPTH = 80,       /* objects inside one another: a plan's depth, and that of the inner one */
	JSON_LITERAL_STEP = 32, /* literals are copied in pieces of that size: there is as much room behind them */
};

struct plan_json {
	struct json_step *steps; /* NULL: the tree has to be asked */
	size_t count;
	struct slice literals;
	bool embeds;
	size_t shown; /* how often a slot is shown, at most */
};

/* The program of a plan, NULL where there is none. */
const struct plan_json *plan_json_of(struct plan_record *r, struct plan *plan);

#endif
