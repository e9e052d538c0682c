/* SPDX-License-Identifier: Apache-2.0 */
/* evtriage: what did PowerShell do on these hosts?  The map of the program, from the command line inwards:
 *
 *   options    the command line, by one table        src/cli/options.c
 *   commands   one row and one file each             src/cli/commands.c, src/cli/cmd_*.c
 *   session    what every run shares: evidence that  src/cli/session.c
 *              is never written, manifest, summary
 *   scan       the run: inputs, workers, what comes  src/scan/scan.c
 *              back, the order of the timeline
 *   worker     reads hostile bytes, behind a jail    src/scan/worker.c, src/scan/jail.c
 *   reader     event logs: records as trees          evtx/direct.c, evtx/libevtx.c
 *   subject    records as what rules look at, script src/subject/subject.c, src/subject/joiner.c
 *              blocks put together from their parts
 *   sigma      rules: YAML to plan to verdict        src/sigma/ruleset.c, src/sigma/match.c
 *   output     findings as CSV, JSON, a table        src/output/sinks.c
 *   base       slices, buffers, limits, escaping     base/
 *
 * The parent process does the first four and never interprets evidence; only src/cli prints and exits. */
#include "src/cli/dispatch.h"

int
main(int argc, char **argv)
{
	enum exit_status status = STATUS_USAGE;
	struct options options;
	struct console console;
	struct err err = { 0 };
	bool parsed = options_parse(argc, argv, &options, &err);

	console_init(&console, options.quiet, options.verbose);
	if (parsed) {
		status = dispatch(&options, &console, argc, argv);
	} else if (err.code == ERR_SYNTAX) {
		status = usage_error(&console, &options, err.text);
	} else {
		console_say_text(&console, slice_from_text(err.text));
		status = STATUS_FAILED;
	}
	options_fini(&options);
	return (int)status;
}
