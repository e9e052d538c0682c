/* SPDX-License-Identifier: Apache-2.0 */
/* SCAN_EXPLAIN: what rules make of an event, as text for a person. */
#ifndef SCAN_WORKER_EXPLAIN_H
#define SCAN_WORKER_EXPLAIN_H

#include "src/scan/worker_state.h"
#include "src/sigma/explain.h"

/* Sends one FRAME_DUMP for each rule whose log source the subject has.  Errors: ERR_NOMEM. */
MUST_CHECK bool worker_explain(struct worker *w, const struct subject *s, struct err *err);

/* "match: TIME COMPUTER CHANNEL EVENTID record IDS" and the explanation below it.  Errors: ERR_NOMEM. */
MUST_CHECK bool explain_subject(struct explainer *x, const struct rule *rule, const struct subject *s,
	enum verdict *verdict, struct buf *out, struct err *err);

#endif
