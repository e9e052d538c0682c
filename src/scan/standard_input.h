/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input as evidence.  A log is read from the middle and more than once, which a pipe cannot do: what comes
 * out of one is copied to a file without a name.  A regular file (`evtriage - <Security.evtx`) is read in place. */
#ifndef SCAN_STANDARD_INPUT_H
#define SCAN_STANDARD_INPUT_H

#include "src/scan/scan.h"

/* A descriptor for pread, the caller's to close; -1 without an error: the listener asked to stop.  Errors: ERR_IO,
 * ERR_NOMEM. */
MUST_CHECK bool standard_input_open(const char *temp_folder, const struct scan_listener *listener, int *fd,
	struct err *err);

#endif
