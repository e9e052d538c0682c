/* SPDX-License-Identifier: Apache-2.0 */
/* The exit status: what the manual promises under EXIT STATUS, in one place. */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

#include <stdbool.h>

enum exit_status {
	STATUS_OK = 0,                   /* everything was read and written */
	STATUS_FAILED = 1,               /* the job was not done */
	STATUS_USAGE = 2,                /* the command line or, with --rules-strict, a rule is wrong */
	STATUS_LOSSES = 3,               /* done, but something could not be processed */
	STATUS_FINDINGS = 10,            /* --fail-on, and nothing was lost */
	STATUS_FINDINGS_AND_LOSSES = 13, /* --fail-on */
	STATUS_INTERRUPTED = 130,        /* SIGINT or SIGTERM */
};

struct outcome {
	bool usage, failed, interrupted;
	bool losses;
	bool findings; /* that --fail-on asks for */
};

enum exit_status exit_status_of(const struct outcome *outcome);

#endif
