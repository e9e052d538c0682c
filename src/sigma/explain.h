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

/* Appends lines.  The rule must have a tree; whether its log source fits the event is not asked.  Errors: ERR_NOMEM. */
MUST_CHECK bool explain_event(struct explainer *x, const struct rule *rule, const struct sigma_event *event,
	enum verdict *verdict, struct buf *out, struct err *err);

#endif
