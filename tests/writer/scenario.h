/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a scenario - a text that tells what happened on which host, line by line - and makes the logs of it.  The
 * grammar is in testdata/README.md.  Knows nothing of files: each log goes to the caller as bytes. */
#ifndef TESTS_WRITER_SCENARIO_H
#define TESTS_WRITER_SCENARIO_H

#include "base/err.h"
#include "base/slice.h"

struct scenario_sink {
	void *context;
	/* A finished log; clean: nothing in it is meant to be wrong or odd.  False stops with err set. */
	bool (*log)(void *context, struct slice name, struct slice bytes, size_t records, bool clean, struct err *err);
	/* The full text of a script block (WTF-8), once for each id; may be NULL. */
	bool (*text)(void *context, struct slice id, struct slice text, struct err *err);
};

/* False with a line number in err->at (line << 32) when the scenario is not well formed. */
bool scenario_run(struct slice scenario, const struct scenario_sink *sink, struct err *err);

#endif
