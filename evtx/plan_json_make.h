/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that compile a program share: plan_json.c says what its steps are, plan_json_keep.c keeps them. */
#ifndef EVTX_PLAN_JSON_MAKE_H
#define EVTX_PLAN_JSON_MAKE_H

#include "base/buf.h"
#include "evtx/plan_json.h"

struct compiler {
	struct json_step *steps;
	size_t count;
	struct buf literals;
	size_t pending; /* start of the literal that the next step copies */
	bool failed;    /* no memory */
};

/* Puts the steps of a plan; false: it is not for programs.  There is room for STEPS_A_NODE of each node and four more. */
bool plan_json_program(struct compiler *c, const struct plan *plan);

/* A step for the literal that no other step has copied. */
void plan_json_flush(struct compiler *c);

/* Steps that an element can come to, beside those of its attributes: skip, open, close, or a list in front. */
enum { STEPS_A_NODE = 8 };

#endif
