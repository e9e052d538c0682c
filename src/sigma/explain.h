/* SPDX-License-Identifier: Apache-2.0 */
/* Why a rule holds for an event, or does not: the condition with the truth of each part, and of each search identifier
 * its items and values with the bytes that decided. */
#ifndef SIGMA_EXPLAIN_H
#define SIGMA_EXPLAIN_H

#include "base/buf.h"
#include "src/sigma/match.h"

struct explainer; /* scratch, like a matcher */

struct explainer *explainer_new(const struct ruleset *set); /* NULL: out of memory */
void explainer_free(struct explainer *x);

/* A line of the explanation; lines come in the order of the tree, each at most one deeper than the one before. */
struct explained {
	size_t depth;
	const char *truth;               /* "true", "false", "unknown" of what `text` names; NULL: a hit or a remark */
	struct slice text;
	const struct sigma_field *field; /* a hit, the bytes that decided: this field's, from start, len of them */
	size_t start, len;
};

struct explain_listener {
	void *context;
	void (*line)(void *context, const struct explained *line);
};

/* Tells lines; their slices live for the call.  The rule must have a tree; whether its log source fits the event is
 * not asked.  Errors: ERR_NOMEM. */
MUST_CHECK bool explain_event(struct explainer *x, const struct rule *rule, const struct sigma_event *event,
	const struct explain_listener *listener, enum verdict *verdict, struct err *err);

#endif
