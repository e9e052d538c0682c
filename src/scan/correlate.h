/* SPDX-License-Identifier: Apache-2.0 */
/* Correlations over all evidence: the parent keeps what workers send for them (FRAME_CORRELATION), sorted past a
 * limit on disk, and runs the windows when everything has been read.  A correlation that rests on another one comes
 * a level later, with what that one found as its events. */
#ifndef SCAN_CORRELATE_H
#define SCAN_CORRELATE_H

#include "src/scan/protocol.h"

struct correlate;
struct run;

/* NULL: out of memory. */
struct correlate *correlate_new(const struct ruleset *rules, const char *temp_folder);
void correlate_free(struct correlate *c); /* accepts NULL */

/* Worker: what a rule that holds is to the correlations it feeds.  Errors: ERR_NOMEM. */
MUST_CHECK bool correlate_send(const struct subject *subject, const struct sigma_result *result,
	const struct ruleset *rules, struct buf *scratch, struct buf *out, struct err *err);

/* Parent: whether a frame is one that correlate_take can take; false: the worker lies. */
bool correlate_check(const struct run *run, struct slice payload);

/* Parent: one checked FRAME_CORRELATION.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool correlate_take(struct run *run, struct slice payload, struct err *err);

/* Parent, after the last input: findings go where those of workers go.  Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK bool correlate_run(struct run *run, struct err *err);

#endif
