/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `evtriage rules test` share: rules_test.c tries rules on texts, JSON and events of logs,
 * rules_test_windows.c correlations on logs, rules_test_show.c shows how rules were read. */
#ifndef CLI_RULES_TEST_H
#define CLI_RULES_TEST_H

#include "src/cli/rules_commands.h"

enum { TEST_OUTPUT = 256 * 1024 * 1024 }; /* bytes of output about one file that is no log, or about rules */

struct test {
	const struct invocation *call;
	const struct ruleset *rules;
	bool jsonl;
	struct slice input;         /* all of FILE: text or JSON */
	uint64_t matches, misses;
	uint64_t *found;            /* by rule: findings */
};

/* How each document was read; *shown counts those that run.  Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK bool test_show(const struct test *t, size_t *shown, struct err *err);

/* Runs correlations over a log or a folder: the windows that hold, and at the end what their rules found.  Takes over
 * the rules. */
enum exit_status test_windows(struct test *t, struct ruleset *rules, const char *path);

#endif
