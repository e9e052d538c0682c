/* SPDX-License-Identifier: Apache-2.0 */
/* SCAN_EXPLAIN: what rules make of an event, as text for a person. */
#ifndef SCAN_WORKER_EXPLAIN_H
#define SCAN_WORKER_EXPLAIN_H

#include "src/scan/worker_state.h"
#include "src/sigma/explain.h"

/* Sends one FRAME_DUMP for each rule whose log source the subject has.  Errors: ERR_NOMEM. */
MUST_CHECK bool worker_explain(struct worker *w, const struct subject *s, struct err *err);

struct explain_form {
	bool jsonl;
	bool other_source; /* the rule's log source does not have such events: this is said */
};

/* "match: TIME COMPUTER CHANNEL EVENTID record IDS" and the explanation below it, or one line of JSON with both, which
 * begins with the verdict.  Errors: ERR_NOMEM. */
MUST_CHECK bool explain_subject(struct explainer *x, const struct rule *rule, const struct subject *s,
	struct explain_form form, enum verdict *verdict, struct buf *out, struct err *err);

#endif
