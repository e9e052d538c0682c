/* SPDX-License-Identifier: Apache-2.0 */
/* The records of one finding, for `cite`: a worker shows each as both readers have it, and the parent takes the bytes
 * and their hashes from the file itself. */
#ifndef SCAN_EXHIBIT_H
#define SCAN_EXHIBIT_H

#include "src/subject/finding.h"

struct run;

struct exhibits {
	struct subject_part *parts; /* of the first finding that is wanted */
	size_t count;
	uint64_t findings;          /* that are wanted: nothing is shown unless there is one */
};

void exhibits_fini(struct exhibits *x);

/* Keeps the parts of a finding that is cited.  Errors: ERR_NOMEM. */
MUST_CHECK bool exhibits_note(struct run *run, const struct finding *finding, struct err *err);

/* Everything about them, to the listener.  Errors: ERR_NOMEM, ERR_IO, of the listener. */
MUST_CHECK bool exhibits_emit(struct run *run, struct err *err);

#endif
