/* SPDX-License-Identifier: Apache-2.0 */
/* Work on bytes that are not to be trusted, beside any run: in a child that is jailed like a worker and can do nothing
 * but write its result. */
#ifndef SCAN_ASIDE_H
#define SCAN_ASIDE_H

#include "base/buf.h"
#include "base/err.h"

/* False: *err tells why; what was written before that is good all the same. */
typedef bool aside_work(void *context, struct buf *out, struct err *err);

/* Appends what `work` wrote to out, whose maximum bounds it.  What work makes of its context stays in the child.
 * Errors: those of work, ERR_IO (no child could be made, or it died), ERR_LIMIT (out is full), ERR_NOMEM. */
MUST_CHECK bool aside_run(aside_work *work, void *context, struct buf *out, struct err *err);

#endif
