/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands over evidence share: the guard around the evidence, the run, notices on standard error, the
 * manifest, the summary, the exit status.  A command adds what it wants to hear and what it writes. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "src/cli/commands.h"
#include "src/cli/notices.h"
#include "src/cli/tee.h"

/* Findings as the command wrote them. */
struct finding_counts {
	uint64_t by_level[LEVEL_CRITICAL + 1]; /* verdict match and match-on-partial */
	uint64_t undecided;
	uint64_t below_min_level; /* of all of these: not written */
};

struct session {
	const struct invocation *call;
	const struct options *options;
	struct console *console;
	struct text_list paths;
	const char *temp_folder;
	struct output_guard guard;
	struct notices notices;
	struct manifest manifest;
	struct tee manifest_file;
	bool has_manifest;
	struct slice cite;          /* scan_options.cite */
	struct ruleset *rules;      /* owned; NULL: the command needs none */
	struct scan_summary summary;
	bool has_summary;
	struct finding_counts findings;
	uint64_t blocks_written;
	struct outcome outcome;
	struct err failure;         /* ERR_OK: none */
	uint64_t start;
	const struct tee *outputs;  /* of the command, for the manifest */
	size_t output_count;
	void *command;              /* the command's own state, for its callbacks */
};

/* Looks at paths and places of output; nothing is read or written yet.  False: say no more, end with session_end. */
MUST_CHECK bool session_begin(struct session *s, const struct invocation *call, struct text_list paths);

/* Two outputs in one place are a mistake on the command line.  Call for each output that is opened: it is compared
 * with the manifest and the `count` outputs before it, and hashed for the manifest.  Errors: ERR_SYNTAX, ERR_NOMEM. */
MUST_CHECK bool session_accept_output(const struct session *s, struct tee *output, const struct tee *before,
	size_t count, struct err *err);

/* Runs.  `own` has the callbacks of the command (finding, block, dump, file), whose context is the session.  False
 * when the results are not to be kept: failed or interrupted. */
MUST_CHECK bool session_run(struct session *s, enum scan_mode mode, bool dump_xml, const struct scan_listener *own);

/* Notes why the command failed (the first reason stays); returns false. */
bool session_fail(struct session *s, const struct err *err);

/* Writes the manifest, tells what there is to tell, frees everything. */
enum exit_status session_end(struct session *s);

#endif
